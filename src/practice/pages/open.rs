//! Who may open an address, and what it then is.

use std::time::Instant;

use axum::http::{HeaderMap, header};
use rusqlite::{OptionalExtension, Transaction};
use uuid::Uuid;

use crate::words;

use super::Pages;
use super::error_page::Stop;
use super::format;
use super::scope::Scope;
use crate::practice::access;

/// The cookie that stands for a password that was given.
const COOKIE: &str = "studydrop_share";

/// Which of the two kinds of address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    View,
    Share,
}

impl Door {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "view" => Some(Door::View),
            "share" => Some(Door::Share),
            _ => None,
        }
    }
}

/// An address, and the cookies of who asks.
pub(super) struct Address {
    pub(super) door: Door,
    pub(super) token: String,
    cookies: Vec<String>,
}

impl Address {
    pub(super) fn new(door: Door, token: &str, headers: &HeaderMap) -> Self {
        let cookies = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|one| one.trim().split_once('='))
            .filter(|(name, _)| *name == COOKIE)
            .map(|(_, value)| value.to_owned())
            .collect();
        Address {
            door,
            token: token.to_owned(),
            cookies,
        }
    }

    /// Its path, to which others are put below.
    pub(super) fn base(&self) -> String {
        match self.door {
            Door::View => format!("/view/{}", self.token),
            Door::Share => format!("/share/{}", self.token),
        }
    }

    /// The cookie that lets a visitor in again, for this address alone.
    pub(super) fn cookie(&self, value: &str) -> String {
        format!(
            "{COOKIE}={value}; Path={}; HttpOnly; SameSite=Strict",
            self.base()
        )
    }
}

/// What an address opened.
pub(super) struct Opened {
    pub(super) base: String,
    pub(super) heading: String,
    pub(super) lead: String,
    /// Shown behind the number of orders.
    pub(super) note: String,
    pub(super) scope: Scope,
    /// Whether it shows a folder, and not single orders.
    pub(super) is_folder: bool,
    pub(super) may_download: bool,
    /// Where uploads go, if it takes any.
    pub(super) takes: Option<Taking>,
}

/// Where uploads through a share go.
#[derive(Clone, Copy)]
pub(super) struct Taking {
    /// Who shared it.
    pub(super) user: Uuid,
    pub(super) location: Uuid,
    pub(super) folder: Uuid,
}

/// Opens an address, or says what stands in the way.
pub(super) fn open(
    work: &Transaction<'_>,
    pages: &Pages,
    address: &Address,
) -> Result<Opened, Stop> {
    match address.door {
        Door::View => view(work, address),
        Door::Share => {
            let share = Share::find(work, &address.token)?;
            if share.is_locked(pages, address) {
                return Err(Stop::Locked {
                    page: address.base(),
                });
            }
            share.open(work, address)
        }
    }
}

fn view(work: &Transaction<'_>, address: &Address) -> Result<Opened, Stop> {
    let scope = Scope::of_view(work, &address.token)?;
    let folder = scope.folder(work)?;
    let is_folder = folder.is_some();
    let (heading, lead) = match folder {
        Some(folder) => (folder.name, folder.description),
        None => ("Orders".to_owned(), String::new()),
    };
    Ok(Opened {
        base: address.base(),
        heading,
        lead,
        note: String::new(),
        scope,
        is_folder,
        may_download: false,
        takes: None,
    })
}

/// A share's row, as far as a page needs it.
pub(super) struct Share {
    uuid: String,
    folder: Option<String>,
    user: String,
    pub(super) password: String,
    title: String,
    description: String,
    expires: String,
    can_download: bool,
    upload_location: String,
}

impl Share {
    /// The share of an address, while it is good. Those for users and groups have no address.
    pub(super) fn find(work: &Transaction<'_>, token: &str) -> Result<Self, Stop> {
        let share = work
            .prepare_cached(
                "SELECT uuid, folder, user, password, title, description, expires, can_download, upload_location
                 FROM share WHERE token = ?1 AND kind IN ('Url', 'Email')",
            )?
            .query_row([token], |row| {
                Ok(Share {
                    uuid: row.get(0)?,
                    folder: row.get(1)?,
                    user: row.get(2)?,
                    password: row.get(3)?,
                    title: row.get(4)?,
                    description: row.get(5)?,
                    expires: row.get(6)?,
                    can_download: row.get(7)?,
                    upload_location: row.get(8)?,
                })
            })
            .optional()?
            .ok_or(Stop::Unknown)?;
        // Days are compared as texts; the last one counts to its end.
        if !share.expires.is_empty() && share.expires < access::today(work)? {
            return Err(Stop::Expired(share.expires));
        }
        Ok(share)
    }

    /// Whether its password is still to be given.
    pub(super) fn is_locked(&self, pages: &Pages, address: &Address) -> bool {
        let now = Instant::now();
        let known = |cookie: &String| pages.doors.is_open(&self.uuid, cookie, now);
        !self.password.is_empty() && !address.cookies.iter().any(known)
    }

    /// Names it where its password is asked for and tried.
    pub(super) fn uuid(&self) -> &str {
        &self.uuid
    }

    pub(super) fn open(self, work: &Transaction<'_>, address: &Address) -> Result<Opened, Stop> {
        let takes = self.takes();
        let scope = Scope::of_share(&self.uuid, self.folder.as_deref(), &self.user);
        let folder = scope.folder(work)?;
        let mut heading = self.title.trim().to_owned();
        let mut lead = self.description;
        if let Some(folder) = folder {
            if heading.is_empty() {
                heading = folder.name;
            }
            if lead.trim().is_empty() {
                lead = folder.description;
            }
        }
        if heading.is_empty() {
            "Shared orders".clone_into(&mut heading);
        }
        let note = if self.expires.is_empty() {
            String::new()
        } else {
            format!("until {}", format::day(&self.expires))
        };
        Ok(Opened {
            base: address.base(),
            heading,
            lead,
            note,
            scope,
            is_folder: self.folder.is_some(),
            may_download: self.can_download,
            takes,
        })
    }

    fn takes(&self) -> Option<Taking> {
        Some(Taking {
            user: Uuid::try_parse(&self.user).ok()?,
            location: Uuid::try_parse(&self.upload_location).ok()?,
            folder: Uuid::try_parse(self.folder.as_deref()?).ok()?,
        })
    }
}

impl Opened {
    /// "3 orders", and the note.
    pub(super) fn summary(&self, orders: i64) -> String {
        let count = words::count(format::counted(orders), "order", "orders");
        if self.note.is_empty() {
            count
        } else {
            format!("{count}, {}", self.note)
        }
    }
}

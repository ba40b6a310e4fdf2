//! Result of sharing, prepared for display: link, QR code, password, expiry date.

use jiff::civil::Date;
use uuid::Uuid;

use crate::cloud::model::Shared;
use crate::message::{Directory, Share};
use crate::words;

/// Result of sharing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// "by link", "by e-mail", "with users" or "with groups".
    pub way: &'static str,
    /// The link; empty if there is none.
    pub link: String,
    /// QR code of the link.
    pub qr: Option<Qr>,
    /// Password that recipients need; empty if the server does not return it.
    pub password: String,
    /// Expiry date; `None` if it does not expire.
    pub last_day: Option<Date>,
    /// E-mail addresses that messages were sent to.
    pub sent_to: Vec<String>,
    /// E-mail address that the password was sent to separately.
    pub password_to: Option<String>,
    /// Recipients in a form that may be logged: names of users, groups and contacts of the account.
    pub known_to: Option<String>,
    /// What recipients are allowed to do.
    pub rights: Vec<&'static str>,
    /// The practice workspace's folder of unsent messages.
    pub outbox: Option<String>,
    /// What was copied last.
    pub copied: Option<Copied>,
}

/// What was copied to the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// The link.
    Link,
    /// The password.
    Password,
}

/// A QR code as a square of modules in row-major order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qr {
    /// Modules per side, without the quiet zone.
    pub side: usize,
    /// Whether each module is dark; `side * side` values.
    pub dark: Vec<bool>,
}

impl Qr {
    /// Encodes a text; `None` if it is too long.
    pub fn of(text: &str) -> Option<Qr> {
        let code = qrcode::QrCode::new(text).ok()?;
        let side = code.width();
        let dark = code.into_colors().into_iter();
        let dark = dark.map(|module| module == qrcode::Color::Dark).collect();
        Some(Qr { side, dark })
    }
}

impl Card {
    /// Combines the request with the server's response.
    pub(in crate::model) fn new(
        share: &Share,
        shared: &Shared,
        directory: Option<&Directory>,
    ) -> Card {
        let link = shared.result.trim().to_owned();
        let asked = asked(share);
        let told = shared.expire_date.trim().parse::<Date>().ok();
        let mut card = Card {
            way: "by link",
            qr: (!link.is_empty()).then(|| Qr::of(&link)).flatten(),
            link,
            password: shared.share_password.clone(),
            last_day: told.or(asked.expires),
            sent_to: Vec::new(),
            password_to: None,
            known_to: None,
            rights: asked.rights,
            outbox: Some(shared.outbox_folder.trim().to_owned())
                .filter(|folder| !folder.is_empty()),
            copied: None,
        };
        if let Some(to) = asked.to {
            card.way = "by e-mail";
            card.sent_to = vec![to.email.to_string()];
            card.password_to = to.password_to.as_ref().map(ToString::to_string);
            card.known_to = Some(contact(directory, to.email.as_str()));
        }
        let names = match share {
            Share::FolderWithUsers { users, .. } => {
                card.way = "with users";
                users
                    .iter()
                    .map(|user| user_name(directory, *user))
                    .collect()
            }
            Share::FolderWithGroups { groups, .. } => {
                card.way = "with groups";
                let names = groups.iter().map(|group| group_name(directory, *group));
                names.collect::<Vec<String>>()
            }
            Share::Orders { .. } | Share::Folder { .. } => return card.with_typed_password(share),
        };
        card.known_to = Some(format!("with {}", names.join(", ")));
        card
    }

    /// Uses the typed password if the server does not return one.
    fn with_typed_password(mut self, share: &Share) -> Card {
        if let (true, Share::Folder { share, .. }) = (self.password.is_empty(), share) {
            self.password.clone_from(&share.password);
        }
        self
    }

    /// Text such as "until 1 Dec 2026", "until tonight" or "never ends".
    pub fn ends(&self, today: Date) -> String {
        match self.last_day {
            None => "never ends".to_owned(),
            Some(day) if day == today => "until tonight".to_owned(),
            Some(day) => format!("until {}", words::date(day)),
        }
    }
}

struct Asked<'a> {
    expires: Option<Date>,
    to: Option<&'a crate::cloud::MailTo>,
    rights: Vec<&'static str>,
}

fn asked(share: &Share) -> Asked<'_> {
    let mut rights = Vec::new();
    let (expires, to, download) = match share {
        Share::Orders {
            to,
            can_download,
            expires,
            ..
        } => (*expires, to.as_ref(), *can_download),
        Share::Folder {
            share,
            to,
            upload_to,
        } => {
            if upload_to.is_some() {
                rights.push("may upload");
            }
            (share.expires, to.as_ref(), share.can_download)
        }
        Share::FolderWithUsers { expires, .. } | Share::FolderWithGroups { expires, .. } => {
            (*expires, None, false)
        }
    };
    if download {
        rights.insert(0, "may download");
    }
    Asked {
        expires,
        to,
        rights,
    }
}

/// The contact with this address. Other addresses may be those of patients and are not logged.
fn contact(directory: Option<&Directory>, email: &str) -> String {
    let contacts = directory.map_or(&[][..], |directory| &directory.contacts);
    let mut contacts = contacts.iter();
    let known = contacts.find(|contact| contact.email.trim().eq_ignore_ascii_case(email));
    match known {
        Some(contact) => format!("to {}", contact.contact_name),
        None => "to an address that is not among the contacts".to_owned(),
    }
}

fn user_name(directory: Option<&Directory>, uuid: Uuid) -> String {
    let users = directory.map_or(&[][..], |directory| &directory.users);
    let user = users.iter().find(|user| user.user_uuid == uuid);
    user.map_or_else(|| "a user".to_owned(), |user| user.full_name.clone())
}

fn group_name(directory: Option<&Directory>, uuid: Uuid) -> String {
    let groups = directory.map_or(&[][..], |directory| &directory.groups);
    let group = groups.iter().find(|group| group.user_group_uuid == uuid);
    group.map_or_else(
        || "a group".to_owned(),
        |group| group.user_group_name.clone(),
    )
}

//! The Share dialog: what is shared and how, as it is filled in, and what is the matter with it.

pub(in crate::model) mod result;
pub(in crate::model) mod update;

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use uuid::Uuid;

use self::result::Card;
use super::parse_day;
use crate::cloud::{Email, Error, FolderShare, MailTo};
use crate::message::{Failure, JobId, Share};

/// What is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShareTarget {
    /// Orders.
    Orders(Vec<Uuid>),
    /// A folder.
    Folder(Uuid),
}

/// With whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareTab {
    /// Whoever has the address.
    Link,
    /// Somebody outside the account, by e-mail.
    Email,
    /// Users of the account.
    Users,
    /// Groups of users.
    Groups,
}

/// How long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// 7 days from today.
    Week,
    /// 30 days from today.
    Month,
    /// For ever.
    Never,
    /// Through the day that is typed.
    Day,
}

/// What a person did in the dialog, besides filling it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShareAct {
    /// The main button.
    Share,
    /// Makes another password.
    MakePassword,
    /// Back from the result to the form.
    Again,
    /// Closes it.
    Close,
}

/// Where the dialog is.
#[derive(Debug, Clone, PartialEq)]
pub enum ShareState {
    /// Being filled in.
    Editing,
    /// The account is asked.
    Working(JobId),
    /// The account refused.
    Failed(Failure),
    /// Shared.
    Done(Box<Card>),
}

/// The dialog.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareForm {
    /// What is shared.
    pub target: ShareTarget,
    /// "2 orders of Öberg, Märta", "folder “Week 48”".
    pub what: String,
    /// With whom.
    pub tab: ShareTab,
    /// How long.
    pub expiry: Expiry,
    /// The last day as typed, for [`Expiry::Day`].
    pub day: String,
    /// Whether recipients may download the images.
    pub may_download: bool,
    /// Whether recipients may put images into the folder.
    pub may_upload: bool,
    /// The location that uploads go to.
    pub upload_to: Option<Uuid>,
    /// A heading for recipients of a folder.
    pub title: String,
    /// A text for recipients of a folder.
    pub text: String,
    /// A folder's password; empty: the account makes one.
    pub password: String,
    /// Gets the address.
    pub email: String,
    /// Gets the password; empty: the first address does.
    pub password_to: String,
    /// The users that are ticked.
    pub users: BTreeSet<Uuid>,
    /// The groups that are ticked.
    pub groups: BTreeSet<Uuid>,
    /// What users or groups are looked for by.
    pub search: String,
    /// Where it is.
    pub state: ShareState,
}

/// What is the matter with the fields, each worded for its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wrong {
    /// The last day.
    pub day: Option<&'static str>,
    /// The e-mail address.
    pub email: Option<&'static str>,
    /// The password's address.
    pub password_to: Option<&'static str>,
    /// The password.
    pub password: Option<&'static str>,
    /// The heading.
    pub title: Option<&'static str>,
}

/// The longest password and heading, in characters.
const LONG: usize = 64;

impl ShareForm {
    /// Not yet filled in.
    pub fn new(target: ShareTarget, what: String, location: Option<Uuid>) -> Self {
        let password = match target {
            ShareTarget::Folder(_) => made_password(),
            // The account makes an order's password.
            ShareTarget::Orders(_) => String::new(),
        };
        ShareForm {
            target,
            what,
            tab: ShareTab::Link,
            expiry: Expiry::Week,
            day: String::new(),
            may_download: false,
            may_upload: false,
            upload_to: location,
            title: String::new(),
            text: String::new(),
            password,
            email: String::new(),
            password_to: String::new(),
            users: BTreeSet::new(),
            groups: BTreeSet::new(),
            search: String::new(),
            state: ShareState::Editing,
        }
    }

    /// Whether it is a folder that is shared.
    pub fn is_folder(&self) -> bool {
        matches!(self.target, ShareTarget::Folder(_))
    }

    /// The tabs that there are.
    pub fn tabs(&self) -> &'static [(ShareTab, &'static str)] {
        const ALL: [(ShareTab, &str); 4] = [
            (ShareTab::Link, "Link"),
            (ShareTab::Email, "E-mail"),
            (ShareTab::Users, "Users"),
            (ShareTab::Groups, "Groups"),
        ];
        // Orders are shared with users and groups by assigning them.
        if self.is_folder() {
            &ALL
        } else {
            ALL.split_at(2).0
        }
    }

    /// The last day that it is good; `None` for ever, or where what was typed is no day.
    pub fn last_day(&self, today: Date) -> Option<Date> {
        let in_days = |days: i64| today.checked_add(days.days()).ok();
        match self.expiry {
            Expiry::Week => in_days(7),
            Expiry::Month => in_days(30),
            Expiry::Never => None,
            Expiry::Day => parse_day(&self.day),
        }
    }

    /// What is the matter with what was typed. Empty fields are not wrong yet.
    pub fn wrong(&self, today: Date) -> Wrong {
        let mut wrong = Wrong::default();
        if self.expiry == Expiry::Day && !self.day.trim().is_empty() {
            wrong.day = match parse_day(&self.day) {
                None => Some("Type a day such as 2026-12-31."),
                Some(day) if day < today => Some("That day is over. Type a later one."),
                Some(_) => None,
            };
        }
        if self.tab == ShareTab::Email {
            wrong.email = not_an_address(&self.email);
            wrong.password_to = not_an_address(&self.password_to).or_else(|| {
                let typed = self.password_to.trim();
                let same = !typed.is_empty() && typed.eq_ignore_ascii_case(self.email.trim());
                same.then_some("It is the same address. Type another one, or leave it empty.")
            });
        }
        if self.is_folder() && matches!(self.tab, ShareTab::Link | ShareTab::Email) {
            wrong.password = too_long(&self.password);
            wrong.title = too_long(&self.title);
        }
        wrong
    }

    /// Why the main button cannot be pressed.
    pub fn refused(&self, today: Date) -> Option<&'static str> {
        if matches!(self.state, ShareState::Working(_)) {
            return Some("The account is being asked.");
        }
        let wrong = self.wrong(today);
        let typed = [
            wrong.email,
            wrong.password_to,
            wrong.day,
            wrong.password,
            wrong.title,
        ];
        if let Some(why) = typed.into_iter().flatten().next() {
            return Some(why);
        }
        if self.expiry == Expiry::Day && self.day.trim().is_empty() {
            return Some("Type the last day that it is good.");
        }
        let uploads = self.may_upload && self.is_folder();
        match self.tab {
            ShareTab::Email if self.email.trim().is_empty() => Some("Type an e-mail address."),
            ShareTab::Users if self.users.is_empty() => Some("Tick at least one user."),
            ShareTab::Groups if self.groups.is_empty() => Some("Tick at least one group."),
            ShareTab::Link | ShareTab::Email if uploads && self.upload_to.is_none() => {
                Some("Choose the location that uploads go to.")
            }
            _ => None,
        }
    }

    /// What is asked of the account; nothing where something is known to be wrong.
    pub(super) fn share(&self, today: Date) -> Option<Share> {
        if self.refused(today).is_some() {
            return None;
        }
        let expires = self.last_day(today);
        let to = match self.tab {
            ShareTab::Email => Some(MailTo {
                email: Email::parse("email", &self.email).ok()?,
                password_to: match self.password_to.trim() {
                    "" => None,
                    typed => Some(Email::parse("email", typed).ok()?),
                },
            }),
            _ => None,
        };
        Some(match (&self.target, self.tab) {
            (ShareTarget::Orders(orders), _) => Share::Orders {
                orders: orders.clone(),
                to,
                can_download: self.may_download,
                expires,
            },
            (ShareTarget::Folder(folder), ShareTab::Users) => Share::FolderWithUsers {
                folder: *folder,
                users: self.users.iter().copied().collect(),
                expires,
            },
            (ShareTarget::Folder(folder), ShareTab::Groups) => Share::FolderWithGroups {
                folder: *folder,
                groups: self.groups.iter().copied().collect(),
                expires,
            },
            (ShareTarget::Folder(folder), _) => Share::Folder {
                share: FolderShare {
                    folder: *folder,
                    password: self.password.trim().to_owned(),
                    title: self.title.clone(),
                    description: self.text.clone(),
                    expires,
                    can_download: self.may_download,
                },
                to,
                upload_to: self.upload_to.filter(|_| self.may_upload),
            },
        })
    }
}

fn not_an_address(typed: &str) -> Option<&'static str> {
    if typed.trim().is_empty() {
        return None;
    }
    match Email::parse("email", typed) {
        Err(Error::InvalidParameter { .. }) => {
            Some("This is no e-mail address. One looks like name@example.org.")
        }
        _ => None,
    }
}

fn too_long(typed: &str) -> Option<&'static str> {
    (typed.trim().chars().count() > LONG).then_some("This is longer than 64 characters.")
}

/// Ten characters that are not mistaken for each other when they are read out: 50 bits.
pub(super) fn made_password() -> String {
    /// 32 of them, so that five bits choose one evenly. No 0, O, 1, l.
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let bytes = Uuid::new_v4().into_bytes();
    // Bytes 6 and 8 hold the version and the variant, which are always the same.
    let random = bytes.iter().take(6).chain(bytes.iter().skip(9));
    random
        .take(10)
        .filter_map(|byte| LETTERS.get(usize::from(byte & 31)).copied())
        .map(char::from)
        .collect()
}

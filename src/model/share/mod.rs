//! Model of the Share dialog: contents, validation, conversion to a request.

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
    /// UUIDs of orders.
    Orders(Vec<Uuid>),
    /// UUID of a folder.
    Folder(Uuid),
}

/// With whom it is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareTab {
    /// Anyone who has the link.
    Link,
    /// A recipient outside the account, by e-mail.
    Email,
    /// Users of the account.
    Users,
    /// User groups of the account.
    Groups,
}

/// When the share expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// 7 days from today.
    Week,
    /// 30 days from today.
    Month,
    /// The share does not expire.
    Never,
    /// At the end of the typed date.
    Day,
}

/// User actions in the dialog, other than editing fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShareAction {
    /// Opens the dialog.
    Open(ShareTarget),
    /// The main button.
    Share,
    /// Generates another password.
    MakePassword,
    /// Returns from the result to the form.
    Again,
    /// Closes the dialog.
    Close,
}

/// State of the dialog.
#[derive(Debug, Clone, PartialEq)]
pub enum ShareState {
    /// The form is being edited.
    Editing,
    /// The request is pending.
    Working(JobId),
    /// The server refused the request.
    Failed(Failure),
    /// Shared, with the result.
    Done(Box<Card>),
}

/// Contents of the dialog.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareForm {
    /// What is shared.
    pub target: ShareTarget,
    /// Description such as "2 orders of Öberg, Märta" or "folder “Week 48”".
    pub what: String,
    /// Current tab.
    pub tab: ShareTab,
    /// When the share expires.
    pub expiry: Expiry,
    /// Expiry date as typed, for [`Expiry::Day`].
    pub day: String,
    /// Whether recipients may download the images.
    pub may_download: bool,
    /// Whether recipients may upload images into the folder.
    pub may_upload: bool,
    /// UUID of the location that uploads go to.
    pub upload_to: Option<Uuid>,
    /// Title shown to recipients of a folder.
    pub title: String,
    /// Message shown to recipients of a folder.
    pub text: String,
    /// Password of a folder's share. If empty, the server generates one.
    pub password: String,
    /// E-mail address of the recipient.
    pub email: String,
    /// E-mail address that the password is sent to. If empty, it is sent to `email`.
    pub password_to: String,
    /// UUIDs of the ticked users.
    pub users: BTreeSet<Uuid>,
    /// UUIDs of the ticked user groups.
    pub groups: BTreeSet<Uuid>,
    /// Search text for users or groups.
    pub search: String,
    /// State of the dialog.
    pub state: ShareState,
}

/// Validation messages by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wrong {
    /// For the expiry date.
    pub day: Option<&'static str>,
    /// For the e-mail address.
    pub email: Option<&'static str>,
    /// For the password's e-mail address.
    pub password_to: Option<&'static str>,
    /// For the password.
    pub password: Option<&'static str>,
    /// For the title.
    pub title: Option<&'static str>,
}

/// Maximum length of password and title, in characters.
const LONG: usize = 64;

impl ShareForm {
    /// An empty form.
    pub fn new(target: ShareTarget, what: String, location: Option<Uuid>) -> Self {
        let password = match target {
            ShareTarget::Folder(_) => made_password(),
            // For orders, the server generates the password.
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

    /// Whether a folder is shared.
    pub fn is_folder(&self) -> bool {
        matches!(self.target, ShareTarget::Folder(_))
    }

    /// The tabs that apply, with their captions.
    pub fn tabs(&self) -> &'static [(ShareTab, &'static str)] {
        const ALL: [(ShareTab, &str); 4] = [
            (ShareTab::Link, "Link"),
            (ShareTab::Email, "E-mail"),
            (ShareTab::Users, "Users"),
            (ShareTab::Groups, "Groups"),
        ];
        // Sharing orders with users and groups is done by assigning them.
        if self.is_folder() {
            &ALL
        } else {
            ALL.split_at(2).0
        }
    }

    /// Expiry date; `None` if it does not expire, or the typed date is invalid.
    pub fn last_day(&self, today: Date) -> Option<Date> {
        let in_days = |days: i64| today.checked_add(days.days()).ok();
        match self.expiry {
            Expiry::Week => in_days(7),
            Expiry::Month => in_days(30),
            Expiry::Never => None,
            Expiry::Day => parse_day(&self.day),
        }
    }

    /// Validation messages. Empty fields are not reported.
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

    /// Why the main button is disabled.
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

    /// The request; `None` if the form is invalid.
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

/// A random password of ten characters (50 bits) that are easy to tell apart.
pub(super) fn made_password() -> String {
    /// 32 characters, so that five bits select one uniformly. Without 0, O, 1, l.
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let bytes = Uuid::new_v4().into_bytes();
    // Skips bytes 6 and 8 of the UUID, which contain the constant version and variant.
    let random = bytes.iter().take(6).chain(bytes.iter().skip(9));
    random
        .take(10)
        .filter_map(|byte| LETTERS.get(usize::from(byte & 31)).copied())
        .map(char::from)
        .collect()
}

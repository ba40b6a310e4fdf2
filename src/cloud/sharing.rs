//! Sharing orders and folders: by address, by e-mail, with users and groups of the account.

use jiff::civil::Date;
use uuid::Uuid;

use super::fields::Fields;
use super::message::Message;
use super::model::Shared;
use super::values::{Email, MAX_TEXT, line, some, wrong};
use super::wire::General;
use super::{Client, Error, Keys};

pub(super) const EXPIRES: &str = "expireDate";
const ORDERS: &str = "sharing the orders";
const FOLDER: &str = "sharing the folder";
/// The longest password and title, in characters.
const LONG: usize = 64;

/// Where a share is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailTo {
    /// Gets the address, and the password too where `password_to` is not given.
    pub email: Email,
    /// Gets the password.
    pub password_to: Option<Email>,
}

/// What is shared of a folder, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderShare {
    /// The folder.
    pub folder: Uuid,
    /// What recipients must type; empty: the server makes one.
    pub password: String,
    /// A heading for recipients.
    pub title: String,
    /// A text for recipients.
    pub description: String,
    /// The last day that it is good; `None`: for ever.
    pub expires: Option<Date>,
    /// Whether recipients may download the images.
    pub can_download: bool,
}

/// Refuses a last day that is over already.
pub(super) fn not_over(
    name: &'static str,
    last_day: Option<Date>,
    today: Date,
) -> Result<Option<Date>, Error> {
    match last_day {
        Some(day) if day < today => Err(wrong(name, &day.to_string(), "that day is over")),
        day => Ok(day),
    }
}

/// The four ways to share orders.
pub(super) fn orders(
    keys: &Keys,
    message: General,
    user: Uuid,
    orders: &[Uuid],
    to: Option<&MailTo>,
    can_download: bool,
    expires: Option<Date>,
) -> Result<Message, Error> {
    let fields = Fields::of(user).guids("OrderUuidList", some("orderUuidList", orders)?);
    let fields = mailed(fields, to)
        .with("UserCanDownloadStudies", can_download)
        .some("ExpireDate", expires.map(|day| day.to_string()));
    Message::general(keys, message, ORDERS, &fields)
}

/// Both addresses travel even where the second is empty.
fn mailed(fields: Fields, to: Option<&MailTo>) -> Fields {
    match to {
        None => fields,
        Some(to) => fields.with("Email", to.email.as_str()).with(
            "EmailForSendingSharePassword",
            to.password_to.as_ref().map_or("", Email::as_str),
        ),
    }
}

/// The four ways to share a folder with people outside the account. `upload_to` is the location that uploads go to.
pub(super) fn folder(
    keys: &Keys,
    message: General,
    user: Uuid,
    share: &FolderShare,
    to: Option<&MailTo>,
    upload_to: Option<Uuid>,
) -> Result<Message, Error> {
    let fields = Fields::of(user).guid("FolderUuid", share.folder);
    let fields = mailed(fields, to)
        .with(
            "SharePassword",
            line("sharePassword", &share.password, LONG)?,
        )
        .with("ShareTitle", line("shareTitle", &share.title, LONG)?)
        .with(
            "ShareDescription",
            line("shareDescription", &share.description, MAX_TEXT)?,
        )
        .some("ExpireDate", share.expires.map(|day| day.to_string()))
        .with("UserCanDownloadStudies", share.can_download)
        .some("InstitutionUuid", upload_to.map(|uuid| uuid.to_string()));
    Message::general(keys, message, FOLDER, &fields)
}

/// The terms of sharing a folder with users or groups of the account.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    /// The last day that the share is good; `None` for no end.
    pub(super) expires: Option<Date>,
    /// The documentation's parameter table has it; the methods' signatures, and so the vendor's library, do not.
    pub(super) can_download: Option<bool>,
}

/// Sharing a folder with users or groups of the account.
pub(super) fn folder_within(
    keys: &Keys,
    (message, field): (General, &'static str),
    user: Uuid,
    folder: Uuid,
    with: &[Uuid],
    terms: Terms,
) -> Result<Message, Error> {
    let fields = Fields::of(user)
        .guid("FolderUuid", folder)
        .guids(field, with)
        .some("ExpireDate", terms.expires.map(|day| day.to_string()))
        .some("UserCanDownloadStudies", terms.can_download);
    Message::general(keys, message, FOLDER, &fields)
}

pub(super) const USERS: (General, &str) =
    (General::ShareFolderWithAccountUser, "SharedUserUuidList");
pub(super) const GROUPS: (General, &str) = (
    General::ShareFolderWithAccountUserGroup,
    "SharedUserGroupUuidList",
);

impl Client {
    /// `SharePatientOrder`: sends the orders' address, which never expires, by e-mail.
    ///
    /// # Errors
    /// No order at all, and what any request can meet.
    pub async fn share_patient_order(
        &self,
        user: Uuid,
        list: &[Uuid],
        to: &MailTo,
        can_download: bool,
    ) -> Result<Shared, Error> {
        let (message, to) = (General::SharePatientOrderWithEmail, Some(to));
        self.answer(orders(
            self.keys(),
            message,
            user,
            list,
            to,
            can_download,
            None,
        )?)
        .await
    }

    /// `SharePatientOrderWithExpireDate`: the same, good through the day `expires`.
    ///
    /// # Errors
    /// No order at all, a day that is over, and what any request can meet.
    pub async fn share_patient_order_with_expire_date(
        &self,
        user: Uuid,
        list: &[Uuid],
        to: &MailTo,
        can_download: bool,
        expires: Date,
    ) -> Result<Shared, Error> {
        let expires = not_over(EXPIRES, Some(expires), self.today())?;
        let (message, to) = (General::SharePatientOrderWithEmailWithExpireDate, Some(to));
        self.answer(orders(
            self.keys(),
            message,
            user,
            list,
            to,
            can_download,
            expires,
        )?)
        .await
    }

    /// `CreateQuickShareLink`: an address for the orders that never expires.
    ///
    /// # Errors
    /// No order at all, and what any request can meet.
    pub async fn create_quick_share_link(
        &self,
        user: Uuid,
        list: &[Uuid],
        can_download: bool,
    ) -> Result<Shared, Error> {
        let message = General::SharePatientOrderWithUrl;
        self.answer(orders(
            self.keys(),
            message,
            user,
            list,
            None,
            can_download,
            None,
        )?)
        .await
    }

    /// `CreateQuickShareLinkWithExpireDate`: the same, good through the day `expires`.
    ///
    /// # Errors
    /// No order at all, a day that is over, and what any request can meet.
    pub async fn create_quick_share_link_with_expire_date(
        &self,
        user: Uuid,
        list: &[Uuid],
        can_download: bool,
        expires: Date,
    ) -> Result<Shared, Error> {
        let expires = not_over(EXPIRES, Some(expires), self.today())?;
        let message = General::SharePatientOrderWithUrlWithExpireDate;
        self.answer(orders(
            self.keys(),
            message,
            user,
            list,
            None,
            can_download,
            expires,
        )?)
        .await
    }

    /// `ShareFolderWithEmail`: sends a folder's address by e-mail.
    ///
    /// # Errors
    /// A day that is over, texts that are too long, and what any request can meet.
    pub async fn share_folder_with_email(
        &self,
        user: Uuid,
        share: &FolderShare,
        to: &MailTo,
    ) -> Result<Shared, Error> {
        let message = General::ShareFolderWithEmail;
        self.share_folder(message, user, share, Some(to), None)
            .await
    }

    /// `ShareFolderWithURL`: an address for a folder.
    ///
    /// # Errors
    /// Those of [`Client::share_folder_with_email`].
    pub async fn share_folder_with_url(
        &self,
        user: Uuid,
        share: &FolderShare,
    ) -> Result<Shared, Error> {
        self.share_folder(General::ShareFolderWithURL, user, share, None, None)
            .await
    }

    /// `ShareFolderToUploadWithEmail`: sends an address by which images can be put into the folder, at `location`.
    ///
    /// # Errors
    /// Those of [`Client::share_folder_with_email`].
    pub async fn share_folder_to_upload_with_email(
        &self,
        user: Uuid,
        share: &FolderShare,
        to: &MailTo,
        location: Uuid,
    ) -> Result<Shared, Error> {
        let message = General::ShareFolderToUploadWithEmail;
        self.share_folder(message, user, share, Some(to), Some(location))
            .await
    }

    /// `ShareFolderToUploadWithUrl`: an address by which images can be put into the folder, at `location`.
    ///
    /// # Errors
    /// Those of [`Client::share_folder_with_email`].
    pub async fn share_folder_to_upload_with_url(
        &self,
        user: Uuid,
        share: &FolderShare,
        location: Uuid,
    ) -> Result<Shared, Error> {
        let message = General::ShareFolderToUploadWithUrl;
        self.share_folder(message, user, share, None, Some(location))
            .await
    }

    async fn share_folder(
        &self,
        message: General,
        user: Uuid,
        share: &FolderShare,
        to: Option<&MailTo>,
        upload_to: Option<Uuid>,
    ) -> Result<Shared, Error> {
        not_over(EXPIRES, share.expires, self.today())?;
        self.answer(folder(self.keys(), message, user, share, to, upload_to)?)
            .await
    }

    /// `ShareFolderWithAccountUser`: lets users of restricted access see a folder's orders, through the day `expires`.
    ///
    /// # Errors
    /// Nobody at all, a day that is over, and what any request can meet.
    pub async fn share_folder_with_account_user(
        &self,
        user: Uuid,
        folder: Uuid,
        with: &[Uuid],
        expires: Option<Date>,
    ) -> Result<Shared, Error> {
        let with = some("sharedUserUuidList", with)?;
        let terms = Terms {
            expires: not_over(EXPIRES, expires, self.today())?,
            can_download: None,
        };
        self.answer(folder_within(
            self.keys(),
            USERS,
            user,
            folder,
            with,
            terms,
        )?)
        .await
    }

    /// `ShareFolderWithAccountUserGroup`: the same for groups of users.
    ///
    /// # Errors
    /// Those of [`Client::share_folder_with_account_user`].
    pub async fn share_folder_with_account_user_group(
        &self,
        user: Uuid,
        folder: Uuid,
        with: &[Uuid],
        expires: Option<Date>,
    ) -> Result<Shared, Error> {
        let with = some("sharedUserGroupUuidList", with)?;
        let terms = Terms {
            expires: not_over(EXPIRES, expires, self.today())?,
            can_download: None,
        };
        self.answer(folder_within(
            self.keys(),
            GROUPS,
            user,
            folder,
            with,
            terms,
        )?)
        .await
    }
}

//! Sharing as scripts ask for it: by the documented names of the parameters.

use jiff::civil::Date;

use super::parameters::Parameters;
use super::{Method, Work};
use crate::cloud::message::Message;
use crate::cloud::sharing::{
    EXPIRES, FolderShare, GROUPS, MailTo, Terms, USERS, folder, folder_within, orders,
};
use crate::cloud::values::{some, wrong};
use crate::cloud::wire::General;
use crate::cloud::{Error, Keys};

const USER: &str = "userUuid";
const LIST: &str = "orderUuidList";
const EMAIL: &str = "email";
const PASSWORD_TO: &str = "emailForSendingSharePassword";
const DOWNLOAD: &str = "userCanDownloadStudies";
const OF_FOLDER: &str = "folderUuid";
const PASSWORD: &str = "sharePassword";
const TITLE: &str = "shareTitle";
const TEXT: &str = "shareDescription";
const LOCATION: &str = "institutionUuid";

/// What scripts call.
pub(in crate::cloud) const METHODS: &[Method] = &[
    Method::new(
        "SharePatientOrder",
        &[USER, LIST, EMAIL, PASSWORD_TO, DOWNLOAD],
        Work::Send(|keys, given| {
            let message = General::SharePatientOrderWithEmail;
            orders_by_name(keys, message, given, Some(&mail_to(given)?), None)
        }),
    ),
    Method::new(
        "SharePatientOrderWithExpireDate",
        &[USER, LIST, EMAIL, PASSWORD_TO, DOWNLOAD, EXPIRES],
        Work::Send(|keys, given| {
            let message = General::SharePatientOrderWithEmailWithExpireDate;
            let to = mail_to(given)?;
            orders_by_name(keys, message, given, Some(&to), Some(needed_day(given)?))
        }),
    ),
    Method::new(
        "CreateQuickShareLink",
        &[USER, LIST, DOWNLOAD],
        Work::Send(|keys, given| {
            orders_by_name(keys, General::SharePatientOrderWithUrl, given, None, None)
        }),
    ),
    Method::new(
        "CreateQuickShareLinkWithExpireDate",
        &[USER, LIST, DOWNLOAD, EXPIRES],
        Work::Send(|keys, given| {
            let message = General::SharePatientOrderWithUrlWithExpireDate;
            orders_by_name(keys, message, given, None, Some(needed_day(given)?))
        }),
    ),
    Method::new(
        "ShareFolderWithEmail",
        &[
            USER,
            OF_FOLDER,
            EMAIL,
            PASSWORD_TO,
            PASSWORD,
            TITLE,
            TEXT,
            EXPIRES,
            DOWNLOAD,
        ],
        Work::Send(|keys, given| {
            let (share, to) = (folder_by_name(given)?, mail_to(given)?);
            let message = General::ShareFolderWithEmail;
            folder(keys, message, given.user()?, &share, Some(&to), None)
        }),
    ),
    Method::new(
        "ShareFolderWithURL",
        &[USER, OF_FOLDER, PASSWORD, TITLE, TEXT, EXPIRES, DOWNLOAD],
        Work::Send(|keys, given| {
            let share = folder_by_name(given)?;
            let message = General::ShareFolderWithURL;
            folder(keys, message, given.user()?, &share, None, None)
        }),
    ),
    Method::new(
        "ShareFolderToUploadWithEmail",
        &[
            USER,
            OF_FOLDER,
            EMAIL,
            PASSWORD_TO,
            PASSWORD,
            TITLE,
            TEXT,
            EXPIRES,
            DOWNLOAD,
            LOCATION,
        ],
        Work::Send(|keys, given| {
            let (share, to) = (folder_by_name(given)?, mail_to(given)?);
            let message = General::ShareFolderToUploadWithEmail;
            let location = given.location_or_first(LOCATION)?;
            folder(
                keys,
                message,
                given.user()?,
                &share,
                Some(&to),
                Some(location),
            )
        }),
    ),
    Method::new(
        "ShareFolderToUploadWithUrl",
        &[
            USER, OF_FOLDER, PASSWORD, TITLE, TEXT, EXPIRES, DOWNLOAD, LOCATION,
        ],
        Work::Send(|keys, given| {
            let share = folder_by_name(given)?;
            let message = General::ShareFolderToUploadWithUrl;
            let location = given.location_or_first(LOCATION)?;
            folder(keys, message, given.user()?, &share, None, Some(location))
        }),
    ),
    Method::new(
        "ShareFolderWithAccountUser",
        &[USER, OF_FOLDER, "sharedUserUuidList", EXPIRES, DOWNLOAD],
        Work::Send(|keys, given| within_by_name(keys, USERS, given, "sharedUserUuidList")),
    ),
    Method::new(
        "ShareFolderWithAccountUserGroup",
        &[
            USER,
            OF_FOLDER,
            "sharedUserGroupUuidList",
            EXPIRES,
            DOWNLOAD,
        ],
        Work::Send(|keys, given| within_by_name(keys, GROUPS, given, "sharedUserGroupUuidList")),
    ),
];

fn mail_to(given: &Parameters<'_>) -> Result<MailTo, Error> {
    Ok(MailTo {
        email: given.email(EMAIL)?,
        password_to: given.optional_email(PASSWORD_TO)?,
    })
}

fn needed_day(given: &Parameters<'_>) -> Result<Date, Error> {
    match given.last_day(EXPIRES)? {
        Some(day) => Ok(day),
        None => Err(wrong(EXPIRES, "", "the method needs it")),
    }
}

fn orders_by_name(
    keys: &Keys,
    message: General,
    given: &Parameters<'_>,
    to: Option<&MailTo>,
    expires: Option<Date>,
) -> Result<Message, Error> {
    let (user, list) = (given.user()?, given.guid_list(LIST)?);
    orders(
        keys,
        message,
        user,
        &list,
        to,
        given.flag(DOWNLOAD)?,
        expires,
    )
}

fn folder_by_name(given: &Parameters<'_>) -> Result<FolderShare, Error> {
    Ok(FolderShare {
        folder: given.guid(OF_FOLDER)?,
        password: given.text(PASSWORD)?.to_owned(),
        title: given.text(TITLE)?.to_owned(),
        description: given.text(TEXT)?.to_owned(),
        expires: given.last_day(EXPIRES)?,
        can_download: given.flag(DOWNLOAD)?,
    })
}

fn within_by_name(
    keys: &Keys,
    which: (General, &'static str),
    given: &Parameters<'_>,
    name: &'static str,
) -> Result<Message, Error> {
    let (user, of) = (given.user()?, given.guid(OF_FOLDER)?);
    let with = given.guid_list(name)?;
    let terms = Terms {
        expires: given.last_day(EXPIRES)?,
        can_download: given
            .has(DOWNLOAD)
            .then(|| given.flag(DOWNLOAD))
            .transpose()?,
    };
    folder_within(keys, which, user, of, some(name, &with)?, terms)
}

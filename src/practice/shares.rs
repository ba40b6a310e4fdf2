//! Shares (messages 14 to 21, 36 and 37): by an address with a password, by e-mail, and with people of the account.

use rusqlite::{Transaction, params};
use serde_json::{Value, json};
use uuid::Uuid;

use super::access;
use super::account;
use super::error::Refusal;
use super::folders;
use super::outbox::{self, Letter, Person};
use super::parameters::Parameters;
use super::secret;
use super::store::{Store, now};
use super::text::quoted;

/// The longest password and title, and the longest description, in characters.
const LINE: usize = 255;
const NOTE: usize = 10_240;
/// The longest e-mail address (RFC 5321 section 4.5.3.1.3).
const LONGEST_EMAIL: usize = 254;

/// What a message shares.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Folder,
    /// A folder that files may be put into.
    FolderToUpload,
    Orders,
}

/// A share as it is entered.
struct Share {
    uuid: String,
    kind: &'static str,
    token: Option<String>,
    user: String,
    folder: Option<String>,
    orders: Vec<String>,
    password: String,
    title: String,
    description: String,
    email: String,
    /// `YYYY-MM-DD`, or empty for never.
    expires: String,
    can_download: bool,
    upload_location: String,
}

impl Share {
    fn read(
        work: &Transaction<'_>,
        given: &Parameters,
        what: What,
        kind: &'static str,
    ) -> Result<Self, Refusal> {
        let user = account::acting(work, given)?;
        let (mut folder, mut orders) = (None, Vec::new());
        if what == What::Orders {
            let named = given.needed_guids("OrderUuidList")?;
            orders = access::check_orders(work, &user, &named)?;
        } else {
            let named = given.needed_guid("FolderUuid")?;
            account::check_folders(work, &[named])?;
            access::check_sharing(work, &user, &named.to_string())?;
            folder = Some(named.to_string());
        }
        let upload_location = match what {
            What::FolderToUpload => {
                let location = given.needed_guid("InstitutionUuid")?;
                account::check_location(work, given.needed_guid("UserUuid")?, location)?;
                location.to_string()
            }
            What::Folder | What::Orders => String::new(),
        };
        Ok(Share {
            uuid: Uuid::new_v4().to_string(),
            kind,
            token: None,
            user,
            folder,
            orders,
            password: String::new(),
            title: given.line("ShareTitle", LINE)?,
            description: given.note("ShareDescription", NOTE)?,
            email: String::new(),
            expires: expiry(work, given)?,
            can_download: given.flag("UserCanDownloadStudies")?,
            upload_location,
        })
    }

    /// Gives it an address, and the password that was given or else one of its own.
    fn open(&mut self, given: &Parameters) -> Result<(), Refusal> {
        self.token = Some(secret::token());
        self.password = given.line("SharePassword", LINE)?;
        if self.password.is_empty() {
            self.password = secret::password();
        }
        Ok(())
    }

    fn address(&self, host: &str) -> String {
        let token = self.token.as_deref().unwrap_or_default();
        format!("http://{host}/share/{token}")
    }

    fn enter(&self, work: &Transaction<'_>) -> Result<(), Refusal> {
        work.prepare_cached(
            "INSERT INTO share (uuid, kind, token, folder, user, password, title, description, email, expires,
                 can_download, upload_location, created)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            self.uuid,
            self.kind,
            self.token,
            self.folder,
            self.user,
            self.password,
            self.title,
            self.description,
            self.email,
            self.expires,
            self.can_download,
            self.upload_location,
            now()
        ])?;
        let mut put =
            work.prepare_cached("INSERT INTO share_order (share, patient_order) VALUES (?1, ?2)")?;
        for order in &self.orders {
            put.execute([&self.uuid, order])?;
        }
        Ok(())
    }

    /// What is shared, as a letter calls it.
    fn subject(&self, work: &Transaction<'_>) -> Result<String, Refusal> {
        if !self.title.is_empty() {
            return Ok(self.title.clone());
        }
        match &self.folder {
            Some(folder) => {
                let folder = Uuid::try_parse(folder).map_err(|_| Refusal::UnknownFolder)?;
                Ok(format!("Folder {}", folders::find(work, folder)?.name()))
            }
            // No patient's name: a subject is read over shoulders.
            None if self.orders.len() == 1 => Ok("Images shared with you".to_owned()),
            None => Ok(format!(
                "Images of {} orders shared with you",
                self.orders.len()
            )),
        }
    }
}

/// The last day that a share is good; empty for never.
fn expiry(work: &Transaction<'_>, given: &Parameters) -> Result<String, Refusal> {
    let Some(day) = given.day("ExpireDate")? else {
        return Ok(String::new());
    };
    if day < access::today(work)? {
        return Err(Refusal::denied(format!(
            "ExpireDate ({day}) is over already."
        )));
    }
    Ok(day)
}

/// Shares by an address that asks for a password.
pub(super) fn by_address(
    work: &Transaction<'_>,
    host: &str,
    given: &Parameters,
    what: What,
) -> Result<Value, Refusal> {
    let mut share = Share::read(work, given, what, "Url")?;
    share.open(given)?;
    share.enter(work)?;
    Ok(json!({
        "Result": share.address(host),
        "SharePassword": share.password,
        "ExpireDate": share.expires,
        "ShareUuid": share.uuid,
    }))
}

/// Shares by letters in the outbox: nobody is e-mailed.
pub(super) fn by_email(
    store: &Store,
    host: &str,
    given: &Parameters,
    what: What,
) -> Result<Value, Refusal> {
    let to = email(given, "Email")?.ok_or(Refusal::parameter("Email", "is missing"))?;
    let to_second = email(given, "EmailForSendingSharePassword")?;
    let (answer, posted) = store.write(|work| {
        let mut share = Share::read(work, given, what, "Email")?;
        share.open(given)?;
        share.email.clone_from(&to);
        share.enter(work)?;
        let letters = letters(work, host, &share, to_second)?;
        // Last, so that nothing is posted that is not entered; should the commit fail, it is taken back.
        let posted = outbox::post(&store.outbox(), &letters)?;
        let answer = json!({
            "ShareUuid": share.uuid,
            "ExpireDate": share.expires,
            "OutboxFolder": store.outbox().display().to_string(),
        });
        Ok((answer, posted))
    })?;
    posted.keep();
    Ok(answer)
}

/// An e-mail address, where one is given. Only what would make no address, or more than one, is refused.
fn email(given: &Parameters, field: &'static str) -> Result<Option<String>, Refusal> {
    let text = given.line(field, LONGEST_EMAIL)?;
    if text.is_empty() {
        return Ok(None);
    }
    let odd = |letter: char| letter.is_whitespace() || "<>()[],;:\\\"".contains(letter);
    let sound = text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && !host.contains('@')
            && host.split('.').count() > 1
            && host.split('.').all(|label| !label.is_empty())
    });
    if !sound || text.contains(odd) {
        return Err(Refusal::denied(format!(
            "{field} {} is no e-mail address.",
            quoted(&text)
        )));
    }
    Ok(Some(text))
}

/// One letter with address and password, or two where the password goes to an address of its own.
fn letters(
    work: &Transaction<'_>,
    host: &str,
    share: &Share,
    to_second: Option<String>,
) -> Result<Vec<Letter>, Refusal> {
    let from = work
        .prepare_cached("SELECT full_name, email FROM user WHERE uuid = ?1")?
        .query_row([&share.user], |row| {
            Ok(Person {
                name: row.get(0)?,
                email: row.get(1)?,
            })
        })?;
    let subject = share.subject(work)?;
    let mut first = format!("{} shares images with you.\n\n", from.name);
    if !share.description.is_empty() {
        first.push_str(&format!("{}\n\n", share.description));
    }
    first.push_str(&format!("Address: {}\n", share.address(host)));
    if !share.expires.is_empty() {
        first.push_str(&format!("Ends: {}\n", share.expires));
    }
    let password = format!("Password: {}\n", share.password);
    let letter = |to: &str, subject: String, text: String| Letter {
        from: from.clone(),
        to: to.to_owned(),
        subject,
        text,
    };
    Ok(match to_second {
        Some(second) => {
            first.push_str("The password comes in a message of its own.\n");
            let about = format!("Password for: {subject}");
            vec![
                letter(&share.email, subject, first),
                letter(&second, about, password),
            ]
        }
        None => {
            first.push_str(&password);
            vec![letter(&share.email, subject, first)]
        }
    })
}

/// `ShareFolderWithAccountUser`.
pub(super) fn with_users(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let share = Share::read(work, given, What::Folder, "User")?;
    let users = given.needed_guids("SharedUserUuidList")?;
    share.enter(work)?;
    let mut put = work.prepare_cached("INSERT INTO share_user (share, user) VALUES (?1, ?2)")?;
    for user in users {
        account::check_user(work, user)?;
        put.execute([&share.uuid, &user.to_string()])?;
    }
    Ok(json!({"ShareUuid": share.uuid, "ExpireDate": share.expires}))
}

/// `ShareFolderWithAccountUserGroup`.
pub(super) fn with_groups(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let share = Share::read(work, given, What::Folder, "UserGroup")?;
    let groups = given.needed_guids("SharedUserGroupUuidList")?;
    share.enter(work)?;
    let mut put =
        work.prepare_cached("INSERT INTO share_user_group (share, user_group) VALUES (?1, ?2)")?;
    for group in groups {
        account::check_user_group(work, group)?;
        put.execute([&share.uuid, &group.to_string()])?;
    }
    Ok(json!({"ShareUuid": share.uuid, "ExpireDate": share.expires}))
}

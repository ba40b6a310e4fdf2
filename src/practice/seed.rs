//! What a new practice workspace holds: an account with people, locations and folders, and no orders.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use uuid::Uuid;

use super::error::Error;

/// The account's name.
pub(super) const ACCOUNT: &str = "Practice hospital";
const LOCATIONS: [&str; 2] = ["Main hospital", "Outpatient clinic"];
/// Sign-in name, full name, and how many of the locations the user may use.
const USERS: [(&str, &str, usize); 3] = [
    ("asa.oberg", "Åsa Öberg", 2),
    ("taro.yamada", "山田 太郎", 2),
    ("nils.berg", "Nils Berg", 1),
];
const FOLDERS: [(&str, &[&str]); 3] = [
    ("Trauma", &["Week 47", "Week 48"]),
    ("Teaching", &[]),
    ("Research MR knee", &[]),
];

/// The two keys of the account, made at the first start.
#[derive(Clone, Copy)]
pub(super) struct Keys {
    pub(super) api: Uuid,
    pub(super) account: Uuid,
}

/// Gives the keys, and fills a new database first.
pub(super) fn plant(connection: &mut Connection) -> Result<Keys, Error> {
    let work = Transaction::new(connection, TransactionBehavior::Immediate)?;
    if setting(&work, "api_key")?.is_none() {
        for name in ["api_key", "account_key"] {
            work.execute(
                "INSERT INTO setting VALUES (?1, ?2)",
                params![name, Uuid::new_v4().to_string()],
            )?;
        }
        people(&work)?;
        folders(&work)?;
    }
    let keys = Keys {
        api: key(&work, "api_key")?,
        account: key(&work, "account_key")?,
    };
    work.commit()?;
    Ok(keys)
}

fn setting(work: &Transaction<'_>, name: &str) -> Result<Option<String>, Error> {
    Ok(work
        .query_row("SELECT value FROM setting WHERE name = ?1", [name], |row| {
            row.get(0)
        })
        .optional()?)
}

fn key(work: &Transaction<'_>, name: &str) -> Result<Uuid, Error> {
    setting(work, name)?
        .and_then(|text| Uuid::try_parse(&text).ok())
        .ok_or(Error::Damaged("its keys are missing"))
}

fn people(work: &Transaction<'_>) -> Result<(), Error> {
    let mut locations = Vec::new();
    for (position, name) in (0_i64..).zip(LOCATIONS) {
        let uuid = Uuid::new_v4().to_string();
        work.execute(
            "INSERT INTO location VALUES (?1, ?2, ?3)",
            params![uuid, name, position],
        )?;
        locations.push(uuid);
    }
    let group = Uuid::new_v4().to_string();
    work.execute(
        "INSERT INTO user_group VALUES (?1, 'Radiology A')",
        [&group],
    )?;
    for (position, (user_name, full_name, may)) in (0_i64..).zip(USERS) {
        let user = Uuid::new_v4().to_string();
        work.execute(
            "INSERT INTO user (uuid, user_name, full_name, position) VALUES (?1, ?2, ?3, ?4)",
            params![user, user_name, full_name, position],
        )?;
        work.execute(
            "INSERT INTO user_group_member VALUES (?1, ?2)",
            params![group, user],
        )?;
        for location in locations.iter().take(may) {
            work.execute(
                "INSERT INTO user_location VALUES (?1, ?2)",
                params![user, location],
            )?;
        }
    }
    Ok(())
}

fn folders(work: &Transaction<'_>) -> Result<(), Error> {
    let make = |parent: &str, name: &str| -> Result<String, Error> {
        let uuid = Uuid::new_v4().to_string();
        work.execute(
            "INSERT INTO folder (uuid, parent, name) VALUES (?1, ?2, ?3)",
            params![uuid, parent, name],
        )?;
        Ok(uuid)
    };
    for (name, below) in FOLDERS {
        let folder = make(&Uuid::nil().to_string(), name)?;
        for name in below {
            make(&folder, name)?;
        }
    }
    Ok(())
}

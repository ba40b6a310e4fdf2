//! What a new practice workspace holds: an account with people, locations, folders, flags, equipment and contacts, and
//! no orders. A workspace of an earlier version gets what came later, once: what was removed since stays away.

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

/// Sees what is assigned or shared, and nothing else.
const RESTRICTED: (&str, &str) = ("mia.lund", "Mia Lund");
const NIGHT_SHIFT: (&str, [&str; 2]) = ("Night shift", ["nils.berg", "mia.lund"]);
/// Groups of flags, numbered from 1, and their flags, too.
const FLAGS: [(&str, [(&str, &str); 3]); 2] = [
    (
        "Priority",
        [
            ("Routine", "#4C8BF5"),
            ("Urgent", "#F5A623"),
            ("Emergency", "#E5484D"),
        ],
    ),
    (
        "Reading",
        [
            ("To read", "#8E8CD8"),
            ("Second opinion", "#D6409F"),
            ("Read", "#30A46C"),
        ],
    ),
];
/// Name, AE title, modality, and which location it stands at.
const NODES: [(&str, &str, &str, i64); 3] = [
    ("CT 1", "CT1_MAIN", "CT", 0),
    ("MR knee", "MR1_MAIN", "MR", 0),
    ("Ultrasound clinic", "US1_CLINIC", "US", 1),
];
const CONTACTS: [(&str, &str); 4] = [
    ("Dr. Elin Sjö", "elin.sjo@example.org"),
    ("Dr. Pavel Dvořák", "pavel.dvorak@example.org"),
    ("Orthopaedics front desk", "orthopaedics@example.org"),
    ("Tumour board", "tumour.board@example.org"),
];
/// The setting that says that the later things were planted.
const LATER: &str = "planted_2";

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
    if setting(&work, LATER)?.is_none() {
        work.execute("INSERT INTO setting VALUES (?1, '')", [LATER])?;
        more_people(&work)?;
        flags(&work)?;
        equipment(&work)?;
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

/// The restricted user, a second group, and everybody's e-mail address.
fn more_people(work: &Transaction<'_>) -> Result<(), Error> {
    let (user_name, full_name) = RESTRICTED;
    let user = Uuid::new_v4().to_string();
    work.execute(
        "INSERT INTO user (uuid, user_name, full_name, position, restricted)
         SELECT ?1, ?2, ?3, coalesce(max(position) + 1, 0), 1 FROM user",
        params![user, user_name, full_name],
    )?;
    work.execute(
        "INSERT INTO user_location SELECT ?1, uuid FROM location ORDER BY position LIMIT 1",
        [&user],
    )?;
    let (name, members) = NIGHT_SHIFT;
    let group = Uuid::new_v4().to_string();
    work.execute("INSERT INTO user_group VALUES (?1, ?2)", [&group, name])?;
    for member in members {
        work.execute(
            "INSERT INTO user_group_member SELECT ?1, uuid FROM user WHERE user_name = ?2",
            [&group, member],
        )?;
    }
    work.execute(
        "UPDATE user SET email = user_name || '@example.org' WHERE email = ''",
        [],
    )?;
    Ok(())
}

fn flags(work: &Transaction<'_>) -> Result<(), Error> {
    for (group, (name, flags)) in (1_i64..).zip(FLAGS) {
        work.execute(
            "INSERT INTO flag_group VALUES (?1, ?2)",
            params![group, name],
        )?;
        for (flag, (name, color)) in (1_i64..).zip(flags) {
            work.execute(
                "INSERT INTO flag VALUES (?1, ?2, ?3, ?4)",
                params![group, flag, name, color],
            )?;
        }
    }
    Ok(())
}

fn equipment(work: &Transaction<'_>) -> Result<(), Error> {
    for (name, title, modality, position) in NODES {
        work.execute(
            "INSERT INTO dicom_node
             SELECT ?1, ?2, ?3, ?4, coalesce((SELECT uuid FROM location WHERE position = ?5), '')",
            params![Uuid::new_v4().to_string(), name, title, modality, position],
        )?;
    }
    for (name, email) in CONTACTS {
        work.execute(
            "INSERT INTO contact VALUES (?1, ?2, ?3)",
            params![Uuid::new_v4().to_string(), name, email],
        )?;
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

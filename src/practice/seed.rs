//! What a new practice account holds: two locations, three people, a group, a few folders. All of it invented.

use rusqlite::{Connection, params};
use uuid::Uuid;

const LOCATIONS: [&str; 2] = ["Main hospital", "Outpatient clinic"];

/// Name to sign in with, full name, how many of the locations.
const USERS: [(&str, &str, usize); 3] = [
    ("asa.oberg", "Åsa Öberg", 2),
    ("taro.yamada", "山田 太郎", 2),
    ("nils.berg", "Nils Berg", 1),
];

/// Folder, and the folders in it.
const FOLDERS: [(&str, &str, &[&str]); 3] = [
    (
        "Trauma",
        "Emergency admissions by week",
        &["Week 47", "Week 48"],
    ),
    ("Teaching", "Cases for the Thursday round", &[]),
    ("Research MR knee", "", &[]),
];

/// Fills an empty database.
pub(super) fn fill(db: &Connection) -> rusqlite::Result<()> {
    let new = || Uuid::new_v4().to_string();
    for (name, value) in [("api_key", new()), ("account_key", new())] {
        db.execute(
            "INSERT INTO meta (name, value) VALUES (?1, ?2)",
            params![name, value],
        )?;
    }
    let locations = LOCATIONS.map(|name| (new(), name));
    for (uuid, name) in &locations {
        db.execute(
            "INSERT INTO locations (uuid, name) VALUES (?1, ?2)",
            params![uuid, name],
        )?;
    }
    let group = new();
    db.execute(
        "INSERT INTO user_groups (uuid, name) VALUES (?1, 'Radiology A')",
        [&group],
    )?;
    for (name, full_name, count) in USERS {
        let user = new();
        db.execute(
            "INSERT INTO users (uuid, name, full_name) VALUES (?1, ?2, ?3)",
            params![user, name, full_name],
        )?;
        db.execute(
            "INSERT INTO group_users (user_group, user) VALUES (?1, ?2)",
            params![group, user],
        )?;
        for (location, _) in locations.iter().take(count) {
            db.execute(
                "INSERT INTO user_locations (user, location) VALUES (?1, ?2)",
                params![user, location],
            )?;
        }
    }
    for (name, description, inner) in FOLDERS {
        let folder = new();
        let insert =
            "INSERT INTO folders (uuid, parent, name, description) VALUES (?1, ?2, ?3, ?4)";
        db.execute(
            insert,
            params![folder, Uuid::nil().to_string(), name, description],
        )?;
        for name in inner {
            db.execute(insert, params![new(), folder, name, ""])?;
        }
    }
    Ok(())
}

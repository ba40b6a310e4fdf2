//! The database's tables. A change is a further entry in [`MIGRATIONS`]; one that was shipped is never edited.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::Error;

/// Each step leads from one version to the next; `PRAGMA user_version` counts the steps done. GUIDs are lower-case text
/// with hyphens, times are seconds since 1970, sizes are bytes.
const MIGRATIONS: &[&str] = &[
    r"
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- `stored`: bytes of all images, kept beside them so that no upload has to add them up.
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counter VALUES ('stored', 0);

CREATE TABLE location (uuid TEXT PRIMARY KEY, name TEXT NOT NULL, position INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE user (
    uuid TEXT PRIMARY KEY, user_name TEXT NOT NULL, full_name TEXT NOT NULL, position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE user_location (user TEXT NOT NULL, location TEXT NOT NULL, PRIMARY KEY (user, location)) WITHOUT ROWID;
CREATE TABLE user_group (uuid TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE user_group_member (user_group TEXT NOT NULL, user TEXT NOT NULL, PRIMARY KEY (user_group, user))
    WITHOUT ROWID;
-- The root's GUID is all zeros and has no row.
CREATE TABLE folder (
    uuid TEXT PRIMARY KEY, parent TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX folder_parent ON folder (parent);

-- Sign-ins, and uploads begun by Initialize. Both name the files that are sent.
CREATE TABLE session (uuid TEXT PRIMARY KEY, created INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE upload (
    uuid TEXT PRIMARY KEY, user TEXT NOT NULL, location TEXT NOT NULL, created INTEGER NOT NULL
) WITHOUT ROWID;

-- Files as they are sent. state 0: parts are missing; 1: stored as the image `sop_uid`; 2: refused, and why.
CREATE TABLE file (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    upload TEXT NOT NULL, location TEXT NOT NULL, file_index INTEGER NOT NULL, part_count INTEGER NOT NULL,
    state INTEGER NOT NULL, sop_uid TEXT NOT NULL DEFAULT '', refusal TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    UNIQUE (upload, location, file_index)
);
CREATE TABLE part (
    file INTEGER NOT NULL REFERENCES file (id) ON DELETE CASCADE, part_index INTEGER NOT NULL,
    digest BLOB NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (file, part_index)
) WITHOUT ROWID;

-- name_key is the name as searches compare it. An order made by hand has no study_uid yet.
CREATE TABLE patient_order (
    uuid TEXT PRIMARY KEY, location TEXT NOT NULL, study_uid TEXT,
    patient_name TEXT NOT NULL DEFAULT '', name_key TEXT NOT NULL DEFAULT '', patient_id TEXT NOT NULL DEFAULT '',
    other_patient_id TEXT NOT NULL DEFAULT '', birth_date TEXT NOT NULL DEFAULT '', sex TEXT NOT NULL DEFAULT '',
    accession TEXT NOT NULL DEFAULT '', modality TEXT NOT NULL DEFAULT '',
    study_description TEXT NOT NULL DEFAULT '', procedure_description TEXT NOT NULL DEFAULT '',
    performed TEXT NOT NULL DEFAULT '', status INTEGER NOT NULL DEFAULT 1,
    bytes INTEGER NOT NULL DEFAULT 0, images INTEGER NOT NULL DEFAULT 0, documents INTEGER NOT NULL DEFAULT 0,
    series INTEGER NOT NULL DEFAULT 0,
    UNIQUE (location, study_uid)
) WITHOUT ROWID;
CREATE INDEX patient_order_performed ON patient_order (performed);
CREATE TABLE series (
    patient_order TEXT NOT NULL, series_uid TEXT NOT NULL, modality TEXT NOT NULL, images INTEGER NOT NULL,
    PRIMARY KEY (patient_order, series_uid)
) WITHOUT ROWID;
CREATE TABLE image (
    location TEXT NOT NULL, sop_uid TEXT NOT NULL, patient_order TEXT NOT NULL, series_uid TEXT NOT NULL,
    digest BLOB NOT NULL, size INTEGER NOT NULL, path TEXT NOT NULL, PRIMARY KEY (location, sop_uid)
) WITHOUT ROWID;
CREATE UNIQUE INDEX image_path ON image (path);
CREATE TABLE order_folder (patient_order TEXT NOT NULL, folder TEXT NOT NULL, PRIMARY KEY (patient_order, folder))
    WITHOUT ROWID;
CREATE INDEX order_folder_folder ON order_folder (folder);
",
    r"
-- A restricted user sees what is assigned to, or shared with, the user or a group of the user's, and nothing else.
ALTER TABLE user ADD COLUMN restricted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN email TEXT NOT NULL DEFAULT '';

-- A study that lies in the trash may be uploaded anew, so only orders that do not are one a study and location; and
-- images are told apart within their order. `connected_group`: the orders that open together, or empty. `trashed`: when
-- it went to the trash, or NULL. `details`: a JSON object of the texts that only an order's properties show, by their
-- names on the wire. `scheduled`: made by hand, so that it stays where its images go.
CREATE TABLE patient_order_2 (
    uuid TEXT PRIMARY KEY, location TEXT NOT NULL, study_uid TEXT,
    patient_name TEXT NOT NULL DEFAULT '', name_key TEXT NOT NULL DEFAULT '', patient_id TEXT NOT NULL DEFAULT '',
    other_patient_id TEXT NOT NULL DEFAULT '', birth_date TEXT NOT NULL DEFAULT '', sex TEXT NOT NULL DEFAULT '',
    accession TEXT NOT NULL DEFAULT '', modality TEXT NOT NULL DEFAULT '',
    study_description TEXT NOT NULL DEFAULT '', procedure_description TEXT NOT NULL DEFAULT '',
    performed TEXT NOT NULL DEFAULT '', status INTEGER NOT NULL DEFAULT 1,
    bytes INTEGER NOT NULL DEFAULT 0, images INTEGER NOT NULL DEFAULT 0, documents INTEGER NOT NULL DEFAULT 0,
    series INTEGER NOT NULL DEFAULT 0,
    connected_group TEXT NOT NULL DEFAULT '', trashed INTEGER, details TEXT NOT NULL DEFAULT '{}',
    equipment TEXT NOT NULL DEFAULT '', scheduled INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
INSERT INTO patient_order_2 SELECT *, '', NULL, '{}', '', 0 FROM patient_order;
DROP TABLE patient_order;
ALTER TABLE patient_order_2 RENAME TO patient_order;
CREATE UNIQUE INDEX patient_order_study ON patient_order (location, study_uid) WHERE trashed IS NULL;
CREATE INDEX patient_order_performed ON patient_order (performed);
CREATE INDEX patient_order_name ON patient_order (name_key);
CREATE INDEX patient_order_scheduled ON patient_order (location, accession) WHERE study_uid IS NULL;
CREATE INDEX patient_order_group ON patient_order (connected_group) WHERE connected_group <> '';

CREATE TABLE image_2 (
    location TEXT NOT NULL, sop_uid TEXT NOT NULL, patient_order TEXT NOT NULL, series_uid TEXT NOT NULL,
    digest BLOB NOT NULL, size INTEGER NOT NULL, path TEXT NOT NULL, PRIMARY KEY (patient_order, sop_uid)
) WITHOUT ROWID;
INSERT INTO image_2 SELECT location, sop_uid, patient_order, series_uid, digest, size, path FROM image;
DROP TABLE image;
ALTER TABLE image_2 RENAME TO image;
CREATE UNIQUE INDEX image_path ON image (path);
CREATE INDEX image_uid ON image (location, sop_uid);

-- A name is there once in a folder.
DROP INDEX folder_parent;
CREATE UNIQUE INDEX folder_name ON folder (parent, name);

CREATE TABLE document (
    uuid TEXT PRIMARY KEY, patient_order TEXT NOT NULL, name TEXT NOT NULL, mime TEXT NOT NULL, digest BLOB NOT NULL,
    size INTEGER NOT NULL, path TEXT NOT NULL UNIQUE, created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX document_order ON document (patient_order);

CREATE TABLE order_user (patient_order TEXT NOT NULL, user TEXT NOT NULL, PRIMARY KEY (patient_order, user)) WITHOUT ROWID;
CREATE INDEX order_user_user ON order_user (user);
CREATE TABLE order_user_group (
    patient_order TEXT NOT NULL, user_group TEXT NOT NULL, PRIMARY KEY (patient_order, user_group)
) WITHOUT ROWID;
CREATE INDEX order_user_group_group ON order_user_group (user_group);

-- Colours are #RRGGBB. An order has one flag of a group at most.
CREATE TABLE flag_group (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE flag (
    flag_group INTEGER NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL, color TEXT NOT NULL, PRIMARY KEY (flag_group, id)
) WITHOUT ROWID;
CREATE TABLE order_flag (
    patient_order TEXT NOT NULL, flag_group INTEGER NOT NULL, flag INTEGER NOT NULL, PRIMARY KEY (patient_order, flag_group)
) WITHOUT ROWID;

CREATE TABLE dicom_node (
    uuid TEXT PRIMARY KEY, name TEXT NOT NULL, ae_title TEXT NOT NULL, modality TEXT NOT NULL, location TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE contact (uuid TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL) WITHOUT ROWID;

-- What was shared: a folder, or orders (share_order). `kind`: Url, Email, User, UserGroup. `token` is the address's last
-- part (NULL for users and groups). `expires`: the last day that it is good, YYYY-MM-DD, or empty. `upload_location`:
-- where uploads through it go, or empty where it takes none.
CREATE TABLE share (
    uuid TEXT PRIMARY KEY, kind TEXT NOT NULL, token TEXT UNIQUE, folder TEXT, user TEXT NOT NULL,
    password TEXT NOT NULL DEFAULT '', title TEXT NOT NULL DEFAULT '', description TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL DEFAULT '', expires TEXT NOT NULL DEFAULT '', can_download INTEGER NOT NULL DEFAULT 0,
    upload_location TEXT NOT NULL DEFAULT '', created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX share_folder ON share (folder) WHERE folder IS NOT NULL;
CREATE TABLE share_order (share TEXT NOT NULL, patient_order TEXT NOT NULL, PRIMARY KEY (share, patient_order)) WITHOUT ROWID;
CREATE INDEX share_order_order ON share_order (patient_order);
CREATE TABLE share_user (share TEXT NOT NULL, user TEXT NOT NULL, PRIMARY KEY (share, user)) WITHOUT ROWID;
CREATE TABLE share_user_group (
    share TEXT NOT NULL, user_group TEXT NOT NULL, PRIMARY KEY (share, user_group)
) WITHOUT ROWID;

-- View addresses: for a folder, or for orders (view_order), as the user sees them.
CREATE TABLE view (token TEXT PRIMARY KEY, user TEXT NOT NULL, folder TEXT, created INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE view_order (
    token TEXT NOT NULL, patient_order TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (token, patient_order)
) WITHOUT ROWID;
",
];

/// Brings the tables to the present version, or makes them.
///
/// # Errors
/// [`Error::Newer`] when the data is from a later version, [`Error::Database`] otherwise.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let work = Transaction::new(connection, TransactionBehavior::Immediate)?;
    let found: i64 = work.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let done = match usize::try_from(found) {
        Ok(done) if found <= known => done,
        _ => return Err(Error::Newer { found, known }),
    };
    for step in MIGRATIONS.iter().skip(done) {
        work.execute_batch(step)?;
    }
    work.pragma_update(None, "user_version", known)?;
    work.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_a_later_version_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        migrate(&mut connection).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(
            migrate(&mut connection),
            Err(Error::Newer { found: 99, .. })
        ));
    }

    #[test]
    fn data_of_the_first_version_is_kept() {
        let mut connection = Connection::open_in_memory().unwrap();
        let filled = "
            INSERT INTO patient_order (uuid, location, study_uid, patient_name, images) VALUES
                ('o', 'l', '1.2', 'Öberg', 1), ('p', 'l', NULL, '', 0);
            INSERT INTO image VALUES ('l', '1.2.3', 'o', '1.2.1', x'00', 12, 'a/b.dcm');
            INSERT INTO folder (uuid, parent, name) VALUES ('f', 'r', 'Trauma');
            PRAGMA user_version = 1;";
        connection.execute_batch(MIGRATIONS[0]).unwrap();
        connection.execute_batch(filled).unwrap();
        migrate(&mut connection).unwrap();
        let order: (String, i64, Option<i64>, bool) = connection
            .query_row(
                "SELECT patient_name, images, trashed, scheduled FROM patient_order WHERE study_uid = '1.2'",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
            )
            .unwrap();
        assert_eq!(order, ("Öberg".to_owned(), 1, None, false));
        let image: (String, i64, String) = connection
            .query_row(
                "SELECT patient_order, size, path FROM image WHERE location = 'l' AND sop_uid = '1.2.3'",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .unwrap();
        assert_eq!(image, ("o".to_owned(), 12, "a/b.dcm".to_owned()));
        // A study is one order a location, but for those in the trash; a name is there once in a folder.
        let again =
            "INSERT INTO patient_order (uuid, location, study_uid) VALUES ('q', 'l', '1.2')";
        assert!(connection.execute(again, []).is_err());
        connection
            .execute("UPDATE patient_order SET trashed = 1 WHERE uuid = 'o'", [])
            .unwrap();
        connection.execute(again, []).unwrap();
        let twin = "INSERT INTO folder (uuid, parent, name) VALUES ('g', 'r', 'Trauma')";
        assert!(connection.execute(twin, []).is_err());
    }
}

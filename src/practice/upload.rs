//! Uploads: Initialize, CheckFileExist, and ProcessFile, which assembles parts that come in any order, on several
//! sockets, and more than once.

use std::fs::{self, File};
use std::io::{self, BufReader, Cursor};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answers::{Refusal, good};
use super::intake::{self, Facts};
use super::socket::parse;
use super::store::{Store, digest};
use crate::cloud::wire::MAX_PART;

/// Parts of one file at most: 512 GiB.
const MOST_PARTS: u32 = 1 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InitializeUpload {
    user_uuid: Uuid,
    institution_uuid: Uuid,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CheckFile {
    user_uuid: Uuid,
    institution_uuid: Uuid,
    study_instance_uid: String,
    sop_instance_uid: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Part {
    session_unique_uuid: Uuid,
    institution_uuid: Uuid,
    user_uuid: Uuid,
    file_index: i64,
    current_file_part_index: u32,
    current_file_total_part_count: u32,
    #[serde(default)]
    folder_uuid_list: Vec<Uuid>,
}

/// Where a file goes once it is whole.
struct Goal {
    location: String,
    folders: Vec<String>,
}

/// Answers upload Initialize.
pub(super) fn initialize(store: &Store, json: &[u8]) -> Result<Value, Refusal> {
    let asked: InitializeUpload = parse(json)?;
    let location = store.check_location(asked.user_uuid, asked.institution_uuid)?;
    let uuid = Uuid::new_v4().to_string();
    store.db().execute(
        "INSERT INTO uploads (uuid, user, location) VALUES (?1, ?2, ?3)",
        params![uuid, asked.user_uuid.to_string(), location],
    )?;
    Ok(good(
        "Upload begun".into(),
        &[("SessionUniqueUuid", uuid.into())],
    ))
}

/// Answers CheckFileExist: the database and the disk must both hold the image.
pub(super) fn check_file_exist(store: &Store, json: &[u8]) -> Result<Value, Refusal> {
    let asked: CheckFile = parse(json)?;
    let location = store.check_location(asked.user_uuid, asked.institution_uuid)?;
    let (order, image) = {
        let db = store.db();
        let order = db.query_row(
            "SELECT uuid FROM orders WHERE location = ?1 AND study_uid = ?2",
            params![location, asked.study_instance_uid],
            |row| row.get::<_, String>(0),
        );
        let image = db.query_row(
            "SELECT path, bytes, order_uuid FROM images WHERE location = ?1 AND sop_uid = ?2",
            params![location, asked.sop_instance_uid],
            |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, i64>(1)?,
                    row.get::<_, String>(2)?,
                ))
            },
        );
        (order.optional()?, image.optional()?)
    };
    let exists = image.is_some_and(|(path, bytes, of_order)| {
        let on_disk = fs::metadata(store.folder().join(path)).map(|metadata| metadata.len());
        order.as_ref() == Some(&of_order) && on_disk.ok() == u64::try_from(bytes).ok()
    });
    let order = order.map_or(Value::Null, |uuid| json!({ "PatientOrderUuid": uuid }));
    let message = json!({ "FileIfExist": exists, "PatientOrder": order });
    Ok(good(
        message,
        &[("StudyInstanceUid", asked.study_instance_uid.into())],
    ))
}

/// Answers ProcessFile.
pub(super) fn process_file(store: &Store, json: &[u8], bytes: &[u8]) -> Result<Value, Refusal> {
    let part: Part = parse(json)?;
    if bytes.len() > MAX_PART {
        return Err(Refusal::new("A part may have 524288 bytes at most."));
    }
    if part.current_file_total_part_count == 0 || part.current_file_total_part_count > MOST_PARTS {
        return Err(Refusal::new("A file has between 1 and 1048576 parts."));
    }
    if part.current_file_part_index >= part.current_file_total_part_count {
        return Err(Refusal::new(format!(
            "There is no part {} in a file of {} parts.",
            part.current_file_part_index, part.current_file_total_part_count
        )));
    }
    let location = store.check_location(part.user_uuid, part.institution_uuid)?;
    check_session(store, part.session_unique_uuid)?;
    let folders = part
        .folder_uuid_list
        .iter()
        .map(|folder| store.check_folder(*folder));
    let goal = Goal {
        location,
        folders: folders.collect::<Result<_, Refusal>>()?,
    };
    let order = receive(store, &part, &goal, bytes)?;
    let order = order.map_or(Value::Null, |uuid| json!({ "PatientOrderUuid": uuid }));
    Ok(good(json!({ "PatientOrder": order }), &[]))
}

/// The upload's GUID or the sign-in session's: the vendor's library sends either.
fn check_session(store: &Store, session: Uuid) -> Result<(), Refusal> {
    let known: bool = store.db().query_row(
        "SELECT EXISTS (SELECT 1 FROM uploads WHERE uuid = ?1) OR EXISTS (SELECT 1 FROM sessions WHERE uuid = ?1)",
        [session.to_string()],
        |row| row.get(0),
    )?;
    if known {
        Ok(())
    } else {
        Err(Refusal::new("The upload is not known. Begin it again."))
    }
}

/// Takes a part in. Hands back the order once its file is whole.
fn receive(
    store: &Store,
    part: &Part,
    goal: &Goal,
    bytes: &[u8],
) -> Result<Option<String>, Refusal> {
    let digest = digest(bytes);
    // A statement of its own: in a match, the database would stay locked to its end.
    let place = place(&store.db(), part, &digest)?;
    let incoming = match place {
        Place::Done(order) => return Ok(Some(order)),
        Place::Open { incoming, has_part } => {
            if has_part && part.current_file_total_part_count > 1 {
                return assemble(store, part, goal, incoming);
            }
            incoming
        }
    };
    store.make_room(bytes.len() as u64)?;
    if part.current_file_total_part_count == 1 {
        let facts = intake::read(&mut Cursor::new(bytes), bytes.len() as u64);
        let facts = facts.inspect_err(|_| forget(store, incoming))?;
        let temp = store.temp_path();
        write(&temp, bytes)?;
        return keep(
            store,
            part,
            goal,
            incoming,
            &Whole {
                facts,
                temp: &temp,
                bytes: bytes.len() as u64,
                digest,
            },
        )
        .map(Some);
    }
    let path = store.part_path(incoming, part.current_file_part_index);
    let temp = store.temp_path();
    write(&temp, bytes)?;
    fs::rename(&temp, &path).map_err(super::store::StoreError::from)?;
    store.db().execute(
        "INSERT OR REPLACE INTO parts (incoming, part_index, bytes, digest) VALUES (?1, ?2, ?3, ?4)",
        params![incoming, part.current_file_part_index, bytes.len() as i64, digest],
    )?;
    assemble(store, part, goal, incoming)
}

enum Place {
    /// The file is whole already and this part is one of its own.
    Done(String),
    /// The file is on its way.
    Open { incoming: i64, has_part: bool },
}

/// Finds, or begins, the file that a part belongs to. A part of other content under the number of a file that is whole
/// begins a new one: the vendor's library numbers from 0 again with each upload of a session.
fn place(db: &Connection, part: &Part, digest: &[u8; 32]) -> Result<Place, Refusal> {
    let session = part.session_unique_uuid.to_string();
    let found = db
        .query_row(
            "SELECT id, parts, order_uuid FROM incoming WHERE session = ?1 AND file_index = ?2",
            params![session, part.file_index],
            |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    row.get::<_, u32>(1)?,
                    row.get::<_, Option<String>>(2)?,
                ))
            },
        )
        .optional()?;
    if let Some((incoming, parts, order)) = found {
        let known = db
            .query_row(
                "SELECT digest FROM parts WHERE incoming = ?1 AND part_index = ?2",
                params![incoming, part.current_file_part_index],
                |row| row.get::<_, Vec<u8>>(0),
            )
            .optional()?;
        let has_part = known.is_some_and(|known| known == digest);
        match order {
            Some(order) if has_part => return Ok(Place::Done(order)),
            Some(_) => forget_rows(db, incoming)?,
            None if parts != part.current_file_total_part_count => {
                return Err(Refusal::new(format!(
                    "The file was begun with {parts} parts, not {}.",
                    part.current_file_total_part_count
                )));
            }
            None => return Ok(Place::Open { incoming, has_part }),
        }
    }
    db.execute(
        "INSERT INTO incoming (session, file_index, parts) VALUES (?1, ?2, ?3)",
        params![session, part.file_index, part.current_file_total_part_count],
    )?;
    Ok(Place::Open {
        incoming: db.last_insert_rowid(),
        has_part: false,
    })
}

/// Puts the file together once all its parts are there. Two sockets may bring the last parts at once: both may get
/// here, both write the same file, and the second one finds it kept.
fn assemble(
    store: &Store,
    part: &Part,
    goal: &Goal,
    incoming: i64,
) -> Result<Option<String>, Refusal> {
    let present: u32 = store.db().query_row(
        "SELECT COUNT(*) FROM parts WHERE incoming = ?1",
        [incoming],
        |row| row.get(0),
    )?;
    if present < part.current_file_total_part_count {
        return Ok(None);
    }
    let temp = store.temp_path();
    let joined = join(store, incoming, part.current_file_total_part_count, &temp);
    let (bytes, digest) = match joined {
        Ok(joined) => joined,
        Err(error) => {
            drop(fs::remove_file(&temp));
            // Another socket was first and took the parts away.
            let order = store.db().query_row(
                "SELECT order_uuid FROM incoming WHERE id = ?1",
                [incoming],
                |row| row.get(0),
            );
            return match order.optional()?.flatten() {
                Some(order) => Ok(Some(order)),
                None => Err(super::store::StoreError::from(error).into()),
            };
        }
    };
    let facts = File::open(&temp)
        .map_err(|error| Refusal::from(super::store::StoreError::from(error)))
        .and_then(|file| intake::read(&mut BufReader::new(file), bytes));
    let facts = facts.inspect_err(|_| {
        drop(fs::remove_file(&temp));
        forget(store, incoming);
    })?;
    let order = keep(
        store,
        part,
        goal,
        incoming,
        &Whole {
            facts,
            temp: &temp,
            bytes,
            digest,
        },
    )?;
    for index in 0..part.current_file_total_part_count {
        drop(fs::remove_file(store.part_path(incoming, index)));
    }
    Ok(Some(order))
}

fn join(store: &Store, incoming: i64, parts: u32, to: &Path) -> io::Result<(u64, [u8; 32])> {
    use sha2::Digest;
    let mut hashed = Hashed {
        file: File::create(to)?,
        digest: sha2::Sha256::new(),
        bytes: 0,
    };
    for index in 0..parts {
        io::copy(
            &mut File::open(store.part_path(incoming, index))?,
            &mut hashed,
        )?;
    }
    Ok((hashed.bytes, hashed.digest.finalize().into()))
}

/// Writes and digests at once.
struct Hashed {
    file: File,
    digest: sha2::Sha256,
    bytes: u64,
}

impl io::Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        use sha2::Digest;
        let written = self.file.write(bytes)?;
        self.digest.update(bytes.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file that is whole, under a name for the time being.
struct Whole<'a> {
    facts: Facts,
    temp: &'a Path,
    bytes: u64,
    digest: [u8; 32],
}

/// Gives the file its place and writes everything about it down, in one transaction. Its place is taken first: a kill
/// in between leaves a file that nothing names, which the next try replaces.
fn keep(
    store: &Store,
    part: &Part,
    goal: &Goal,
    incoming: i64,
    whole: &Whole<'_>,
) -> Result<String, Refusal> {
    let facts = &whole.facts;
    let relative = Store::image_path(&goal.location, &facts.study_uid, &facts.sop_uid);
    let path = store.folder().join(&relative);
    let mut db = store.db();
    let transaction = db.transaction()?;
    let order = order_of(&transaction, &goal.location, facts)?;
    let bytes = i64::try_from(whole.bytes).unwrap_or(i64::MAX);
    let old = transaction
        .query_row(
            "SELECT bytes, order_uuid FROM images WHERE location = ?1 AND sop_uid = ?2",
            params![goal.location, facts.sop_uid],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
        )
        .optional()?;
    if let Some((old_bytes, old_order)) = old {
        transaction.execute(
            "UPDATE orders SET images = images - 1, bytes = bytes - ?2 WHERE uuid = ?1",
            params![old_order, old_bytes],
        )?;
    }
    transaction.execute(
        "INSERT OR REPLACE INTO images (location, sop_uid, order_uuid, series_uid, path, bytes, digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![goal.location, facts.sop_uid, order, facts.series_uid, relative, bytes, whole.digest],
    )?;
    transaction.execute(
        "UPDATE orders SET images = images + 1, bytes = bytes + ?2 WHERE uuid = ?1",
        params![order, bytes],
    )?;
    for folder in &goal.folders {
        transaction.execute(
            "INSERT OR IGNORE INTO order_folders (folder, order_uuid) VALUES (?1, ?2)",
            params![folder, order],
        )?;
    }
    if part.current_file_total_part_count == 1 {
        transaction.execute(
            "INSERT OR REPLACE INTO parts (incoming, part_index, bytes, digest) VALUES (?1, 0, ?2, ?3)",
            params![incoming, bytes, whole.digest],
        )?;
    }
    transaction.execute(
        "UPDATE incoming SET order_uuid = ?2 WHERE id = ?1",
        params![incoming, order],
    )?;
    put_in_place(whole.temp, &path).map_err(super::store::StoreError::from)?;
    transaction.commit()?;
    Ok(order)
}

fn put_in_place(temp: &Path, path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::rename(temp, path)
}

/// The order of a study in a location, made where it is new; a further modality is added to it.
fn order_of(db: &Connection, location: &str, facts: &Facts) -> Result<String, Refusal> {
    let found = db
        .query_row(
            "SELECT uuid, modality FROM orders WHERE location = ?1 AND study_uid = ?2",
            params![location, facts.study_uid],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
        )
        .optional()?;
    if let Some((uuid, modality)) = found {
        let known =
            facts.modality.is_empty() || modality.split('\\').any(|known| known == facts.modality);
        if !known {
            let all = if modality.is_empty() {
                facts.modality.clone()
            } else {
                format!("{modality}\\{}", facts.modality)
            };
            db.execute(
                "UPDATE orders SET modality = ?2 WHERE uuid = ?1",
                params![uuid, all],
            )?;
        }
        return Ok(uuid);
    }
    let uuid = Uuid::new_v4().to_string();
    db.execute(
        "INSERT INTO orders (uuid, location, study_uid, patient_name, patient_id, other_patient_id, birth_date, sex,
            accession, modality, description, procedure, referring, performed, status, images, bytes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 1, 0, 0)",
        params![
            uuid,
            location,
            facts.study_uid,
            facts.patient_name,
            facts.patient_id,
            facts.other_patient_id,
            facts.birth_date,
            facts.sex,
            facts.accession,
            facts.modality,
            facts.description,
            facts.procedure,
            facts.referring,
            facts.performed,
        ],
    )?;
    Ok(uuid)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
    let written = fs::write(path, bytes).inspect_err(|_| drop(fs::remove_file(path)));
    written.map_err(|error| super::store::StoreError::from(error).into())
}

/// A file that was refused leaves nothing behind.
fn forget(store: &Store, incoming: i64) {
    let parts = {
        let db = store.db();
        let parts = db.query_row(
            "SELECT parts FROM incoming WHERE id = ?1",
            [incoming],
            |row| row.get::<_, u32>(0),
        );
        drop(forget_rows(&db, incoming));
        parts.unwrap_or(0)
    };
    for index in 0..parts {
        drop(fs::remove_file(store.part_path(incoming, index)));
    }
}

fn forget_rows(db: &Connection, incoming: i64) -> Result<(), Refusal> {
    db.execute("DELETE FROM parts WHERE incoming = ?1", [incoming])?;
    db.execute("DELETE FROM incoming WHERE id = ?1", [incoming])?;
    Ok(())
}

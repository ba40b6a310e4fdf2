//! Parts become files: in any order, over any number of sockets, some of them twice.
//!
//! A file is named by its upload, its location (a document by its order) and its number. Its parts are written at their
//! places in one file in `incoming`; a part is acknowledged once its bytes are written and its row is committed. The
//! last one makes the file whole: it is linked into the store, read, and recorded with its order in one transaction.
//! Where a kill comes between two of these steps, the parts lie where they were, and the part that was not acknowledged
//! is sent again.
//!
//! The vendor's library numbers the files of each upload from 0 within one sign-in. So a part of another content for a
//! file that is whole begins a new file of that number, while the same content is the same part once more. (Parts of
//! two such files that happen to be equal cannot be told apart on the wire; who numbers files uniquely, as StudyDrop
//! does, never meets this.)

use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Seek, SeekFrom, Write};

use rusqlite::{OptionalExtension, Transaction, params};

use super::content::{Content, Purpose, Stored};
use super::disk::{self, Held, Passing, close_up, in_place, link, make_folder, place};
use super::error::Refusal;
use super::store::{Store, Sum, now, sum};
use super::store_image;
use super::upload::Part;

/// States of a row of `file`.
const GATHERING: i64 = 0;
const STORED: i64 = 1;
const REFUSED: i64 = 2;

/// What is to be done with a part.
enum Step {
    /// It was received before, and the file is stored.
    Known(Box<Stored>),
    /// It was received before; others are missing.
    Waiting,
    /// It was received before, all others too: only the file is to be made whole.
    Assemble(i64),
    /// It belongs to a file of which some parts are there.
    Gather(i64),
    /// It begins a file.
    Begin,
}

/// Takes a part. Gives the order once the file is stored.
pub(super) fn process(store: &Store, part: &Part) -> Result<Option<Stored>, Refusal> {
    store.read(|work| part.check(work))?;
    let _turn = store.turn(part.upload, part.file);
    match store.read(|work| next_step(work, store, part))? {
        Step::Known(stored) => {
            if let Purpose::Image(folders) = &part.purpose
                && !folders.is_empty()
            {
                store
                    .write(|work| store_image::into_folders(work, stored.order.uuid(), folders))?;
            }
            Ok(Some(*stored))
        }
        Step::Waiting => Ok(None),
        Step::Assemble(file) => assemble(store, part, file).map(Some),
        Step::Gather(file) => gather(store, part, file),
        Step::Begin if part.count == 1 => store_at_once(store, part).map(Some),
        Step::Begin => {
            let file = begin(store, part)?;
            gather(store, part, file)
        }
    }
}

/// A row of `file`.
struct Row {
    id: i64,
    count: u32,
    state: i64,
    /// What [`Purpose::find`] finds it by.
    key: String,
    refusal: String,
}

fn next_step(work: &Transaction<'_>, store: &Store, part: &Part) -> Result<Step, Refusal> {
    let row = work
        .prepare_cached(
            "SELECT id, part_count, state, sop_uid, refusal FROM file
             WHERE upload = ?1 AND location = ?2 AND file_index = ?3",
        )?
        .query_row(
            params![part.upload.to_string(), scope(part), part.file],
            |row| {
                Ok(Row {
                    id: row.get(0)?,
                    count: row.get(1)?,
                    state: row.get(2)?,
                    key: row.get(3)?,
                    refusal: row.get(4)?,
                })
            },
        )
        .optional()?;
    let Some(row) = row else {
        return Ok(Step::Begin);
    };
    let digest: Option<Sum> = work
        .prepare_cached("SELECT digest FROM part WHERE file = ?1 AND part_index = ?2")?
        .query_row(params![row.id, part.index], |row| row.get(0))
        .optional()?;
    let same = digest.map(|digest| digest == part.digest);
    match row.state {
        GATHERING => of_a_gathering_file(work, part, &row, same),
        _ if same != Some(true) || row.count != part.count => Ok(Step::Begin),
        REFUSED => Err(Refusal::File(row.refusal)),
        _ => match part.purpose.find(work, store, part.location, &row.key)? {
            Some(stored) => Ok(Step::Known(Box::new(stored))),
            // It was stored once and is gone: it may come again.
            None => Ok(Step::Begin),
        },
    }
}

/// The step for a part of a file that is not whole. `same` compares it with the part that was received in its place.
fn of_a_gathering_file(
    work: &Transaction<'_>,
    part: &Part,
    row: &Row,
    same: Option<bool>,
) -> Result<Step, Refusal> {
    match same {
        _ if row.count != part.count => Err(Refusal::Part(format!(
            "File {} was begun with {} parts, this message says {}.",
            part.file, row.count, part.count
        ))),
        Some(false) => Err(Refusal::Part(format!(
            "Part {} of file {} was received with another content before.",
            part.index, part.file
        ))),
        Some(true) if held(work, row.id)? == i64::from(row.count) => Ok(Step::Assemble(row.id)),
        Some(true) => Ok(Step::Waiting),
        None => Ok(Step::Gather(row.id)),
    }
}

/// How many parts of a file were received.
fn held(work: &Transaction<'_>, file: i64) -> Result<i64, Refusal> {
    Ok(work
        .prepare_cached("SELECT count(*) FROM part WHERE file = ?1")?
        .query_row([file], |row| row.get(0))?)
}

/// Within what the numbers of files are told apart; `file.location` has it.
fn scope(part: &Part) -> String {
    part.purpose.scope(part.location).to_string()
}

/// Writes the row of a file; one of the same number that was whole is forgotten. (What it was stored as stays.)
fn enter(work: &Transaction<'_>, part: &Part, state: i64, key: &str) -> Result<i64, Refusal> {
    work.prepare_cached(
        "DELETE FROM file WHERE upload = ?1 AND location = ?2 AND file_index = ?3",
    )?
    .execute(params![part.upload.to_string(), scope(part), part.file])?;
    work.prepare_cached(
        "INSERT INTO file (upload, location, file_index, part_count, state, sop_uid, created)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        part.upload.to_string(),
        scope(part),
        part.file,
        part.count,
        state,
        key,
        now()
    ])?;
    Ok(work.last_insert_rowid())
}

fn enter_part(work: &Transaction<'_>, file: i64, part: &Part) -> Result<(), Refusal> {
    work.prepare_cached("INSERT INTO part VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            file,
            part.index,
            part.digest.as_slice(),
            length(part)
        ])?;
    Ok(())
}

fn length(part: &Part) -> i64 {
    i64::try_from(part.bytes.len()).unwrap_or(i64::MAX)
}

/// Begins a file of several parts. Another process on the same folder may have begun it meanwhile; then it is joined.
fn begin(store: &Store, part: &Part) -> Result<i64, Refusal> {
    store.write(|work| match next_step(work, store, part)? {
        Step::Gather(file) => Ok(file),
        _ => enter(work, part, GATHERING, ""),
    })
}

/// Writes a part at its place, acknowledges it, and makes the file whole if it was the last one missing.
fn gather(store: &Store, part: &Part, file: i64) -> Result<Option<Stored>, Refusal> {
    let before = store.read(|work| {
        let gathered: i64 = work
            .prepare_cached("SELECT coalesce(sum(size), 0) FROM part WHERE file = ?1")?
            .query_row([file], |row| row.get(0))?;
        let stored: i64 = work
            .prepare_cached("SELECT value FROM counter WHERE name = 'stored'")?
            .query_row([], |row| row.get(0))?;
        store_image::check_room(store.capacity(), stored + gathered + length(part))?;
        held(work, file)
    })?;
    // A file whose earlier parts are gone would be full of holes.
    let open = disk::private()
        .write(true)
        .create(before == 0)
        .truncate(false)
        .open(store.gathering(file));
    let mut gathering = match open {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            store.write(|work| Ok(work.execute("DELETE FROM file WHERE id = ?1", [file])?))?;
            return Err(Refusal::File(
                "The file's earlier parts are lost. Send the whole file again.".to_owned(),
            ));
        }
        opened => opened?,
    };
    gathering.seek(SeekFrom::Start(place(part.index)))?;
    gathering.write_all(&part.bytes)?;
    drop(gathering);
    let whole = store.write(|work| {
        enter_part(work, file, part)?;
        Ok(held(work, file)? == i64::from(part.count))
    })?;
    if whole {
        assemble(store, part, file).map(Some)
    } else {
        Ok(None)
    }
}

/// The parts of a file that were received, in their order.
fn received(store: &Store, file: i64) -> Result<Vec<Held>, Refusal> {
    store.read(|work| {
        work.prepare_cached(
            "SELECT part_index, size, digest FROM part WHERE file = ?1 ORDER BY part_index",
        )?
        .query_map([file], |row| {
            Ok(Held {
                index: row.get(0)?,
                size: u64::from(row.get::<_, u32>(1)?),
                digest: row.get(2)?,
            })
        })?
        .collect::<Result<Vec<Held>, _>>()
        .map_err(Refusal::from)
    })
}

/// Makes a whole file of the gathered parts.
fn assemble(store: &Store, part: &Part, file: i64) -> Result<Stored, Refusal> {
    let parts = received(store, file)?;
    let gathered = store.gathering(file);
    let compact = Passing(store.passing());
    let source = if in_place(&parts) {
        let end = parts.last().map_or(0, |last| place(last.index) + last.size);
        // Bytes behind the end are of a part that was never acknowledged.
        File::options().write(true).open(&gathered)?.set_len(end)?;
        &gathered
    } else {
        close_up(&gathered, &compact.0, &parts)?;
        &compact.0
    };
    let size = fs::metadata(source)?.len();
    let read = part.purpose.read(&mut BufReader::new(File::open(source)?));
    let content = match read {
        Ok(content) => content,
        Err(reason) => return Err(refuse(store, file, reason)),
    };
    let digests: Vec<Sum> = parts.iter().map(|held| held.digest).collect();
    let path = content.path(part);
    link(source, &store.files().join(&path), &store.passing())?;
    let whole = Whole {
        content: &content,
        path: &path,
        digest: whole_digest(&digests),
        size: i64::try_from(size).unwrap_or(i64::MAX),
    };
    let stored = keep(store, part, &whole, |work, key| {
        work.prepare_cached("UPDATE file SET state = ?2, sop_uid = ?3 WHERE id = ?1")?
            .execute(params![file, STORED, key])?;
        Ok(())
    })?;
    let _ = fs::remove_file(&gathered);
    Ok(stored)
}

/// A file of one part goes straight into the store.
fn store_at_once(store: &Store, part: &Part) -> Result<Stored, Refusal> {
    let read = part.purpose.read(&mut Cursor::new(&part.bytes));
    let content = read.map_err(Refusal::File)?;
    let path = content.path(part);
    let passing = Passing(store.passing());
    disk::create_new(&passing.0)?.write_all(&part.bytes)?;
    let target = store.files().join(&path);
    make_folder(&target)?;
    fs::rename(&passing.0, &target)?;
    let whole = Whole {
        content: &content,
        path: &path,
        digest: whole_digest(&[part.digest]),
        size: length(part),
    };
    keep(store, part, &whole, |work, key| {
        let file = enter(work, part, STORED, key)?;
        enter_part(work, file, part)
    })
}

/// A file's digest is that of its parts' digests: nothing is read twice for it.
fn whole_digest(parts: &[Sum]) -> Sum {
    sum(parts.as_flattened())
}

/// A whole file that lies in the store and has no row yet.
struct Whole<'a> {
    content: &'a Content,
    /// Relative to [`Store::files`].
    path: &'a str,
    /// Digest of the digests of its parts.
    digest: Sum,
    size: i64,
}

/// Commits a whole file together with the caller's rows, which note its key, and removes the stored file that is not
/// needed after it.
fn keep(
    store: &Store,
    part: &Part,
    whole: &Whole<'_>,
    rows: impl FnOnce(&Transaction<'_>, &str) -> Result<(), Refusal>,
) -> Result<Stored, Refusal> {
    let done = store.write(|work| {
        let bytes = (whole.path, whole.digest, whole.size);
        let outcome = whole.content.record(work, store, part, bytes)?;
        rows(work, &outcome.key)?;
        Ok(outcome)
    });
    let (surplus, result) = match done {
        Ok(outcome) => (outcome.surplus, Ok(outcome.stored)),
        Err(refusal) => (Some(whole.path.to_owned()), Err(refusal)),
    };
    if let Some(surplus) = surplus {
        // What cannot be removed now is swept at the next start.
        let _ = fs::remove_file(store.files().join(surplus));
    }
    result
}

/// Notes why a gathered file is refused, so that each of its parts is answered so again, and drops its bytes.
fn refuse(store: &Store, file: i64, reason: String) -> Refusal {
    let noted = store.write(|work| {
        work.prepare_cached("UPDATE file SET state = ?2, refusal = ?3 WHERE id = ?1")?
            .execute(params![file, REFUSED, reason])?;
        Ok(())
    });
    match noted {
        Ok(()) => {
            let _ = fs::remove_file(store.gathering(file));
            Refusal::File(reason)
        }
        Err(refusal) => refusal,
    }
}

//! Access to the system's keychain: the account's keys, which are stored nowhere else, and the de-identification key,
//! for which a file is the fallback. All calls may block on a dialog of the keychain, so they must not be made on the
//! window's thread.

use std::io::{self, Write};
use std::path::Path;

use keyring::{Entry, Error};
use uuid::Uuid;

use crate::cloud::Keys;

const SERVICE: &str = "StudyDrop";
const ENTRY: &str = "account";

/// Why the keychain is not available on this computer, for the *Remember* checkbox.
pub fn unavailable() -> Option<String> {
    Entry::store_status()
        .as_ref()
        .err()
        .map(|_| NO_KEYCHAIN.to_owned())
}

const NO_KEYCHAIN: &str = "No keychain can be reached: the keys are kept until you sign out.";

/// The remembered keys. A locked keychain counts as empty.
///
/// # Errors
/// A sentence for the user.
pub fn recall() -> Result<Option<Keys>, String> {
    match entry()?.get_password() {
        Ok(text) => Ok(parse(&text)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(sentence(&error)),
    }
}

/// Stores the keys, replacing others.
///
/// # Errors
/// A sentence for the user.
pub fn remember(keys: &Keys) -> Result<(), String> {
    let text = format!("{} {}", keys.account_key, keys.api_key);
    entry()?
        .set_password(&text)
        .map_err(|error| sentence(&error))
}

/// Removes the keys. It is no error if there are none.
///
/// # Errors
/// A sentence for the user.
pub fn forget() -> Result<(), String> {
    match entry()?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(sentence(&error)),
    }
}

fn entry() -> Result<Entry, String> {
    Entry::new(SERVICE, ENTRY).map_err(|error| sentence(&error))
}

const SECRET_ENTRY: &str = "deidentification";
const SECRET_FILE: &str = "deidentify.key";

/// The key that replaced UIDs and shifted dates are derived from: from the keychain or, if there is none, from a file
/// in the data folder that only its owner can read. It is generated on first use and must not change: with another key,
/// the same patient would get another identity.
///
/// # Errors
/// A sentence for the user.
pub fn deidentification_key(data: &Path) -> Result<[u8; 32], String> {
    let path = data.join(SECRET_FILE);
    if let Some(key) = key_in_file(&path)? {
        return Ok(key);
    }
    let entry = Entry::new(SERVICE, SECRET_ENTRY).ok();
    let entry = entry.filter(|_| Entry::store_status().is_ok());
    match entry.as_ref().map(Entry::get_password) {
        Some(Ok(text)) => {
            return of_hexadecimal(&text).ok_or_else(|| DAMAGED_KEY.to_owned());
        }
        Some(Err(Error::NoEntry)) | None => {}
        Some(Err(error)) => return Err(sentence(&error)),
    }
    let key = *crate::dicom::deidentify::Secret::random().bytes();
    let text = hexadecimal(&key);
    let kept = entry.is_some_and(|entry| {
        // A locked keychain may accept a value without returning it.
        entry.set_password(&text).is_ok() && entry.get_password().is_ok_and(|again| again == text)
    });
    match kept {
        true => Ok(key),
        false => write_key(&path, &text).map(|()| key),
    }
}

const DAMAGED_KEY: &str = "The key of the de-identification is damaged. Without it, patients that were sent before get \
     other UIDs: take it from a backup, or delete it.";

fn key_in_file(path: &Path) -> Result<Option<[u8; 32]>, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let key = of_hexadecimal(text.trim());
            key.map(Some).ok_or_else(|| DAMAGED_KEY.to_owned())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(_) => {
            let place = path.display();
            Err(format!(
                "The key of the de-identification in {place} cannot be read."
            ))
        }
    }
}

/// Writes the file completely, and only if it does not exist.
fn write_key(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || {
        // Temporary files are readable by their owner only.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map_err(|error| error.error)?;
        Ok::<(), io::Error>(())
    };
    write().map_err(|_| {
        let place = path.display();
        format!(
            "The key of the de-identification could not be kept in {place}. Make room there, or use --fresh."
        )
    })
}

fn hexadecimal(key: &[u8; 32]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn of_hexadecimal(text: &str) -> Option<[u8; 32]> {
    let digits = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let byte = |at: usize| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..32).map(byte).collect();
    bytes.filter(|_| digits)?.try_into().ok()
}

fn parse(text: &str) -> Option<Keys> {
    let (account_key, api_key) = text.split_once(' ')?;
    let (account_key, api_key) = (
        Uuid::parse_str(account_key).ok()?,
        Uuid::parse_str(api_key).ok()?,
    );
    Some(Keys {
        account_key,
        api_key,
    })
}

fn sentence(error: &Error) -> String {
    match error {
        Error::NoDefaultStore => NO_KEYCHAIN.to_owned(),
        Error::NoStorageAccess(_) => {
            "The keychain is locked. Unlock it, or sign in without remembering the keys.".to_owned()
        }
        _ => "The keychain refused. Sign in without remembering the keys.".to_owned(),
    }
}

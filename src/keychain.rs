//! The account's keys in the system's keychain, or nowhere. All calls may wait for the keychain's own dialog: never on
//! the window's thread.

use keyring::{Entry, Error};
use uuid::Uuid;

use crate::cloud::Keys;

const SERVICE: &str = "StudyDrop";
const ENTRY: &str = "account";

/// Why the keychain cannot be used on this computer, for the *Remember* box.
pub fn unavailable() -> Option<String> {
    Entry::store_status()
        .as_ref()
        .err()
        .map(|_| NO_KEYCHAIN.to_owned())
}

const NO_KEYCHAIN: &str = "No keychain can be reached: the keys are kept until you sign out.";

/// The remembered keys. A locked keychain reads as empty.
///
/// # Errors
/// A sentence for a person.
pub fn recall() -> Result<Option<Keys>, String> {
    match entry()?.get_password() {
        Ok(text) => Ok(parse(&text)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(sentence(&error)),
    }
}

/// Remembers these keys in place of any others.
///
/// # Errors
/// A sentence for a person.
pub fn remember(keys: &Keys) -> Result<(), String> {
    let text = format!("{} {}", keys.account_key, keys.api_key);
    entry()?
        .set_password(&text)
        .map_err(|error| sentence(&error))
}

/// Forgets the keys; having none is no error.
///
/// # Errors
/// A sentence for a person.
pub fn forget() -> Result<(), String> {
    match entry()?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(sentence(&error)),
    }
}

fn entry() -> Result<Entry, String> {
    Entry::new(SERVICE, ENTRY).map_err(|error| sentence(&error))
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

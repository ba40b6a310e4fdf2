//! A whole file in memory, with values replaced and nothing else done.

use std::sync::Arc;

use super::cleaner::{Cleaner, Wanted};
use super::error::Error;
use super::profile::Profile;
use super::replacement::Replacement;
use super::uid_key::Secret;

/// The most of a file that is changed in memory, and the most that a deflated one may unpack to, in bytes: 1 GiB. What is
/// taken of the file, the result and, where it is deflated, what both unpack to are in memory at once.
pub const LARGEST: u64 = 1024 * 1024 * 1024;

/// The file with these values: set wherever their attributes stand, in sequences too, and added at the top level where
/// they are missing. Of two values for one attribute the later one counts.
///
/// The way in which the file is written stays: transfer syntax, character set, lengths written or not, file meta
/// information, private attributes, pixel data. Where a value does not fit the character set, every text of the data set
/// is rewritten to ISO_IR 192. What stands behind the pixel data and is no element (padding to a block of a medium) goes.
/// Sequences that hide in private or unknown values are gone into where such a value reads as one to its end.
///
/// The result has been read again and held against the original.
///
/// # Errors
/// Why the values could not be replaced; such a file must not be sent.
pub fn replace(file: &[u8], replacements: &[Replacement]) -> Result<Vec<u8>, Error> {
    if file.len() as u64 > LARGEST {
        return Err(Error::TooLarge);
    }
    // Nothing is made from the key where no rule asks for it.
    let profile = Arc::new(Profile::only(replacements.to_vec()));
    let cleaner = Cleaner::new(profile, Secret::new([0; 32]));
    Ok(cleaner.clean_bytes(file, Wanted::default())?.0)
}

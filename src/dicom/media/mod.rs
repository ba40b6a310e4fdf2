//! What files lie on: folders, discs, and ZIP archives, which are read where they lie, without unpacking them to disk.
//! [`open`] opens a file wherever it is; a file in an archive has a path too, the archive's with its own behind it.
//!
//! An archive is foreign input: nothing in it is believed further than `bounds.rs` says, every entry has a path of its own
//! and is read or refused with a reason, and no more than some kilobytes of a file are in memory at a time.

mod archive;
mod bounds;
mod cipher;
mod dicomdir;
mod directory;
mod disc;
mod end;
mod entry;
mod error;
mod inflate;
mod kinds;
mod member;
mod names;
mod open;
mod passwords;
mod place;
mod points;
mod raw;
mod shelf;

pub(in crate::dicom) use archive::Archive;
pub use archive::unlock;
pub(in crate::dicom) use dicomdir::Allowance;
pub use disc::Disc;
pub(in crate::dicom) use disc::{Said, fold, is_called_so};
pub use error::{MediaError, cause};
pub use kinds::ArchiveKind;
pub(in crate::dicom) use kinds::{BEGINNING, Packed, recognise};
pub(in crate::dicom) use open::{Lies, folder, lies};
pub use open::{Opened, Stamp, exists, open};
pub use passwords::{ArchivePassword, forget_passwords, offer_password};

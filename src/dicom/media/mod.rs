//! What files lie on: folders, discs, and ZIP archives, which are read where they lie, without unpacking them to disk.
//! [`open`] opens a file wherever it is; a file in an archive has a path too, the archive's with its own behind it.
//!
//! An archive is foreign input: nothing in it is believed further than `bounds.rs` says, every entry has a path of its own
//! and is read or refused with a reason, and no more than some kilobytes of a file are in memory at a time.

mod archive_kind;
mod dicomdir;
mod disc;
mod error;
mod open;
mod zip;

pub use archive_kind::ArchiveKind;
pub(in crate::dicom) use archive_kind::{BEGINNING, Packed, recognise};
pub(in crate::dicom) use dicomdir::Allowance;
pub use disc::Disc;
pub(in crate::dicom) use disc::{Said, fold, is_called_so};
pub use error::{MediaError, cause};
pub(in crate::dicom) use open::{Lies, folder, lies};
pub use open::{Opened, Stamp, exists, open};
pub(in crate::dicom) use zip::Archive;
pub use zip::passwords::{ArchivePassword, forget_passwords, offer_password};
pub use zip::unlock;

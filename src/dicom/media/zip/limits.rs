//! How much of an archive is believed. A few kilobytes can claim to be anything; nothing is set aside, unpacked or waited
//! for on the word of an archive alone.

/// Entries of one archive and of all archives in it, their folders among them. The largest studies have some ten thousand images.
pub(in crate::dicom::media) const MOST_ENTRIES: u64 = 500_000;
/// Size of an archive's directory in bytes: 500,000 entries with long names.
pub(in crate::dicom::media) const LARGEST_DIRECTORY: u64 = 256 * 1024 * 1024;
/// A name in bytes, folders included: no system has longer paths.
pub(in crate::dicom::media) const LONGEST_NAME: usize = 4096;
/// Folders in one name.
pub(in crate::dicom::media) const DEEPEST: usize = 64;
/// One file, unpacked, in bytes: several times what a DICOM file can be.
pub(in crate::dicom::media) const LARGEST_FILE: u64 = 64 << 30;
/// All files of an archive, unpacked, in bytes.
pub(in crate::dicom::media) const MOST_UNPACKED: u64 = 1 << 40;
/// Up to so many bytes, unpacked, an archive may be packed as tightly as it can be: deflate reaches 1,032 to 1, and an
/// empty image or a mask comes close to that.
pub(in crate::dicom::media) const UNPACKED_FREELY: u64 = 1 << 30;
/// Above [`UNPACKED_FREELY`], how many times its packed size a file may have. Studies that are mostly black reach 100.
pub(in crate::dicom::media) const HIGHEST_RATIO: u64 = 250;
/// An archive inside an archive that is packed once more, in bytes: it must be unpacked up to its end to be listed.
pub(in crate::dicom::media) const LARGEST_PACKED_ARCHIVE: u64 = 16 << 30;
/// An archive inside an archive up to so many bytes may be packed as tightly as it can be.
pub(in crate::dicom::media) const ARCHIVE_UNPACKED_FREELY: u64 = 64 << 20;

//! A ZIP archive that is open: on disk, or inside another one.

pub(in crate::dicom::media) mod central_directory;
pub(in crate::dicom::media) mod checkpoints;
pub(in crate::dicom::media) mod decrypt;
pub(in crate::dicom::media) mod directory_cache;
pub(in crate::dicom::media) mod end_of_directory;
pub(in crate::dicom::media) mod entry;
pub(in crate::dicom::media) mod entry_reader;
pub(in crate::dicom::media) mod inflate;
pub(in crate::dicom::media) mod limits;
pub(in crate::dicom::media) mod names;
pub(in crate::dicom::media) mod packed_reader;
pub(in crate::dicom::media) mod passwords;
pub(in crate::dicom::media) mod read_at;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use zeroize::Zeroizing;

use self::central_directory::{Directory, LOCAL, is_below};

use self::decrypt::Encryption;

use self::entry::{Entry, le16};
use self::entry_reader::{Member, Unpacked};
use self::limits::{ARCHIVE_UNPACKED_FREELY, HIGHEST_RATIO, LARGEST_PACKED_ARCHIVE, MOST_ENTRIES};
use self::packed_reader::Raw;
use self::passwords::{ArchivePassword, Password};
use self::read_at::{Disk, Place, Run, Window};
use super::ArchiveKind;
use super::error::MediaError;
use super::open::Opened;

/// Packed files from this size on, unpacked, are not read from their beginning each time.
const LARGE: u64 = 4 << 20;

/// An archive, held open as long as this lives.
#[derive(Clone)]
pub(in crate::dicom) struct Archive {
    /// What is on disk.
    disk: Arc<Disk>,
    /// The archive's own bytes.
    place: Arc<dyn Place>,
    directory: Arc<Directory>,
    path: PathBuf,
    outer: Option<PathBuf>,
    /// Whether its bytes are unpacked themselves: whoever reads it out of order pays for that.
    is_packed: bool,
    /// Entries that the archives in it may still have: none of them has a bound of its own.
    left: Arc<Mutex<u64>>,
}

impl Archive {
    /// Opens the archive at this path, on disk or in another archive.
    ///
    /// # Errors
    /// [`MediaError`], and those of the file system.
    pub(in crate::dicom) fn open(path: &Path) -> io::Result<Archive> {
        let error = match File::open(path) {
            Ok(file) => return Archive::on_disk(path, file),
            Err(error) => error,
        };
        let (outer, inner) = super::open::inside(path).ok_or(error)?;
        let outer = Archive::on_disk(outer, File::open(outer)?)?;
        let index = outer.directory.find(&inner).ok_or(MediaError::NotThere)?;
        outer.inner(index)
    }

    pub(super) fn on_disk(path: &Path, file: File) -> io::Result<Archive> {
        let disk = Arc::new(Disk::of(file)?);
        let directory = directory_cache::directory(path, &disk)?;
        let left = MOST_ENTRIES.saturating_sub(directory.records);
        Ok(Archive {
            directory,
            left: Arc::new(Mutex::new(left)),
            place: disk.clone(),
            disk,
            path: path.to_owned(),
            outer: None,
            is_packed: false,
        })
    }

    /// How many files it has.
    pub(in crate::dicom) fn files(&self) -> usize {
        self.directory.entries.len()
    }

    /// Whether it is a document or a program, and nothing that images are kept in.
    pub(in crate::dicom) fn is_document(&self) -> bool {
        self.directory.is_document
    }

    /// Whether its files should be read by one reader, one after the other.
    pub(in crate::dicom) fn is_packed(&self) -> bool {
        self.is_packed
    }

    /// The path of a file in it.
    pub(in crate::dicom) fn path_of(&self, index: usize) -> Option<PathBuf> {
        let entry = self.directory.entries.get(index)?;
        Some(self.path.join(&*entry.path))
    }

    /// The paths of the files below one of its folders.
    pub(super) fn files_below(&self, folder: &str) -> impl Iterator<Item = PathBuf> {
        let entries = self.directory.entries.iter();
        let below = entries.filter(move |entry| is_below(&entry.path, folder));
        below.map(|entry| self.path.join(&*entry.path))
    }

    pub(super) fn has_folder(&self, folder: &str) -> bool {
        self.directory.has_folder(folder)
    }

    /// Opens a file in it.
    ///
    /// # Errors
    /// [`MediaError`], and those of the file system.
    pub(in crate::dicom) fn file(&self, index: usize) -> io::Result<Opened> {
        let (entry, member) = self.member(index, LARGE)?;
        // The old way lets one wrong password in 256 pass; one that was tried on a whole file is right.
        let is_old = matches!(entry.encryption, Encryption::Old { .. });
        let doubtful = is_old && !passwords::is_proved(&self.path);
        let doubtful = doubtful.then(|| self.path.clone());
        Ok(Opened::member(self.disk.clone(), member, entry, doubtful))
    }

    /// Opens what has this path in it, in an archive in it too.
    pub(super) fn at(&self, path: &str) -> io::Result<Opened> {
        if let Some(index) = self.directory.find(path) {
            return self.file(index);
        }
        if self.outer.is_none() {
            for (at, _) in path.match_indices('/') {
                let (archive, rest) = path.split_at(at);
                if let Some(index) = self.directory.find(archive) {
                    return self.inner(index)?.at(rest.trim_start_matches('/'));
                }
            }
        }
        Err(MediaError::NotThere.into())
    }

    /// Opens an archive in it.
    ///
    /// # Errors
    /// [`MediaError`]; an archive inside an archive inside an archive is not opened.
    pub(in crate::dicom) fn inner(&self, index: usize) -> io::Result<Archive> {
        if self.outer.is_some() {
            return Err(MediaError::Archive(ArchiveKind::DeepZip).into());
        }
        let entry = self.entry(index)?;
        let is_plain = !entry.is_deflated() && entry.encryption == Encryption::None;
        let place: Arc<dyn Place> = if is_plain {
            Arc::new(Window {
                place: self.place.clone(),
                start: self.data_at(entry)?,
                length: entry.size,
            })
        } else {
            let is_tight =
                entry.size > ARCHIVE_UNPACKED_FREELY && entry.size / HIGHEST_RATIO > entry.packed;
            if is_tight || entry.size > LARGEST_PACKED_ARCHIVE {
                let words = "an archive in it is packed again, and unpacks to too much";
                return Err(MediaError::OverBound(words).into());
            }
            Arc::new(Unpacked(Mutex::new(self.member(index, 0)?.1)))
        };
        let read = || Directory::read(&*place, entry.size, &self.left);
        Ok(Archive {
            disk: self.disk.clone(),
            directory: self.directory.inner(index, &self.left, read)?,
            path: self.path.join(&*entry.path),
            outer: Some(self.path.clone()),
            is_packed: !is_plain,
            left: self.left.clone(),
            place,
        })
    }

    fn entry(&self, index: usize) -> io::Result<&Entry> {
        let entry = self.directory.entries.get(index);
        let entry = entry.ok_or(MediaError::NotThere)?;
        match &entry.flaw {
            Some(flaw) => Err(flaw.clone().into()),
            None => Ok(entry),
        }
    }

    /// Where an entry's bytes begin: behind its own header.
    fn data_at(&self, entry: &Entry) -> io::Result<u64> {
        let mut header = [0; LOCAL];
        let mut run = Run {
            place: &*self.place,
            at: entry.header_at,
        };
        run.read_exact(&mut header)?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(MediaError::Damaged("its archive does not have it where it says").into());
        }
        let rest = u64::from(le16(&header, 26)) + u64::from(le16(&header, 28));
        Ok(entry.header_at + LOCAL as u64 + rest)
    }

    /// `large`: from which size on places are kept to read on from.
    fn member(&self, index: usize, large: u64) -> io::Result<(&Entry, Member)> {
        let entry = self.entry(index)?;
        let password = match entry.encryption {
            Encryption::None => None,
            _ => Some(
                self.password()
                    .ok_or_else(|| MediaError::Locked(self.path.clone()))?,
            ),
        };
        let password = password.as_ref().map(|password| password.as_slice());
        let member = self.decrypted(index, entry, password, large)?;
        Ok((entry, member))
    }

    fn decrypted(
        &self,
        index: usize,
        entry: &Entry,
        password: Option<&[u8]>,
        large: u64,
    ) -> io::Result<Member> {
        let at = self.data_at(entry)?;
        let (before, behind) = entry.encryption.around();
        let end = at.saturating_add(entry.packed);
        let Some(data_end) = end.checked_sub(behind).filter(|end| at + before <= *end) else {
            return Err(MediaError::Damaged("its encryption is cut off").into());
        };
        let bytes = |at, length| {
            let mut bytes = Vec::new();
            let run = Run {
                place: &*self.place,
                at,
            };
            run.take(length).read_to_end(&mut bytes)?;
            io::Result::Ok(bytes)
        };
        let cipher = match password {
            Some(password) => {
                let cipher = entry.encryption.begin(&bytes(at, before)?, password);
                cipher.map_err(|_| MediaError::WrongPassword(self.path.clone()))?
            }
            None => None,
        };
        let raw = Raw {
            at: at + before,
            end: data_end,
            cipher,
        };
        let is_kept = password.is_some() || entry.is_deflated();
        let is_kept = is_kept && entry.size >= large;
        let points = is_kept.then(|| self.directory.points(index, entry.size));
        let proof = bytes(data_end, behind)?;
        let place = self.place.clone();
        Ok(Member::of(place, entry, raw, proof, points))
    }

    fn password(&self) -> Option<Password> {
        let own = passwords::of(&self.path);
        own.or_else(|| passwords::of(self.outer.as_deref()?))
    }

    /// Whether the password opens the encrypted files of this archive; it is tried on the smallest of them, which is read
    /// whole where it is not large. That one may be damaged, so a few more are tried.
    fn opens_with(&self, password: &[u8]) -> bool {
        let locked = |entry: &Entry| entry.encryption != Encryption::None && entry.flaw.is_none();
        let entries = self.directory.entries.iter().enumerate();
        let mut all: Vec<_> = entries.filter(|(_, entry)| locked(entry)).collect();
        let size = |(_, entry): &(usize, &Entry)| (entry.size == 0, entry.size);
        if all.len() > MOST_TRIALS {
            all.select_nth_unstable_by_key(MOST_TRIALS - 1, size);
            all.truncate(MOST_TRIALS);
        }
        all.sort_unstable_by_key(size);
        // Only what is read whole proves more than the one or two bytes that a wrong password may pass by chance.
        let proves = |entry: &Entry| (1..=MOST_TRIED).contains(&entry.size);
        let tried = all.into_iter().enumerate();
        let mut tried = tried.filter(|(nth, (_, entry))| *nth == 0 || proves(entry));
        tried.any(|(_, (index, entry))| self.is_opened_by(index, entry, password))
    }

    fn is_opened_by(&self, index: usize, entry: &Entry, password: &[u8]) -> bool {
        // Places that are kept belong to the right password.
        match self.decrypted(index, entry, Some(password), u64::MAX) {
            Ok(mut member) => {
                let wanted = entry.size.min(MOST_TRIED);
                let read = io::copy(&mut member.by_ref().take(wanted), &mut io::sink());
                read.is_ok_and(|read| read == wanted)
            }
            Err(_) => false,
        }
    }
}

/// Files that a password is tried on.
const MOST_TRIALS: usize = 8;
/// Bytes, unpacked, that a password is tried on.
const MOST_TRIED: u64 = 64 << 20;

/// Tries a password on an archive. If it is the right one it is kept, in memory, until [`super::forget_passwords`], and the
/// archive's files can be read.
pub fn unlock(archive: &Path, password: &ArchivePassword) -> bool {
    let password = password.text();
    let Ok(opened) = Archive::open(archive) else {
        return false;
    };
    // Programs write letters beyond ASCII as Unicode or as Western European ones.
    let (western, _, is_lossy) = encoding_rs::WINDOWS_1252.encode(password);
    let western = (!is_lossy).then(|| western.into_owned());
    let forms = std::iter::once(password.as_bytes().to_vec()).chain(western);
    for form in forms.map(Zeroizing::new) {
        if opened.opens_with(&form) {
            // What was unpacked with another one is of no use.
            checkpoints::forget();
            passwords::keep(archive, Arc::new(form));
            return true;
        }
    }
    false
}

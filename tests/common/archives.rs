//! Archives made for tests, and scans of them.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use studydrop::dicom::catalogue::{Catalogue, Found, SkipReason};
use studydrop::dicom::media::{ArchivePassword, Disc};
use studydrop::dicom::scan::{Sink, scan};
use zip::write::SimpleFileOptions;
use zip::{AesMode, CompressionMethod, ZipWriter};

use super::studies::{StudyBuilder, new_uid};

/// How an archive is packed.
#[derive(Clone, Copy)]
pub enum How<'a> {
    Stored,
    Deflated,
    /// AES of 256 bits, deflated.
    Aes(&'a str),
    /// AES of 128 bits, stored.
    AesStored(&'a str),
}

impl How<'_> {
    fn options(&self) -> SimpleFileOptions {
        let method = match self {
            How::Stored | How::AesStored(_) => CompressionMethod::Stored,
            How::Deflated | How::Aes(_) => CompressionMethod::Deflated,
        };
        SimpleFileOptions::default().compression_method(method)
    }
}

/// An archive of these files, in their order.
pub fn zip(how: How, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = how.options();
        match how {
            How::Aes(password) => {
                let options = options.with_aes_encryption(AesMode::Aes256, password);
                writer.start_file(*name, options).unwrap();
            }
            How::AesStored(password) => {
                let options = options.with_aes_encryption(AesMode::Aes128, password);
                writer.start_file(*name, options).unwrap();
            }
            How::Stored | How::Deflated => writer.start_file(*name, options).unwrap(),
        }
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// One image's bytes, and another one each time.
pub fn image() -> Vec<u8> {
    image_of(&StudyBuilder::new().pixels(64, 64))
}

pub fn image_of(study: &StudyBuilder) -> Vec<u8> {
    study.file(&new_uid(), &new_uid(), 1, 1)
}

/// Bytes that say nothing, and hardly become less when they are packed.
pub fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let step = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..bytes).map(step).collect()
}

/// Passwords are known to the whole process, and all of them can be forgotten: tests with passwords run one by one.
pub fn with_passwords() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether this password opens the archive.
pub fn unlock(archive: &Path, password: &str) -> bool {
    studydrop::dicom::media::unlock(archive, &ArchivePassword::new(password.to_owned()))
}

pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[derive(Default)]
struct Everything {
    found: Mutex<Vec<Found>>,
    discs: Mutex<Vec<Disc>>,
    known: AtomicU64,
}

impl Sink for Everything {
    fn found(&self, found: Found) {
        self.found.lock().unwrap().push(found);
    }

    fn disc(&self, disc: Disc) {
        self.discs.lock().unwrap().push(disc);
    }

    fn known(&self, files: u64) {
        self.known.fetch_max(files, Ordering::Relaxed);
    }
}

/// What a scan told, by path. Every file is told once, and every scan is checked for that.
pub fn told(paths: &[PathBuf]) -> Vec<(PathBuf, Result<u64, SkipReason>)> {
    let mut told: Vec<_> = everything(paths)
        .0
        .into_iter()
        .map(|found| match found {
            Found::Image(header) => (header.image.path.clone(), Ok(header.image.size)),
            Found::Skipped(skipped) => (skipped.path, Err(skipped.reason)),
        })
        .collect();
    told.sort_by(|a, b| a.0.cmp(&b.0));
    let mut paths: Vec<_> = told.iter().map(|(path, _)| path).collect();
    paths.dedup();
    assert_eq!(paths.len(), told.len(), "each is told once: {told:?}");
    told
}

/// What a scan told, file by file, and the directories of discs.
pub fn everything(paths: &[PathBuf]) -> (Vec<Found>, Vec<Disc>) {
    let sink = Everything::default();
    let end = scan(paths, &sink, &AtomicBool::new(false));
    let found = sink.found.into_inner().unwrap();
    assert_eq!(end.seen, found.len() as u64);
    assert_eq!(
        sink.known.into_inner(),
        end.seen,
        "what is known in the end is what was told"
    );
    (found, sink.discs.into_inner().unwrap())
}

/// The same as a catalogue.
pub fn catalogue(paths: &[PathBuf]) -> Catalogue {
    let mut catalogue = Catalogue::default();
    add(&mut catalogue, paths);
    catalogue
}

/// Scans more into a catalogue.
pub fn add(catalogue: &mut Catalogue, paths: &[PathBuf]) {
    let (found, discs) = everything(paths);
    found.into_iter().for_each(|found| catalogue.add(found));
    discs.into_iter().for_each(|disc| catalogue.add_disc(disc));
    catalogue.settle();
}

/// The names below this path that a scan told, and what became of them in a word or two.
pub fn fates(archive: &Path) -> Vec<(String, String)> {
    let word = |fate: Result<u64, SkipReason>| match fate {
        Ok(_) => "image".to_owned(),
        Err(reason) => {
            let words = format!("{reason:?}");
            let end = words.find(['(', ' ', '{']).unwrap_or(words.len());
            words[..end].to_owned()
        }
    };
    let name = |path: &Path| path.strip_prefix(archive).unwrap().display().to_string();
    told(&[archive.to_owned()])
        .into_iter()
        .map(|(path, fate)| (name(&path), word(fate)))
        .collect()
}

pub fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, fate): &(&str, &str)| ((*name).to_owned(), (*fate).to_owned());
    pairs.iter().map(own).collect()
}

/// Puts other bytes in the place of these, wherever they stand.
pub fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    assert_eq!(old.len(), new.len());
    let places: Vec<usize> = (0..=bytes.len() - old.len())
        .filter(|at| bytes[*at..].starts_with(old))
        .collect();
    assert!(!places.is_empty(), "{old:?} is not there");
    for at in places {
        bytes[at..at + new.len()].copy_from_slice(new);
    }
}

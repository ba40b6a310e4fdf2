//! Reads, de-identifies and writes files, several at once.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::parts;
use crate::cli::output;
use crate::dicom::deidentify::burned_in::Risk;
use crate::dicom::deidentify::{
    Cleaner, Outgoing, Piece, PixelWork, Rectangle, Report, Secret, prepare,
};
use crate::dicom::media;

/// Maximum number of files at once, which limits memory.
const MOST_AT_ONCE: usize = 4;
/// Files without a study that may have one UID.
const MOST_ALIKE: usize = 1000;

pub(super) struct Work {
    pub(super) cleaner: Cleaner,
    pub(super) secret: Secret,
    pub(super) output: PathBuf,
    /// Whether to write images that may have burned-in identifiers.
    pub(super) yes: bool,
    pub(super) values: bool,
    /// Set to stop before the next file.
    pub(super) stop: AtomicBool,
}

/// A file and its result.
pub(super) struct Done {
    pub(super) path: PathBuf,
    pub(super) end: End,
}

pub(super) enum End {
    /// The file was written.
    Cleaned(Box<Cleaned>),
    /// Not written, because it may have burned-in identifiers.
    HeldBack(Risk),
    /// Not written, with the reason.
    Failed(String),
}

pub(super) struct Cleaned {
    /// Path of the written file, relative to the output folder.
    pub(super) name: PathBuf,
    /// Size in bytes.
    pub(super) size: u64,
    pub(super) report: Report,
    pub(super) pixels: Option<PixelWork>,
    pub(super) risk: Option<Risk>,
    /// Rectangles that are none on this image.
    pub(super) not_made: Vec<Rectangle>,
}

impl Work {
    /// De-identifies files independently of each other. The results are in the sequence of the paths.
    pub(super) fn all(&self, paths: Vec<PathBuf>) -> Vec<Done> {
        let next = AtomicUsize::new(0);
        let ended: Mutex<Vec<(usize, End)>> = Mutex::new(Vec::with_capacity(paths.len()));
        let at_once = std::thread::available_parallelism().map_or(1, usize::from);
        let work = || {
            while let Some((number, path)) = {
                let number = next.fetch_add(1, Ordering::Relaxed);
                paths.get(number).map(|path| (number, path))
            } {
                let end = match self.stop.load(Ordering::Relaxed) {
                    true => End::Failed("It was not begun.".to_owned()),
                    false => self.one(path),
                };
                let mut ended = ended.lock().unwrap_or_else(PoisonError::into_inner);
                ended.push((number, end));
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..at_once.min(MOST_AT_ONCE) {
                // Where the system has no more threads, this one does it all.
                let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        let mut ended = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
        ended.sort_by_key(|(number, _)| *number);
        let ends = ended.into_iter().map(|(_, end)| end);
        paths
            .into_iter()
            .zip(ends)
            .map(|(path, end)| Done { path, end })
            .collect()
    }

    fn one(&self, path: &Path) -> End {
        match self.clean(path) {
            Ok(end) => end,
            Err(why) => End::Failed(why),
        }
    }

    fn clean(&self, path: &Path) -> Result<End, String> {
        let unreadable =
            |error: io::Error| format!("It could not be read ({}).", output::plain(&error));
        let mut file = media::open(path).map_err(unreadable)?;
        file.check().map_err(unreadable)?;
        let size = file.size();
        let mut source = BufReader::new(file);
        let outgoing = prepare(&self.cleaner, &mut source, size, self.values, self.yes);
        let Outgoing {
            cleaned,
            pixels,
            risk,
            not_made,
        } = outgoing.map_err(|error| error.to_string())?;
        if let Some(risk) = risk.filter(|_| !self.yes) {
            return Ok(End::HeldBack(risk));
        }
        let name = self.written(&mut source, &cleaned)?;
        Ok(End::Cleaned(Box::new(Cleaned {
            name,
            size: cleaned.size(),
            report: cleaned.report,
            pixels,
            risk,
            not_made,
        })))
    }

    /// Writes a file, and says under which name. Of those without a study or a series several may have one UID: each has a
    /// name of its own.
    fn written(
        &self,
        source: &mut (impl Read + Seek),
        cleaned: &crate::dicom::deidentify::Cleaned,
    ) -> Result<PathBuf, String> {
        let report = &cleaned.report;
        let first = self.name(report);
        let is_loose =
            report.study_instance_uid.is_empty() || report.series_instance_uid.is_empty();
        let most = if is_loose { MOST_ALIKE } else { 1 };
        let mut said = Err("There are too many of one UID.".to_owned());
        for number in 1..=most {
            let name = match number {
                1 => first.clone(),
                _ => first.with_extension(format!("{number}.dcm")),
            };
            let target = self.output.join(&name);
            if number < most && target.exists() {
                continue;
            }
            said = write(source, &cleaned.pieces, &self.output, &target).map(|()| name);
            if said.is_ok() || !target.exists() {
                break;
            }
        }
        said
    }

    /// Study, series and instance by their new UIDs. Where UIDs stay, by others: some have an ID in them.
    fn name(&self, report: &Report) -> PathBuf {
        let profile = self.cleaner.profile();
        let are_new = profile.basic && !profile.options.retain_uids;
        let name = |uid: &str| {
            let is_plain = !uid.is_empty()
                && uid.len() <= 64
                && uid
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'.');
            match are_new && is_plain && uid != "." && uid != ".." {
                true => uid.to_owned(),
                false if uid.is_empty() => "none".to_owned(),
                false => self.secret.uid(&format!("file name of {uid}")),
            }
        };
        let file = format!("{}.dcm", name(&report.sop_instance_uid));
        let folder =
            Path::new(&name(&report.study_instance_uid)).join(name(&report.series_instance_uid));
        folder.join(file)
    }
}

/// Writes a file completely or not at all, and never over an existing one.
fn write(
    source: &mut (impl Read + Seek),
    pieces: &[Piece],
    output: &Path,
    target: &Path,
) -> Result<(), String> {
    let unwritable = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            "A cleaned file with its UID is there already: name an empty folder.".to_owned()
        }
        _ => format!(
            "It could not be written ({}). Look for room in the folder.",
            output::plain(&error)
        ),
    };
    let folder = target.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    if target.exists() {
        return Err(unwritable(io::ErrorKind::AlreadyExists.into()));
    }
    let mut file = parts::begin(output).map_err(unwritable)?;
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => file.write_all(bytes).map_err(unwritable)?,
            Piece::Source(place) => {
                let length = place.end.saturating_sub(place.start);
                source
                    .seek(SeekFrom::Start(place.start))
                    .map_err(unwritable)?;
                let copied = io::copy(&mut source.by_ref().take(length), &mut file);
                if copied.map_err(unwritable)? != length {
                    return Err("It changed while it was read.".to_owned());
                }
            }
        }
    }
    file.as_file().sync_all().map_err(unwritable)?;
    let kept = file
        .persist_noclobber(target)
        .map_err(|error| unwritable(error.error))?;
    readable(&kept).map_err(unwritable)
}

/// Gives the file the usual permissions; temporary files are readable by their owner only.
#[cfg(unix)]
fn readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o640))
}

#[cfg(not(unix))]
fn readable(_: &File) -> io::Result<()> {
    Ok(())
}

//! Where the bytes of arriving files lie, how they move, and who may read them: the owner of the data folder alone
//! (POSIX permissions 0700 for folders and 0600 for files; on Windows the folder's own rules hold).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::cloud::wire::MAX_PART;

use super::store::Sum;

/// A part that was received.
pub(super) struct Held {
    pub(super) index: u32,
    pub(super) size: u64,
    pub(super) digest: Sum,
}

/// Where a part lies among the gathered ones, in bytes.
pub(super) fn place(index: u32) -> u64 {
    u64::from(index) * MAX_PART as u64
}

/// Whether the parts, each at its place, already are the file.
pub(super) fn in_place(parts: &[Held]) -> bool {
    parts
        .iter()
        .rev()
        .skip(1)
        .all(|held| held.size == MAX_PART as u64)
}

/// Copies parts that are shorter than their places one behind the other.
pub(super) fn close_up(gathered: &Path, target: &Path, parts: &[Held]) -> io::Result<()> {
    let mut from = File::open(gathered)?;
    let mut to = create_new(target)?;
    for held in parts {
        from.seek(SeekFrom::Start(place(held.index)))?;
        if io::copy(&mut io::Read::take(&mut from, held.size), &mut to)? != held.size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// Gives a file a second name, in the store; where the file system has no links, copies it.
pub(super) fn link(source: &Path, target: &Path, passing: &Path) -> io::Result<()> {
    make_folder(target)?;
    if fs::hard_link(source, target).is_ok() {
        return Ok(());
    }
    let passing = Passing(passing.to_path_buf());
    io::copy(&mut File::open(source)?, &mut create_new(&passing.0)?)?;
    fs::rename(&passing.0, target)
}

/// Makes the folder that `target` lies in, and those above it.
pub(super) fn make_folder(target: &Path) -> io::Result<()> {
    target.parent().map_or(Ok(()), make_private_folder)
}

/// Makes a folder, and those above it that are missing, for the owner alone.
pub(super) fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut private = fs::DirBuilder::new();
    private.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut private, 0o700);
    private.create(folder)
}

/// Options by which a file that is made is for the owner alone. The caller says how it is opened.
pub(super) fn private() -> OpenOptions {
    #[cfg_attr(
        not(unix),
        expect(unused_mut, reason = "the mode is set on Unix alone")
    )]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a file that must not be there yet.
pub(super) fn create_new(path: &Path) -> io::Result<File> {
    private().write(true).create_new(true).open(path)
}

/// Takes the rights of others away from what was there before: the folder itself where it holds nothing but this
/// server's data, and every file and folder of this server's in it, at any depth.
///
/// # Errors
/// A file of this server's whose rights cannot be changed.
#[cfg(unix)]
pub(super) fn tighten(data: &Path, ours: &[&str]) -> io::Result<()> {
    let mut only_ours = true;
    for entry in fs::read_dir(data)? {
        let entry = entry?;
        let known = entry
            .file_name()
            .to_str()
            .is_some_and(|name| ours.contains(&name));
        if known {
            tighten_all(entry.path())?;
        } else {
            only_ours = false;
        }
    }
    if only_ours {
        // What lies in it is safe already: a folder that belongs to somebody else stays as it is.
        drop(restrict(data));
    }
    Ok(())
}

/// As on Unix, where there is something to do.
#[cfg(not(unix))]
pub(super) fn tighten(_data: &Path, _ours: &[&str]) -> io::Result<()> {
    Ok(())
}

/// Restricts one entry, and what lies below it where it is a folder. Symbolic links are not followed.
#[cfg(unix)]
fn tighten_all(top: PathBuf) -> io::Result<()> {
    let mut left = vec![top];
    while let Some(path) = left.pop() {
        if fs::symlink_metadata(&path)?.is_symlink() {
            continue;
        }
        if !restrict(&path)? {
            continue;
        }
        for entry in fs::read_dir(&path)? {
            left.push(entry?.path());
        }
    }
    Ok(())
}

/// Leaves a file or folder to its owner. Says whether it is a folder that was open to others before: what lies in one
/// that was not is out of reach already.
#[cfg(unix)]
fn restrict(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    let found = fs::metadata(path)?;
    let mode = found.permissions().mode();
    // A shared folder such as /tmp (sticky bit) is nobody's own.
    if mode & 0o077 == 0 || mode & 0o1000 != 0 {
        return Ok(false);
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700))?;
    Ok(found.is_dir())
}

/// A file in `incoming` that goes when it is not needed, however that comes about.
pub(super) struct Passing(pub(super) PathBuf);

impl Drop for Passing {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

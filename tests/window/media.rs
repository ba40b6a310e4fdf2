//! Archives and discs in the window, with a worker that reads them: what is said about them, and an archive that is
//! unlocked.

use std::path::{Path, PathBuf};
use std::sync::mpsc;

use crate::common::archives::*;
use crate::common::drawn::Drive;
use crate::common::window::Window;
use studydrop::dicom::media::ArchivePassword;
use studydrop::message::{Command, Event, FilesCommand, FilesEvent};
use studydrop::model::{Action, UploadAction};
use studydrop::worker;
use tempfile::{TempDir, tempdir};

/// A window and a worker, and what travels between them.
struct Both {
    window: Window,
    worker: worker::Handle,
    woken: mpsc::Receiver<()>,
    _home: TempDir,
}

impl Both {
    fn new() -> Self {
        let home = tempdir().unwrap();
        let (wake, woken) = mpsc::channel();
        let wake = Box::new(move || wake.send(()).unwrap_or_default());
        Both {
            window: Window::signed_in(),
            worker: worker::start(home.path().to_owned(), wake),
            woken,
            _home: home,
        }
    }

    /// Does it, and passes on what travels until this came back.
    fn until(&mut self, action: Action, end: fn(&Event) -> bool) {
        let mut commands = self.window.act(action);
        loop {
            for command in commands.drain(..) {
                if matches!(
                    command,
                    Command::Files(FilesCommand::Scan { .. })
                        | Command::Files(FilesCommand::Unlock { .. })
                ) {
                    assert!(self.worker.send(command));
                }
            }
            while let Some(event) = self.worker.try_recv() {
                let is_end = end(&event);
                commands.extend(self.window.apply(event));
                if is_end {
                    self.window.step();
                    return;
                }
            }
            if commands.is_empty() {
                self.woken.recv().unwrap();
            }
        }
    }

    fn drop_it(&mut self, path: &Path) {
        let dropped = Action::Upload(UploadAction::Dropped(vec![path.to_owned()]));
        self.until(dropped, |event| {
            matches!(event, Event::Files(FilesEvent::ScanDone { .. }))
        });
    }

    fn unlock(&mut self, archive: &Path, password: &str, end: fn(&Event) -> bool) {
        let password = ArchivePassword::new(password.to_owned());
        let archive = archive.to_owned();
        self.until(
            Action::Upload(UploadAction::Unlock { archive, password }),
            end,
        );
    }

    fn images(&self) -> usize {
        self.window.model().upload.catalogue.images()
    }
}

#[test]
fn a_locked_archive_is_named_and_read_with_its_password() {
    let _alone = with_passwords();
    let folder = tempdir().unwrap();
    let files: &[(&str, &[u8])] = &[("IM1", &image()), ("IM2", &image())];
    let archive = write(folder.path(), "study.zip", &zip(How::Aes("right"), files));
    let mut both = Both::new();
    both.drop_it(folder.path());
    assert_eq!(both.images(), 0);
    assert_eq!(
        both.window.model().upload.locked,
        std::slice::from_ref(&archive)
    );
    assert!(both.window.shows_part("2 need a password"));
    both.unlock(&archive, "wrong", |event| {
        matches!(event, Event::Files(FilesEvent::Unlocked { .. }))
    });
    let page = &both.window.model().upload;
    assert_eq!(page.wrong_password, Some(archive.clone()));
    both.unlock(&archive, "right", |event| {
        matches!(event, Event::Files(FilesEvent::ScanDone { .. }))
    });
    assert_eq!(both.images(), 2);
    assert_eq!(both.window.model().upload.locked, Vec::<PathBuf>::new());
    assert!(!both.window.shows_part("need a password"));
    let page = &both.window.model().upload;
    assert!(page.catalogue.skipped.is_empty(), "nothing is told twice");
}

#[test]
fn what_is_not_read_is_said_with_what_to_do() {
    let folder = tempdir().unwrap();
    write(folder.path(), "IM1", &image());
    write(folder.path(), "old.rar", b"Rar!\x1A\x07\x01\0 and so on");
    let mut both = Both::new();
    both.drop_it(folder.path());
    assert_eq!(both.images(), 1);
    assert!(both.window.shows_part("One archive is not read."));
    assert!(both.window.shows_part("1 archive that is not read"));
}

#[cfg(target_os = "linux")]
#[test]
fn no_medium_is_held_open_when_its_archives_were_read() {
    let folder = tempdir().unwrap();
    let inner = zip(How::Deflated, &[("IM1", &image())]);
    let files: &[(&str, &[u8])] = &[("IM2", &image()), ("in.zip", &inner)];
    let archive = write(folder.path(), "stick.zip", &zip(How::Deflated, files));
    assert!(told(&[archive]).iter().all(|(_, fate)| fate.is_ok()));
    for open in std::fs::read_dir("/proc/self/fd").unwrap() {
        let target = std::fs::read_link(open.unwrap().path()).unwrap_or_default();
        assert!(!target.ends_with("stick.zip"), "it can be ejected");
    }
}

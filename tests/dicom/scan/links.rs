//! Links, loops, pipes and folders that may not be read.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use super::*;
use crate::common::aloud;

#[test]
fn a_link_that_leads_back_is_followed_once() {
    let folder = tempdir().unwrap();
    let inner = folder.path().join("a/b");
    let images = StudyBuilder::new().images(3).write_to(&inner);
    symlink(folder.path(), inner.join("up")).unwrap();
    symlink(&inner, folder.path().join("0 again")).unwrap();
    let catalogue = scanned(folder.path());
    assert_eq!(catalogue.images(), 3);
    let paths: Vec<_> = catalogue.patients[0].studies[0].series[0]
        .images
        .iter()
        .map(|i| &i.path)
        .collect();
    assert_eq!(
        paths,
        images.iter().map(|file| &file.path).collect::<Vec<_>>(),
        "by their own paths"
    );
    let reasons: Vec<_> = catalogue.skipped.iter().map(|file| &file.reason).collect();
    assert_eq!(reasons, [&SkipReason::LinkLoop, &SkipReason::LinkLoop]);
}

#[test]
fn what_links_lead_to_is_told_once() {
    let (folder, elsewhere) = (tempdir().unwrap(), tempdir().unwrap());
    let images = StudyBuilder::new().images(2).write_to(elsewhere.path());
    symlink(&images[0].path, folder.path().join("1 file")).unwrap();
    symlink(&images[0].path, folder.path().join("2 file again")).unwrap();
    symlink(elsewhere.path(), folder.path().join("3 folder")).unwrap();
    symlink("nowhere", folder.path().join("4 broken")).unwrap();
    let catalogue = scanned(folder.path());
    assert_eq!(catalogue.images(), 2);
    let skipped: Vec<_> = catalogue
        .skipped
        .iter()
        .map(|file| file.reason.clone())
        .collect();
    assert_eq!(skipped, [SkipReason::LinkLoop, SkipReason::NotAFile]);
}

#[test]
fn a_pipe_is_not_waited_for() {
    let folder = tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    symlink(&pipe, folder.path().join("to the pipe")).unwrap();
    symlink("/dev/zero", folder.path().join("zeros")).unwrap();
    let catalogue = scanned(folder.path());
    assert_eq!(catalogue.skipped.len(), 3);
    assert!(
        catalogue
            .skipped
            .iter()
            .all(|file| file.reason == SkipReason::NotAFile)
    );
    assert_eq!(reason(&pipe), SkipReason::NotAFile);
}

#[test]
fn a_folder_that_may_not_be_read_is_named() {
    let folder = tempdir().unwrap();
    let locked = folder.path().join("locked");
    let file = one(&folder.path().join("open"), StudyBuilder::new());
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    let is_root = fs::read_dir(&locked).is_ok();
    let catalogue = (!is_root).then(|| scanned(folder.path()));
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o700)).unwrap();
    let Some(catalogue) = catalogue else {
        aloud::not_run("this user may read everything");
        return;
    };
    let paths: Vec<_> = catalogue.skipped.iter().map(|file| &file.path).collect();
    assert_eq!(paths, [&locked, &file]);
    assert!(
        catalogue
            .skipped
            .iter()
            .all(|file| matches!(file.reason, SkipReason::Unreadable(_)))
    );
}

//! Real files and malformed ones, if they are at hand.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::common;
use serde_json::json;
use studydrop::practice::{Config, start};

use crate::practice::client::{Door, stored};

fn files_below(folder: &Path, list: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, list);
        } else {
            list.push(path);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_real_and_malformed_file_is_answered_and_stored_as_sent() {
    let Some(shared) = common::shared_dicom() else {
        return;
    };
    let mut paths = Vec::new();
    files_below(&shared, &mut paths);
    let folder = tempfile::tempdir().unwrap();
    let server = start(Config::local(folder.path())).await.unwrap();
    let mut client = Door::from(&server).sign_in().await;
    let upload = client.begin().await;
    let (mut sent, mut refused) = (HashSet::new(), Vec::new());
    for (number, path) in (0..).zip(&paths) {
        let bytes = std::fs::read(path).unwrap();
        if bytes.is_empty() {
            continue;
        }
        let asked = client.send_file(&upload, number, &bytes);
        // Not a measure of speed: a file that hangs the server is to fail here and not for ever.
        let answer = tokio::time::timeout(Duration::from_secs(20), asked)
            .await
            .unwrap_or_else(|_| panic!("{} was not answered", path.display()));
        if answer["ResponseCode"] == 1 {
            sent.insert(bytes);
        } else {
            refused.push((path, answer["Message"].clone()));
        }
    }
    let (found, left) = stored(folder.path());
    println!(
        "{} files, {} refused, {} stored",
        paths.len(),
        refused.len(),
        found.len()
    );
    for (path, why) in &refused {
        println!("refused: {} {why}", path.display());
    }
    // Images of one UID replace each other, so not every file that was taken is there; what is there was sent.
    assert!(found.iter().all(|file| sent.contains(file)));
    assert_eq!(left, 0);
    let images: u64 = client
        .orders(json!({}))
        .await
        .iter()
        .map(|order| order["ImagesCount"].as_u64().unwrap())
        .sum();
    assert_eq!(images, found.len() as u64);
}

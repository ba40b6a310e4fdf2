//! What was acknowledged survives the death of the server at any moment.
//!
//! The server runs in a child process: the program itself, as `studydrop practice`.

use std::time::Duration;

use serde_json::{Value, json};
use studydrop::cloud::wire::{Kind, MAX_PART, Upload};
use studydrop::practice::{Config, start};

use crate::common::program::Practice;
use crate::practice::client::{Client, Door, stored};
use crate::practice::studies::Image;

/// Where its server is.
fn door(practice: &Practice) -> Door {
    Door {
        address: practice.address().parse().unwrap(),
        api_key: practice.key("api_key"),
        account_key: practice.key("account_key"),
    }
}

fn file(number: u32) -> Vec<u8> {
    // One, two and three parts in turn.
    let picture = (number as usize % 3) * MAX_PART + 1000;
    Image::of("1.2.1", number).bytes(picture, 5)
}

/// Sends parts until the server is gone. Gives the parts that were acknowledged, as (file, part).
async fn send_until_killed(client: &mut Client, upload: &Value, first: u32) -> Vec<(u32, usize)> {
    let mut acknowledged = Vec::new();
    for number in first.. {
        let bytes = file(number);
        let parts: Vec<_> = bytes.chunks(MAX_PART).collect();
        for (index, part) in parts.iter().enumerate() {
            let given = client.part(upload, number, index, parts.len());
            let management = Upload::ProcessFile.number();
            let asked = client.main.try_ask(Kind::Upload, management, &given, part);
            match asked.await {
                Some(answer) if answer["ResponseCode"] == 1 => acknowledged.push((number, index)),
                Some(answer) => panic!("{answer}"),
                None => return acknowledged,
            }
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_moment_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let (mut session, mut upload) = (Value::Null, Value::Null);
    let (mut next, mut total) = (1, 0);
    for round in 0_u64..8 {
        let doomed = Practice::start(folder.path());
        let door = door(&doomed);
        let mut client = if round == 0 {
            door.sign_in().await
        } else {
            door.resume(session.clone(), 0).await
        };
        if round == 0 {
            session = client.session.clone();
            upload = client.begin().await;
        }
        // Spread over what a few parts take, so that the kill falls into every step.
        let delay = Duration::from_micros(3_000 + round * 17_311 % 60_000);
        let killed = async move {
            tokio::time::sleep(delay).await;
            doomed.kill()
        };
        let sent = send_until_killed(&mut client, &upload, next);
        let (acknowledged, _) = tokio::join!(sent, killed);

        // A fresh server, as after a restart: it sweeps, and holds what it said that it holds.
        let server = start(Config::local(folder.path())).await.unwrap();
        let mut client = Door::from(&server).resume(session.clone(), 0).await;
        let last = acknowledged.last().map_or(next - 1, |(file, _)| *file);
        for &(number, index) in &acknowledged {
            let bytes = file(number);
            let count = bytes.chunks(MAX_PART).count();
            if index + 1 == count {
                let sop = format!("1.2.1.1.{number}");
                assert!(
                    client.exists(&upload, "1.2.1", &sop).await,
                    "{number} is lost"
                );
            }
        }
        // Of the file that was under way, the missing parts alone make it whole.
        let bytes = file(last + 1);
        let under_way = |number: u32| acknowledged.iter().filter(move |(file, _)| *file == number);
        if under_way(last).count() < file(last).chunks(MAX_PART).count() && last >= next {
            let parts = file(last);
            let count = parts.chunks(MAX_PART).count();
            for index in under_way(last).count()..count {
                let part = parts.chunks(MAX_PART).nth(index).unwrap();
                client.send_part(&upload, last, (index, count), part).await;
            }
            let sop = format!("1.2.1.1.{last}");
            assert!(
                client.exists(&upload, "1.2.1", &sop).await,
                "{last} is not whole"
            );
        }
        // The one behind it may have been begun without an answer; it is sent whole.
        let answer = client.send_file(&upload, last + 1, &bytes).await;
        assert_eq!(answer["ResponseCode"], 1, "{answer}");
        next = last + 2;

        let (found, left) = stored(folder.path());
        let wanted: Vec<_> = (1..next).map(file).collect();
        assert_eq!(found.len(), wanted.len(), "no file more or less");
        assert!(
            wanted.iter().all(|file| found.contains(file)),
            "byte for byte"
        );
        assert_eq!(left, 0, "nothing half is left");
        let orders = client.orders(json!({})).await;
        assert_eq!(orders[0]["ImagesCount"], next - 1);
        total += acknowledged.len();
        server.stop().await;
    }
    println!(
        "{total} parts were acknowledged before a kill, {} files stored",
        next - 1
    );
    assert!(total > 0, "some parts were acknowledged before a kill");
}

#[tokio::test]
async fn two_processes_may_serve_from_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (
        Practice::start(folder.path()),
        Practice::start(folder.path()),
    );
    let (one, two) = (door(&one), door(&two));
    assert_eq!(one.api_key, two.api_key);
    let mut first = one.sign_in().await;
    let upload = first.begin().await;
    let mut second = two.resume(first.session.clone(), 0).await;
    let send = async |client: &mut Client, odd: u32| {
        for number in (0..20).map(|n| n * 2 + odd) {
            let answer = client.send_file(&upload, number, &file(number)).await;
            assert_eq!(answer["ResponseCode"], 1, "{answer}");
        }
    };
    tokio::join!(send(&mut first, 0), send(&mut second, 1));
    // A file begun at one and ended at the other is whole.
    let bytes = file(41);
    let parts: Vec<_> = bytes.chunks(MAX_PART).collect();
    first.send_part(&upload, 41, (0, 3), parts[0]).await;
    second.send_part(&upload, 41, (1, 3), parts[1]).await;
    let answer = first.send_part(&upload, 41, (2, 3), parts[2]).await;
    let order = &answer["ResponseMessage"]["PatientOrder"];
    assert_eq!(order["ImagesCount"], 41, "{answer}");
    let (found, left) = stored(folder.path());
    assert_eq!((found.len(), left), (41, 0));
}

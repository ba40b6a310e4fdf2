//! Parts become files, files become orders, and what contradicts is refused.

use dicom_core::VR;
use dicom_dictionary_std::tags;
use serde_json::json;
use studydrop::cloud::wire::{Kind, MAX_PART, Upload};
use studydrop::practice::{Config, Server, start};
use tempfile::TempDir;

use crate::practice::client::{Client, Door, refusal, stored};
use crate::practice::studies::Image;

async fn server() -> (TempDir, Server, Client) {
    let folder = tempfile::tempdir().unwrap();
    let server = start(Config::local(folder.path())).await.unwrap();
    let client = Door::from(&server).sign_in().await;
    (folder, server, client)
}

/// A file of three parts.
fn large() -> Vec<u8> {
    Image::of("1.2.1", 1).bytes(2 * MAX_PART + 1000, 3)
}

#[tokio::test]
async fn a_file_of_one_part_is_stored_as_it_was_sent() {
    let (folder, _server, mut client) = server().await;
    let upload = client.begin().await;
    let image = Image::of("1.2.1", 1);
    let (bytes, sop) = (image.bytes(500, 1), image.uid(tags::SOP_INSTANCE_UID));
    assert!(!client.exists(&upload, "1.2.1", &sop).await);
    let answer = client.send_file(&upload, 0, &bytes).await;
    let order = &answer["ResponseMessage"]["PatientOrder"];
    assert_eq!(order["PatientName"], "Öberg^Märta", "{answer}");
    assert!(client.exists(&upload, "1.2.1", &sop).await);
    assert_eq!(stored(folder.path()), (vec![bytes], 0));
    assert_eq!(
        client.orders(json!({})).await[0]["PatientOrderUuid"],
        order["PatientOrderUuid"]
    );
}

#[tokio::test]
async fn parts_come_in_any_order_on_several_sockets() {
    let (folder, _server, mut client) = server().await;
    let upload = client.begin().await;
    let bytes = large();
    let parts: Vec<_> = bytes.chunks(MAX_PART).collect();
    let mut sockets = [client.further().await, client.further().await];
    for index in (0..parts.len()).rev() {
        let given = client.part(&upload, 5, index, parts.len());
        let answer = sockets[index % 2]
            .ask(
                Kind::Upload,
                Upload::ProcessFile.number(),
                &given,
                parts[index],
            )
            .await;
        assert_eq!(answer["ResponseCode"], 1, "{answer}");
        let known = !answer["ResponseMessage"]["PatientOrder"].is_null();
        assert_eq!(
            known,
            index == 0,
            "the order is known once the file is whole"
        );
    }
    assert_eq!(stored(folder.path()), (vec![bytes], 0));
    assert_eq!(client.orders(json!({})).await[0]["ImagesCount"], 1);
}

#[tokio::test]
async fn many_parts_in_flight_at_once_make_whole_files() {
    let (folder, _server, mut client) = server().await;
    let upload = client.begin().await;
    let mut socket = client.further().await;
    let files: Vec<_> = (1..=4)
        .map(|number| Image::of("1.2.1", number).bytes(3 * MAX_PART, 9))
        .collect();
    let mut sent = 0;
    for part in 0..4 {
        for (file, bytes) in (0..).zip(&files) {
            let chunk = bytes.chunks(MAX_PART).nth(part).unwrap();
            let given = client.part(&upload, file, part, 4);
            socket
                .send(Kind::Upload, Upload::ProcessFile.number(), &given, chunk)
                .await;
            sent += 1;
        }
    }
    for _ in 0..sent {
        assert!(socket.answer().await.unwrap().success);
    }
    let (found, left) = stored(folder.path());
    assert_eq!((found.len(), left), (4, 0));
    assert!(files.iter().all(|file| found.contains(file)));
    assert_eq!(client.orders(json!({})).await[0]["ImagesCount"], 4);
}

#[tokio::test]
async fn parts_shorter_than_the_most_are_put_together_too() {
    let (folder, _server, mut client) = server().await;
    let upload = client.begin().await;
    let bytes = Image::of("1.2.1", 1).bytes(1000, 4);
    let parts = [&bytes[..700], &bytes[700..701], &bytes[701..]];
    for index in [1, 2, 0] {
        let answer = client.send_part(&upload, 0, (index, 3), parts[index]).await;
        assert_eq!(answer["ResponseCode"], 1, "{answer}");
    }
    assert_eq!(stored(folder.path()), (vec![bytes], 0));
}

#[tokio::test]
async fn a_part_sent_twice_changes_nothing() {
    let (folder, _server, mut client) = server().await;
    let upload = client.begin().await;
    let bytes = large();
    let parts: Vec<_> = bytes.chunks(MAX_PART).collect();
    for index in [0, 0, 1, 2, 2, 1, 0] {
        let answer = client.send_part(&upload, 0, (index, 3), parts[index]).await;
        assert_eq!(answer["ResponseCode"], 1, "{answer}");
    }
    // The whole file again, under its own number and under another.
    for file in [0, 1] {
        let answer = client.send_file(&upload, file, &bytes).await;
        assert_eq!(answer["ResponseMessage"]["PatientOrder"]["ImagesCount"], 1);
    }
    assert_eq!(stored(folder.path()), (vec![bytes], 0));
}

#[tokio::test]
async fn another_file_under_a_finished_number_is_a_new_file() {
    let (folder, _server, mut client) = server().await;
    // As the vendor's library does: the sign-in's GUID, each upload numbered from 0.
    let session = client.session.clone();
    let files = [
        large(),
        Image::of("1.2.1", 2).bytes(2 * MAX_PART + 1000, 3),
        Image::of("1.2.1", 3).bytes(10, 3),
    ];
    for file in &files {
        client.begin().await;
        let answer = client.send_file(&session, 0, file).await;
        assert_eq!(answer["ResponseCode"], 1, "{answer}");
    }
    let (found, left) = stored(folder.path());
    assert_eq!((found.len(), left), (3, 0));
    assert!(files.iter().all(|file| found.contains(file)));
    let order = &client.orders(json!({})).await[0];
    assert_eq!(
        (&order["ImagesCount"], &order["SeriesCount"]),
        (&json!(3), &json!(1))
    );
}

#[tokio::test]
async fn a_newer_image_replaces_one_of_the_same_uid_and_counts_once() {
    let (folder, _server, mut client) = server().await;
    let upload = client.begin().await;
    let image = Image::of("1.2.1", 1);
    let before = client.send_file(&upload, 0, &image.bytes(500, 1)).await;
    let newer = image.bytes(900, 2);
    let after = client.send_file(&upload, 1, &newer).await;
    let order = |answer: &serde_json::Value| answer["ResponseMessage"]["PatientOrder"].clone();
    assert_eq!(
        order(&before)["PatientOrderUuid"],
        order(&after)["PatientOrderUuid"]
    );
    assert_eq!(order(&after)["ImagesCount"], 1);
    let kilobytes = order(&after)["OrderSize"].as_f64().unwrap();
    assert_eq!((kilobytes * 1024.0).round() as usize, newer.len());
    // Once more, now of another study: the order that lost its only image goes.
    let moved = image
        .set(tags::STUDY_INSTANCE_UID, VR::UI, "1.2.2")
        .bytes(10, 3);
    client.send_file(&upload, 2, &moved).await;
    let orders = client.orders(json!({})).await;
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0]["StudyInstanceUid"], "1.2.2");
    assert_eq!(stored(folder.path()), (vec![moved], 0));
}

#[tokio::test]
async fn what_contradicts_is_refused_and_harms_nothing() {
    let (folder, server, mut client) = server().await;
    let upload = client.begin().await;
    let bytes = large();
    let parts: Vec<_> = bytes.chunks(MAX_PART).collect();
    client.send_part(&upload, 0, (0, 3), parts[0]).await;
    let long = vec![0; MAX_PART + 1];
    let cases: [(usize, usize, &[u8], &str); 7] = [
        (3, 3, parts[0], "no part 3"),
        (1, 4, parts[1], "begun with 3 parts"),
        (0, 3, parts[1], "another content"),
        (0, 0, parts[0], "0 parts"),
        (0, 4_000_000, parts[0], "4000000 parts"),
        (1, 3, &long, "524289 bytes"),
        (1, 3, &[], "empty"),
    ];
    for (index, count, bytes, says) in cases {
        let answer = client.send_part(&upload, 0, (index, count), bytes).await;
        assert!(refusal(&answer).contains(says), "{answer}");
    }
    // Nils may not use the second location, and nobody may use another's upload.
    let second = client.account["UserList"][0]["InstitutionList"][1]["InstitutionUuid"].clone();
    let mut nils = Door::from(&server).sign_in_as(2).await;
    let answer = nils.send_part(&upload, 0, (1, 3), parts[1]).await;
    assert!(refusal(&answer).contains("another user"));
    nils.location = second;
    let answer = nils.upload(Upload::Initialize, json!({}), &[]).await;
    assert!(refusal(&answer).contains("location"));
    let answer = client
        .send_part(&json!(uuid::Uuid::new_v4()), 0, (1, 3), parts[1])
        .await;
    assert!(refusal(&answer).contains("Initialize"));

    for index in [1, 2] {
        let answer = client.send_part(&upload, 0, (index, 3), parts[index]).await;
        assert_eq!(answer["ResponseCode"], 1, "{answer}");
    }
    assert_eq!(stored(folder.path()), (vec![bytes], 0));
}

#[tokio::test]
async fn a_file_without_its_uids_is_refused_whole() {
    let (folder, _server, mut client) = server().await;
    let upload = client.begin().await;
    let small = Image::of("1.2.1", 1).without(tags::STUDY_INSTANCE_UID);
    let answer = client.send_file(&upload, 0, &small.bytes(10, 1)).await;
    assert!(
        refusal(&answer).contains("no Study Instance UID"),
        "{answer}"
    );
    let bytes = small.bytes(MAX_PART, 1);
    for _ in 0..2 {
        let answer = client.send_file(&upload, 1, &bytes).await;
        assert!(
            refusal(&answer).contains("no Study Instance UID"),
            "{answer}"
        );
    }
    let answer = client.send_file(&upload, 2, b"no DICOM at all").await;
    assert!(refusal(&answer).contains("no DICOM file"), "{answer}");
    assert_eq!(stored(folder.path()), (vec![], 0));
    assert!(client.orders(json!({})).await.is_empty());
}

#[tokio::test]
async fn a_file_that_is_gone_from_the_disk_is_said_to_be_gone_and_may_come_again() {
    let (folder, _server, mut client) = server().await;
    let upload = client.begin().await;
    let bytes = large();
    client.send_file(&upload, 0, &bytes).await;
    for study in std::fs::read_dir(folder.path().join("files")).unwrap() {
        std::fs::remove_dir_all(study.unwrap().path()).unwrap();
    }
    assert!(!client.exists(&upload, "1.2.1", "1.2.1.1.1").await);
    let answer = client.send_file(&upload, 0, &bytes).await;
    assert_eq!(answer["ResponseMessage"]["PatientOrder"]["ImagesCount"], 1);
    assert!(client.exists(&upload, "1.2.1", "1.2.1.1.1").await);
    assert_eq!(stored(folder.path()), (vec![bytes], 0));
}

#[tokio::test]
async fn one_image_at_two_locations_is_two_orders() {
    let (folder, _server, mut client) = server().await;
    let bytes = Image::of("1.2.1", 1).bytes(10, 1);
    let session = client.session.clone();
    client.send_file(&session, 0, &bytes).await;
    client.location =
        client.account["UserList"][0]["InstitutionList"][1]["InstitutionUuid"].clone();
    assert!(!client.exists(&session, "1.2.1", "1.2.1.1.1").await);
    client.send_file(&session, 0, &bytes).await;
    assert_eq!(client.orders(json!({})).await.len(), 2);
    assert_eq!(stored(folder.path()).0.len(), 2);
}

#[tokio::test]
async fn a_full_disk_refuses_what_does_not_fit_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let capacity = Some(MAX_PART as u64);
    let config = Config {
        capacity,
        ..Config::local(folder.path())
    };
    let server = start(config).await.unwrap();
    let mut client = Door::from(&server).sign_in().await;
    let upload = client.begin().await;
    let fits = Image::of("1.2.2", 1).bytes(MAX_PART / 2, 1);
    client.send_file(&upload, 0, &fits).await;
    let too_large = Image::of("1.2.2", 2).bytes(MAX_PART * 3 / 4, 2);
    let answer = client.send_file(&upload, 1, &too_large).await;
    assert!(refusal(&answer).contains("disk is full"));
    let answer = client.send_file(&upload, 2, &large()).await;
    assert!(refusal(&answer).contains("disk is full"));
    // What fits still goes, also in the place of what was there.
    let small = Image::of("1.2.2", 3).bytes(100, 3);
    let answer = client.send_file(&upload, 3, &small).await;
    assert_eq!(answer["ResponseCode"], 1, "{answer}");
    let other = Image::of("1.2.2", 1).bytes(MAX_PART / 2, 9);
    let answer = client.send_file(&upload, 4, &other).await;
    assert_eq!(answer["ResponseMessage"]["PatientOrder"]["ImagesCount"], 2);
    let (found, _) = stored(folder.path());
    assert_eq!(found.len(), 2);
    assert!(found.contains(&small) && found.contains(&other));
    server.stop().await;
    // With more room the refused file comes through.
    let server = start(Config::local(folder.path())).await.unwrap();
    let mut client = Door::from(&server).sign_in().await;
    let upload = client.begin().await;
    let answer = client.send_file(&upload, 1, &too_large).await;
    assert_eq!(answer["ResponseMessage"]["PatientOrder"]["ImagesCount"], 3);
}

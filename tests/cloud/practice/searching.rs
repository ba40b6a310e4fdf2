//! Searches and listings.

use dicom_core::VR;
use dicom_dictionary_std::tags;
use serde_json::{Value, json};
use studydrop::cloud::wire::{General, Kind};
use studydrop::practice::{Config, Server, start};
use tempfile::TempDir;

use crate::practice::client::{Client, Door, refusal};
use crate::practice::studies::Image;

/// A server with three orders: two at the first location, one at the second.
async fn hospital() -> (TempDir, Server, Client) {
    let folder = tempfile::tempdir().unwrap();
    let server = start(Config::local(folder.path())).await.unwrap();
    let mut client = Door::from(&server).sign_in().await;
    let upload = client.begin().await;
    let images = [
        Image::of("1.2.1", 1).set(tags::PATIENT_BIRTH_DATE, VR::DA, "19500131"),
        Image::of("1.2.1", 2).set(tags::MODALITY, VR::CS, "SR").set(
            tags::SERIES_INSTANCE_UID,
            VR::UI,
            "1.2.1.2",
        ),
        Image::of("1.2.2", 1)
            .set(tags::PATIENT_NAME, VR::PN, "Yamada^Tarou=山田^太郎")
            .set(tags::PATIENT_ID, VR::LO, "P10")
            .set(tags::ACCESSION_NUMBER, VR::SH, "ACC-7")
            .set(tags::MODALITY, VR::CS, "MR")
            .set(tags::STUDY_DATE, VR::DA, "20261120"),
    ];
    for (file, image) in (0..).zip(&images) {
        let answer = client.send_file(&upload, file, &image.bytes(100, 7)).await;
        assert_eq!(answer["ResponseCode"], 1, "{answer}");
    }
    let first = client.location.clone();
    client.location =
        client.account["UserList"][0]["InstitutionList"][1]["InstitutionUuid"].clone();
    let upload = client.begin().await;
    let image = Image::of("1.2.3", 1).set(tags::STUDY_DATE, VR::DA, "20261201");
    client.send_file(&upload, 0, &image.bytes(2048, 7)).await;
    client.location = first;
    (folder, server, client)
}

async fn found(client: &mut Client, filter: Value) -> Vec<String> {
    let orders = client.orders(filter).await;
    let study = |order: &Value| order["StudyInstanceUid"].as_str().unwrap().to_owned();
    orders.iter().map(study).collect()
}

#[tokio::test]
async fn every_filter_finds_what_it_says() {
    let (_folder, _server, mut client) = hospital().await;
    let first = client.location.clone();
    let cases = [
        (json!({}), "1.2.3 1.2.1 1.2.2"),
        (json!({"PatientName": "öberg*"}), "1.2.3 1.2.1"),
        (json!({"PatientName": "MARTA"}), "1.2.3 1.2.1"),
        (json!({"PatientName": "山田"}), "1.2.2"),
        (json!({"PatientName": "nobody"}), ""),
        (json!({"PatientId": "p1"}), "1.2.3 1.2.1"),
        (json!({"PatientId": "P1?"}), "1.2.2"),
        (json!({"AccessionNumber": "acc*"}), "1.2.2"),
        (json!({"Modalities": ["SR", "MR"]}), "1.2.1 1.2.2"),
        (json!({"Modalities": []}), "1.2.3 1.2.1 1.2.2"),
        (json!({"InstitutionUuidList": [first]}), "1.2.1 1.2.2"),
        (
            json!({"InstitutionUuidList": [], "PatientName": ""}),
            "1.2.3 1.2.1 1.2.2",
        ),
        (
            json!({"StartDate": "2026-11-20", "EndDate": "2026-11-24"}),
            "1.2.1 1.2.2",
        ),
        (json!({"StartDate": "2026-11-25", "EndDate": ""}), "1.2.3"),
        (
            json!({"StartBirthdate": "1950-01-31", "EndBirthdate": "1950-01-31"}),
            "1.2.1",
        ),
    ];
    for (filter, wanted) in cases {
        let studies = found(&mut client, filter.clone()).await.join(" ");
        assert_eq!(studies, wanted, "{filter}");
    }
    for wrong in [
        json!({"StartDate": "2026-02-31"}),
        json!({"FolderUuid": uuid::Uuid::new_v4()}),
        json!({"InstitutionUuidList": [uuid::Uuid::new_v4()]}),
        json!({"UserUuid": uuid::Uuid::new_v4()}),
    ] {
        let answer = client.general(General::SearchPatientOrder, wrong).await;
        assert!(!refusal(&answer).is_empty());
    }
}

#[tokio::test]
async fn an_order_says_what_its_images_say() {
    let (_folder, _server, mut client) = hospital().await;
    let orders = client.orders(json!({"Modalities": ["SR"]})).await;
    let order = &orders[0];
    for (field, wanted) in [
        ("PatientName", json!("Öberg^Märta")),
        ("PatientId", json!("P1")),
        ("PatientBirthDate", json!("1950-01-31")),
        ("OrderModality", json!("CT\\SR")),
        ("PerformedDatetime", json!("2026-11-24 07:59")),
        ("OrderStatus", json!(1)),
        ("ImagesCount", json!(2)),
        ("SeriesCount", json!(2)),
        ("DocumentsCount", json!(0)),
        ("InstitutionName", json!("Main hospital")),
        ("InstitutionUuid", client.location.clone()),
    ] {
        assert_eq!(order[field], wanted, "{field}");
    }
    let whole = Image::of("1.2.1", 1).bytes(100, 7).len() as f64;
    assert!(order["OrderSize"].as_f64().unwrap() * 1024.0 > 1.9 * whole);
}

#[tokio::test]
async fn a_user_sees_the_orders_of_their_locations_alone() {
    let (_folder, server, _client) = hospital().await;
    let mut nils = Door::from(&server).sign_in_as(2).await;
    assert_eq!(found(&mut nils, json!({})).await, ["1.2.1", "1.2.2"]);
}

#[tokio::test]
async fn folders_are_listed_with_their_counts() {
    let (_folder, _server, mut client) = hospital().await;
    let list = async |client: &mut Client, more: Value| {
        let answer = client.general(General::SearchFolder, more).await;
        assert_eq!(answer["ResponseCode"], 1, "{answer}");
        answer["ResponseMessage"]["Folder"].clone()
    };
    let root = list(&mut client, json!({"ParentFolderUuid": uuid::Uuid::nil()})).await;
    let below = root["SubFolderList"].as_array().unwrap();
    let names: Vec<_> = below.iter().map(|folder| &folder["FolderName"]).collect();
    assert_eq!(names, ["Research MR knee", "Teaching", "Trauma"]);
    assert_eq!(
        (&root["SubFolderCount"], &root["AllSubFolderCount"]),
        (&json!(3), &json!(5))
    );

    let trauma = below[2]["FolderUuid"].clone();
    let weeks = list(
        &mut client,
        json!({"ParentFolderUuid": trauma, "FolderName": "*48"}),
    )
    .await;
    let week = weeks["SubFolderList"][0]["FolderUuid"].clone();
    assert_eq!(weeks["SubFolderList"].as_array().unwrap().len(), 1);

    let upload = client.begin().await;
    let image = Image::of("1.2.9", 1).bytes(10, 0);
    let mut part = client.part(&upload, 0, 0, 1);
    part["FolderUuidList"] = json!([week, trauma]);
    let answer = client
        .upload(
            studydrop::cloud::wire::Upload::ProcessFile,
            part.clone(),
            &image,
        )
        .await;
    assert_eq!(answer["ResponseCode"], 1, "{answer}");
    let weeks = list(
        &mut client,
        json!({"ParentFolderUuid": trauma, "GetOrdersInFolder": true}),
    )
    .await;
    assert_eq!(weeks["OrderCount"], 1);
    assert_eq!(
        weeks["AllSubOrderCount"], 1,
        "one order in two folders is one"
    );
    assert_eq!(weeks["SubFolderList"][1]["OrderCount"], 1);
    assert_eq!(weeks["PatientOrderList"][0]["StudyInstanceUid"], "1.2.9");
    assert_eq!(
        found(&mut client, json!({"FolderUuid": week})).await,
        ["1.2.9"]
    );

    part["FolderUuidList"] = json!([uuid::Uuid::new_v4()]);
    part["FileIndex"] = json!(1);
    let other = Image::of("1.2.10", 1).bytes(10, 0);
    let answer = client
        .upload(studydrop::cloud::wire::Upload::ProcessFile, part, &other)
        .await;
    assert!(refusal(&answer).contains("folder"));
    assert_eq!(
        client.orders(json!({})).await.len(),
        4,
        "nothing was stored"
    );
}

#[tokio::test]
async fn a_hundred_thousand_orders_are_searched() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(Config::local(folder.path())).await.unwrap();
    let mut client = Door::from(&server).sign_in().await;
    let database = rusqlite::Connection::open(folder.path().join("practice.sqlite")).unwrap();
    database
        .execute(
            "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
             INSERT INTO patient_order (uuid, location, study_uid, patient_name, name_key, patient_id, performed)
             SELECT printf('00000000-0000-4000-8000-%012d', i), ?1, '1.2.' || i, 'Berg^Anna ' || i,
                    'berg anna ' || i, 'P' || i, '2026-11-24 08:00' FROM n",
            [client.location.as_str().unwrap()],
        )
        .unwrap();
    let begun = std::time::Instant::now();
    let given = client.with(json!({}));
    let number = General::SearchPatientOrder.number();
    client.main.send(Kind::General, number, &given, &[]).await;
    let answer = client.main.answer().await.unwrap();
    // What the client here makes of it takes longer than what the server does.
    println!("all: {:?}", begun.elapsed());
    let answer: Value = serde_json::from_slice(&answer.json).unwrap();
    let found = answer["ResponseMessage"]["SearchResultList"].as_array();
    assert_eq!(found.unwrap().len(), 100_000);
    let begun = std::time::Instant::now();
    let some = client.orders(json!({"PatientName": "*99999"})).await;
    println!("one: {:?}", begun.elapsed());
    assert_eq!(some.len(), 1);
}

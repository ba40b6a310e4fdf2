//! What the vendor's library sends and StudyDrop does not, and who may read and change what.

use serde_json::{Value, json};
use studydrop::cloud::wire::{General, Kind, MAX_PARAMETERS, MAX_PART, Upload};
use studydrop::practice::{Config, start};

use crate::practice::client::{Client, Door, refusal, server, stored};
use crate::practice::studies::Image;

/// A film of a few parts; no two of them are equal.
fn film(length: usize) -> Vec<u8> {
    let mut film = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42".to_vec();
    film.extend((film.len()..length).map(|at| (at / 1000 % 251) as u8));
    film
}

/// One message as the library sends it: the whole document, and the part as a list of numbers.
fn as_the_library(upload: &Value, order: &Value, film: &[u8], index: usize) -> Value {
    let parts: Vec<&[u8]> = film.chunks(MAX_PART).collect();
    json!({
        "SessionUniqueUuid": upload, "FileIndex": 0, "TotalFileCount": 1, "CurrentFilePartIndex": index,
        "CurrentFileTotalPartCount": parts.len(), "FileBuffer": parts[index], "PatientOrderUuid": order,
        "FileName": "walk.mp4", "FileType": "video/mp4", "IsDocument": true,
    })
}

#[tokio::test]
async fn a_whole_document_beside_each_part_of_it_is_stored_once() {
    let (data, _server, mut client) = server().await;
    let order = client.study("1.2.1").await;
    for length in [MAX_PART, 2 * MAX_PART + 1000, 9 * MAX_PART + 7] {
        let film = film(length);
        let upload = client.begin().await;
        let count = length.div_ceil(MAX_PART);
        // With several files the library repeats the last message at the end.
        for index in (0..count).chain([count - 1]) {
            let given = as_the_library(&upload, &order, &film, index);
            let answer = client.upload(Upload::ProcessDocuments, given, &film).await;
            assert_eq!(
                answer["ResponseCode"], 1,
                "{index} of {count}: {}",
                answer["Message"]
            );
            let whole = answer["ResponseMessage"]["DocumentUuid"].is_string();
            assert_eq!(whole, index + 1 == count, "{answer}");
        }
        assert!(stored(data.path()).0.contains(&film), "{length}");
    }
    assert_eq!(client.properties(&order).await["DocumentsCount"], 3);
    // Without the list, the place in the document says which part it is.
    let film = film(3 * MAX_PART + 5);
    let upload = client.begin().await;
    for index in 0..4 {
        let mut given = as_the_library(&upload, &order, &film, index);
        given.as_object_mut().unwrap().remove("FileBuffer");
        let answer = client.upload(Upload::ProcessDocuments, given, &film).await;
        assert_eq!(answer["ResponseCode"], 1, "{}", answer["Message"]);
    }
    assert!(stored(data.path()).0.contains(&film));
}

#[tokio::test]
async fn a_part_that_is_not_of_its_document_is_refused() {
    let (data, _server, mut client) = server().await;
    let order = client.study("1.2.1").await;
    let upload = client.begin().await;
    let film = film(2 * MAX_PART);
    let good = as_the_library(&upload, &order, &film, 1);
    let first = good["FileBuffer"][0].as_u64().unwrap();
    for (buffer, says) in [
        (
            json!(vec![first ^ 1; MAX_PART]),
            "not those of the document",
        ),
        (json!([256]), "list of bytes"),
        (json!(["1"]), "list of bytes"),
        (json!("AAAA"), "list of bytes"),
        (json!(vec![0; MAX_PART + 1]), "at most"),
    ] {
        let mut given = good.clone();
        given["FileBuffer"] = buffer;
        let answer = client.upload(Upload::ProcessDocuments, given, &film).await;
        assert!(refusal(&answer).contains(says), "{}", answer["Message"]);
    }
    assert_eq!(stored(data.path()).0.len(), 1, "the image alone");
}

#[tokio::test]
async fn what_is_too_large_is_refused_in_words_and_the_connection_goes_on() {
    let (_data, _server, mut client) = server().await;
    let order = client.study("1.2.1").await;
    let upload = client.begin().await;
    let long = json!({"PatientName": "x".repeat(MAX_PARAMETERS)});
    let why = client.refused(General::SearchPatientOrder, long).await;
    assert!(
        why.contains("parameters have") && why.contains("4194304"),
        "{why}"
    );
    let given = client.with(as_the_library(&upload, &order, &film(100), 0));
    let too_long = vec![0; 200 * 1024 * 1024 + 1];
    let process = Upload::ProcessDocuments.number();
    let answer = client
        .main
        .ask(Kind::Upload, process, &given, &too_long)
        .await;
    assert!(refusal(&answer).contains("209715201 bytes"), "{answer}");
    let image = client.part(&upload, 0, 0, 1);
    let process = Upload::ProcessFile.number();
    let answer = client
        .main
        .ask(Kind::Upload, process, &image, &vec![0; 5 << 20])
        .await;
    assert!(refusal(&answer).contains("5242880 bytes"), "{answer}");
    assert_eq!(
        client.orders(json!({})).await.len(),
        1,
        "the same connection"
    );
}

#[tokio::test]
async fn equipment_is_of_the_orders_location() {
    let (_data, server, mut client) = server().await;
    let nodes = client.done(General::GetDicomNodeList, json!({})).await["DicomNodeList"].clone();
    let node = |client: &Client, place: usize| {
        let mut nodes = nodes.as_array().unwrap().iter();
        let there = nodes.find(|node| node["InstitutionUuid"] == client.place(place));
        there.unwrap()["DicomNodeUuid"].clone()
    };
    let order = |equipment: Value| {
        json!({"PatientName": "Doe^J", "PatientID": "P1", "OrderModality": "CT",
            "ScheduledEquipmentUuid": equipment})
    };
    let (here, there) = (node(&client, 0), node(&client, 1));
    for good in [
        json!([]),
        json!(""),
        json!([here]),
        here.clone(),
        Value::Null,
    ] {
        client.done(General::CreatePatientOrder, order(good)).await;
    }
    let identity = json!({"Name": "Doe^J"});
    let json =
        json!({"JsonParameters": {"IdentityInformation": identity, "ScheduledEquipmentUuid": []}});
    client.done(General::CreatePatientOrderWithJson, json).await;
    for (wrong, says) in [
        (there, "another location"),
        (json!([here, here]), "one at most"),
        (json!([7]), "must hold texts"),
        (json!(7), "must be a text"),
    ] {
        let why = client
            .refused(General::CreatePatientOrder, order(wrong))
            .await;
        assert!(why.contains(says), "{why}");
    }
    // Nils works at the first location alone, and is told of its equipment alone.
    let mut nils = Door::from(&server).sign_in_as(2).await;
    let known = nils.done(General::GetDicomNodeList, json!({})).await["DicomNodeList"].clone();
    let known = known.as_array().unwrap();
    assert!(!known.is_empty() && known.len() < nodes.as_array().unwrap().len());
    assert!(
        known
            .iter()
            .all(|node| node["InstitutionUuid"] == client.place(0))
    );
}

#[tokio::test]
async fn a_restricted_user_changes_no_folder_that_holds_what_she_does_not_see() {
    let (_data, server, mut client) = server().await;
    let mut mia = Door::from(&server).sign_in_as(3).await;
    let top = client.folder(&Value::Null, "Case").await;
    let below = client.folder(&top, "Hidden").await;
    let empty = client.folder(&Value::Null, "Empty").await;
    let order = client.study("1.2.1").await;
    let given = json!({"PatientOrderUuid": order, "FolderUuidList": [below]});
    client.done(General::AddOrderToFolder, given).await;
    let rename = |folder: &Value| json!({"FolderUuid": folder, "JsonParameters": {"IdentityInformation": {"Name": "Mine"}}});
    for folder in [&top, &below] {
        let why = mia
            .refused(General::UpdateFolderWithJson, rename(folder))
            .await;
        assert!(why.contains("may not see"), "{why}");
        let why = mia
            .refused(General::DeleteFolder, json!({"FolderUuid": folder}))
            .await;
        assert!(why.contains("may not see"), "{why}");
    }
    assert_eq!(client.listing(&top).await["FolderName"], "Case");
    mia.done(General::UpdateFolderWithJson, rename(&empty))
        .await;
    // Once she sees all that is in it, she may.
    let given = json!({"PatientOrderUuid": order, "AssignedUserUuid": mia.user});
    client.done(General::AssignPatientOrderToUser, given).await;
    mia.done(General::DeleteFolder, json!({"FolderUuid": top}))
        .await;
    assert_eq!(client.orders(json!({})).await.len(), 1, "the order stays");
}

#[tokio::test]
async fn a_replaced_image_renews_its_orders_patient() {
    use dicom_core::VR;
    use dicom_dictionary_std::tags;
    let (_data, _server, mut client) = server().await;
    let before = Image::of("1.2.1", 1)
        .set(tags::PATIENT_SEX, VR::CS, "F")
        .set(tags::STUDY_DESCRIPTION, VR::LO, "Knee of Märta");
    let order = client.send_image(&before).await;
    let after = Image::of("1.2.1", 1)
        .set(tags::PATIENT_NAME, VR::PN, "Anon^X")
        .set(tags::PATIENT_ID, VR::LO, "A1");
    assert_eq!(client.send_image(&after).await, order, "the same order");
    let known = client.properties(&order).await;
    for (field, wanted) in [
        ("PatientName", json!("Anon^X")),
        ("PatientId", json!("A1")),
        ("PatientSex", json!("")),
        ("StudyDescription", json!("")),
        ("ImagesCount", json!(1)),
    ] {
        assert_eq!(known[field], wanted, "{field}");
    }
    assert!(
        client
            .orders(json!({"PatientName": "oberg"}))
            .await
            .is_empty()
    );
    assert_eq!(client.orders(json!({"PatientName": "anon"})).await.len(), 1);
    // A further image changes nothing: the first one still says who it is.
    client.send_image(&Image::of("1.2.1", 2)).await;
    assert_eq!(client.properties(&order).await["PatientName"], "Anon^X");
}

/// Whatever lies in the data folder and may be read by others.
#[cfg(unix)]
fn open_to_others(folder: &std::path::Path) -> Vec<String> {
    use std::os::unix::fs::PermissionsExt;
    let mut open = Vec::new();
    let mut left = vec![folder.to_path_buf()];
    while let Some(path) = left.pop() {
        let found = std::fs::metadata(&path).unwrap();
        if found.permissions().mode() & 0o077 != 0 {
            open.push(format!(
                "{} {:o}",
                path.display(),
                found.permissions().mode()
            ));
        }
        if found.is_dir() {
            let entries = std::fs::read_dir(&path).unwrap();
            left.extend(entries.map(|entry| entry.unwrap().path()));
        }
    }
    open
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_reads_the_data_whatever_rights_were_there() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let wide = |path: &std::path::Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    wide(&data, 0o755);
    let work = async |server: &studydrop::practice::Server| {
        let mut client = Door::from(server).sign_in().await;
        let order = client.study("1.2.1").await;
        let upload = client.begin().await;
        let film = film(2 * MAX_PART + 3);
        for index in 0..3 {
            let given = as_the_library(&upload, &order, &film, index);
            client.upload(Upload::ProcessDocuments, given, &film).await;
        }
        let given = json!({"OrderUuidList": [order], "Email": "a@example.org"});
        client
            .done(General::SharePatientOrderWithEmail, given)
            .await;
    };
    let server = start(Config::local(&data)).await.unwrap();
    work(&server).await;
    assert_eq!(open_to_others(&data), [""; 0]);
    server.stop().await;
    // As a version before this one left it.
    for name in ["practice.sqlite", "port", "lock"] {
        wide(&data.join(name), 0o644);
    }
    for name in ["files", "outbox", "incoming", ""] {
        wide(&data.join(name), 0o755);
    }
    let server = start(Config::local(&data)).await.unwrap();
    work(&server).await;
    assert_eq!(open_to_others(&data), [""; 0]);
    server.stop().await;
    // A folder that holds something else is not this server's to close: what is its own in it is.
    let other = parent.path().join("home");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("letter.txt"), "not ours").unwrap();
    wide(&other, 0o755);
    wide(&other.join("letter.txt"), 0o644);
    let server = start(Config::local(&other)).await.unwrap();
    work(&server).await;
    let open = open_to_others(&other);
    assert_eq!(open.len(), 2, "{open:?}");
    server.stop().await;
}

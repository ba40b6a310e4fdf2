//! Documents of orders.

use serde_json::{Value, json};
use studydrop::cloud::wire::{General, MAX_PART, Upload};
use studydrop::practice::{Config, start};
use uuid::Uuid;

use crate::practice::client::{Client, Door, refusal, server, stored};

/// Sends a document in parts, the first ones last; gives the last answer, or the first refusal.
async fn send(
    client: &mut Client,
    upload: &Value,
    file: u32,
    (order, name): (&Value, &str),
    bytes: &[u8],
) -> Value {
    let parts: Vec<&[u8]> = bytes.chunks(MAX_PART).collect();
    let mut answer = Value::Null;
    for index in (0..parts.len()).rev() {
        let given = json!({
            "SessionUniqueUuid": upload, "FileIndex": file, "CurrentFilePartIndex": index,
            "CurrentFileTotalPartCount": parts.len(), "PatientOrderUuid": order, "FileName": name,
            "FileType": "application/octet-stream", "IsDocument": true,
        });
        answer = client
            .upload(Upload::ProcessDocuments, given, parts[index])
            .await;
        if answer["ResponseCode"] != 1 {
            break;
        }
        let known = answer["ResponseMessage"]["DocumentUuid"].is_string();
        assert!(known || index > 0, "it is whole");
    }
    answer
}

fn film() -> Vec<u8> {
    let mut film = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42".to_vec();
    film.resize(2 * MAX_PART + 1000, 5);
    film
}

#[tokio::test]
async fn documents_are_what_they_contain() {
    let (data, _server, mut client) = server().await;
    let order = client.study("1.2.1").await;
    let bitmap = [b"BM".as_slice(), &[0; 12], &[40, 0, 0, 0], &[0; 100]].concat();
    let upload = client.begin().await;
    let documents: [(&str, Vec<u8>, &str); 5] = [
        ("report.pdf", b"%PDF-1.7 text".to_vec(), "application/pdf"),
        (
            "C:\\scans\\foto.txt",
            b"\xff\xd8\xff\xe0 picture".to_vec(),
            "image/jpeg",
        ),
        ("膝.png", b"\x89PNG\r\n\x1a\n picture".to_vec(), "image/png"),
        ("a.bmp", bitmap, "image/bmp"),
        ("walk.mp4", film(), "video/mp4"),
    ];
    for (file, (name, bytes, _)) in (0..).zip(&documents) {
        let answer = send(&mut client, &upload, file, (&order, name), bytes).await;
        assert_eq!(answer["ResponseCode"], 1, "{answer}");
        let order = &answer["ResponseMessage"]["PatientOrder"];
        assert_eq!(order["DocumentsCount"], file + 1);
    }
    let found = client.orders(json!({})).await;
    assert_eq!(
        (&found[0]["DocumentsCount"], &found[0]["ImagesCount"]),
        (&json!(5), &json!(1))
    );
    let list = client.properties(&order).await["DocumentList"].clone();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 5);
    for (name, bytes, kind) in &documents {
        let name = name.rsplit('\\').next().unwrap();
        let listed = list
            .iter()
            .find(|document| document["DocumentName"] == name)
            .unwrap();
        assert_eq!(listed["DocumentType"], *kind);
        let size = listed["DocumentSize"].as_f64().unwrap() * 1024.0;
        assert_eq!(size.round() as usize, bytes.len());
    }
    let (files, incoming) = stored(data.path());
    assert_eq!((files.len(), incoming), (6, 0));
    assert!(documents.iter().all(|(_, bytes, _)| files.contains(bytes)));
}

#[tokio::test]
async fn the_same_document_twice_is_one() {
    let (data, server, mut client) = server().await;
    let order = client.study("1.2.1").await;
    let other = client.study("1.2.2").await;
    let upload = client.begin().await;
    let film = film();
    let first = send(&mut client, &upload, 0, (&order, "walk.mp4"), &film).await;
    let first = &first["ResponseMessage"]["DocumentUuid"];
    let again = client.begin().await;
    for (upload, file) in [(&upload, 0), (&upload, 7), (&again, 0)] {
        let answer = send(&mut client, upload, file, (&order, "walk.mp4"), &film).await;
        assert_eq!(answer["ResponseMessage"]["DocumentUuid"], *first);
        assert_eq!(
            answer["ResponseMessage"]["PatientOrder"]["DocumentsCount"],
            1
        );
    }
    // Another name, another order, other bytes: another document.
    for (order, name, bytes, count) in [
        (&order, "other.mp4", &film, 2),
        (&other, "walk.mp4", &film, 1),
        (&order, "walk.mp4", &b"%PDF-1.4".to_vec(), 3),
    ] {
        let answer = send(&mut client, &upload, 0, (order, name), bytes).await;
        assert_ne!(answer["ResponseMessage"]["DocumentUuid"], *first);
        assert_eq!(
            answer["ResponseMessage"]["PatientOrder"]["DocumentsCount"],
            count
        );
    }
    let (files, incoming) = stored(data.path());
    assert_eq!((files.len(), incoming), (6, 0));
    let bytes: usize = files.iter().map(Vec::len).sum();
    let database = rusqlite::Connection::open(data.path().join("practice.sqlite")).unwrap();
    let counted: i64 = database
        .query_row(
            "SELECT value FROM counter WHERE name = 'stored'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(usize::try_from(counted).unwrap(), bytes);

    // A start leaves them; one that is gone from the disk may come again.
    server.stop().await;
    let server = start(Config::local(data.path())).await.unwrap();
    assert_eq!(stored(data.path()).0.len(), 6);
    let path: String = database
        .query_row(
            "SELECT path FROM document WHERE uuid = ?1",
            [first.as_str().unwrap()],
            |row| row.get(0),
        )
        .unwrap();
    std::fs::remove_file(data.path().join("files").join(path)).unwrap();
    let mut client = Door::from(&server).sign_in().await;
    let upload = client.begin().await;
    let answer = send(&mut client, &upload, 0, (&order, "walk.mp4"), &film).await;
    assert_eq!(answer["ResponseMessage"]["DocumentUuid"], *first);
    assert_eq!(
        answer["ResponseMessage"]["PatientOrder"]["DocumentsCount"],
        3
    );
    assert_eq!(stored(data.path()).0.len(), 6);
}

#[tokio::test]
async fn what_is_no_document_is_refused_by_name() {
    let (data, server, mut client) = server().await;
    let order = client.study("1.2.1").await;
    let upload = client.begin().await;
    let mut archive = b"PK\x03\x04".to_vec();
    archive.resize(MAX_PART + 10, 1);
    for (file, name, bytes) in [
        (0, "notes.pdf", b"just a text".to_vec()),
        (1, "moving.gif", b"GIF89a".to_vec()),
        (2, "archive.pdf", archive),
    ] {
        for _ in 0..2 {
            let answer = send(&mut client, &upload, file, (&order, name), &bytes).await;
            assert_eq!(
                refusal(&answer),
                format!(
                    "\"{name}\" is no PDF, JPEG, PNG, BMP or MP4. Other documents are not taken."
                )
            );
        }
    }
    let pdf = b"%PDF-1.7";
    let nobody = json!(Uuid::new_v4());
    for (order, name, bytes, says) in [
        (&order, "", pdf.as_slice(), "FileName is missing"),
        (&order, "a/b/", pdf, "FileName is missing"),
        (&order, "a\nb.pdf", pdf, "FileName must be one line"),
        (&order, &"x".repeat(256), pdf, "more than 255 characters"),
        (&order, "a.pdf", &vec![0; MAX_PART + 1], "no PDF"),
        (&nobody, "a.pdf", pdf, "order does not exist"),
        (&Value::Null, "a.pdf", pdf, "PatientOrderUuid is missing"),
    ] {
        let answer = send(&mut client, &upload, 9, (order, name), bytes).await;
        assert!(refusal(&answer).contains(says), "{answer}");
    }
    let answer = send(&mut client, &nobody, 9, (&order, "a.pdf"), pdf).await;
    assert!(refusal(&answer).contains("Initialize"), "{answer}");
    let mut mia = Door::from(&server).sign_in_as(3).await;
    let theirs = mia.begin().await;
    let answer = send(&mut mia, &theirs, 0, (&order, "a.pdf"), pdf).await;
    assert!(refusal(&answer).contains("may not see it"), "{answer}");
    assert_eq!(client.properties(&order).await["DocumentList"], json!([]));
    assert_eq!(stored(data.path()).0.len(), 1, "the image alone");
    client
        .done(
            General::DeletePatientOrder,
            json!({"PatientOrderUuid": order}),
        )
        .await;
    let answer = send(&mut client, &upload, 9, (&order, "a.pdf"), pdf).await;
    assert!(refusal(&answer).contains("in the trash"), "{answer}");
}

#[tokio::test]
async fn a_document_and_an_image_of_one_number_are_not_mixed_up() {
    let (data, _server, mut client) = server().await;
    let order = client.study("1.2.1").await;
    let upload = client.begin().await;
    let film = film();
    let image = crate::practice::studies::Image::of("1.2.1", 2).bytes(2 * MAX_PART, 3);
    let images: Vec<&[u8]> = image.chunks(MAX_PART).collect();
    let first = client
        .send_part(&upload, 0, (0, images.len()), images[0])
        .await;
    assert_eq!(first["ResponseCode"], 1, "{first}");
    let answer = send(&mut client, &upload, 0, (&order, "walk.mp4"), &film).await;
    assert_eq!(answer["ResponseCode"], 1, "{answer}");
    let answer = client.send_file(&upload, 0, &image).await;
    assert_eq!(
        answer["ResponseMessage"]["PatientOrder"]["ImagesCount"], 2,
        "{answer}"
    );
    let (files, _) = stored(data.path());
    assert!(files.contains(&film) && files.contains(&image));
}

#[tokio::test]
async fn a_document_that_does_not_fit_is_refused_and_one_that_does_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        capacity: Some(2 * MAX_PART as u64),
        ..Config::local(folder.path())
    };
    let server = start(config).await.unwrap();
    let mut client = Door::from(&server).sign_in().await;
    let order = client.study("1.2.1").await;
    let upload = client.begin().await;
    let answer = send(&mut client, &upload, 0, (&order, "walk.mp4"), &film()).await;
    assert!(refusal(&answer).contains("disk is full"), "{answer}");
    let mut report = b"%PDF-1.7".to_vec();
    report.resize(MAX_PART, b' ');
    let answer = send(&mut client, &upload, 1, (&order, "a.pdf"), &report).await;
    assert_eq!(answer["ResponseCode"], 1, "{answer}");
    let answer = send(&mut client, &upload, 2, (&order, "b.pdf"), &report).await;
    assert!(refusal(&answer).contains("disk is full"), "{answer}");
    assert_eq!(client.properties(&order).await["DocumentsCount"], 1);
    assert_eq!(
        stored(folder.path()).0.len(),
        2,
        "the image and one document"
    );
}

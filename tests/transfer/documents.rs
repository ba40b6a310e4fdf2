//! Documents of an order, sent to a practice server and read from its disk and database.

use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use studydrop::cloud::model::OrderRef;
use studydrop::cloud::{Client, Endpoint, Keys, Modality, NewOrder};
use studydrop::message::Failure;
use studydrop::practice::{self, Config, Server};
use studydrop::worker::documents::{Sender, send};

struct Bench {
    client: Client,
    sender: Sender,
    server: Server,
    files: tempfile::TempDir,
    _data: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Bench {
        studydrop::cloud::install_crypto();
        let data = tempfile::tempdir().unwrap();
        let server = practice::start(Config::local(data.path())).await.unwrap();
        let endpoint = Endpoint::parse(&server.router(), "").unwrap();
        let keys = Keys {
            account_key: server.account_key(),
            api_key: server.api_key(),
        };
        let client = Client::sign_in(&endpoint, &keys, |_| {}).await.unwrap();
        let account = client.account();
        let user = &account.user_list[0];
        let order = NewOrder {
            location: user.institution_list[0].institution_uuid,
            patient_name: "Öberg^Åsa".to_owned(),
            patient_id: "P1".to_owned(),
            modality: Some(Modality::parse("modality", "CT").unwrap()),
            date: Some(jiff::civil::date(2026, 11, 24)),
            ..NewOrder::default()
        };
        let made = client
            .create_order_with_minimum_parameters(user.user_uuid, &order)
            .await
            .unwrap();
        let sender = Sender {
            user: user.user_uuid,
            user_name: user.full_name.clone(),
            order: OrderRef {
                location: order.location,
                order: made.patient_order_uuid,
            },
        };
        Bench {
            client,
            sender,
            server,
            files: tempfile::tempdir().unwrap(),
            _data: data,
        }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.files.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    async fn send(&self, path: &Path) -> Result<(), Failure> {
        send(&self.client, &self.sender, path).await
    }

    /// Names and bytes of the order's documents, as the server keeps them.
    fn kept(&self) -> Vec<(String, String, Vec<u8>)> {
        let database =
            rusqlite::Connection::open(self.server.data().join("practice.sqlite")).unwrap();
        let mut statement = database
            .prepare("SELECT name, mime, path FROM document WHERE patient_order = ?1 ORDER BY name")
            .unwrap();
        let rows = statement.query_map([self.sender.order.order.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?))
        });
        rows.unwrap()
            .map(|row| {
                let (name, mime, path) = row.unwrap();
                let bytes = std::fs::read(self.server.data().join("files").join(path)).unwrap();
                (name, mime, bytes)
            })
            .collect()
    }

    fn was_sent(&self) -> bool {
        self.server.served().contains_key("UploadDocumentFiles")
    }
}

#[tokio::test]
async fn documents_are_kept_as_they_were_sent_and_counted() {
    let bench = Bench::new().await;
    // Several parts, the last one short.
    let mut report = b"%PDF-1.7\n".to_vec();
    report.extend((0..1_300_000_u32).map(|n| (n % 251) as u8));
    let photo = [&[0xFF, 0xD8, 0xFF, 0xE0][..], &[7; 600]].concat();
    let film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    bench
        .send(&bench.file("report.pdf", &report))
        .await
        .unwrap();
    // The name does not make the kind.
    bench.send(&bench.file("photo.txt", &photo)).await.unwrap();
    bench
        .send(&bench.file("wound «2».mp4", &film))
        .await
        .unwrap();
    assert_eq!(
        bench.kept(),
        [
            ("photo.txt".to_owned(), "image/jpeg".to_owned(), photo),
            (
                "report.pdf".to_owned(),
                "application/pdf".to_owned(),
                report
            ),
            ("wound «2».mp4".to_owned(), "video/mp4".to_owned(), film),
        ]
    );
    let known = bench
        .client
        .get_patient_order_properties(bench.sender.user, bench.sender.order)
        .await
        .unwrap();
    assert_eq!(known.order.documents_count, 3);
    assert_eq!(known.document_list.len(), 3);
}

#[tokio::test]
async fn what_is_no_document_is_refused_by_name_and_nothing_is_sent() {
    let bench = Bench::new().await;
    for (name, bytes) in [
        ("letter.docx", &b"PK\x03\x04word"[..]),
        ("fake.pdf", b"MZ\x90\0 this is a program"),
        ("page.html", b"<html><script>"),
        ("nothing.pdf", b""),
    ] {
        let failure = bench.send(&bench.file(name, bytes)).await.unwrap_err();
        assert!(failure.what.contains(name), "{}", failure.what);
        assert!(!failure.remedy.is_empty());
    }
    let failure = bench
        .send(&bench.files.path().join("gone.pdf"))
        .await
        .unwrap_err();
    assert!(failure.what.contains("gone.pdf"), "{}", failure.what);
    assert!(!bench.was_sent());
}

#[tokio::test]
async fn a_video_of_three_gigabytes_is_refused_before_a_byte_is_sent() {
    let bench = Bench::new().await;
    let path = bench.file("ward round.mp4", b"\0\0\0\x18ftypmp42");
    // Holes take no room on the disk.
    let mut file = std::fs::File::options()
        .append(false)
        .write(true)
        .open(&path)
        .unwrap();
    file.seek(SeekFrom::Start(3 * 1024 * 1024 * 1024 - 1))
        .unwrap();
    file.write_all(&[0]).unwrap();
    let failure = bench.send(&path).await.unwrap_err();
    assert!(
        failure.what.contains("ward round.mp4") && failure.what.contains("GB"),
        "{}",
        failure.what
    );
    assert!(!bench.was_sent());
}

#[tokio::test]
async fn an_order_in_the_trash_takes_no_document() {
    let bench = Bench::new().await;
    let (user, order) = (bench.sender.user, bench.sender.order);
    bench.client.delete_order(user, order).await.unwrap();
    let path = bench.file("report.pdf", b"%PDF-1.7 text");
    let failure = bench.send(&path).await.unwrap_err();
    assert!(failure.what.contains("trash"), "{}", failure.what);
    assert!(bench.kept().is_empty());
}

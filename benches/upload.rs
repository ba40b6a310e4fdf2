//! How fast studies go to the practice server over loopback, beside a plain loop that sends the same frames from memory
//! and waits for no answer before the next: `cargo bench --bench upload`.
//!
//! Both run against the same server in this process, so it is the ratio that counts, not the figures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a benchmark may fail loudly, and prints"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use studydrop::cloud::{Client, Endpoint, FilePart, Keys, wire::MAX_PART};
use studydrop::dicom::catalogue::{Catalogue, Found};
use studydrop::dicom::sample::write_sample_study;
use studydrop::dicom::scan::{Sink, scan};
use studydrop::message::JobId;
use studydrop::practice;
use studydrop::transfer::{Engine, Options, Report, Target, TransferState, TransferStatus, Upload};

const FILES: usize = 400;
const LARGE: usize = 256 * 1024 * 1024;
const CONNECTIONS: usize = 4;
/// Messages of the plain loop under way on one socket: enough that none waits for an answer.
const IN_FLIGHT: usize = 16;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        compare("400 files of 515 KiB", many_files).await;
        compare("1 file of 256 MiB", one_file).await;
    });
}

async fn compare(what: &str, make: fn(&Path) -> Vec<PathBuf>) {
    let study = tempfile::tempdir().unwrap();
    let files = make(study.path());
    let bytes: u64 = files
        .iter()
        .map(|file| std::fs::metadata(file).unwrap().len())
        .sum();
    let engine =
        with_server(|client, target| async move { engine(client, target, study.path()).await })
            .await;
    // The same content again: the loop has a server of its own, which has never seen it.
    let study = tempfile::tempdir().unwrap();
    let files = make(study.path());
    let plain =
        with_server(|client, target| async move { plain_loop(client, target, &files).await }).await;
    let show = |name: &str, time: Duration| {
        let seconds = time.as_secs_f64();
        println!(
            "{what}, {name}: {:.0} MB/s, {:.0} files/s",
            bytes as f64 / 1e6 / seconds,
            files_of(what) / seconds
        );
    };
    show("engine, verified", engine.verified);
    show("engine, last part acknowledged", engine.sent);
    show("plain loop", plain);
    println!(
        "{what}, ratio to the plain loop: {:.2}",
        plain.as_secs_f64() / engine.sent.as_secs_f64()
    );
}

fn files_of(what: &str) -> f64 {
    if what.starts_with("400") {
        FILES as f64
    } else {
        1.0
    }
}

async fn with_server<T, F: Future<Output = T>>(run: impl FnOnce(Client, Target) -> F) -> T {
    let data = tempfile::tempdir().unwrap();
    let server = practice::start(practice::Config::local(data.path()))
        .await
        .unwrap();
    let keys = Keys {
        account_key: server.account_key(),
        api_key: server.api_key(),
    };
    let endpoint = Endpoint::parse(&server.router(), "").unwrap();
    let client = Client::sign_in(&endpoint, &keys, |_| {}).await.unwrap();
    let account = client.account();
    let user = &account.user_list[0];
    let target = Target {
        user: user.user_uuid,
        user_name: user.full_name.clone(),
        location: user.institution_list[0].institution_uuid,
        folder: None,
    };
    let result = run(client, target).await;
    server.stop().await;
    result
}

struct Times {
    sent: Duration,
    verified: Duration,
}

/// Notes when sending ended and when all was verified.
struct Clock {
    start: Instant,
    sent: Mutex<Option<Duration>>,
    last: Mutex<Option<Arc<TransferStatus>>>,
}

impl Report for Clock {
    fn transfer(&self, status: Arc<TransferStatus>) {
        if matches!(
            status.state,
            TransferState::Verifying | TransferState::Verified
        ) {
            let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            sent.get_or_insert(self.start.elapsed());
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(status);
    }
}

async fn engine(client: Client, target: Target, study: &Path) -> Times {
    struct All(Mutex<Catalogue>);
    impl Sink for All {
        fn found(&self, found: Found) {
            self.0.lock().unwrap().add(found);
        }
    }
    let all = All(Mutex::default());
    scan(&[study.to_owned()], &all, &AtomicBool::new(false));
    let catalogue = all.0.into_inner().unwrap();
    let clock = Arc::new(Clock {
        start: Instant::now(),
        sent: Mutex::default(),
        last: Mutex::default(),
    });
    let options = Options {
        connections: CONNECTIONS,
        ..Options::default()
    };
    let engine = Engine::new(client, clock.clone(), &options);
    let patient = &catalogue.patients[0];
    engine.add(Upload::of_study(
        JobId(1),
        patient,
        &patient.studies[0],
        &[],
        &target,
    ));
    engine.finished().await;
    let verified = clock.start.elapsed();
    let last = clock.last.lock().unwrap().clone().unwrap();
    assert_eq!(last.state, TransferState::Verified, "{last:?}");
    let sent = clock.sent.lock().unwrap().unwrap();
    Times { sent, verified }
}

/// The same parts, read into memory before the clock starts.
async fn plain_loop(client: Client, target: Target, files: &[PathBuf]) -> Duration {
    let bytes: u64 = files
        .iter()
        .map(|file| std::fs::metadata(file).unwrap().len())
        .sum();
    let upload = client
        .begin_upload(target.user, &target.user_name, target.location, bytes)
        .await
        .unwrap();
    let mut parts = Vec::new();
    for file in files {
        let whole = Bytes::from(std::fs::read(file).unwrap());
        let (index, count) = (client.next_file_index(), whole.len().div_ceil(MAX_PART));
        for part in 0..count {
            parts.push(FilePart {
                session: upload.uuid,
                location: target.location,
                user: target.user,
                file_index: index,
                part_index: u32::try_from(part).unwrap(),
                part_count: u32::try_from(count).unwrap(),
                folder: None,
                bytes: whole.slice(part * MAX_PART..whole.len().min((part + 1) * MAX_PART)),
            });
        }
    }
    let mut sockets = Vec::new();
    for _ in 0..CONNECTIONS {
        sockets.push(Arc::new(client.upload_socket().await.unwrap()));
    }
    let start = Instant::now();
    let sent = stream::iter(parts.into_iter().enumerate().map(|(number, part)| {
        let socket = sockets[number % CONNECTIONS].clone();
        async move { socket.process_file(part).await.unwrap() }
    }));
    sent.buffer_unordered(CONNECTIONS * IN_FLIGHT).count().await;
    start.elapsed()
}

/// One slice of the sample study under many SOP Instance UIDs.
fn many_files(dir: &Path) -> Vec<PathBuf> {
    let template = template();
    let name = |number: usize| dir.join(format!("{number}.dcm"));
    for number in 0..FILES {
        std::fs::write(name(number), with_uid(&template, number)).unwrap();
    }
    (0..FILES).map(name).collect()
}

fn one_file(dir: &Path) -> Vec<PathBuf> {
    let mut bytes = with_uid(&template(), 0);
    bytes.resize(LARGE, 0);
    let path = dir.join("large.dcm");
    std::fs::write(&path, bytes).unwrap();
    vec![path]
}

fn template() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let files = write_sample_study(dir.path()).unwrap();
    std::fs::read(&files[10]).unwrap()
}

/// The first 2.25 UID behind the file meta information's is the SOP Instance UID: its last digits become the number,
/// wherever it stands.
fn with_uid(template: &[u8], number: usize) -> Vec<u8> {
    let mut bytes = template.to_vec();
    let start = find(template, b"2.25.").unwrap();
    let length = template[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
        .count();
    let uid = template[start..start + length].to_vec();
    let digits = format!("{number:06}");
    let mut from = 0;
    while let Some(at) = find(&bytes[from..], &uid) {
        let end = from + at + length;
        bytes[end - digits.len()..end].copy_from_slice(digits.as_bytes());
        from = end;
    }
    bytes
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

//! How fast and with how much memory studies go out, each figure beside what it is to be held against in the same run:
//! `cargo bench --bench transfer` (all of it, about ten minutes on two cores), or a part of it by name:
//!
//! ```text
//! cargo bench --bench transfer -- quick        a tenth of everything
//! cargo bench --bench transfer -- loopback     2,000 files of 512 KiB and one of 2 GB, on loopback
//! cargo bench --bench transfer -- 50 150       the same with a round trip of 50 and 150 ms
//! cargo bench --bench transfer -- memory       the program's peak memory: 10,000 files of 512 KiB, one of 4 GB
//! ```
//!
//! What is stored lies in the system's folder for passing files; `TMPDIR=/dev/shm` leaves the disk out of it. On loopback
//! both loops run twice by turns and the better time of each counts.
//!
//! The practice server runs in a process of its own, with a new folder for each figure. The *plain loop* sends the same
//! parts from memory, over four sockets with 32 of them under way on each: it reads no file, hashes nothing and waits for
//! no answer before the next. A delay is the round trip that the proxy of the tests adds to what is said on an open
//! connection, half each way; it bounds no throughput. *One at a time* is one socket with one part under way, measured
//! with few files and taken per file. The files are sparse; before the clock starts they are read once, so that reading
//! them costs what reading from the system's memory costs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    missing_docs,
    reason = "a benchmark may fail loudly, and prints"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use common::program::Practice;
use common::proxy::{Line, Proxy};
use common::studies::{StudyBuilder, new_uid};
use futures_util::{StreamExt, stream};
use studydrop::cloud::{Client, Endpoint, FilePart, Keys, wire::MAX_PART};
use studydrop::dicom::catalogue::{Catalogue, Found};
use studydrop::dicom::scan::{Sink, scan};
use studydrop::message::JobId;
use studydrop::transfer::{
    Account, Engine, Journal, Keeping, Options, Report, Target, TransferState, TransferStatus,
    Upload,
};

/// Sockets that the engine may open.
const CONNECTIONS: usize = 32;
/// Sockets of the plain loop, and parts under way on each.
const PLAIN: (usize, usize) = (4, 32);
/// Files that are sent one at a time, to know how long one takes.
const ONE_AT_A_TIME: usize = 40;

/// So many files of so many bytes.
#[derive(Debug, Clone, Copy)]
struct Load {
    files: usize,
    size: u64,
}

impl Load {
    fn bytes(self) -> u64 {
        self.files as u64 * self.size
    }

    fn named(self) -> String {
        match self.files {
            1 => format!("one file of {:.1} GB", self.size as f64 / 1e9),
            files => format!("{files} files of {} KiB", self.size / 1024),
        }
    }

    /// The beginning of each file; the rest is zeros in an element of padding.
    fn headers(self) -> Vec<Vec<u8>> {
        let study = StudyBuilder::new();
        let series = new_uid();
        let header = |number| {
            let mut bytes = study.file(&series, &new_uid(), 1, number as u32 + 1);
            let padding = self.size - bytes.len() as u64 - 12;
            bytes.extend(b"\xFC\xFF\xFC\xFFOB\0\0");
            bytes.extend(u32::try_from(padding).unwrap().to_le_bytes());
            bytes
        };
        (0..self.files).map(header).collect()
    }

    fn write_to(self, folder: &Path) {
        for (number, header) in self.headers().iter().enumerate() {
            let mut file = File::create(folder.join(format!("IM{number:06}"))).unwrap();
            file.write_all(header).unwrap();
            file.set_len(self.size).unwrap();
        }
    }
}

/// Has the system keep these files in memory. (Holes that it sees for the first time are slower than many a disk.)
fn read_once(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let mut file = File::open(entry.unwrap().path()).unwrap();
        std::io::copy(&mut file, &mut std::io::sink()).unwrap();
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = |name: &str| arguments.iter().any(|argument| argument == name);
    let parts = ["loopback", "50", "150", "memory"];
    let all = !parts.iter().any(|part| asked(part));
    let tenth = if asked("quick") { 10 } else { 1 };
    let many = Load {
        files: 2000 / tenth,
        size: 524_288,
    };
    let one = Load {
        files: 1,
        size: 2_000_000_000 / tenth as u64,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (name, delay) in [("loopback", 0), ("50", 50), ("150", 150)] {
        if all || asked(name) {
            for load in [many, one] {
                runtime.block_on(compare(load, Duration::from_millis(delay)));
            }
        }
    }
    if all || asked("memory") {
        let files = Load {
            files: 10_000 / tenth,
            ..many
        };
        let one = Load {
            size: 2 * one.size,
            ..one
        };
        for load in [files, one] {
            memory(load);
        }
    }
}

async fn compare(load: Load, delay: Duration) {
    let what = match delay.as_millis() {
        0 => format!("{}, loopback", load.named()),
        delay => format!("{}, {delay} ms", load.named()),
    };
    let rate = |time: Duration, load: Load| {
        let seconds = time.as_secs_f64();
        format!(
            "{:.0} MB/s, {:.1} files/s",
            load.bytes() as f64 / 1e6 / seconds,
            load.files as f64 / seconds
        )
    };
    let rounds = if delay.is_zero() { 2 } else { 1 };
    let (mut engines, mut plains) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        engines.push(engine(load, delay).await);
        plains.push(plain_loop(load, delay, PLAIN).await);
    }
    let times = engines.into_iter().min_by_key(|times| times.sent).unwrap();
    let plain = plains.into_iter().min().unwrap();
    println!(
        "{what}: engine, last part acknowledged: {}; verified: {}; {} sockets at most",
        rate(times.sent, load),
        rate(times.verified, load),
        times.sockets
    );
    println!("{what}: plain loop: {}", rate(plain, load));
    println!(
        "{what}: ratio to the plain loop: {:.2}",
        plain.as_secs_f64() / times.sent.as_secs_f64()
    );
    if !delay.is_zero() && load.files > ONE_AT_A_TIME {
        let few = Load {
            files: ONE_AT_A_TIME,
            ..load
        };
        let alone = plain_loop(few, delay, (1, 1)).await;
        let scaled = alone.mul_f64(load.files as f64 / few.files as f64);
        println!("{what}: one at a time: {}", rate(scaled, load));
        println!(
            "{what}: times as fast as one at a time: {:.1}",
            scaled.as_secs_f64() / times.sent.as_secs_f64()
        );
    }
}

/// A practice server, the line to it and a sign-in.
struct Bench {
    client: Client,
    target: Target,
    _proxy: Option<Proxy>,
    _server: Practice,
    _data: tempfile::TempDir,
}

impl Bench {
    async fn new(delay: Duration) -> Self {
        // What an earlier figure left for the disk to do is not this one's.
        let _ = Command::new("sync").status();
        let data = tempfile::tempdir().unwrap();
        let server = Practice::start(data.path());
        let text = |name: &str| server.hello[name].as_str().unwrap().to_owned();
        let (mut router, mut proxy) = (text("router"), None);
        if !delay.is_zero() {
            let line = Proxy::start(server.address().parse().unwrap()).await;
            line.line(Line::round_trip(delay));
            router = line.router();
            proxy = Some(line);
        }
        let keys = Keys::parse(&text("account_key"), &text("api_key")).unwrap();
        let endpoint = Endpoint::parse(&router, "").unwrap();
        let client = Client::sign_in(&endpoint, &keys, |_| {}).await.unwrap();
        let user = client.account().user_list[0].clone();
        Bench {
            target: Target {
                user: user.user_uuid,
                user_name: user.full_name,
                location: user.institution_list[0].institution_uuid,
                folder: None,
            },
            client,
            _proxy: proxy,
            _server: server,
            _data: data,
        }
    }
}

struct Times {
    sent: Duration,
    verified: Duration,
    sockets: usize,
}

/// Notes when sending ended, how it ended, and the most sockets at once.
struct Clock {
    start: Instant,
    seen: Mutex<(Option<Duration>, usize, Option<Arc<TransferStatus>>)>,
}

impl Report for Clock {
    fn transfer(&self, status: Arc<TransferStatus>) {
        let (sent, sockets, last) = &mut *self.seen.lock().unwrap();
        if matches!(
            status.state,
            TransferState::Verifying | TransferState::Verified
        ) {
            sent.get_or_insert(self.start.elapsed());
        }
        *sockets = status.connections.max(*sockets);
        *last = Some(status);
    }
}

async fn engine(load: Load, delay: Duration) -> Times {
    let study = tempfile::tempdir().unwrap();
    load.write_to(study.path());
    read_once(study.path());
    let catalogue = scanned(study.path());
    let patient = &catalogue.patients[0];
    let bench = Bench::new(delay).await;
    let upload = Upload::of_study(JobId(1), patient, &patient.studies[0], &[], &bench.target);
    assert_eq!(upload.files.len(), load.files);
    let clock = Arc::new(Clock {
        start: Instant::now(),
        seen: Mutex::default(),
    });
    let options = Options {
        connections: CONNECTIONS,
        ..Options::default()
    };
    let written = tempfile::tempdir().unwrap();
    let journal = Journal::open(written.path(), 30).unwrap().journal;
    let account = Account::of(bench.client.account_key());
    let (client, report) = (bench.client.clone(), clock.clone());
    let engine = Engine::with(
        client,
        report,
        &options,
        Keeping {
            journal: Some((journal, account)),
            secret: None,
        },
    );
    engine.add(upload);
    engine.finished().await;
    let verified = clock.start.elapsed();
    let (sent, sockets, last) = clock.seen.lock().unwrap().clone();
    let last = last.unwrap();
    assert_eq!(last.state, TransferState::Verified, "{last:?}");
    Times {
        sent: sent.unwrap(),
        verified,
        sockets,
    }
}

fn scanned(folder: &Path) -> Catalogue {
    struct All(Mutex<Catalogue>);
    impl Sink for All {
        fn found(&self, found: Found) {
            self.0.lock().unwrap().add(found);
        }
    }
    let all = All(Mutex::default());
    scan(&[folder.to_owned()], &all, &AtomicBool::new(false));
    let mut catalogue = all.0.into_inner().unwrap();
    catalogue.settle();
    catalogue
}

/// The same parts, made before the clock starts, over so many sockets with so many under way on each.
async fn plain_loop(load: Load, delay: Duration, (sockets, in_flight): (usize, usize)) -> Duration {
    let bench = Bench::new(delay).await;
    let (client, target) = (&bench.client, &bench.target);
    let total = load.bytes();
    let begun = client.begin_upload(target.user, &target.user_name, target.location, total);
    let session = begun.await.unwrap().uuid;
    let part_count = load.size.div_ceil(MAX_PART as u64) as u32;
    let zeros = Bytes::from(vec![0; MAX_PART]);
    let mut parts = Vec::new();
    for header in load.headers() {
        let file_index = client.next_file_index();
        for part_index in 0..part_count {
            let before = u64::from(part_index) * MAX_PART as u64;
            let length = (load.size - before).min(MAX_PART as u64) as usize;
            let bytes = if part_index == 0 {
                let mut first = BytesMut::from(&header[..]);
                first.resize(length, 0);
                first.freeze()
            } else {
                zeros.slice(..length)
            };
            parts.push(FilePart {
                session,
                location: target.location,
                user: target.user,
                file_index,
                part_index,
                part_count,
                folder: None,
                bytes,
            });
        }
    }
    let mut open = Vec::new();
    for _ in 0..sockets {
        open.push(Arc::new(client.upload_socket().await.unwrap()));
    }
    let start = Instant::now();
    let sent = stream::iter(parts.into_iter().enumerate().map(|(number, part)| {
        let socket = open[number % sockets].clone();
        async move { socket.process_file(part).await.unwrap() }
    }));
    sent.buffer_unordered(sockets * in_flight).count().await;
    start.elapsed()
}

/// The program's own peak memory, as the system counts it, while it sends this.
fn memory(load: Load) {
    let (study, data, home) = (
        tempfile::tempdir(),
        tempfile::tempdir(),
        tempfile::tempdir(),
    );
    let (study, data, home) = (study.unwrap(), data.unwrap(), home.unwrap());
    load.write_to(study.path());
    let server = Practice::start(data.path());
    let connections = CONNECTIONS.to_string();
    let mut command = server.command(home.path(), &["upload", "--connections", &connections]);
    command.arg(study.path());
    let start = Instant::now();
    let mut client = command.stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", client.id());
    let mut peak = 0;
    let ended = loop {
        peak = peak.max(peak_of(&status));
        if let Some(ended) = client.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(ended.success(), "it ended with {ended}");
    let seconds = start.elapsed().as_secs_f64();
    match peak {
        0 => println!(
            "{}: this system does not tell the peak memory",
            load.named()
        ),
        peak => println!(
            "{}: peak memory of the program {:.0} MB, {seconds:.1} s from start to end",
            load.named(),
            peak as f64 / 1e6
        ),
    }
}

/// `VmHWM` of a process, in bytes; 0 where it cannot be read.
fn peak_of(status: &str) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

//! The whole program killed again and again while it uploads, and started again until it is done: not a byte is lost and
//! nothing is stored twice.
//!
//! The moment of each kill is drawn in parts that passed the line to the server, and then in a few milliseconds, so
//! that kills fall into the sending however fast the computer is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::common::program::{Practice, Run};
use crate::common::proxy::{Chance, Deed, Proxy};
use crate::common::studies::{StudyBuilder, Written};
use serde_json::Value;
use tempfile::TempDir;

/// Kills in one run.
const KILLS: u32 = 200;
/// Kills in one study, at most.
const KILLS_OF_A_STUDY: u32 = 20;
/// The most parts that pass before a kill.
const PARTS_BEFORE: u64 = 6;
/// Parts under way when a kill comes, at most: the program begins with two sockets.
const UNDER_WAY: u64 = 4;
/// Parts of a study: 40 files of one and 4 of three.
const PARTS: u64 = 52;

fn study() -> (TempDir, Vec<Written>) {
    let folder = tempfile::tempdir().unwrap();
    let small = StudyBuilder::new().images(40);
    let large = small.clone().images(4).pixels(512, 1100).prefix("LG");
    let mut files = small.write_to(folder.path());
    files.extend(large.write_to(folder.path()));
    (folder, files)
}

/// What the program is told when it is started again.
fn again() -> Vec<PathBuf> {
    vec!["upload".into(), "--resume".into()]
}

/// The program, between its deaths.
struct Doomed {
    home: TempDir,
    server: Practice,
    proxy: Proxy,
    /// Parts that came to the line.
    parts: Arc<AtomicU64>,
    /// Answers about parts that passed it.
    acknowledged: Arc<AtomicU64>,
}

impl Doomed {
    async fn new(data: &Path) -> Self {
        let server = Practice::start(data);
        let proxy = Proxy::start(server.address().parse().unwrap()).await;
        let (parts, acknowledged) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let count = Arc::clone(&parts);
        proxy.on_request(move |asked| {
            count.fetch_add(u64::from(asked.is_part()), Ordering::SeqCst);
            Deed::Pass
        });
        let count = Arc::clone(&acknowledged);
        proxy.on_answer(move |answer| {
            count.fetch_add(u64::from(answer.is_of_part()), Ordering::SeqCst);
            Deed::Pass
        });
        Doomed {
            home: tempfile::tempdir().unwrap(),
            server,
            proxy,
            parts,
            acknowledged,
        }
    }

    fn start(&self, arguments: &[PathBuf]) -> Child {
        let mut command = self.server.command(self.home.path(), &["--json"]);
        command
            .args(arguments)
            .env("STUDYDROP_ROUTER", self.proxy.router())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    fn parts(&self) -> u64 {
        self.parts.load(Ordering::SeqCst)
    }

    /// Kills it after so many parts and microseconds, if it is still there. Says whether it was.
    async fn kill_after(&self, mut child: Child, parts: u64, then: Duration) -> bool {
        let goal = self.parts() + parts;
        while self.parts() < goal {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(then).await;
        let alive = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        child.wait().unwrap();
        alive
    }

    /// Lets it come to its end.
    async fn finish(&self, arguments: &[PathBuf]) -> Run {
        let child = self.start(arguments);
        let output = tokio::task::spawn_blocking(|| child.wait_with_output());
        let output = tokio::time::timeout(Duration::from_secs(60), output);
        Run::of(output.await.expect("it ends").unwrap().unwrap())
    }
}

/// Each file is accounted for, and none failed. Where the kill came when all was verified nothing is left to account for.
fn ledger_is_closed(run: &Run, files: u64) {
    let totals = run.events("total");
    let total = totals.first().expect("a total");
    let number = |name: &str| total[name].as_u64().unwrap();
    let files = if number("found") == 0 { 0 } else { files };
    assert_eq!(number("found"), files, "{}", run.says());
    assert_eq!(number("sent") + number("already_there"), files);
    assert_eq!((number("failed"), number("skipped")), (0, 0));
    for ledger in run.events("ledger") {
        assert_eq!(ledger["state"], Value::from("verified"));
    }
}

/// Every file once and byte for byte, and nothing else.
fn holds(server: &Practice, files: &[Written]) {
    let stored = server.stored();
    let by_uid: BTreeMap<_, _> = stored.iter().cloned().collect();
    assert_eq!(by_uid.len(), stored.len(), "no image is there twice");
    assert_eq!(by_uid.len(), files.len(), "none more and none less");
    for file in files {
        let there = std::fs::read(&by_uid[&file.instance]).unwrap();
        assert!(there == std::fs::read(&file.path).unwrap());
    }
    // Nor are there bytes that no image knows.
    let known: BTreeSet<_> = stored.into_iter().map(|(_, path)| path).collect();
    let found: BTreeSet<_> = below(&server.data.join("files")).into_iter().collect();
    assert_eq!(found, known);
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => below(&path),
            false => vec![path],
        })
        .collect()
}

fn seed() -> u64 {
    let given = std::env::var("STUDYDROP_TEST_KILLS").ok();
    let given = given.map(|text| text.parse().expect("a number"));
    let seed = given.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0);
    println!("STUDYDROP_TEST_KILLS={seed}");
    seed
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_kills_at_random_lose_nothing_and_store_nothing_twice() {
    let mut chance = Chance::new(seed());
    let data = tempfile::tempdir().unwrap();
    let doomed = Doomed::new(data.path()).await;
    let (mut kills, mut while_sending) = (0, 0);
    let (mut folders, mut all) = (Vec::new(), Vec::new());
    while kills < KILLS {
        let (folder, files) = study();
        let (mut arguments, mut here) = (vec!["upload".into(), folder.path().into()], 0);
        let before = doomed.parts();
        while kills < KILLS && here < KILLS_OF_A_STUDY {
            let at_start = doomed.parts();
            // The first time late enough that there is something to go on with.
            let parts = chance.next() % PARTS_BEFORE + u64::from(here == 0);
            let then = Duration::from_micros(chance.next() % 4000);
            let child = doomed.start(&arguments);
            if !doomed.kill_after(child, parts, then).await {
                break;
            }
            (kills, here) = (kills + 1, here + 1);
            while_sending += u32::from(doomed.parts() > at_start);
            arguments = again();
        }
        let run = doomed.finish(&arguments).await;
        assert_eq!(run.status, 0, "{}", run.says());
        ledger_is_closed(&run, files.len() as u64);
        println!(
            "{here} kills in a study of {PARTS} parts; {} parts went",
            doomed.parts() - before
        );
        folders.push(folder);
        all.extend(files);
    }
    holds(&doomed.server, &all);
    let wanted = PARTS * folders.len() as u64;
    let acknowledged = doomed.acknowledged.load(Ordering::SeqCst);
    println!(
        "{kills} kills, {while_sending} of them with parts sent since the start; {} files in {} studies; {} parts of {wanted} \
         went {} times, {acknowledged} were acknowledged",
        all.len(),
        folders.len(),
        wanted,
        doomed.parts(),
    );
    assert!(
        while_sending > KILLS / 2,
        "most of them fall into the sending"
    );
    // What was acknowledged is not sent again, but for what was under way when the kill came.
    assert!(doomed.parts() <= wanted + u64::from(KILLS) * UNDER_WAY);
}

//! Transfers that outlive the program.

use std::os::unix::fs::PermissionsExt;

use studydrop::transfer::{Account, Journal, Keeping, OpenError, Opened, Saved};

use super::*;

/// A file of this many parts, among the sample study's.
const PARTS: usize = 12;
const PART: usize = 512 * 1024;

impl Bench {
    /// Opens the journal, as soon as the threads of an engine that was dropped have let go of it.
    async fn opened(&self, days: u32) -> Opened {
        loop {
            match Journal::open(self.kept.path(), days) {
                Err(OpenError::InUse) => tokio::time::sleep(Duration::from_millis(5)).await,
                opened => return opened.unwrap(),
            }
        }
    }

    async fn journal(&self) -> Journal {
        self.opened(30).await.journal
    }

    fn account(&self) -> Account {
        Account::of(self.client.account_key())
    }

    fn engine_with(&self, journal: &Journal, options: &Options) -> Engine {
        let keeping = Keeping {
            journal: Some((journal.clone(), self.account())),
            secret: None,
        };
        Engine::with(self.client.clone(), self.told.clone(), options, keeping)
    }

    /// Gives the study a file of several parts; it stays a DICOM file.
    fn with_large_file(&self) -> Upload {
        let upload = self.upload();
        let path = &upload.files[0].path;
        let mut bytes = fs::read(path).unwrap();
        let pixels = bytes.len();
        bytes.resize(pixels.max(PARTS * PART - 100), 7);
        fs::write(path, bytes).unwrap();
        self.upload()
    }

    async fn load(&self, journal: &Journal) -> Vec<Saved> {
        let (mut saved, of_others) = journal.load(self.account()).await.unwrap();
        assert_eq!(of_others, 0);
        let names = self.client.account();
        saved.iter_mut().for_each(|saved| saved.recall(&names));
        saved
    }

    /// Sends on so many sockets, slowly, and ends in the middle: when more than so many parts were acknowledged.
    async fn interrupt(&self, upload: Upload, connections: usize, parts: u64) {
        let slow = Options {
            connections,
            bytes_per_second: Some(2 * parts * PART as u64),
            ..Options::default()
        };
        let journal = self.journal().await;
        let engine = self.engine_with(&journal, &slow);
        engine.add(upload);
        self.until(|status| status.bytes_done > parts * PART as u64)
            .await;
        drop(engine);
        journal.written().await;
    }

    fn parts_served(&self) -> u64 {
        let served = self.server.served();
        served.get("UploadDicomFiles").copied().unwrap_or(0)
    }

    async fn until(&self, what: impl Fn(&TransferStatus) -> bool) {
        while !self
            .told
            .0
            .lock()
            .unwrap()
            .last()
            .is_some_and(|status| what(status))
        {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_the_end_of_the_program_is_not_sent_again() {
    let bench = Bench::new().await;
    let upload = bench.with_large_file();
    let parts: u64 = upload
        .files
        .iter()
        .map(|file| file.size.div_ceil(PART as u64))
        .sum();
    let count = upload.files.len() as u64;
    bench.interrupt(upload, 2, 4).await;
    let before = bench.parts_served();
    assert!(before >= 4 && before < parts, "{before} of {parts}");

    let journal = bench.journal().await;
    let saved = bench.load(&journal).await;
    assert_eq!(saved.len(), 1);
    assert!(!saved[0].is_over());
    let job = saved[0].upload.job;
    assert!(job.0 >= JobId::RESTORED);
    // The journal does not know whose it is; the files do.
    assert!(!saved[0].upload.patient_name.is_empty() && !saved[0].upload.title.is_empty());
    let engine = bench.engine_with(&journal, &Options::default());
    let statuses = engine.restore(saved);
    assert!(statuses[0].bytes_done >= 4 * PART as u64);
    engine.finished().await;
    let status = bench.told.last();
    assert_eq!(status.state, TransferState::Verified, "{status:?}");
    assert_eq!(status.ledger.sent + status.ledger.already_there, count);
    // At most what was in flight on the two sockets went twice.
    let sent = bench.parts_served();
    assert!((parts..=parts + 2).contains(&sent), "{sent} for {parts}");
    let receipt = engine.receipt(job).unwrap();
    let large = receipt.files.iter().max_by_key(|file| file.bytes).unwrap();
    let file = bench.upload().files[0].path.clone();
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(fs::read(file).unwrap());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(large.sha256.as_deref(), Some(hex.as_str()));
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changed_while_the_program_was_closed_is_noticed_and_named() {
    let bench = Bench::new().await;
    let upload = bench.with_large_file();
    let large = upload
        .files
        .iter()
        .max_by_key(|file| file.size)
        .unwrap()
        .clone();
    bench.interrupt(upload, 1, 2).await;
    let mut bytes = fs::read(&large.path).unwrap();
    let at = bytes.len() - 1;
    bytes[at] ^= 1;
    fs::write(&large.path, bytes).unwrap();

    let journal = bench.journal().await;
    let engine = bench.engine_with(&journal, &Options::default());
    engine.restore(bench.load(&journal).await);
    engine.finished().await;
    let status = bench.told.last();
    assert_eq!(status.state, TransferState::NeedsAttention);
    assert!(status.ledger.is_closed());
    assert_eq!(status.failures.len(), 1);
    assert_eq!(status.failures[0].path, large.path);
    assert!(status.failures[0].reason.contains("changed"));
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_comes_back_as_it_was_with_what_was_paused_and_in_its_order() {
    let bench = Bench::new().await;
    let journal = bench.journal().await;
    let slow = Options {
        side_by_side: 1,
        bytes_per_second: Some(1),
        ..Options::default()
    };
    let engine = bench.engine_with(&journal, &slow);
    for number in 1..=3 {
        engine.add(Upload {
            job: JobId(number),
            title: format!("Study {number}"),
            ..bench.upload()
        });
    }
    engine.pause(&[JobId(2)]);
    engine.move_before(JobId(3), Some(JobId(1)));
    bench
        .until(|status| status.job == JobId(3) && status.state != TransferState::Waiting)
        .await;
    engine.cancel(JobId(1));
    bench
        .until(|status| status.job == JobId(1) && status.state == TransferState::Cancelled)
        .await;
    journal.written().await;
    drop(engine);
    drop(journal);

    let journal = bench.journal().await;
    let saved = bench.load(&journal).await;
    let over: Vec<bool> = saved.iter().map(Saved::is_over).collect();
    assert_eq!(over, [false, true, false]);
    let engine = bench.engine_with(&journal, &slow);
    let statuses = engine.restore(saved);
    let states: Vec<TransferState> = statuses.iter().map(|status| status.state).collect();
    assert_eq!(
        states[1..],
        [TransferState::Cancelled, TransferState::Paused]
    );
    assert!(statuses[1].ledger.is_closed());
    // Taken off the list it does not come back.
    engine.forget(&[statuses[1].job]);
    journal.written().await;
    assert_eq!(bench.load(&journal).await.len(), 2);
    bench.server.stop().await;
}

#[test]
fn a_second_copy_of_the_program_does_not_touch_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let first = Journal::open(folder.path(), 30).unwrap();
    let second = Journal::open(folder.path(), 30);
    assert!(matches!(second, Err(OpenError::InUse)));
    drop(first);
    assert!(Journal::open(folder.path(), 30).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_names_no_patient_and_is_for_its_owner_alone() {
    let bench = Bench::new().await;
    let journal = bench.journal().await;
    let engine = bench.engine_with(&journal, &Options::default());
    let named = bench.study.path().join("DOE^JANE");
    fs::create_dir(&named).unwrap();
    let mut upload = bench.upload();
    let mut files = upload.files.to_vec();
    for file in &mut files {
        let to = named.join(file.path.file_name().unwrap());
        fs::rename(&file.path, &to).unwrap();
        file.path = to;
    }
    upload.files = files.into();
    let replace = [Replacement::new("PatientName", "Roe^Richard").unwrap()];
    let (name, id) = (upload.patient_name.clone(), upload.patient_id.clone());
    engine.add(upload.replacing(&replace));
    engine.finished().await;
    assert_eq!(bench.told.last().state, TransferState::Verified);
    journal.written().await;
    let mut all = Vec::new();
    for entry in fs::read_dir(bench.kept.path()).unwrap() {
        let path = entry.unwrap().path();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert!(
            path.ends_with("journal.lock") || mode & 0o077 == 0,
            "{} can be read by others",
            path.display()
        );
        all.extend(fs::read(&path).unwrap());
    }
    assert!(all.len() > 10_000);
    let family = name.split('^').next().unwrap();
    for word in [
        family,
        id.as_str(),
        "DOE^JANE",
        "Roe^Richard",
        "PatientName",
    ] {
        let word = word.as_bytes();
        assert!(!all.windows(word.len()).any(|bytes| bytes == word));
    }
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_cannot_be_used_is_kept_aside_and_a_new_one_begun() {
    type Damage = (&'static str, fn(&Path));
    let damage: [Damage; 4] = [
        ("damaged", |path| {
            fs::write(path, b"SQLite format 3\0 and then nothing of use").unwrap()
        }),
        ("newer", |path| {
            let sqlite = rusqlite::Connection::open(path).unwrap();
            sqlite.pragma_update(None, "user_version", 99).unwrap();
        }),
        ("of another program", |path| {
            let sqlite = rusqlite::Connection::open(path).unwrap();
            sqlite.pragma_update(None, "application_id", 7).unwrap();
        }),
        ("cut", |path| {
            let bytes = fs::read(path).unwrap();
            fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        }),
    ];
    let bench = Bench::new().await;
    for (what, damage) in damage {
        let journal = bench.journal().await;
        let engine = bench.engine_with(&journal, &Options::default());
        engine.add(bench.upload());
        engine.finished().await;
        drop(engine);
        drop(journal);
        drop(bench.opened(30).await);
        let path = bench.kept.path().join("journal.sqlite");
        damage(&path);
        let spoilt = fs::read(&path).unwrap();
        let opened = bench.opened(30).await;
        let (aside, _why) = opened.set_aside.expect(what);
        assert_eq!(fs::read(&aside).unwrap(), spoilt, "{what}");
        assert!(bench.load(&opened.journal).await.is_empty(), "{what}");
    }
    // A key that does not fit spoils the entries that are not over.
    let journal = bench.journal().await;
    let engine = bench.engine_with(&journal, &Options::default());
    engine.add(bench.upload());
    engine.pause(&[JOB]);
    engine.finished().await;
    drop(engine);
    drop(journal);
    drop(bench.opened(30).await);
    fs::write(bench.kept.path().join("journal.key"), [1; 32]).unwrap();
    let opened = bench.opened(30).await;
    assert!(opened.set_aside.is_some());
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn finished_transfers_are_forgotten_after_the_days_of_the_setting() {
    let bench = Bench::new().await;
    let journal = bench.journal().await;
    let engine = bench.engine_with(&journal, &Options::default());
    engine.add(bench.upload());
    engine.finished().await;
    drop(engine);
    drop(journal);
    let kept = async |days| {
        let journal = bench.opened(days).await.journal;
        bench.load(&journal).await.len()
    };
    assert_eq!(kept(30).await, 1);
    assert_eq!(kept(0).await, 0);
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_earlier_parts_the_account_has_lost_is_sent_from_its_beginning() {
    let bench = Bench::new().await;
    let upload = bench.with_large_file();
    let count = upload.files.len() as u64;
    bench.interrupt(upload, 1, 2).await;
    let journal = bench.journal().await;
    bench.forget_uploads();
    let engine = bench.engine_with(&journal, &Options::default());
    engine.restore(bench.load(&journal).await);
    engine.finished().await;
    let status = bench.told.last();
    assert_eq!(status.state, TransferState::Verified, "{status:?}");
    assert_eq!(status.ledger.sent + status.ledger.already_there, count);
    bench.server.stop().await;
}

//! The upload engine against the practice server: what changes, disappears or is cancelled on the way.

mod cleaning;
#[cfg(unix)]
mod journal;
mod queue;

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use studydrop::cloud::model::OrderQuery;
use studydrop::cloud::{Client, Endpoint, Keys};
use studydrop::dicom::catalogue::{Catalogue, Found};
use studydrop::dicom::deidentify::{self, Replacement};
use studydrop::dicom::sample::write_sample_study;
use studydrop::dicom::scan::{Sink, scan};
use studydrop::message::JobId;
use studydrop::practice::{self, Server};
use studydrop::transfer::{
    Engine, Options, Outcome, Report, Target, TransferState, TransferStatus, Upload,
};

const JOB: JobId = JobId(1);

/// Keeps every status that was told.
#[derive(Default)]
struct Told(Mutex<Vec<Arc<TransferStatus>>>);

impl Report for Told {
    fn transfer(&self, status: Arc<TransferStatus>) {
        let ledger = status.ledger;
        let known = ledger.sent + ledger.already_there + ledger.skipped + ledger.failed;
        assert_eq!(ledger.found, known + ledger.pending(), "{ledger:?}");
        self.0.lock().unwrap().push(status);
    }
}

impl Told {
    fn last(&self) -> Arc<TransferStatus> {
        self.0.lock().unwrap().last().unwrap().clone()
    }
}

struct Bench {
    data: tempfile::TempDir,
    study: tempfile::TempDir,
    /// What the program keeps.
    kept: tempfile::TempDir,
    server: Server,
    client: Client,
    told: Arc<Told>,
}

impl Bench {
    async fn new() -> Self {
        Self::with_capacity(None).await
    }

    async fn with_capacity(capacity: Option<u64>) -> Self {
        let (data, study) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write_sample_study(study.path()).unwrap();
        let config = practice::Config {
            capacity,
            ..practice::Config::local(data.path())
        };
        let server = practice::start(config).await.unwrap();
        let keys = Keys {
            account_key: server.account_key(),
            api_key: server.api_key(),
        };
        let endpoint = Endpoint::parse(&server.router(), "").unwrap();
        let client = Client::sign_in(&endpoint, &keys, |_| {}).await.unwrap();
        Bench {
            data,
            study,
            kept: tempfile::tempdir().unwrap(),
            server,
            client,
            told: Arc::default(),
        }
    }

    fn upload(&self) -> Upload {
        let user = self.client.account().user_list[0].clone();
        let target = Target {
            user: user.user_uuid,
            user_name: user.full_name,
            location: user.institution_list[0].institution_uuid,
            folder: None,
        };
        let catalogue = scanned(self.study.path());
        let patient = &catalogue.patients[0];
        Upload::of_study(
            JOB,
            patient,
            &patient.studies[0],
            &catalogue.skipped,
            &target,
        )
    }

    /// Has the server forget every upload that was begun, and what it has gathered for them.
    fn forget_uploads(&self) {
        let server = rusqlite::Connection::open(self.data.path().join("practice.sqlite")).unwrap();
        server.busy_timeout(Duration::from_secs(5)).unwrap();
        server
            .execute_batch(
                "PRAGMA foreign_keys = ON; DELETE FROM file WHERE state = 0; DELETE FROM upload;",
            )
            .unwrap();
    }

    fn engine(&self) -> Engine {
        Engine::new(self.client.clone(), self.told.clone(), &Options::default())
    }
}

fn scanned(path: &Path) -> Catalogue {
    struct All(Mutex<Catalogue>);
    impl Sink for All {
        fn found(&self, found: Found) {
            self.0.lock().unwrap().add(found);
        }
    }
    let all = All(Mutex::default());
    scan(&[path.to_owned()], &all, &AtomicBool::new(false));
    let mut catalogue = all.0.into_inner().unwrap();
    catalogue.settle();
    catalogue
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_change_or_disappear_fail_by_name_and_dropping_them_again_sends_just_those() {
    let bench = Bench::new().await;
    let upload = bench.upload();
    let (gone, changed) = (upload.files[5].path.clone(), upload.files[9].path.clone());
    let (gone_bytes, changed_bytes) = (fs::read(&gone).unwrap(), fs::read(&changed).unwrap());
    fs::remove_file(&gone).unwrap();
    fs::write(&changed, &changed_bytes[..1000]).unwrap();
    let engine = bench.engine();
    let count = upload.files.len() as u64;
    engine.add(upload);
    engine.finished().await;

    let status = bench.told.last();
    assert_eq!(status.state, TransferState::NeedsAttention);
    assert!(status.ledger.is_closed());
    assert_eq!((status.ledger.sent, status.ledger.failed), (count - 2, 2));
    let reason = |path: &Path| {
        let failure = status.failures.iter().find(|failure| failure.path == path);
        failure.expect("it failed by name").reason.clone()
    };
    assert!(
        reason(&gone).contains("no longer there"),
        "{}",
        reason(&gone)
    );
    assert!(reason(&changed).contains("changed"), "{}", reason(&changed));

    fs::write(&gone, gone_bytes).unwrap();
    fs::write(&changed, changed_bytes).unwrap();
    assert!(engine.retry(JOB));
    engine.finished().await;
    let status = bench.told.last();
    // They were written anew, so they are not what was scanned: a retry must not send them unseen.
    assert_eq!(status.state, TransferState::NeedsAttention, "{status:?}");
    let fresh = bench.upload();
    engine.add(fresh);
    engine.finished().await;
    let status = bench.told.last();
    assert_eq!(status.state, TransferState::Verified, "{status:?}");
    assert_eq!(
        (status.ledger.sent, status.ledger.already_there),
        (2, count - 2)
    );
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_for_want_of_room_is_sent_by_a_retry_when_there_is_room() {
    let bench = Bench::with_capacity(Some(3 * 1024 * 1024)).await;
    let engine = bench.engine();
    let upload = bench.upload();
    let count = upload.files.len();
    engine.add(upload);
    engine.finished().await;
    let status = bench.told.last();
    assert_eq!(status.state, TransferState::NeedsAttention);
    assert!(status.ledger.failed > 0 && status.ledger.sent > 0 && status.ledger.is_closed());
    assert!(
        status.failures[0].reason.contains("full"),
        "{}",
        status.failures[0].reason
    );
    let held = engine
        .outcomes(JOB)
        .iter()
        .filter(|outcome| **outcome == Outcome::Held)
        .count();
    assert_eq!(held as u64, status.ledger.sent);
    assert_eq!(engine.outcomes(JOB).len(), count);
    // There is still no room: the retry fails again, and still closes.
    assert!(engine.retry(JOB));
    engine.finished().await;
    let again = bench.told.last();
    assert_eq!(
        (again.ledger.sent, again.ledger.failed),
        (status.ledger.sent, status.ledger.failed)
    );
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_transfer_ends_at_once_with_a_closed_ledger_and_can_be_taken_up_again() {
    let bench = Bench::new().await;
    let engine = bench.engine();
    engine.add(bench.upload());
    // As soon as something was acknowledged.
    loop {
        if bench
            .told
            .0
            .lock()
            .unwrap()
            .iter()
            .any(|status| status.ledger.sent > 0)
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    engine.cancel(JOB);
    engine.finished().await;
    let status = bench.told.last();
    assert!(status.ledger.is_closed(), "{status:?}");
    // It may have been faster than the cancelling.
    assert!(matches!(
        status.state,
        TransferState::Cancelled | TransferState::Verified
    ));
    if status.ledger.failed > 0 {
        assert!(engine.retry(JOB));
        engine.finished().await;
    }
    let status = bench.told.last();
    assert_eq!(status.state, TransferState::Verified, "{status:?}");
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_never_goes_back_and_every_status_adds_up() {
    let bench = Bench::new().await;
    let engine = bench.engine();
    engine.add(bench.upload());
    engine.finished().await;
    let told = bench.told.0.lock().unwrap().clone();
    assert!(
        told.windows(2)
            .all(|pair| pair[0].bytes_done <= pair[1].bytes_done)
    );
    assert_eq!(told[0].state, TransferState::Waiting);
    let last = told.last().unwrap();
    assert_eq!(last.bytes_done, last.bytes_total);
    assert_eq!(last.verified, last.ledger.sent);
    assert!(last.order.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_replaced_on_the_way_out_and_the_figures_follow_the_new_bytes() {
    let bench = Bench::new().await;
    let replace = [
        Replacement::new("PatientName", "Somebody^With^A^Much^Longer=山田^太郎").unwrap(),
        Replacement::new("PatientID", "anon-1").unwrap(),
    ];
    let upload = bench.upload().replacing(&replace);
    let read = |path: &Path| deidentify::replace(&fs::read(path).unwrap(), &replace).unwrap();
    let new_bytes: u64 = upload
        .files
        .iter()
        .map(|file| read(&file.path).len() as u64)
        .sum();
    assert_ne!(new_bytes, upload.bytes());
    let count = upload.files.len() as u64;
    let user = upload.target.user;
    let engine = bench.engine();
    engine.add(upload);
    engine.finished().await;

    let status = bench.told.last();
    assert_eq!(status.state, TransferState::Verified, "{status:?}");
    assert_eq!((status.ledger.sent, status.ledger.found), (count, count));
    assert_eq!(status.bytes_total, new_bytes);
    assert_eq!(status.bytes_done, new_bytes);
    let query = OrderQuery {
        patient_id: "anon-1".to_owned(),
        ..OrderQuery::default()
    };
    let orders = bench.client.search_orders(user, &query).await.unwrap();
    assert_eq!(orders.len(), 1);
    assert!(orders[0].patient_name.starts_with("Somebody^With^A"));
    assert_eq!(orders[0].images_count, count);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_which_nothing_can_be_replaced_fails_by_name_and_the_rest_goes() {
    let bench = Bench::new().await;
    let replace = [Replacement::new("PatientName", "Nobody").unwrap()];
    let mut upload = bench.upload().replacing(&replace);
    // Turned into something else since it was scanned, with the same size and time.
    let mut files = upload.files.to_vec();
    let broken = files[3].path.clone();
    let size = usize::try_from(files[3].size).unwrap();
    fs::write(&broken, vec![0x20; size]).unwrap();
    files[3].modified = None;
    upload.files = files.into();
    let count = upload.files.len() as u64;
    let engine = bench.engine();
    engine.add(upload);
    engine.finished().await;

    let status = bench.told.last();
    assert_eq!(status.state, TransferState::NeedsAttention);
    assert!(status.ledger.is_closed());
    assert_eq!((status.ledger.sent, status.ledger.failed), (count - 1, 1));
    assert_eq!(status.failures[0].path, broken);
    assert!(status.failures[0].reason.contains("not sent"));
    // Nothing of it goes with a second try either.
    assert!(engine.retry(JOB));
    engine.finished().await;
    assert_eq!(bench.told.last().ledger.failed, 1, "it is still broken");
}

//! A study on this computer, a practice server, the failing line between, and the engine at this end.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use studydrop::cloud::{Client, Endpoint, Keys, Options as CloudOptions, Timeouts};
use studydrop::dicom::catalogue::{Catalogue, Found};
use studydrop::dicom::scan::{Sink, scan};
use studydrop::message::JobId;
use studydrop::practice::{self, Config, Server};
use studydrop::transfer::{Engine, Options, Report, Target, TransferState, TransferStatus, Upload};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::common::program;
use crate::common::proxy::Proxy;
use crate::common::studies::{StudyBuilder, Written};

/// How often Retry may be pressed: a part under which the line broke sixteen times fails by name and waits for a person.
const PRESSES: u32 = 10;
pub const JOB: JobId = JobId(1);

/// Keeps the latest status of each transfer, and holds every one against its own numbers.
pub struct Told(watch::Sender<BTreeMap<u64, Arc<TransferStatus>>>);

impl Default for Told {
    fn default() -> Self {
        Told(watch::Sender::new(BTreeMap::new()))
    }
}

impl Report for Told {
    fn transfer(&self, status: Arc<TransferStatus>) {
        let ledger = status.ledger;
        let known = ledger.sent + ledger.already_there + ledger.skipped + ledger.failed;
        assert_eq!(ledger.found, known + ledger.pending(), "{ledger:?}");
        self.0.send_modify(|told| {
            told.insert(status.job.0, status);
        });
    }
}

impl Told {
    pub fn last(&self) -> Arc<TransferStatus> {
        self.of(JOB)
    }

    pub fn of(&self, job: JobId) -> Arc<TransferStatus> {
        self.0.borrow().get(&job.0).expect("a status").clone()
    }

    /// Waits for a status of which this holds.
    pub async fn until(&self, holds: impl Fn(&TransferStatus) -> bool) -> Arc<TransferStatus> {
        let mut told = self.0.subscribe();
        let status = told.wait_for(|told| told.get(&JOB.0).is_some_and(|status| holds(status)));
        status.await.unwrap()[&JOB.0].clone()
    }
}

/// Time-outs with which a dead line is noticed while one watches.
pub fn short() -> Timeouts {
    Timeouts {
        connect: Duration::from_secs(5),
        request: Duration::from_secs(5),
        part: Duration::from_secs(2),
        ping: Duration::from_millis(250),
        silence: Duration::from_secs(1),
        first_pause: Duration::from_millis(20),
        longest_pause: Duration::from_millis(200),
        ..Timeouts::default()
    }
}

pub struct Bench {
    pub data: TempDir,
    pub study: TempDir,
    pub server: Server,
    pub proxy: Proxy,
    pub client: Client,
    pub told: Arc<Told>,
    /// The files of the study.
    pub files: Vec<Written>,
}

/// Twelve images of one part and four of several: 16 files, 24 parts, 6 MB.
pub fn mixed() -> Vec<StudyBuilder> {
    let small = StudyBuilder::new().images(12);
    let large = small.clone().images(4).pixels(512, 1100).prefix("LG");
    vec![small, large]
}

impl Bench {
    pub async fn new() -> Self {
        Self::of(&mixed()).await
    }

    /// With the images of these, which must be of one study.
    pub async fn of(images: &[StudyBuilder]) -> Self {
        let (data, study) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let files = images.iter().flat_map(|one| one.write_to(study.path()));
        let files = files.collect();
        let server = practice::start(Config::local(data.path())).await.unwrap();
        let proxy = Proxy::start(server.address()).await;
        let client = sign_in(&server, &proxy.router(), short()).await;
        Bench {
            data,
            study,
            server,
            proxy,
            client,
            told: Arc::default(),
            files,
        }
    }

    pub fn upload(&self) -> Upload {
        self.upload_from(self.study.path(), JOB.0)
    }

    /// The one study in this folder.
    pub fn upload_from(&self, study: &Path, job: u64) -> Upload {
        let catalogue = scanned(study);
        assert!(catalogue.skipped.is_empty(), "{:?}", catalogue.skipped);
        let patient = &catalogue.patients[0];
        let study = &patient.studies[0];
        Upload::of_study(JobId(job), patient, study, &[], &self.target())
    }

    pub fn target(&self) -> Target {
        let user = self.client.account().user_list[0].clone();
        Target {
            user: user.user_uuid,
            user_name: user.full_name,
            location: user.institution_list[0].institution_uuid,
            folder: None,
        }
    }

    pub fn engine(&self) -> Engine {
        Engine::new(self.client.clone(), self.told.clone(), &Options::default())
    }

    /// Sends the study and says how that ended. The ledger is closed.
    pub async fn send(&self) -> (Engine, Arc<TransferStatus>) {
        let engine = self.engine();
        engine.add(self.upload());
        engine.finished().await;
        let status = self.told.last();
        assert!(status.ledger.is_closed(), "{status:?}");
        assert_eq!(status.ledger.found, self.files.len() as u64);
        (engine, status)
    }

    /// Sends the study, all of which must arrive.
    pub async fn send_whole(&self) -> Arc<TransferStatus> {
        let (engine, _) = self.send().await;
        self.pressing(&engine, JOB).await;
        let status = self.told.last();
        self.arrived(&status);
        status
    }

    /// Presses Retry as often as is allowed, and says how often that was.
    pub async fn pressing(&self, engine: &Engine, job: JobId) -> u32 {
        let mut presses = 0;
        while self.told.of(job).state == TransferState::NeedsAttention && presses < PRESSES {
            presses += 1;
            let status = self.told.of(job);
            println!("Retry is pressed: {:?} {:?}", status.note, status.failures);
            assert!(engine.retry(job));
            engine.finished().await;
        }
        presses
    }

    /// All of it is there, and the engine knows it.
    pub fn arrived(&self, status: &TransferStatus) {
        assert_eq!(status.state, TransferState::Verified, "{status:?}");
        assert_eq!(
            status.ledger.sent + status.ledger.already_there,
            self.files.len() as u64
        );
        self.holds_but(&[]);
    }

    /// The server holds each file once and byte for byte, and none of these SOP Instance UIDs.
    pub fn holds_but(&self, missing: &[&str]) {
        holds(self.data.path(), &self.files, missing);
    }
}

/// The server in this folder holds each of these files once and byte for byte, and none of these SOP Instance UIDs.
pub fn holds(data: &Path, files: &[Written], missing: &[&str]) {
    let stored = program::stored(data);
    let found: BTreeMap<_, _> = stored.iter().cloned().collect();
    assert_eq!(found.len(), stored.len(), "no image is there twice");
    let wanted = files
        .iter()
        .filter(|file| !missing.contains(&file.instance.as_str()));
    let mut count = 0;
    for file in wanted {
        let path = found.get(&file.instance).expect("every image is there");
        let same = std::fs::read(path).unwrap() == std::fs::read(&file.path).unwrap();
        assert!(same, "{} is what was sent", file.path.display());
        count += 1;
    }
    assert_eq!(found.len(), count, "and nothing else");
}

/// Fails in place of hanging for ever.
pub async fn within<T>(seconds: u64, work: impl Future<Output = T>) -> T {
    let work = tokio::time::timeout(Duration::from_secs(seconds), work);
    work.await.expect("it ends in bounded time")
}

/// The seed that this variable names, or another one each time; it is printed.
pub fn seed(variable: &str) -> u64 {
    let given = std::env::var(variable).ok();
    let given = given.map(|text| text.parse().expect("a number"));
    let seed = given.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0);
    println!("{variable}={seed}");
    seed
}

/// Signs in at this router.
pub async fn sign_in(server: &Server, router: &str, timeouts: Timeouts) -> Client {
    let keys = Keys {
        account_key: server.account_key(),
        api_key: server.api_key(),
    };
    let options = CloudOptions {
        timeouts,
        ..CloudOptions::default()
    };
    let endpoint = Endpoint::parse(router, "").unwrap();
    let client = Client::sign_in_with(&endpoint, &keys, &options, |_| {}).await;
    client.unwrap()
}

pub fn scanned(path: &Path) -> Catalogue {
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

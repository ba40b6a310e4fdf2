//! Studies that are de-identified on their way out.

use studydrop::dicom::deidentify::{NewIdentity, Profile, Secret};
use studydrop::transfer::{Cleaning, Keeping};

use super::*;

impl Bench {
    fn engine_with_key(&self, secret: Option<Secret>) -> Engine {
        let keeping = Keeping {
            journal: None,
            secret,
        };
        let options = Options::default();
        Engine::with(self.client.clone(), self.told.clone(), &options, keeping)
    }

    fn cleaned(&self, identity: Option<NewIdentity>) -> Upload {
        Upload {
            cleaning: Some(Arc::new(Cleaning {
                profile: Profile::default(),
                identity,
                burned_in_agreed: false,
            })),
            ..self.upload()
        }
    }

    fn stored(&self) -> Vec<Vec<u8>> {
        let mut folders = vec![self.data.path().join("files")];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => files.push(fs::read(path).unwrap()),
                }
            }
        }
        files
    }
}

fn has(bytes: &[u8], word: &str) -> bool {
    bytes
        .windows(word.len())
        .any(|part| part == word.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_study_under_the_basic_profile_arrives_without_its_identity_and_only_once() {
    let bench = Bench::new().await;
    let secret = Secret::new([7; 32]);
    let identity = NewIdentity {
        id: "ANON-1".to_owned(),
        name: "ANON^ONE".to_owned(),
    };
    let upload = bench.cleaned(Some(identity));
    let (count, uid) = (upload.files.len(), upload.study_instance_uid.clone());
    let (name, id) = (upload.patient_name.clone(), upload.patient_id.clone());
    assert_eq!(upload.sent_patient_id(), "ANON-1");
    let engine = bench.engine_with_key(Some(secret.clone()));
    engine.add(upload.clone());
    engine.finished().await;
    let status = bench.told.last();
    assert_eq!(status.state, TransferState::Verified, "{status:?}");
    assert_eq!(status.ledger.sent, count as u64);
    let stored = bench.stored();
    assert_eq!(stored.len(), count);
    for file in &stored {
        assert!(has(file, "ANON^ONE") && has(file, &secret.uid(&uid)));
        for word in [name.split('^').next().unwrap(), &id, &uid] {
            assert!(!has(file, word), "{word} is left");
        }
    }
    let receipt = engine.receipt(JOB).unwrap();
    assert_eq!(receipt.study_instance_uid, secret.uid(&uid));
    assert_eq!(receipt.patient_name, "ANON^ONE");
    // The same key makes the same UIDs: nothing is sent again.
    engine.add(upload);
    engine.finished().await;
    let status = bench.told.last();
    assert_eq!(status.ledger.already_there, count as u64, "{status:?}");
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_key_nothing_is_sent_and_the_reason_is_said() {
    let bench = Bench::new().await;
    let engine = bench.engine_with_key(None);
    engine.add(bench.cleaned(None));
    engine.finished().await;
    let status = bench.told.last();
    assert_eq!(status.state, TransferState::NeedsAttention);
    assert!(status.ledger.is_closed() && status.ledger.sent == 0);
    assert!(
        status
            .failures
            .iter()
            .all(|failure| failure.reason.contains("key"))
    );
    assert!(bench.stored().is_empty());
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_patient_among_them_is_not_sent_under_a_new_identity() {
    let bench = Bench::new().await;
    let identity = NewIdentity {
        id: "ANON-1".to_owned(),
        name: "ANON^ONE".to_owned(),
    };
    let mut upload = bench.cleaned(Some(identity));
    // One file is written anew with another ID.
    let other = [Replacement::new("PatientID", "SOMEBODY-ELSE").unwrap()];
    let path = upload.files[2].path.clone();
    let bytes = deidentify::replace(&fs::read(&path).unwrap(), &other).unwrap();
    fs::write(&path, bytes).unwrap();
    let changed = fs::metadata(&path).unwrap();
    let mut files = upload.files.to_vec();
    files[2].size = changed.len();
    files[2].modified = changed.modified().ok();
    upload.files = files.into();
    let engine = bench.engine_with_key(Some(Secret::new([7; 32])));
    engine.add(upload);
    engine.finished().await;
    let status = bench.told.last();
    assert_eq!((status.ledger.failed, status.failures.len()), (1, 1));
    assert_eq!(status.failures[0].path, path);
    assert!(status.failures[0].reason.contains("another patient"));
    bench.server.stop().await;
}

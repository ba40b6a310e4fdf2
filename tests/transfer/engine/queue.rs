//! The queue: what is paused, moved and limited.

use super::*;

fn state_of(bench: &Bench, job: u64) -> Option<TransferState> {
    let told = bench.told.0.lock().unwrap();
    let mine = told.iter().rev().find(|status| status.job == JobId(job));
    mine.map(|status| status.state)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_transfer_stands_still_and_goes_on_where_it_was() {
    let bench = Bench::new().await;
    let slow = Options {
        bytes_per_second: Some(2_000_000),
        ..Options::default()
    };
    let engine = Engine::new(bench.client.clone(), bench.told.clone(), &slow);
    let upload = bench.upload();
    let count = upload.files.len() as u64;
    let parts: u64 = upload
        .files
        .iter()
        .map(|file| file.size.div_ceil(512 * 1024))
        .sum();
    engine.add(upload);
    while bench.told.last().ledger.sent < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    engine.pause(&[JOB]);
    assert_eq!(bench.told.last().state, TransferState::Paused);
    // Ends when what was in flight has arrived.
    engine.finished().await;
    let held = bench.told.last();
    assert_eq!(held.state, TransferState::Paused);
    assert!(held.ledger.sent < count && !held.ledger.is_closed());
    let served = bench.server.served()["UploadDicomFiles"];
    engine.set_options(&Options::default());
    engine.resume(&[JOB]);
    engine.finished().await;
    let status = bench.told.last();
    assert_eq!(status.state, TransferState::Verified, "{status:?}");
    assert_eq!(status.ledger.sent, count);
    assert_eq!(bench.server.served()["UploadDicomFiles"], parts);
    assert!(served < parts);
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_that_is_moved_up_takes_the_turn_of_the_one_that_runs() {
    let bench = Bench::new().await;
    let slow = Options {
        side_by_side: 1,
        bytes_per_second: Some(500_000),
        ..Options::default()
    };
    let engine = Engine::new(bench.client.clone(), bench.told.clone(), &slow);
    for number in 1..=2 {
        engine.add(Upload {
            job: JobId(number),
            ..bench.upload()
        });
    }
    while state_of(&bench, 1) != Some(TransferState::Sending) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(state_of(&bench, 2), Some(TransferState::Waiting));
    engine.move_before(JobId(2), Some(JobId(1)));
    assert_eq!(state_of(&bench, 1), Some(TransferState::Waiting));
    while state_of(&bench, 2) == Some(TransferState::Waiting) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    engine.set_options(&Options::default());
    engine.finished().await;
    assert_eq!(state_of(&bench, 1), Some(TransferState::Verified));
    assert_eq!(state_of(&bench, 2), Some(TransferState::Verified));
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_order_is_verified_by_its_count_and_an_old_one_image_by_image() {
    let bench = Bench::new().await;
    let engine = bench.engine();
    engine.add(bench.upload());
    engine.finished().await;
    assert_eq!(bench.told.last().state, TransferState::Verified);
    let asked = bench.server.served()["CheckFileExist"];
    assert_eq!(asked, 1, "only before sending");
    let receipt = engine.receipt(JOB).unwrap();
    assert_eq!(receipt.verified_by, studydrop::receipt::VerifiedBy::Counts);
    assert!(receipt.files.iter().all(|file| file.sha256.is_some()));
    // Again: nothing is sent, and each image is asked for.
    engine.add(bench.upload());
    engine.finished().await;
    let count = bench.upload().files.len() as u64;
    assert_eq!(bench.told.last().ledger.already_there, count);
    assert_eq!(bench.server.served()["CheckFileExist"], asked + count);
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_the_account_has_forgotten_is_begun_anew() {
    let bench = Bench::new().await;
    let slow = Options {
        connections: 2,
        bytes_per_second: Some(3_000_000),
        ..Options::default()
    };
    let engine = Engine::new(bench.client.clone(), bench.told.clone(), &slow);
    let upload = bench.upload();
    let count = upload.files.len() as u64;
    engine.add(upload);
    while bench.told.last().ledger.sent < 3 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    bench.forget_uploads();
    engine.set_options(&Options::default());
    engine.finished().await;
    let status = bench.told.last();
    assert_eq!(status.state, TransferState::Verified, "{status:?}");
    assert_eq!(status.ledger.sent, count);
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_study_twice_in_the_queue_is_sent_once() {
    let bench = Bench::new().await;
    let engine = bench.engine();
    let upload = bench.upload();
    let count = upload.files.len() as u64;
    for number in 1..=2 {
        engine.add(Upload {
            job: JobId(number),
            ..upload.clone()
        });
    }
    engine.finished().await;
    let ledger = |job| {
        let told = bench.told.0.lock().unwrap();
        let last = told.iter().rev().find(|status| status.job == JobId(job));
        last.unwrap().ledger
    };
    assert_eq!((ledger(1).sent, ledger(1).already_there), (count, 0));
    assert_eq!((ledger(2).sent, ledger(2).already_there), (0, count));
    bench.server.stop().await;
}

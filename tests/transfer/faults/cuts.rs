//! Lines that break: cut in the midst of anything, gone for a while, slow, or silent without breaking.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use studydrop::message::JobId;
use studydrop::transfer::{Engine, Options, TransferState};

use crate::common::proxy::{Deed, How, Line};
use crate::common::studies::StudyBuilder;
use crate::faults::bench::{Bench, holds, mixed, within};

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_cut_every_so_many_bytes_loses_and_doubles_nothing() {
    for (bytes, how) in [
        // In the handshake, in the first answers, in the midst of a part, behind the first part.
        (400, How::Reset),
        (1_500, How::End),
        (200_000, How::Reset),
        (530_000, How::End),
    ] {
        let bench = Bench::new().await;
        bench.proxy.cut_after(bytes, how, 6);
        within(60, bench.send_whole()).await;
        assert!(bench.proxy.counts().cuts >= 4, "{:?}", bench.proxy.counts());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_line_with_a_long_way_carries_everything() {
    let bench = Bench::new().await;
    bench.proxy.line(Line {
        rate_up: Some(3_000_000),
        rate_down: Some(100_000),
        ..Line::round_trip(Duration::from_millis(60))
    });
    within(60, bench.send_whole()).await;
    assert_eq!(bench.proxy.counts().cuts, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_be_reached_for_a_while_is_waited_for() {
    let bench = Bench::new().await;
    let engine = bench.engine();
    // Slow enough that it is not over before the cut.
    bench.proxy.line(Line {
        rate_up: Some(2_000_000),
        ..Line::default()
    });
    engine.add(bench.upload());
    within(30, bench.told.until(|status| status.bytes_done > 600_000)).await;
    bench.proxy.stop().await;
    let down = bench
        .told
        .until(|status| status.state == TransferState::Reconnecting);
    within(30, down).await;
    assert_eq!(bench.proxy.counts().open, 0);
    bench.proxy.line(Line::default());
    bench.proxy.take().await;
    within(60, engine.finished()).await;
    bench.arrived(&bench.told.last());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_new_connection_is_asked_on_the_old_ones() {
    let bench = Bench::new().await;
    let engine = bench.engine();
    bench.proxy.line(Line {
        rate_up: Some(2_000_000),
        ..Line::default()
    });
    engine.add(bench.upload());
    within(30, bench.told.until(|status| status.bytes_done > 0)).await;
    bench.proxy.refuse().await;
    bench.proxy.line(Line::default());
    within(30, engine.finished()).await;
    bench.arrived(&bench.told.last());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_stay_open_and_silent_are_given_up_in_bounded_time() {
    for stalls in [false, true] {
        let bench = Bench::of(&mixed()).await;
        let engine = bench.engine();
        bench.proxy.line(Line {
            rate_up: Some(2_000_000),
            ..Line::default()
        });
        engine.add(bench.upload());
        within(30, bench.told.until(|status| status.bytes_done > 600_000)).await;
        let before = bench.proxy.open();
        if stalls {
            bench.proxy.stall_all();
        } else {
            bench.proxy.half_open_all();
        }
        bench.proxy.line(Line::default());
        // The time-outs of these tests are a second of silence and two for a part.
        within(20, engine.finished()).await;
        bench.arrived(&bench.told.last());
        let after = bench.proxy.counts().connections as usize;
        assert!(after > before.len(), "it went on over new connections");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_dies_while_it_is_verified_is_opened_again() {
    let bench = Bench::new().await;
    let engine = bench.engine();
    let (parts, silent) = (AtomicU64::new(0), Arc::new(AtomicBool::new(false)));
    let swallowed = Arc::clone(&silent);
    bench.proxy.on_request(move |asked| {
        if asked.is_part() {
            parts.fetch_add(1, Ordering::SeqCst);
        }
        // What is asked once all parts went.
        let verifies = !asked.is_part() && parts.load(Ordering::SeqCst) >= 24;
        if verifies && !swallowed.swap(true, Ordering::SeqCst) {
            return Deed::Swallow;
        }
        Deed::Pass
    });
    engine.add(bench.upload());
    within(40, engine.finished()).await;
    assert!(silent.load(Ordering::SeqCst));
    bench.arrived(&bench.told.last());
}

/// Cuts in one run.
const CUTS: u32 = 200;
/// Studies sent side by side.
const STUDIES: u64 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_cuts_at_random_lose_and_double_nothing() {
    let seed = crate::faults::bench::seed("STUDYDROP_TEST_CUTS");
    let bench = Bench::of(&[StudyBuilder::new()]).await;
    bench.proxy.cut_at_random(seed, 300, 2_000_000, CUTS);
    let options = Options {
        side_by_side: STUDIES as usize,
        ..Options::default()
    };
    let engine = Engine::new(bench.client.clone(), bench.told.clone(), &options);
    let (mut all, mut jobs, mut presses) = (Vec::new(), 1.., 0);
    while bench.proxy.cuts_left() > 0 {
        let round: Vec<JobId> = jobs.by_ref().take(STUDIES as usize).map(JobId).collect();
        for job in &round {
            let study = tempfile::tempdir().unwrap();
            let small = StudyBuilder::new().images(30);
            let large = small.clone().images(5).pixels(512, 1100).prefix("LG");
            let mut files = small.write_to(study.path());
            files.extend(large.write_to(study.path()));
            engine.add(bench.upload_from(study.path(), job.0));
            all.push((study, files));
        }
        within(120, engine.finished()).await;
        for job in round {
            presses += within(120, bench.pressing(&engine, job)).await;
            let status = bench.told.of(job);
            assert_eq!(status.state, TransferState::Verified, "{status:?}");
            let ledger = status.ledger;
            assert!(ledger.is_closed());
            assert_eq!((ledger.found, ledger.failed, ledger.skipped), (35, 0, 0));
        }
    }
    let counts = bench.proxy.counts();
    assert!(counts.cuts >= u64::from(CUTS), "{counts:?}");
    let files: Vec<_> = all.iter().flat_map(|(_, files)| files.clone()).collect();
    let bytes: u64 = files.iter().map(|file| file.size).sum();
    println!(
        "{} cuts over {} connections; {} files of {bytes} bytes arrived, {} bytes went up; Retry was pressed {presses} times",
        counts.cuts,
        counts.connections,
        files.len(),
        counts.bytes_up,
    );
    holds(bench.data.path(), &files, &[]);
}

//! Messages that do not arrive, arrive twice, damaged or as somebody else's, and servers that say no or forget.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use studydrop::transfer::TransferState;

use crate::common::proxy::{Deed, How, to_answers_of_parts};
use crate::faults::bench::{Bench, JOB, within};

/// Every so many of a kind, but not for ever, so that each message comes through at last.
fn some(every: u64, times: u64) -> impl Fn(u64) -> bool + Send + Sync {
    move |number| number % every == every - 1 && number / every < times
}

#[tokio::test(flavor = "multi_thread")]
async fn what_befalls_answers_costs_time_and_nothing_else() {
    for deed in [
        Deed::Drop,
        Deed::Twice,
        Deed::Cut(How::Reset),
        Deed::Cut(How::End),
        Deed::Swallow,
        // A bit of the type, so that it is no answer at all.
        Deed::Flip(0, 0x80),
        Deed::SpoilHeader,
        Deed::PromiseMore(3000),
    ] {
        let bench = Bench::new().await;
        let this = deed.clone();
        bench
            .proxy
            .on_answer(to_answers_of_parts(some(5, 3), move |_| this.clone()));
        println!("{deed:?}");
        within(60, bench.send_whole()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_befalls_requests_costs_time_and_nothing_else() {
    for deed in [
        Deed::Drop,
        Deed::Twice,
        Deed::Cut(How::Reset),
        Deed::Swallow,
        Deed::SpoilHeader,
    ] {
        let bench = Bench::new().await;
        let (this, parts, some) = (deed.clone(), AtomicU64::new(0), some(5, 3));
        bench.proxy.on_request(move |asked| {
            if asked.is_part() && some(parts.fetch_add(1, Ordering::SeqCst)) {
                this.clone()
            } else {
                Deed::Pass
            }
        });
        println!("{deed:?}");
        within(60, bench.send_whole()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_another_request_is_not_taken_for_ones_own() {
    let bench = Bench::new().await;
    // Of those parts whose answers go astray none reaches the server: whoever took another's answer would say that it did.
    let astray = Arc::new(AtomicU32::new(0));
    let parts = AtomicU64::new(0);
    let count = Arc::clone(&astray);
    bench.proxy.on_request(move |asked| {
        if !asked.is_part() || parts.fetch_add(1, Ordering::SeqCst) % 4 != 3 {
            return Deed::Pass;
        }
        let Deed::Answer(mut answer) = asked.forgotten() else {
            return Deed::Pass;
        };
        // The one before, the one after, and one that never was.
        let number = count.fetch_add(1, Ordering::SeqCst);
        answer.request_id = match number % 3 {
            0 => answer.request_id.wrapping_sub(1),
            1 => answer.request_id.wrapping_add(1),
            _ => u32::MAX,
        };
        Deed::Answer(answer)
    });
    within(60, bench.send_whole()).await;
    assert!(astray.load(Ordering::SeqCst) >= 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_refused_for_good_fails_in_the_servers_words_and_the_rest_goes() {
    let bench = Bench::new().await;
    let refused = [&bench.files[3], &bench.files[14]].map(|file| file.instance.clone());
    let (unwanted, tries) = (refused.clone(), Arc::new(AtomicU64::new(0)));
    let count = Arc::clone(&tries);
    bench.proxy.on_request(move |asked| {
        let one_of_them = unwanted.iter().any(|uid| asked.holds(uid));
        if asked.is_part() && one_of_them {
            count.fetch_add(1, Ordering::SeqCst);
            return asked.refused("The quota of this modality is used up.");
        }
        Deed::Pass
    });
    let (engine, status) = within(60, bench.send()).await;
    assert_eq!(status.state, TransferState::NeedsAttention);
    assert_eq!((status.ledger.sent, status.ledger.failed), (14, 2));
    let paths = [&bench.files[3].path, &bench.files[14].path];
    assert_eq!(status.failures.len(), 2);
    for failure in status.failures.iter() {
        assert!(paths.contains(&&failure.path));
        let words = "The quota of this modality is used up.";
        assert!(failure.reason.contains(words), "{}", failure.reason);
    }
    bench.holds_but(&[&refused[0], &refused[1]]);
    // Asked once is enough, twice no harm; it must not be asked for ever.
    assert!(tries.load(Ordering::SeqCst) <= 10);

    bench.proxy.behave();
    assert!(engine.retry(JOB));
    within(60, engine.finished()).await;
    bench.arrived(&bench.told.last());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_acknowledged_and_forgot_is_found_by_asking() {
    let bench = Bench::new().await;
    // A file of one part, and the last of a file's parts.
    let forgotten = [&bench.files[5], &bench.files[13]].map(|file| file.instance.clone());
    let unwanted = forgotten.clone();
    let large = Arc::new(AtomicU64::new(u64::MAX));
    bench.proxy.on_request(move |asked| {
        if !asked.is_part() {
            return Deed::Pass;
        }
        if asked.holds(&unwanted[1]) {
            large.store(asked.file(), Ordering::SeqCst);
        }
        let first = asked.holds(&unwanted[0]);
        let part = asked.file() == large.load(Ordering::SeqCst) && asked.part() == 0;
        if first || part {
            return asked.forgotten();
        }
        Deed::Pass
    });
    let (engine, status) = within(90, bench.send()).await;
    assert_eq!(status.state, TransferState::NeedsAttention);
    assert_eq!((status.ledger.sent, status.ledger.failed), (14, 2));
    assert_eq!(status.verified, 14);
    for failure in status.failures.iter() {
        let paths = [&bench.files[5].path, &bench.files[13].path];
        assert!(paths.contains(&&failure.path));
        assert!(failure.reason.contains("does not hold"), "{failure:?}");
    }
    bench.holds_but(&[&forgotten[0], &forgotten[1]]);

    bench.proxy.behave();
    assert!(engine.retry(JOB));
    within(60, engine.finished()).await;
    bench.arrived(&bench.told.last());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_forgets_for_a_while_ends_with_all_or_with_names() {
    let bench = Bench::new().await;
    let parts = AtomicU64::new(0);
    bench.proxy.on_request(move |asked| {
        if asked.is_part() && parts.fetch_add(1, Ordering::SeqCst) < 8 {
            return asked.forgotten();
        }
        Deed::Pass
    });
    let (engine, status) = within(90, bench.send()).await;
    if status.ledger.failed > 0 {
        assert_eq!(status.state, TransferState::NeedsAttention);
        assert_eq!(status.failures.len() as u64, status.ledger.failed);
        assert!(engine.retry(JOB));
        within(60, engine.finished()).await;
    }
    bench.arrived(&bench.told.last());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_request_that_the_server_can_still_read_is_sent_again_or_fails_in_its_words() {
    let bench = Bench::new().await;
    let parts = AtomicU64::new(0);
    bench.proxy.on_request(move |asked| {
        if asked.is_part() && parts.fetch_add(1, Ordering::SeqCst) == 4 {
            // The first byte of its JSON.
            return Deed::Flip(14, 1);
        }
        Deed::Pass
    });
    let (engine, status) = within(60, bench.send()).await;
    if status.ledger.failed > 0 {
        assert_eq!(status.ledger.failed, 1, "{status:?}");
        let reason = &status.failures[0].reason;
        assert!(reason.contains("The message cannot be read"), "{reason}");
        assert!(engine.retry(JOB));
        within(60, engine.finished()).await;
    }
    bench.arrived(&bench.told.last());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_the_server_has_forgotten_is_made_anew() {
    let bench = Bench::new().await;
    let engine = bench.engine();
    let database = bench.data.path().join("practice.sqlite");
    let forget = move || {
        let database = rusqlite::Connection::open(&database).unwrap();
        database.execute("DELETE FROM session", []).unwrap()
    };
    assert!(forget() > 0);
    bench.proxy.cut_all(How::Reset);
    engine.add(bench.upload());
    within(60, engine.finished()).await;
    bench.arrived(&bench.told.last());
}

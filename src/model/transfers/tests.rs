//! Tests of the Transfers page's model.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::ToSpan;

use crate::message::{
    Event, Failure, Journal, ReceiptFormat, Restored, SessionCommand, TransferCommand,
    TransferEvent,
};
use crate::model::testing::{self, Drive};
use crate::model::*;
use crate::transfer::{Ledger, TransferState, TransferStatus};

fn act(model: &mut Model, act: TransfersAction) -> Vec<Command> {
    Drive::act(model, Action::Transfers(act))
}

fn jobs(model: &Model) -> Vec<JobId> {
    model.transfers.rows.iter().map(Row::job).collect()
}

fn failure(what: &str) -> Failure {
    Failure {
        what: what.to_owned(),
        remedy: "Close the other one.".to_owned(),
    }
}

fn news(model: &mut Model, change: impl FnOnce(&mut TransferStatus), row: usize) {
    let mut status = TransferStatus::clone(&model.transfers.rows[row].status);
    change(&mut status);
    drop(model.apply(Event::Transfer(TransferEvent::Status(Arc::new(status)))));
}

fn tomorrow(model: &mut Model) {
    let now = Now {
        clock: model.now.clock + 1.day(),
        ..model.now
    };
    drop(model.tick(now));
}

#[test]
fn one_is_held_and_goes_on_and_all_that_are_not_over_are() {
    let mut model = testing::with_transfers();
    let job = jobs(&model);
    let asked = act(&mut model, TransfersAction::Pause(job[0]));
    assert!(
        matches!(asked.as_slice(), [Command::Transfer(TransferCommand::Pause(held))] if *held == [job[0]])
    );
    news(&mut model, |status| status.state = TransferState::Paused, 0);
    let asked = act(&mut model, TransfersAction::PauseAll);
    assert!(
        matches!(asked.as_slice(), [Command::Transfer(TransferCommand::Pause(held))] if *held == [job[1], job[4]])
    );
    let asked = act(&mut model, TransfersAction::ResumeAll);
    assert!(
        matches!(asked.as_slice(), [Command::Transfer(TransferCommand::Resume(held))] if *held == [job[0]])
    );
    let asked = act(&mut model, TransfersAction::Resume(job[0]));
    assert!(matches!(
        asked.as_slice(),
        [Command::Transfer(TransferCommand::Resume(_))]
    ));
    assert_eq!(model.transfers.unfinished(), 3, "a held one is not over");
    assert_eq!(model.transfers.active(), 1);
}

#[test]
fn the_queue_is_changed_among_those_that_are_not_over() {
    let mut model = testing::with_transfers();
    let [thorax, abdomen, knee, berg, lund] = jobs(&model)[..] else {
        panic!("five rows")
    };
    let moved = |asked: &[Command]| match asked {
        [Command::Transfer(TransferCommand::Move { job, before })] => Some((*job, *before)),
        _ => None,
    };
    let asked = act(&mut model, TransfersAction::Up(lund));
    assert_eq!(moved(&asked), Some((lund, Some(abdomen))));
    assert_eq!(jobs(&model), [thorax, lund, abdomen, knee, berg]);
    let asked = act(&mut model, TransfersAction::First(lund));
    assert_eq!(moved(&asked), Some((lund, Some(thorax))));
    assert!(act(&mut model, TransfersAction::Up(lund)).is_empty());
    assert!(act(&mut model, TransfersAction::First(lund)).is_empty());
    let asked = act(&mut model, TransfersAction::Down(thorax));
    assert_eq!(moved(&asked), Some((thorax, None)), "to the end");
    assert_eq!(model.transfers.queue(), [lund, abdomen, thorax]);
    assert!(act(&mut model, TransfersAction::Down(thorax)).is_empty());
    let drag = |job, before| TransfersAction::Move { job, before };
    assert!(act(&mut model, drag(lund, Some(lund))).is_empty());
    assert!(
        act(&mut model, drag(lund, Some(abdomen))).is_empty(),
        "it is there"
    );
    assert!(
        act(&mut model, drag(lund, Some(knee))).is_empty(),
        "it is over"
    );
    assert!(
        act(&mut model, drag(knee, Some(lund))).is_empty(),
        "it is over"
    );
    assert_eq!(
        moved(&act(&mut model, drag(lund, None))),
        Some((lund, None))
    );
    assert_eq!(model.transfers.queue(), [abdomen, thorax, lund]);
    assert_eq!(model.transfers.rows.len(), 5);
}

#[test]
fn a_waiting_one_says_after_whom_it_comes() {
    let mut model = testing::with_transfers();
    let job = jobs(&model);
    let after = |model: &Model| {
        model
            .transfers
            .after(job[4])
            .map(|row| row.title().to_owned())
    };
    assert_eq!(after(&model).as_deref(), Some("CT Thorax with contrast"));
    news(&mut model, |status| status.state = TransferState::Paused, 0);
    assert_eq!(after(&model), None, "a held one is not waited for");
}

#[test]
fn one_with_failures_is_taken_off_by_hand_alone_and_a_running_one_is_not() {
    let mut model = testing::with_transfers();
    let job = jobs(&model);
    assert!(act(&mut model, TransfersAction::Remove(job[0])).is_empty());
    let before = model.transfers.today();
    let asked = act(&mut model, TransfersAction::Remove(job[3]));
    assert!(
        matches!(asked.as_slice(), [Command::Transfer(TransferCommand::Forget(gone))] if *gone == [job[3]])
    );
    assert_eq!(model.transfers.today(), before);
    assert_eq!(model.transfers.rows.len(), 4);
}

#[test]
fn what_is_tried_again_is_counted_once() {
    let mut model = testing::with_transfers();
    let before = model.transfers.today();
    let again = |status: &mut TransferStatus| {
        status.state = TransferState::Waiting;
        status.ledger.failed = 0;
        status.failures = Arc::from([]);
    };
    news(&mut model, again, 3);
    assert_eq!(model.transfers.today().found, before.found);
    let sent = |status: &mut TransferStatus| {
        status.state = TransferState::Verified;
        status.ledger.sent = 40;
    };
    news(&mut model, sent, 3);
    let today = model.transfers.today();
    assert_eq!(
        (today.found, today.sent, today.failed),
        (before.found, before.sent + 3, 0)
    );
    assert_eq!(model.transfers.verified(), 2);
}

#[test]
fn a_new_day_counts_what_is_done_on_it() {
    let mut model = testing::with_transfers();
    drop(model.act(Action::Transfers(TransfersAction::ClearFinished)));
    tomorrow(&mut model);
    let today = model.transfers.today();
    // 412 of 612, 488 of 488 and none of 2 images were sent yesterday.
    assert_eq!((today.found, today.sent, today.pending()), (202, 0, 202));
    assert_eq!((today.failed, model.transfers.verified()), (0, 0));
    let all = |status: &mut TransferStatus| {
        status.state = TransferState::Verified;
        status.ledger.sent = 612;
    };
    news(&mut model, all, 0);
    let today = model.transfers.today();
    assert_eq!((today.found, today.sent), (202, 200));
    assert_eq!(model.transfers.verified(), 1);
    // Yesterday's failures are retried today.
    let again = |status: &mut TransferStatus| {
        status.state = TransferState::Sending;
        status.ledger.failed = 0;
    };
    news(&mut model, again, 2);
    assert_eq!(model.transfers.today().found, 205);
    let sent = |status: &mut TransferStatus| {
        status.state = TransferState::NeedsAttention;
        (status.ledger.sent, status.ledger.failed) = (39, 1);
    };
    news(&mut model, sent, 2);
    let today = model.transfers.today();
    assert_eq!((today.found, today.sent, today.failed), (205, 202, 1));
    assert!(!today.is_closed(), "the one with two images still waits");
    assert_eq!(today.pending(), 2);
}

fn restored(model: &Model, number: u64, state: TransferState, days: u64) -> Restored {
    let mut upload = model.transfers.rows[0].upload.clone();
    upload.job = JobId(JobId::RESTORED + number);
    let mut status = testing::status(upload.job, state, 612, 100);
    status.ledger.sent = 400;
    let zone = jiff::tz::TimeZone::system();
    let now = model.now.clock.to_zoned(zone).unwrap();
    Restored {
        upload,
        status: Arc::new(status),
        queued: SystemTime::from(now) - Duration::from_secs(86_400 * days),
    }
}

#[test]
fn what_an_earlier_session_left_stands_first_and_only_the_rest_of_it_is_todays() {
    let mut model = testing::with_transfers();
    let here = jobs(&model);
    let before = model.transfers.today();
    let mut unknown = restored(&model, 1, TransferState::Verified, 3);
    unknown.upload.patient_name.clear();
    unknown.upload.title.clear();
    let left = vec![
        restored(&model, 0, TransferState::Sending, 1),
        unknown,
        restored(&model, 2, TransferState::Waiting, 0),
    ];
    drop(model.apply(Event::Transfer(TransferEvent::Restored(left.clone()))));
    drop(model.apply(Event::Transfer(TransferEvent::Restored(left))));
    assert_eq!(jobs(&model)[3..], here, "each once, before the others");
    let row = &model.transfers.rows[1];
    assert_eq!(
        (row.patient().as_str(), row.title()),
        ("Patient not known", "the files are not there")
    );
    let today = model.transfers.today();
    // 212 images remained from yesterday, the transfer queued today counts fully, and what ended earlier does not
    // count.
    assert_eq!(today.found - before.found, 212 + 612);
    assert_eq!(today.sent - before.sent, 400);
}

#[test]
fn a_journal_that_another_copy_keeps_refuses_uploads_and_one_that_cannot_be_written_does_not() {
    let mut model = testing::with_drop();
    let said = failure("Another StudyDrop is open and keeps the list of transfers.");
    drop(
        model.apply(Event::Transfer(TransferEvent::Journal(Journal::InUse(
            said.clone(),
        )))),
    );
    assert_eq!(model.upload_refused().as_ref(), Some(&said.what));
    let asked = Drive::act(&mut model, Action::Upload(UploadAction::Send));
    assert!(
        !asked
            .iter()
            .any(|command| matches!(command, Command::Transfer(TransferCommand::Queue(_))))
    );
    let toasts = model.toasts.shown().len();
    drop(
        model.apply(Event::Transfer(TransferEvent::Journal(Journal::InUse(
            said,
        )))),
    );
    assert_eq!(model.toasts.shown().len(), toasts, "said once");
    drop(
        model.apply(Event::Transfer(TransferEvent::Journal(Journal::NotKept(
            failure("Disk full."),
        )))),
    );
    assert_eq!(model.upload_refused(), None);
    drop(model.act(Action::Upload(UploadAction::Send)));
    drop(model.act(Action::Shell(ShellAction::AskClose)));
    let Some(Dialog::Close(open)) = model.dialog else {
        panic!("the question")
    };
    assert!(!open.kept);
    drop(model.act(Action::Shell(ShellAction::AskClose)));
    assert!(!model.quit, "what would be lost is asked again");
}

#[test]
fn who_closes_the_window_again_has_read_the_question() {
    let mut model = testing::with_transfers();
    drop(model.act(Action::Shell(ShellAction::AskClose)));
    assert!(!model.quit && model.dialog.is_some());
    drop(model.act(Action::Shell(ShellAction::AskClose)));
    assert!(model.quit);
}

#[test]
fn a_receipt_is_asked_for_under_a_name_that_tells_nothing() {
    let mut model = testing::with_transfers();
    let job = jobs(&model);
    act(&mut model, TransfersAction::AskReceipt(job[0]));
    assert_eq!(model.receipt, None, "it is not over");
    act(&mut model, TransfersAction::AskReceipt(job[2]));
    let asked = act(&mut model, TransfersAction::SaveReceipt);
    let [
        Command::Transfer(TransferCommand::SaveReceipt {
            job: of,
            to,
            name,
            format,
        }),
    ] = asked.as_slice()
    else {
        panic!("{asked:?}")
    };
    assert_eq!((*of, to, *format), (job[2], &None, ReceiptFormat::Pdf));
    assert_eq!(name, "studydrop-receipt-2026-11-24-1030");
    assert!(
        act(&mut model, TransfersAction::SaveReceipt).is_empty(),
        "once"
    );
    drop(model.apply(Event::Transfer(TransferEvent::ReceiptSaved(Ok(None)))));
    let form = model.receipt.as_mut().unwrap();
    assert!(form.asks_path && !form.saving);
    form.format = ReceiptFormat::Json;
    form.path = "here".into();
    assert!(act(&mut model, TransfersAction::SaveReceipt).is_empty());
    model.receipt.as_mut().unwrap().path = "/tmp/receipt".into();
    let asked = act(&mut model, TransfersAction::SaveReceipt);
    assert!(
        matches!(asked.as_slice(), [Command::Transfer(TransferCommand::SaveReceipt { to: Some(to), .. })] if to.to_str() == Some("/tmp/receipt.json"))
    );
    drop(
        model.apply(Event::Transfer(TransferEvent::ReceiptSaved(Err(failure(
            "The disk is full.",
        ))))),
    );
    let wrong = model.receipt.as_ref().unwrap().wrong.clone();
    assert!(wrong.unwrap().contains("disk is full"));
    act(&mut model, TransfersAction::SaveReceipt);
    drop(
        model.apply(Event::Transfer(TransferEvent::ReceiptSaved(Ok(Some(
            "/tmp/receipt.json".into(),
        ))))),
    );
    assert_eq!(model.receipt, None);
    assert!(
        model
            .log
            .iter()
            .any(|entry| entry.what == "A receipt was saved")
    );
    assert!(model.log.iter().all(|entry| !entry.detail.contains("/tmp")));
}

#[test]
fn settings_for_sending_are_saved_when_all_of_them_are_right() {
    let mut model = testing::with_transfers();
    drop(model.act(Action::Settings(SettingsAction::Open)));
    model.settings_form.as_mut().unwrap().limit = "fast".into();
    assert!(Drive::act(&mut model, Action::Settings(SettingsAction::Save)).is_empty());
    model.settings_form.as_mut().unwrap().limit = "2,5".into();
    let asked = Drive::act(&mut model, Action::Settings(SettingsAction::Save));
    assert!(
        matches!(asked.as_slice(), [Command::Session(SessionCommand::SaveSettings(settings))] if settings.transfer.bytes_per_second == Some(2_500_000))
    );
    assert_eq!(model.settings_form, None);
}

#[test]
fn files_are_listed_a_few_at_first_then_all_then_none() {
    let mut model = testing::with_transfers();
    let job = jobs(&model)[3];
    let many = |status: &mut TransferStatus| {
        let one = status.failures[0].clone();
        status.failures = vec![one; 40].into();
        status.ledger = Ledger {
            found: 40,
            failed: 40,
            ..Ledger::default()
        };
    };
    news(&mut model, many, 3);
    let listed = |model: &Model| model.transfers.rows[3].listed();
    assert_eq!(listed(&model), Listed::Few);
    act(&mut model, TransfersAction::ListFiles(job));
    assert_eq!(listed(&model), Listed::All);
    act(&mut model, TransfersAction::ListFiles(job));
    assert_eq!(listed(&model), Listed::Hidden);
    act(&mut model, TransfersAction::ListFiles(job));
    assert_eq!(listed(&model), Listed::Few);
    let sending = |status: &mut TransferStatus| status.state = TransferState::Sending;
    news(&mut model, sending, 3);
    assert_eq!(
        listed(&model),
        Listed::Hidden,
        "while it runs nothing moves"
    );
}

//! Tests of the model alone: user actions and worker events in, state and commands out.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::testing::{self, Drive};
use super::*;
use crate::cloud::model::DateFilter;
use crate::dicom::catalogue::Found;
use crate::message::{
    Event, Failure, FilesEvent, FoldersEvent, SessionCommand, SessionEvent, TransferCommand,
    TransferEvent,
};
use crate::transfer::TransferState;

fn failure(what: &str) -> Failure {
    Failure {
        what: what.to_owned(),
        remedy: "Try again.".to_owned(),
    }
}

#[test]
fn remote_keeps_the_last_good_value_while_it_is_asked_for_again_and_when_that_fails() {
    let mut remote = Remote::NotAsked;
    remote.answer(Ok(1));
    remote.ask();
    assert_eq!((remote.value(), remote.is_loading()), (Some(&1), true));
    remote.answer(Err(failure("gone")));
    assert_eq!(remote.value(), Some(&1));
    assert_eq!(
        remote.failure().map(|failure| failure.what.as_str()),
        Some("gone")
    );
}

#[test]
fn keys_leave_the_form_once_they_are_accepted() {
    let mut model = testing::model();
    model.sign_in.account_key = "3f2c9a10-5f0e-4c1b-9a57-0c2f8f1f77a2".to_owned();
    model.sign_in.api_key = model.sign_in.account_key.clone();
    assert_eq!(model.act(Action::SignIn(SignInAction::Submit)).len(), 2);
    testing::sign_in(&mut model);
    assert!(model.sign_in.api_key.is_empty() && model.sign_in.account_key.is_empty());
}

#[test]
fn remembered_keys_do_not_overwrite_what_is_typed() {
    let mut model = testing::model();
    model.sign_in.account_key = "3f2c".to_owned();
    let keys = crate::cloud::Keys {
        account_key: Uuid::nil(),
        api_key: Uuid::nil(),
    };
    drop(model.apply(Event::Session(SessionEvent::Recalled {
        keys: Some(keys),
        unavailable: None,
    })));
    assert_eq!(model.sign_in.account_key, "3f2c");
}

#[test]
fn an_account_without_users_is_not_entered() {
    let mut model = testing::model();
    let account = Arc::new(Account::default());
    let asked = model.apply(Event::Session(SessionEvent::SignedIn {
        account,
        workspace: Workspace::Cloud,
    }));
    assert!(model.session.is_none());
    assert!(matches!(
        asked.as_slice(),
        [Command::Session(SessionCommand::SignOut { .. })]
    ));
    assert!(
        matches!(&model.sign_in.state, SignInState::Failed(failure) if failure.what.contains("no users"))
    );
}

#[test]
fn a_user_without_locations_is_told_so_and_cannot_upload() {
    let mut model = testing::model();
    let mut account = Account::clone(&testing::account());
    account.user_list[0].institution_list.clear();
    drop(model.apply(Event::Session(SessionEvent::SignedIn {
        account: Arc::new(account),
        workspace: Workspace::Cloud,
    })));
    assert!(
        model
            .toasts
            .shown()
            .iter()
            .any(|toast| toast.title.contains("no location"))
    );
    testing::drop_all(&mut model);
    assert!(
        model
            .upload_refused()
            .is_some_and(|why| why.contains("no location"))
    );
    let asked = model.act(Action::Upload(UploadAction::Send));
    assert!(
        !asked
            .iter()
            .any(|command| matches!(command, Command::Transfer(TransferCommand::Queue(_))))
    );
}

#[test]
fn what_a_cancelled_drop_still_finds_is_passed_over() {
    let mut model = testing::model();
    testing::sign_in(&mut model);
    drop(model.act(Action::Upload(UploadAction::Dropped(vec![
        "/media/disc".into(),
    ]))));
    let job = model.upload.scans[0].job;
    assert!(
        matches!(model.act(Action::Upload(UploadAction::ClearDrop)).as_slice(), [Command::Cancel(cancelled)] if *cancelled == job)
    );
    drop(model.apply(Event::Files(FilesEvent::Scanned {
        job,
        found: testing::files(&testing::KNEE),
        seen: 104,
        known: 104,
    })));
    assert!(model.upload.is_empty());
}

#[test]
fn a_study_that_was_unticked_stays_unticked_when_more_of_it_is_found() {
    let mut model = testing::with_drop();
    let knee = model
        .upload
        .studies()
        .find(|study| study.description == "Knee left")
        .unwrap();
    let uid = knee.study_instance_uid.clone();
    drop(model.act(Action::Upload(UploadAction::CheckStudies {
        studies: vec![uid.clone()],
        on: false,
    })));
    let mut more: Vec<Found> = testing::files(&testing::KNEE);
    more.truncate(1);
    testing::drop_folder(&mut model, more);
    assert!(!model.upload.checked.contains(&uid));
    assert_eq!(model.upload.chosen().0, 2);
}

#[test]
fn every_file_of_a_drop_is_in_the_ledger_of_today() {
    let mut model = testing::with_drop();
    drop(model.act(Action::Upload(UploadAction::Send)));
    let today = model.transfers.today();
    assert_eq!(
        (today.found, today.skipped, today.pending()),
        (1204 + 11, 11, 1204)
    );
    assert!(model.upload.is_empty());
}

#[test]
fn clearing_finished_rows_keeps_their_numbers_and_what_needs_attention() {
    let mut model = testing::with_transfers();
    let before = (model.transfers.today(), model.transfers.verified());
    let verified = model.transfers.rows[2].job();
    let asked = Drive::act(
        &mut model,
        Action::Transfers(TransfersAction::ClearFinished),
    );
    assert!(
        matches!(asked.as_slice(), [Command::Transfer(TransferCommand::Forget(gone))] if *gone == [verified])
    );
    assert_eq!(model.transfers.rows.len(), 4);
    assert!(
        Drive::act(
            &mut model,
            Action::Transfers(TransfersAction::ClearFinished)
        )
        .is_empty()
    );
    assert_eq!(
        (model.transfers.today(), model.transfers.verified()),
        before
    );
}

#[test]
fn a_transfer_that_ends_is_noted_once() {
    let mut model = testing::with_transfers();
    let ended = |model: &Model| {
        model
            .log
            .iter()
            .filter(|entry| entry.what.starts_with("Verified"))
            .count()
    };
    assert_eq!(ended(&model), 1);
    let again = model.transfers.rows[2].status.clone();
    drop(model.apply(Event::Transfer(TransferEvent::Status(again))));
    assert_eq!(ended(&model), 1);
    let mut cancelled = testing::status(
        model.transfers.rows[4].upload.job,
        TransferState::Cancelled,
        2,
        1,
    );
    cancelled.ledger.failed = 2;
    drop(model.apply(Event::Transfer(TransferEvent::Status(Arc::new(cancelled)))));
    assert!(
        model
            .log
            .iter()
            .any(|entry| entry.what == "Cancelled" && entry.whom == "Lund, Eva · CR Hand")
    );
}

#[test]
fn dates_are_days_of_this_computer_and_birth_dates_take_their_place() {
    let today = jiff::civil::date(2026, 11, 24);
    let mut form = Form {
        dates: DateChoice::Month,
        ..Form::default()
    };
    let first = Some(jiff::civil::date(2026, 10, 26));
    assert_eq!(
        form.query(today, None).dates,
        DateFilter::Performed {
            from: first,
            to: Some(today)
        }
    );
    form.dates = DateChoice::Yesterday;
    let yesterday = Some(jiff::civil::date(2026, 11, 23));
    assert_eq!(
        form.query(today, None).dates,
        DateFilter::Performed {
            from: yesterday,
            to: yesterday
        }
    );
    form.birth.0 = "3.2.1951".to_owned();
    let born = Some(jiff::civil::date(1951, 2, 3));
    assert_eq!(
        form.query(today, None).dates,
        DateFilter::Birth {
            from: born,
            to: None
        }
    );
    assert_eq!(parse_day("2026-13-01"), None);
    assert_eq!(parse_day("19510203"), born);
}

#[test]
fn a_search_is_in_the_picked_location_unless_all_are_wanted() {
    let mut form = Form::default();
    let (today, here) = (jiff::civil::date(2026, 11, 24), Uuid::from_u128(11));
    assert_eq!(form.query(today, Some(here)).locations, [here]);
    form.all_locations = true;
    assert!(form.query(today, Some(here)).locations.is_empty());
}

#[test]
fn a_folder_that_is_listed_below_itself_makes_no_endless_tree() {
    let mut model = testing::model();
    testing::sign_in(&mut model);
    let inner = testing::folder(
        7,
        "Loop",
        0,
        0,
        vec![testing::folder(7, "Loop", 0, 0, Vec::new())],
    );
    let root = testing::folder(0, "", 0, 0, vec![inner.clone()]);
    drop(model.apply(Event::Folders(FoldersEvent::Listed {
        user: Uuid::from_u128(1),
        with_orders: true,
        folder: None,
        result: Ok(Arc::new(root)),
    })));
    drop(model.act(Action::Folders(FoldersAction::Open {
        folder: Uuid::from_u128(7),
        open: true,
    })));
    drop(model.apply(Event::Folders(FoldersEvent::Listed {
        user: Uuid::from_u128(1),
        with_orders: true,
        folder: Some(Uuid::from_u128(7)),
        result: Ok(Arc::new(inner)),
    })));
    assert!(model.folders.tree().len() < 50);
    assert!(model.folders.path(Uuid::from_u128(7)).len() <= 33);
}

#[test]
fn signing_out_leaves_nothing_of_the_account_on_the_screen() {
    let mut model = testing::with_drop();
    let asked = Drive::act(
        &mut model,
        Action::Shell(ShellAction::AskSignOut { forget: false }),
    );
    assert!(matches!(
        asked.as_slice(),
        [
            Command::Session(SessionCommand::SignOut { forget: false }),
            Command::Session(SessionCommand::RecallKeys)
        ]
    ));
    assert!(model.session.is_none() && model.upload.is_empty() && model.transfers.rows.is_empty());
    let mut busy = testing::with_transfers();
    assert!(
        Drive::act(
            &mut busy,
            Action::Shell(ShellAction::AskSignOut { forget: true })
        )
        .is_empty()
    );
    assert_eq!(
        busy.dialog,
        Some(Dialog::SignOut {
            forget: true,
            open: Unfinished {
                studies: 3,
                kept: true,
                others: 0
            }
        })
    );
}

#[test]
fn the_window_is_woken_when_the_next_message_goes() {
    let mut model = testing::model();
    model.toast(Tone::Good, "Done", "");
    assert_eq!(model.next_change(), Some(Duration::from_secs(6)));
    let later = Now {
        running: model.now.running + Duration::from_secs(6),
        ..model.now
    };
    drop(model.tick(later));
    assert_eq!(model.next_change(), None);
    assert!(model.toasts.shown().is_empty());
}

//! The Transfers page without a worker: every state is shown, and everything on it can be pressed.

use std::sync::Arc;
use std::time::SystemTime;

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::window::Window;
use eframe::egui::{Event as Input, Key, Modifiers, PointerButton, Pos2, Role, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use studydrop::message::{
    Command, Event, Failure, JobId, Journal, ReceiptFormat, Restored, SessionCommand,
    TransferCommand, TransferEvent,
};
use studydrop::model::{Action, SettingsAction, ShellAction, TransfersAction};
use studydrop::transfer::{TransferState, TransferStatus};

fn in_every_state() -> Window {
    let mut window = Window::signed_in();
    window.harness.set_size(vec2(1280.0, 1400.0));
    drawn::every_state(&mut window);
    window.step();
    window
}

fn with_transfers() -> Window {
    let mut window = Window::signed_in();
    drawn::transfer_all(&mut window);
    window.step();
    window
}

fn jobs(window: &Window) -> Vec<JobId> {
    let rows = window.model().transfers.rows.iter();
    rows.map(|row| row.job()).collect()
}

fn row<'a>(window: &'a Window, what: &'a str) -> egui_kittest::Node<'a> {
    let rows = window.harness.query_all_by_role(Role::ListItem);
    let mut named = rows.filter(|row| {
        let label = row.accesskit_node().label();
        label.is_some_and(|label| label.contains(what))
    });
    named.next().expect("a row")
}

#[test]
fn every_state_has_its_word_and_its_line() {
    let window = in_every_state();
    for (word, line) in [
        ("Sending", "64 MB/s · 18 s left"),
        (
            "Waiting for the network",
            "the connection is gone; it goes on by itself when it is back",
        ),
        ("Reading", "asking what the account has already"),
        ("Paused", "held until you resume it"),
        ("Waiting", "after CT Hand"),
        (
            "Verified",
            "104 of 104 images are in the order. Safe to eject.",
        ),
        ("Needs attention", "7 files could not be sent, 1 is damaged"),
        ("Cancelled", "stopped; what was sent stays in the account"),
    ] {
        assert!(window.shows(word), "{word}");
        assert!(window.shows(line), "{line}");
    }
    assert!(window.shows_part("3 running, 1 waiting, 1 paused"));
    assert!(window.shows("Transfers, 3 running"), "at the rail");
    let mut window = with_transfers();
    assert!(window.shows("Verifying"));
    assert!(window.shows("asking the account what it holds · 120 checked"));
    window.act(Action::Transfers(TransfersAction::ClearFinished));
}

#[test]
fn one_is_paused_resumed_and_cancelled_by_its_icons_and_all_by_the_buttons_above() {
    let mut window = in_every_state();
    let jobs = jobs(&window);
    let asked = window.press("Pause CT Thorax with contrast");
    assert!(
        matches!(asked.as_slice(), [Command::Transfer(TransferCommand::Pause(held))] if *held == [jobs[0]])
    );
    let asked = window.press("Resume CT Knee");
    assert!(
        matches!(asked.as_slice(), [Command::Transfer(TransferCommand::Resume(held))] if *held == [jobs[3]])
    );
    let asked = window.press("Cancel CT Spine");
    assert!(matches!(asked.as_slice(), [Command::Cancel(job)] if *job == jobs[4]));
    let asked = window.press("Pause all");
    assert!(
        matches!(asked.as_slice(), [Command::Transfer(TransferCommand::Pause(held))] if held.len() == 4)
    );
    let asked = window.press("Resume all");
    assert!(
        matches!(asked.as_slice(), [Command::Transfer(TransferCommand::Resume(held))] if *held == [jobs[3]])
    );
    for job in &jobs[..5] {
        let held = drawn::status(*job, TransferState::Paused, 40, 100);
        window.apply(Event::Transfer(TransferEvent::Status(Arc::new(held))));
    }
    window.step();
    assert!(!window.shows("Pause all"), "all are held already");
    assert!(window.shows("Resume all"));
}

#[test]
fn a_row_is_moved_with_alt_and_the_arrows_and_keeps_the_keyboard() {
    let mut window = with_transfers();
    let jobs = jobs(&window);
    row(&window, "CR Hand").focus();
    window.step();
    window
        .harness
        .key_press_modifiers(Modifiers::ALT, Key::ArrowUp);
    window.step();
    let asked = window.asked();
    assert!(
        matches!(asked.as_slice(), [Command::Transfer(TransferCommand::Move { job, before: Some(before) })] if (*job, *before) == (jobs[4], jobs[1])),
        "{asked:?}"
    );
    window
        .harness
        .key_press_modifiers(Modifiers::ALT, Key::ArrowUp);
    window.step();
    assert_eq!(window.asked().len(), 1);
    assert_eq!(window.model().transfers.rows[0].job(), jobs[4]);
    assert!(row(&window, "CR Hand").is_focused());
    window.harness.key_press(Key::ArrowDown);
    window.step();
    assert!(row(&window, "CT Thorax").is_focused());
    window
        .harness
        .key_press_modifiers(Modifiers::ALT, Key::ArrowDown);
    window.step();
    let asked = window.asked();
    assert!(matches!(
        asked.as_slice(),
        [Command::Transfer(TransferCommand::Move {
            before: None,
            ..
        })]
    ));
}

#[test]
fn a_row_is_moved_from_its_list_too() {
    let mut window = with_transfers();
    let jobs = jobs(&window);
    window.press("More for CR Hand");
    let asked = window.press("Send first");
    assert!(
        matches!(asked.as_slice(), [Command::Transfer(TransferCommand::Move { job, before: Some(before) })] if (*job, *before) == (jobs[4], jobs[0]))
    );
    window.press("More for CR Hand");
    assert!(window.shows("Move down"));
    assert!(!window.shows("Move up"), "it is the first");
    window.harness.key_press(Key::Escape);
    window.step();
    window.press("More for MR Knee left");
    assert!(!window.shows("Move down"), "what is over is in no queue");
}

fn pointer(window: &mut Window, event: Input) {
    window.harness.event(event);
    window.harness.run_steps(1);
}

fn button(pos: Pos2, pressed: bool) -> Input {
    Input::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    }
}

#[test]
fn a_row_is_dragged_to_another_place_and_escape_leaves_it_where_it_was() {
    let mut window = with_transfers();
    let jobs = jobs(&window);
    let from = row(&window, "CR Hand").rect().left_center() + vec2(60.0, 0.0);
    let to = row(&window, "CT Thorax").rect().left_top() + vec2(90.0, 4.0);
    let drag = |window: &mut Window| {
        pointer(window, Input::PointerMoved(from));
        pointer(window, button(from, true));
        for step in 1..=4_u8 {
            let at = from.lerp(to, f32::from(step) / 4.0);
            pointer(window, Input::PointerMoved(at));
        }
    };
    drag(&mut window);
    window.harness.key_press(Key::Escape);
    window.step();
    pointer(&mut window, button(to, false));
    window.step();
    assert!(window.asked().is_empty());
    drag(&mut window);
    pointer(&mut window, button(to, false));
    window.step();
    let asked = window.asked();
    assert!(
        matches!(asked.as_slice(), [Command::Transfer(TransferCommand::Move { job, before: Some(before) })] if (*job, *before) == (jobs[4], jobs[0])),
        "{asked:?}"
    );
    assert_eq!(window.model().transfers.rows[0].job(), jobs[4]);
}

#[test]
fn what_is_over_is_not_dragged() {
    let mut window = with_transfers();
    let from = row(&window, "MR Knee left").rect().left_center() + vec2(60.0, 0.0);
    pointer(&mut window, Input::PointerMoved(from));
    pointer(&mut window, button(from, true));
    let to = from - vec2(0.0, 200.0);
    pointer(&mut window, Input::PointerMoved(from - vec2(0.0, 90.0)));
    pointer(&mut window, Input::PointerMoved(to));
    pointer(&mut window, button(to, false));
    window.step();
    assert!(window.asked().is_empty());
}

#[test]
fn files_that_were_not_sent_and_those_that_nobody_misses_are_opened_with_their_reasons() {
    let mut window = in_every_state();
    assert!(window.shows("The file is shorter than it says (cut off at 312 KB of 1.2 MB). Copy it again from the disc."));
    assert!(!window.shows("IM_0_0039"), "a few at first");
    window.press("Show all 8");
    assert!(window.shows("IM_0_0039"));
    assert!(!window.shows("The same image as IM_0003, which is sent."));
    window.press("10 skipped");
    assert!(window.shows("The same image as IM_0003, which is sent."));
    window.press("Hide skipped files");
    window.press("Hide files");
    assert!(!window.shows("IM_0_0039"));
    assert!(!window.shows("The same image as IM_0003, which is sent."));
}

#[test]
fn a_receipt_is_saved_as_pdf_by_enter_and_as_json_when_chosen() {
    let mut window = with_transfers();
    let jobs = jobs(&window);
    window.press("Save a receipt of MR Knee left");
    assert!(window.shows_part("It names the patient"));
    window.harness.key_press(Key::Enter);
    window.step();
    let asked = window.asked();
    let [
        Command::Transfer(TransferCommand::SaveReceipt {
            job,
            to: None,
            name,
            format: ReceiptFormat::Pdf,
        }),
    ] = asked.as_slice()
    else {
        panic!("{asked:?}")
    };
    assert_eq!(
        (*job, name.as_str()),
        (jobs[2], "studydrop-receipt-2026-11-24-1030")
    );
    window.apply(Event::Transfer(TransferEvent::ReceiptSaved(Ok(None))));
    window.step();
    window.press("JSON, for programs");
    window.type_into("Path of the receipt", "/tmp/knee.json");
    let asked = window.press("Save as JSON…");
    assert!(
        matches!(
            asked.as_slice(),
            [Command::Transfer(TransferCommand::SaveReceipt {
                to: Some(_),
                format: ReceiptFormat::Json,
                ..
            })]
        ),
        "{asked:?}"
    );
    window.apply(Event::Transfer(TransferEvent::ReceiptSaved(Ok(Some(
        "/tmp/knee.json".into(),
    )))));
    window.step();
    assert!(window.shows_part("The receipt is saved"));
    assert!(!window.shows("Save a receipt"));
}

#[test]
fn what_an_earlier_session_left_is_shown_and_can_be_resumed() {
    let mut window = with_transfers();
    let mut upload = window.model().transfers.rows[0].upload.clone();
    upload.job = JobId(JobId::RESTORED);
    (upload.patient_name, upload.title) = (String::new(), String::new());
    let status = TransferStatus {
        job: upload.job,
        note: Some("7 files are not there any more.".into()),
        ..drawn::status(upload.job, TransferState::Paused, 612, 702_000_000)
    };
    let restored = Restored {
        upload,
        status: Arc::new(status),
        queued: SystemTime::UNIX_EPOCH,
    };
    window.apply(Event::Transfer(TransferEvent::Restored(vec![restored])));
    window.step();
    assert!(window.shows("Patient not known · the files are not there"));
    assert!(window.shows("7 files are not there any more. · queued 1 Jan 1970"));
    let asked = window.press("Resume the files are not there");
    assert!(matches!(
        asked.as_slice(),
        [Command::Transfer(TransferCommand::Resume(_))]
    ));
}

#[test]
fn a_journal_that_another_copy_keeps_refuses_uploads_and_says_why() {
    let mut window = Window::with_drop();
    let failure = Failure {
        what: "Another StudyDrop is open and keeps the list of transfers.".into(),
        remedy: "Upload there, or close it and start this one again.".into(),
    };
    window.apply(Event::Transfer(TransferEvent::Journal(Journal::InUse(
        failure,
    ))));
    window.step();
    assert!(window.press("Upload 3 studies").is_empty());
    window.press("Close this message");
    assert!(
        window.shows_part("Another StudyDrop is open"),
        "beside the button"
    );
    window.act(Action::Shell(ShellAction::Go(
        studydrop::model::Page::Transfers,
    )));
    window.step();
    assert!(window.shows_part("Another StudyDrop is open"));
    assert!(window.shows("Nothing is on the way"));
}

#[test]
fn the_question_before_closing_is_answered_by_keeping_it_open() {
    let mut window = with_transfers();
    window.act(Action::Shell(ShellAction::AskClose));
    window.step();
    assert!(
        window.shows("3 studies are not sent yet. They go on when StudyDrop is started again.")
    );
    window.harness.key_press(Key::Enter);
    window.step();
    assert!(!window.model().quit && window.model().dialog.is_none());
    window.act(Action::Shell(ShellAction::AskSignOut { forget: false }));
    window.step();
    assert!(
        window.shows(
            "3 studies are not sent yet. They go on when you sign in to this account again."
        )
    );
    let asked = window.press("Sign out");
    assert!(matches!(
        asked.first(),
        Some(Command::Session(SessionCommand::SignOut { forget: false }))
    ));
}

#[test]
fn settings_for_sending_are_checked_as_they_are_typed() {
    let mut window = Window::signed_in();
    window.press("Account: Åsa Öberg");
    window.press("Settings for sending…");
    window.type_into("Speed limit", "fast");
    assert!(window.shows("Megabytes a second: 0.01 or more. Empty: no limit."));
    assert!(window.press("Save").is_empty());
    window.clear_field("Speed limit");
    window.type_into("Speed limit", "12,5");
    let asked = window.press("Save");
    assert!(
        matches!(asked.as_slice(), [Command::Session(SessionCommand::SaveSettings(settings))] if settings.transfer.bytes_per_second == Some(12_500_000)),
        "{asked:?}"
    );
    assert!(!window.shows("Settings for sending"));
    window.act(Action::Settings(SettingsAction::Open));
    window.step();
    window.harness.key_press(Key::Escape);
    window.step();
    assert!(window.model().settings_form.is_none());
}

#[test]
fn a_thousand_transfers_lay_out_only_the_rows_on_the_screen() {
    let mut window = with_transfers();
    let first = window.model().transfers.rows[0].upload.clone();
    let many = (0..1000).map(|number| {
        let mut upload = first.clone();
        upload.job = JobId(JobId::RESTORED + number);
        let status = drawn::status(upload.job, TransferState::Waiting, 612, 702_000_000);
        Restored {
            upload,
            status: Arc::new(status),
            queued: SystemTime::UNIX_EPOCH,
        }
    });
    window.apply(Event::Transfer(TransferEvent::Restored(many.collect())));
    window.step();
    assert_eq!(window.model().transfers.rows.len(), 1005);
    let rows = window.harness.query_all_by_role(Role::ListItem).count();
    assert!((5..15).contains(&rows), "{rows}");
    let last = window.model().transfers.rows[999].job();
    window.act(Action::Transfers(TransfersAction::First(last)));
    window.step();
    assert_eq!(window.model().transfers.rows[0].job(), last);
}

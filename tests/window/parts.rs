//! Signing in, the Upload page and what stands around every page, without a worker.

use std::path::PathBuf;
use std::sync::Arc;

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::window::{Dropped, Window};
use eframe::egui::{self, Event as Input, Key, Role};
use egui_kittest::kittest::Queryable;
use studydrop::message::{
    Command, Event, Failure, FilesCommand, FilesEvent, FoldersEvent, Pick, SessionCommand,
    SessionEvent, TransferCommand,
};
use studydrop::model::{Action, Page, ShellAction};
use uuid::Uuid;

const KEY: &str = "3f2c9a10-5f0e-4c1b-9a57-0c2f8f1f77a2";

#[test]
fn a_key_that_is_too_short_is_told_as_it_is_typed() {
    let mut window = Window::signed_out();
    window.type_into("Account key", &KEY[..34]);
    assert!(window.shows("Two characters are missing. A key has 36."));
    assert!(window.press("Sign in").is_empty());
}

#[test]
fn two_good_keys_sign_in_on_enter() {
    let mut window = Window::signed_out();
    window.type_into("Account key", &format!(" {{{KEY}}} "));
    window.type_into("API key", KEY);
    window.harness.key_press(Key::Enter);
    window.step();
    let asked = window.asked();
    assert!(
        asked.iter().any(|command| matches!(command, Command::Session(SessionCommand::SignIn { keys, remember: false, .. }) if keys.account_key.to_string() == KEY)),
        "{asked:?}"
    );
    window.apply(Event::Session(SessionEvent::SigningIn("Connecting")));
    window.step();
    assert!(window.shows("Connecting …"));
    let asked = window.press("Cancel");
    assert!(matches!(
        asked.as_slice(),
        [Command::Session(SessionCommand::CancelSignIn)]
    ));
    assert!(window.shows("Sign in"));
}

#[test]
fn a_failed_sign_in_says_what_and_what_to_do() {
    let mut window = Window::signed_out();
    window.press("Open the practice workspace");
    let what = "The router refused the API key.".to_owned();
    window.apply(Event::Session(SessionEvent::SignInFailed {
        failure: Failure {
            what,
            remedy: "Copy it again.".into(),
        },
        cause: "the account did not accept the keys".into(),
    }));
    window.step();
    assert!(window.shows("The router refused the API key. Copy it again."));
    let noted = window.model().log.last().unwrap();
    assert!(
        noted.detail.contains("did not accept the keys"),
        "the cause is kept: {noted:?}"
    );
}

#[test]
fn remembering_is_refused_with_a_reason_where_there_is_no_keychain() {
    let mut window = Window::signed_out();
    let why = "No keychain can be reached: the keys are kept until you sign out.";
    let parts = [
        "Account key",
        "API key",
        "Sign in",
        "Open the practice workspace",
    ];
    let places = window.places(&parts);
    window.apply(Event::Session(SessionEvent::Recalled {
        keys: None,
        unavailable: Some(why.to_owned()),
    }));
    window.step();
    assert!(window.shows(why));
    assert_eq!(places, window.places(&parts), "nothing moves");
    window.press("Remember on this computer");
    assert!(!window.model().sign_in.remember);
}

#[test]
fn a_press_that_has_begun_counts_though_the_keychain_answers_meanwhile() {
    let mut window = Window::signed_out();
    let button = window.places(&["Open the practice workspace"])[0];
    let pointer = |pressed| egui::Event::PointerButton {
        pos: button.center(),
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    window
        .harness
        .event(egui::Event::PointerMoved(button.center()));
    window.step();
    // A frame each: what takes longer is no click.
    window.harness.event(pointer(true));
    window.harness.run_steps(1);
    window.apply(Event::Session(SessionEvent::Recalled {
        keys: None,
        unavailable: Some("No keychain can be reached.".to_owned()),
    }));
    window.harness.event(pointer(false));
    window.step();
    let asked = window.asked();
    assert!(
        matches!(
            asked.as_slice(),
            [.., Command::Session(SessionCommand::OpenPractice)]
        ),
        "{asked:?}"
    );
}

#[test]
fn what_is_dropped_on_the_window_is_scanned() {
    let mut window = Window::signed_in();
    let file: PathBuf = "/media/disc".into();
    window
        .harness
        .input_mut()
        .dropped_files
        .push(Arc::new(Dropped(file.clone())));
    window.step();
    let asked = window.asked();
    assert!(
        asked.iter().any(
            |command| matches!(command, Command::Files(FilesCommand::Scan { paths, .. }) if *paths == [file.clone()])
        ),
        "{asked:?}"
    );
    assert!(window.shows_part("Reading what was dropped"));
    let asked = window.press("Cancel");
    assert!(matches!(asked.as_slice(), [Command::Cancel(_)]));
}

#[test]
fn a_path_can_be_typed_where_there_is_no_dialog() {
    let mut window = Window::signed_in();
    assert!(matches!(
        window.press("Choose folder…").as_slice(),
        [Command::Files(FilesCommand::Pick(Pick::Folders))]
    ));
    window.apply(Event::Files(FilesEvent::Picked(None)));
    window.step();
    assert!(window.shows_part("If no dialog opened"));
    window.type_into("Path of a folder or file", "/media/disc");
    let asked = window.press("Open");
    assert!(asked.iter().any(|command| matches!(command, Command::Files(FilesCommand::Scan { paths, .. }) if *paths == [PathBuf::from("/media/disc")])));
}

#[test]
fn unticking_a_study_changes_what_will_be_uploaded() {
    let mut window = Window::with_drop();
    assert!(window.shows_part("2 patients, 3 studies"));
    assert!(window.shows("Upload 3 studies"));
    window.press("Send Knee left");
    assert!(window.shows("Upload 2 studies"));
    window.press("All studies of Öberg, Märta");
    assert!(window.press("Upload 0 studies").is_empty());
    assert_eq!(window.model().page, Page::Upload);
}

#[test]
fn two_patients_in_one_drop_are_pointed_out_until_kept() {
    let mut window = Window::with_drop();
    assert!(window.shows("Two patients in one drop. Do both belong here?"));
    window.press("Keep both");
    assert!(!window.shows_part("Two patients in one drop"));
}

#[test]
fn skipped_files_open_to_their_reasons() {
    let mut window = Window::with_drop();
    assert!(!window.shows("README.TXT"));
    window.press("11 files skipped");
    assert!(window.shows("README.TXT"));
    assert!(window.shows_part("cut off at 312 KB of 1.2 MB"));
}

#[test]
fn upload_sends_what_is_ticked_where_it_was_said_and_shows_the_transfers() {
    let mut window = Window::with_drop();
    window.press("Send Knee left");
    let asked = window.press("Upload 2 studies");
    let sent = asked.iter().find_map(|command| match command {
        Command::Transfer(TransferCommand::Queue(uploads)) => Some(uploads.clone()),
        _ => None,
    });
    let sent = sent.expect("an upload");
    let titles: Vec<&str> = sent.iter().map(|upload| upload.title.as_str()).collect();
    assert_eq!(titles, ["CT Abdomen", "CT Thorax with contrast"]);
    assert_eq!(sent[1].files.len(), 612);
    assert_eq!(sent[1].target.location, Uuid::from_u128(11));
    assert_eq!(sent[1].target.user_name, "Åsa Öberg");
    assert_eq!(window.model().page, Page::Transfers);
    assert!(window.shows_part("2 waiting"));
    // What was not ticked is still there.
    assert_eq!(window.model().upload.studies().count(), 1);
}

#[test]
fn another_location_is_picked_from_the_list() {
    let mut window = Window::signed_in();
    window.press("Location: Main hospital");
    let asked = window.press("Outpatients North");
    assert!(
        matches!(asked.as_slice(), [Command::Session(SessionCommand::SaveSettings(settings))] if settings.location == Some(Uuid::from_u128(12)))
    );
    assert!(window.shows("Location: Outpatients North"));
}

fn with_folders(window: &mut Window, count: u128) {
    let many =
        (0..count).map(|n| drawn::folder(5_000 + n, &format!("Folder {n:05}"), 1, 1, Vec::new()));
    window.apply(Event::Folders(FoldersEvent::Listed {
        user: Uuid::from_u128(1),
        with_orders: false,
        folder: None,
        result: Ok(Arc::new(drawn::folder(0, "", 0, 0, many.collect()))),
    }));
    window.step();
}

#[test]
fn of_ten_thousand_folders_one_is_found_by_typing_and_enter_and_none_comes_first() {
    let mut window = Window::with_drop();
    with_folders(&mut window, 10_000);
    window.press("Folder: None");
    let rows = window
        .harness
        .query_all_by_label_contains("Folder 0")
        .count();
    assert!((5..40).contains(&rows), "{rows} rows are built");
    let none = window.harness.get_by_label("None").rect();
    let first = window
        .harness
        .get_by_role_and_label(Role::TreeItem, "Folder 00000")
        .rect();
    assert!(none.bottom() <= first.top());
    // Whoever opens the list can type at once.
    window.harness.event(Input::Text("0777".to_owned()));
    window.step();
    assert!(!window.shows("Folder 00000"));
    window.harness.key_press(Key::ArrowDown);
    window.step();
    window.harness.key_press(Key::Enter);
    window.step();
    assert!(window.shows("Folder: Folder 07770"));
    assert!(!window.shows("Folder 07773"), "the list has closed");
    window.press("Folder: Folder 07770");
    assert!(window.shows("Folder 07770"), "what was typed is forgotten");
    window.press("None");
    assert!(window.shows("Folder: None"));
}

#[test]
fn a_folder_is_pressed_in_the_list_below_the_one_that_was_opened_there() {
    let mut window = Window::signed_in();
    drawn::show_folders(&mut window);
    window.act(Action::Shell(ShellAction::Go(Page::Upload)));
    drawn::drop_all(&mut window);
    window.step();
    window.press("Folder: None");
    window.press("Close Trauma");
    assert!(!window.shows("Week 47"));
    window.press("Open Trauma");
    window.press_folder("Week 47");
    assert!(window.shows("Folder: Trauma / Week 47"));
}

#[test]
fn another_user_has_other_locations() {
    let mut window = Window::signed_in();
    window.act(Action::Shell(ShellAction::PickLocation(Uuid::from_u128(
        12,
    ))));
    window.press("Account: Åsa Öberg");
    window.press("Karl Lind");
    assert!(window.shows("Location: Main hospital"));
}

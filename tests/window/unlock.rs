//! The dialog that asks for an archive's password, and the warning that opens it.

use std::path::PathBuf;

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::stage::Stage;
use crate::common::window::Window;
use eframe::egui::Key;
use egui_kittest::kittest::Queryable;
use studydrop::dicom::catalogue::{Found, SkipReason, Skipped};
use studydrop::dicom::media::ArchivePassword;
use studydrop::message::{Command, Event, FilesCommand, FilesEvent};
use studydrop::model::{Action, ArchivePasswordAction, UploadAction};
use studydrop::settings::Theme;

const FIRST: &str = "/media/usb/prior.zip";
const SECOND: &str = "/media/usb/scans.zip";

/// Two encrypted archives of two files each, and a study.
fn found() -> Vec<Found> {
    let files = [FIRST, FIRST, SECOND, SECOND].into_iter().enumerate();
    let locked = files.map(|(number, archive)| {
        Found::Skipped(Skipped {
            stamp: None,
            path: format!("{archive}/IM{number}").into(),
            reason: SkipReason::Locked {
                archive: archive.into(),
            },
            study_instance_uid: None,
        })
    });
    locked.chain(drawn::files(&drawn::KNEE)).collect()
}

fn with_archives() -> Window {
    let mut window = Window::signed_in();
    drawn::drop_folder(&mut window, found());
    window.step();
    window.asked();
    window
}

fn typed(password: &str) -> ArchivePassword {
    ArchivePassword::new(password.to_owned())
}

fn tried(window: &mut Window, archive: &str, is_right: bool) -> Vec<Command> {
    let archive = PathBuf::from(archive);
    let asked = window.apply(Event::Files(FilesEvent::Unlocked { archive, is_right }));
    window.step();
    asked
}

#[test]
fn a_password_is_asked_for_typed_and_tried() {
    let mut window = with_archives();
    assert!(window.shows_part("Four files need a password."));
    assert!(window.press("Unlock…").is_empty());
    assert!(window.shows("This archive is protected"));
    assert!(window.shows_part("prior.zip, in /media/usb, is encrypted"));
    assert!(window.shows_part("Two of its files wait for it."));
    // The keyboard is in the field.
    window.harness.key_press(Key::Enter);
    window.step();
    assert!(window.asked().is_empty(), "nothing was typed");
    window.type_into("Password", "secret");
    window.harness.key_press(Key::Enter);
    window.step();
    let asked = window.asked();
    assert!(
        matches!(&asked[..], [Command::Files(FilesCommand::Unlock { archive, password })]
            if archive.as_path() == std::path::Path::new(FIRST) && *password == typed("secret")),
        "{asked:?}"
    );
    assert!(window.shows("Unlocking…"), "and it is not tried twice");
    assert!(window.press("Unlocking…").is_empty());
}

#[test]
fn a_wrong_password_is_said_in_its_place_until_another_one_is_typed() {
    let mut window = with_archives();
    window.press("Unlock…");
    window.type_into("Password", "wrong");
    window.press("Unlock");
    assert!(tried(&mut window, FIRST, false).is_empty());
    assert!(window.shows_part("This is not its password."));
    assert!(window.shows("This archive is protected"));
    window.type_into("Password", "er");
    assert!(!window.shows_part("This is not its password."));
    let asked = window.press("Unlock");
    assert!(
        matches!(&asked[..], [Command::Files(FilesCommand::Unlock { password, .. })] if *password == typed("wronger")),
        "{asked:?}"
    );
}

#[test]
fn the_right_password_reads_the_archive_and_the_next_one_is_asked_for() {
    let mut window = with_archives();
    window.press("Unlock…");
    window.type_into("Password", "secret");
    window.press("Unlock");
    let asked = tried(&mut window, FIRST, true);
    assert!(
        matches!(&asked[..], [Command::Files(FilesCommand::Scan { paths, .. })] if *paths == [PathBuf::from(FIRST)]),
        "{asked:?}"
    );
    assert!(window.shows_part("scans.zip, in /media/usb, is encrypted"));
    let form = window.model().upload.unlock.as_ref().unwrap();
    assert!(form.password.is_empty(), "and begins empty");
    window.press("Skip");
    assert!(!window.shows("This archive is protected"), "none is left");
    assert!(window.shows_part("Two files need a password."));
    // What was passed over can be asked for again.
    window.press("Unlock…");
    assert!(window.shows_part("scans.zip, in /media/usb, is encrypted"));
}

#[test]
fn an_encrypted_archive_alone_is_asked_for_on_the_page_that_would_be_empty() {
    let mut window = Window::signed_in();
    drawn::drop_folder(&mut window, found().into_iter().take(2).collect());
    window.step();
    assert!(window.shows_part("prior.zip needs its password"));
    window.press("Unlock…");
    assert!(window.shows("This archive is protected"));
}

#[test]
fn esc_and_the_cross_close_the_dialog_and_nothing_is_tried() {
    let mut window = with_archives();
    window.press("Unlock…");
    window.type_into("Password", "secret");
    window.harness.key_press(Key::Escape);
    window.step();
    assert!(!window.shows("This archive is protected"));
    window.press("Unlock…");
    assert!(
        window
            .model()
            .upload
            .unlock
            .as_ref()
            .unwrap()
            .password
            .is_empty(),
        "what was typed is gone"
    );
    window.press("Close this dialog");
    assert!(window.model().upload.unlock.is_none() && window.asked().is_empty());
    // An answer that comes too late opens nothing.
    tried(&mut window, FIRST, false);
    assert!(!window.shows("This archive is protected"));
}

#[test]
fn what_is_typed_is_dots_until_the_eye_is_pressed_and_never_told() {
    let mut window = with_archives();
    window.press("Unlock…");
    window.type_into("Password", "secret");
    let is_hidden = |window: &Window| {
        let mut fields = window
            .harness
            .query_all_by_role(eframe::egui::Role::PasswordInput);
        fields.next().is_some()
    };
    assert!(is_hidden(&window));
    window.press("Show Password");
    assert!(!is_hidden(&window));
    assert!(!format!("{:?}", window.model().upload).contains("secret"));
    window.act(Action::Upload(UploadAction::ClearDrop));
    window.step();
    assert!(!window.shows("This archive is protected"));
}

#[test]
fn the_dialog_is_painted_in_both_themes() {
    for (theme, size) in [
        (Theme::Dark, (1280, 800)),
        (Theme::Light, (1280, 800)),
        (Theme::Dark, (960, 600)),
    ] {
        let mut stage = Stage::new(theme, size);
        drawn::sign_in(&mut stage);
        drawn::drop_folder(&mut stage, found());
        stage.save("locked", &[]);
        stage.act(Action::Upload(UploadAction::Archives(
            ArchivePasswordAction::Ask,
        )));
        stage.save("unlock", &[]);
        let archive = PathBuf::from(FIRST);
        stage.apply(Event::Files(FilesEvent::Unlocked {
            archive,
            is_right: false,
        }));
        stage.save("unlock-wrong", &[]);
        stage.act(Action::Upload(UploadAction::ClearDrop));
        drawn::drop_folder(&mut stage, found().into_iter().take(2).collect());
        stage.save("locked-alone", &[]);
    }
}

//! Pictures of the Transfers page in its states, with its dialogs.

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::stage::Stage;
use eframe::egui::{self, Key, Modifiers, PointerButton, pos2};
use studydrop::message::{Event, Failure, Journal, TransferEvent};
use studydrop::model::{Action, SettingsAction, ShellAction, TransfersAction};
use studydrop::settings::Theme;

fn key(key: Key, modifiers: Modifiers) -> egui::Event {
    egui::Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers,
    }
}

/// The page from its top to its end.
fn page(theme: Theme, size: (u32, u32)) -> Stage {
    let mut stage = Stage::new(theme, size);
    drawn::sign_in(&mut stage);
    drawn::every_state(&mut stage);
    stage.save("transfers-states", &[]);
    let rows = &stage.model().transfers.rows;
    let attention = rows[6].job();
    stage.act(Action::Transfers(TransfersAction::ListSkipped(attention)));
    // Down to the last ones.
    let wheel = egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, -2000.0),
        modifiers: Modifiers::NONE,
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
    };
    stage.frame(vec![egui::Event::PointerMoved(pos2(600.0, 300.0))], false);
    stage.frame(vec![wheel], false);
    stage.save("transfers-ended", &[]);
    stage
}

/// Its dialogs.
fn dialogs(stage: &mut Stage) {
    let verified = stage.model().transfers.rows[5].job();
    stage.act(Action::Transfers(TransfersAction::AskReceipt(verified)));
    stage.save("transfers-receipt", &[]);
    stage.apply(Event::Transfer(TransferEvent::ReceiptSaved(Ok(None))));
    stage.save("transfers-receipt-path", &[]);
    stage.act(Action::Transfers(TransfersAction::CloseReceipt));
    stage.act(Action::Settings(SettingsAction::Open));
    stage.save("transfers-settings", &[]);
    stage.frame(vec![key(Key::A, Modifiers::COMMAND)], false);
    stage.frame(vec![egui::Event::Text("99".into())], false);
    stage.save("transfers-settings-wrong", &[]);
    stage.act(Action::Settings(SettingsAction::Close));
}

fn closing(stage: &mut Stage) {
    stage.act(Action::Shell(ShellAction::AskClose));
    stage.save("transfers-close", &[]);
    stage.act(Action::Shell(ShellAction::CloseDialog));
    let failure = Failure {
        what: "Transfers are not written down: the disk is full.".into(),
        remedy: "They work, but they end with the program. Make room, then start StudyDrop again."
            .into(),
    };
    stage.apply(Event::Transfer(TransferEvent::Journal(Journal::NotKept(
        failure,
    ))));
    stage.save("transfers-journal", &[]);
}

/// The list behind ⋯.
fn menu(theme: Theme, size: (u32, u32)) {
    let mut stage = Stage::new(theme, size);
    drawn::sign_in(&mut stage);
    drawn::transfer_all(&mut stage);
    stage.settle();
    let at = pos2(size.0 as f32 - 92.0, 129.0);
    stage.frame(vec![egui::Event::PointerMoved(at)], false);
    stage.frame(vec![button(at, true)], false);
    stage.frame(vec![button(at, false)], false);
    stage.save("transfers-menu", &[]);
}

fn button(pos: egui::Pos2, pressed: bool) -> egui::Event {
    egui::Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    }
}

/// A row is held over the gap between two others.
fn dragged(theme: Theme, size: (u32, u32)) {
    let mut stage = Stage::new(theme, size);
    drawn::sign_in(&mut stage);
    drawn::transfer_all(&mut stage);
    stage.settle();
    let from = pos2(300.0, 120.0);
    stage.frame(vec![egui::Event::PointerMoved(from)], false);
    stage.frame(vec![button(from, true)], false);
    for y in [150.0, 200.0, 260.0] {
        stage.frame(vec![egui::Event::PointerMoved(pos2(330.0, y))], false);
    }
    stage.save("transfers-drag", &[]);
    stage.frame(vec![button(pos2(330.0, 260.0), false)], false);
}

#[test]
fn every_state_is_painted_in_the_dark_at_full_size() {
    let mut stage = page(Theme::Dark, (1280, 800));
    dialogs(&mut stage);
    dragged(Theme::Dark, (1280, 800));
}

#[test]
fn every_state_is_painted_in_the_light_at_full_size() {
    let mut stage = page(Theme::Light, (1280, 800));
    closing(&mut stage);
    menu(Theme::Light, (1280, 800));
}

#[test]
fn every_state_is_painted_at_its_least_size() {
    let mut stage = page(Theme::Dark, (960, 600));
    dialogs(&mut stage);
    closing(&mut stage);
}

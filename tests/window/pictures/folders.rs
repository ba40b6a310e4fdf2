//! Pictures of sharing, folders and the log.

use std::sync::Arc;

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::stage::Stage;
use eframe::egui::{self, PointerButton, Pos2, pos2};
use studydrop::cloud::model::Shared;
use studydrop::message::{
    AccountCommand, AccountEvent, Command, Event, Failure, FoldersEvent, LogEvent,
};
use studydrop::model::{
    Action, Entry, Expiry, FoldersAction, Page, Select, ShareAction, ShareTab, ShareTarget,
    ShellAction, Tone, Touch, UploadAction,
};
use studydrop::settings::Theme;
use uuid::Uuid;

const WEEK_48: Uuid = Uuid::from_u128(203);

fn answer_share(stage: &mut Stage, asked: &[Command], outbox: &str) {
    let [Command::Account(AccountCommand::Share { job, .. })] = asked else {
        panic!("{asked:?}")
    };
    let address = "https://practice.example/share/8f31c0ce-77d1-4c8f-9a57-0c2f8f1f77a2";
    let mailed = !outbox.is_empty();
    let shared = Shared {
        result: if mailed {
            String::new()
        } else {
            address.to_owned()
        },
        share_password: if mailed {
            String::new()
        } else {
            "kestrel-41".to_owned()
        },
        expire_date: "2026-12-01".to_owned(),
        outbox_folder: outbox.to_owned(),
        ..Shared::default()
    };
    stage.apply(Event::Account(AccountEvent::Shared {
        job: *job,
        result: Ok(shared),
    }));
}

fn sharing(stage: &mut Stage) {
    let orders = drawn::orders().into_iter().take(2);
    let orders = orders.map(|order| order.patient_order_uuid).collect();
    stage.act(Action::Share(ShareAction::Open(ShareTarget::Orders(
        orders,
    ))));
    stage.save(
        "share-orders",
        &["Share 2 orders of Öberg, Märta", "Make the link"],
    );
    let asked = stage.act(Action::Share(ShareAction::Share));
    answer_share(stage, &asked, "");
    stage.save(
        "share-done",
        &[
            "The link is ready, until 1 Dec 2026",
            "QR code of the link",
            "kestrel-41",
        ],
    );
    stage.act(Action::Share(ShareAction::Open(ShareTarget::Folder(
        WEEK_48,
    ))));
    stage.form(|form| {
        form.expiry = Expiry::Day;
        form.day = "2026-11-20".to_owned();
        form.may_upload = true;
    });
    stage.save(
        "share-folder",
        &["That day is over. Type a later one.", "May upload"],
    );
    stage.form(|form| {
        form.tab = ShareTab::Email;
        form.email = "nobody@".to_owned();
    });
    stage.save(
        "share-email-wrong",
        &["This is no e-mail address.", "Send the e-mail"],
    );
    stage.form(|form| {
        form.email = "ake@clinic.example".to_owned();
        form.password_to = "sec@clinic.example".to_owned();
        form.expiry = Expiry::Week;
    });
    let asked = stage.act(Action::Share(ShareAction::Share));
    answer_share(
        stage,
        &asked,
        "/home/asa/.local/share/studydrop/practice/outbox",
    );
    stage.save(
        "share-email-done",
        &["Shared by e-mail, until 1 Dec 2026", "ake@clinic.example"],
    );
    stage.act(Action::Share(ShareAction::Open(ShareTarget::Folder(
        WEEK_48,
    ))));
    stage.form(|form| {
        form.tab = ShareTab::Users;
        form.users.insert(Uuid::from_u128(3));
    });
    stage.save("share-users", &["Share with 1 user", "Mia Strand"]);
    stage.act(Action::Share(ShareAction::Close));
}

fn press(stage: &mut Stage, at: Pos2, button: PointerButton) {
    for pressed in [true, false] {
        let button = egui::Event::PointerButton {
            pos: at,
            button,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        stage.frame(vec![egui::Event::PointerMoved(at), button], false);
    }
}

/// The list of folders at the foot of Upload.
fn upload_list(stage: &mut Stage, height: f32) {
    stage.act(Action::Shell(ShellAction::Go(Page::Upload)));
    drawn::drop_folder(stage, drawn::files(&drawn::KNEE));
    stage.act(Action::Upload(UploadAction::PickFolder(Some(
        stage.model().folders.choice(WEEK_48),
    ))));
    stage.settle();
    press(stage, pos2(375.0, height - 31.0), PointerButton::Primary);
    stage.save(
        "upload-folder",
        &["Folder: Trauma / Week 48", "Look for a folder"],
    );
    stage.frame(vec![egui::Event::Text("nowhere".into())], false);
    stage.save("upload-folder-none", &["No folder fits.", "nowhere"]);
}

fn folders(stage: &mut Stage) {
    drawn::show_folders(stage);
    let select = |what| Action::Folders(FoldersAction::Select(what));
    for (order, how) in [(100, Touch::Alone), (101, Touch::Toggle)] {
        let row = Uuid::from_u128(order);
        stage.act(select(Select::Touch { row, how }));
    }
    stage.save(
        "folders-picked",
        &["2 selected", "Share 2 orders…", "Add to folder…"],
    );
    stage.act(Action::Folders(FoldersAction::AddSelected));
    stage.save(
        "folders-add",
        &["Add 2 orders to a folder", "Look for a folder"],
    );
    stage.act(Action::Folders(FoldersAction::AskNew(Some(WEEK_48))));
    stage.folder_form(|form| form.text = "Knee//left".to_owned());
    stage.save(
        "folders-new",
        &[
            "New folder in “Week 48”",
            "A name between two / is missing.",
            "Knee//left",
        ],
    );
    stage.act(Action::Folders(FoldersAction::AskDelete(Uuid::from_u128(
        201,
    ))));
    stage.save(
        "folders-delete",
        &[
            "Delete “Trauma”?",
            "You can undo it right after.",
            "Delete 3 folders",
        ],
    );
    stage.act(Action::Folders(FoldersAction::Close));
    stage.act(select(Select::Nothing));
    stage.act(Action::Folders(FoldersAction::SelectFolder(
        Uuid::from_u128(201),
    )));
    stage.apply(Event::Folders(FoldersEvent::Listed {
        user: Uuid::from_u128(1),
        with_orders: true,
        folder: Some(Uuid::from_u128(201)),
        result: Ok(Arc::new(described())),
    }));
    // The dialog before it has gone when the pointer comes.
    stage.settle();
    press(stage, pos2(190.0, 160.0), PointerButton::Secondary);
    stage.save("folders-menu", &["New folder in it…", "Rename…", "Delete…"]);
    stage.act(Action::Folders(FoldersAction::SelectFolder(WEEK_48)));
    stage.apply(Event::Folders(FoldersEvent::Listed {
        user: Uuid::from_u128(1),
        with_orders: true,
        folder: Some(WEEK_48),
        result: Err(Failure {
            what: "The account refused the folder: there is no such folder.".into(),
            remedy: "Read the account's words, change what they name and try again.".into(),
        }),
    }));
    stage.save("folders-gone", &["Try again"]);
}

fn described() -> studydrop::cloud::model::Folder {
    let weeks = vec![
        drawn::folder(202, "Week 47", 211, 211, Vec::new()),
        drawn::folder(203, "Week 48", 38, 38, Vec::new()),
    ];
    let mut folder = drawn::folder(201, "Trauma", 1035, 1284, weeks);
    folder.patient_order_list = drawn::orders();
    folder
}

fn log(stage: &mut Stage) {
    let kept = |day, tone, what: &str, detail: &str| Entry {
        at: jiff::civil::date(2026, 11, day).at(8, 12, 0, 0),
        tone,
        what: what.to_owned(),
        whom: String::new(),
        about: studydrop::logbook::Subject::default(),
        names: String::new(),
        detail: detail.to_owned(),
    };
    stage.act(Action::Shell(ShellAction::Go(Page::Log)));
    stage.apply(Event::Log(LogEvent::Loaded(vec![
        kept(
            20,
            Tone::Good,
            "Verified",
            "found 612 = sent 612 + already there 0 + skipped 0 + failed 0",
        ),
        kept(
            20,
            Tone::Warning,
            "Cancelled",
            "found 2 = sent 0 + already there 0 + skipped 0 + failed 2",
        ),
        kept(
            21,
            Tone::Bad,
            "Signing in failed",
            "Check both keys on the account's API page and paste them again.",
        ),
    ])));
    stage.apply(Event::Log(LogEvent::Saved(Ok(None))));
    stage.save(
        "log-full",
        &["Signing in failed", "Path of the file to export to"],
    );
}

fn all(theme: Theme, size: (u32, u32)) {
    let mut stage = Stage::new(theme, size);
    drawn::sign_in(&mut stage);
    drawn::answer_directory(&mut stage);
    let asked = stage.act(Action::Shell(ShellAction::Go(Page::Orders)));
    drawn::answer_search(&mut stage, &asked, drawn::orders());
    drawn::show_folders(&mut stage);
    stage.act(Action::Shell(ShellAction::Go(Page::Orders)));
    sharing(&mut stage);
    folders(&mut stage);
    log(&mut stage);
    let height = u16::try_from(size.1).unwrap();
    upload_list(&mut stage, f32::from(height));
}

#[test]
fn every_state_is_painted_in_the_dark_at_full_size() {
    all(Theme::Dark, (1280, 800));
}

#[test]
fn every_state_is_painted_in_the_light_at_its_least_size() {
    all(Theme::Light, (960, 600));
}

#[test]
fn every_state_is_painted_in_the_light_at_full_size() {
    all(Theme::Light, (1280, 800));
}

#[test]
fn every_state_is_painted_in_the_dark_at_its_least_size() {
    all(Theme::Dark, (960, 600));
}

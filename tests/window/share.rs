//! The Share dialog, without a worker.

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::window::Window;
use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable;
use jiff::civil::date;
use studydrop::cloud::model::Shared;
use studydrop::message::{AccountCommand, AccountEvent, Command, Event, Failure, JobId, Share};
use studydrop::model::{Action, Entry, Page, ShareAction, ShareTarget, ShellAction};
use uuid::Uuid;

const TRAUMA: Uuid = Uuid::from_u128(201);
const LINK: &str = "http://127.0.0.1:8104/share/8f31c0ce-77d1-4c8f-9a57-0c2f8f1f77a2";

fn on_folder() -> Window {
    let mut window = Window::signed_in();
    drawn::answer_directory(&mut window);
    drawn::show_folders(&mut window);
    window.act(Action::Share(ShareAction::Open(ShareTarget::Folder(
        TRAUMA,
    ))));
    window.step();
    window
}

fn on_orders(count: usize) -> Window {
    let mut window = Window::signed_in();
    drawn::answer_directory(&mut window);
    let asked = window.act(Action::Shell(ShellAction::Go(Page::Orders)));
    drawn::answer_search(&mut window, &asked, drawn::orders());
    let orders = drawn::orders().into_iter().take(count);
    let orders = orders.map(|order| order.patient_order_uuid).collect();
    window.act(Action::Share(ShareAction::Open(ShareTarget::Orders(
        orders,
    ))));
    window.step();
    window
}

/// The one sharing among these commands.
fn share(asked: &[Command]) -> (JobId, Share) {
    match asked {
        [Command::Account(AccountCommand::Share { job, share, .. })] => (*job, share.clone()),
        other => panic!("{other:?}"),
    }
}

fn answer(window: &mut Window, job: JobId, password: &str) {
    let shared = Shared {
        result: LINK.to_owned(),
        share_password: password.to_owned(),
        expire_date: "2026-12-01".to_owned(),
        ..Shared::default()
    };
    window.apply(Event::Account(AccountEvent::Shared {
        job,
        result: Ok(shared),
    }));
    window.step();
}

/// Presses a checkbox; its caption beside it has the same words.
fn tick(window: &mut Window, name: &str) {
    let field = window.harness.get_by_role_and_label(Role::CheckBox, name);
    field.click();
    window.step();
}

fn last_entry(window: &Window) -> Entry {
    window.model().log.last().unwrap().clone()
}

#[test]
fn a_link_to_orders_is_made_on_enter_and_shown_with_its_password() {
    let mut window = on_orders(2);
    assert!(window.shows("Share 2 orders of Öberg, Märta"));
    assert!(!window.shows("Users"), "orders are not shared with users");
    window.harness.key_press(Key::Enter);
    window.step();
    let asked = window.asked();
    let (job, asked) = share(&asked);
    let until = Some(date(2026, 12, 1));
    assert!(
        matches!(&asked, Share::Orders { orders, to: None, can_download: false, expires } if orders.len() == 2 && *expires == until),
        "{asked:?}"
    );
    answer(&mut window, job, "kestrel-41");
    assert!(window.shows("The link is ready, until 1 Dec 2026"));
    assert!(window.shows("QR code of the link"));
    assert!(window.shows_part("kestrel-41"));
    window.press("Copy link");
    assert_eq!(window.copied(), [LINK]);
    window.press("Copy password");
    assert_eq!(window.copied(), ["kestrel-41"]);
    window.press("Done");
    assert!(window.model().share.is_none());
}

#[test]
fn what_was_shared_is_in_the_log_without_address_and_password() {
    let mut window = on_orders(2);
    let (job, _) = share(&window.press("Make the link"));
    answer(&mut window, job, "kestrel-41");
    let entry = last_entry(&window);
    assert_eq!(entry.what, "Shared by link: 2 orders");
    assert_eq!(entry.whom, "Öberg, Märta");
    assert_eq!(entry.detail, "until 1 Dec 2026");
    let kept = format!("{:?}", window.kept);
    assert!(
        !kept.contains("kestrel") && !kept.contains("8f31c0ce"),
        "{kept}"
    );
    let line = serde_json::to_string(&entry).unwrap();
    assert!(!line.contains("berg"), "{line}");
}

#[test]
fn a_folder_comes_with_a_password_that_can_be_read_aloud() {
    let mut window = on_folder();
    assert!(window.shows("Share folder “Trauma”"));
    let password = |window: &Window| window.model().share.as_ref().unwrap().password.clone();
    let first = password(&window);
    assert_eq!(first.chars().count(), 10);
    assert!(!first.contains(['0', 'O', '1', 'l']), "{first}");
    window.press("Make another password");
    assert_ne!(password(&window), first);
    tick(&mut window, "May download");
    window.press("30 days");
    let password = password(&window);
    let (_, asked) = share(&window.press("Make the link"));
    let Share::Folder {
        share,
        to: None,
        upload_to: None,
    } = asked
    else {
        panic!("{asked:?}")
    };
    assert_eq!((share.folder, share.password), (TRAUMA, password));
    assert_eq!(share.expires, Some(date(2026, 12, 24)));
    assert!(share.can_download);
}

#[test]
fn uploads_go_to_the_location_that_is_picked() {
    let mut window = on_folder();
    tick(&mut window, "May upload");
    window.press("Uploads go to: Main hospital");
    window.press("Outpatients North");
    window.type_into("Title", "Second opinion");
    let (_, asked) = share(&window.press("Make the link"));
    let north = Some(Uuid::from_u128(12));
    assert!(
        matches!(&asked, Share::Folder { share, upload_to, .. } if *upload_to == north && share.title == "Second opinion"),
        "{asked:?}"
    );
}

#[test]
fn a_day_that_is_over_is_told_at_the_field_and_not_sent() {
    let mut window = on_folder();
    window.press("A date…");
    assert!(window.press("Make the link").is_empty());
    window.type_into("Last day", "2026-11-23");
    assert!(window.shows("That day is over. Type a later one."));
    assert!(window.press("Make the link").is_empty());
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.type_into("Last day", "24.12.2026");
    window.step();
    assert!(window.model().share.is_some());
}

#[test]
fn no_end_is_no_end() {
    let mut window = on_folder();
    window.press("Never");
    let (_, asked) = share(&window.press("Make the link"));
    assert!(matches!(&asked, Share::Folder { share, .. } if share.expires.is_none()));
}

#[test]
fn a_contact_gets_the_link_and_another_address_the_password() {
    let mut window = on_orders(1);
    window.press("E-mail");
    window.type_into("E-mail address", "nobody@");
    assert!(window.shows_part("This is no e-mail address."));
    assert!(window.press("Send the e-mail").is_empty());
    window.press("Contacts for E-mail address");
    window.press("Dr Åke Läkare");
    window.type_into("Address for the password", "sec@clinic.example");
    let (job, asked) = share(&window.press("Send the e-mail"));
    let Share::Orders { to: Some(to), .. } = &asked else {
        panic!("{asked:?}")
    };
    assert_eq!(to.email.as_str(), "ake@clinic.example");
    assert_eq!(
        to.password_to.as_ref().unwrap().as_str(),
        "sec@clinic.example"
    );
    let shared = Shared {
        expire_date: "2026-12-01".to_owned(),
        outbox_folder: "/tmp/practice/outbox".to_owned(),
        ..Shared::default()
    };
    window.apply(Event::Account(AccountEvent::Shared {
        job,
        result: Ok(shared),
    }));
    window.step();
    assert!(window.shows_part("The practice workspace sends no e-mail."));
    assert!(window.shows_part("/tmp/practice/outbox"));
    assert!(window.shows_part("ake@clinic.example"));
    let entry = last_entry(&window);
    assert_eq!(entry.whom, "Öberg, Märta to ake@clinic.example");
    assert!(entry.detail.contains("to Dr Åke Läkare"), "{entry:?}");
}

#[test]
fn the_same_address_twice_is_pointed_out() {
    let mut window = on_orders(1);
    window.press("E-mail");
    window.type_into("E-mail address", "a@clinic.example");
    window.type_into("Address for the password", "A@clinic.example");
    assert!(window.shows_part("It is the same address."));
    assert!(window.press("Send the e-mail").is_empty());
}

#[test]
fn a_folder_is_shared_with_users_and_with_groups_that_are_ticked() {
    let mut window = on_folder();
    window.press("Users");
    assert!(window.press("Share with 0 users").is_empty());
    // Who shares is not offered.
    assert!(!window.shows("Åsa Öberg"));
    window.type_into("Look for a name", "mia");
    assert!(!window.shows("Karl Lind"));
    window.press("Mia Strand");
    let (job, asked) = share(&window.press("Share with 1 user"));
    assert!(
        matches!(&asked, Share::FolderWithUsers { users, .. } if *users == [Uuid::from_u128(3)]),
        "{asked:?}"
    );
    window.apply(Event::Account(AccountEvent::Shared {
        job,
        result: Ok(Shared::default()),
    }));
    window.step();
    assert!(window.shows_part("Shared with users, until 1 Dec 2026"));
    assert!(last_entry(&window).detail.contains("with Mia Strand"));
    window.press("Groups");
    window.clear_field("Look for a name");
    window.press("Radiology A");
    let (_, asked) = share(&window.press("Share with 1 group"));
    assert!(
        matches!(&asked, Share::FolderWithGroups { groups, .. } if *groups == [Uuid::from_u128(31)])
    );
}

#[test]
fn a_refusal_stays_in_the_dialog_and_what_was_typed_too() {
    let mut window = on_folder();
    window.type_into("Title", "Second opinion");
    let (job, _) = share(&window.press("Make the link"));
    let what = "The account refused sharing the folder: there is no folder “Trauma”.".to_owned();
    window.apply(Event::Account(AccountEvent::Shared {
        job,
        result: Err(Failure {
            what,
            remedy: "Reload the folders.".to_owned(),
        }),
    }));
    window.step();
    assert!(window.shows_part("The account refused sharing the folder"));
    assert_eq!(
        window.model().share.as_ref().unwrap().title,
        "Second opinion"
    );
    let line = serde_json::to_string(&last_entry(&window)).unwrap();
    assert!(!line.contains("Trauma"), "{line}");
    share(&window.press("Make the link"));
}

#[test]
fn escape_closes_the_dialog_and_the_keyboard_stays_inside_while_it_is_open() {
    let mut window = on_folder();
    for _ in 0..40 {
        window.harness.key_press(Key::Tab);
        window.step();
        let page = window
            .harness
            .ctx
            .memory(|memory| memory.top_modal_layer().is_some());
        assert!(page);
    }
    // Keys of the page below do nothing.
    window.harness.key_press(Key::F2);
    window.step();
    assert!(window.model().folders.form.is_none());
    window.harness.key_press(Key::Escape);
    window.step();
    assert!(window.model().share.is_none());
}

#[test]
fn an_answer_after_the_dialog_was_closed_is_not_lost() {
    let mut window = on_folder();
    let (job, _) = share(&window.press("Make the link"));
    window.harness.key_press(Key::Escape);
    window.step();
    answer(&mut window, job, "x");
    // The dialog is there again: nobody could know the link otherwise.
    assert!(window.shows("Copy link"));
    assert_eq!(last_entry(&window).what, "Shared by link: a folder");
}

//! The Orders page: many rows selected, what can be done with them, the order at the right, new orders.

use std::path::PathBuf;
use std::sync::Arc;

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::window::Window;
use eframe::egui::{Key, Modifiers, Role, pos2};
use egui_kittest::kittest::Queryable;
use studydrop::cloud::ViewOf;
use studydrop::cloud::model::OrderRef;
use studydrop::message::{
    AccountCommand, AccountEvent, Change, Changed, Command, Event, Failure, FilesCommand, JobId,
    OrdersCommand, OrdersEvent, SessionCommand, SessionEvent, View, Workspace,
};
use studydrop::model::{
    Action, Column, Dialog, OrderField, OrderTab, OrdersAction, Page, ShareTarget, ShellAction,
    UploadAction,
};
use uuid::Uuid;

const MARTA: &str = "Öberg, Märta, CT Thorax with contrast";
const ABDOMEN: &str = "Öberg, Märta, CT Abdomen";
const NILS: &str = "Öberg, Nils, CR Hand left";
const SARA: &str = "Öberg, Sara, MR Brain";

fn orders_page() -> Window {
    let mut window = Window::signed_in();
    drawn::show_orders(&mut window);
    window.step();
    window.asked();
    window
}

fn press_with(window: &mut Window, label: &str, modifiers: Modifiers) {
    window
        .harness
        .get_by_label(label)
        .click_modifiers(modifiers);
    window.step();
}

fn key(window: &mut Window, modifiers: Modifiers, key: Key) -> Vec<Command> {
    window.harness.key_press_modifiers(modifiers, key);
    window.step();
    window.asked()
}

fn selected(window: &Window) -> usize {
    window.model().orders.selection.len()
}

/// The change that was asked for.
fn change(asked: &[Command]) -> (JobId, Change) {
    let found = asked.iter().find_map(|command| match command {
        Command::Account(AccountCommand::Change { job, change, .. }) => {
            Some((*job, change.clone()))
        }
        _ => None,
    });
    found.unwrap_or_else(|| panic!("a change, not {asked:?}"))
}

fn place(order: u128) -> OrderRef {
    OrderRef {
        location: Uuid::from_u128(11),
        order: Uuid::from_u128(order),
    }
}

#[test]
fn rows_are_selected_by_clicks_with_control_and_shift_and_escape_selects_none() {
    let mut window = orders_page();
    window.press(SARA);
    assert!(window.shows("1 selected") && window.shows("MR Brain"));
    press_with(&mut window, MARTA, Modifiers::COMMAND);
    assert!(window.shows("2 selected") && window.shows("2 orders selected"));
    press_with(&mut window, MARTA, Modifiers::COMMAND);
    assert_eq!(selected(&window), 1);
    press_with(&mut window, ABDOMEN, Modifiers::SHIFT);
    // The newest stands first: Abdomen, Thorax, Hand, Brain.
    assert_eq!(selected(&window), 2, "the anchor is where Control was last");
    key(&mut window, Modifiers::COMMAND, Key::A);
    assert!(window.shows("8 orders selected"));
    key(&mut window, Modifiers::NONE, Key::Escape);
    assert!(window.shows("No order is selected"));
}

#[test]
fn a_checkbox_adds_a_row_and_shift_and_down_extends() {
    let mut window = orders_page();
    window.press(&format!("Select {NILS}"));
    window.press(&format!("Select {SARA}"));
    assert_eq!(selected(&window), 2);
    key(&mut window, Modifiers::NONE, Key::Home);
    key(&mut window, Modifiers::SHIFT, Key::ArrowDown);
    key(&mut window, Modifiers::SHIFT, Key::ArrowDown);
    assert!(window.shows("3 selected"));
}

#[test]
fn what_several_orders_have_in_common_stands_at_the_right() {
    let mut window = orders_page();
    window.press(MARTA);
    press_with(&mut window, ABDOMEN, Modifiers::COMMAND);
    assert!(window.shows("1,100"), "images of both");
    assert!(window.shows("open together"));
    press_with(&mut window, NILS, Modifiers::COMMAND);
    assert!(window.shows("2 patients"));
    assert!(window.shows("some are in groups"));
}

#[test]
fn deleting_names_the_patients_and_enter_alone_deletes_nothing() {
    let mut window = orders_page();
    window.press(ABDOMEN);
    press_with(&mut window, NILS, Modifiers::SHIFT);
    window.press("Delete 3…");
    assert!(window.shows("Delete 3 orders?"));
    assert!(window.shows_part("trash"));
    let asked = key(&mut window, Modifiers::NONE, Key::Enter);
    assert!(asked.is_empty(), "{asked:?}");
    assert!(!window.shows("Delete 3 orders?"), "Enter pressed Cancel");
    key(&mut window, Modifiers::NONE, Key::Delete);
    let asked = window.press("Delete 3 orders");
    let (_, change) = change(&asked);
    assert!(matches!(change, Change::Delete { orders } if orders.len() == 3));
}

#[test]
fn of_many_patients_five_are_named_and_the_rest_are_counted() {
    let mut window = orders_page();
    key(&mut window, Modifiers::COMMAND, Key::A);
    window.press("Delete 8…");
    // Märta has three of the eight.
    assert!(window.shows("and 1 more"));
}

#[test]
fn the_right_button_selects_the_row_and_opens_what_can_be_done() {
    let mut window = orders_page();
    window.harness.get_by_label(NILS).click_secondary();
    window.step();
    assert_eq!(selected(&window), 1);
    window.asked();
    // The bar says the same.
    let menu = window
        .harness
        .get_by_role_and_label(Role::MenuItem, "Open viewer");
    menu.click();
    window.step();
    let asked = window.asked();
    assert!(
        matches!(asked.as_slice(), [Command::Account(AccountCommand::View { view: View::Orders(ViewOf::Order(order)), .. })] if *order == Uuid::from_u128(102)),
        "{asked:?}"
    );
    window.harness.get_by_label(MARTA).click_secondary();
    window.step();
    window.asked();
    let asked = window.press("Open all of this patient");
    let born = jiff::civil::date(1951, 2, 3);
    assert!(
        matches!(asked.as_slice(), [Command::Account(AccountCommand::View { view: View::Orders(ViewOf::PatientBorn(name, on)), .. })] if name == "Öberg^Märta" && *on == born),
        "{asked:?}"
    );
}

#[test]
fn orders_are_grouped_by_key_and_ungrouped_from_the_menu() {
    let mut window = orders_page();
    window.press(NILS);
    assert!(
        key(&mut window, Modifiers::COMMAND, Key::G).is_empty(),
        "one makes no group"
    );
    press_with(&mut window, SARA, Modifiers::COMMAND);
    let asked = key(&mut window, Modifiers::COMMAND, Key::G);
    let (_, made) = change(&asked);
    assert_eq!(
        made,
        Change::Group {
            orders: vec![place(102), place(103)]
        }
    );
    window.press(MARTA);
    window.press("More actions");
    let asked = window.press("Ungroup");
    let (_, change) = change(&asked);
    assert_eq!(
        change,
        Change::Ungroup {
            orders: vec![place(100)]
        }
    );
}

#[test]
fn orders_go_into_the_folder_that_is_chosen() {
    let mut window = orders_page();
    window.press(NILS);
    window.press("Add to folder…");
    assert!(window.shows("Add 1 order to a folder"));
    window.press_folder("Teaching");
    let asked = window.press("Add 1 order");
    let (job, change) = change(&asked);
    let folder = Uuid::from_u128(204);
    assert_eq!(
        change,
        Change::AddToFolder {
            orders: vec![place(102)],
            folder
        }
    );
    window.apply(Event::Account(AccountEvent::Changed {
        job,
        change: Box::new(change),
        result: Ok(Changed::default()),
    }));
    window.step();
    assert!(!window.shows("Add 1 order to a folder"));
}

#[test]
fn orders_are_assigned_and_taken_back_moved_and_flagged() {
    let mut window = orders_page();
    window.press(NILS);
    window.press("Assign…");
    window.press("Karl Lind");
    let (_, assigned) = change(&window.press("Assign to Karl Lind"));
    let to = Uuid::from_u128(2);
    let orders = vec![place(102)];
    let expected = |on| Change::AssignUser {
        orders: orders.clone(),
        to,
        on,
    };
    assert_eq!(assigned, expected(true));
    window.press("Assign…");
    window.press("Karl Lind");
    assert_eq!(change(&window.press("Take back")).1, expected(false));
    window.press("More actions");
    window.press("Move to location…");
    window.press("Outpatients North");
    let moved = change(&window.press("Move to Outpatients North")).1;
    assert!(matches!(moved, Change::Move { location, .. } if location == Uuid::from_u128(12)));
    window.press("More actions");
    window.press("Flag…");
    window.press("Teaching");
    let flagged = change(&window.press("Set flag “Teaching”")).1;
    assert!(matches!(
        flagged,
        Change::SetFlag {
            group: 2,
            flag: 1,
            ..
        }
    ));
}

#[test]
fn sharing_is_asked_for_the_orders_that_are_selected() {
    let mut window = orders_page();
    window.press(NILS);
    window.press("Share…");
    let form = window.model().share.as_ref().expect("the Share dialog");
    assert_eq!(form.target, ShareTarget::Orders(vec![Uuid::from_u128(102)]));
}

#[test]
fn everything_about_an_order_stands_at_the_right_and_can_be_changed_there() {
    let mut window = orders_page();
    drawn::show_order(&mut window);
    window.step();
    for text in [
        "Läkare, Åke",
        "Cough, weight loss",
        "612 in 4 series, 702 MB",
    ] {
        assert!(window.shows(text), "{text}");
    }
    let taken = change(&window.press("Take out of Trauma / Week 48")).1;
    assert!(
        matches!(taken, Change::RemoveFromFolder { folder, .. } if folder == Uuid::from_u128(203))
    );
    let back = change(&window.press("Take back from Radiology A")).1;
    assert!(matches!(back, Change::AssignUserGroup { on: false, .. }));
    window.press("Attention: Urgent");
    let flag = change(&window.press("This week")).1;
    assert!(matches!(
        flag,
        Change::SetFlag {
            group: 1,
            flag: 2,
            ..
        }
    ));
    let left = change(&window.press("Take this order out of the group")).1;
    assert!(matches!(left, Change::Ungroup { orders } if orders == [place(100)]));
    window.press("Shares 1");
    assert!(window.shows_part("until 24 Dec 2026"));
}

#[test]
fn the_last_known_order_stays_while_it_is_asked_for_again_and_when_that_fails() {
    let mut window = orders_page();
    drawn::show_order(&mut window);
    window.act(Action::Orders(OrdersAction::ReloadOrder));
    window.step();
    assert!(window.shows("Cough, weight loss"));
    window.apply(Event::Orders(OrdersEvent::Properties {
        order: Uuid::from_u128(100),
        result: Err(Failure {
            what: "The account did not answer.".into(),
            remedy: "Try again.".into(),
        }),
    }));
    window.step();
    assert!(window.shows("Cough, weight loss"));
    assert!(window.shows("The account did not answer. Try again."));
    let asked = window.press("Try again");
    assert!(
        matches!(
            asked.as_slice(),
            [Command::Orders(OrdersCommand::Properties { .. })]
        ),
        "{asked:?}"
    );
}

fn drop_files(window: &mut Window, paths: &[&str]) -> Vec<Command> {
    let paths = paths.iter().map(PathBuf::from).collect();
    let asked = window.act(Action::Upload(UploadAction::Dropped(paths)));
    window.step();
    asked
}

#[test]
fn files_dropped_on_a_selected_order_are_its_documents_and_each_says_how_it_fared() {
    let mut window = orders_page();
    drawn::show_order(&mut window);
    let asked = drop_files(&mut window, &["/tmp/Report.pdf", "/tmp/Notes.docx"]);
    let [
        Command::Orders(OrdersCommand::SendDocuments {
            job, order, paths, ..
        }),
    ] = asked.as_slice()
    else {
        panic!("documents, not {asked:?}")
    };
    assert_eq!((*order, paths.len()), (place(100), 2));
    assert!(window.shows("Sending: 0 of 2 done") && window.shows("Sending …"));
    window.apply(Event::Orders(OrdersEvent::DocumentSent {
        job: *job,
        path: "/tmp/Report.pdf".into(),
        result: Ok(()),
    }));
    window.apply(Event::Orders(OrdersEvent::DocumentSent {
        job: *job,
        path: "/tmp/Notes.docx".into(),
        result: Err(Failure {
            what: "Notes.docx is no PDF, JPEG, PNG, BMP or MP4, so it was not sent.".into(),
            remedy: "Save it as one of these, then drop it again.".into(),
        }),
    }));
    let asked = window.apply(Event::Orders(OrdersEvent::DocumentsDone {
        job: *job,
        order: order.order,
    }));
    let again =
        |command: &Command| matches!(command, Command::Orders(OrdersCommand::Properties { .. }));
    assert!(asked.iter().any(again), "{asked:?}");
    window.step();
    assert!(window.shows_part("Notes.docx is no PDF"));
    let asked = window.press("Send again what failed");
    assert!(
        matches!(asked.as_slice(), [Command::Orders(OrdersCommand::SendDocuments { paths, .. })] if paths.len() == 1),
        "{asked:?}"
    );
    let asked = window.press("Stop sending");
    assert!(
        matches!(asked.first(), Some(Command::Cancel(_))),
        "{asked:?}"
    );
}

#[test]
fn files_dropped_while_no_order_is_selected_are_studies() {
    let mut window = orders_page();
    let asked = drop_files(&mut window, &["/tmp/study"]);
    assert!(
        matches!(
            asked.as_slice(),
            [Command::Files(FilesCommand::Scan { .. })]
        ),
        "{asked:?}"
    );
}

#[test]
fn a_document_can_be_added_by_its_path() {
    let mut window = orders_page();
    drawn::show_order(&mut window);
    window.act(Action::Orders(OrdersAction::ShowTab(OrderTab::Documents)));
    window.step();
    assert!(window.shows("Referral.pdf") && window.shows_part("JPEG · 1.5 MB"));
    let asked = window.press("Add document…");
    assert!(
        matches!(asked.as_slice(), [Command::Files(FilesCommand::Pick(_))]),
        "{asked:?}"
    );
    window.apply(Event::Orders(OrdersEvent::DocumentsPicked {
        order: place(100),
        paths: None,
    }));
    window.step();
    assert!(window.shows_part("type its path"));
    window.type_into("Path of a document", "/tmp/scan.png");
    let asked = window.press("Add the document at this path");
    assert!(
        matches!(asked.as_slice(), [Command::Orders(OrdersCommand::SendDocuments { paths, .. })] if paths == &[PathBuf::from("/tmp/scan.png")]),
        "{asked:?}"
    );
}

#[test]
fn dates_the_wrong_way_round_are_said_at_the_field_and_not_searched_for() {
    let mut window = orders_page();
    window.press("Dates…");
    window.type_into("Study date from", "2026-11-20");
    window.type_into("Study date to", "2026-11-01");
    window.later.set(std::time::Duration::from_secs(1));
    window.step();
    assert!(window.shows("The first day is after the last one."));
    let asked = key(&mut window, Modifiers::NONE, Key::Enter);
    assert!(asked.is_empty(), "{asked:?}");
}

#[test]
fn several_locations_can_be_searched() {
    let mut window = orders_page();
    window.press("More");
    window.press("Search in: This location");
    let asked = window.press("Outpatients North");
    let [Command::Orders(OrdersCommand::Search { query, .. })] = asked.as_slice() else {
        panic!("a search, not {asked:?}")
    };
    let both: Vec<Uuid> = [11, 12].map(Uuid::from_u128).into();
    assert_eq!(query.locations, both);
}

#[test]
fn columns_are_shown_and_hidden_and_kept() {
    let mut window = orders_page();
    assert!(!window.shows("Accession"));
    window.press("Columns");
    let asked = window.press("Size");
    let [Command::Session(SessionCommand::SaveSettings(settings))] = asked.as_slice() else {
        panic!("settings, not {asked:?}")
    };
    assert!(
        !settings
            .orders_table
            .hidden
            .as_ref()
            .unwrap()
            .contains(&"size".to_owned())
    );
    assert!(window.model().shows_column(Column::Size));
    window.press("The usual columns");
    assert!(!window.model().shows_column(Column::Size));
}

#[test]
fn a_column_that_was_drawn_keeps_its_width() {
    let mut window = orders_page();
    let edge = window
        .harness
        .get_by_label("Width of Patient")
        .rect()
        .center();
    window.harness.drag_at(edge);
    window.harness.run_steps(1);
    let to = edge + eframe::egui::vec2(40.0, 0.0);
    window.harness.hover_at(to);
    window.harness.run_steps(1);
    window.harness.drop_at(to);
    window.step();
    let asked = window.asked();
    assert!(
        matches!(
            asked.as_slice(),
            [Command::Session(SessionCommand::SaveSettings(_))]
        ),
        "{asked:?}"
    );
    let width = window.model().column_width(Column::Patient).unwrap();
    assert!((185.0..=200.0).contains(&width), "{width}");
}

fn fill(window: &mut Window) {
    window.press("New order…");
    window.type_into("Patient name of the new order", "Berg, Åsa");
    window.type_into("Patient ID of the new order", "19700101-1111");
    window.type_into("Modality of the new order", "mr");
}

#[test]
fn a_new_order_says_what_is_missing_and_is_made_once_nothing_is() {
    let mut window = orders_page();
    window.press("New order…");
    let asked = window.press("Make order");
    assert!(asked.is_empty(), "{asked:?}");
    assert!(window.shows("It is needed.") || window.shows("See the red fields."));
    window.harness.key_press(Key::Escape);
    window.step();
    fill(&mut window);
    let (job, made) = change(&window.press("Make order"));
    let Change::CreateOrder(order) = made else {
        panic!("an order, not {made:?}")
    };
    assert_eq!(order.patient_name, "Berg^Åsa");
    assert_eq!(order.location, Uuid::from_u128(11));
    assert_eq!(order.date, Some(jiff::civil::date(2026, 11, 24)));
    assert!(order.more.is_empty());
    let asked = window.apply(Event::Account(AccountEvent::Changed {
        job,
        change: Box::new(Change::CreateOrder(order)),
        result: Ok(Changed {
            made: Some(Uuid::from_u128(900)),
            ..Changed::default()
        }),
    }));
    assert!(window.model().dialog.is_none());
    let mut found = drawn::orders();
    found[4].patient_order_uuid = Uuid::from_u128(900);
    drawn::answer_search(&mut window, &asked, found);
    assert_eq!(
        window.model().orders.selection.one(),
        Some(Uuid::from_u128(900))
    );
}

#[test]
fn a_new_order_that_the_account_refuses_stays_in_the_form() {
    let mut window = orders_page();
    fill(&mut window);
    let (job, made) = change(&window.press("Make order"));
    window.apply(Event::Account(AccountEvent::Changed {
        job,
        change: Box::new(made),
        result: Err(Failure {
            what: "The account refused the new order: the accession number is taken.".into(),
            remedy: "Type another one.".into(),
        }),
    }));
    window.step();
    assert!(window.shows("Make order"));
    assert!(
        window
            .harness
            .query_all_by_label_contains("the accession number is taken")
            .count()
            > 0
    );
    assert_eq!(
        window
            .model()
            .orders
            .new_order
            .text(studydrop::model::OrderField::PatientId),
        "19700101-1111"
    );
}

#[test]
fn a_new_order_keeps_what_was_typed_until_it_is_made_or_cancelled() {
    let mut window = orders_page();
    let id = |window: &Window| {
        let form = &window.model().orders.new_order;
        form.text(OrderField::PatientId).to_owned()
    };
    fill(&mut window);
    for press in [pos2(20.0, 560.0), pos2(1260.0, 20.0)] {
        window.harness.drag_at(press);
        window.step();
        window.harness.drop_at(press);
        window.step();
        assert_eq!(window.model().dialog, Some(Dialog::NewOrder), "{press:?}");
    }
    window.harness.key_press(Key::Escape);
    window.step();
    assert_eq!(window.model().dialog, None);
    window.press("New order…");
    assert_eq!(id(&window), "19700101-1111");
    window.press("Cancel");
    assert_eq!(window.model().dialog, None);
    window.press("New order…");
    assert_eq!(id(&window), "");
    window.harness.key_press(Key::Escape);
    window.step();

    fill(&mut window);
    let (job, made) = change(&window.press("Make order"));
    window.apply(Event::Account(AccountEvent::Changed {
        job,
        change: Box::new(made),
        result: Ok(Changed::default()),
    }));
    window.press("New order…");
    assert_eq!(id(&window), "", "it was made");
}

#[test]
fn a_new_order_without_a_location_says_where_it_is_missing() {
    let missing = "Choose the location that it belongs to.";
    let mut window = orders_page();
    fill(&mut window);
    assert!(!window.shows(missing));

    let mut nowhere = Arc::unwrap_or_clone(drawn::account());
    for user in &mut nowhere.user_list {
        user.institution_list.clear();
    }
    let mut window = Window::signed_out();
    window.apply(Event::Session(SessionEvent::SignedIn {
        account: Arc::new(nowhere),
        workspace: Workspace::Practice,
    }));
    window.act(Action::Shell(ShellAction::Go(Page::Orders)));
    window.step();
    window.asked();
    fill(&mut window);
    assert!(window.shows(missing));
    assert!(window.shows("Location of the order: Choose a location"));
    assert!(window.press("Make order").is_empty());
}

#[test]
fn equipment_of_the_location_sets_the_modality() {
    let mut window = orders_page();
    window.press("New order…");
    window.press("Equipment: None");
    assert!(!window.shows("MR North"), "it stands in the other location");
    let place = window.harness.get_by_label("Make order").rect();
    window.press("CT room 2");
    let after = window.harness.get_by_label("Make order").rect();
    assert_eq!(place, after, "the dialog keeps its place");
    let form = &window.model().orders.new_order;
    assert_eq!(form.text(studydrop::model::OrderField::Modality), "CT");
    assert_eq!(form.equipment, Some(Uuid::from_u128(51)));
}

#[test]
fn a_new_order_that_the_search_bar_leaves_out_is_searched_for_once() {
    let mut window = orders_page();
    fill(&mut window);
    let (job, made) = change(&window.press("Make order"));
    let asked = window.apply(Event::Account(AccountEvent::Changed {
        job,
        change: Box::new(made),
        result: Ok(Changed {
            made: Some(Uuid::from_u128(900)),
            ..Changed::default()
        }),
    }));
    let job = asked.iter().find_map(|command| match command {
        Command::Orders(OrdersCommand::Search { job, .. }) => Some(*job),
        _ => None,
    });
    let answer = |job| {
        Event::Orders(OrdersEvent::Found {
            job,
            result: Ok(Arc::new(drawn::orders())),
            took: std::time::Duration::ZERO,
        })
    };
    let asked = window.apply(answer(job.unwrap()));
    let [Command::Orders(OrdersCommand::Search { job, query, .. })] = asked.as_slice() else {
        panic!("one more search, not {asked:?}")
    };
    assert_eq!(query.patient_id, "19700101-1111");
    let asked = window.apply(answer(*job));
    assert!(asked.is_empty(), "no endless search: {asked:?}");
}

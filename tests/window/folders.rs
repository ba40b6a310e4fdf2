//! The Folders page and the Log page, without a worker.

use std::path::PathBuf;
use std::sync::Arc;

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::window::Window;
use eframe::egui::{Key, Modifiers, PointerButton, Role};
use egui_kittest::kittest::Queryable;
use studydrop::cloud::ViewOf;
use studydrop::message::{
    AccountCommand, AccountEvent, Change, Changed, Command, Event, Failure, FoldersCommand,
    FoldersEvent, JobId, LogCommand, LogEvent, RemovedFolder, View,
};
use studydrop::model::{Action, Entry, FoldersAction, Page, ShareTarget, ShellAction, Tone};
use uuid::Uuid;

const TRAUMA: Uuid = Uuid::from_u128(201);
const WEEK_47: Uuid = Uuid::from_u128(202);
const WEEK_48: Uuid = Uuid::from_u128(203);
const FIRST: &str = "Öberg, Märta, CT Thorax with contrast";
const SECOND: &str = "Öberg, Märta, CT Abdomen";

fn on_page() -> Window {
    let mut window = Window::signed_in();
    drawn::answer_directory(&mut window);
    drawn::show_folders(&mut window);
    // Only the first three orders: each has a name of its own.
    let mut week = drawn::folder(203, "Week 48", 3, 3, Vec::new());
    week.patient_order_list = drawn::orders().into_iter().take(3).collect();
    window.act(Action::Folders(FoldersAction::SelectFolder(WEEK_48)));
    window.apply(Event::Folders(FoldersEvent::Listed {
        user: Uuid::from_u128(1),
        with_orders: true,
        folder: Some(WEEK_48),
        result: Ok(Arc::new(week)),
    }));
    window.step();
    window.asked();
    window
}

fn change(asked: &[Command]) -> (JobId, Change) {
    let found = asked.iter().find_map(|command| match command {
        Command::Account(AccountCommand::Change { job, change, .. }) => {
            Some((*job, change.clone()))
        }
        _ => None,
    });
    found.unwrap_or_else(|| panic!("{asked:?}"))
}

fn done(window: &mut Window, (job, change): (JobId, Change), changed: Changed) -> Vec<Command> {
    let asked = window.apply(Event::Account(AccountEvent::Changed {
        job,
        change: Box::new(change),
        result: Ok(changed),
    }));
    window.step();
    asked
}

fn order(id: u128) -> Uuid {
    Uuid::from_u128(id)
}

#[test]
fn folders_are_made_in_each_other_with_a_description() {
    let mut window = on_page();
    window.press("New folder…");
    assert!(window.shows("New folder in “Week 48”"));
    assert!(window.press("Make the folder").is_empty());
    window.type_into("Name", "Knee/");
    assert!(window.shows("A name between two / is missing."));
    window.type_into("Name", "left");
    window.type_into("Description", "For the meeting");
    window.harness.key_press(Key::Enter);
    window.step();
    let asked = change(&window.asked());
    assert!(
        matches!(&asked.1, Change::CreateFolder { parent, path, description }
            if *parent == Some(WEEK_48) && path.as_str() == "Knee/left" && description == "For the meeting"),
        "{asked:?}"
    );
    let made = Changed {
        made: Some(Uuid::from_u128(77)),
        ..Changed::default()
    };
    done(&mut window, asked, made);
    assert!(!window.shows("New folder in “Week 48”"));
    assert!(window.shows("Folder “Knee/left” was made."));
    let entry = window.model().log.last().unwrap().clone();
    let line = serde_json::to_string(&entry).unwrap();
    assert!(
        entry.whom.contains("Knee") && !line.contains("Knee"),
        "{line}"
    );
}

#[test]
fn a_refused_name_stays_in_the_dialog_with_the_accounts_words() {
    let mut window = on_page();
    window.harness.key_press(Key::F2);
    window.step();
    assert!(window.shows("Rename “Week 48”"));
    window.clear_field("Name");
    window.type_into("Name", "Week 47");
    let (job, asked) = change(&window.press("Rename"));
    window.apply(Event::Account(AccountEvent::Changed {
        job,
        change: Box::new(asked),
        result: Err(Failure {
            what: "There is a folder “Week 47” already.".into(),
            remedy: "Type another name.".into(),
        }),
    }));
    window.step();
    assert!(window.shows_part("There is a folder “Week 47” already."));
    assert_eq!(
        window.model().folders.form.as_ref().unwrap().text,
        "Week 47"
    );
    assert!(
        window
            .model()
            .toasts
            .shown()
            .iter()
            .all(|toast| toast.tone != Tone::Bad)
    );
}

#[test]
fn deleting_says_how_many_folders_go_and_that_orders_stay_and_can_be_undone() {
    let mut window = on_page();
    window.act(Action::Folders(FoldersAction::SelectFolder(TRAUMA)));
    window.step();
    window.asked();
    window.harness.key_press(Key::Delete);
    window.step();
    assert!(window.shows("Delete “Trauma”?"));
    assert!(window.shows_part("The folder and the 2 in it are deleted. Its 1,284 orders stay"));
    let asked = change(&window.press("Delete 3 folders"));
    let removed = RemovedFolder {
        name: "Trauma".to_owned(),
        ..RemovedFolder::default()
    };
    let changed = Changed {
        removed: Some(Box::new(removed)),
        ..Changed::default()
    };
    let again = done(&mut window, asked, changed);
    assert!(window.model().folders.selected.is_none());
    // What is gone is not asked for again.
    let gone = |command: &Command| matches!(command, Command::Folders(FoldersCommand::List { folder: Some(folder), .. }) if *folder == TRAUMA);
    assert!(!again.iter().any(gone), "{again:?}");
    let asked = change(&window.press("Undo"));
    assert!(matches!(asked.1, Change::RestoreFolder(_)));
}

#[test]
fn the_menu_of_a_folder_describes_and_shares_and_opens_it() {
    let mut window = on_page();
    window
        .harness
        .get_by_role_and_label(Role::TreeItem, "Week 47")
        .click_button(PointerButton::Secondary);
    window.step();
    assert_eq!(window.model().folders.selected, Some(WEEK_47));
    window.press("Describe…");
    window.type_into("Description", "Second week");
    let (_, asked) = change(&window.press("Save the description"));
    assert!(
        matches!(&asked, Change::UpdateFolder { folder, update }
            if *folder == WEEK_47 && update.name.is_none() && update.description.as_deref() == Some("Second week")),
        "{asked:?}"
    );
    window.act(Action::Folders(FoldersAction::Close));
    window.act(Action::Folders(FoldersAction::SelectFolder(WEEK_48)));
    window.step();
    window.asked();
    let asked = window.press("Open viewer");
    assert!(
        matches!(asked.as_slice(), [Command::Account(AccountCommand::View { view: View::Folder(folder), .. })] if *folder == WEEK_48)
    );
    window.press("Share…");
    assert!(window.shows("Share folder “Week 48”"));
}

#[test]
fn the_folders_above_can_be_pressed() {
    let mut window = on_page();
    window
        .harness
        .get_all_by_label("Trauma")
        .last()
        .unwrap()
        .click();
    window.step();
    assert_eq!(window.model().folders.selected, Some(TRAUMA));
    assert!(window.shows_part("1,035 orders (1,284 with those below), 2 folders"));
    // Its folders stand at the right too.
    window.press("Folder Week 47");
    assert_eq!(window.model().folders.selected, Some(WEEK_47));
}

#[test]
fn orders_are_picked_in_ranges_and_taken_out() {
    let mut window = on_page();
    // The newest stands first.
    window.press(SECOND);
    assert!(window.shows("1 selected"));
    let shift = Modifiers::SHIFT;
    window
        .harness
        .get_by_label("Öberg, Nils, CR Hand left")
        .click_modifiers(shift);
    window.step();
    assert!(window.shows("3 selected"));
    window
        .harness
        .get_by_label(FIRST)
        .click_modifiers(Modifiers::COMMAND);
    window.step();
    assert!(window.shows("2 selected"));
    let asked = change(&window.press("Take 2 orders out of the folder"));
    let Change::RemoveFromFolder { orders, folder } = &asked.1 else {
        panic!("{asked:?}")
    };
    let orders: Vec<Uuid> = orders.iter().map(|order| order.order).collect();
    assert_eq!((orders, *folder), (vec![order(101), order(102)], WEEK_48));
    let changed = Changed {
        done: vec![order(101), order(102)],
        back: vec![Change::AddToFolder {
            orders: drawn::orders()
                .into_iter()
                .filter(|one| [order(101), order(102)].contains(&one.patient_order_uuid))
                .map(|one| one.place())
                .collect(),
            folder: WEEK_48,
        }],
        ..Changed::default()
    };
    done(&mut window, asked, changed);
    assert!(window.shows("2 orders taken out of the folder."));
    let (_, back) = change(&window.press("Undo"));
    assert!(matches!(back, Change::AddToFolder { orders, .. } if orders.len() == 2));
}

#[test]
fn orders_are_dragged_onto_a_folder_of_the_tree() {
    let mut window = on_page();
    window.press(FIRST);
    drag(&mut window, FIRST, "Week 47");
    let (_, asked) = change(&window.asked());
    assert!(
        matches!(&asked, Change::AddToFolder { orders, folder } if orders.len() == 1 && *folder == WEEK_47),
        "{asked:?}"
    );
}

fn drag(window: &mut Window, label: &str, to: &str) {
    let from = window.harness.get_by_label(label).rect().center();
    let to = window
        .harness
        .get_by_role_and_label(Role::TreeItem, to)
        .rect()
        .center();
    window.harness.drag_at(from);
    window.step();
    window
        .harness
        .hover_at(from + eframe::egui::vec2(-20.0, 4.0));
    window.step();
    window.harness.hover_at(to);
    window.step();
    window.harness.drop_at(to);
    window.step();
}

fn with_many_orders(window: &mut Window, count: u128) {
    let mut week = drawn::folder(203, "Week 48", 3, 3, Vec::new());
    let one = drawn::orders().remove(0);
    let many = (0..count).map(|n| {
        let mut order = one.clone();
        order.patient_order_uuid = Uuid::from_u128(10_000 + n);
        order.study_description = format!("Study {n:05}");
        order
    });
    week.patient_order_list = many.collect();
    window.apply(Event::Folders(FoldersEvent::Listed {
        user: Uuid::from_u128(1),
        with_orders: true,
        folder: Some(WEEK_48),
        result: Ok(Arc::new(week)),
    }));
    window.step();
}

#[test]
fn of_many_orders_the_rows_on_the_screen_are_built_and_a_drag_takes_all_that_are_selected() {
    let mut window = on_page();
    with_many_orders(&mut window, 20_000);
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.step();
    assert!(window.shows("20,000 selected"));
    let rows = window
        .harness
        .query_all_by_label_contains("Select Öberg, Märta, CT Study")
        .count();
    assert!((5..60).contains(&rows), "{rows}");
    drag(&mut window, "Öberg, Märta, CT Study 00003", "Week 47");
    let (_, asked) = change(&window.asked());
    let Change::AddToFolder { orders, folder } = asked else {
        panic!("{asked:?}")
    };
    assert_eq!((orders.len(), folder), (20_000, WEEK_47));
}

#[test]
fn an_order_that_is_not_selected_is_dragged_alone() {
    let mut window = on_page();
    window.press(FIRST);
    drag(&mut window, SECOND, "Week 47");
    let (_, asked) = change(&window.asked());
    assert!(
        matches!(&asked, Change::AddToFolder { orders, .. } if orders.len() == 1 && orders[0].order == order(101)),
        "{asked:?}"
    );
}

#[test]
fn the_keyboard_walks_through_a_folders_orders_and_enter_opens_the_one() {
    let mut window = on_page();
    for _ in 0..2 {
        window.harness.key_press(Key::ArrowDown);
        window.step();
    }
    assert!(window.shows("1 selected"));
    let one = window.model().folders.selection.one();
    window.harness.key_press(Key::Enter);
    window.step();
    let asked = window.asked();
    assert!(
        matches!(asked.as_slice(), [Command::Account(AccountCommand::View { view: View::Orders(ViewOf::Order(order)), .. })] if Some(*order) == one),
        "{asked:?}"
    );
    window
        .harness
        .key_press_modifiers(Modifiers::SHIFT, Key::ArrowUp);
    window.step();
    assert!(window.shows("2 selected"));
    assert!(
        window.press("Open 2 orders in the viewer").is_empty(),
        "they are in no group"
    );
}

#[test]
fn a_folders_orders_are_sorted_by_their_headings_and_stay_selected() {
    let mut window = on_page();
    window.press(FIRST);
    let top = |window: &Window, label: &str| window.harness.get_by_label(label).rect().top();
    window.press("Images");
    assert!(top(&window, FIRST) < top(&window, SECOND), "612 before 488");
    window.press("Images");
    assert!(top(&window, FIRST) > top(&window, SECOND));
    assert!(window.shows("1 selected"));
}

#[test]
fn the_right_button_shares_and_takes_out() {
    let mut window = on_page();
    window.harness.get_by_label(SECOND).click_secondary();
    window.step();
    assert!(window.shows("1 selected"));
    let (_, asked) = change(&window.press("Take out of the folder"));
    assert!(matches!(&asked, Change::RemoveFromFolder { orders, .. } if orders.len() == 1));
    window.press("Share 1 order…");
    let form = window.model().share.as_ref().unwrap();
    assert_eq!(form.target, ShareTarget::Orders(vec![order(101)]));
}

#[test]
fn orders_are_added_to_a_folder_that_is_looked_for_by_keyboard() {
    let mut window = on_page();
    window.press(FIRST);
    window.press("Add to folder…");
    assert!(window.shows("Add 1 order to a folder"));
    assert!(
        window.press("Add 1 order").is_empty(),
        "no folder is picked"
    );
    window.type_into("Look for a folder", "47");
    window.harness.key_press(Key::Enter);
    window.step();
    let (_, asked) = change(&window.asked());
    assert!(
        matches!(&asked, Change::AddToFolder { folder, .. } if *folder == WEEK_47),
        "{asked:?}"
    );
}

#[test]
fn a_folder_with_too_much_in_it_is_deleted_without_the_promise_of_an_undo() {
    let mut window = on_page();
    for (below, promised) in [(499, true), (500, false)] {
        let mut trauma = drawn::folder(201, "Trauma", 1, 1, Vec::new());
        trauma.all_sub_folder_count = below;
        window.apply(Event::Folders(FoldersEvent::Listed {
            user: Uuid::from_u128(1),
            with_orders: false,
            folder: None,
            result: Ok(Arc::new(drawn::folder(0, "", 0, 0, vec![trauma]))),
        }));
        window.act(Action::Folders(FoldersAction::AskDelete(TRAUMA)));
        window.step();
        assert_eq!(window.shows_part("You can undo it right after."), promised);
        let cannot = "So many folders cannot be brought back.";
        assert_eq!(window.shows_part(cannot), !promised);
        window.press("Cancel");
    }
}

#[test]
fn a_folder_that_somebody_deleted_is_said_and_reloaded_and_the_rest_stays() {
    let mut window = on_page();
    let refused = Failure {
        what: "The account refused the folder: there is no such folder.".into(),
        remedy: "Read the account's words.".into(),
    };
    window.act(Action::Folders(FoldersAction::SelectFolder(WEEK_48)));
    let asked = window.apply(Event::Folders(FoldersEvent::Listed {
        user: Uuid::from_u128(1),
        with_orders: true,
        folder: Some(WEEK_48),
        result: Err(refused),
    }));
    // The folder above is asked at once.
    assert!(
        matches!(asked.as_slice(), [Command::Folders(FoldersCommand::List { folder: Some(folder), .. })] if *folder == TRAUMA),
        "{asked:?}"
    );
    let week = drawn::folder(202, "Week 47", 211, 211, Vec::new());
    window.apply(Event::Folders(FoldersEvent::Listed {
        user: Uuid::from_u128(1),
        with_orders: true,
        folder: Some(TRAUMA),
        result: Ok(Arc::new(drawn::folder(201, "Trauma", 1, 1, vec![week]))),
    }));
    window.step();
    assert!(!window.shows("Week 48"));
    assert!(window.shows("Week 47") && window.shows("Teaching"));
    assert!(window.shows_part("This folder is no longer there."));
    let asked = window.press("Reload");
    assert!(asked.iter().all(|command| !matches!(command, Command::Folders(FoldersCommand::List { folder: Some(folder), .. }) if *folder == WEEK_48)));
    assert!(window.shows("No folder is selected"));
}

#[test]
fn the_tree_is_narrowed_by_name_and_says_what_it_does_not_know() {
    let mut window = on_page();
    window.type_into("Narrow the tree by name", "week 47");
    assert!(window.shows("Week 47"));
    assert!(!window.shows("Teaching"));
    assert!(window.shows("Folders that were not opened yet are not looked through."));
}

#[test]
fn ten_thousand_folders_build_only_the_rows_on_the_screen() {
    let mut window = Window::signed_in();
    window.act(Action::Shell(ShellAction::Go(Page::Folders)));
    let many =
        (0..10_000).map(|n| drawn::folder(5_000 + n, &format!("Folder {n:05}"), 1, 1, Vec::new()));
    window.apply(Event::Folders(FoldersEvent::Listed {
        user: Uuid::from_u128(1),
        with_orders: true,
        folder: None,
        result: Ok(Arc::new(drawn::folder(0, "", 0, 0, many.collect()))),
    }));
    window.step();
    let rows = window
        .harness
        .query_all_by_label_contains("Folder 0")
        .count();
    assert!((10..120).contains(&rows), "{rows}");
    window.type_into("Narrow the tree by name", "09999");
    assert!(window.shows("Folder 09999") && !window.shows("Folder 00000"));
}

#[test]
fn the_log_is_looked_through_and_narrowed_to_what_failed() {
    let mut window = on_page();
    window.act(Action::Shell(ShellAction::Go(Page::Log)));
    window.apply(Event::Failed(Failure {
        what: "The disk is full.".into(),
        remedy: "Make room.".into(),
    }));
    window.step();
    assert!(window.shows_part("Something failed"));
    assert!(window.shows_part("Signed in"));
    window.press("Failed");
    assert!(!window.shows_part("Signed in to the practice workspace"));
    window.press("All");
    window.type_into("Look through the log", "disk");
    assert!(window.shows("1 entry") || window.shows_part("1 entry"));
}

#[test]
fn what_was_kept_stands_before_what_happens_now_and_what_happens_is_kept() {
    let mut window = Window::signed_in();
    let kept = Entry {
        at: jiff::civil::date(2026, 11, 20).at(8, 0, 0, 0),
        tone: Tone::Good,
        what: "Verified".to_owned(),
        whom: String::new(),
        detail: "612 found".to_owned(),
        about: studydrop::logbook::Subject::default(),
        names: String::new(),
    };
    window.apply(Event::Log(LogEvent::Loaded(vec![kept])));
    assert_eq!(window.model().log[0].what, "Verified");
    assert!(window.model().log.len() > 1);
    let said = format!("{:?}", window.kept);
    assert!(
        said.contains("Signed in to the practice workspace") && !said.contains("612"),
        "{said}"
    );
}

#[test]
fn the_log_is_exported_through_the_dialog_or_to_a_typed_path() {
    let mut window = on_page();
    window.act(Action::Shell(ShellAction::Go(Page::Log)));
    window.step();
    let asked = window.press("Export as CSV…");
    let [
        Command::Log(LogCommand::Save {
            to: None,
            name,
            csv,
        }),
    ] = asked.as_slice()
    else {
        panic!("{asked:?}")
    };
    assert_eq!(name, "studydrop-log-2026-11-24.csv");
    assert!(csv.starts_with("\u{FEFF}Time,Result,What,Whom,Detail,Orders,Study,Folder\r\n"));
    assert!(csv.contains("Signed in to the practice workspace"));
    window.apply(Event::Log(LogEvent::Saved(Ok(None))));
    window.step();
    assert!(window.shows_part("If no dialog opened, type the file's path."));
    window.type_into("Path of the file to export to", "log.csv");
    assert!(window.press("Export").is_empty());
    assert!(window.shows_part("Type the whole path"));
    window.clear_field("Path of the file to export to");
    window.type_into("Path of the file to export to", "/media/stick/log.csv");
    let asked = window.press("Export");
    let path = PathBuf::from("/media/stick/log.csv");
    assert!(
        matches!(asked.as_slice(), [Command::Log(LogCommand::Save { to: Some(to), .. })] if *to == path)
    );
    window.apply(Event::Log(LogEvent::Saved(Ok(Some(path)))));
    window.step();
    assert!(window.shows_part("The log was exported."));
    assert!(!window.shows("Path of the file to export to"));
}

//! Transfers, Orders, Folders, Log and messages, without a worker.

use std::sync::Arc;
use std::time::Duration;

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::window::Window;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use studydrop::cloud::model::DateFilter;
use studydrop::message::{
    Command, Event, Failure, FoldersCommand, OrdersCommand, OrdersEvent, TransferCommand,
    TransferEvent,
};
use studydrop::model::{Action, OrdersAction, Page, ShellAction, UploadAction};
use studydrop::transfer::TransferState;

#[test]
fn failed_files_are_named_with_their_reasons_and_can_be_retried() {
    let mut window = Window::signed_in();
    drawn::transfer_all(&mut window);
    window.step();
    assert!(window.shows("IM_0021"));
    assert!(window.shows_part("Today: found 1,246 = sent 1,041"));
    assert!(window.shows("1 study verified"));
    let asked = window.press("Retry 3");
    assert!(matches!(
        asked.as_slice(),
        [Command::Transfer(TransferCommand::Retry(_))]
    ));
    let asked = window.press("Cancel CR Hand");
    assert!(matches!(asked.as_slice(), [Command::Cancel(_)]));
    window.press("Clear finished");
    assert!(!window.shows_part("MR Knee left"));
    assert!(window.shows("IM_0021"), "what needs attention stays");
    assert!(window.shows_part("Today: found 1,246 = sent 1,041"));
    assert!(window.shows("1 study verified"));
}

#[test]
fn a_verified_study_leads_to_its_order() {
    let mut window = Window::signed_in();
    drawn::transfer_all(&mut window);
    window.step();
    let asked = window.press("Show the order of ANON, 0412").len();
    assert_eq!(asked, 1);
    assert_eq!(window.model().page, Page::Orders);
    assert_eq!(window.model().orders.form.patient_id, "ANON-0412");
}

#[test]
fn orders_are_searched_by_keyboard_and_sorted_by_their_headings() {
    let mut window = Window::signed_in();
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::Num2);
    window.step();
    let asked = window.asked();
    drawn::answer_search(&mut window, &asked, drawn::orders());
    window.step();
    assert!(window.shows("8 orders · 0.2 s"));
    let first = |window: &Window| {
        let table = window.model().orders.found.value().unwrap();
        table.orders[table.rows[0]].study_description.clone()
    };
    assert_eq!(first(&window), "Abdomen");
    window.press("Images");
    assert_eq!(first(&window), "Brain");
    window.press("Images");
    assert_eq!(first(&window), "Hand left");
    window.harness.key_press(Key::ArrowDown);
    window.step();
    assert!(window.shows("CR Hand left"), "the order at the right");
}

#[test]
fn a_filter_searches_and_the_newest_search_wins() {
    let mut window = Window::signed_in();
    let first = window.act(Action::Shell(ShellAction::Go(Page::Orders)));
    window.step();
    let second = window.press("7 days");
    let [Command::Orders(OrdersCommand::Search { query, .. })] = second.as_slice() else {
        panic!("one search, not {second:?}")
    };
    assert!(
        matches!(query.dates, DateFilter::Performed { from: Some(from), .. } if from == jiff::civil::date(2026, 11, 18))
    );
    drawn::answer_search(&mut window, &second, drawn::orders());
    drawn::answer_search(&mut window, &first, Vec::new());
    window.step();
    assert!(window.shows("8 orders · 0.2 s"));
}

#[test]
fn typing_in_the_search_bar_waits_for_more_before_it_searches() {
    let mut window = Window::signed_in();
    let asked = window.act(Action::Shell(ShellAction::Go(Page::Orders)));
    drawn::answer_search(&mut window, &asked, drawn::orders());
    window.step();
    window.type_into("Patient name", "öberg");
    assert!(window.asked().is_empty());
    window.later.set(Duration::from_secs(1));
    window.step();
    let asked = window.asked();
    assert!(
        matches!(asked.as_slice(), [Command::Orders(OrdersCommand::Search { query, .. })] if query.patient_name == "öberg*"),
        "{asked:?}"
    );
}

#[test]
fn a_hundred_thousand_orders_lay_out_only_the_rows_on_the_screen() {
    let mut window = Window::signed_in();
    let asked = window.act(Action::Shell(ShellAction::Go(Page::Orders)));
    let many = drawn::orders().into_iter().cycle().take(100_000).collect();
    drawn::answer_search(&mut window, &asked, many);
    window.step();
    assert!(window.shows("100,000 orders · 0.2 s"));
    let rows = window.harness.query_all_by_label("Öberg, Märta").count();
    assert!((10..40).contains(&rows), "{rows}");
}

#[test]
fn nothing_found_and_a_failed_search_say_what_to_do() {
    let mut window = Window::signed_in();
    let asked = window.act(Action::Shell(ShellAction::Go(Page::Orders)));
    drawn::answer_search(&mut window, &asked, Vec::new());
    window.step();
    assert!(window.shows("No order fits this search"));
    let asked = window.act(Action::Orders(OrdersAction::Search));
    let [Command::Orders(OrdersCommand::Search { job, .. })] = asked.as_slice() else {
        panic!("{asked:?}")
    };
    let failure = Failure {
        what: "The account did not answer.".into(),
        remedy: "Try again.".into(),
    };
    window.apply(Event::Orders(OrdersEvent::Found {
        job: *job,
        result: Err(failure),
        took: Duration::ZERO,
    }));
    window.step();
    assert!(window.shows("The account did not answer. Try again."));
    assert!(matches!(
        window.press("Try again").as_slice(),
        [Command::Orders(OrdersCommand::Search { .. })]
    ));
}

#[test]
fn folders_are_loaded_as_they_are_opened() {
    let mut window = Window::signed_in();
    drawn::show_folders(&mut window);
    window.step();
    assert!(window.shows("Week 47"));
    assert!(window.shows_part("38 orders, 0 folders"));
    let asked = window.press("Open Teaching");
    assert!(
        matches!(
            asked.as_slice(),
            [Command::Folders(FoldersCommand::List {
                folder: Some(_),
                with_orders: false,
                ..
            })]
        ),
        "{asked:?}"
    );
    window.press("Close Trauma");
    assert!(!window.shows("Week 47"));
}

#[test]
fn a_failure_stays_until_it_is_closed_and_good_news_goes_by_itself() {
    let mut window = Window::signed_in();
    window.act(Action::Shell(ShellAction::Go(Page::Log)));
    drawn::drop_folder(&mut window, drawn::files(&drawn::KNEE));
    window.act(Action::Upload(UploadAction::Send));
    let job = window.model().transfers.rows[0].upload.job;
    window.act(Action::Shell(ShellAction::Go(Page::Log)));
    let mut verified = drawn::status(job, TransferState::Verified, 104, 1);
    verified.ledger.sent = 104;
    window.apply(Event::Transfer(TransferEvent::Status(Arc::new(verified))));
    window.apply(Event::Failed(Failure {
        what: "The disk is full.".into(),
        remedy: "Make room.".into(),
    }));
    window.step();
    assert!(window.shows_part("104 of 104 images are in the order. Safe to eject."));
    assert!(window.shows("The disk is full. Make room."));
    window.later.set(Duration::from_secs(7));
    window.step();
    assert!(!window.shows_part("Safe to eject"));
    window.press("Close this message");
    assert!(!window.shows("The disk is full. Make room."));
    assert!(
        window
            .model()
            .log
            .iter()
            .any(|entry| entry.whom == "The disk is full.")
    );
}

#[test]
fn leaving_while_something_runs_is_asked_once() {
    let mut window = Window::signed_in();
    drawn::transfer_all(&mut window);
    window.act(Action::Shell(ShellAction::AskClose));
    window.step();
    assert!(
        window.shows("3 studies are not sent yet. They go on when StudyDrop is started again.")
    );
    window.harness.key_press(Key::Escape);
    window.step();
    assert!(!window.shows("Close StudyDrop?"));
    assert!(!window.model().quit);
    window.act(Action::Shell(ShellAction::AskClose));
    window.step();
    window.press("Close");
    assert!(window.model().quit);
}

#[test]
fn an_idle_window_asks_for_no_frame() {
    let mut window = Window::with_drop();
    let asked = window.asked();
    drawn::answer_pictures(&mut window, &asked);
    // The look for open orders waits for a moment, and is over.
    window.later.set(Duration::from_secs(1));
    window.harness.run_steps(10);
    let rest = window
        .harness
        .output()
        .viewport_output
        .values()
        .map(|output| output.repaint_delay)
        .min();
    assert!(
        rest.is_some_and(|rest| rest > Duration::from_secs(3600)),
        "{rest:?}"
    );
}

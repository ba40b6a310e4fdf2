//! The window without a worker: what is on the screen is found by its words, pressed, typed into, and what the worker is
//! asked for is read from the channel.

#[path = "common/drawn.rs"]
#[allow(dead_code, reason = "each test takes of it what it needs")]
mod drawn;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{self, SyncSender};
use std::time::Duration;

use drawn::Drive;
use eframe::egui::{DroppedFile, Key, Modifiers, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{AccessKitNode, By, Queryable};
use studydrop::app::{App, Start};
use studydrop::cloud::model::DateFilter;
use studydrop::message::{Command, Event, Failure, Pick};
use studydrop::model::{Action, Model, Now, Page};
use studydrop::transfer::TransferState;
use studydrop::worker::Handle;
use tokio::sync::mpsc as async_mpsc;
use uuid::Uuid;

const KEY: &str = "3f2c9a10-5f0e-4c1b-9a57-0c2f8f1f77a2";

/// A window, its worker's ends of the channels, and a clock that stands until it is moved.
struct Window {
    harness: Harness<'static, App>,
    events: SyncSender<Event>,
    commands: async_mpsc::Receiver<Command>,
    later: Rc<Cell<Duration>>,
    _data: tempfile::TempDir,
}

impl Window {
    fn signed_out() -> Self {
        let data = tempfile::tempdir().unwrap();
        let (events, inbox) = mpsc::sync_channel(4096);
        let (outbox, commands) = async_mpsc::channel(4096);
        let start = Start {
            data: data.path().to_owned(),
            practice: false,
            theme: None,
        };
        let later = Rc::new(Cell::new(Duration::ZERO));
        let clock = later.clone();
        let ctx = eframe::egui::Context::default();
        let now = move || Now {
            running: drawn::now().running + clock.get(),
            ..drawn::now()
        };
        let app = App::new(&ctx, Handle::from_channels(outbox, inbox), &start).with_clock(now);
        let harness = Harness::builder()
            .with_size(vec2(1280.0, 800.0))
            .with_max_steps(40)
            .allow_missing_glyphs()
            .with_context_setup(|ctx| {
                studydrop::ui::fonts::install(ctx);
                studydrop::ui::theme::install(ctx);
            })
            .build_ui_state(
                |ui, app: &mut App| {
                    app.tick(&ui.ctx().clone());
                    app.paint(ui);
                },
                app,
            );
        let mut window = Window {
            harness,
            events,
            commands,
            later,
            _data: data,
        };
        window.asked();
        window
    }

    fn signed_in() -> Self {
        let mut window = Window::signed_out();
        drawn::sign_in(&mut window);
        window.step();
        window
    }

    fn with_drop() -> Self {
        let mut window = Window::signed_in();
        drawn::drop_all(&mut window);
        window.step();
        window
    }

    fn step(&mut self) {
        self.harness.run_steps(3);
    }

    fn asked(&mut self) -> Vec<Command> {
        std::iter::from_fn(|| self.commands.try_recv().ok()).collect()
    }

    fn press(&mut self, label: &str) -> Vec<Command> {
        self.harness.get_by_label(label).click();
        self.step();
        self.asked()
    }

    fn shows(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }

    fn shows_part(&self, part: &str) -> bool {
        self.harness
            .query_all_by_label_contains(part)
            .next()
            .is_some()
    }

    fn type_into(&mut self, label: &str, text: &str) {
        let field = |node: &AccessKitNode<'_>| {
            matches!(node.role(), Role::TextInput | Role::PasswordInput)
                && node.label().as_deref() == Some(label)
        };
        self.harness.get(By::new().predicate(field)).focus();
        self.step();
        self.harness.get(By::new().predicate(field)).type_text(text);
        self.step();
    }
}

impl Drive for Window {
    fn act(&mut self, action: Action) -> Vec<Command> {
        self.harness.state_mut().act(action);
        self.asked()
    }

    fn apply(&mut self, event: Event) -> Vec<Command> {
        self.events.send(event).unwrap();
        let ctx = self.harness.ctx.clone();
        self.harness.state_mut().tick(&ctx);
        self.asked()
    }

    fn model(&self) -> &Model {
        self.harness.state().model()
    }
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("not read".to_owned())
    }
}

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
        asked.iter().any(|command| matches!(command, Command::SignIn { keys, remember: false, .. } if keys.account_key.to_string() == KEY)),
        "{asked:?}"
    );
    window.apply(Event::SigningIn("Connecting"));
    window.step();
    assert!(window.shows("Connecting …"));
    let asked = window.press("Cancel");
    assert!(matches!(asked.as_slice(), [Command::CancelSignIn]));
    assert!(window.shows("Sign in"));
}

#[test]
fn a_failed_sign_in_says_what_and_what_to_do() {
    let mut window = Window::signed_out();
    window.press("Open the practice workspace");
    let what = "The router refused the API key.".to_owned();
    window.apply(Event::SignInFailed(Failure {
        what,
        remedy: "Copy it again.".into(),
    }));
    window.step();
    assert!(window.shows("The router refused the API key. Copy it again."));
}

#[test]
fn remembering_is_refused_with_a_reason_where_there_is_no_keychain() {
    let mut window = Window::signed_out();
    let why = "This computer has no keychain that can be reached.";
    window.apply(Event::Recalled {
        keys: None,
        unavailable: Some(why.to_owned()),
    });
    window.step();
    assert!(window.shows(why));
    window.press("Remember on this computer");
    assert!(!window.model().sign_in.remember);
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
            |command| matches!(command, Command::Scan { paths, .. } if *paths == [file.clone()])
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
        [Command::Pick(Pick::Folders)]
    ));
    window.apply(Event::Picked(None));
    window.step();
    assert!(window.shows_part("If no dialog opened"));
    window.type_into("Path of a folder or file", "/media/disc");
    let asked = window.press("Open");
    assert!(asked.iter().any(|command| matches!(command, Command::Scan { paths, .. } if *paths == [PathBuf::from("/media/disc")])));
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
        Command::Upload(uploads) => Some(uploads.clone()),
        _ => None,
    });
    let sent = sent.expect("an upload");
    let titles: Vec<&str> = sent.iter().map(|upload| upload.title.as_str()).collect();
    assert_eq!(titles, ["CT Abdomen", "CT Thorax with contrast"]);
    assert_eq!(sent[1].files.len(), 612);
    assert_eq!(sent[1].target.location, Uuid::from_u128(11));
    assert_eq!(sent[1].target.user_name, "Åsa Öberg");
    assert_eq!(window.model().page, Page::Transfers);
    assert!(window.shows("Transfers, 2 running"));
    // What was not ticked is still there.
    assert_eq!(window.model().upload.studies().count(), 1);
}

#[test]
fn another_location_is_picked_from_the_list() {
    let mut window = Window::signed_in();
    window.press("Location: Main hospital");
    let asked = window.press("Outpatients North");
    assert!(
        matches!(asked.as_slice(), [Command::SaveSettings(settings)] if settings.location == Some(Uuid::from_u128(12)))
    );
    assert!(window.shows("Location: Outpatients North"));
}

#[test]
fn another_user_has_other_locations() {
    let mut window = Window::signed_in();
    window.act(Action::PickLocation(Uuid::from_u128(12)));
    window.press("Account: Åsa Öberg");
    window.press("Karl Lind");
    assert!(window.shows("Location: Main hospital"));
}

#[test]
fn failed_files_are_named_with_their_reasons_and_can_be_retried() {
    let mut window = Window::signed_in();
    drawn::transfer_all(&mut window);
    window.step();
    assert!(window.shows("IM_0021"));
    assert!(window.shows_part("Today: found 1,246 = sent 1,041"));
    assert!(window.shows("1 study verified"));
    let asked = window.press("Retry 3");
    assert!(matches!(asked.as_slice(), [Command::Retry(_)]));
    let asked = window.press("Cancel CR Hand");
    assert!(matches!(asked.as_slice(), [Command::Cancel(_)]));
    window.press("Clear finished");
    assert!(!window.shows("IM_0021"));
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
    let first = window.act(Action::Go(Page::Orders));
    window.step();
    let second = window.press("7 days");
    let [Command::SearchOrders { query, .. }] = second.as_slice() else {
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
    let asked = window.act(Action::Go(Page::Orders));
    drawn::answer_search(&mut window, &asked, drawn::orders());
    window.step();
    window.type_into("Patient name", "öberg");
    assert!(window.asked().is_empty());
    window.later.set(Duration::from_secs(1));
    window.step();
    let asked = window.asked();
    assert!(
        matches!(asked.as_slice(), [Command::SearchOrders { query, .. }] if query.patient_name == "öberg*"),
        "{asked:?}"
    );
}

#[test]
fn a_hundred_thousand_orders_lay_out_only_the_rows_on_the_screen() {
    let mut window = Window::signed_in();
    let asked = window.act(Action::Go(Page::Orders));
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
    let asked = window.act(Action::Go(Page::Orders));
    drawn::answer_search(&mut window, &asked, Vec::new());
    window.step();
    assert!(window.shows("No order fits this search"));
    let asked = window.act(Action::Search);
    let [Command::SearchOrders { job, .. }] = asked.as_slice() else {
        panic!("{asked:?}")
    };
    let failure = Failure {
        what: "The account did not answer.".into(),
        remedy: "Try again.".into(),
    };
    window.apply(Event::Orders {
        job: *job,
        result: Err(failure),
        took: Duration::ZERO,
    });
    window.step();
    assert!(window.shows("The account did not answer. Try again."));
    assert!(matches!(
        window.press("Try again").as_slice(),
        [Command::SearchOrders { .. }]
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
            [Command::ListFolder {
                folder: Some(_),
                with_orders: false,
                ..
            }]
        ),
        "{asked:?}"
    );
    window.press("Close Trauma");
    assert!(!window.shows("Week 47"));
}

#[test]
fn a_failure_stays_until_it_is_closed_and_good_news_goes_by_itself() {
    let mut window = Window::signed_in();
    window.act(Action::Go(Page::Log));
    drawn::drop_folder(&mut window, drawn::files(&drawn::KNEE));
    window.act(Action::Upload);
    let job = window.model().transfers.rows[0].upload.job;
    window.act(Action::Go(Page::Log));
    let mut verified = drawn::status(job, TransferState::Verified, 104, 1);
    verified.ledger.sent = 104;
    window.apply(Event::Transfer(Arc::new(verified)));
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
            .any(|entry| entry.what == "The disk is full.")
    );
}

#[test]
fn leaving_while_something_runs_is_asked_once() {
    let mut window = Window::signed_in();
    drawn::transfer_all(&mut window);
    window.act(Action::AskClose);
    window.step();
    assert!(window.shows("Close while something is sent?"));
    window.harness.key_press(Key::Escape);
    window.step();
    assert!(!window.shows("Close while something is sent?"));
    assert!(!window.model().quit);
    window.act(Action::AskClose);
    window.step();
    window.press("Stop and close");
    assert!(window.model().quit);
}

#[test]
fn an_idle_window_asks_for_no_frame() {
    let mut window = Window::with_drop();
    let asked = window.asked();
    drawn::answer_pictures(&mut window, &asked);
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

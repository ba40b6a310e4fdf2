//! The tree of attributes in a window without a worker.

use std::path::PathBuf;

use crate::common::drawn::Drive;
use crate::common::rich;
use crate::common::window::Window;
use eframe::egui::{Event as Input, Key, Modifiers, Role, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use studydrop::dicom::attributes;
use studydrop::message::{AttributesCommand, AttributesEvent, Command, Event, Failure};
use studydrop::model::{Action, Tab, UploadAction};

/// A window that shows the details of an image; its file, and the folder for it.
struct Details {
    window: Window,
    folder: tempfile::TempDir,
    path: PathBuf,
}

fn asked_for(commands: &[Command]) -> PathBuf {
    let path = commands.iter().find_map(|command| match command {
        Command::Attributes(AttributesCommand::Read { path }) => Some(path.clone()),
        _ => None,
    });
    path.unwrap_or_else(|| panic!("attributes are asked for: {commands:?}"))
}

impl Details {
    fn new() -> Self {
        let mut details = Details::unanswered();
        details.answer("Öberg^Märta");
        details
    }

    fn unanswered() -> Self {
        let mut window = Window::with_drop();
        // High enough for all rows.
        window.harness.set_size(vec2(1280.0, 1600.0));
        window.act(Action::Upload(UploadAction::ShowTab(Tab::Details)));
        window.step();
        let path = asked_for(&window.asked());
        Details {
            window,
            folder: tempfile::tempdir().unwrap(),
            path,
        }
    }

    /// The worker has read the image that was asked for.
    fn answer(&mut self, name: &str) {
        let tree = rich::tree(&rich::file(self.folder.path(), name));
        self.window.apply(Event::Attributes(AttributesEvent::Read {
            path: self.path.clone(),
            result: Ok(tree),
        }));
        self.window.step();
    }

    fn key(&mut self, key: Key) {
        self.window.harness.key_press(key);
        self.window.step();
    }

    /// Presses a row.
    fn select(&mut self, name: &str) {
        let row = self
            .window
            .harness
            .get_by_role_and_label(Role::TreeItem, name);
        row.click();
        self.window.step();
    }

    fn rows(&self) -> Vec<String> {
        let rows = self.window.harness.query_all_by_role(Role::TreeItem);
        rows.map(|row| row.accesskit_node().label().unwrap_or_default())
            .collect()
    }

    fn shows_row(&self, name: &str) -> bool {
        self.rows().iter().any(|row| row == name)
    }
}

const REGION: &str = "Anatomic Region Sequence (0008,2218), 2 items";
const REQUEST: &str = "Request Attributes Sequence (0040,0275), 1 item";
const MEANING: &str = "Code Meaning (0008,0104), Lung";

#[test]
fn the_attributes_of_the_image_in_the_viewer_are_asked_for_and_shown() {
    let mut details = Details::unanswered();
    assert!(details.window.shows_part("reading …"));
    details.answer("Öberg^Märta");
    assert!(details.shows_row("Modality (0008,0060), CT"));
    assert!(details.shows_row(REGION));
    assert!(!details.shows_row(MEANING), "sequences are folded");
    assert!(
        details.window.shows_part("23 Nov 2026"),
        "what is read is said"
    );
    assert!(details.window.asked().is_empty(), "and asked for once");
}

#[test]
fn the_last_images_attributes_stay_until_the_next_ones_come() {
    let mut details = Details::new();
    let before = details.path.clone();
    let asked = details.window.press("Next image");
    details.path = asked_for(&asked);
    assert_ne!(details.path, before);
    assert!(details.shows_row("Patient's Name (0010,0010), Öberg^Märta"));
    assert!(details.window.shows_part("reading …"));
    details.answer("Another^One");
    assert!(details.shows_row("Patient's Name (0010,0010), Another^One"));
}

#[test]
fn what_was_unfolded_stays_so_in_the_next_image() {
    let mut details = Details::new();
    details.window.press("Unfold Anatomic Region Sequence");
    assert!(details.shows_row(MEANING));
    let asked = details.window.press("Next image");
    details.path = asked_for(&asked);
    details.answer("Another^One");
    assert!(details.shows_row(MEANING));
    details.window.press("Fold Anatomic Region Sequence");
    assert!(!details.shows_row(MEANING));
}

#[test]
fn control_f_begins_a_search_and_escape_ends_it() {
    let mut details = Details::new();
    details
        .window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::F);
    details.window.step();
    details.window.harness.event(Input::Text("lung".to_owned()));
    details.window.step();
    assert!(details.window.shows("1 found"));
    assert_eq!(
        details.rows(),
        [REGION, "Item 2", MEANING],
        "with what it is in"
    );
    details.key(Key::Escape);
    assert!(details.window.model().attributes.search.is_empty());
    assert!(details.shows_row(REQUEST));
}

#[test]
fn a_search_finds_names_keywords_tags_values_and_what_they_mean() {
    for (typed, found) in [
        ("patient's na", "Patient's Name (0010,0010), Öberg^Märta"),
        ("PATIENTNAME", "Patient's Name (0010,0010), Öberg^Märta"),
        ("0010,0010", "Patient's Name (0010,0010), Öberg^Märta"),
        ("(0010,0010)", "Patient's Name (0010,0010), Öberg^Märta"),
        ("00100010", "Patient's Name (0010,0010), Öberg^Märta"),
        ("ÖBERG", "Patient's Name (0010,0010), Öberg^Märta"),
        ("slice thick", "Slice Thickness (0018,0050), 1.25"),
        (
            "kernel",
            "Private: ACME CT 01 (0009,1001), recon kernel B60",
        ),
        ("75 years", "Patient's Age (0010,1010), 075Y"),
    ] {
        let mut details = Details::new();
        details
            .window
            .type_into("Look through the attributes", typed);
        assert!(details.shows_row(found), "{typed}: {:?}", details.rows());
        assert!(details.rows().len() <= 4, "{typed}: {:?}", details.rows());
    }
    let mut details = Details::new();
    details
        .window
        .type_into("Look through the attributes", "nowhere");
    assert!(details.window.shows("Nothing found"));
    assert!(details.window.shows_part("No attribute fits"));
}

#[test]
fn private_attributes_are_named_by_their_creator_and_can_be_hidden() {
    let mut details = Details::new();
    let private = "Private: ACME CT 01 (0009,1001), recon kernel B60";
    assert!(details.shows_row(private));
    details.window.press("Private");
    assert!(!details.shows_row(private));
    details.window.press("Private");
    assert!(details.shows_row(private));
}

#[test]
fn the_keyboard_walks_unfolds_and_copies() {
    let mut details = Details::new();
    details.select(REGION);
    details.key(Key::ArrowRight);
    details.key(Key::ArrowRight);
    details.key(Key::ArrowDown);
    let selected = |details: &Details| {
        let row = details
            .window
            .model()
            .attributes
            .selected_row()
            .unwrap()
            .clone();
        format!("{} {}", row.name(), row.text)
    };
    assert_eq!(selected(&details), "Code Value T-D3000");
    details.window.harness.event(Input::Copy);
    details.window.step();
    assert_eq!(details.window.copied(), ["T-D3000"]);
    details.key(Key::ArrowLeft);
    assert_eq!(selected(&details), "Item 1 ");
    details.key(Key::ArrowLeft);
    details.key(Key::ArrowLeft);
    details.key(Key::ArrowLeft);
    assert_eq!(selected(&details), "Anatomic Region Sequence ");
    assert!(!details.shows_row("Item 1"), "it was folded");
    details.key(Key::Home);
    assert_eq!(
        selected(&details),
        "Media Storage SOP Class UID 1.2.840.10008.5.1.4.1.1.2"
    );
}

#[test]
fn the_right_button_copies_value_row_tag_and_keyword() {
    let mut details = Details::new();
    for (what, copied) in [
        ("Copy value", "19510203-1234"),
        ("Copy row", "(0010,0020) LO Patient ID: 19510203-1234"),
        ("Copy tag", "(0010,0020)"),
        ("Copy keyword", "PatientID"),
    ] {
        let name = "Patient ID (0010,0020), 19510203-1234";
        let row = details
            .window
            .harness
            .get_by_role_and_label(Role::TreeItem, name);
        row.click_secondary();
        details.window.step();
        details.window.press(what);
        assert_eq!(details.window.copied(), [copied], "{what}");
    }
}

fn value_asked(commands: &[Command]) -> (u64, attributes::Whole, PathBuf, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = rich::file(folder.path(), "Öberg^Märta");
    let stamp = rich::tree(&file).stamp;
    let found = commands.iter().find_map(|command| match command {
        Command::Attributes(AttributesCommand::ReadValue {
            path, key, place, ..
        }) => {
            let whole = attributes::value(&file, place, stamp).unwrap();
            Some((*key, whole, path.clone()))
        }
        _ => None,
    });
    let (key, whole, path) = found.unwrap_or_else(|| panic!("{commands:?}"));
    (key, whole, path, folder)
}

#[test]
fn a_long_value_is_opened_on_demand_and_copied_whole() {
    let mut details = Details::new();
    details
        .window
        .type_into("Look through the attributes", "PatientComments");
    let asked = details.window.press("Open Patient Comments");
    assert!(details.window.shows("Reading the value …"));
    let (key, whole, path, _folder) = value_asked(&asked);
    assert!(whole.text.len() > 500);
    let text = whole.text.clone();
    let result = Ok(std::sync::Arc::new(whole));
    details
        .window
        .apply(Event::Attributes(AttributesEvent::Value {
            path,
            key,
            result,
        }));
    details.window.step();
    assert!(
        details
            .window
            .shows_part("Patient was asked to hold the breath twice.")
    );
    details.window.press("Copy value");
    assert_eq!(details.window.copied(), [text]);
    details.key(Key::Escape);
    assert!(!details.window.shows("Copy value"));
}

#[test]
fn a_value_of_which_only_the_beginning_is_copied_says_so() {
    let only = "Only the beginning of the value was copied.";
    let mut details = Details::new();
    details
        .window
        .type_into("Look through the attributes", "PatientComments");
    let asked = details.window.press("Open Patient Comments");
    let (key, mut whole, path, _folder) = value_asked(&asked);
    whole.left = 4_000_000;
    let text = whole.text.clone();
    let result = Ok(std::sync::Arc::new(whole));
    details
        .window
        .apply(Event::Attributes(AttributesEvent::Value {
            path: path.clone(),
            key,
            result: Result::clone(&result),
        }));
    details.window.step();
    let told = |details: &Details| {
        let toasts = details.window.model().toasts.shown();
        toasts.iter().filter(|toast| toast.title == only).count()
    };
    assert_eq!(told(&details), 0);
    details.window.press("Copy value");
    details.window.step();
    assert_eq!(told(&details), 1);
    assert!(details.window.shows_part(only), "over the dialog");
    assert_eq!(details.window.copied(), std::slice::from_ref(&text));
    details.key(Key::Escape);
    let row = details.rows().remove(0);
    details.select(&row);
    details.window.harness.event(Input::Copy);
    details.window.step();
    details
        .window
        .apply(Event::Attributes(AttributesEvent::Value {
            path,
            key,
            result,
        }));
    details.window.step();
    assert_eq!(details.window.copied(), [text]);
}

#[test]
fn copying_a_long_value_fetches_it_first() {
    let mut details = Details::new();
    details
        .window
        .type_into("Look through the attributes", "PatientComments");
    let row = details.rows().remove(0);
    details.select(&row);
    details.window.harness.event(Input::Copy);
    details.window.step();
    assert!(details.window.copied().is_empty());
    let (key, whole, path, _folder) = value_asked(&details.window.asked());
    let text = whole.text.clone();
    let result = Ok(std::sync::Arc::new(whole));
    details
        .window
        .apply(Event::Attributes(AttributesEvent::Value {
            path,
            key,
            result,
        }));
    details.window.step();
    assert_eq!(details.window.copied(), [text]);
}

#[test]
fn a_file_that_was_replaced_is_said_and_read_again() {
    let mut details = Details::new();
    // The drawn files are not on a disk: what was read is never what the scan has found.
    assert!(
        details
            .window
            .shows_part("has changed since it was dropped")
    );
    details
        .window
        .type_into("Look through the attributes", "PatientComments");
    let asked = details.window.press("Open Patient Comments");
    let (key, _, path, _folder) = value_asked(&asked);
    let failure = Failure {
        what: "The file has changed since it was shown.".to_owned(),
        remedy: "Its attributes are read again.".to_owned(),
    };
    let asked = details
        .window
        .apply(Event::Attributes(AttributesEvent::Value {
            path,
            key,
            result: Err(failure),
        }));
    details.window.step();
    assert!(details.window.shows_part("has changed since it was shown"));
    let asked = [asked, details.window.asked()].concat();
    assert_eq!(asked_for(&asked), details.path);
}

#[test]
fn what_cannot_be_read_is_said_in_place_of_the_tree() {
    let mut details = Details::unanswered();
    let path = details.path.clone();
    let failure = Failure {
        what: "The file cannot be read: it is no longer there.".to_owned(),
        remedy: "Check the disc.".to_owned(),
    };
    details
        .window
        .apply(Event::Attributes(AttributesEvent::Read {
            path,
            result: Err(failure),
        }));
    details.window.step();
    assert!(details.window.shows_part("it is no longer there"));
    assert!(details.rows().is_empty());
}

#[test]
fn ten_thousand_rows_are_built_as_few_as_fit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many");
    let many: Vec<Vec<u8>> = (0x1000..0x4000)
        .map(|element| rich::element((0x0009, element), b"US", &[1, 0]))
        .collect();
    let head = rich::element((0x0008, 0x0005), b"CS", b"ISO_IR 100");
    std::fs::write(&path, [head, many.concat()].concat()).unwrap();
    let mut details = Details::unanswered();
    let tree = rich::tree(&path);
    assert!(tree.rows.len() > 12_000);
    let asked = details.path.clone();
    details
        .window
        .apply(Event::Attributes(AttributesEvent::Read {
            path: asked,
            result: Ok(tree),
        }));
    details.window.step();
    let built = details.rows().len();
    assert!((5..60).contains(&built), "{built}");
    details.key(Key::End);
    assert!(details.rows().len() < 60);
    assert!(details.shows_row("Private attribute (0009,3FFF), 1"));
}

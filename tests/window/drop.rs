//! Order in what was dropped, in a window without a worker: things taken off the list and put back, and images that seem to
//! be missing.

use crate::common::drawn;
use crate::common::drawn::{Drive, THORAX, files};
use crate::common::window::Window;
use eframe::egui::{Key, Role};
use egui_kittest::kittest::Queryable;
use studydrop::dicom::catalogue::Found;
use studydrop::message::{Command, Event, FilesCommand, FilesEvent};
use studydrop::model::{Action, Tab, UploadAction};

const THORAX_CARD: &str = "Study Thorax with contrast";
const ABDOMEN_CARD: &str = "Study Abdomen";

fn delete(window: &mut Window) {
    window.harness.key_press(Key::Delete);
    window.step();
}

fn press_card(window: &mut Window, name: &str) {
    let card = window.harness.get_by_role_and_label(Role::ListItem, name);
    card.click();
    window.step();
}

fn ticked(window: &Window) -> usize {
    window.model().upload.checked.len()
}

#[test]
fn delete_takes_the_selected_study_off_the_list_and_undo_puts_it_back() {
    let mut window = Window::with_drop();
    press_card(&mut window, THORAX_CARD);
    delete(&mut window);
    assert!(!window.shows(THORAX_CARD) && window.shows(ABDOMEN_CARD));
    assert!(window.shows_part("“Thorax with contrast” was taken off the list."));
    assert!(window.shows_part("612 images. Nothing on the disk was changed."));
    assert_eq!(ticked(&window), 2);
    assert!(
        window.model().upload.selected().is_some(),
        "the next one is selected"
    );
    window.press("Undo");
    assert!(window.shows(THORAX_CARD));
    assert_eq!(ticked(&window), 3, "its tick has come back");
    assert_eq!(window.model().upload.catalogue.images(), 1204);
    assert!(!window.shows("Undo"));
}

#[test]
fn what_was_not_ticked_comes_back_without_a_tick() {
    let mut window = Window::with_drop();
    window.press("Send Thorax with contrast");
    press_card(&mut window, THORAX_CARD);
    delete(&mut window);
    window.press("Undo");
    assert!(window.shows(THORAX_CARD));
    assert_eq!(ticked(&window), 2);
}

#[test]
fn a_patient_goes_with_all_studies_and_comes_back_with_them() {
    let mut window = Window::with_drop();
    press_card(&mut window, "Patient Öberg, Märta");
    delete(&mut window);
    assert!(!window.shows(THORAX_CARD) && !window.shows(ABDOMEN_CARD));
    assert!(window.shows("Study Knee left"));
    assert!(window.shows_part("Öberg, Märta was taken off the list."));
    window.press("Undo");
    assert!(window.shows(THORAX_CARD) && window.shows(ABDOMEN_CARD));
    assert_eq!(ticked(&window), 3);
}

#[test]
fn delete_is_the_studys_again_once_it_is_pressed() {
    let mut window = Window::with_drop();
    press_card(&mut window, "Patient Öberg, Märta");
    press_card(&mut window, ABDOMEN_CARD);
    delete(&mut window);
    assert!(window.shows(THORAX_CARD) && !window.shows(ABDOMEN_CARD));
}

#[test]
fn a_series_is_taken_off_by_its_menu() {
    let mut window = Window::with_drop();
    press_card(&mut window, THORAX_CARD);
    window
        .harness
        .get_by_label("Series Scout")
        .click_secondary();
    window.step();
    window.press("Remove the series from the list");
    assert!(!window.shows("Series Scout") && window.shows("Series Bone"));
    assert!(window.shows_part("Series 1 of “Thorax with contrast” was taken off the list."));
    assert_eq!(window.model().upload.catalogue.images(), 1202);
    window.press("Undo");
    assert!(window.shows("Series Scout"));
}

#[test]
fn the_last_study_leaves_the_empty_page_and_can_still_be_put_back() {
    let mut window = Window::signed_in();
    drawn::drop_folder(&mut window, files(&THORAX));
    window.step();
    delete(&mut window);
    assert!(window.model().upload.catalogue.patients.is_empty());
    window.press("Undo");
    assert!(window.shows(THORAX_CARD));
}

#[test]
fn delete_in_a_text_field_is_the_fields() {
    let mut window = Window::with_drop();
    window.act(Action::Upload(UploadAction::ShowTab(Tab::Details)));
    window.step();
    window.type_into("Look through the attributes", "Pat");
    delete(&mut window);
    assert!(window.shows(THORAX_CARD) && window.shows(ABDOMEN_CARD));
    assert_eq!(window.model().upload.catalogue.images(), 1204);
}

#[test]
fn nothing_is_taken_off_while_the_list_is_growing() {
    let mut window = Window::with_drop();
    window.act(Action::Upload(UploadAction::Dropped(vec![
        "/media/more".into(),
    ])));
    press_card(&mut window, THORAX_CARD);
    delete(&mut window);
    assert!(window.shows(THORAX_CARD));
    assert!(window.shows_part("Still reading."));
}

#[test]
fn the_scan_is_told_what_is_listed_already() {
    let mut window = Window::with_drop();
    let asked = window.act(Action::Upload(UploadAction::Dropped(vec![
        "/media/disc".into(),
    ])));
    let known = asked.iter().find_map(|command| match command {
        Command::Files(FilesCommand::Scan { known, job, .. }) => Some((known.len(), *job)),
        _ => None,
    });
    let (known, job) = known.expect("a scan is asked for");
    let times =
        |found: &Found| matches!(found, Found::Image(header) if header.image.modified.is_some());
    let with_times = files(&THORAX).iter().filter(|found| times(found)).count();
    assert!(known >= with_times);
    window.apply(Event::Files(FilesEvent::Scanned {
        job,
        found: Vec::new(),
        seen: 1215,
        known: 1215,
    }));
    window.apply(Event::Files(FilesEvent::ScanDone {
        job,
        cancelled: false,
    }));
    window.step();
    assert!(window.shows_part("Nothing new: all 1,215 files are in the list already."));
}

#[test]
fn images_that_seem_to_be_missing_are_said_and_their_series_is_shown() {
    let mut window = Window::signed_in();
    let mut found = files(&THORAX);
    let lost = |found: &Found| match found {
        Found::Image(header) => {
            header.series.number == Some(3) && matches!(header.image.instance_number, Some(15 | 16))
        }
        Found::Skipped(_) => false,
    };
    found.retain(|found| !lost(found));
    drawn::drop_folder(&mut window, found);
    window.step();
    assert!(window.shows_part("Series 3: 2 images seem to be missing (15, 16)."));
    window.press("Show");
    let number = window.model().upload.selected_series().unwrap().number;
    assert_eq!(number, Some(3));
    press_card(&mut window, THORAX_CARD);
    delete(&mut window);
    assert!(
        !window.shows_part("seem to be missing"),
        "it goes with the study"
    );
}

//! De-identify on the Upload page, without a worker: chosen, typed, drawn and agreed to as a person would.

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::window::Window;
use eframe::egui::{
    Event as Input, Key, Modifiers, MouseWheelSource, MouseWheelUnit, TouchPhase, pos2, vec2,
};
use egui_kittest::kittest::Queryable;
use studydrop::dicom::deidentify::{Dates, Rectangle};
use studydrop::message::{
    AskCleaning, ChangedValue, CleaningNews, Command, Event, Failure, Kept, OwnProfile,
    TransferCommand,
};
use studydrop::model::{Action, DeidentifyAction, Mode, Tab};
use studydrop::transfer::Upload;

/// Everything that the worker is asked for is answered until nothing is asked.
fn settle(window: &mut Window, mut asked: Vec<Command>, risky: &str) {
    for _ in 0..6 {
        drawn::answer_pictures(window, &asked);
        drawn::answer_cleaning(window, &asked, risky);
        window.step();
        asked = window.asked();
    }
}

/// The window with the drop and the basic profile, chosen in the list at the foot.
fn hidden(risky: &str) -> Window {
    let mut window = Window::with_drop();
    let mut asked = window.asked();
    asked.extend(window.press("Identity: Sent as it is"));
    asked.extend(window.press("Basic profile"));
    settle(&mut window, asked, risky);
    window
}

fn sent(commands: &[Command]) -> &[Upload] {
    let uploads = commands.iter().find_map(|command| match command {
        Command::Transfer(TransferCommand::Queue(uploads)) => Some(uploads.as_slice()),
        _ => None,
    });
    uploads.expect("an upload")
}

fn asks(commands: &[Command]) -> Vec<&AskCleaning> {
    let asked = commands.iter().filter_map(|command| match command {
        Command::Deidentify(ask) => Some(&**ask),
        _ => None,
    });
    asked.collect()
}

#[test]
fn files_go_as_they_are_until_something_is_chosen_and_the_page_says_so() {
    let mut window = Window::with_drop();
    window.press("De-identify");
    assert!(window.shows("Nothing changes"));
    let asked = window.press("Upload 3 studies");
    assert!(sent(&asked).iter().all(|upload| upload.cleaning.is_none()));
}

#[test]
fn the_basic_profile_is_chosen_at_the_foot_and_shows_what_changes_before_and_after() {
    let mut window = hidden("");
    assert!(window.shows("De-identified: Basic profile, dates removed."));
    assert!(window.shows_part("19 attributes in this image"));
    for label in [
        "Öberg^Märta",
        "Request attributes › Requesting physician",
        "new UID",
        "Private: SIEMENS CSA HEADER",
    ] {
        assert!(window.shows(label), "{label}");
    }
    assert!(window.shows_part("Checked: no trace of the name, ID or birth date"));
    window.type_into("Find attribute", "house");
    assert!(window.shows("House^G") && !window.shows("Öberg^Märta"));
    let asked = window.press("Upload 3 studies");
    let uploads = sent(&asked);
    assert_eq!(uploads.len(), 3);
    for upload in uploads {
        assert!(upload.cleaning.as_ref().unwrap().profile.basic);
        assert!(upload.sent_patient_name().starts_with("ANON-"));
    }
}

#[test]
fn what_is_kept_and_what_becomes_of_dates_is_ticked_and_the_foot_says_it() {
    let mut window = hidden("");
    window.press("Sex, age, size");
    let asked = window.press("Shifted");
    assert!(window.shows("De-identified: Basic profile, with sex, age, size, dates shifted."));
    let options = window.model().deidentify.profile.options;
    assert!(options.retain_patient_characteristics);
    assert_eq!(options.dates, Dates::Modified);
    settle(&mut window, asked, "");
    let asked = window.press("Upload 3 studies");
    let cleaning = sent(&asked)[0].cleaning.clone().unwrap();
    assert_eq!(cleaning.profile.options, options);
}

#[test]
fn a_new_name_is_typed_for_the_patient_in_front_alone() {
    let mut window = hidden("");
    assert!(window.shows("New identity of 山田 太郎 (Yamada Tarou)"));
    window.clear_field("Name");
    window.type_into("Name", "Subject^One");
    window.clear_field("New patient ID");
    assert!(window.shows_part("fill in both the new name and the new patient ID, or neither"));
    assert!(sent_nothing(&window.press("Upload 3 studies")));
    window.type_into("New patient ID", "S-1");
    let asked = window.press("Upload 3 studies");
    for upload in sent(&asked) {
        match upload.patient_id.as_str() {
            "P-00817" => assert_eq!(upload.sent_patient_name(), "Subject^One"),
            _ => assert_eq!(upload.sent_patient_name(), "ANON-7KQ2M9XD"),
        }
    }
}

fn sent_nothing(commands: &[Command]) -> bool {
    !commands
        .iter()
        .any(|command| matches!(command, Command::Transfer(TransferCommand::Queue(_))))
}

#[test]
fn pictures_that_may_show_whose_they_are_are_named_and_counted_and_need_a_yes() {
    let mut window = hidden("Thorax with contrast/IM_1");
    assert!(
        window.shows_part(
            "312 pictures may show whose they are. Series 2 · Lung 1.25 mm (312): Ultrasound"
        ) || window
            .shows_part("Series 2 · Lung 1.25 mm (312): Ultrasound pictures often show name or ID")
    );
    assert!(window.shows(
        "312 pictures may show whose they are: look at them, blacken what they show, and say yes under De-identify."
    ));
    assert!(sent_nothing(&window.press("Upload 3 studies")));
    window.press("Send 312 pictures that may show whose they are");
    let asked = window.press("Upload 3 studies");
    for upload in sent(&asked) {
        let agreed = upload.cleaning.as_ref().unwrap().burned_in_agreed;
        assert_eq!(agreed, upload.title.contains("Thorax"), "{}", upload.title);
    }
}

#[test]
fn an_area_is_drawn_with_the_pointer_changed_by_its_numbers_and_deleted_with_a_key() {
    let mut window = hidden("");
    scroll_down(&mut window);
    let asked = window.press("Draw on the picture…");
    assert_eq!(window.model().upload.tab, Tab::Images);
    settle(&mut window, asked, "");
    let picture = window.places(&["Picture: drag to blacken an area of it"])[0];
    let (from, to) = (picture.min + picture.size() * 0.25, picture.center());
    window.harness.hover_at(from);
    window.step();
    window.harness.drag_at(from);
    window.step();
    window.harness.hover_at(to);
    window.step();
    window.harness.drop_at(to);
    window.step();
    let areas = |window: &Window| -> Vec<Rectangle> {
        let areas = &window.model().deidentify.areas;
        areas.values().flatten().copied().collect()
    };
    let drawn = areas(&window);
    assert_eq!(drawn.len(), 1);
    for (has, wanted) in [
        (drawn[0].x, 128),
        (drawn[0].y, 128),
        (drawn[0].width, 128),
        (drawn[0].height, 128),
    ] {
        assert!(has.abs_diff(wanted) <= 3, "{drawn:?}");
    }
    window.press("Add an area");
    assert_eq!(
        areas(&window)[1],
        Rectangle {
            x: 0,
            y: 0,
            width: 512,
            height: 51
        }
    );
    window.harness.key_press(Key::Delete);
    window.step();
    assert_eq!(areas(&window), drawn);
    window.press("Delete this area");
    assert!(areas(&window).is_empty());
    window.press("Done with blackening");
    assert!(window.shows("Blacken areas…"));
}

#[test]
fn values_are_replaced_as_they_are_typed_and_the_foot_says_which() {
    let mut window = Window::with_drop();
    window.press("De-identify");
    let asked = window.press("Replace these values");
    settle(&mut window, asked, "");
    assert!(sent_nothing(&window.press("Upload 3 studies")));
    assert!(window.shows_part("Nothing is replaced yet: fill in a field"));
    window.type_into("Patient name", "Doe^John");
    assert!(window.shows_part("2 patients would get the same name or ID."));
    assert!(sent_nothing(&window.press("Upload 3 studies")));
    assert!(window.shows_part("2 patients would become one"));
    window.act(Action::Deidentify(DeidentifyAction::OnePatient(true)));
    window.step();
    assert!(window.shows("Replaced in every image: patient name."));
    let asked = window.press("Upload 3 studies");
    for upload in sent(&asked) {
        let values: Vec<(String, &str)> = upload
            .replaced()
            .iter()
            .map(|one| (one.keyword(), one.value()))
            .collect();
        assert_eq!(values, [("PatientName".to_owned(), "Doe^John")]);
    }
    // The next drop starts with empty fields, and is not sent as it is by mistake.
    assert!(window.model().deidentify.typed.iter().all(String::is_empty));
    assert_eq!(window.model().deidentify.mode, Mode::Replace);
}

#[test]
fn a_wrong_value_is_told_below_its_field_and_nothing_is_sent() {
    let mut window = Window::with_drop();
    window.press("De-identify");
    window.press("Replace these values");
    window.act(Action::Deidentify(DeidentifyAction::Typed(
        9,
        "2026-02-30".into(),
    )));
    window.step();
    assert!(
        window
            .model()
            .upload_refused()
            .unwrap()
            .contains("red border")
    );
    assert!(window.shows_part("Correct the fields with a red border"));
    window.act(Action::Deidentify(DeidentifyAction::Typed(
        9,
        String::new(),
    )));
    window.type_into("Patient ID", &"9".repeat(65));
    assert!(window.shows("it can hold 64 characters at most"));
    assert!(sent_nothing(&window.press("Upload 3 studies")));
}

#[test]
fn a_patient_that_is_not_in_the_table_is_named_and_can_be_given_a_new_pseudonym() {
    let mut window = hidden("");
    scroll_down(&mut window);
    let asked = window.press("choose a CSV file…");
    let asked = asks(&asked);
    let [
        AskCleaning::Table {
            path: None,
            patients,
            ..
        },
    ] = asked[..]
    else {
        panic!("{asked:?}");
    };
    drawn::answer_table(&mut window, patients, "P-00817", false);
    window.step();
    assert!(
        window
            .shows("Öberg, Märta cannot be sent: this patient is not in the table of pseudonyms.")
    );
    let asked = window.press("Make new ones");
    let makes = |ask: &&AskCleaning| {
        matches!(
            ask,
            AskCleaning::Table {
                makes_new: true,
                ..
            }
        )
    };
    let asked = asks(&asked);
    assert!(asked.iter().any(makes), "{asked:?}");
    drawn::answer_table(&mut window, patients, "P-00817", true);
    window.step();
    assert!(
        window
            .shows("De-identified: Basic profile, dates removed, pseudonyms from pseudonyms.csv.")
    );
    let asked = window.press("Upload 3 studies");
    assert!(
        sent(&asked)
            .iter()
            .all(|upload| upload.sent_patient_name().starts_with("Subject "))
    );
}

/// Turns the wheel over the choices.
fn scroll_down(window: &mut Window) {
    window.harness.hover_at(pos2(300.0, 450.0));
    window.step();
    for _ in 0..6 {
        window.harness.event(Input::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta: vec2(0.0, -200.0),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Wheel,
            modifiers: Modifiers::NONE,
        });
        window.step();
    }
}

#[test]
fn where_no_dialog_comes_a_path_is_typed() {
    let mut window = hidden("");
    window.act(Action::Deidentify(DeidentifyAction::ImportProfile));
    drawn::tell(&mut window, CleaningNews::Kept(Kept::Imported, Ok(None)));
    window.step();
    window.type_into("Path of the profile", "trial.toml");
    window.press("Use it");
    assert!(window.shows_part("Type the whole path"));
    window.clear_field("Path of the profile");
    window.type_into("Path of the profile", "/study/trial.toml");
    let asked = window.press("Use it");
    assert!(
        matches!(asks(&asked)[..], [AskCleaning::Import(Some(path))] if path.ends_with("trial.toml"))
    );
    let failure = Failure {
        what: "The profile trial cannot be used. Line 3: Unknown field “basics”.".to_owned(),
        remedy: String::new(),
    };
    drawn::tell(
        &mut window,
        CleaningNews::Kept(Kept::Imported, Err(failure)),
    );
    window.step();
    assert!(window.shows_part("Line 3: Unknown field"));
}

#[test]
fn a_profile_is_saved_under_a_name_listed_and_deleted() {
    let mut window = hidden("");
    window.press("Shifted");
    window.press("Save, import…");
    window.press("Save as…");
    window.type_into("Name of the profile", "trial 7");
    let asked = window.press("Save");
    let asked = asks(&asked);
    let Some(AskCleaning::Save(profile)) =
        asked.iter().find(|ask| matches!(ask, AskCleaning::Save(_)))
    else {
        panic!("{asked:?}");
    };
    assert_eq!(
        (profile.name.as_str(), profile.options.dates),
        ("trial 7", Dates::Modified)
    );
    let own = OwnProfile {
        name: "trial 7".into(),
        profile: Ok((**profile).clone()),
    };
    drawn::tell(&mut window, CleaningNews::Profiles(Ok(vec![own])));
    let saved = CleaningNews::Kept(Kept::Saved, Ok(Some("trial 7".into())));
    drawn::tell(&mut window, saved);
    window.step();
    assert!(window.shows("De-identified: trial 7, dates shifted."));
    window.press("Save, import…");
    let asked = window.press("Delete");
    assert!(matches!(asks(&asked)[..], [AskCleaning::Remove(name)] if name == "trial 7"));
}

#[test]
fn something_of_the_patient_that_is_left_in_the_image_in_front_stops_the_upload() {
    let mut window = hidden("");
    let asked = window.press("Kept");
    let asked = asks(&asked);
    let Some(AskCleaning::Preview(of)) = asked.last() else {
        panic!("{asked:?}");
    };
    let mut preview = drawn::preview();
    preview.residue = Some("A patient ID of the original still stands in ImageComments: remove or replace that attribute.".into());
    preview.changes.push(ChangedValue {
        name: "Image comments".into(),
        now: "of 19510203-1234".into(),
        sent: "of 19510203-1234".into(),
        rule: "cleaned",
        why: String::new(),
    });
    let news = CleaningNews::Preview {
        ask: of.ask,
        result: Ok(preview.into()),
    };
    drawn::tell(&mut window, news);
    window.step();
    assert!(window.shows_part("Something is left"));
    assert!(sent_nothing(&window.press("Upload 3 studies")));
}

#[test]
fn a_thousand_changes_are_no_more_on_the_screen_than_ten() {
    let mut window = hidden("");
    let mut preview = drawn::preview();
    let many = (0..100_000).map(|number| ChangedValue {
        name: format!("Content › Text value {number}"),
        now: "a".into(),
        sent: String::new(),
        rule: "removed",
        why: String::new(),
    });
    preview.changes.extend(many);
    let asked = window.press("Kept");
    let asked = asks(&asked);
    let Some(AskCleaning::Preview(of)) = asked.last() else {
        panic!("{asked:?}");
    };
    let news = CleaningNews::Preview {
        ask: of.ask,
        result: Ok(preview.into()),
    };
    drawn::tell(&mut window, news);
    window.step();
    assert!(window.shows_part("100,019 attributes in this image"));
    assert!(window.harness.query_all_by_label("removed").count() < 40);
    window.type_into("Find attribute", "value 99999");
    assert!(window.shows("Content › Text value 99999"));
}

#[test]
fn a_key_that_cannot_be_had_is_told_and_nothing_is_sent() {
    let mut window = Window::with_drop();
    window.press("De-identify");
    let asked = window.press("Basic profile");
    assert!(
        asks(&asked)
            .iter()
            .any(|ask| matches!(ask, AskCleaning::Pseudonyms(_)))
    );
    let failure = Failure {
        what: "The keychain is locked.".into(),
        remedy: String::new(),
    };
    window.apply(Event::Deidentify(Box::new(CleaningNews::Pseudonyms(Err(
        failure,
    )))));
    let looks: Vec<Command> = asked
        .into_iter()
        .filter(|command| matches!(command, Command::Deidentify(ask) if matches!(**ask, AskCleaning::Look(_))))
        .collect();
    drawn::answer_cleaning(&mut window, &looks, "");
    window.step();
    assert!(window.shows_part("cannot be sent: The keychain is locked."));
    assert!(sent_nothing(&window.press("Upload 3 studies")));
}

//! Tests of de-identification settings and of how studies are sent with them.

use std::time::Duration;

use crate::dicom::catalogue::Study;
use crate::dicom::deidentify::{Dates, Profile, Rectangle};
use crate::message::{
    AskCleaning, CleaningNews, Command, OwnProfile, SessionCommand, TransferCommand, Whose,
};
use crate::model::testing::{self, Drive};
use crate::model::{Action, DeidentifyAction, Keep, Mode, Model, Now, Several, Tab, UploadAction};
use crate::settings::Settings;
use crate::transfer::Upload;

fn act(model: &mut Model, act: DeidentifyAction) -> Vec<Command> {
    model.act(Action::Deidentify(act))
}

fn tick(model: &mut Model) -> Vec<Command> {
    let now = model.now;
    model.tick(Now {
        running: now.running + Duration::from_millis(20),
        ..now
    })
}

fn asks(commands: &[Command]) -> Vec<&AskCleaning> {
    let of = |command: &'_ Command| matches!(command, Command::Deidentify(_));
    let asked = commands.iter().filter(|command| of(command));
    asked
        .filter_map(|command| match command {
            Command::Deidentify(ask) => Some(&**ask),
            _ => None,
        })
        .collect()
}

/// Answers all requests. Images whose path contains `risky` are reported as risky.
fn settle(model: &mut Model, risky: &str) {
    for _ in 0..4 {
        let asked = tick(model);
        testing::answer_cleaning(model, &asked, risky);
    }
}

/// A model with the basic profile chosen and all requests answered.
fn hidden(risky: &str) -> Model {
    let mut model = testing::with_drop();
    drop(act(&mut model, DeidentifyAction::Choose(Mode::Profile)));
    settle(&mut model, risky);
    model
}

fn sent(commands: Vec<Command>) -> Vec<Upload> {
    let uploads = commands.into_iter().find_map(|command| match command {
        Command::Transfer(TransferCommand::Queue(uploads)) => Some(uploads),
        _ => None,
    });
    uploads.expect("an upload")
}

#[test]
fn the_basic_profile_waits_for_pseudonyms_and_headers_and_then_sends_each_patient_under_their_own()
{
    let mut model = testing::with_drop();
    drop(act(&mut model, DeidentifyAction::Choose(Mode::Profile)));
    assert_eq!(model.upload.tab, Tab::Deidentify);
    let asked = tick(&mut model);
    assert!(model.upload_refused().is_some(), "nothing is known yet");
    assert!(model.act(Action::Upload(UploadAction::Send)).is_empty());
    assert!(matches!(
        asks(&asked).as_slice(),
        [AskCleaning::Pseudonyms(patients), AskCleaning::Look(series)]
            if patients.len() == 2 && series.len() == 12
    ));
    testing::answer_cleaning(&mut model, &asked, "");
    assert_eq!(model.upload_refused(), None);
    let uploads = sent(model.act(Action::Upload(UploadAction::Send)));
    assert_eq!(uploads.len(), 3);
    for upload in &uploads {
        let cleaning = upload.cleaning.as_ref().unwrap();
        assert!(cleaning.profile.basic && cleaning.profile.residual_check);
        let id = match upload.patient_id.as_str() {
            "P-00817" => "ANON-3HTW5C8Z",
            _ => "ANON-7KQ2M9XD",
        };
        assert_eq!(upload.sent_patient_id(), id);
        assert_eq!(upload.sent_patient_name(), id);
    }
    // The mode is kept for the next drop; data about patients is not.
    assert_eq!(model.deidentify.mode, Mode::Profile);
    assert!(model.deidentify.identities.is_empty());
}

#[test]
fn pictures_that_may_show_whose_they_are_wait_for_a_yes_that_holds_for_these_alone() {
    let mut model = hidden("Abdomen/IM_1");
    let why = model.upload_refused().unwrap();
    assert!(
        why.starts_with("164 pictures may show whose they are"),
        "{why}"
    );
    assert_eq!(model.risky()[0].title, "Series 2 · Arterial");
    drop(act(&mut model, DeidentifyAction::Agree(true)));
    assert_eq!(model.upload_refused(), None);
    // Another drop with more images asks again.
    testing::drop_folder(
        &mut model,
        testing::files(&testing::Drawn {
            description: "Abdomen/IM_1",
            series: &[("More", 3)],
            ..testing::KNEE
        }),
    );
    settle(&mut model, "Abdomen/IM_1");
    assert!(model.upload_refused().unwrap().starts_with("3 pictures"));
    assert!(!model.risky().iter().all(|one| model.is_agreed(one)));
    drop(act(&mut model, DeidentifyAction::Agree(true)));
    let uploads = sent(model.act(Action::Upload(UploadAction::Send)));
    for upload in uploads {
        let had_some = upload.title.contains("Abdomen");
        let agreed = upload.cleaning.as_ref().unwrap().burned_in_agreed;
        assert_eq!(
            agreed, had_some,
            "the yes is not for what nobody was asked about"
        );
    }
}

#[test]
fn an_area_drawn_on_a_series_is_sent_with_it_and_still_needs_a_yes() {
    let mut model = hidden("Thorax with contrast/IM_1");
    assert!(model.upload_refused().is_some());
    let is_thorax = |one: &&Study| one.description.starts_with("Thorax");
    let study = model.upload.studies().find(is_thorax).cloned().unwrap();
    drop(model.act(Action::Upload(UploadAction::SelectStudy(
        study.study_instance_uid.clone(),
    ))));
    let series = study.series[1].series_instance_uid.clone();
    drop(model.act(Action::Upload(UploadAction::SelectSeries(series.clone()))));
    drop(act(&mut model, DeidentifyAction::ToggleDrawing));
    assert_eq!(model.upload.tab, Tab::Images);
    let area = Rectangle {
        x: 10,
        y: 0,
        width: 200,
        height: 20,
    };
    drop(act(&mut model, DeidentifyAction::Draw(area)));
    assert!(model.upload_refused().is_some(), "nobody has looked");
    drop(act(&mut model, DeidentifyAction::Agree(true)));
    assert_eq!(model.upload_refused(), None);
    let wider = Rectangle { width: 300, ..area };
    drop(act(&mut model, DeidentifyAction::ChangeArea(wider)));
    drop(act(&mut model, DeidentifyAction::Draw(area)));
    drop(act(&mut model, DeidentifyAction::RemoveArea));
    let uploads = sent(model.act(Action::Upload(UploadAction::Send)));
    for upload in uploads {
        let black = &upload.cleaning.as_ref().unwrap().profile.rectangles;
        match upload.study_instance_uid == study.study_instance_uid {
            true => {
                assert_eq!(black.len(), 1);
                assert_eq!(
                    (&black[0].series, black[0].rectangles.as_slice()),
                    (&series, [wider].as_slice())
                );
            }
            false => assert!(black.is_empty()),
        }
    }
}

#[test]
fn a_patient_that_the_table_does_not_know_refuses_the_upload_until_new_ones_may_be_made() {
    let mut model = hidden("");
    let asked = act(&mut model, DeidentifyAction::ChooseTable);
    let [
        AskCleaning::Table {
            path: None,
            makes_new: false,
            patients,
        },
    ] = asks(&asked)[..]
    else {
        panic!("{asked:?}");
    };
    testing::answer_table(&mut model, patients, "P-00817", false);
    assert_eq!(
        model.upload_refused().as_deref(),
        Some("Öberg, Märta cannot be sent: this patient is not in the table of pseudonyms.")
    );
    let asked = act(&mut model, DeidentifyAction::MakeNew(true));
    assert!(matches!(
        asks(&asked)[..],
        [AskCleaning::Table {
            path: Some(_),
            makes_new: true,
            ..
        }]
    ));
    testing::answer_table(&mut model, patients, "P-00817", true);
    assert_eq!(model.upload_refused(), None);
    let mut ids: Vec<String> = sent(model.act(Action::Upload(UploadAction::Send)))
        .iter()
        .map(|upload| upload.sent_patient_id().to_owned())
        .collect();
    ids.sort();
    assert_eq!(ids, ["S-13", "S-13", "S-7"]);
}

#[test]
fn half_an_identity_is_refused_and_none_leaves_it_to_the_profile() {
    let mut model = hidden("");
    let whose = Whose {
        id: "P-00817".into(),
        name: "Yamada^Tarou".into(),
    };
    drop(act(
        &mut model,
        DeidentifyAction::Name(whose.clone(), String::new()),
    ));
    let why = model.upload_refused().unwrap();
    assert!(why.contains("or neither"), "{why}");
    drop(act(
        &mut model,
        DeidentifyAction::Id(whose.clone(), String::new()),
    ));
    assert_eq!(model.upload_refused(), None);
    drop(act(
        &mut model,
        DeidentifyAction::Name(whose.clone(), "a^b^c^d^e^f".into()),
    ));
    drop(act(&mut model, DeidentifyAction::Id(whose, "X".into())));
    assert!(model.upload_refused().unwrap().contains("five parts"));
}

#[test]
fn replaced_values_start_empty_and_are_refused_until_they_are_right() {
    let mut model = testing::with_drop();
    drop(act(&mut model, DeidentifyAction::Choose(Mode::Replace)));
    assert!(model.deidentify.typed.iter().all(String::is_empty));
    assert!(
        model
            .upload_refused()
            .unwrap()
            .contains("Nothing is replaced yet")
    );
    drop(act(
        &mut model,
        DeidentifyAction::Typed(9, "2026-02-30".into()),
    ));
    assert!(model.upload_refused().unwrap().contains("red border"));
    drop(act(
        &mut model,
        DeidentifyAction::Typed(9, "2026-02-28".into()),
    ));
    assert_eq!(model.upload_refused(), None);
    drop(act(&mut model, DeidentifyAction::Typed(0, "Doe".into())));
    assert_eq!(model.merges_patients(), Some(2));
}

#[test]
fn several_patients_become_one_only_where_somebody_says_so() {
    let mut model = testing::with_drop();
    drop(act(&mut model, DeidentifyAction::Choose(Mode::Replace)));
    drop(act(
        &mut model,
        DeidentifyAction::Typed(0, "Doe^John".into()),
    ));
    let refused = |model: &Model| model.upload_refused().unwrap_or_default();
    assert!(
        refused(&model).contains("2 patients would become one"),
        "{}",
        refused(&model)
    );
    drop(act(&mut model, DeidentifyAction::OnePatient(true)));
    assert_eq!(model.upload_refused(), None);
    drop(act(&mut model, DeidentifyAction::EachItsOwn(true)));
    assert!(
        refused(&model).contains("still making a pseudonym"),
        "{}",
        refused(&model)
    );
    let patients = model.ticked_patients();
    settle(&mut model, "");
    assert_eq!(model.upload_refused(), None);
    let mut given = Vec::new();
    for (patient, study) in model.ticked() {
        let cleaning = model.cleaning(patient, study).unwrap().unwrap();
        assert!(cleaning.profile.replace.is_empty() && !cleaning.profile.basic);
        given.push((Whose::of(patient), cleaning.identity.clone().unwrap().id));
    }
    given.sort();
    given.dedup();
    assert_eq!(given.len(), patients.len(), "{given:?}");
    // The next drop is asked about anew.
    model.deidentify.begin_drop();
    assert_eq!(model.deidentify.several, Several::Ask);
}

#[test]
fn a_preview_is_asked_for_once_and_again_when_something_changes_and_late_ones_are_passed_over() {
    let mut model = hidden("");
    let first = model.deidentify.shown.numbers;
    assert!(first > 0);
    assert!(asks(&tick(&mut model)).is_empty());
    drop(act(&mut model, DeidentifyAction::SetDates(Dates::Modified)));
    let asked = tick(&mut model);
    let [AskCleaning::Preview(of)] = asks(&asked)[..] else {
        panic!("{asked:?}");
    };
    assert_eq!(of.cleaning.profile.options.dates, Dates::Modified);
    let late = CleaningNews::Preview {
        ask: first,
        result: Err("late".into()),
    };
    testing::tell(&mut model, late);
    assert!(model.deidentify.shown.waiting);
    assert!(matches!(model.deidentify.shown.last, Some(Ok(_))));
    // A finding in the shown image stops the upload.
    let mut preview = testing::preview();
    preview.residue = Some("A patient ID of the original still stands in ImageComments.".into());
    let news = CleaningNews::Preview {
        ask: of.ask,
        result: Ok(preview.into()),
    };
    testing::tell(&mut model, news);
    assert!(model.upload_refused().unwrap().contains("ImageComments"));
}

#[test]
fn what_is_chosen_is_kept_and_nothing_about_a_patient_is() {
    let mut model = hidden("");
    drop(act(
        &mut model,
        DeidentifyAction::UseProfile("basic-modified-dates".into()),
    ));
    let kept = act(&mut model, DeidentifyAction::Toggle(Keep::Device));
    let [Command::Session(SessionCommand::SaveSettings(settings))] = kept.as_slice() else {
        panic!("{kept:?}");
    };
    let text = toml::to_string(settings).unwrap();
    assert!(
        text.contains("basic-modified-dates") && !text.contains("ANON"),
        "{text}"
    );
    let read: Settings = toml::from_str(&text).unwrap();
    let again = Model::new(read, testing::now());
    assert_eq!(again.deidentify.mode, Mode::Profile);
    assert!(again.deidentify.profile.options.retain_device_identity);
    assert_eq!(again.deidentify.profile.options.dates, Dates::Modified);
    assert_eq!(
        again.deidentify.called(),
        "Research, same dates apart, changed"
    );
}

#[test]
fn a_profile_of_ones_own_that_was_used_last_is_waited_for() {
    let mut settings = Settings::default();
    settings.deidentify.mode = Mode::Profile;
    settings.deidentify.profile = "trial 7".into();
    let mut model = Model::new(settings, testing::now());
    testing::sign_in(&mut model);
    testing::drop_all(&mut model);
    settle(&mut model, "");
    assert!(model.upload_refused().unwrap().contains("is not there"));
    let profile = Profile {
        name: "trial 7".into(),
        description: "Ours".into(),
        ..Profile::default()
    };
    let own = OwnProfile {
        name: "trial 7".into(),
        profile: Ok(profile),
    };
    Drive::apply(
        &mut model,
        crate::message::Event::Deidentify(Box::new(CleaningNews::Profiles(Ok(vec![own])))),
    );
    assert_eq!(model.upload_refused(), None);
    assert_eq!(model.deidentify.profile.description, "Ours");
}

#[test]
fn an_open_order_does_not_give_the_identity_back() {
    let mut model = hidden("");
    let asked = model.tick(Now {
        running: model.now.running + Duration::from_secs(1),
        ..model.now
    });
    testing::answer_candidates(&mut model, &asked);
    let knee = model
        .upload
        .studies()
        .find(|one| one.description == "Knee left");
    let study = knee.unwrap().study_instance_uid.clone();
    let order = Some(uuid::Uuid::from_u128(3));
    drop(model.act(Action::Upload(UploadAction::ChooseOrder { study, order })));
    assert!(model.upload_refused().unwrap().contains("identity back"));
    assert!(model.act(Action::Upload(UploadAction::Send)).is_empty());
}

#[test]
fn pictures_that_may_show_whose_they_are_are_one_press_away_and_a_series_is_stepped_through() {
    let mut model = hidden("Thorax with contrast/IM_1_02");
    drop(act(&mut model, DeidentifyAction::LookAtRisky));
    assert_eq!(model.upload.tab, Tab::Images);
    assert!(model.deidentify.drawing);
    let shown = |model: &Model| model.upload.shown_image().unwrap().0;
    assert_eq!(shown(&model), 200);
    drop(model.act(Action::Upload(UploadAction::StepImage(5))));
    assert_eq!(shown(&model), 205);
    drop(model.act(Action::Upload(UploadAction::StepImage(-1000))));
    assert_eq!(shown(&model), 0);
    drop(model.act(Action::Upload(UploadAction::StepImage(1000))));
    assert_eq!(shown(&model), 311);
    // The preview is of the shown image.
    drop(model.act(Action::Upload(UploadAction::ShowTab(Tab::Deidentify))));
    let asked = tick(&mut model);
    let [AskCleaning::Preview(of)] = asks(&asked)[..] else {
        panic!("{asked:?}");
    };
    assert!(of.path.ends_with("IM_1_0311"));
}

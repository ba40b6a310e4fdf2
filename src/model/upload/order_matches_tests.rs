//! Tests of matching orders: requests, offers, and what a chosen order changes.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::cloud::model::Order;
use crate::dicom::deidentify::Replacement;
use crate::message::{
    Candidate, Command, Event, Failure, OrdersCommand, OrdersEvent, StudyKey, TransferCommand,
};
use crate::model::testing;
use crate::model::{Action, DeidentifyAction, Mode, Model, Now, ShellAction, UploadAction};
use crate::transfer::Upload;

fn later(model: &mut Model) -> Vec<Command> {
    let now = model.now;
    model.tick(Now {
        running: now.running + Duration::from_secs(1),
        ..now
    })
}

fn asked(commands: &[Command]) -> Vec<(StudyKey, Uuid)> {
    let of = |command: &Command| match command {
        Command::Orders(OrdersCommand::FindCandidates {
            location, study, ..
        }) => Some((study.clone(), *location)),
        _ => None,
    };
    commands.iter().filter_map(of).collect()
}

/// The requests of the patient with two studies first.
fn sorted(commands: &[Command]) -> Vec<(StudyKey, Uuid)> {
    let mut asked = asked(commands);
    asked.sort_by_key(|(study, _)| study.patient_id != "19510203-1234");
    asked
}

fn candidate(id: &str, accession: &str) -> Candidate {
    Candidate {
        order: Order {
            patient_order_uuid: Uuid::from_u128(7),
            patient_id: id.to_owned(),
            accession_number: accession.to_owned(),
            patient_name: "Öberg^Märta".to_owned(),
            ..Order::default()
        },
        same_patient_id: true,
        same_accession: false,
        same_name: true,
    }
}

fn answer(model: &mut Model, asked: &(StudyKey, Uuid), list: Vec<Candidate>) -> Vec<Command> {
    model.apply(Event::Orders(OrdersEvent::Candidates {
        study: asked.0.clone(),
        location: asked.1,
        result: Ok(Arc::new(list)),
    }))
}

fn sent(commands: Vec<Command>) -> Vec<Upload> {
    for command in commands {
        if let Command::Transfer(TransferCommand::Queue(uploads)) = command {
            return uploads;
        }
    }
    panic!("nothing was sent")
}

fn choose(model: &mut Model, study: &StudyKey, order: Option<Uuid>) {
    drop(model.act(Action::Upload(UploadAction::ChooseOrder {
        study: study.study_instance_uid.clone(),
        order,
    })));
}

#[test]
fn every_ticked_study_is_asked_for_once_a_location_and_not_before_ticking_rests() {
    let mut model = testing::with_drop();
    let now = model.now;
    assert!(asked(&model.tick(now)).is_empty());
    let first = sorted(&later(&mut model));
    assert_eq!(first.len(), 3);
    for one in &first {
        answer(&mut model, one, Vec::new());
    }
    let study = first[0].0.study_instance_uid.clone();
    for on in [false, true] {
        let studies = vec![study.clone()];
        drop(model.act(Action::Upload(UploadAction::CheckStudies { studies, on })));
    }
    assert!(asked(&later(&mut model)).is_empty(), "asked already");
    let session = model.session.clone().unwrap();
    let other = session.locations()[1].institution_uuid;
    drop(model.act(Action::Shell(ShellAction::PickLocation(other))));
    let second = asked(&later(&mut model));
    assert!(second.iter().all(|(_, location)| *location == other));
    assert_eq!(second.len(), 3);
}

#[test]
fn a_thousand_studies_are_asked_for_a_few_at_a_time() {
    let mut model = testing::with_drop();
    let found = testing::files(&testing::KNEE);
    let many = (0..1000).map(|number| {
        let mut found = found[0].clone();
        if let crate::dicom::catalogue::Found::Image(header) = &mut found {
            header.study.study_instance_uid = format!("1.2.3.{number}");
            header.image.sop_instance_uid = format!("1.2.3.{number}.1");
            header.image.path = format!("/media/disc/{number}").into();
        }
        found
    });
    testing::drop_folder(&mut model, many.collect());
    let mut open = asked(&later(&mut model));
    let mut count = open.len();
    assert!(count <= 8, "{count}");
    while let Some(one) = open.pop() {
        let more = asked(&answer(&mut model, &one, Vec::new()));
        count += more.len();
        open.extend(more);
    }
    assert_eq!(count, 1003);
}

#[test]
fn an_order_is_offered_and_never_taken_by_itself() {
    let mut model = testing::with_drop();
    let first = sorted(&later(&mut model));
    answer(
        &mut model,
        &first[0],
        vec![candidate("19510203-1234", "A-9")],
    );
    let uploads = sent(model.act(Action::Upload(UploadAction::Send)));
    assert!(uploads.iter().all(|upload| upload.cleaning.is_none()));
}

#[test]
fn the_images_get_the_picked_orders_id_and_accession_number_where_they_differ() {
    let mut model = testing::with_drop();
    let first = sorted(&later(&mut model));
    answer(
        &mut model,
        &first[0],
        vec![candidate("19510203-1234", "A-9")],
    );
    answer(
        &mut model,
        &first[1],
        vec![candidate("P-2", "A-20261123-07")],
    );
    let order = Some(Uuid::from_u128(7));
    choose(&mut model, &first[0].0, order);
    choose(&mut model, &first[1].0, order);
    let uploads = sent(model.act(Action::Upload(UploadAction::Send)));
    let of = |key: &StudyKey| {
        let mut all = uploads.iter();
        let upload = all.find(|one| one.study_instance_uid == key.study_instance_uid);
        upload.unwrap().replaced().to_vec()
    };
    assert_eq!(
        of(&first[0].0),
        [Replacement::new("AccessionNumber", "A-9").unwrap()]
    );
    assert_eq!(
        of(&first[1].0),
        [Replacement::new("PatientID", "P-2").unwrap()]
    );
    assert!(of(&first[2].0).is_empty());
}

#[test]
fn a_picked_order_can_be_given_back_and_one_that_the_account_could_not_fill_is_not_picked() {
    let mut model = testing::with_drop();
    let first = sorted(&later(&mut model));
    answer(&mut model, &first[0], vec![candidate("P-2", "A-9")]);
    answer(&mut model, &first[1], vec![candidate("P-2", " ")]);
    let order = Some(Uuid::from_u128(7));
    choose(&mut model, &first[0].0, order);
    choose(&mut model, &first[0].0, None);
    choose(&mut model, &first[1].0, order);
    let uploads = sent(model.act(Action::Upload(UploadAction::Send)));
    assert!(uploads.iter().all(|upload| upload.cleaning.is_none()));
}

#[test]
fn what_is_typed_goes_into_every_ticked_study_and_an_orders_values_come_before_it() {
    let mut model = testing::with_drop();
    let first = sorted(&later(&mut model));
    answer(
        &mut model,
        &first[0],
        vec![candidate("19510203-1234", "A-9")],
    );
    choose(&mut model, &first[0].0, Some(Uuid::from_u128(7)));
    let act = |model: &mut Model, act| drop(model.act(Action::Deidentify(act)));
    act(&mut model, DeidentifyAction::Choose(Mode::Replace));
    act(
        &mut model,
        DeidentifyAction::Typed(0, "Doe^John".to_owned()),
    );
    act(&mut model, DeidentifyAction::Typed(1, "anon".to_owned()));
    assert!(model.upload_refused().is_some(), "several patients");
    act(&mut model, DeidentifyAction::OnePatient(true));
    let uploads = sent(model.act(Action::Upload(UploadAction::Send)));
    for upload in &uploads {
        assert_eq!(upload.sent_patient_name(), "Doe^John");
        let is_chosen = upload.study_instance_uid == first[0].0.study_instance_uid;
        let id = if is_chosen { "19510203-1234" } else { "anon" };
        assert_eq!(upload.sent_patient_id(), id);
    }
    // The next drop starts without replaced values.
    testing::drop_all(&mut model);
    assert!(model.deidentify.values().is_empty());
}

#[test]
fn a_search_that_fails_is_noted_once_and_asked_again_with_the_next_look() {
    let mut model = testing::with_drop();
    let first = sorted(&later(&mut model));
    let before = model.log.len();
    for (study, location) in &first {
        let failure = Failure {
            what: "The account does not answer.".to_owned(),
            remedy: String::new(),
        };
        drop(model.apply(Event::Orders(OrdersEvent::Candidates {
            study: study.clone(),
            location: *location,
            result: Err(failure),
        })));
    }
    assert_eq!(model.log.len(), before + 1);
    let studies = vec![first[0].0.study_instance_uid.clone()];
    drop(model.act(Action::Upload(UploadAction::CheckStudies {
        studies,
        on: true,
    })));
    assert_eq!(asked(&later(&mut model)).len(), 3);
}

//! The Upload list with names in every script: pictures, made without a graphics card, and what is asserted of the order
//! in which Hebrew and Arabic stand.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use crate::common::drawn;
use crate::common::scripts::{FROM_THE_RIGHT, Name, OF_PYDICOM, OTHERS};
use crate::common::stage::Stage;
use studydrop::dicom::catalogue::Found;
use studydrop::dicom::scan::{Sink, scan};
use studydrop::settings::Theme;

#[derive(Default)]
struct All(Mutex<Vec<Found>>);

impl Sink for All {
    fn found(&self, found: Found) {
        self.0.lock().unwrap().push(found);
    }
}

/// What a scan finds of these names, each that of a patient of one study, in their order.
fn found<'a>(names: impl Iterator<Item = (&'a str, &'a Name)>) -> Vec<Found> {
    let folder = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for (id, name) in names {
        let to: PathBuf = folder.path().join(all.len().to_string());
        name.study(id).description(name.term).write_to(&to);
        let found = All::default();
        scan(&[to], &found, &AtomicBool::new(false));
        all.extend(found.0.into_inner().unwrap());
    }
    all
}

fn of_pydicom() -> Vec<Found> {
    found(OF_PYDICOM.iter().map(|(id, name)| (*id, name)))
}

fn others() -> Vec<Found> {
    let ids = [
        "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12",
    ];
    found(ids.into_iter().zip(&OTHERS))
}

fn from_the_right() -> Vec<Found> {
    let ids = ["A-12", "محمد 7", "17", "", "P 3", "X"];
    found(ids.into_iter().zip(&FROM_THE_RIGHT))
}

fn pictures(theme: Theme, size: (u32, u32), found: Vec<Found>, name: &str) {
    let mut stage = Stage::new(theme, size);
    drawn::sign_in(&mut stage);
    drawn::drop_folder(&mut stage, found);
    stage.save(name, &[]);
}

#[test]
fn names_of_every_script_are_painted_in_the_dark() {
    pictures(Theme::Dark, (1280, 2200), of_pydicom(), "scripts-all");
    pictures(Theme::Dark, (1280, 800), of_pydicom(), "scripts");
    pictures(Theme::Dark, (960, 600), of_pydicom(), "scripts");
}

#[test]
fn names_of_every_script_are_painted_in_the_light() {
    pictures(Theme::Light, (1280, 800), of_pydicom(), "scripts");
    pictures(Theme::Light, (1280, 1900), others(), "scripts-others");
    pictures(Theme::Light, (1280, 1000), from_the_right(), "scripts-rtl");
    // The last of these is cut where its reading ends.
    let mut found = from_the_right();
    found.retain(|found| matches!(found, Found::Image(header) if ["A-12", "P 3"].contains(&&*header.patient.id)));
    assert_eq!(found.len(), 2);
    pictures(Theme::Light, (960, 600), found, "scripts-rtl");
}

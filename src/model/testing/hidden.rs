//! What the worker says about de-identification.

use std::sync::Arc;

use studydrop::dicom::deidentify::burned_in::Risk;
use studydrop::dicom::deidentify::{Glance, NewIdentity};
use studydrop::message::{
    AskCleaning, ChangedValue, CleaningNews, Command, Event, Preview, TableAnswer, Whose,
};

use super::Drive;

/// Attribute, now, sent as, rule.
const CHANGES: &str = "\
Patient name|Öberg^Märta|ANON-7KQ2M9XD|replaced
Patient ID|19510203-1234|ANON-7KQ2M9XD|replaced
Patient birth date|19510203||emptied
Institution name|Main hospital||removed
Referring physician name|Läkare^Åke||emptied
Accession number|A-20261123-07||emptied
Study date|20261123||emptied
Request attributes › Requesting physician|House^G||removed
Content › Person name|Läkare^Åke|ANON|dummy value
Station name|CT-2||removed
Device serial number|88213||removed
Study instance UID|1.2.752.24.5.48291|2.25.330772049118401184011840118401184|new UID
Series instance UID|1.2.752.24.5.48291.3|2.25.118401184330772049118401184011840|new UID
SOP instance UID|1.2.752.24.5.48291.3.77|2.25.840118401184330772049118401184011|new UID
Private: SIEMENS CSA HEADER|SIEMENS CSA HEADER||removed
Private: SIEMENS CSA HEADER (0029,1008)|IMAGE NUM 4||removed
Private: SIEMENS CSA HEADER (0029,1010)|SV10||removed
Patient identity removed||YES|added
Deidentification method||Basic Application Confidentiality Profile|added";

/// The changes of the drawing.
pub fn preview() -> Preview {
    let changes = CHANGES.lines().map(|line| {
        let fields: Vec<&'static str> = line.split('|').collect();
        ChangedValue {
            name: fields[0].to_owned(),
            now: fields[1].to_owned(),
            sent: fields[2].to_owned(),
            rule: fields[3],
            why: "Basic Profile (Z)".to_owned(),
        }
    });
    Preview {
        changes: changes.collect(),
        checked: true,
        ..Preview::default()
    }
}

/// What patients are called.
pub fn pseudonym(whose: &Whose) -> NewIdentity {
    let id = match whose.id.as_str() {
        "19510203-1234" => "ANON-7KQ2M9XD",
        _ => "ANON-3HTW5C8Z",
    };
    NewIdentity {
        id: id.to_owned(),
        name: id.to_owned(),
    }
}

/// Answers what is asked about pseudonyms, headers and previews. Pictures of series with these words in their paths may
/// show whose they are.
pub fn answer_cleaning(to: &mut impl Drive, commands: &[Command], risky: &str) {
    let mut waiting = commands.to_vec();
    while let Some(command) = waiting.pop() {
        let Command::Deidentify(ask) = command else {
            continue;
        };
        let mut tell = |to: &mut _, news| waiting.extend(tell(to, news));
        match &*ask {
            AskCleaning::Pseudonyms(patients) => {
                let named = patients.iter().map(|one| (one.clone(), pseudonym(one)));
                tell(to, CleaningNews::Pseudonyms(Ok(named.collect())));
            }
            AskCleaning::Look(all) => {
                for look in all {
                    let images = look.images.iter().map(|path| {
                        let is_risky = path.to_string_lossy().contains(risky) && !risky.is_empty();
                        let glance = Glance {
                            risk: is_risky.then_some(Risk::Ultrasound),
                            columns: 512,
                            rows: 512,
                        };
                        (path.clone(), glance)
                    });
                    let images = images.collect();
                    let series = look.series.clone();
                    tell(to, CleaningNews::Looked { series, images });
                }
            }
            AskCleaning::Preview(of) => {
                let result = Ok(Arc::new(preview()));
                tell(
                    to,
                    CleaningNews::Preview {
                        ask: of.ask,
                        result,
                    },
                );
            }
            _ => {}
        }
    }
}

/// A table of pseudonyms was read that knows the patient with this ID alone.
pub fn answer_table(to: &mut impl Drive, patients: &[Whose], known: &str, makes_new: bool) {
    let named = patients.iter().map(|one| {
        let identity = match one.id == known || makes_new {
            true => Ok(NewIdentity {
                id: format!("S-{}", one.id.len()),
                name: format!("Subject {}", one.id.len()),
            }),
            false => Err("this patient is not in the table of pseudonyms".to_owned()),
        };
        (one.clone(), identity)
    });
    let answer = TableAnswer {
        path: "/study/pseudonyms.csv".into(),
        makes_new,
        known: 214,
        patients: named.collect(),
    };
    drop(tell(to, CleaningNews::Table(Ok(Some(answer)))));
}

/// The worker says this.
pub fn tell(to: &mut impl Drive, news: CleaningNews) -> Vec<Command> {
    to.apply(Event::Deidentify(Box::new(news)))
}

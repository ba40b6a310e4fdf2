//! Files as a scan finds them.

use std::path::PathBuf;

use jiff::civil::{Date, date, time};
use studydrop::dicom::catalogue::{
    Found, Header, Image, Patient, PersonName, Series, SkipReason, Skipped, Study,
};

/// What is the same in all files of a study.
#[derive(Clone)]
pub struct Drawn {
    pub name: &'static str,
    pub own_name: &'static str,
    pub id: &'static str,
    pub born: Date,
    pub sex: &'static str,
    pub modality: &'static str,
    pub description: &'static str,
    pub made: Date,
    /// Names and numbers of images of the series.
    pub series: &'static [(&'static str, usize)],
    /// Bytes of all files.
    pub bytes: u64,
}

pub const THORAX: Drawn = Drawn {
    name: "Öberg^Märta",
    own_name: "",
    id: "19510203-1234",
    born: date(1951, 2, 3),
    sex: "F",
    modality: "CT",
    description: "Thorax with contrast",
    made: date(2026, 11, 23),
    series: &[
        ("Scout", 2),
        ("Lung 1.25 mm", 312),
        ("Mediastinum", 186),
        ("Bone", 112),
    ],
    bytes: 702_000_000,
};

pub const ABDOMEN: Drawn = Drawn {
    description: "Abdomen",
    series: &[("Native", 160), ("Arterial", 164), ("Venous", 164)],
    bytes: 560_000_000,
    ..THORAX
};

pub const KNEE: Drawn = Drawn {
    name: "Yamada^Tarou",
    own_name: "山田^太郎",
    id: "P-00817",
    born: date(1968, 5, 4),
    sex: "M",
    modality: "MR",
    description: "Knee left",
    made: date(2026, 11, 20),
    series: &[
        ("PD sag", 24),
        ("PD cor", 24),
        ("T1 cor", 24),
        ("T2 tra", 30),
        ("Localizer", 2),
    ],
    bytes: 148_000_000,
};

/// The study's files as a scan finds them.
pub fn files(study: &Drawn) -> Vec<Found> {
    let all: usize = study.series.iter().map(|(_, images)| images).sum();
    let uid = format!(
        "1.2.752.{}.{}",
        study.id.len(),
        study.description.len() as u64 + study.bytes
    );
    let mut found = Vec::new();
    for (number, (description, images)) in study.series.iter().enumerate() {
        for image in 0..*images {
            let sop = format!("{uid}.{number}.{image}");
            found.push(Found::Image(Box::new(Header {
                patient: Patient {
                    name: PersonName {
                        alphabetic: study.name.into(),
                        ideographic: study.own_name.into(),
                        phonetic: String::new(),
                    },
                    id: study.id.into(),
                    birth_date: Some(study.born),
                    sex: study.sex.into(),
                    studies: Vec::new(),
                },
                study: Study {
                    study_instance_uid: uid.clone(),
                    date: Some(study.made),
                    time: Some(time(9, 14, 0, 0)),
                    description: study.description.into(),
                    accession_number: "A-20261123-07".into(),
                    referring_physician: PersonName {
                        alphabetic: "Läkare^Åke".into(),
                        ..PersonName::default()
                    },
                    institution: "Main hospital".into(),
                    series: Vec::new(),
                },
                series: Series {
                    series_instance_uid: format!("{uid}.{number}"),
                    number: i32::try_from(number).ok().map(|number| number + 1),
                    modality: study.modality.into(),
                    description: (*description).into(),
                    body_part: "CHEST".into(),
                    images: Vec::new(),
                },
                image: Image {
                    path: PathBuf::from(format!(
                        "/media/disc/{}/IM_{number}_{image:04}",
                        study.description
                    )),
                    size: study.bytes / all as u64,
                    modified: None,
                    sop_instance_uid: sop,
                    sop_class_uid: "1.2.840.10008.5.1.4.1.1.2".into(),
                    transfer_syntax_uid: "1.2.840.10008.1.2.1".into(),
                    instance_number: i32::try_from(image).ok(),
                    frames: 1,
                },
            })));
        }
    }
    found
}

/// Eleven files that are not sent.
pub fn skipped() -> Vec<Found> {
    let skip = |name: &str, reason| {
        Found::Skipped(Skipped {
            path: format!("/media/disc/{name}").into(),
            reason,
            study_instance_uid: None,
            stamp: None,
        })
    };
    let mut found: Vec<Found> = [
        "AUTORUN.INF",
        "README.TXT",
        "viewer.exe",
        "index.html",
        "logo.png",
        "help.pdf",
        "style.css",
        "run.sh",
    ]
    .iter()
    .map(|name| skip(name, SkipReason::NotDicom))
    .collect();
    found.push(skip(
        "copy/IM_0001",
        SkipReason::Duplicate {
            of: "/media/disc/IM_0001".into(),
        },
    ));
    found.push(skip(
        "copy/IM_0002",
        SkipReason::Duplicate {
            of: "/media/disc/IM_0002".into(),
        },
    ));
    found.push(skip(
        "IM_0021",
        SkipReason::Truncated {
            has: 312_000,
            needs: Some(1_200_000),
        },
    ));
    found
}

/// Eleven files of this study that are not sent: ten that nobody misses, and one that somebody should look at.
pub fn skipped_of(study: &Drawn) -> Vec<Found> {
    let uid = files(study).into_iter().find_map(|found| match found {
        Found::Image(header) => Some(header.study.study_instance_uid),
        Found::Skipped(_) => None,
    });
    let skip = |name: String, reason| {
        Found::Skipped(Skipped {
            path: format!("/media/disc/{name}").into(),
            reason,
            study_instance_uid: uid.clone(),
            stamp: None,
        })
    };
    let copies = (0..10).map(|number| {
        let of = format!("/media/disc/IM_{number:04}").into();
        skip(format!("copy/IM_{number:04}"), SkipReason::Duplicate { of })
    });
    let truncated = SkipReason::Truncated {
        has: 312_000,
        needs: Some(1_200_000),
    };
    copies.chain([skip("IM_0021".into(), truncated)]).collect()
}

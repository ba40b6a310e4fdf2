//! The invented patients of the drawings, as the worker would tell about them: for tests of the window without a worker.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::{Date, date, time};
use studydrop::cloud::model::{Account, Folder, Location, Order, User};
use studydrop::dicom::catalogue::{
    Found, Header, Image, Patient, PersonName, Series, SkipReason, Skipped, Study,
};
use studydrop::dicom::preview::Picture;
use studydrop::message::{Command, Event, JobId, Workspace};
use studydrop::model::{Action, Model, Now};
use studydrop::settings::Settings;
use studydrop::transfer::{FileFailure, Ledger, TransferState, TransferStatus};
use uuid::Uuid;

/// Something that takes actions and events: a model alone, or a window.
pub trait Drive {
    /// Does it; what the worker is asked for.
    fn act(&mut self, action: Action) -> Vec<Command>;
    /// Takes it in.
    fn apply(&mut self, event: Event) -> Vec<Command>;
    /// What is shown.
    fn model(&self) -> &Model;
}

impl Drive for Model {
    fn act(&mut self, action: Action) -> Vec<Command> {
        Model::act(self, action)
    }

    fn apply(&mut self, event: Event) -> Vec<Command> {
        Model::apply(self, event)
    }

    fn model(&self) -> &Model {
        self
    }
}

/// The moment of the drawings.
pub fn now() -> Now {
    Now {
        running: Duration::from_secs(100),
        clock: date(2026, 11, 24).at(10, 30, 0, 0),
    }
}

/// Signed out.
pub fn model() -> Model {
    Model::new(Settings::default(), now())
}

/// Two users, two locations.
pub fn account() -> Arc<Account> {
    let location = |id, name: &str| Location {
        institution_uuid: Uuid::from_u128(id),
        institution_name: name.to_owned(),
    };
    let user = |id, name: &str, locations: Vec<Location>| User {
        user_uuid: Uuid::from_u128(id),
        user_name: name.to_lowercase(),
        full_name: name.to_owned(),
        institution_list: locations,
    };
    let both = vec![
        location(11, "Main hospital"),
        location(12, "Outpatients North"),
    ];
    Arc::new(Account {
        user_list: vec![
            user(1, "Åsa Öberg", both.clone()),
            user(2, "Karl Lind", both[..1].to_vec()),
        ],
    })
}

pub fn sign_in(to: &mut impl Drive) {
    to.apply(Event::SignedIn {
        account: account(),
        workspace: Workspace::Practice,
    });
}

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
        study.description.len() + study.bytes as usize
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

/// Drops a folder in which this is found.
pub fn drop_folder(to: &mut impl Drive, found: Vec<Found>) {
    to.act(Action::Dropped(vec!["/media/disc".into()]));
    let job = to.model().upload.scans.last().expect("a scan runs").job;
    let seen = found.len() as u64;
    to.apply(Event::Scanned {
        job,
        found,
        seen,
        known: seen,
    });
    to.apply(Event::ScanDone {
        job,
        cancelled: false,
    });
}

/// The drop of the drawing: two patients, three studies, eleven files skipped.
pub fn drop_all(to: &mut impl Drive) {
    let found = [files(&THORAX), files(&ABDOMEN), files(&KNEE), skipped()].concat();
    drop_folder(to, found);
}

/// A model with that drop.
pub fn with_drop() -> Model {
    let mut model = model();
    sign_in(&mut model);
    drop_all(&mut model);
    model
}

/// Discs in each other, grey.
pub fn phantom(side: u32, hue: u32) -> Arc<Picture> {
    let middle = f64::from(side) / 2.0;
    let mut rgba = Vec::new();
    for y in 0..side {
        for x in 0..side {
            let (dx, dy) = (f64::from(x) - middle, f64::from(y) - middle);
            let far = (dx * dx + dy * dy).sqrt() / middle;
            let grey = match far {
                far if far > 0.70 => 0,
                far if far > 0.63 => 205,
                far if far > 0.42 => 110 + hue,
                far if far > 0.15 => 70,
                far if far > 0.09 => 180,
                _ => 125,
            };
            let grey = u8::try_from(grey.min(255)).unwrap_or(u8::MAX);
            rgba.extend([grey, grey, grey, 255]);
        }
    }
    Arc::new(Picture {
        width: side,
        height: side,
        rgba,
    })
}

/// Answers every picture that was asked for.
pub fn answer_pictures(to: &mut impl Drive, commands: &[Command]) {
    for command in commands {
        if let Command::Picture { path, size } = command {
            let hue = u32::try_from(path.as_os_str().len() % 4).unwrap_or_default() * 8;
            let side = if *size > 128 { 512 } else { 96 };
            to.apply(Event::Picture {
                path: path.clone(),
                size: *size,
                result: Ok(phantom(side, hue)),
            });
        }
    }
}

/// A snapshot of a transfer as it begins.
pub fn status(job: JobId, state: TransferState, images: u64, bytes: u64) -> TransferStatus {
    TransferStatus {
        job,
        state,
        ledger: Ledger {
            found: images,
            ..Ledger::default()
        },
        verified: 0,
        bytes_total: bytes,
        bytes_done: 0,
        speed: None,
        seconds_left: None,
        connections: 0,
        failures: Arc::from([]),
        note: None,
        order: None,
    }
}

fn send_one(to: &mut impl Drive, study: &Drawn) -> (JobId, u64, u64) {
    drop_folder(to, files(study));
    to.act(Action::Upload);
    let row = to
        .model()
        .transfers
        .rows
        .last()
        .expect("a row for the study");
    (
        row.upload.job,
        row.upload.files.len() as u64,
        row.upload.bytes(),
    )
}

/// The five transfers of the drawing.
pub fn transfer_all(to: &mut impl Drive) {
    let berg = Drawn {
        name: "Berg^Nils",
        id: "19880712-4456",
        modality: "US",
        series: &[("Abdomen", 40)],
        bytes: 1_100_000_000,
        ..ABDOMEN
    };
    let lund = Drawn {
        name: "Lund^Eva",
        id: "19900101-2222",
        modality: "CR",
        description: "Hand",
        series: &[("Hand", 2)],
        bytes: 18_000_000,
        ..ABDOMEN
    };
    let anon = Drawn {
        name: "ANON^0412",
        own_name: "",
        id: "ANON-0412",
        ..KNEE
    };
    let jobs: Vec<(JobId, u64, u64)> = [THORAX, ABDOMEN, anon, berg, lund]
        .iter()
        .map(|study| send_one(to, study))
        .collect();
    let of = |index: usize, state| status(jobs[index].0, state, jobs[index].1, jobs[index].2);
    let mut sending = of(0, TransferState::Sending);
    sending.ledger.sent = 412;
    sending.bytes_done = 470_000_000;
    (sending.speed, sending.seconds_left, sending.connections) = (Some(64_000_000.0), Some(18), 4);
    let mut verifying = of(1, TransferState::Verifying);
    (
        verifying.ledger.sent,
        verifying.bytes_done,
        verifying.verified,
    ) = (488, verifying.bytes_total, 120);
    let mut verified = of(2, TransferState::Verified);
    verified.ledger.sent = 104;
    let mut attention = of(3, TransferState::NeedsAttention);
    (attention.ledger.sent, attention.ledger.failed) = (37, 3);
    let fail = |name: &str, reason: &str| FileFailure {
        path: format!("/media/disc/{name}").into(),
        reason: reason.into(),
    };
    attention.failures = Arc::from([
        fail(
            "IM_0021",
            "The file is shorter than it says (cut off at 312 KB of 1.2 MB). Copy it again from the disc.",
        ),
        fail(
            "IM_0034",
            "The account refused it: “SOP class not accepted”.",
        ),
        fail(
            "IM_0035",
            "The account refused it: “SOP class not accepted”.",
        ),
    ]);
    for status in [sending, verifying, verified, attention] {
        to.apply(Event::Transfer(Arc::new(status)));
    }
}

/// A model with those transfers.
pub fn with_transfers() -> Model {
    let mut model = model();
    sign_in(&mut model);
    transfer_all(&mut model);
    model
}

/// The orders of the drawing.
pub fn orders() -> Vec<Order> {
    let lines = [
        (
            "Öberg^Märta",
            "19510203-1234",
            "CT",
            "Thorax with contrast",
            "2026-11-23 09:14",
            612,
            1,
        ),
        (
            "Öberg^Märta",
            "19510203-1234",
            "CT",
            "Abdomen",
            "2026-11-23 09:20",
            488,
            1,
        ),
        (
            "Öberg^Nils",
            "19880712-4456",
            "CR",
            "Hand left",
            "2026-11-22 16:02",
            2,
            3,
        ),
        (
            "Öberg^Sara",
            "20010130-9981",
            "MR",
            "Brain",
            "2026-11-21 11:41",
            842,
            2,
        ),
        (
            "Öbergsson^Karin",
            "19450519-0021",
            "US",
            "Abdomen",
            "2026-11-21 08:30",
            40,
            1,
        ),
        (
            "Öberg^Märta",
            "19510203-1234",
            "DX",
            "Thorax",
            "2026-11-20 13:13",
            2,
            3,
        ),
        (
            "Öberg^Lena",
            "19770111-2287",
            "MG",
            "Screening",
            "2026-11-19 10:05",
            8,
            1,
        ),
        (
            "Öbergh^Jan",
            "19620830-7712",
            "CT",
            "Sinus",
            "2026-11-18 15:37",
            204,
            3,
        ),
    ];
    let order = |(index, (name, id, modality, description, performed, images, status)): (
        usize,
        (&str, &str, &str, &str, &str, u64, i64),
    )| Order {
        patient_order_uuid: Uuid::from_u128(100 + index as u128),
        institution_uuid: Uuid::from_u128(11),
        patient_name: name.into(),
        patient_id: id.into(),
        accession_number: "A-20261123-07".into(),
        order_modality: modality.into(),
        order_status: status,
        study_description: description.into(),
        performed_datetime: performed.into(),
        order_size: images as f64 * 1120.0,
        images_count: images,
        documents_count: u64::from(index == 0) * 2,
        ..Order::default()
    };
    lines.into_iter().enumerate().map(order).collect()
}

/// Answers the search among these commands.
pub fn answer_search(to: &mut impl Drive, commands: &[Command], orders: Vec<Order>) {
    let job = commands.iter().rev().find_map(|command| match command {
        Command::SearchOrders { job, .. } => Some(*job),
        _ => None,
    });
    let job = job.expect("a search was asked for");
    to.apply(Event::Orders {
        job,
        result: Ok(Arc::new(orders)),
        took: Duration::from_millis(214),
    });
}

/// A folder of the account.
pub fn folder(id: u128, name: &str, orders: u64, below: u64, folders: Vec<Folder>) -> Folder {
    Folder {
        folder_uuid: Uuid::from_u128(id),
        folder_name: name.into(),
        order_count: orders,
        all_sub_order_count: below,
        sub_folder_count: folders.len() as u64,
        sub_folder_list: folders,
        is_shared: name == "Trauma",
        ..Folder::default()
    }
}

/// Answers the listing of the root and of *Trauma*, opens it, and selects *Week 48*.
pub fn show_folders(to: &mut impl Drive) {
    to.act(Action::Go(studydrop::model::Page::Folders));
    let weeks = vec![
        folder(202, "Week 47", 211, 211, Vec::new()),
        folder(203, "Week 48", 38, 38, Vec::new()),
    ];
    let trauma = folder(201, "Trauma", 1035, 1284, weeks);
    let some = vec![folder(9, "x", 0, 0, Vec::new())];
    let root = folder(
        0,
        "",
        0,
        0,
        vec![
            trauma.clone(),
            folder(204, "Teaching", 96, 96, some.clone()),
            folder(205, "Research MR knee", 412, 412, some),
        ],
    );
    to.apply(Event::Folder {
        folder: None,
        result: Ok(Arc::new(root)),
    });
    to.act(Action::OpenFolder {
        folder: Uuid::from_u128(201),
        open: true,
    });
    to.apply(Event::Folder {
        folder: Some(Uuid::from_u128(201)),
        result: Ok(Arc::new(trauma)),
    });
    to.act(Action::SelectFolder(Uuid::from_u128(203)));
    let mut week = folder(203, "Week 48", 38, 38, Vec::new());
    week.patient_order_list = orders().into_iter().take(3).collect();
    week.patient_order_list
        .extend(orders().into_iter().cycle().take(34));
    week.patient_order_list.insert(
        3,
        Order {
            patient_name: "Yamada^Tarou=山田^太郎".into(),
            patient_id: "P-00817".into(),
            ..orders()[3].clone()
        },
    );
    to.apply(Event::Folder {
        folder: Some(Uuid::from_u128(203)),
        result: Ok(Arc::new(week)),
    });
}

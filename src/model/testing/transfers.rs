//! The transfers of the drawing.

use std::sync::Arc;

use studydrop::message::{Event, JobId, TransferEvent};
use studydrop::model::{Action, Model, UploadAction};
use studydrop::transfer::{FileFailure, Ledger, TransferState, TransferStatus};

use super::{ABDOMEN, Drawn, Drive, KNEE, THORAX, drop_folder, files, model, sign_in};

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
    to.act(Action::Upload(UploadAction::Send));
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
        to.apply(Event::Transfer(TransferEvent::Status(Arc::new(status))));
    }
}

/// One transfer in every state, those of an earlier session among them.
pub fn every_state(to: &mut impl Drive) {
    let named = |name: &'static str, description: &'static str| Drawn {
        name,
        own_name: "",
        description,
        series: &[("Images", 40)],
        bytes: 160_000_000,
        ..ABDOMEN
    };
    let studies = [
        THORAX,
        named("Berg^Nils", "Brain"),
        named("Lund^Eva", "Hand"),
        named("Ek^Per", "Knee"),
        named("Holm^Ida", "Spine"),
        KNEE,
        named("Dahl^Ulf", "Pelvis"),
        named(
            "Sand^Eva-Karin Wilhelmina Charlotta",
            "Abdomen and pelvis with contrast, late phase",
        ),
    ];
    let states = [
        TransferState::Sending,
        TransferState::Reconnecting,
        TransferState::Preparing,
        TransferState::Paused,
        TransferState::Waiting,
        TransferState::Verified,
        TransferState::NeedsAttention,
        TransferState::Cancelled,
    ];
    for (study, state) in studies.iter().zip(states) {
        if state == TransferState::NeedsAttention {
            let more = [files(study), super::skipped_of(study)].concat();
            drop_folder(to, more);
            to.act(Action::Upload(UploadAction::Send));
        } else {
            send_one(to, study);
        }
        let row = to.model().transfers.rows.last().expect("a row");
        let mut status = TransferStatus::clone(&row.status);
        status.state = state;
        let images = row.images();
        let (sent, failed) = match state {
            TransferState::Verified => (images, 0),
            TransferState::NeedsAttention => (images - 7, 7),
            TransferState::Cancelled => (images / 4, images - images / 4),
            TransferState::Waiting | TransferState::Preparing => (0, 0),
            _ => (images / 3, 0),
        };
        (status.ledger.sent, status.ledger.failed) = (sent, failed);
        status.bytes_done = status.bytes_total / images * sent;
        if state == TransferState::Sending {
            (status.speed, status.seconds_left, status.connections) =
                (Some(64_000_000.0), Some(18), 4);
        }
        let reason = match state {
            TransferState::Cancelled => "Cancelled before it was sent. Press Retry to send it.",
            _ => "The account refused it: “SOP class not accepted”.",
        };
        let first = row.upload.files.len() as u64 - failed;
        let failed = row
            .upload
            .files
            .iter()
            .skip(usize::try_from(first).expect("few"));
        let failed = failed.map(|file| FileFailure {
            path: file.path.clone(),
            reason: reason.into(),
        });
        status.failures = failed.collect();
        to.apply(Event::Transfer(TransferEvent::Status(Arc::new(status))));
    }
}

/// A model with those transfers.
pub fn with_transfers() -> Model {
    let mut model = model();
    sign_in(&mut model);
    transfer_all(&mut model);
    model
}

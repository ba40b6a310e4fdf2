//! A receipt on paper: whose study, where it went, the sum, then every file under the number that it was counted in.

use super::page::{About, Document, Ink, Look, MARGIN, WIDTH, Weight};
use super::{FileState, Receipt, ReceiptError, ReceiptFile};
use crate::transfer::TransferState;
use crate::words;

const fn look(weight: Weight, size: f32, ink: Ink) -> Look {
    Look { weight, size, ink }
}

const BODY: Look = look(Weight::Regular, 10.0, Ink::Text);
const CAPTION: Look = look(Weight::Regular, 10.0, Ink::Dim);
const SMALL: Look = look(Weight::Regular, 8.0, Ink::Dim);
const UID: Look = look(Weight::Regular, 7.5, Ink::Text);
const DIGEST: Look = look(Weight::Regular, 7.0, Ink::Dim);
const SECTION: Look = look(Weight::Bold, 11.0, Ink::Text);
const HEAD: Look = look(Weight::Bold, 7.5, Ink::Dim);

/// Where the columns of a file begin, from the left edge.
const FIRST: f32 = MARGIN + 34.0;
const RIGHT: f32 = MARGIN + WIDTH;

/// Writes it.
///
/// # Errors
/// [`ReceiptError::Typeface`].
pub(crate) fn write(receipt: &Receipt) -> Result<Vec<u8>, ReceiptError> {
    let mut document = Document::new()?;
    head(&mut document, receipt);
    facts(&mut document, receipt);
    sum(&mut document, receipt);
    for state in [
        FileState::Failed,
        FileState::Skipped,
        FileState::Sent,
        FileState::AlreadyThere,
    ] {
        section(&mut document, receipt, state);
    }
    if document.missed() {
        document.down(20.0);
        document.room_for(12.0);
        let words =
            "Characters for which no font was found are drawn as □. The receipt as JSON has them.";
        document.paragraph(MARGIN, WIDTH, words, (SMALL, 11.0));
    }
    let program = format!("{} {}", receipt.program, receipt.version);
    let foot = format!(
        "Upload receipt · Study {} · {}",
        receipt.study_instance_uid,
        words::date_time(receipt.ended.datetime())
    );
    document.finish(&About {
        title: "Upload receipt",
        program: &program,
        foot: &foot,
    })
}

fn head(document: &mut Document, receipt: &Receipt) {
    document.down(16.0);
    document.text(
        MARGIN,
        "Upload receipt",
        look(Weight::Bold, 20.0, Ink::Text),
    );
    let program = format!("{} {}", receipt.program, receipt.version);
    document.text_to(RIGHT, &program, CAPTION);
    document.down(26.0);
    let (word, ink) = match receipt.state {
        TransferState::Verified => ("✓ Verified", Ink::Good),
        TransferState::NeedsAttention => ("✗ Needs attention", Ink::Bad),
        state => (words::transfer_state(state), Ink::Text),
    };
    document.text(MARGIN, word, look(Weight::Bold, 13.0, ink));
    document.down(16.0);
    let ledger = &receipt.ledger;
    let images = ledger.found.saturating_sub(ledger.skipped);
    let there = words::number(ledger.sent + ledger.already_there);
    let held = match receipt.state {
        TransferState::Verified => "in the order",
        _ => "in the account, as far as it is known",
    };
    let verb = if images == 1 { "is" } else { "are" };
    let mut words = format!(
        "{there} of {} {verb} {held}. {}",
        words::count(images, "image", "images"),
        receipt.checked()
    );
    if let Some(note) = &receipt.note {
        words = format!("{words} {note}");
    }
    document.paragraph(MARGIN, WIDTH, &words, (BODY, 14.0));
    document.down(14.0);
    document.rule();
}

fn facts(document: &mut Document, receipt: &Receipt) {
    let order = receipt.order_uuid.map(|order| order.to_string());
    let time = |at: &jiff::Zoned| at.strftime("%-d %b %Y %H:%M:%S (%:z)").to_string();
    let facts = [
        ("Patient", words::person_name(&receipt.patient_name)),
        ("Patient ID", receipt.patient_id.clone()),
        ("Study", receipt.study.clone()),
        ("Study UID", receipt.study_instance_uid.clone()),
        ("Order", order.unwrap_or_else(|| "none".to_owned())),
        ("Account", receipt.account.clone()),
        ("Location", receipt.location.clone()),
        ("Sent by", receipt.user.clone()),
        ("Queued", time(&receipt.queued)),
        ("Ended", time(&receipt.ended)),
    ];
    document.down(8.0);
    for (caption, fact) in facts {
        document.down(15.0);
        document.room_for(0.0);
        document.text(MARGIN, caption, CAPTION);
        let fact = match fact.trim() {
            "" => "–",
            fact => fact,
        };
        document.paragraph(MARGIN + 80.0, WIDTH - 80.0, fact, (BODY, 13.0));
    }
    document.down(12.0);
    document.rule();
}

fn sum(document: &mut Document, receipt: &Receipt) {
    document.down(20.0);
    document.room_for(16.0);
    let look = look(Weight::Bold, 11.0, Ink::Text);
    let words = format!("Files: {}", receipt.sum());
    document.paragraph(MARGIN, WIDTH, &words, (look, 14.0));
    document.down(4.0);
}

/// The files of one number of the sum; by series where they have one.
fn section(document: &mut Document, receipt: &Receipt, state: FileState) {
    let mine = || receipt.files.iter().filter(|file| file.state == state);
    let many = mine().count();
    if many == 0 {
        return;
    }
    let word = match state {
        FileState::Failed => "Failed",
        FileState::Skipped => "Skipped",
        FileState::Sent => "Sent",
        FileState::AlreadyThere => "Already there",
    };
    let bytes: u64 = mine().filter_map(|file| file.bytes).sum();
    document.down(24.0);
    document.room_for(60.0);
    let mut title = format!("{word}: {}", words::count(many as u64, "file", "files"));
    if bytes > 0 {
        title = format!("{title} · {}", words::bytes(bytes));
    }
    document.text(MARGIN, &title, SECTION);
    columns(document, state);
    let mut series: Option<&str> = None;
    for (number, file) in (1_u64..).zip(mine()) {
        let uid = file.series_instance_uid.as_str();
        let new_series = series != Some(uid) && !uid.is_empty();
        series = Some(uid);
        let lines = if new_series { 40.0 } else { 24.0 };
        if document.room_for(lines) {
            let title = format!("{word}, continued");
            document.down(4.0);
            document.text(MARGIN, &title, SMALL);
            columns(document, state);
        }
        if new_series {
            document.down(14.0);
            document.text(MARGIN, &format!("Series {uid}"), HEAD);
        }
        row(document, number, file);
    }
}

fn columns(document: &mut Document, state: FileState) {
    document.down(14.0);
    let what = match state {
        FileState::Failed | FileState::Skipped => "File, image (SOP instance UID), reason",
        FileState::Sent => "Image (SOP instance UID), SHA-256 of what was sent",
        FileState::AlreadyThere => "Image (SOP instance UID)",
    };
    document.text(FIRST, what, HEAD);
    document.text_to(RIGHT, "Bytes", HEAD);
    document.down(4.0);
    document.rule();
}

fn row(document: &mut Document, number: u64, file: &ReceiptFile) {
    document.down(12.0);
    document.text_to(FIRST - 8.0, &words::number(number), DIGEST);
    let bytes = file.bytes.map_or("–".to_owned(), words::number);
    document.text_to(RIGHT, &bytes, UID);
    let width = WIDTH - 34.0 - 70.0;
    let trouble = matches!(file.state, FileState::Failed | FileState::Skipped);
    let mut first = true;
    let mut line = |document: &mut Document, text: &str, look: Look, leading: f32| {
        if !std::mem::take(&mut first) {
            document.down(leading);
            document.room_for(0.0);
        }
        document.paragraph(FIRST, width, text, (look, leading));
    };
    match &file.name {
        Some(name) if trouble => line(document, name, look(Weight::Bold, 8.0, Ink::Text), 9.5),
        _ => {}
    }
    if !file.sop_instance_uid.is_empty() {
        line(document, &file.sop_instance_uid, UID, 9.5);
    }
    if let Some(digest) = &file.sha256 {
        line(document, digest, DIGEST, 9.0);
    }
    if let Some(reason) = &file.reason {
        line(document, reason, SMALL, 10.0);
    }
}

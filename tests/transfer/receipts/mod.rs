//! Receipts of transfers: read back as a program, and as what is on the paper.

mod paper;

use jiff::civil::date;
use jiff::tz::{TimeZone, offset};
use paper::Paper;
use studydrop::receipt::{FORMAT, FileState, Receipt, ReceiptFile, VerifiedBy, file_name};
use studydrop::transfer::{Ledger, TransferState};
use uuid::Uuid;

fn at(hour: i8, minute: i8) -> jiff::Zoned {
    let zone = TimeZone::fixed(offset(1));
    date(2026, 11, 24)
        .at(hour, minute, 7, 0)
        .to_zoned(zone)
        .unwrap()
}

fn file(number: usize, state: FileState) -> ReceiptFile {
    let sent = state == FileState::Sent;
    let trouble = matches!(state, FileState::Failed | FileState::Skipped);
    ReceiptFile {
        name: trouble.then(|| format!("IM_{number:04}")),
        series_instance_uid: format!("1.2.826.0.1.3680043.8.498.{}", 1000 + number / 200),
        sop_instance_uid: format!(
            "1.2.826.0.1.3680043.8.498.1234567890123456789012345678.{number}"
        ),
        bytes: (state != FileState::Skipped).then_some(526_336 + number as u64),
        sha256: sent.then(|| format!("{number:064x}")),
        state,
        reason: trouble.then(|| "The account refused it: “SOP class not accepted”.".to_owned()),
    }
}

/// A receipt with so many files that were sent, and some of every other kind.
fn receipt(sent: usize) -> Receipt {
    let kinds = [
        (FileState::Sent, sent),
        (FileState::AlreadyThere, 10),
        (FileState::Skipped, 2),
        (FileState::Failed, 3),
    ];
    let all = kinds
        .into_iter()
        .flat_map(|(state, many)| std::iter::repeat_n(state, many));
    let files: Vec<ReceiptFile> = (1..).zip(all).map(|(n, state)| file(n, state)).collect();
    Receipt {
        format: FORMAT,
        program: "StudyDrop".into(),
        version: "0.1.0".into(),
        account: "Practice workspace".into(),
        location: "Main hospital".into(),
        user: "Åsa Öberg".into(),
        queued: at(20, 29),
        ended: at(20, 31),
        patient_name: "Öberg^Märta".into(),
        patient_id: "19510203-1234".into(),
        study: "CT Thorax with contrast".into(),
        study_instance_uid: "1.2.826.0.1.3680043.8.498.1".into(),
        order_uuid: Some(Uuid::from_u128(0x1234)),
        state: TransferState::NeedsAttention,
        note: None,
        verified_by: VerifiedBy::EachImage,
        ledger: Ledger {
            found: files.len() as u64,
            sent: sent as u64,
            already_there: 10,
            skipped: 2,
            failed: 3,
        },
        files,
    }
}

#[test]
fn the_json_has_every_file_and_its_fields_in_a_fixed_order() {
    let text = receipt(4).to_json().unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["format"], 1);
    assert_eq!(value["queued"], "2026-11-24T20:29:07+01:00");
    assert_eq!(value["state"], "needs attention");
    assert_eq!(value["verified_by"], "each_image");
    assert_eq!(value["ledger"]["already_there"], 10);
    let files = value["files"].as_array().unwrap();
    assert_eq!(files.len(), 19);
    assert_eq!(files[0]["state"], "sent");
    assert_eq!(files[0]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(files[0]["bytes"], 526_337);
    assert!(files[4]["sha256"].is_null(), "not sent: no digest of it");
    assert!(files[18]["reason"].as_str().unwrap().contains("refused"));
    let fields = [
        "format",
        "program",
        "version",
        "account",
        "location",
        "user",
        "queued",
        "ended",
        "patient_name",
        "patient_id",
        "study",
        "study_instance_uid",
        "order_uuid",
        "state",
        "note",
        "verified_by",
        "ledger",
        "files",
    ];
    let places: Vec<usize> = fields
        .iter()
        .map(|field| text.find(&format!("\n  \"{field}\":")).expect(field))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn the_paper_has_what_the_json_has() {
    let receipt = receipt(450);
    let paper = Paper::read(&receipt.to_pdf().unwrap());
    let text = paper.pages.join("\n");
    assert!(paper.pages.len() > 5, "{}", paper.pages.len());
    for (index, page) in paper.pages.iter().enumerate() {
        let number = format!("Page {} of {}", index + 1, paper.pages.len());
        assert!(page.contains(&number), "{page}");
        assert!(page.contains("Study 1.2.826.0.1.3680043.8.498.1 ·"));
    }
    for words in [
        "Öberg, Märta",
        "19510203-1234",
        "Åsa Öberg",
        "Main hospital",
        "CT Thorax with contrast",
        "00000000-0000-0000-0000-000000001234",
        "24 Nov 2026 20:31:07 (+01:00)",
        "✗ Needs attention",
        "460 of 463 images are in the account",
        "Files: found 465 = sent 450 + already there 10 + skipped 2 + failed 3",
        "Failed: 3 files",
        "Skipped: 2 files",
        "Sent: 450 files",
        "Already there: 10 files",
        "Sent, continued",
        "IM_0465",
    ] {
        assert!(text.contains(words), "{words} is not on the paper");
    }
    for file in &receipt.files {
        let uid = text
            .matches(&format!("{}\n", file.sop_instance_uid))
            .count();
        assert_eq!(uid, 1, "{}", file.sop_instance_uid);
        if let Some(digest) = &file.sha256 {
            assert!(text.contains(digest.as_str()), "{digest}");
        }
    }
    assert!(!text.contains('□'));
}

#[test]
fn nothing_of_the_patient_is_in_the_name_of_the_file_nor_in_what_the_pdf_says_about_itself() {
    let name = file_name(date(2026, 11, 24).at(20, 31, 7, 0));
    assert_eq!(name, "studydrop-receipt-2026-11-24-2031");
    let bytes = receipt(1).to_pdf().unwrap();
    let paper = Paper::read(&bytes);
    assert!(paper.info.contains("Upload receipt"));
    assert!(!paper.info.contains("berg"), "{}", paper.info);
}

#[test]
fn strange_text_is_written_and_what_no_font_has_is_said() {
    let mut strange = receipt(1);
    strange.patient_name = "Ба́гров^Ιωάννης\u{202E}\u{7}".into();
    strange.study = "CT \u{10FFFD} Thorax (a) \\ e\u{301}".into();
    strange.files[0].sop_instance_uid = "9".repeat(3000);
    strange.files[0].series_instance_uid = String::new();
    strange.files[0].sha256 = None;
    strange.note = Some("x".repeat(100_000));
    let paper = Paper::read(&strange.to_pdf().unwrap());
    let text = paper.pages.join("\n");
    assert!(text.contains("Ба́гров, Ιωάννης"), "{text}");
    assert!(text.contains("CT □ Thorax (a) \\ é"));
    assert!(text.contains("are drawn as □"));
    let nines = text.matches("99999999").count() * 8;
    assert!(nines > 2900, "{nines}");
}

/// Whether these words are in the text, where any character but a Latin one may be a □.
fn has_or_squares(text: &str, words: &str) -> bool {
    let (text, words): (Vec<char>, Vec<char>) = (text.chars().collect(), words.chars().collect());
    text.windows(words.len()).any(|place| {
        let mut pairs = place.iter().zip(&words);
        pairs.all(|(is, wanted)| is == wanted || (*is == '□' && !wanted.is_ascii()))
    })
}

#[test]
fn the_helper_tells_squares_from_other_characters() {
    assert!(has_or_squares("a 山□ 太郎", "山田 太郎") && has_or_squares("□□ CT", "흉부 CT"));
    assert!(!has_or_squares("山口 太郎", "山田 太郎") && !has_or_squares("□□□CT", "흉부 CT"));
}

/// The machine may have a font for some of them, for all or for none: what none has is a □, and that is said.
#[test]
fn what_inter_has_not_is_taken_from_the_systems_fonts_or_said_to_be_missing() {
    let mut far = receipt(1);
    far.patient_name = "山田^太郎".into();
    far.study = "흉부 CT \u{10FFFD}".into();
    let paper = Paper::read(&far.to_pdf().unwrap());
    let text = paper.pages.join("\n");
    for words in ["山田 太郎", "흉부 CT □"] {
        assert!(has_or_squares(&text, words), "{words}: {text}");
    }
    assert!(text.contains("are drawn as □"));
}

#[test]
fn what_is_shaped_or_runs_from_right_to_left_is_drawn_as_it_stands() {
    let mut far = receipt(1);
    far.patient_name = "قباني^لنزار^^د.^".into();
    far.study = "שרון (A-7) · ทรวงอก กำลัง · حسینی‌نژاد · ".repeat(6);
    let bytes = far.to_pdf().unwrap();
    let paper = Paper::read(&bytes);
    let text = paper.pages.join("\n");
    // From left to right, as programs that copy text out of a PDF expect it.
    let drawn = |text: &str| text.chars().rev().collect::<String>();
    assert!(text.contains(&drawn("قباني، د. لنزار")), "{text}");
    assert!(text.contains(&format!("(A-7) {}", drawn("שרון"))), "{text}");
    assert!(!text.contains('□') && text.contains("ทรวงอก"), "{text}");
    let mut thai = receipt(1);
    thai.patient_name = "ใจดี^น้ำทิพย์".into();
    let paper = Paper::read(&thai.to_pdf().unwrap());
    assert!(paper.pages.join("\n").contains("ใจดี, น้ำทิพย์"));
    if let Some(folder) = std::env::var_os("STUDYDROP_GALLERY") {
        let folder = std::path::PathBuf::from(folder);
        std::fs::write(folder.join("receipt-far.pdf"), bytes).unwrap();
    }
}

#[test]
fn a_receipt_without_files_is_a_page() {
    let mut empty = receipt(0);
    empty.files.clear();
    empty.ledger = Ledger::default();
    empty.patient_name.clear();
    let paper = Paper::read(&empty.to_pdf().unwrap());
    assert_eq!(paper.pages.len(), 1);
    assert!(paper.pages[0].contains("No name"));
}

#[test]
fn ten_thousand_files_are_written_and_each_of_them_is_there() {
    let bytes = receipt(10_000).to_pdf().unwrap();
    assert!(bytes.len() < 4_000_000, "{}", bytes.len());
    let paper = Paper::read(&bytes);
    let text = paper.pages.join("\n");
    assert_eq!(
        text.matches("1.2.826.0.1.3680043.8.498.1234567890").count(),
        10_015
    );
    if let Some(folder) = std::env::var_os("STUDYDROP_GALLERY") {
        let folder = std::path::PathBuf::from(folder);
        std::fs::write(folder.join("receipt.pdf"), receipt(450).to_pdf().unwrap()).unwrap();
        std::fs::write(folder.join("receipt.json"), receipt(4).to_json().unwrap()).unwrap();
        std::fs::write(folder.join("receipt-10000.pdf"), bytes).unwrap();
    }
}

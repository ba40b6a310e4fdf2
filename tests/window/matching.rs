//! Open orders that a dropped study fits, the window without a worker.

use std::time::Duration;

use crate::common::drawn;
use crate::common::window::Window;
use studydrop::message::{Command, TransferCommand};
use studydrop::transfer::Upload;

fn matched() -> Window {
    let mut window = Window::with_drop();
    window.later.set(Duration::from_secs(1));
    window.step();
    let asked = window.asked();
    drawn::answer_candidates(&mut window, &asked);
    window.step();
    window
}

fn sent(commands: &[Command]) -> &[Upload] {
    let uploads = commands.iter().find_map(|command| match command {
        Command::Transfer(TransferCommand::Queue(uploads)) => Some(uploads.as_slice()),
        _ => None,
    });
    uploads.expect("an upload")
}

fn replaced(upload: &Upload) -> Vec<(String, &str)> {
    let values = upload.replaced().iter();
    values.map(|one| (one.keyword(), one.value())).collect()
}

#[test]
fn a_study_that_fits_an_open_order_says_why_and_goes_its_own_way_until_one_is_picked() {
    let mut window = matched();
    assert!(window.shows("Fits 2 open orders"));
    assert!(window.shows("Fits an open order A-77 (same patient ID)"));
    let asked = window.press("Upload 3 studies");
    assert!(sent(&asked).iter().all(|upload| upload.cleaning.is_none()));
}

#[test]
fn picking_an_order_says_what_the_images_get_and_sends_them_with_it() {
    let mut window = matched();
    window.press("Add to order… Thorax with contrast");
    assert!(window.shows("Own order"));
    assert!(window.shows_part("same accession number, patient ID and name (100 of 100)"));
    assert!(window.shows_part("Cannot be picked: it has no accession number"));
    window.press("Öberg, Märta · 19510203-1234 · A-20261123-07, 23 Nov 2026 · same accession number, patient ID and name (100 of 100)");
    assert!(window.shows("Into order A-20261123-07"));
    window.press("Add to order… Knee left");
    window.press("Yamada, Tarou · P-00817 · A-77, same patient ID (30 of 100)");
    assert!(window.shows("Into order A-77: the images get its accession number"));
    assert!(window.shows("2 studies go into open orders; where they differ, the images get the order's patient ID and accession number."));
    let asked = window.press("Upload 3 studies");
    let knee = sent(&asked)
        .iter()
        .find(|upload| upload.title.contains("Knee"));
    assert_eq!(
        replaced(knee.unwrap()),
        [("AccessionNumber".to_owned(), "A-77")]
    );
}

#[test]
fn a_picked_order_can_be_given_back() {
    let mut window = matched();
    window.press("Add to order… Knee left");
    window.press("Yamada, Tarou · P-00817 · A-77, same patient ID (30 of 100)");
    window.press("Other order… Knee left");
    window.press("Own order");
    assert!(window.shows("Fits an open order A-77 (same patient ID)"));
    let asked = window.press("Upload 3 studies");
    assert!(sent(&asked).iter().all(|upload| upload.cleaning.is_none()));
}

//! The whole window on the practice server: real worker, real sockets, real files; only the screen is missing.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::common::program;
use eframe::egui;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use studydrop::app::{App, Start};
use studydrop::dicom::sample::write_sample_study;
use studydrop::worker;

/// A file dropped on the window, as winit would tell.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

struct Window {
    harness: Harness<'static, App>,
    home: tempfile::TempDir,
}

impl Window {
    fn open(practice: bool) -> Self {
        let home = tempfile::tempdir().unwrap();
        let start = Start {
            data: home.path().to_owned(),
            practice,
            theme: None,
        };
        let harness = Harness::builder()
            .with_size([1280.0, 800.0])
            .build_eframe(move |creation| {
                let ctx = creation.egui_ctx.clone();
                let wake = ctx.clone();
                let handle =
                    worker::start(start.data.clone(), Box::new(move || wake.request_repaint()));
                studydrop::ui::fonts::find_system_fonts(&ctx);
                App::new(&ctx, handle, &start)
            });
        Window { harness, home }
    }

    /// Steps until something is on the screen. The bound is for a program that hangs, not for a slow one.
    fn until(&mut self, what: &str, seen: impl Fn(&Harness<'static, App>) -> bool) {
        let start = Instant::now();
        loop {
            self.harness.step();
            if seen(&self.harness) {
                return;
            }
            assert!(
                start.elapsed() < Duration::from_secs(90),
                "{what} never came:\n{}",
                self.texts().join("\n")
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn until_label(&mut self, label: &str) {
        self.until(label, |harness| {
            harness.query_all_by_label_contains(label).next().is_some()
        });
    }

    fn click(&mut self, label: &str) {
        self.until_label(label);
        self.harness
            .query_all_by_label_contains(label)
            .next()
            .unwrap()
            .click();
        self.harness.step();
    }

    fn drop_on_it(&mut self, path: &Path) {
        self.harness
            .input_mut()
            .dropped_files
            .push(std::sync::Arc::new(Dropped(path.to_owned())));
        self.harness.step();
    }

    fn texts(&self) -> Vec<String> {
        let nodes = self.harness.root().children_recursive();
        nodes
            .filter_map(|node| {
                node.accesskit_node()
                    .label()
                    .or(node.accesskit_node().value())
            })
            .collect()
    }
}

#[test]
fn a_dropped_study_is_uploaded_verified_and_found_in_orders() {
    let study = tempfile::tempdir().unwrap();
    let files = write_sample_study(study.path()).unwrap();
    let mut window = Window::open(false);
    window.click("Open the practice workspace");
    window.until_label("Drop study folders here");
    window.drop_on_it(study.path());
    window.until_label("1 patient, 1 study");
    window.click("Upload 1 study");
    window.until_label("Verified");
    window.until_label(&format!("{0} of {0} images are in the order", files.len()));
    window.click("Show the order of");
    window.until_label("1 order");
    window.until_label("Öberg, Märta");
    // And behind the window's back: the server holds the same bytes.
    let held = program::stored(&window.home.path().join("practice"));
    assert_eq!(held.len(), files.len());
    let mut sent: Vec<Vec<u8>> = files
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect();
    let mut stored: Vec<Vec<u8>> = held
        .iter()
        .map(|(_, file)| std::fs::read(file).unwrap())
        .collect();
    sent.sort();
    stored.sort();
    assert!(sent == stored);
}

/// Whether these bytes stand among those.
fn holds(bytes: &[u8], sought: &[u8]) -> bool {
    bytes.windows(sought.len()).any(|part| part == sought)
}

#[test]
fn a_study_that_is_de_identified_in_the_window_reaches_the_server_without_its_name_and_is_verified()
{
    let study = tempfile::tempdir().unwrap();
    let files = write_sample_study(study.path()).unwrap();
    let before = std::fs::read(&files[0]).unwrap();
    let identities: [&[u8]; 3] = ["Öberg".as_bytes(), "Märta".as_bytes(), b"19510203"];
    assert!(
        identities.iter().all(|one| holds(&before, one)),
        "the original has them"
    );
    let mut window = Window::open(true);
    window.until_label("Drop study folders here");
    window.drop_on_it(study.path());
    window.until_label("1 patient, 1 study");
    window.click("De-identify");
    window.until_label("Nothing changes");
    window.click("Basic profile");
    // What really changes in the image in front, by this computer's own key.
    window.until_label("What changes");
    window.until_label("Öberg^Märta");
    window.until_label("Checked: no trace of the name, ID or birth date");
    window.until_label("De-identified: Basic profile, dates removed.");
    window.click("Upload 1 study");
    window.until_label("Verified");
    window.until_label(&format!("{0} of {0} images are in the order", files.len()));
    let held = program::stored(&window.home.path().join("practice"));
    assert_eq!(held.len(), files.len());
    for (_, file) in &held {
        let bytes = std::fs::read(file).unwrap();
        for sought in identities {
            assert!(!holds(&bytes, sought), "{}", file.display());
        }
        assert!(holds(&bytes, b"ANON-"));
    }
}

#[test]
fn the_sample_study_is_one_press_away_in_the_practice_workspace() {
    let mut window = Window::open(true);
    window.click("Try it with a sample study");
    window.until_label("Upload 1 study");
    window.until_label("Thorax with contrast");
    window.click("Upload 1 study");
    window.until_label("are in the order");
}

#[test]
fn a_damaged_file_is_said_before_and_after_the_upload() {
    let study = tempfile::tempdir().unwrap();
    let files = write_sample_study(study.path()).unwrap();
    let bytes = std::fs::read(&files[0]).unwrap();
    std::fs::write(&files[0], &bytes[..bytes.len() - 1000]).unwrap();
    std::fs::write(study.path().join("readme.txt"), "no image").unwrap();
    let mut window = Window::open(true);
    window.until_label("Drop study folders here");
    window.drop_on_it(study.path());
    window.until_label("2 files skipped");
    window.click("Upload 1 study");
    window.until_label("Needs attention");
    window.until_label(files[0].file_name().unwrap().to_str().unwrap());
}

#[test]
fn wrong_keys_are_refused_in_words_and_the_form_stays() {
    let data = tempfile::tempdir().unwrap();
    let practice = program::Practice::start(data.path());
    let mut window = Window::open(false);
    window.until_label("Sign in");
    window.click("Advanced");
    let type_in = |window: &mut Window, label: &str, text: &str| {
        window.until_label(label);
        let field = |harness: &Harness<'static, App>| {
            harness.query_all_by_label_contains(label).any(|node| {
                node.accesskit_node().role() == egui::accesskit::Role::TextInput
                    || node.accesskit_node().role() == egui::accesskit::Role::PasswordInput
            })
        };
        window.until(label, field);
        let is_field = |role| {
            role == egui::accesskit::Role::TextInput || role == egui::accesskit::Role::PasswordInput
        };
        let node = window
            .harness
            .query_all_by_label_contains(label)
            .find(|node| is_field(node.accesskit_node().role()));
        node.unwrap().focus();
        window.harness.step();
        window
            .harness
            .key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        window.harness.step();
        window.harness.event(egui::Event::Paste(text.to_owned()));
        window.harness.step();
    };
    type_in(
        &mut window,
        "Account key",
        practice.hello["account_key"].as_str().unwrap(),
    );
    type_in(
        &mut window,
        "API key",
        "{3f2c9a10-5f0e-4c1b-9a57-0c2f8f1f77a2}",
    );
    type_in(
        &mut window,
        "Router address",
        practice.hello["router"].as_str().unwrap(),
    );
    window
        .harness
        .get_by_role_and_label(egui::accesskit::Role::Button, "Sign in")
        .click();
    window.until_label("did not accept the keys");
    type_in(
        &mut window,
        "API key",
        practice.hello["api_key"].as_str().unwrap(),
    );
    window
        .harness
        .get_by_role_and_label(egui::accesskit::Role::Button, "Sign in")
        .click();
    window.until_label("Drop study folders here");
}

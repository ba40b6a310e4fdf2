//! The pages in a real browser: headless Chromium draws them, and what it drew is looked at.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::judges::chromium;
use crate::common::program::{Practice, Run};
use image::RgbImage;
use rusqlite::{Connection, params};
use tempfile::TempDir;

/// The window that is drawn.
const WIDTH: u32 = 1100;
const HEIGHT: u32 = 900;

/// As where the reader's system is dark; without it a headless browser says light.
const DARK: &str = "--blink-settings=preferredColorScheme=0";

/// A practice server in a process of its own that holds a sample study, and a folder for pictures of its pages.
struct Stage {
    practice: Practice,
    db: Connection,
    home: TempDir,
    _data: TempDir,
}

impl Stage {
    fn new() -> Self {
        let (data, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let practice = Practice::start(data.path());
        let sample = home.path().join("sample");
        studydrop::dicom::sample::write_sample_study(&sample).unwrap();
        let sent: Run = practice.run(home.path(), &["upload", sample.to_str().unwrap()]);
        assert_eq!(sent.status, 0, "{}", sent.says());
        let db = Connection::open(data.path().join("practice.sqlite")).unwrap();
        db.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
        Stage {
            practice,
            db,
            home,
            _data: data,
        }
    }

    fn one(&self, sql: &str) -> String {
        self.db.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// A view with the sample study, or with nothing.
    fn view(&self, token: &str, filled: bool) -> String {
        let user = self.one("SELECT uuid FROM user ORDER BY position LIMIT 1");
        let view = "INSERT INTO view VALUES (?1, ?2, NULL, unixepoch())";
        self.db.execute(view, params![token, user]).unwrap();
        if filled {
            let order = self.one("SELECT uuid FROM patient_order");
            let row = "INSERT INTO view_order VALUES (?1, ?2, 0)";
            self.db.execute(row, params![token, order]).unwrap();
        }
        format!("http://{}/view/{token}", self.practice.address())
    }

    fn chromium(&self, program: &Path, more: &[&str], address: &str) -> Run {
        let profile = tempfile::tempdir().unwrap();
        let output = Command::new(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--force-device-scale-factor=1",
                "--timeout=60000",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("--window-size={WIDTH},{HEIGHT}"))
            .args(more)
            .arg(address)
            .env("HOME", self.home.path())
            .stdin(Stdio::null())
            .output()
            .expect("Chromium runs");
        Run::of(output)
    }

    fn drawn(&self, program: &Path, address: &str, more: &[&str]) -> RgbImage {
        let file = self.home.path().join("drawn.png");
        let _ = std::fs::remove_file(&file);
        let shot = format!("--screenshot={}", file.display());
        let mut flags = vec![shot.as_str()];
        flags.extend(more);
        let run = self.chromium(program, &flags, address);
        let drawn = image::open(&file).unwrap_or_else(|error| panic!("{error}: {}", run.err));
        if let Some(keep) = std::env::var_os("STUDYDROP_KEEP_PICTURES") {
            let name = address.rsplit('/').next().unwrap_or_default();
            std::fs::copy(
                &file,
                Path::new(&keep).join(format!("{name}{}.png", more.len())),
            )
            .unwrap();
        }
        drawn.to_rgb8()
    }
}

/// The share of the pixels that are greys between black and white, as a CT is and the page is not: its colours are
/// tinted, and letters are thin.
fn greys(drawn: &RgbImage) -> f64 {
    let grey = |pixel: &&image::Rgb<u8>| {
        let [red, green, blue] = pixel.0;
        red == green && green == blue && (1..=254).contains(&red)
    };
    drawn.pixels().filter(grey).count() as f64 / f64::from(drawn.width() * drawn.height())
}

#[test]
fn a_browser_draws_the_pictures_of_a_view() {
    let Some(program) = chromium() else { return };
    let stage = Stage::new();
    let (full, empty) = (stage.view("full", true), stage.view("empty", false));
    let dom = stage.chromium(&program, &["--dump-dom"], &full).out;
    assert_eq!(dom.matches("<img ").count(), 12, "{dom}");
    assert!(!dom.contains("<script"), "{dom}");

    let (with, without) = (
        stage.drawn(&program, &full, &[]),
        stage.drawn(&program, &empty, &[]),
    );
    assert_eq!((with.width(), with.height()), (WIDTH, HEIGHT));
    assert!(
        greys(&with) > 0.05,
        "{} of the page are greys",
        greys(&with)
    );
    assert!(
        greys(&without) < 0.01,
        "{} of the page are greys",
        greys(&without)
    );

    // Each reader's system has its own colours, and the pictures are the same in both.
    let ground = |drawn: &RgbImage| drawn.get_pixel(2, HEIGHT - 2).0;
    let dark = stage.drawn(&program, &full, &[DARK]);
    assert_eq!(ground(&dark), [0x11, 0x15, 0x1a]);
    assert_eq!(ground(&with), [0xf3, 0xf5, 0xf7]);
    assert!((greys(&dark) - greys(&with)).abs() < 0.02);
}

#[test]
fn a_browser_shows_a_shares_page_only_for_its_password() {
    let Some(program) = chromium() else { return };
    let stage = Stage::new();
    let (user, order) = (
        stage.one("SELECT uuid FROM user ORDER BY position LIMIT 1"),
        stage.one("SELECT uuid FROM patient_order"),
    );
    let share =
        "INSERT INTO share (uuid, kind, token, user, password, title, can_download, created)
        VALUES (?1, 'Url', ?1, ?2, ?3, 'For a second opinion', 1, unixepoch())";
    for (token, password) in [("closed", "x"), ("open", "")] {
        stage
            .db
            .execute(share, params![token, user, password])
            .unwrap();
        let row = "INSERT INTO share_order VALUES (?1, ?2)";
        stage.db.execute(row, params![token, order]).unwrap();
    }
    let address = |token| format!("http://{}/share/{token}", stage.practice.address());
    let (closed, open) = (
        stage.drawn(&program, &address("closed"), &[DARK]),
        stage.drawn(&program, &address("open"), &[DARK]),
    );
    assert!(greys(&closed) < 0.01 && greys(&open) > 0.05);
}

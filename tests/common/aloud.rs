//! Past the test runner, which keeps to itself what passing tests print.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// Says one line on standard error.
pub fn aloud(text: &str) {
    // A closed standard error is no reason for a test to fail.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Says that the test of this thread, or a part of it, does not run, and why. `.ci/tests` counts these at its end: each is
/// a line of `target/tmp/not-run.txt`, the test's name and the reason with a tab between.
pub fn not_run(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    aloud(&format!("not run: {test}: {why}"));
    let list = Path::new(env!("CARGO_TARGET_TMPDIR")).join("not-run.txt");
    let written = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&list)
        .and_then(|mut list| list.write_all(format!("{test}\t{why}\n").as_bytes()));
    written.expect("the list of tests that did not run can be written");
}

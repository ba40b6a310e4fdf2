//! Past the test runner, which keeps to itself what passing tests print.

use std::io::Write;

/// Says one line on standard error.
pub fn aloud(text: &str) {
    // A closed standard error is no reason for a test to fail.
    let _ = writeln!(std::io::stderr(), "{text}");
}

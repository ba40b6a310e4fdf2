//! Progress bars on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Progress on standard error. Prints nothing if that is not a terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A counter without a known total.
    pub(super) fn counting(what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(style("{msg}: {human_pos}"));
        bar.set_message(what);
        Progress(bar)
    }

    /// A bar over bytes.
    pub(super) fn bytes(total: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        bar.set_style(style(
            "{msg} [{wide_bar}] {binary_bytes} of {binary_total_bytes}  {binary_bytes_per_sec}  {eta} left",
        ));
        bar.enable_steady_tick(Duration::from_millis(250));
        Progress(bar)
    }

    pub(super) fn add(&self, count: u64) {
        self.0.inc(count);
    }

    pub(super) fn show(&self, done: u64, total: u64, message: String) {
        self.0.set_length(total);
        self.0.set_position(done);
        self.0.set_message(message);
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

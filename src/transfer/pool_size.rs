//! How many sockets are worth having, found by trying: more are opened while that brings more bytes a second, and those
//! that bring nothing are closed again.

use std::time::{Duration, Instant};

/// Sockets to begin with.
const START: usize = 2;
/// The shortest time over which a rate is measured; on a slow line it is two answers' time.
const WINDOW: Duration = Duration::from_millis(200);
/// While nothing changes, another number is tried this often.
const BETWEEN_TRIALS: Duration = Duration::from_secs(5);
/// From this answering time on the number is quadrupled while it grows, else doubled.
const SLOW: Duration = Duration::from_millis(40);
/// More sockets must bring at least this much more; fewer may cost at most this much.
const GAIN: f64 = 1.05;
const LOSS: f64 = 0.97;

/// Decides on the number of sockets.
#[derive(Debug)]
pub(super) struct Pace {
    limit: usize,
    target: usize,
    trial: Trial,
    window: Option<Window>,
    /// Smoothed time from a part to its answer.
    latency: Duration,
}

#[derive(Debug)]
struct Window {
    since: Instant,
    bytes: u64,
    answers: usize,
}

/// What the number that is open now is measured for.
#[derive(Debug, Clone, Copy)]
enum Trial {
    /// Whether it is better than fewer, which had this rate.
    Growing { before: f64, from: usize },
    /// Nothing: it is the best known.
    Resting { since: Instant, up_next: bool },
    /// The rate of the best known number, before another one is tried.
    Measuring { up: bool },
    /// Whether another number is better than the best known one with its rate.
    Trying { before: f64, from: usize },
}

impl Pace {
    pub(super) fn new(limit: usize) -> Self {
        Pace {
            limit: limit.max(1),
            target: START.min(limit.max(1)),
            trial: Trial::Growing {
                before: 0.0,
                from: 1,
            },
            window: None,
            latency: Duration::ZERO,
        }
    }

    /// Sockets to have open.
    pub(super) fn target(&self) -> usize {
        self.target
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit.max(1);
        if self.target > self.limit {
            self.target = self.limit;
            self.window = None;
        }
    }

    /// Forgets what was measured: the line has broken, or nothing was to be sent for a while.
    pub(super) fn restart(&mut self) {
        *self = Pace::new(self.limit);
    }

    /// A part of so many bytes was answered after `took`, while `open` sockets were open. `busy` says whether parts wait
    /// for a socket: else the line is not what holds them up, and nothing can be learnt.
    pub(super) fn answered(
        &mut self,
        now: Instant,
        bytes: u64,
        took: Duration,
        open: usize,
        busy: bool,
    ) {
        self.latency = match self.latency {
            Duration::ZERO => took,
            before => (before * 7 + took) / 8,
        };
        if !busy || open < self.target {
            self.window = None;
            return;
        }
        let window = self.window.get_or_insert(Window {
            since: now,
            bytes: 0,
            answers: 0,
        });
        if window.since == now {
            // What was answered in the moment in which the window opens was sent before it.
            return;
        }
        window.bytes += bytes;
        window.answers += 1;
        let elapsed = now.saturating_duration_since(window.since);
        if elapsed < WINDOW.max(self.latency * 2) || window.answers < self.target * 2 {
            return;
        }
        let rate = rate(window.bytes, elapsed);
        self.window = None;
        self.judge(now, rate);
    }

    fn judge(&mut self, now: Instant, rate: f64) {
        let rest = |up_next| Trial::Resting {
            since: now,
            up_next,
        };
        self.trial = match self.trial {
            Trial::Growing { before, from } if rate < before * GAIN => {
                self.target = from;
                rest(false)
            }
            Trial::Growing { .. } if self.target >= self.limit => rest(false),
            Trial::Growing { .. } => {
                let from = self.target;
                let factor = if self.latency >= SLOW { 4 } else { 2 };
                self.target = (from * factor).min(self.limit);
                Trial::Growing { before: rate, from }
            }
            Trial::Resting { since, up_next } => {
                if now.saturating_duration_since(since) < BETWEEN_TRIALS {
                    return;
                }
                Trial::Measuring { up: up_next }
            }
            Trial::Measuring { up } => {
                let from = self.target;
                let step = (from / 4).max(1);
                self.target = if up {
                    (from + step).min(self.limit)
                } else {
                    (from - step).max(1)
                };
                match self.target == from {
                    true => rest(!up),
                    false => Trial::Trying { before: rate, from },
                }
            }
            Trial::Trying { before, from } => {
                let up = self.target > from;
                let worth_it = rate >= before * if up { GAIN } else { LOSS };
                match (worth_it, up) {
                    // It may be worth even more.
                    (true, true) => Trial::Growing { before, from },
                    (true, false) => Trial::Measuring { up: false },
                    (false, _) => {
                        self.target = from;
                        rest(!up)
                    }
                }
            }
        };
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "bytes of a window are far below 2^53"
)]
fn rate(bytes: u64, elapsed: Duration) -> f64 {
    bytes as f64 / elapsed.as_secs_f64().max(1e-6)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: u64 = 512 * 1024;

    /// A line with an answering time and a most bytes a second: runs for `time` and gives the number at its end.
    fn run(pace: &mut Pace, latency: Duration, most: f64, time: Duration) -> usize {
        let start = Instant::now();
        let mut now = Duration::ZERO;
        while now < time {
            let open = pace.target();
            let each = PART as f64 / latency.as_secs_f64();
            let all = (each * open as f64).min(most);
            now += Duration::from_secs_f64(PART as f64 / all);
            let took = latency.max(Duration::from_secs_f64(PART as f64 * open as f64 / all));
            pace.answered(start + now, PART, took, open, true);
        }
        pace.target()
    }

    #[test]
    fn a_line_with_a_long_way_gets_all_sockets_quickly() {
        let mut pace = Pace::new(32);
        let long = Duration::from_millis(150);
        assert_eq!(run(&mut pace, long, 1e12, Duration::from_secs(3)), 32);
        // And keeps nearly all of them.
        assert!(run(&mut pace, long, 1e12, Duration::from_secs(60)) >= 28);
    }

    #[test]
    fn a_line_that_is_full_with_few_gets_no_more() {
        let mut pace = Pace::new(32);
        let short = Duration::from_millis(1);
        let most = 1.5 * PART as f64 / short.as_secs_f64();
        let open = run(&mut pace, short, most, Duration::from_secs(60));
        assert!((1..=4).contains(&open), "{open}");
    }

    #[test]
    fn sockets_that_bring_nothing_any_more_are_closed() {
        let mut pace = Pace::new(32);
        let long = Duration::from_millis(100);
        assert_eq!(run(&mut pace, long, 1e12, Duration::from_secs(5)), 32);
        // The line has become narrow: eight would fill it.
        let most = 8.0 * PART as f64 / long.as_secs_f64();
        let open = run(&mut pace, long, most, Duration::from_secs(120));
        assert!((6..=12).contains(&open), "{open}");
    }

    #[test]
    fn nothing_is_learnt_while_the_line_is_not_what_holds_up() {
        let mut pace = Pace::new(32);
        let start = Instant::now();
        for step in 1..2000 {
            let now = start + Duration::from_millis(step);
            pace.answered(now, PART, Duration::from_millis(1), 2, false);
        }
        assert_eq!(pace.target(), 2);
    }

    #[test]
    fn the_limit_holds_at_once() {
        let mut pace = Pace::new(32);
        run(
            &mut pace,
            Duration::from_millis(150),
            1e12,
            Duration::from_secs(3),
        );
        pace.set_limit(4);
        assert_eq!(pace.target(), 4);
        assert_eq!(Pace::new(0).target(), 1);
    }
}

//! How fast a transfer goes, smoothed so that a person can read it.

use std::time::{Duration, Instant};

/// Measures bytes over time with an exponentially weighted mean.
#[derive(Debug)]
pub(super) struct Meter {
    last: Option<(Instant, u64)>,
    speed: Option<f64>,
}

/// Half of the weight lies on about this much time.
const SMOOTHING: Duration = Duration::from_secs(2);
/// Samples closer together than this say nothing.
const SHORTEST: Duration = Duration::from_millis(100);

impl Meter {
    pub(super) fn new() -> Self {
        Meter {
            last: None,
            speed: None,
        }
    }

    /// Forgets the past: after a pause or a lost connection the old speed says nothing.
    pub(super) fn reset(&mut self) {
        *self = Meter::new();
    }

    /// Takes a sample: so many bytes in all were acknowledged by now.
    #[expect(
        clippy::cast_precision_loss,
        reason = "byte counts stay far below 2^53"
    )]
    pub(super) fn sample(&mut self, now: Instant, bytes: u64) {
        let Some((then, before)) = self.last else {
            self.last = Some((now, bytes));
            return;
        };
        let elapsed = now.saturating_duration_since(then);
        if elapsed < SHORTEST {
            return;
        }
        let current = bytes.saturating_sub(before) as f64 / elapsed.as_secs_f64();
        let weight = 1.0 - (-elapsed.as_secs_f64() / SMOOTHING.as_secs_f64()).exp();
        self.speed = Some(
            self.speed
                .map_or(current, |old| old + weight * (current - old)),
        );
        self.last = Some((now, bytes));
    }

    /// Bytes a second.
    pub(super) fn speed(&self) -> Option<f64> {
        self.speed.filter(|speed| *speed >= 1.0)
    }

    /// Seconds until so many bytes more are through.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rounded estimate of seconds"
    )]
    pub(super) fn seconds_left(&self, bytes: u64) -> Option<u64> {
        self.speed()
            .map(|speed| (bytes as f64 / speed).ceil() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_stream_shows_its_speed_and_the_time_left() {
        let (mut meter, start) = (Meter::new(), Instant::now());
        for step in 0..20 {
            meter.sample(start + Duration::from_millis(500 * step), step * 500_000);
        }
        let speed = meter.speed().unwrap();
        assert!((speed - 1_000_000.0).abs() < 1.0, "{speed}");
        assert_eq!(meter.seconds_left(10_000_000), Some(10));
    }

    #[test]
    fn a_clock_that_stands_still_divides_nothing_by_zero() {
        let (mut meter, now) = (Meter::new(), Instant::now());
        meter.sample(now, 0);
        meter.sample(now, 1_000);
        assert_eq!(meter.speed(), None);
    }
}

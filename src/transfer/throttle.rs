//! A limit on the bytes a second, for a line that others need too.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use tokio::time::{Instant, sleep_until};

/// Lets bytes pass at a rate. Whoever waits is served in the order of coming.
pub(super) struct Throttle {
    /// Bytes a second; 0 is no limit.
    limit: AtomicU64,
    changed: Notify,
    /// When the line is free for the next one.
    free_at: Mutex<Instant>,
}

impl Throttle {
    pub(super) fn new(limit: Option<u64>) -> Self {
        Throttle {
            limit: AtomicU64::new(limit.unwrap_or(0)),
            changed: Notify::new(),
            free_at: Mutex::new(Instant::now()),
        }
    }

    /// Holds at once, for those who wait too.
    pub(super) fn set(&self, limit: Option<u64>) {
        if self.limit.swap(limit.unwrap_or(0), Ordering::Relaxed) != limit.unwrap_or(0) {
            self.changed.notify_one();
        }
    }

    /// Returns when so many bytes may be sent.
    pub(super) async fn pass(&self, bytes: usize) {
        if self.limit.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut free_at = self.free_at.lock().await;
        loop {
            let limit = self.limit.load(Ordering::Relaxed);
            if limit == 0 {
                return;
            }
            let Err(until) = go(&mut free_at, Instant::now(), bytes, limit) else {
                return;
            };
            tokio::select! {
                () = sleep_until(until) => {}
                // What was reckoned with the old limit says nothing any more.
                () = self.changed.notified() => *free_at = Instant::now(),
            }
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a part and a rate are far below 2^53"
)]
fn cost(bytes: usize, limit: u64) -> Duration {
    // A part at one byte a second would take six days: the clock can hold that.
    Duration::from_secs_f64(bytes as f64 / limit as f64)
}

/// Takes the line, or says when it is free.
fn go(free_at: &mut Instant, now: Instant, bytes: usize, limit: u64) -> Result<(), Instant> {
    if *free_at > now {
        return Err(*free_at);
    }
    *free_at = now + cost(bytes, limit);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_pass_at_the_rate() {
        let start = Instant::now();
        let (mut free_at, mut now) = (start, start);
        for _ in 0..5 {
            while let Err(until) = go(&mut free_at, now, 500, 1000) {
                now = until;
            }
        }
        // The first goes at once, each further one after half a second.
        assert_eq!(now - start, Duration::from_secs(2));
        // A line that was not used for a while has saved nothing up.
        now += Duration::from_secs(60);
        assert_eq!(go(&mut free_at, now, 500, 1000), Ok(()));
        assert_eq!(
            go(&mut free_at, now, 500, 1000),
            Err(now + Duration::from_millis(500))
        );
    }

    #[tokio::test]
    async fn a_lifted_limit_lets_everybody_go() {
        let throttle = Throttle::new(Some(1));
        // The line is taken for six days.
        throttle.pass(512 * 1024).await;
        let lifting = async {
            tokio::task::yield_now().await;
            throttle.set(None);
        };
        tokio::join!(throttle.pass(1), throttle.pass(1), lifting);
    }
}

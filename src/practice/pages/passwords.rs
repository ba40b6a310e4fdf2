//! Passwords of shares: who has given one, and who has guessed too often. All of it is in memory and goes with the
//! server.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::practice::store::{Sum, sum};

/// How long a password that was given counts.
const OPEN_FOR: Duration = Duration::from_secs(12 * 60 * 60);
/// The most visitors that are remembered; the oldest then has to type the password again.
const MOST_OPEN: usize = 10_000;
/// So many wrong passwords in a row cost nothing.
const FREE_GUESSES: u32 = 5;
/// What the first one beyond costs; each further one costs twice as much.
const FIRST_WAIT: Duration = Duration::from_secs(15);
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// What is remembered.
#[derive(Default)]
pub(super) struct Doors(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// By the digest of the cookie's value: so how long a search takes tells nothing of a value.
    open: HashMap<Sum, Open>,
    /// By share: so never more than there are shares.
    wrong: HashMap<String, Wrong>,
}

struct Open {
    share: String,
    since: Instant,
}

struct Wrong {
    guesses: u32,
    last: Instant,
}

/// Why a password is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Denied {
    Wrong,
    /// No password is looked at before that.
    Wait(Duration),
}

impl Doors {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this cookie stands for the password of this share.
    pub(super) fn is_open(&self, share: &str, cookie: &str, at: Instant) -> bool {
        self.known()
            .open
            .get(&sum(cookie.as_bytes()))
            .is_some_and(|open| open.share == share && at.duration_since(open.since) < OPEN_FOR)
    }

    /// Takes a password. Gives a cookie's value that is nobody else's.
    pub(super) fn enter(
        &self,
        share: &str,
        password: &str,
        given: &str,
        at: Instant,
    ) -> Result<String, Denied> {
        let mut known = self.known();
        let guesses = match known.wrong.get(share) {
            Some(wrong) => {
                let left = wait(wrong.guesses).saturating_sub(at.duration_since(wrong.last));
                if !left.is_zero() {
                    return Err(Denied::Wait(left));
                }
                wrong.guesses
            }
            None => 0,
        };
        if !same(password, given) {
            let wrong = Wrong {
                guesses: guesses.saturating_add(1),
                last: at,
            };
            known.wrong.insert(share.to_owned(), wrong);
            return Err(Denied::Wrong);
        }
        known.wrong.remove(share);
        known.make_room(at);
        let value = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let open = Open {
            share: share.to_owned(),
            since: at,
        };
        known.open.insert(sum(value.as_bytes()), open);
        Ok(value)
    }
}

impl Known {
    fn make_room(&mut self, at: Instant) {
        if self.open.len() < MOST_OPEN {
            return;
        }
        self.open
            .retain(|_, open| at.duration_since(open.since) < OPEN_FOR);
        let oldest = self
            .open
            .iter()
            .min_by_key(|(_, open)| open.since)
            .map(|(key, _)| *key);
        if let Some(oldest) = oldest.filter(|_| self.open.len() >= MOST_OPEN) {
            self.open.remove(&oldest);
        }
    }
}

/// How long nothing is looked at after so many wrong passwords.
fn wait(guesses: u32) -> Duration {
    match guesses.checked_sub(FREE_GUESSES) {
        None => Duration::ZERO,
        Some(beyond) => FIRST_WAIT
            .saturating_mul(1_u32.checked_shl(beyond).unwrap_or(u32::MAX))
            .min(LONGEST_WAIT),
    }
}

/// Compares digests to their end, so that the time tells neither length nor beginning of the password.
fn same(password: &str, given: &str) -> bool {
    let (password, given) = (sum(password.as_bytes()), sum(given.as_bytes()));
    let differing = password
        .iter()
        .zip(given)
        .fold(0_u8, |all, (a, b)| all | (a ^ b));
    std::hint::black_box(differing) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_opens_its_share_and_no_other_until_the_next_day() {
        let doors = Doors::default();
        let at = Instant::now();
        let cookie = doors.enter("a", "pass", "pass", at).unwrap();
        assert!(doors.is_open("a", &cookie, at));
        assert!(!doors.is_open("b", &cookie, at));
        assert!(!doors.is_open("a", "", at));
        assert!(!doors.is_open("a", &cookie, at + OPEN_FOR));
        assert_ne!(doors.enter("a", "pass", "pass", at), Ok(cookie));
    }

    #[test]
    fn who_guesses_on_waits_longer_each_time_even_with_the_right_password() {
        let doors = Doors::default();
        let mut at = Instant::now();
        for _ in 0..FREE_GUESSES {
            assert_eq!(doors.enter("a", "pass", "Pass", at), Err(Denied::Wrong));
        }
        assert_eq!(
            doors.enter("a", "pass", "pass", at),
            Err(Denied::Wait(FIRST_WAIT))
        );
        assert!(
            doors.enter("b", "pass", "pass", at).is_ok(),
            "another share"
        );
        at += FIRST_WAIT;
        assert_eq!(doors.enter("a", "pass", "", at), Err(Denied::Wrong));
        assert_eq!(
            doors.enter("a", "pass", "pass", at),
            Err(Denied::Wait(FIRST_WAIT * 2))
        );
        at += FIRST_WAIT * 2;
        assert!(doors.enter("a", "pass", "pass", at).is_ok());
        assert_eq!(doors.enter("a", "pass", "x", at), Err(Denied::Wrong));
        assert!(doors.enter("a", "pass", "pass", at).is_ok(), "counted anew");
        assert_eq!(wait(u32::MAX), LONGEST_WAIT);
    }

    #[test]
    fn visitors_beyond_the_most_push_out_the_oldest() {
        let doors = Doors::default();
        let at = Instant::now();
        let first = doors.enter("a", "pass", "pass", at).unwrap();
        for number in 0..MOST_OPEN {
            let later = at + Duration::from_millis(1 + number as u64);
            doors.enter("a", "pass", "pass", later).unwrap();
        }
        assert!(!doors.is_open("a", &first, at));
        assert_eq!(doors.known().open.len(), MOST_OPEN);
    }
}

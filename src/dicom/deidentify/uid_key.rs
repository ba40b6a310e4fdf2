//! What ties replacements to originals without giving these away: UIDs and offsets made with a key.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use super::table::is_well_known;

/// A key from which new UIDs and the offsets of dates are made. With the same one, the same originals get the same new
/// values; without it, these lead nowhere. It is worth as much as the list of originals: it belongs in a keychain.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// A key that is known already.
    pub fn new(bytes: [u8; 32]) -> Self {
        Secret(bytes)
    }

    /// A new key, from the system's random numbers.
    pub fn random() -> Self {
        let mut bytes = [0; 32];
        let parts = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()];
        bytes
            .iter_mut()
            .zip(parts.concat())
            .for_each(|(place, byte)| *place = byte);
        Secret(bytes)
    }

    /// For keeping it.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The new UID for one (PS3.5, B.2: "2.25." and a number of 128 bits, at most 44 characters). UIDs that the standard
    /// registers and empty ones stay.
    pub fn uid(&self, uid: &str) -> String {
        match uid.is_empty() || is_well_known(uid) {
            true => uid.to_owned(),
            false => format!("2.25.{}", self.number("uid", uid)),
        }
    }

    /// What a patient may be called where nobody says otherwise: the same one for the same ID and name, "ANON-7KQ2M9XD".
    pub fn pseudonym(&self, patient: &str) -> String {
        // Without letters and digits that are taken for each other.
        const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
        let mut number = self.number("pseudonym", patient);
        let mut name = "ANON-".to_owned();
        for _ in 0..8 {
            let at = usize::try_from(number % 32).unwrap_or_default();
            name.push(char::from(LETTERS.get(at).copied().unwrap_or(b'X')));
            number /= 32;
        }
        name
    }

    /// How far a patient's dates move into the past: one to ten years, in whole days. The time of day stays: a part of a
    /// day would tear apart what stands without a date from what stands with one.
    pub(super) fn offset(&self, patient: &str) -> Offset {
        let number = self.number("dates", patient);
        let part = |number: u128| i32::try_from(number).unwrap_or_default();
        Offset {
            days: 366 + part(number % 3285),
        }
    }

    fn number(&self, kind: &str, of: &str) -> u128 {
        let [first, ..] = self.halves(kind, of);
        u128::from_be_bytes(first)
    }

    fn halves(&self, kind: &str, of: &str) -> [[u8; 16]; 2] {
        let mut halves = [[0; 16]; 2];
        // A key of any length is taken (RFC 2104).
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0) else {
            return halves;
        };
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(of.as_bytes());
        let code = mac.finalize().into_bytes();
        halves
            .iter_mut()
            .flatten()
            .zip(code)
            .for_each(|(place, byte)| *place = byte);
        halves
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// How far dates move into the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset {
    pub(super) days: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_uids_are_valid_differ_and_are_the_same_again() {
        let (one, other) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let uid = one.uid("1.2.3");
        assert_eq!(uid, one.uid("1.2.3"));
        assert_ne!(uid, other.uid("1.2.3"));
        assert_ne!(uid, one.uid("1.2.30"));
        assert!(uid.starts_with("2.25.") && uid.len() <= 44);
        let digits = uid.strip_prefix("2.25.").unwrap();
        assert!(digits.parse::<u128>().unwrap().to_string() == digits);
        assert_eq!(
            one.uid("1.2.840.10008.1.4.1.1"),
            "1.2.840.10008.1.4.1.1",
            "a frame of reference that everybody has"
        );
        assert_eq!(one.uid(""), "");
        assert_eq!(format!("{one:?}"), "Secret");
        assert_ne!(Secret::random(), Secret::random());
    }

    #[test]
    fn the_code_is_that_of_rfc_4231() {
        // Test case 2 has the key "Jefe" and the data "what do ya want for nothing?"; here the key is padded with zeros,
        // as the function itself does it, and the data is parted by the zero that this module puts between.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let [first, _] = Secret::new(key).halves("what do ya want", " for nothing?");
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(b"Jefe").unwrap();
        mac.update(b"what do ya want\0 for nothing?");
        assert_eq!(first, mac.finalize().into_bytes()[..16]);
    }

    #[test]
    fn an_offset_is_a_patients_own() {
        let secret = Secret::new([7; 32]);
        let offset = secret.offset("P-1");
        assert_eq!(offset, secret.offset("P-1"));
        assert_ne!(offset, secret.offset("P-2"));
        for number in 0..200 {
            let offset = secret.offset(&number.to_string());
            assert!((366..3651).contains(&offset.days));
        }
    }
}

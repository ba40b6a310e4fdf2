//! UIDs in texts and bytes.

use std::collections::HashSet;
use std::ops::Range;

use super::table::is_well_known;

/// Shorter ones are as likely a version.
const SHORTEST: usize = 10;
/// UIDs of one file, at most.
const MOST: usize = 500_000;

/// UIDs that identify something of a file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Uids(HashSet<String>);

impl Uids {
    /// Takes those of a value, but for what the standard itself registers.
    pub(super) fn add(&mut self, value: &[u8]) {
        let text = String::from_utf8_lossy(value);
        for uid in text.split('\\') {
            let uid = uid.trim_matches(['\0', ' ']);
            let is_one =
                uid.len() >= SHORTEST && uid.bytes().filter(|byte| *byte == b'.').count() >= 3;
            if is_one && self.0.len() < MOST && !is_well_known(uid) {
                self.0.insert(uid.to_owned());
            }
        }
    }

    /// Leaves out the others.
    pub(super) fn remove(&mut self, others: &Uids) {
        self.0.retain(|uid| !others.0.contains(uid));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has(&self, uid: &str) -> bool {
        self.0.contains(uid)
    }

    /// Whether one of them stands there, and no longer one that begins or ends so.
    pub(super) fn are_in(&self, bytes: &[u8]) -> bool {
        let is_one = |run: Range<usize>| {
            let text = bytes.get(run).map(std::str::from_utf8);
            matches!(text, Some(Ok(uid)) if self.has(uid))
        };
        !self.is_empty() && runs(bytes).any(is_one)
    }
}

/// Where digits and dots stand that may be a UID, without dots at their ends.
pub(super) fn runs(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let begins = bytes.get(at..)?.iter().position(is_part)?;
            let start = at + begins;
            let rest = bytes.get(start..).unwrap_or_default();
            let length = rest.iter().position(|byte| !is_part(byte));
            let end = length.map_or(bytes.len(), |length| start + length);
            at = end;
            let run = bytes.get(start..end).unwrap_or_default();
            let dots = run.iter().take_while(|byte| **byte == b'.').count();
            let behind = run.iter().rev().take_while(|byte| **byte == b'.').count();
            if end - start >= SHORTEST + dots + behind {
                return Some(start + dots..end - behind);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_found_in_an_address_and_not_in_a_longer_one() {
        let mut uids = Uids::default();
        uids.add(b"1.2.826.0.1.77\\1.2.840.10008.1.2\0");
        assert!(uids.are_in(b"https://host/studies/1.2.826.0.1.77/series"));
        assert!(uids.are_in(b"see 1.2.826.0.1.77."));
        assert!(!uids.are_in(b"1.2.826.0.1.770"));
        assert!(!uids.are_in(b"9.1.2.826.0.1.77"));
        assert!(!uids.are_in(b"1.2.840.10008.1.2"));
        let found: Vec<_> = runs(b"..1.2.826.0.1.77.. 1.2 0123456789").collect();
        assert_eq!(found, [2..16, 23..33]);
    }
}

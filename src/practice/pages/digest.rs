//! The digest by which the store knows a file again.

use sha2::{Digest, Sha256};

use crate::cloud::wire::MAX_PART;

use crate::practice::store::{Sum, sum};

/// The digest of a file as uploads over the wire have it: that of the digests of its full parts. So the same file is
/// known again, whichever way it came.
#[derive(Default)]
pub(super) struct Digester {
    pub(super) size: u64,
    parts: Vec<Sum>,
    part: Sha256,
    filled: usize,
}

impl Digester {
    /// Takes the next bytes.
    pub(super) fn take(&mut self, mut bytes: &[u8]) {
        self.size += bytes.len() as u64;
        while !bytes.is_empty() {
            let room = (MAX_PART - self.filled).min(bytes.len());
            let (now, later) = bytes.split_at(room);
            self.part.update(now);
            self.filled += now.len();
            if self.filled == MAX_PART {
                self.next();
            }
            bytes = later;
        }
    }

    fn next(&mut self) {
        self.parts
            .push(std::mem::take(&mut self.part).finalize().into());
        self.filled = 0;
    }

    /// The digest of all that was taken.
    pub(super) fn end(mut self) -> Sum {
        if self.filled > 0 {
            self.next();
        }
        sum(self.parts.as_flattened())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_digest_that_its_parts_give_it_on_the_wire() {
        let bytes: Vec<u8> = (0..251).cycle().take(MAX_PART * 2 + 7).collect();
        let parts: Vec<Sum> = bytes.chunks(MAX_PART).map(sum).collect();
        let mut digester = Digester::default();
        for chunk in bytes.chunks(10_007) {
            digester.take(chunk);
        }
        assert_eq!(digester.size, bytes.len() as u64);
        assert_eq!(digester.end(), sum(parts.as_flattened()));
        let mut full = Digester::default();
        full.take(&bytes[..MAX_PART]);
        assert_eq!(full.end(), sum(&sum(&bytes[..MAX_PART])));
    }
}

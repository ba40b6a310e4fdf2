//! Deflated data, unpacked within a bound: a file of a megabyte can unpack to a thousand of them.

use std::io::{self, Read};

use flate2::read::DeflateDecoder;

use crate::dicom::media::MediaError;

/// How much may be unpacked, in bytes: so much whatever it is packed in; more only while that is no more than so many times
/// what it is packed in; and never more than the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dicom) struct Bound {
    /// At any ratio.
    free: u64,
    ratio: u64,
    most: u64,
}

const MIB: u64 = 1024 * 1024;

impl Bound {
    /// For what is read once and kept nowhere: up to more than the longest pixel data there is (PS3.5, 7.1.1).
    pub(in crate::dicom) const STREAM: Bound = Bound {
        free: 512 * MIB,
        ratio: 100,
        most: 5120 * MIB,
    };
    /// For what is held in memory as a whole.
    pub(in crate::dicom) const MEMORY: Bound = Bound {
        free: 128 * MIB,
        ratio: 40,
        most: 512 * MIB,
    };

    fn allows(self, unpacked: u64, packed: u64) -> bool {
        unpacked <= self.free
            || (unpacked <= self.most && unpacked <= packed.saturating_mul(self.ratio))
    }
}

/// Unpacks as it is read; beyond its bound reading fails with [`MediaError::OverBound`].
pub(in crate::dicom) struct Inflating<R> {
    decoder: DeflateDecoder<R>,
    bound: Bound,
}

impl<R: Read> Inflating<R> {
    pub(in crate::dicom) fn new(packed: R, bound: Bound) -> Self {
        Inflating {
            decoder: DeflateDecoder::new(packed),
            bound,
        }
    }
}

impl<R: Read> Read for Inflating<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(buffer)?;
        match self
            .bound
            .allows(self.decoder.total_out(), self.decoder.total_in())
        {
            true => Ok(read),
            false => Err(OVER.into()),
        }
    }
}

/// What is said of data beyond the bound.
const OVER: MediaError = MediaError::OverBound(
    "its deflated data set unpacks to more than is believed of a file of its size",
);

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::*;

    fn zeros(length: usize) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&vec![0; length]).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(packed: &[u8], bound: Bound) -> io::Result<u64> {
        io::copy(&mut Inflating::new(packed, bound), &mut io::sink())
    }

    #[test]
    fn what_unpacks_to_too_much_ends_with_an_error() {
        let packed = zeros(1_000_000);
        let bound = Bound {
            free: 100_000,
            ratio: 10,
            most: 10_000_000,
        };
        let error = unpacked(&packed, bound).unwrap_err();
        assert!(error.to_string().contains("more than is believed"));
        let (free, ratio) = (2_000_000, 10_000);
        assert_eq!(
            unpacked(&packed, Bound { free, ..bound }).unwrap(),
            1_000_000
        );
        assert_eq!(
            unpacked(&packed, Bound { ratio, ..bound }).unwrap(),
            1_000_000
        );
        let most = 500_000;
        assert!(
            unpacked(
                &packed,
                Bound {
                    ratio,
                    most,
                    ..bound
                }
            )
            .is_err()
        );
    }
}

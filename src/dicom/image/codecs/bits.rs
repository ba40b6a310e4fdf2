//! Bits of an entropy-coded segment, the highest first.

use super::Damage;

/// How a byte behind 0xFF is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stuffing {
    /// JPEG (T.81, F.1.2.3): a zero byte follows, which is none of the data.
    Byte,
    /// JPEG-LS (T.87, A.1): the next byte has seven bits.
    Bit,
}

/// Reads up to the next marker.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
    stuffing: Stuffing,
    last: u8,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8], at: usize, stuffing: Stuffing) -> Self {
        Bits {
            data,
            at,
            held: 0,
            count: 0,
            stuffing,
            last: 0,
        }
    }

    /// Where the reader stands: not before the next marker.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    fn fill(&mut self) {
        while self.count <= 48 {
            let Some(byte) = self.data.get(self.at).copied() else {
                return;
            };
            let mut width = 8;
            match self.stuffing {
                Stuffing::Byte if byte == 0xFF => match self.data.get(self.at + 1) {
                    Some(0) => self.at += 1,
                    _ => return,
                },
                Stuffing::Bit if self.last == 0xFF => width = 7,
                // The last byte before a marker is no 0xFF (T.87, A.1).
                Stuffing::Bit if byte == 0xFF => match self.data.get(self.at + 1) {
                    Some(0..=0x7F) => {}
                    _ => return,
                },
                _ => {}
            }
            self.at += 1;
            self.last = byte;
            self.held = self.held << width | u64::from(byte);
            self.count += width;
        }
    }

    /// The next bits, at most 32 of them.
    ///
    /// # Errors
    /// [`Damage::Cut`] where there are fewer.
    pub(super) fn take(&mut self, width: u32) -> Result<u32, Damage> {
        if self.count < width {
            self.fill();
        }
        self.count = self.count.checked_sub(width).ok_or(Damage::Cut)?;
        let mask = (1u64 << width) - 1;
        u32::try_from(self.held >> self.count & mask).map_err(|_| Damage::Broken)
    }

    /// One bit.
    ///
    /// # Errors
    /// [`Damage::Cut`] where there is none.
    pub(super) fn bit(&mut self) -> Result<bool, Damage> {
        Ok(self.take(1)? == 1)
    }

    /// Zeros up to the next one, which is taken too; at most `most` of them.
    ///
    /// # Errors
    /// Where there are more, or the data ends.
    pub(super) fn zeros(&mut self, most: u32) -> Result<u32, Damage> {
        let mut zeros = 0;
        while !self.bit()? {
            zeros += 1;
            if zeros > most {
                return Err(Damage::Broken);
            }
        }
        Ok(zeros)
    }

    /// Leaves the bits that are left before a restart marker, and the marker.
    ///
    /// # Errors
    /// [`Damage::Broken`] where there is none.
    pub(super) fn restart(&mut self) -> Result<(), Damage> {
        (self.held, self.count, self.last) = (0, 0, 0);
        while self.data.get(self.at) == Some(&0xFF) && self.data.get(self.at + 1) == Some(&0xFF) {
            self.at += 1;
        }
        match self.data.get(self.at..self.at + 2) {
            Some([0xFF, 0xD0..=0xD7]) => {
                self.at += 2;
                Ok(())
            }
            _ => Err(Damage::Broken),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffed_bits_and_bytes_are_no_data() {
        let mut bytes = Bits::new(&[0xFF, 0x00, 0x81, 0xFF, 0xD9], 0, Stuffing::Byte);
        assert_eq!(bytes.take(16), Ok(0xFF81));
        assert_eq!(bytes.bit(), Err(Damage::Cut));
        let mut bits = Bits::new(&[0xFF, 0x7F, 0x80, 0xFF, 0xD9], 0, Stuffing::Bit);
        assert_eq!(bits.take(16), Ok(0xFFFF));
        assert_eq!(bits.zeros(9), Err(Damage::Cut));
    }
}

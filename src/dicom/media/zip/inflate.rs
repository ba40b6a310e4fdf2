//! Unpacks deflated data forwards. The whole state can be copied, which the usual libraries do not offer, and a copy goes on
//! from where it was taken: that is how a packed file is read from its middle.

use std::io;
use std::ops::Range;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_HAS_MORE_INPUT;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::packed_reader::Raw;
use super::read_at::Place;
use crate::dicom::media::error::MediaError;

/// What unpacked data may refer back to, in bytes (RFC 1951, 2).
const WINDOW: usize = 32 * 1024;
/// Packed bytes that are read at a time.
const INPUT: usize = 8 * 1024;

#[derive(Clone)]
pub(in crate::dicom::media) struct Inflate {
    core: Box<DecompressorOxide>,
    window: Vec<u8>,
    /// What of `window` was not handed out.
    fresh: Range<usize>,
    input: Vec<u8>,
    used: usize,
    is_done: bool,
}

impl Inflate {
    pub(in crate::dicom::media) fn new() -> Self {
        Inflate {
            core: Box::default(),
            window: vec![0; WINDOW],
            fresh: 0..0,
            input: Vec::new(),
            used: 0,
            is_done: false,
        }
    }

    /// The next bytes; nothing at the end of the data.
    pub(in crate::dicom::media) fn read(
        &mut self,
        raw: &mut Raw,
        place: &dyn Place,
        buffer: &mut [u8],
    ) -> io::Result<usize> {
        while self.fresh.is_empty() && !self.is_done {
            self.unpack(raw, place)?;
        }
        let fresh = self.window.get(self.fresh.clone()).unwrap_or_default();
        let length = fresh.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), fresh.get(..length)) {
            to.copy_from_slice(from);
        }
        self.fresh.start += length;
        Ok(length)
    }

    fn unpack(&mut self, raw: &mut Raw, place: &dyn Place) -> io::Result<()> {
        if self.used == self.input.len() {
            // Nothing is left of it where the medium fails, so that reading may be tried again.
            let mut input = std::mem::take(&mut self.input);
            self.used = 0;
            input.resize(INPUT, 0);
            let read = raw.read(place, &mut input)?;
            input.truncate(read);
            self.input = input;
        }
        let input = self.input.get(self.used..).unwrap_or_default();
        let is_last = raw.is_at_end();
        let flags = if is_last {
            0
        } else {
            TINFL_FLAG_HAS_MORE_INPUT
        };
        let at = self.fresh.end % WINDOW;
        let (status, consumed, written) =
            decompress(&mut self.core, input, &mut self.window, at, flags);
        self.used += consumed;
        self.fresh = at..at + written;
        match status {
            TINFLStatus::Done => self.is_done = true,
            TINFLStatus::HasMoreOutput => {}
            TINFLStatus::NeedsMoreInput if !is_last => {}
            _ => return Err(MediaError::Damaged("its packed data is damaged").into()),
        }
        Ok(())
    }
}

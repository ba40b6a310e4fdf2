//! One entry of an archive, read like a file.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use super::checkpoints::Points;
use super::entry::{Checksum, Entry};
use super::inflate::Inflate;
use super::packed_reader::Raw;
use super::read_at::Place;
use crate::dicom::media::error::MediaError;

/// How far reading has come, without the file that is read: it may be kept while nobody holds the medium open.
#[derive(Clone)]
pub(in crate::dicom::media) struct State {
    raw: Raw,
    inflate: Option<Inflate>,
    /// What comes next, counted in unpacked bytes.
    pub(in crate::dicom::media) at: u64,
    /// Of everything before `at`; `None` where some of it was passed over.
    crc: Option<crc32fast::Hasher>,
}

/// An entry that is read. Seeking costs nothing until something is read there.
pub(in crate::dicom::media) struct Member {
    place: Arc<dyn Place>,
    beginning: State,
    now: State,
    /// Where the next read begins.
    position: u64,
    size: u64,
    checksum: Checksum,
    /// What stands behind the data and proves it whole.
    proof: Vec<u8>,
    points: Option<Arc<Points>>,
}

impl Member {
    /// `raw` stands at the entry's first byte, `proof` behind its last.
    pub(in crate::dicom::media) fn of(
        place: Arc<dyn Place>,
        entry: &Entry,
        raw: Raw,
        proof: Vec<u8>,
        points: Option<Arc<Points>>,
    ) -> Self {
        let beginning = State {
            raw,
            inflate: entry.is_deflated().then(Inflate::new),
            at: 0,
            crc: Some(crc32fast::Hasher::new()),
        };
        Member {
            place,
            now: beginning.clone(),
            beginning,
            position: 0,
            size: entry.size,
            checksum: entry.checksum(),
            proof,
            points,
        }
    }

    /// Whether its bytes stand in the archive as they are.
    fn is_plain(&self) -> bool {
        self.beginning.inflate.is_none() && self.beginning.raw.cipher.is_none()
    }

    /// Brings the state to `position`.
    fn go(&mut self) -> io::Result<()> {
        if self.now.at == self.position {
            return Ok(());
        }
        if self.is_plain() {
            self.now = self.beginning.clone();
            if self.position > 0 {
                self.now.crc = None;
                self.now.at = self.position;
                self.now.raw.at = self.beginning.raw.at.saturating_add(self.position);
            }
            return Ok(());
        }
        let point = self
            .points
            .as_ref()
            .and_then(|points| points.before(self.position));
        let is_behind = self.now.at > self.position;
        match point {
            Some(point) if is_behind || point.at > self.now.at => self.now = State::clone(&point),
            _ if is_behind => self.now = self.beginning.clone(),
            _ => {}
        }
        let mut passed = vec![0; 32 * 1024];
        while self.now.at < self.position {
            let left = usize::try_from(self.position - self.now.at).unwrap_or(usize::MAX);
            let length = passed.len().min(left);
            self.step(passed.get_mut(..length).unwrap_or_default())?;
        }
        Ok(())
    }

    /// Reads on from where the state is. With the last byte everything is checked, before it is handed out.
    fn step(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.size.saturating_sub(self.now.at)).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        let buffer = buffer.get_mut(..length).unwrap_or_default();
        if buffer.is_empty() {
            return Ok(0);
        }
        let before = self.now.at;
        let state = &mut self.now;
        let read = match &mut state.inflate {
            Some(inflate) => inflate.read(&mut state.raw, &*self.place, buffer)?,
            None => state.raw.read(&*self.place, buffer)?,
        };
        if read == 0 {
            let words = "it is shorter than its archive says";
            return Err(MediaError::Damaged(words).into());
        }
        state.at += read as u64;
        if let Some(crc) = &mut state.crc {
            crc.update(buffer.get(..read).unwrap_or_default());
        }
        if state.at == self.size {
            self.check()?;
        } else if let Some(points) = &self.points {
            points.pass(before, &self.now);
        }
        Ok(read)
    }

    /// At the end: whether what was read is what was put in.
    fn check(&mut self) -> io::Result<()> {
        let state = &mut self.now;
        let mut more = [0];
        let has_more = match &mut state.inflate {
            Some(inflate) => inflate.read(&mut state.raw, &*self.place, &mut more)? > 0,
            None => !state.raw.is_at_end(),
        };
        if has_more {
            return Err(MediaError::Damaged("it is longer than its archive says").into());
        }
        let Some(crc) = &state.crc else {
            return Ok(());
        };
        let is_right = match self.checksum {
            Checksum::Crc(right) => crc.clone().finalize() == right,
            Checksum::Proof => true,
        };
        let cipher = state.raw.cipher.as_ref();
        if is_right && cipher.is_none_or(|cipher| cipher.is_proved(&self.proof)) {
            return Ok(());
        }
        let words = "its checksum is wrong: it is not what was put into the archive";
        Err(MediaError::Damaged(words).into())
    }

    /// Keeps the place that was reached for others.
    fn leave(&self) {
        if let Some(points) = self.points.as_ref().filter(|_| self.now.at > 0) {
            points.leave(&self.now);
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Read for Member {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size || buffer.is_empty() {
            return Ok(0);
        }
        self.go()?;
        let read = self.step(buffer)?;
        self.position = self.now.at;
        Ok(read)
    }
}

impl Seek for Member {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// What an entry unpacks to, as a place: an archive inside an archive.
pub(in crate::dicom::media) struct Unpacked(pub(in crate::dicom::media) Mutex<Member>);

impl Place for Unpacked {
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let mut member = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        member.position = at;
        member.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::dicom::media::zip::entry::Record;

    /// A medium that fails so many times from a place on.
    struct Scratched {
        bytes: Vec<u8>,
        from: u64,
        times: AtomicU64,
    }

    impl Place for Scratched {
        fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
            let less = |times: u64| times.checked_sub(1);
            let order = Ordering::Relaxed;
            if at >= self.from && self.times.fetch_update(order, order, less).is_ok() {
                return Err(io::Error::other("a scratch"));
            }
            (&self.bytes[usize::try_from(at).unwrap()..]).read(buffer)
        }
    }

    /// A deflated file on a medium that fails so many times in its middle.
    fn member(content: &[u8], times: u64) -> Member {
        let mut packer =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(content).unwrap();
        let bytes = packer.finish().unwrap();
        let mut fixed = [0; 46];
        fixed[10] = 8;
        fixed[16..20].copy_from_slice(&crc32fast::hash(content).to_le_bytes());
        let four = |length: usize| u32::try_from(length).unwrap().to_le_bytes();
        fixed[20..24].copy_from_slice(&four(bytes.len()));
        fixed[24..28].copy_from_slice(&four(content.len()));
        let entry = Record::of(&fixed, b"IM1".to_vec(), &[]).entry;
        let raw = Raw {
            at: 0,
            end: bytes.len() as u64,
            cipher: None,
        };
        let place = Arc::new(Scratched {
            from: bytes.len() as u64 / 2,
            bytes,
            times: AtomicU64::new(times),
        });
        let points = Arc::new(Points::of(content.len() as u64));
        Member::of(place, &entry, raw, Vec::new(), Some(points))
    }

    fn content() -> Vec<u8> {
        let number = |at: u32| at.wrapping_mul(at >> 7).to_le_bytes();
        (0..1_000_000).flat_map(number).collect()
    }

    #[test]
    fn a_read_error_is_told_and_reading_can_be_tried_again() {
        let content = content();
        let mut member = member(&content, 2);
        for _ in 0..2 {
            member.rewind().unwrap();
            let error = member.read_to_end(&mut Vec::new()).unwrap_err();
            assert_eq!(error.to_string(), "a scratch");
        }
        let mut whole = Vec::new();
        member.rewind().unwrap();
        member.read_to_end(&mut whole).unwrap();
        assert!(whole == content);
    }

    #[test]
    fn a_place_that_others_reached_is_where_reading_goes_on() {
        let content = content();
        let mut first = member(&content, 0);
        first.read_to_end(&mut Vec::new()).unwrap();
        let points = first.points.clone().unwrap();
        drop(first);
        let at = points.before(3_000_000).unwrap().at;
        assert!((1_900_000..=3_000_000).contains(&at), "{at}");
        let last = points.before(u64::MAX).unwrap().at;
        assert_eq!(last, content.len() as u64, "where the reader stopped");
    }
}

//! One entry of an archive, read like a file.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use super::entry::{Checksum, Entry};
use super::error::MediaError;
use super::inflate::Inflate;
use super::place::Place;
use super::points::Points;
use super::raw::Raw;

/// How far reading has come, without the file that is read: it may be kept while nobody holds the medium open.
#[derive(Clone)]
pub(super) struct State {
    raw: Raw,
    inflate: Option<Inflate>,
    /// What comes next, counted in unpacked bytes.
    pub(super) at: u64,
    /// Of everything before `at`; `None` where some of it was passed over.
    crc: Option<crc32fast::Hasher>,
}

/// An entry that is read. Seeking costs nothing until something is read there.
pub(super) struct Member {
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
    pub(super) fn of(
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
pub(super) struct Unpacked(pub(super) Mutex<Member>);

impl Place for Unpacked {
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let mut member = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        member.position = at;
        member.read(buffer)
    }
}

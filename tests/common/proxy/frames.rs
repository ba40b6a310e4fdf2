//! A stream of bytes taken apart: first the head of an HTTP message, then, where it leads to a WebSocket, frames
//! (RFC 6455, 5.2). Nobody here splits a message over several frames, so a frame is a message.

use bytes::{Buf, Bytes, BytesMut};
use studydrop::cloud::wire::Response;

use super::Way;

/// The longest frame that is held back to be looked at; a longer one passes.
const LONGEST: u64 = 8 * 1024 * 1024;
/// The longest head of an HTTP message.
const LONGEST_HEAD: usize = 64 * 1024;

/// What comes next out of the stream.
pub enum Piece {
    /// Bytes that pass as they are.
    Through(Bytes),
    /// A whole frame.
    Whole(Frame),
}

/// A frame as it travels.
pub struct Frame {
    bytes: BytesMut,
    /// The header's length.
    header: usize,
    key: Option<[u8; 4]>,
}

impl Frame {
    /// A message from the server.
    pub fn of(response: &Response) -> Self {
        let payload = response.encode().expect("a short answer");
        let mut bytes = BytesMut::from(&[0x82][..]);
        put_length(&mut bytes, payload.len());
        let header = bytes.len();
        bytes.extend_from_slice(&payload);
        Frame {
            bytes,
            header,
            key: None,
        }
    }

    pub fn is_message(&self) -> bool {
        self.bytes[0] & 0x0F == 2
    }

    /// What it carries, without its mask.
    pub fn payload(&self) -> Bytes {
        let mut payload = BytesMut::from(&self.bytes[self.header..]);
        if let Some(key) = self.key {
            for (byte, mask) in payload.iter_mut().zip(key.iter().cycle()) {
                *byte ^= mask;
            }
        }
        payload.freeze()
    }

    pub fn bytes(&self) -> Bytes {
        self.bytes.clone().freeze()
    }

    /// Changes bits of one byte of what it carries, masked or not.
    pub fn flip(&mut self, at: usize, bits: u8) {
        self.bytes[self.header + at] ^= bits;
    }

    /// The same with a header that no WebSocket takes.
    pub fn spoil_header(&mut self) {
        self.bytes[0] |= 0x70;
    }

    /// An answer's header promises so many bytes more than there are.
    pub fn promise_more(&mut self, more: usize) {
        assert!(self.key.is_none(), "an answer");
        let mut bytes = BytesMut::from(&self.bytes[..1]);
        put_length(&mut bytes, self.bytes.len() - self.header + more);
        let header = bytes.len();
        bytes.extend_from_slice(&self.bytes[self.header..]);
        (self.bytes, self.header) = (bytes, header);
    }

    /// Makes an answer one to another request.
    pub fn answer_to(&mut self, id: u32) {
        assert!(self.key.is_none(), "an answer");
        // type (u16), its own id (u32), the request's id (u32)
        let at = self.header + 6;
        self.bytes[at..at + 4].copy_from_slice(&id.to_le_bytes());
    }
}

fn put_length(bytes: &mut BytesMut, length: usize) {
    match length {
        0..126 => bytes.extend_from_slice(&[length as u8]),
        126..65_536 => {
            bytes.extend_from_slice(&[126]);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            bytes.extend_from_slice(&[127]);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// Where in the stream it is.
enum Phase {
    /// In the head of an HTTP message.
    Head,
    /// HTTP, to its end.
    Other,
    /// In the header of a frame, or between two frames.
    Header,
    /// In a frame that passes; so much of it is left.
    Passing(u64),
    /// In a frame that is gathered; it has so many bytes.
    Gathering(usize, usize, Option<[u8; 4]>),
}

/// Takes one direction of a connection apart.
pub struct Splitter {
    way: Way,
    phase: Phase,
    held: BytesMut,
    /// Frames begun so far.
    pub frames: u64,
}

impl Splitter {
    pub fn new(way: Way) -> Self {
        Splitter {
            way,
            phase: Phase::Head,
            held: BytesMut::new(),
            frames: 0,
        }
    }

    /// Whether a frame may be put in here.
    pub fn between_frames(&self) -> bool {
        matches!(self.phase, Phase::Header) && self.held.is_empty()
    }

    /// The next piece of what was received; `whole` says whether frames are wanted whole. Bytes that make no piece yet
    /// are kept.
    pub fn next(&mut self, bytes: &mut Bytes, whole: bool) -> Option<Piece> {
        loop {
            if bytes.is_empty() {
                return None;
            }
            match self.phase {
                Phase::Other => return Some(Piece::Through(bytes.split_to(bytes.len()))),
                Phase::Head => return Some(Piece::Through(self.head(bytes))),
                Phase::Header => {
                    if let Some(piece) = self.header(bytes, whole) {
                        return Some(piece);
                    }
                }
                Phase::Passing(left) => {
                    let length = left.min(bytes.len() as u64);
                    self.pass(left - length);
                    return Some(Piece::Through(bytes.split_to(length as usize)));
                }
                Phase::Gathering(length, header, key) => {
                    let more = (length - self.held.len()).min(bytes.len());
                    self.held.extend_from_slice(&bytes.split_to(more));
                    if self.held.len() == length {
                        return Some(self.gathered(header, key));
                    }
                }
            }
        }
    }

    fn pass(&mut self, left: u64) {
        self.phase = match left {
            0 => Phase::Header,
            left => Phase::Passing(left),
        };
    }

    fn gathered(&mut self, header: usize, key: Option<[u8; 4]>) -> Piece {
        self.phase = Phase::Header;
        let bytes = self.held.split();
        Piece::Whole(Frame { bytes, header, key })
    }

    /// What passes of the head: it is read, not held back.
    fn head(&mut self, bytes: &mut Bytes) -> Bytes {
        let all = bytes.clone();
        while bytes.has_remaining() && matches!(self.phase, Phase::Head) {
            self.held.extend_from_slice(&[bytes.get_u8()]);
            let over = self.held.ends_with(b"\r\n\r\n");
            if over || self.held.len() > LONGEST_HEAD {
                let text = String::from_utf8_lossy(&self.held).to_lowercase();
                let leads_up = match self.way {
                    Way::Up => text.contains("upgrade: websocket"),
                    Way::Down => text.starts_with("http/1.1 101"),
                };
                self.phase = if over && leads_up {
                    Phase::Header
                } else {
                    Phase::Other
                };
                self.held.clear();
            }
        }
        all.slice(..all.len() - bytes.len())
    }

    fn header(&mut self, bytes: &mut Bytes, whole: bool) -> Option<Piece> {
        while bytes.has_remaining() {
            self.held.extend_from_slice(&[bytes.get_u8()]);
            let Some((length, key)) = read_header(&self.held) else {
                continue;
            };
            self.frames += u64::from(self.held[0] & 0x0F == 2);
            if whole && length <= LONGEST {
                let header = self.held.len();
                let all = header + length as usize;
                self.phase = Phase::Gathering(all, header, key);
                self.held.reserve(all);
                return (length == 0).then(|| self.gathered(header, key));
            }
            self.pass(length);
            return Some(Piece::Through(self.held.split().freeze()));
        }
        None
    }
}

/// The payload's length and its mask, once the header is whole.
fn read_header(bytes: &[u8]) -> Option<(u64, Option<[u8; 4]>)> {
    let [_, second, rest @ ..] = bytes else {
        return None;
    };
    let (length, rest) = match second & 0x7F {
        126 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (u64::from(u16::from_be_bytes(*length)), rest)
        }
        127 => {
            let (length, rest) = rest.split_first_chunk::<8>()?;
            (u64::from_be_bytes(*length), rest)
        }
        short => (u64::from(short), rest),
    };
    if second & 0x80 == 0 {
        return Some((length, None));
    }
    let (key, _) = rest.split_first_chunk::<4>()?;
    Some((length, Some(*key)))
}

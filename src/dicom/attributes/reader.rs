//! Reads the elements of a file one by one, keeping the state that they depend on: transfer syntax, character set,
//! pixel representation and private creators.

use std::io::{BufReader, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::decode;
use super::dictionary;
use super::error::{Ending, ReadError};
use super::file::{self, Content, Source};
use crate::dicom::dataset::cursor::{Bytes, CUT, Damaged, Element, Opened, Step, Steps};
use crate::dicom::dataset::element::{Layout, Tag};
use crate::dicom::dataset::text::CharacterSet;
use crate::dicom::media::Stamp;
use crate::dicom::scan::header::{self, DEFLATED, plain_words};

const TRANSFER_SYNTAX: Tag = Tag(0x0002, 0x0010);
const CHARACTER_SET: Tag = Tag(0x0008, 0x0005);
const PIXEL_REPRESENTATION: Tag = Tag(0x0028, 0x0103);
const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);
/// Maximum length of a private creator, character set or UID, in bytes.
const LONGEST_NAME: usize = 512;
/// Maximum number of private blocks in a data set.
const MOST_CREATORS: usize = 1024;
/// Values of VR UN up to this length are read with the dictionary's VR (PS3.5 6.2.2).
const LONGEST_UN: u64 = 0xFFFF;

/// An element, or the beginning of a sequence.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) tag: Tag,
    /// VR in the file, else in the dictionary, else UN.
    pub(super) vr: [u8; 2],
    /// Encoding of the value: byte order and explicit or implicit VR.
    pub(super) layout: Layout,
    pub(super) set: CharacterSet,
    /// Byte range of the value; for a sequence, its beginning.
    pub(super) place: Range<usize>,
    /// Declared length in bytes; `None`: undefined length.
    pub(super) says: Option<u64>,
    /// Number of fragments of encapsulated pixel data, including the offset table.
    pub(super) fragments: Option<usize>,
    /// Private creator of a private element.
    pub(super) creator: Option<Arc<str>>,
    /// What is wrong with the element.
    pub(super) wrong: Option<&'static str>,
    /// Whether it only looks like a sequence, without a VR that says so.
    pub(super) is_guess: bool,
}

/// A parsing event.
pub(super) enum Seen {
    Element(Found),
    Sequence(Found),
    /// An item of the innermost sequence; numbers start at 1.
    Item(u32),
    /// End of the innermost sequence or item, with what is wrong with it.
    Close {
        at: usize,
        wrong: Option<&'static str>,
    },
}

/// State of a data set: the file's or an item's.
#[derive(Clone)]
struct Scope {
    set: CharacterSet,
    signed: bool,
    creators: Vec<(u16, u16, Arc<str>)>,
}

pub(super) struct Reader {
    steps: Steps<'static, Content>,
    scopes: Vec<Scope>,
    /// Open sequences and items: whether it is an item, and the number of items so far.
    open: Vec<(bool, u32)>,
    /// Whether the file meta information is still being read.
    in_meta: bool,
    transfer_syntax: String,
    pub(super) stamp: Stamp,
    /// `Some` if the file is truncated, with the number of missing bytes if known.
    cut: Option<Option<u64>>,
    /// Offset of a deflated data set in the file. Positions are then in the inflated data set.
    pub(super) deflated_at: Option<u64>,
}

impl Reader {
    /// Opens a file.
    ///
    /// # Errors
    /// Why the file cannot be read at all.
    pub(super) fn open(path: &Path) -> Result<Self, ReadError> {
        let (source, stamp) = file::open(path).map_err(|error| ReadError::of(&error))?;
        Reader::of(source, stamp)
    }

    pub(super) fn of(mut source: Box<dyn Source>, stamp: Stamp) -> Result<Self, ReadError> {
        let beginning = header::data_set_start(&mut BufReader::new(&mut source))
            .map_err(|error| ReadError::of(&error))?;
        let (offset, has_meta) = beginning.ok_or(ReadError::NotDicom)?;
        let content = Content::of_file(source, stamp.size);
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let reader = Reader {
            steps: Steps::leniently(content, Layout::EXPLICIT, from),
            scopes: vec![Scope {
                set: CharacterSet::DEFAULT,
                signed: false,
                creators: Vec::new(),
            }],
            open: Vec::new(),
            in_meta: true,
            transfer_syntax: String::new(),
            stamp,
            cut: None,
            deflated_at: None,
        };
        if has_meta && !reader.is_in_meta() {
            let start = reader.ahead().unwrap_or_default();
            if !header::begins_a_data_set(&start) {
                return Err(ReadError::NotDicom);
            }
        }
        Ok(reader)
    }

    /// Bytes of a range, at most `most`; fewer if they are beyond the end.
    pub(super) fn bytes(&self, place: Range<usize>, most: usize) -> Vec<u8> {
        let end = place.end.min(place.start.saturating_add(most));
        let end = end.min(self.steps.data().size());
        let bytes = self.steps.data().bytes(place.start.min(end)..end);
        bytes.map(std::borrow::Cow::into_owned).unwrap_or_default()
    }

    fn ahead(&self) -> Option<[u8; 8]> {
        let at = self.steps.at();
        self.bytes(at..at.saturating_add(8), 8).try_into().ok()
    }

    fn is_in_meta(&self) -> bool {
        matches!(self.ahead(), Some([2, 0, ..]))
    }

    /// Number of open sequences and items.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The next event; `None` at the end.
    ///
    /// # Errors
    /// How reading ended, if that was before the end.
    pub(super) fn next(&mut self) -> Result<Option<Seen>, Ending> {
        if self.in_meta && self.open.is_empty() && !self.is_in_meta() {
            self.in_meta = false;
            self.begin_data_set()?;
        }
        let before = self.steps.at();
        let step = self.steps.next();
        if let Some(error) = self.steps.data().failed() {
            return Err(self.ended(before, plain_words(&error)));
        }
        let step = step.map_err(|Damaged(why)| self.ended(before, why.to_owned()))?;
        let wrong = self.steps.wrong();
        let is_cut = wrong == Some(CUT) && self.steps.at() >= self.steps.data().size();
        let wrong = wrong.map(|Damaged(why)| why);
        let step = self.seen(step, wrong);
        if is_cut {
            self.note_cut(step.as_ref());
        }
        match (step, self.cut) {
            (None, Some(missing)) => Err(Ending::Cut(missing)),
            (step, _) => Ok(step),
        }
    }

    fn seen(&mut self, step: Option<Step>, wrong: Option<&'static str>) -> Option<Seen> {
        Some(match step? {
            Step::Element(element) => Seen::Element(self.element(&element, wrong)),
            Step::Open(opened) if opened.is_item => self.item(),
            Step::Open(opened) => Seen::Sequence(self.sequence(&opened, wrong)),
            Step::Close(end) => {
                if self.open.pop().is_some_and(|(is_item, _)| is_item) {
                    self.scopes.pop();
                }
                Seen::Close {
                    at: end.start,
                    wrong,
                }
            }
        })
    }

    /// Records that an element extends beyond the end of the file.
    fn note_cut(&mut self, seen: Option<&Seen>) {
        let missing = match seen {
            Some(Seen::Element(found) | Seen::Sequence(found)) => found.says.and_then(|says| {
                let needs = (found.place.start as u64).checked_add(says)?;
                needs.checked_sub(self.steps.data().size() as u64)
            }),
            _ => None,
        };
        self.cut = Some(self.cut.flatten().max(missing));
    }

    fn ended(&self, at: usize, why: String) -> Ending {
        Ending::Damaged {
            at: at as u64,
            of: self.steps.data().size() as u64,
            why,
        }
    }

    /// Starts reading the data set after the file meta information. The encoding is determined by the transfer syntax
    /// and by the first element.
    fn begin_data_set(&mut self) -> Result<(), Ending> {
        let at = self.steps.at();
        let steps = std::mem::replace(
            &mut self.steps,
            Steps::leniently(Content::Memory(Vec::new()), Layout::EXPLICIT, 0),
        );
        let (mut content, mut from) = (steps.into_data(), at);
        if self.transfer_syntax == DEFLATED {
            let unpacked = content.unpack(at as u64);
            let (unpacked, is_whole) =
                unpacked.map_err(|error| self.ended(at, plain_words(&error)))?;
            (content, from) = (unpacked, 0);
            self.cut = (!is_whole).then_some(None);
            self.deflated_at = Some(at as u64);
        }
        self.steps = Steps::leniently(content, Layout::EXPLICIT, from);
        let layout = header::layout(&self.transfer_syntax, self.ahead());
        self.steps.write_as(layout);
        Ok(())
    }

    fn item(&mut self) -> Seen {
        let number = match self.open.last_mut() {
            Some((_, items)) => {
                *items = items.saturating_add(1);
                *items
            }
            None => 1,
        };
        self.open.push((true, 0));
        let outer = self.scope();
        let inner = Scope {
            set: outer.set,
            signed: outer.signed,
            creators: Vec::new(),
        };
        self.scopes.push(inner);
        Seen::Item(number)
    }

    fn scope(&self) -> &Scope {
        static NONE: Scope = Scope {
            set: CharacterSet::DEFAULT,
            signed: false,
            creators: Vec::new(),
        };
        self.scopes.last().unwrap_or(&NONE)
    }

    fn creator(&self, Tag(group, element): Tag) -> Option<Arc<str>> {
        let creators = &self.scope().creators;
        let is_it = |one: &&(u16, u16, _)| (one.0, one.1) == (group, element >> 8);
        let found = creators.iter().rev().find(is_it);
        found.map(|(_, _, name)| name.clone())
    }

    fn sequence(&mut self, opened: &Opened, wrong: Option<&'static str>) -> Found {
        self.open.push((false, 0));
        let start = opened.header.end;
        let says = opened.has_length.then(|| {
            let length = opened.header.end.saturating_sub(4);
            self.length(length..opened.header.end, opened.layout)
        });
        let known = dictionary::vr(opened.tag, false, 0) == Some(dicom_core::VR::SQ);
        Found {
            tag: opened.tag,
            vr: *b"SQ",
            layout: opened.layout,
            set: self.scope().set,
            place: start..start,
            says,
            fragments: None,
            creator: self.creator(opened.tag),
            wrong,
            is_guess: opened.has_length && opened.vr != Some(*b"SQ") && !known,
        }
    }

    fn length(&self, place: Range<usize>, layout: Layout) -> u64 {
        match *self.bytes(place, 4) {
            [a, b] => u64::from(layout.u16([a, b])),
            [a, b, c, d] => u64::from(layout.u32([a, b, c, d])),
            _ => 0,
        }
    }

    fn element(&mut self, element: &Element, wrong: Option<&'static str>) -> Found {
        let head = element.value.start.saturating_sub(element.start);
        let wide = match (head, element.vr) {
            (8, Some(_)) => 2,
            _ => 4,
        };
        let length = element.value.start.saturating_sub(wide)..element.value.start;
        let says = self.length(length, element.layout);
        let packed = says == u64::from(u32::MAX) && element.tag == PIXEL_DATA;
        let (vr, layout) = self.vr(element, says);
        let found = Found {
            tag: element.tag,
            vr,
            layout,
            set: self.scope().set,
            place: element.value.clone(),
            says: (!packed).then_some(says),
            fragments: packed.then(|| self.steps.fragments()),
            creator: self.creator(element.tag),
            wrong,
            is_guess: false,
        };
        self.heed(&found);
        found
    }

    fn vr(&self, element: &Element, length: u64) -> ([u8; 2], Layout) {
        let by_dictionary = || {
            let vr = dictionary::vr(element.tag, self.scope().signed, length);
            // An element that should be a sequence but cannot be parsed as one is of unknown VR.
            let vr = vr.filter(|vr| *vr != dicom_core::VR::SQ);
            vr.and_then(|vr| vr.to_string().as_bytes().try_into().ok())
        };
        if element.vr.is_none() && length == u64::from(u32::MAX) {
            // Encapsulated, whatever the transfer syntax says (PS3.5 A.4).
            return (*b"OB", element.layout);
        }
        match element.vr {
            Some(vr) if vr != *b"UN" => (vr, element.layout),
            Some(un) if length < LONGEST_UN => (by_dictionary().unwrap_or(un), Layout::IMPLICIT),
            Some(un) => (un, Layout::IMPLICIT),
            None => (by_dictionary().unwrap_or(*b"UN"), element.layout),
        }
    }

    /// Updates the state (transfer syntax, character set, pixel representation, private creators) from this element.
    fn heed(&mut self, found: &Found) {
        let is_creator = dictionary::is_creator(found.tag);
        let wanted = [TRANSFER_SYNTAX, CHARACTER_SET, PIXEL_REPRESENTATION];
        if !is_creator && !wanted.contains(&found.tag) {
            return;
        }
        let value = self.bytes(found.place.clone(), LONGEST_NAME);
        if found.tag == TRANSFER_SYNTAX {
            self.transfer_syntax = decode::plain(&value);
        }
        let name: Arc<str> = match is_creator {
            true => decode::text(found.set, found.vr, &value).into(),
            false => "".into(),
        };
        let Some(scope) = self.scopes.last_mut() else {
            return;
        };
        if is_creator && scope.creators.len() < MOST_CREATORS {
            scope.creators.push((found.tag.0, found.tag.1, name));
        } else if found.tag == CHARACTER_SET {
            scope.set = CharacterSet::parse(&value);
        } else if found.tag == PIXEL_REPRESENTATION {
            scope.signed = matches!(*value, [a, b] if found.layout.u16([a, b]) == 1);
        }
    }
}

/// Opens the content that a value's range refers to: the file, or its inflated data set.
///
/// # Errors
/// Those of the file system.
pub(super) fn content(path: &Path, deflated_at: Option<u64>) -> std::io::Result<(Content, Stamp)> {
    let (mut source, stamp) = file::open(path)?;
    let content = match deflated_at {
        None => Content::of_file(source, stamp.size),
        Some(at) => {
            source.seek(SeekFrom::Start(0))?;
            Content::unpacked(&mut *source, at)?.0
        }
    };
    Ok((content, stamp))
}

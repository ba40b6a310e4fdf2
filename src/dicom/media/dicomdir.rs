//! The directory of a disc: a DICOMDIR (PS3.10, 8; PS3.3, F). Its records are read in the order of the file and then joined
//! by their links, each once, so that links that lead in circles end by themselves.

use std::collections::HashMap;
use std::io::BufReader;
use std::path::Path;

use super::disc::{Content, Record, Said};
use super::zip::names::path_of;
use crate::dicom::dataset::element::{Forward, Layout, Source, Tag, WalkError};
use crate::dicom::dataset::text::{CharacterSet, person_name};
use crate::dicom::dataset::walk::{self, ITEM, ITEM_END, SEQUENCE_END, UNDEFINED};
use crate::dicom::scan::header;

/// Records that are read of all directories of a scan; the largest disc has some ten thousand.
const MOST_RECORDS: usize = 500_000;
/// The longest value that is looked at, and all that are kept together, in bytes.
const LONGEST_VALUE: u32 = 1024;
const MOST_TEXT: usize = 64 << 20;
/// Elements that are looked at; a record has some twenty.
const MOST_ELEMENTS: usize = 100 * MOST_RECORDS;

const CHARACTER_SET: Tag = Tag(0x0008, 0x0005);
const MODALITY: Tag = Tag(0x0008, 0x0060);
const PATIENT_NAME: Tag = Tag(0x0010, 0x0010);
const PATIENT_ID: Tag = Tag(0x0010, 0x0020);
const STUDY: Tag = Tag(0x0020, 0x000D);
const SERIES: Tag = Tag(0x0020, 0x000E);
const SERIES_NUMBER: Tag = Tag(0x0020, 0x0011);
const INSTANCE_NUMBER: Tag = Tag(0x0020, 0x0013);
const FIRST: Tag = Tag(0x0004, 0x1200);
const RECORDS: Tag = Tag(0x0004, 0x1220);
const NEXT: Tag = Tag(0x0004, 0x1400);
const IN_USE: Tag = Tag(0x0004, 0x1410);
const LOWER: Tag = Tag(0x0004, 0x1420);
const KIND: Tag = Tag(0x0004, 0x1430);
const FILE: Tag = Tag(0x0004, 0x1500);
const SOP_CLASS: Tag = Tag(0x0004, 0x1510);
const SOP_INSTANCE: Tag = Tag(0x0004, 0x1511);

/// A record with its links.
struct Linked {
    at: u64,
    next: u32,
    lower: u32,
    content: Content,
}

/// What may still be read of directories.
#[derive(Debug)]
pub(in crate::dicom) struct Allowance {
    records: usize,
    text: usize,
    elements: usize,
}

impl Default for Allowance {
    fn default() -> Self {
        Allowance {
            records: MOST_RECORDS,
            text: MOST_TEXT,
            elements: MOST_ELEMENTS,
        }
    }
}

/// A directory while it is read.
pub(super) struct Reading<'a> {
    first: u32,
    records: Vec<Linked>,
    left: &'a mut Allowance,
}

type Values = Vec<(Tag, Vec<u8>)>;

/// The beginning of an item, or the end of the sequence: where it is, what, and how long.
type Mark = (u64, Tag, u32);

const TOO_MUCH: WalkError = WalkError::Damaged("its records hold more than any disc's");
const CUT_OFF: WalkError = WalkError::Truncated { needs: None };

impl<'a> Reading<'a> {
    pub(super) fn within(left: &'a mut Allowance) -> Self {
        Reading {
            first: 0,
            records: Vec::new(),
            left,
        }
    }

    /// Reads a directory.
    ///
    /// # Errors
    /// Why it could not be read to its end.
    pub(super) fn file(&mut self, path: &Path) -> Result<(), String> {
        let opened = super::open(path).map_err(|error| header::plain_words(&error))?;
        let size = opened.size();
        let (mut source, layout) = header::begin(BufReader::new(opened), size)?;
        self.data_set(&mut source, layout)
            .map_err(|error| match error {
                WalkError::Io(error) => header::plain_words(&error),
                other => other.to_string(),
            })
    }

    fn data_set<R: Forward>(
        &mut self,
        source: &mut Source<R>,
        layout: Layout,
    ) -> Result<(), WalkError> {
        while let Some(header) = source.header(layout)? {
            self.count()?;
            if header.tag == RECORDS {
                return self.records(source, layout, header.length);
            }
            if header.length == UNDEFINED {
                walk::sequence(source, walk::inner_layout(&header, layout))?;
            } else if header.tag == FIRST && header.length == 4 {
                self.first = offset(&source.read(4)?, layout);
            } else {
                source.skip(header.length)?;
            }
        }
        Ok(())
    }

    fn records<R: Forward>(
        &mut self,
        source: &mut Source<R>,
        layout: Layout,
        length: u32,
    ) -> Result<(), WalkError> {
        let end = end(source, length);
        let mut mark = None;
        loop {
            let at = source.position;
            let (at, tag, length) = match mark.take() {
                Some(mark) => mark,
                None if end.is_some_and(|end| at >= end) => return Ok(()),
                None => {
                    let header = source.header(layout)?.ok_or(CUT_OFF)?;
                    (at, header.tag, header.length)
                }
            };
            match tag {
                SEQUENCE_END => return Ok(()),
                ITEM if self.left.records > 0 => {
                    self.left.records -= 1;
                    let mut values = Values::new();
                    // What was read of a record counts, though its end is missing.
                    let read = self.item(source, layout, length, &mut values);
                    self.take(at, &values, layout);
                    mark = read?;
                }
                ITEM => {
                    return Err(WalkError::Damaged(
                        "it, or all directories of discs together, have more records than any disc",
                    ));
                }
                _ => return Err(WalkError::Damaged("its records cannot be told apart")),
            }
        }
    }

    /// One record. Where it is shorter than it says, hands back what stands behind it.
    fn item<R: Forward>(
        &mut self,
        source: &mut Source<R>,
        layout: Layout,
        length: u32,
        values: &mut Values,
    ) -> Result<Option<Mark>, WalkError> {
        const WANTED: [Tag; 15] = [
            CHARACTER_SET,
            MODALITY,
            PATIENT_NAME,
            PATIENT_ID,
            STUDY,
            SERIES,
            SERIES_NUMBER,
            INSTANCE_NUMBER,
            NEXT,
            IN_USE,
            LOWER,
            KIND,
            FILE,
            SOP_CLASS,
            SOP_INSTANCE,
        ];
        let end = end(source, length);
        loop {
            let at = source.position;
            if end.is_some_and(|end| at >= end) {
                return Ok(None);
            }
            let header = source.header(layout)?.ok_or(CUT_OFF)?;
            self.count()?;
            match header.tag {
                ITEM_END => return Ok(None),
                ITEM | SEQUENCE_END => return Ok(Some((at, header.tag, header.length))),
                _ if header.length == UNDEFINED => {
                    walk::sequence(source, walk::inner_layout(&header, layout))?;
                }
                tag if WANTED.contains(&tag) && header.length <= LONGEST_VALUE => {
                    let value = source.read(header.length)?;
                    match self.left.text.checked_sub(value.len()) {
                        Some(left) => self.left.text = left,
                        None => return Err(TOO_MUCH),
                    }
                    values.push((tag, value));
                }
                _ => source.skip(header.length)?,
            }
            if values.len() > WANTED.len() {
                return Err(TOO_MUCH);
            }
        }
    }

    fn count(&mut self) -> Result<(), WalkError> {
        let left = self.left.elements.checked_sub(1);
        self.left.elements = left.ok_or(TOO_MUCH)?;
        Ok(())
    }

    fn take(&mut self, at: u64, values: &Values, layout: Layout) {
        let bytes = |tag| {
            let found = values.iter().find(|(one, _)| *one == tag);
            found.map(|(_, value)| value.as_slice()).unwrap_or_default()
        };
        if matches!(bytes(IN_USE), [0, 0]) {
            return;
        }
        let set = match bytes(CHARACTER_SET) {
            [] => CharacterSet::DEFAULT,
            set => CharacterSet::parse(set),
        };
        let text = |tag| set.decode(bytes(tag)).trim_matches(['\0', ' ']).to_owned();
        let number = |tag| text(tag).trim_start_matches('+').parse().ok();
        let content = match text(KIND).as_str() {
            "PATIENT" => Content::Patient {
                id: text(PATIENT_ID),
                name: person_name(&text(PATIENT_NAME)),
            },
            "STUDY" => Content::Study { uid: text(STUDY) },
            "SERIES" => Content::Series {
                uid: text(SERIES),
                modality: text(MODALITY),
                number: number(SERIES_NUMBER),
            },
            _ => {
                let file = text(FILE);
                let said = || Said {
                    // A name that leads out of the disc is made one that leads nowhere.
                    file: path_of(&file).0,
                    sop_class: text(SOP_CLASS),
                    sop_instance: text(SOP_INSTANCE),
                    number: number(INSTANCE_NUMBER),
                };
                Content::Other((!file.is_empty()).then(|| Box::new(said())))
            }
        };
        self.records.push(Linked {
            at,
            next: offset(bytes(NEXT), layout),
            lower: offset(bytes(LOWER), layout),
            content,
        });
    }

    /// Follows the links from the first record on, each record once. What no link leads to belongs to what comes before it
    /// in the file, as in directories without any links.
    pub(super) fn join(self) -> Vec<Record> {
        let places: HashMap<u64, usize> = self
            .records
            .iter()
            .enumerate()
            .map(|(i, one)| (one.at, i))
            .collect();
        let mut parents: Vec<Option<Option<usize>>> = vec![None; self.records.len()];
        let mut lists = vec![(self.first, None)];
        while let Some((mut offset, parent)) = lists.pop() {
            while let Some(at) = places.get(&u64::from(offset)).copied() {
                let (Some(record), Some(slot)) = (self.records.get(at), parents.get_mut(at)) else {
                    break;
                };
                if slot.is_some() {
                    break;
                }
                *slot = Some(parent);
                if record.lower != 0 {
                    lists.push((record.lower, Some(at)));
                }
                offset = record.next;
            }
        }
        let mut last: [Option<usize>; 3] = [None; 3];
        let mut joined = Vec::with_capacity(self.records.len());
        for (at, (record, parent)) in self.records.into_iter().zip(parents).enumerate() {
            let level = match record.content {
                Content::Patient { .. } => 0,
                Content::Study { .. } => 1,
                Content::Series { .. } => 2,
                Content::Other(_) => 3,
            };
            let before = last.iter().take(level).rev().find_map(|one| *one);
            joined.push(Record {
                parent: parent.unwrap_or(before),
                content: record.content,
            });
            if let Some(own) = last.get_mut(level) {
                *own = Some(at);
            }
            last.iter_mut()
                .skip(level + 1)
                .for_each(|below| *below = None);
        }
        joined
    }
}

/// Where something of this length ends, where it says so.
fn end<R>(source: &Source<R>, length: u32) -> Option<u64> {
    (length != UNDEFINED).then(|| source.position.saturating_add(length.into()))
}

fn offset(value: &[u8], layout: Layout) -> u32 {
    value.first_chunk().map_or(0, |four| layout.u32(*four))
}

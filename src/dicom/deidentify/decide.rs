//! The first step: everything is looked at, and decided, before a byte is written.

mod report;

use std::collections::HashMap;

use dicom_core::VR;

use super::attribute::Name;
use super::error::Error;
use super::facts::Facts;
use super::plan::{Action, Added, At, Change, New, Plan, Touched, Value, Why};
use super::replacement::{CHARACTER_SET, Replacement, find};
use super::rules::{Mode, Occurrence, Rules, Ruling, is_overlay};
use super::scopes::Scopes;
use super::table::Act;
use super::values::{Old, Tools};
use super::write::UNICODE;
use crate::dicom::dataset::cursor::{Element, Opened, Step, Steps};
use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::text::CharacterSet;
use crate::dicom::dataset::vr::effective;

/// What decisions are made with.
pub(super) struct Decider<'a> {
    pub(super) data: &'a [u8],
    pub(super) rules: Rules<'a>,
    pub(super) facts: &'a Facts,
    pub(super) tools: Tools<'a>,
    pub(super) replacements: &'a [Replacement],
    /// What the top level gets in any case, in place of what it has.
    pub(super) marks: Vec<Added>,
    /// Whether the report has values.
    pub(super) with_values: bool,
}

/// What is open, from the outermost sequence on.
struct Level {
    tag: Tag,
    /// Of an item: its number, from one.
    item: Option<u32>,
    mode: Mode,
    /// Items so far.
    items: u32,
    creators: HashMap<(u16, u8), Creator>,
}

struct Creator {
    name: String,
    /// Which change removes it, until something of its block stays.
    removed_by: Option<usize>,
}

/// A plan as it grows.
struct Growing<'a, 'b> {
    decider: &'b Decider<'a>,
    steps: Steps<'a>,
    scopes: Scopes,
    levels: Vec<Level>,
    place: Vec<Name>,
    changes: Vec<Option<At>>,
    touched: Vec<Touched>,
    to_unicode: bool,
    character_sets: Vec<(usize, bool)>,
    missing: Vec<Tag>,
}

impl Level {
    fn top() -> Self {
        Level {
            tag: Tag(0, 0),
            item: None,
            mode: Mode::Plain,
            items: 0,
            creators: HashMap::new(),
        }
    }
}

impl<'a> Decider<'a> {
    /// Decides about the whole data set.
    ///
    /// # Errors
    /// Where it cannot be stepped through, or could not be written.
    pub(super) fn decide(&self, steps: Steps<'a>) -> Result<(Plan, Vec<Touched>), Error> {
        let mut growing = Growing {
            decider: self,
            steps,
            scopes: Scopes::new(),
            levels: vec![Level::top()],
            place: Vec::new(),
            changes: Vec::new(),
            touched: Vec::new(),
            to_unicode: false,
            character_sets: Vec::new(),
            missing: self.replacements.iter().map(Replacement::tag).collect(),
        };
        while let Some(step) = growing.steps.next()? {
            growing.scopes.enter(&step, self.data)?;
            match &step {
                Step::Element(element) => growing.element(element)?,
                Step::Open(opened) if opened.is_item => growing.item(),
                Step::Open(opened) => growing.sequence(opened)?,
                Step::Close(_) => growing.close(),
            }
        }
        Ok(growing.finish())
    }

    fn is_mark(&self, tag: Tag) -> bool {
        self.marks.iter().any(|mark| mark.tag == tag)
    }
}

impl Growing<'_, '_> {
    fn is_top(&self) -> bool {
        self.levels.len() == 1
    }

    fn mode(&self) -> Mode {
        self.levels
            .last()
            .map(|level| level.mode)
            .unwrap_or_default()
    }

    fn item(&mut self) {
        let mode = self.mode();
        let number = self.levels.last_mut().map_or(1, |level| {
            level.items = level.items.saturating_add(1);
            level.items
        });
        self.levels.push(Level {
            item: Some(number),
            mode,
            ..Level::top()
        });
    }

    fn close(&mut self) {
        if let Some(level) = self.levels.pop()
            && level.item.is_none()
        {
            self.place.pop();
        }
    }

    fn name(&self, tag: Tag) -> Name {
        let block = u8::try_from(tag.1 >> 8).unwrap_or_default();
        let creator = match tag.0 % 2 {
            0 => None,
            _ => self
                .levels
                .last()
                .and_then(|level| level.creators.get(&(tag.0, block))),
        };
        match creator {
            Some(creator) => Name::Private {
                group: tag.0,
                element: u8::try_from(tag.1 & 0xFF).unwrap_or_default(),
                creator: creator.name.clone(),
            },
            None => Name::Standard(tag),
        }
    }

    /// What is done here. The name stays at the end of the place.
    fn ruling(&mut self, tag: Tag, vr: Option<VR>, is_sequence: bool) -> Ruling {
        let name = self.name(tag);
        self.place.push(name);
        let ruling = self.decider.rules.ruling(&Occurrence {
            tag,
            vr,
            is_sequence,
            mode: self.mode(),
            place: &self.place,
        });
        if ruling.act != Act::Remove {
            self.keep_creator(tag);
        }
        ruling
    }

    /// Something of a creator's block stays, and so does the creator.
    fn keep_creator(&mut self, tag: Tag) {
        let block = u8::try_from(tag.1 >> 8).unwrap_or_default();
        let creators = self.levels.last_mut().map(|level| &mut level.creators);
        let creator = creators.and_then(|creators| creators.get_mut(&(tag.0, block)));
        if let Some(at) = creator.and_then(|creator| creator.removed_by.take())
            && let Some(change) = self.changes.get_mut(at)
        {
            *change = None;
            let path = self.path(Tag(tag.0, u16::from(block)));
            self.touched.retain(|touched| touched.path != path);
        }
    }

    fn sequence(&mut self, opened: &Opened) -> Result<(), Error> {
        let (tag, start) = (opened.tag, opened.header.start);
        if find(self.decider.replacements, tag).is_some() {
            return Err(Error::Damaged(
                "an attribute to be replaced is written as a sequence",
            ));
        }
        if self.is_top() && self.decider.is_mark(tag) {
            self.change(start, Change::Remove);
            return self.skip();
        }
        let ruling = self.ruling(tag, Some(VR::SQ), true);
        match ruling.act {
            Act::Remove => {
                self.place.pop();
                self.change(start, Change::Remove);
                self.touch(tag, Some(VR::SQ), Action::Removed, ruling.why, (None, None));
                self.skip()
            }
            Act::Empty => {
                self.place.pop();
                let length = self
                    .decider
                    .data
                    .get(opened.header.end.saturating_sub(4)..opened.header.end);
                if length == Some(&[0; 4]) {
                    return self.skip();
                }
                self.change(start, Change::NoItems);
                self.touch(tag, Some(VR::SQ), Action::Emptied, ruling.why, (None, None));
                self.skip()
            }
            act => {
                if act == Act::Keep && says_why_kept(ruling.why) {
                    self.touch(tag, Some(VR::SQ), Action::Kept, ruling.why, (None, None));
                }
                let mode = self.decider.rules.mode_inside(tag, act, self.mode());
                self.levels.push(Level {
                    tag,
                    mode,
                    ..Level::top()
                });
                Ok(())
            }
        }
    }

    /// Over the sequence that has just begun, to its end.
    fn skip(&mut self) -> Result<(), Error> {
        let depth = self.steps.depth();
        while let Some(step) = self.steps.next()? {
            if matches!(step, Step::Close(_)) && self.steps.depth() < depth {
                return self.scopes.enter(&step, self.decider.data);
            }
        }
        Ok(())
    }

    fn element(&mut self, element: &Element) -> Result<(), Error> {
        let (tag, start) = (element.tag, element.start);
        let value = self.decider.data.get(element.value.clone());
        let old = Old {
            tag,
            written: element.vr,
            vr: effective(tag, element.vr),
            value: value.unwrap_or_default(),
            set: self.scopes.current(),
        };
        if tag == CHARACTER_SET {
            self.character_sets.push((start, self.is_top()));
        } else if let Some(replacement) = find(self.decider.replacements, tag) {
            if element.bulk.is_some() {
                return Err(Error::Damaged("an attribute to be replaced is pixel data"));
            }
            if self.is_top() {
                self.missing.retain(|missing| *missing != tag);
            }
            self.put(
                start,
                &old,
                Action::Replaced,
                Why::Value,
                replacement.into(),
            );
        } else if self.is_top() && self.decider.is_mark(tag) {
            self.change(start, Change::Remove);
        } else if tag.0 % 2 == 1 && (0x10..=0xFF).contains(&tag.1) {
            self.creator(element, &old);
        } else if tag.1 != 0 || tag.0 % 2 == 1 || is_overlay(tag) {
            let ruling = self.ruling(tag, old.vr, false);
            self.act(element, &old, ruling, ruling.act);
            self.place.pop();
        }
        Ok(())
    }

    /// A private creator goes with what it is for.
    fn creator(&mut self, element: &Element, old: &Old<'_>) {
        let block = u8::try_from(element.tag.1).unwrap_or_default();
        let name = old.set.decode(old.value);
        let removed_by = self.decider.rules.profile.basic.then(|| {
            self.change(element.start, Change::Remove);
            let values = (self.shown(old), None);
            self.touch(element.tag, old.vr, Action::Removed, Why::Private, values);
            self.changes.len() - 1
        });
        if let Some(level) = self.levels.last_mut() {
            level
                .creators
                .insert((element.tag.0, block), Creator { name, removed_by });
        }
    }

    fn act(&mut self, element: &Element, old: &Old<'_>, ruling: Ruling, act: Act) {
        let (start, why) = (element.start, ruling.why);
        let tools = &self.decider.tools;
        match act {
            Act::Keep => self.keep(element, old, why),
            Act::Remove => {
                self.change(start, Change::Remove);
                let values = (self.shown(old), None);
                self.touch(element.tag, old.vr, Action::Removed, why, values);
            }
            Act::Empty if element.value.is_empty() && element.bulk.is_none() => {}
            Act::Empty => self.put(start, old, Action::Emptied, why, old.emptied()),
            Act::Dummy => self.put(start, old, Action::Dummied, why, old.dummy(tools.secret)),
            Act::Uid => {
                if let Some(new) = old.uids(tools.secret) {
                    self.put(start, old, Action::UidReplaced, why, new);
                }
            }
            Act::Clean if old.is_empty() => {}
            Act::Clean => match old.cleaned(tools) {
                Ok(None) => self.keep(element, old, why),
                Ok(Some((action, new))) => self.put(start, old, action, why, new),
                Err(()) => self.act(element, old, ruling, not_clean(ruling.fallback)),
            },
        }
    }

    /// It stays, but for UIDs of the file that stand in it.
    fn keep(&mut self, element: &Element, old: &Old<'_>, why: Why) {
        let uids = &self.decider.facts.uids;
        if why != Why::Override
            && element.bulk.is_none()
            && self.decider.rules.replaces_uids()
            && let Some(new) = old.without_uids(uids, self.decider.tools.secret)
        {
            self.put(element.start, old, Action::UidReplaced, Why::UidInside, new);
        } else if says_why_kept(why) && !old.is_empty() {
            let values = (self.shown(old), None);
            self.touch(element.tag, old.vr, Action::Kept, why, values);
        }
    }

    fn put(&mut self, start: usize, old: &Old<'_>, action: Action, why: Why, new: New) {
        let set = self.scopes.current();
        if let Value::Text(text) = &new.value {
            self.to_unicode |= !fits(&new, text, set);
        }
        let values = (self.shown(old), self.shown_new(&new));
        self.change(start, Change::Write(new));
        self.touch(old.tag, old.vr, action, why, values);
    }

    fn change(&mut self, start: usize, change: Change) {
        self.changes.push(Some(At { start, change }));
    }

    fn finish(mut self) -> (Plan, Vec<Touched>) {
        let added = self.added();
        self.report_added(&added);
        let mut changes: Vec<At> = self.changes.into_iter().flatten().collect();
        changes.sort_by_key(|at| at.start);
        let plan = Plan {
            to_unicode: self.to_unicode,
            all_groups: self.decider.rules.profile.basic,
            changes,
            added,
        };
        (plan, self.touched)
    }

    /// What the top level is missing. Turns everything to Unicode where something does not fit.
    fn added(&mut self) -> Vec<Added> {
        let root = self.scopes.current();
        let mut added = self.decider.marks.clone();
        for tag in std::mem::take(&mut self.missing) {
            if let Some(replacement) = find(self.decider.replacements, tag) {
                added.retain(|mark| mark.tag != tag);
                added.push(Added {
                    tag,
                    new: replacement.into(),
                });
            }
        }
        self.to_unicode |= !added.iter().all(|added| match &added.new.value {
            Value::Text(text) => fits(&added.new, text, root),
            Value::Bytes(_) => true,
        });
        if self.to_unicode {
            let unicode = || New::text(*b"CS", String::from_utf8_lossy(UNICODE));
            let sets = std::mem::take(&mut self.character_sets);
            let is_named = sets.iter().any(|(_, is_top)| *is_top);
            for (start, _) in sets {
                self.change(start, Change::Write(unicode()));
            }
            if !is_named {
                added.push(Added {
                    tag: CHARACTER_SET,
                    new: unicode(),
                });
            }
        }
        added.sort_by_key(|added| added.tag);
        added
    }
}

/// Whether what stays is told of: the basic profile alone would not keep it.
fn says_why_kept(why: Why) -> bool {
    matches!(why, Why::Option(_) | Why::Override)
}

/// Where cleaning was asked for and cannot be done, nothing stays as it is.
fn not_clean(fallback: Act) -> Act {
    match fallback {
        Act::Clean | Act::Keep => Act::Empty,
        other => other,
    }
}

fn fits(new: &New, text: &str, set: CharacterSet) -> bool {
    !new.is_text() || set.encode(text).is_some()
}

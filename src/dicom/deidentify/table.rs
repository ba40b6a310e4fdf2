//! The standard's tables as data: E.1-1 and E.3.10-1 of PS3.15, and the types that attributes have in the IODs. They are
//! made by `assets/deidentify/make.py`; the README there says from which edition.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::profile::{Dates, Options};
use crate::dicom::dataset::element::Tag;

const E1_1: &str = include_str!("../../../assets/deidentify/e1_1.tsv");
const E3_10_1: &str = include_str!("../../../assets/deidentify/e3_10_1.tsv");
const WELL_KNOWN: &str = include_str!("../../../assets/deidentify/well_known_uids.txt");
const TYPES: &str = include_str!("../../../assets/deidentify/iod_types.tsv");
const GROUPS: &str = include_str!("../../../assets/deidentify/iod_groups.tsv");
/// What the SOP classes of stored instances begin with.
const STORAGE: &str = "1.2.840.10008.5.1.4.1.1";

/// What is done with an attribute (PS3.15, table E.1-1a), composites resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Act {
    /// K; of a sequence: it is gone into.
    Keep,
    /// X.
    Remove,
    /// Z.
    Empty,
    /// D.
    Dummy,
    /// C.
    Clean,
    /// U.
    Uid,
}

/// What an option says of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    Keep,
    Clean,
}

/// The options, in the order of the table's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Column {
    SafePrivate,
    Uids,
    Device,
    Institution,
    Patient,
    FullDates,
    ModifiedDates,
    Descriptors,
    Structured,
    Graphics,
}

pub(super) const COLUMNS: [Column; 10] = [
    Column::SafePrivate,
    Column::Uids,
    Column::Device,
    Column::Institution,
    Column::Patient,
    Column::FullDates,
    Column::ModifiedDates,
    Column::Descriptors,
    Column::Structured,
    Column::Graphics,
];

impl Column {
    pub(super) fn is_chosen(self, options: &Options) -> bool {
        match self {
            Column::SafePrivate => options.retain_safe_private,
            Column::Uids => options.retain_uids,
            Column::Device => options.retain_device_identity,
            Column::Institution => options.retain_institution_identity,
            Column::Patient => options.retain_patient_characteristics,
            Column::FullDates => options.dates == Dates::Full,
            Column::ModifiedDates => options.dates == Dates::Modified,
            Column::Descriptors => options.clean_descriptors,
            Column::Structured => options.clean_structured_content,
            Column::Graphics => options.clean_graphics,
        }
    }

    /// As the standard calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Column::SafePrivate => "Retain Safe Private",
            Column::Uids => "Retain UIDs",
            Column::Device => "Retain Device Identity",
            Column::Institution => "Retain Institution Identity",
            Column::Patient => "Retain Patient Characteristics",
            Column::FullDates => "Retain Longitudinal, Full Dates",
            Column::ModifiedDates => "Retain Longitudinal, Modified Dates",
            Column::Descriptors => "Clean Descriptors",
            Column::Structured => "Clean Structured Content",
            Column::Graphics => "Clean Graphics",
        }
    }
}

/// One row of table E.1-1.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// As the standard writes it, such as "X/Z/D".
    pub(super) basic: &'static str,
    says: [Option<Says>; 10],
}

impl Row {
    pub(super) fn says(&self, column: Column) -> Option<Says> {
        self.says.get(column as usize).copied().flatten()
    }

    /// The basic profile's action where the attribute has this type; `None`: it is not known.
    pub(super) fn resolved(&self, of_type: Option<u8>) -> Act {
        let offers = |letter| self.basic.split('/').any(|action| action == letter);
        if offers("U*") {
            return Act::Uid;
        }
        let strongest = if offers("D") {
            Act::Dummy
        } else if offers("U") {
            Act::Uid
        } else if offers("Z") {
            Act::Empty
        } else {
            Act::Remove
        };
        match of_type {
            Some(3) if offers("X") => Act::Remove,
            Some(2 | 3) if offers("Z") => Act::Empty,
            _ => strongest,
        }
    }
}

struct Tables {
    rows: HashMap<Tag, Row>,
    /// Curves, overlay data, overlay comments, private attributes.
    others: HashMap<&'static str, Row>,
    safe: HashMap<&'static str, HashSet<(u16, u8)>>,
    well_known: HashSet<&'static str>,
    types: HashMap<Tag, Vec<(&'static str, u8)>>,
    groups: Vec<(&'static str, Vec<&'static str>)>,
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let (mut rows, mut others) = (HashMap::new(), HashMap::new());
        for line in E1_1.lines().skip(1) {
            let mut fields = line.split('\t');
            let (Some(name), Some(basic)) = (fields.next(), fields.nth(2)) else {
                continue;
            };
            let mut says = [None; 10];
            for (place, field) in says.iter_mut().zip(fields) {
                *place = match field {
                    "K" => Some(Says::Keep),
                    "C" => Some(Says::Clean),
                    _ => None,
                };
            }
            let row = Row { basic, says };
            match tag(name) {
                Some(tag) => {
                    rows.insert(tag, row);
                }
                None => {
                    others.insert(name, row);
                }
            }
        }
        Tables {
            rows,
            others,
            safe: safe(),
            well_known: WELL_KNOWN.lines().collect(),
            types: TYPES.lines().filter_map(types).collect(),
            groups: GROUPS.lines().filter_map(group).collect(),
        }
    })
}

fn tag(text: &str) -> Option<Tag> {
    let half = |range: std::ops::Range<usize>| u16::from_str_radix(text.get(range)?, 16).ok();
    (text.len() == 8).then_some(())?;
    Some(Tag(half(0..4)?, half(4..8)?))
}

fn safe() -> HashMap<&'static str, HashSet<(u16, u8)>> {
    let mut safe: HashMap<_, HashSet<_>> = HashMap::new();
    for line in E3_10_1.lines().skip(1) {
        let fields: Vec<&'static str> = line.split('\t').collect();
        if let [group, element, _, creator] = *fields.as_slice()
            && let (Ok(group), Ok(element)) = (
                u16::from_str_radix(group, 16),
                u8::from_str_radix(element, 16),
            )
        {
            safe.entry(creator).or_default().insert((group, element));
        }
    }
    safe
}

fn types(line: &'static str) -> Option<(Tag, Vec<(&'static str, u8)>)> {
    let mut fields = line.split('\t');
    let tag = tag(fields.next()?)?;
    let types = fields.next()?.split(' ').filter_map(|each| {
        let (group, of_type) = each.split_once(':')?;
        Some((group, of_type.parse().ok()?))
    });
    Some((tag, types.collect()))
}

fn group(line: &'static str) -> Option<(&'static str, Vec<&'static str>)> {
    let (name, classes) = line.split_once('\t')?;
    (!name.starts_with('#')).then(|| (name, classes.split(' ').collect()))
}

/// The row of table E.1-1 for an attribute of an even group, repeating groups included.
pub(super) fn row(tag: Tag) -> Option<&'static Row> {
    let tables = tables();
    let repeating = match tag {
        Tag(0x5000..=0x50FF, _) if tag.1 != 0 => "50XXXXXX",
        Tag(0x6000..=0x60FF, 0x3000) => "60XX3000",
        Tag(0x6000..=0x60FF, 0x4000) => "60XX4000",
        _ => return tables.rows.get(&tag),
    };
    tables.others.get(repeating)
}

/// Whether table E.3.10-1 calls this private attribute safe: by its creator and its number in the creator's block.
pub(super) fn is_safe(creator: &str, group: u16, element: u8) -> bool {
    let of_creator = tables().safe.get(creator);
    of_creator.is_some_and(|safe| safe.contains(&(group, element)))
}

/// Whether the standard itself registers this UID: it identifies no instance of anybody.
pub(super) fn is_well_known(uid: &str) -> bool {
    tables().well_known.contains(uid)
}

/// The type of an attribute in the IOD of a SOP class, where it is known.
pub(super) fn type_of(tag: Tag, sop_class: &str, is_nested: bool) -> Option<u8> {
    let tables = tables();
    let types = tables.types.get(&tag)?;
    let class = sop_class.strip_prefix(STORAGE).unwrap_or_default();
    let is_of = |group: &str| match group {
        "*" => true,
        "nested" => is_nested,
        _ => tables.groups.iter().any(|(name, classes)| {
            let fits = |known: &&str| match known.ends_with('.') {
                true => class.starts_with(*known),
                false => class == *known,
            };
            *name == group && classes.iter().any(fits)
        }),
    };
    let found = types.iter().find(|(group, _)| is_of(group));
    found.map(|(_, of_type)| *of_type)
}

/// Every row for a single attribute, for tests.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = (Tag, &'static Row)> {
    tables().rows.iter().map(|(tag, row)| (*tag, row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_whole() {
        let tables = tables();
        assert_eq!((tables.rows.len(), tables.others.len()), (627, 4));
        assert_eq!(tables.safe.values().map(HashSet::len).sum::<usize>(), 122);
        assert!(tables.well_known.len() > 400 && is_well_known("1.2.840.10008.5.1.4.1.1.2"));
        assert!(!is_well_known("1.2.840.10008.5.1.4.1.1.2.77"));
        for (tag, row) in all() {
            let known = ["X", "Z", "D", "U", "U*"];
            assert!(
                row.basic.split('/').all(|action| known.contains(&action)),
                "{tag:?} {}",
                row.basic
            );
            assert!(type_of(tag, "", false).is_none() || row.basic.contains('/'));
        }
        assert!(tables.types.len() > 30);
        assert!(is_safe("SIEMENS MR HEADER", 0x0019, 0x0C));
        assert!(!is_safe("SIEMENS MR HEADER", 0x0019, 0x0B));
    }

    #[test]
    fn a_composite_is_resolved_by_the_type_that_the_attribute_has_in_the_image() {
        let of = |tag, class| {
            let class = format!("{STORAGE}{class}");
            row(tag).unwrap().resolved(type_of(tag, &class, false))
        };
        let (series_date, content_date) = (Tag(0x0008, 0x0021), Tag(0x0008, 0x0023));
        assert_eq!(of(series_date, ".2"), Act::Remove);
        assert_eq!(of(series_date, ".128"), Act::Dummy);
        assert_eq!(of(content_date, ".2"), Act::Empty);
        assert_eq!(of(content_date, ".2.1"), Act::Dummy);
        assert_eq!(of(Tag(0x0018, 0x1000), ".2"), Act::Remove);
        assert_eq!(of(Tag(0x0018, 0x1000), ".66.4"), Act::Dummy);
        assert_eq!(of(Tag(0x0010, 0x0020), ".2"), Act::Empty);
        assert_eq!(of(Tag(0x0008, 0x1140), ".2"), Act::Uid);
        assert_eq!(of(Tag(0x0008, 0x1070), ".481.5"), Act::Empty);
    }
}

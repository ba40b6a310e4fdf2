//! The fonts of a receipt: Inter, and one of the system's for each script that it has not. What is used of them is
//! embedded.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use fontdb::Database;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Chunk, Filter, Finish, Name, Rect, Ref, Str};
use subsetter::GlyphRemapper;
use ttf_parser::{RawFace, Tag};

use super::ReceiptError;
use super::page::deflated;
use crate::typefaces;

/// The two weights of Inter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// A character as a document has it. All lengths are in thousandths of the size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glyph {
    /// Which of the fonts.
    pub font: usize,
    /// Its number there.
    pub number: u16,
    /// What the font says of its width.
    pub width: f32,
    /// From it to the next one.
    pub advance: f32,
    /// Where it is drawn from there, to the right and upwards.
    pub shift: (f32, f32),
}

impl Glyph {
    fn plain(font: usize, (number, width): (u16, f32)) -> Self {
        Glyph {
            font,
            number,
            width,
            advance: width,
            shift: (0.0, 0.0),
        }
    }
}

/// One typeface, and what of it is used. Each character has a number of its own in the document, so that letters that
/// look alike in Latin, Greek and Cyrillic, and share a glyph, are read back as what they are. (A font with PostScript
/// outlines has no table for that: there the glyph's own number is used.)
pub(crate) struct Face {
    name: String,
    pub(crate) data: Cow<'static, [u8]>,
    pub(crate) index: u32,
    pub(crate) units: f32,
    postscript: bool,
    remapper: GlyphRemapper,
    numbers: HashMap<char, Option<(u16, f32)>>,
    /// What was shaped: by its glyph and what it stands for.
    shaped: HashMap<(u16, String), (u16, f32)>,
    /// By number, from 1: the characters, their glyph in the part that is embedded, its advance.
    used: Vec<(String, u16, f32)>,
}

impl Face {
    fn new(name: &str, data: Cow<'static, [u8]>, index: u32) -> Result<Self, ReceiptError> {
        let wrong = |error: ttf_parser::FaceParsingError| ReceiptError::Typeface(error.to_string());
        let units = ttf_parser::Face::parse(&data, index)
            .map_err(wrong)?
            .units_per_em();
        let raw = RawFace::parse(&data, index).map_err(wrong)?;
        let has = |tag: &[u8; 4]| raw.table(Tag::from_bytes(tag)).is_some();
        let postscript = has(b"CFF ");
        if !postscript && !has(b"glyf") {
            let words = "its outlines are of a kind that paper does not have";
            return Err(ReceiptError::Typeface(words.to_owned()));
        }
        Ok(Face {
            name: name.to_owned(),
            data,
            index,
            units: f32::from(units),
            postscript,
            remapper: GlyphRemapper::new(),
            numbers: HashMap::new(),
            shaped: HashMap::new(),
            used: Vec::new(),
        })
    }

    /// A character's number and its advance; nothing where the font has it not.
    fn glyph(&mut self, character: char) -> Option<(u16, f32)> {
        if let Some(known) = self.numbers.get(&character) {
            return *known;
        }
        let found = self.look_up(character);
        self.numbers.insert(character, found);
        found
    }

    fn look_up(&mut self, character: char) -> Option<(u16, f32)> {
        let face = ttf_parser::Face::parse(&self.data, self.index).ok()?;
        let glyph = face.glyph_index(character).filter(|glyph| glyph.0 > 0)?;
        self.add(glyph.0, character.to_string())
    }

    /// A glyph that stands for these characters.
    pub(crate) fn shaped(&mut self, glyph: u16, text: &str) -> Option<(u16, f32)> {
        let key = (glyph, text.to_owned());
        if let Some(known) = self.shaped.get(&key) {
            return Some(*known);
        }
        let added = self.add(glyph, text.to_owned())?;
        self.shaped.insert(key, added);
        Some(added)
    }

    /// Its number and its advance.
    fn add(&mut self, old: u16, text: String) -> Option<(u16, f32)> {
        let face = ttf_parser::Face::parse(&self.data, self.index).ok()?;
        let advance = face.glyph_hor_advance(ttf_parser::GlyphId(old));
        let advance = f32::from(advance.unwrap_or_default()) / self.units * 1000.0;
        let new = self.remapper.remap(old);
        if !self.postscript || usize::from(new) > self.used.len() {
            self.used.push((text, new, advance));
        }
        let number = match self.postscript {
            true => new,
            false => u16::try_from(self.used.len()).ok()?,
        };
        Some((number, advance))
    }
}

/// The fonts.
pub(crate) struct Faces {
    /// What the two weights have of ASCII, once it was looked for: nearly all of a receipt.
    ascii: [[Option<Glyph>; 128]; 2],
    /// Regular, bold, then those that were needed.
    pub(crate) list: Vec<Face>,
    /// Where in the list Noto's fonts are, by script and weight.
    noto: HashMap<(usize, Weight), Option<usize>>,
    /// Characters that no font of the system has.
    missing: HashSet<char>,
    database: Option<Database>,
}

impl Faces {
    pub(crate) fn new() -> Result<Self, ReceiptError> {
        let regular = Face::new("Inter-Regular", Cow::Borrowed(typefaces::REGULAR), 0)?;
        let bold = Face::new("Inter-SemiBold", Cow::Borrowed(typefaces::SEMI_BOLD), 0)?;
        Ok(Faces {
            ascii: [[None; 128]; 2],
            list: vec![regular, bold],
            noto: HashMap::new(),
            missing: HashSet::new(),
            database: None,
        })
    }

    /// A character in this weight, or in the system's font for its script; nothing where neither has it.
    pub(crate) fn glyph(&mut self, weight: Weight, character: char) -> Option<Glyph> {
        let own = usize::from(weight == Weight::Bold);
        let index = usize::try_from(u32::from(character)).ok()?;
        let known = self.ascii.get(own).and_then(|list| list.get(index));
        if let Some(glyph) = known.copied().flatten() {
            return Some(glyph);
        }
        let glyph = self.look_up(weight, character)?;
        let place = self.ascii.get_mut(own).and_then(|list| list.get_mut(index));
        if let Some(place) = place {
            *place = Some(glyph);
        }
        Some(glyph)
    }

    fn look_up(&mut self, weight: Weight, character: char) -> Option<Glyph> {
        let own = usize::from(weight == Weight::Bold);
        if let Some(glyph) = self.list.get_mut(own)?.glyph(character) {
            return Some(Glyph::plain(own, glyph));
        }
        let font = self.font_of(weight, character)?;
        let glyph = self.list.get_mut(font)?.glyph(character)?;
        Some(Glyph::plain(font, glyph))
    }

    /// Where in the list a font is that has the character, beside Inter: one of Noto's, or one of the system's.
    pub(crate) fn font_of(&mut self, weight: Weight, character: char) -> Option<usize> {
        for (script, (name, regular, bold)) in typefaces::NOTO.into_iter().enumerate() {
            let data = if weight == Weight::Bold {
                bold
            } else {
                regular
            };
            if !typefaces::has(data, 0, character) {
                continue;
            }
            if let Some(place) = self.noto.get(&(script, weight)) {
                return *place;
            }
            let face = Face::new(&format!("Noto-{name}"), Cow::Borrowed(data), 0).ok();
            let place = face.map(|face| self.push(face));
            self.noto.insert((script, weight), place);
            return place;
        }
        self.of_system(character)
    }

    fn push(&mut self, face: Face) -> usize {
        self.list.push(face);
        self.list.len() - 1
    }

    /// Where in the list a font of the system is that has the character.
    fn of_system(&mut self, character: char) -> Option<usize> {
        if self.missing.contains(&character) {
            return None;
        }
        let has_it = |face: &Face| typefaces::has(&face.data, face.index, character);
        let known = (2..).zip(self.list.iter().skip(2));
        if let Some((place, _)) = known.into_iter().find(|(_, face)| has_it(face)) {
            return Some(place);
        }
        let fonts = self.database.get_or_insert_with(|| {
            let mut fonts = Database::new();
            fonts.load_system_fonts();
            fonts
        });
        let found = (self.missing.len() < MOST_SEARCHES)
            .then(|| typefaces::of_system(fonts, character, false))
            .flatten();
        let name = format!("System-{}", self.list.len());
        // One that cannot be embedded is none.
        let face = found.and_then(|(data, index)| Face::new(&name, Cow::Owned(data), index).ok());
        let Some(face) = face else {
            self.missing.insert(character);
            return None;
        };
        Some(self.push(face))
    }

    /// The names of the fonts that are used, each with the numbers of its objects.
    pub(crate) fn names(&self, mut next: impl FnMut() -> Ref) -> Vec<(String, [Ref; 6])> {
        let fonts = 0..self.list.len();
        fonts
            .map(|font| (font_name(font), std::array::from_fn(|_| next())))
            .collect()
    }

    /// The objects of the fonts.
    pub(crate) fn embedded(
        &self,
        names: &[(String, [Ref; 6])],
    ) -> Result<Vec<Chunk>, ReceiptError> {
        let fonts = self.list.iter().zip(names);
        fonts.map(|(face, (_, ids))| embedded(face, *ids)).collect()
    }
}

/// So many characters that no font has are looked for in all of them.
const MOST_SEARCHES: usize = 100;

/// What a font is called on a page.
pub(crate) fn font_name(font: usize) -> String {
    format!("F{font}")
}

const IDENTITY: SystemInfo<'_> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// The used part of a typeface as a font of numbers (PDF 32000-1, 9.7), with what text each number stands for.
fn embedded(
    face: &Face,
    [font, cid, descriptor, file, unicode, glyphs]: [Ref; 6],
) -> Result<Chunk, ReceiptError> {
    let mut chunk = Chunk::new();
    // Six letters say that this is a part of the font.
    let name = format!("RCPTSD+{}", face.name);
    let whole = match face.postscript {
        true => format!("{name}-Identity-H"),
        false => name.clone(),
    };
    let name = Name(name.as_bytes());
    chunk
        .type0_font(font)
        .base_font(Name(whole.as_bytes()))
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(cid)
        .to_unicode(unicode);
    let mut font = chunk.cid_font(cid);
    font.subtype(match face.postscript {
        true => CidFontType::Type0,
        false => CidFontType::Type2,
    });
    font.base_font(name)
        .system_info(IDENTITY)
        .font_descriptor(descriptor)
        .default_width(0.0);
    if !face.postscript {
        font.cid_to_gid_map_stream(glyphs);
    }
    let widths = face.used.iter().map(|(_, _, width)| *width);
    font.widths().consecutive(1, widths);
    font.finish();
    describe(&mut chunk, face, (name, descriptor, file))?;
    let mut map = UnicodeCmap::new(Name(b"Receipt"), IDENTITY);
    let mut of_number = vec![0, 0];
    for (number, (text, glyph, _)) in (1_u16..).zip(&face.used) {
        if !text.is_empty() {
            map.pair_with_multiple(number, text.chars());
        }
        of_number.extend(glyph.to_be_bytes());
    }
    chunk
        .stream(glyphs, &deflated(&of_number))
        .filter(Filter::FlateDecode);
    chunk.cmap(unicode, &map.finish());
    Ok(chunk)
}

/// The font's measures and its file.
fn describe(
    chunk: &mut Chunk,
    face: &Face,
    (name, descriptor, file): (Name<'_>, Ref, Ref),
) -> Result<(), ReceiptError> {
    let wrong = |error: String| ReceiptError::Typeface(error);
    let parsed = ttf_parser::Face::parse(&face.data, face.index)
        .map_err(|error| wrong(error.to_string()))?;
    let thousandth = |units: i16| f32::from(units) / face.units * 1000.0;
    let bounds = parsed.global_bounding_box();
    let mut measures = chunk.font_descriptor(descriptor);
    measures
        .name(name)
        .flags(FontFlags::NON_SYMBOLIC)
        .bbox(Rect::new(
            thousandth(bounds.x_min),
            thousandth(bounds.y_min),
            thousandth(bounds.x_max),
            thousandth(bounds.y_max),
        ))
        .italic_angle(0.0)
        .ascent(thousandth(parsed.ascender()))
        .descent(thousandth(parsed.descender()))
        .cap_height(thousandth(parsed.capital_height().unwrap_or_default()))
        .stem_v(80.0);
    match face.postscript {
        true => measures.font_file3(file),
        false => measures.font_file2(file),
    };
    measures.finish();
    let part = subsetter::subset(&face.data, face.index, &face.remapper)
        .map_err(|error| wrong(error.to_string()))?;
    if !face.postscript {
        chunk
            .stream(file, &deflated(&part))
            .filter(Filter::FlateDecode);
        return Ok(());
    }
    // Of a font with PostScript outlines the outlines alone.
    let raw = RawFace::parse(&part, 0).map_err(|error| wrong(error.to_string()))?;
    let outlines = raw.table(Tag::from_bytes(b"CFF "));
    let outlines = outlines.ok_or_else(|| wrong("it has no outlines".to_owned()))?;
    let packed = deflated(outlines);
    let mut stream = chunk.stream(file, &packed);
    stream.filter(Filter::FlateDecode);
    stream.pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
    Ok(())
}

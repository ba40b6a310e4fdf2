//! Pages of A4 with text on them, as PDF: as much of the format as a receipt needs.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use icu_normalizer::ComposingNormalizerBorrowed;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use super::ReceiptError;
use super::fonts::{Faces, Glyph, font_name};
use super::shaping::is_shaped;

pub(crate) use super::fonts::Weight;

/// A4, in points.
pub(crate) const PAPER: (f32, f32) = (595.0, 842.0);
/// Left and right of the text.
pub(crate) const MARGIN: f32 = 44.0;
/// The width of the text.
pub(crate) const WIDTH: f32 = PAPER.0 - 2.0 * MARGIN;
/// Where the text of a page begins, from the top.
const TOP: f32 = 48.0;
/// Where the text of a page ends, from the top: the foot is below.
const BOTTOM: f32 = PAPER.1 - 56.0;
/// What is drawn for a character that no font has.
const MISSING: char = '□';
/// More of one text than this is not drawn.
const LONGEST: usize = 4000;

/// How a text is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub weight: Weight,
    /// In points.
    pub size: f32,
    pub ink: Ink,
}

/// Inks that can be told apart on paper, in black and white too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Ink {
    Text,
    Dim,
    Good,
    Bad,
}

impl Ink {
    fn rgb(self) -> [f32; 3] {
        match self {
            Ink::Text => [0.07, 0.09, 0.12],
            Ink::Dim => [0.32, 0.37, 0.43],
            Ink::Good => [0.07, 0.43, 0.28],
            Ink::Bad => [0.70, 0.16, 0.13],
        }
    }
}

/// A document while it is written: pages fill from the top, and the next one begins where the text does not fit.
pub(crate) struct Document {
    faces: Faces,
    page: Content,
    /// Each finished page, deflated: it is the only thing that grows with the text.
    pages: Vec<Vec<u8>>,
    /// Where the next line begins, from the top.
    y: f32,
    missed: bool,
}

impl Document {
    pub(crate) fn new() -> Result<Self, ReceiptError> {
        Ok(Document {
            faces: Faces::new()?,
            page: Content::new(),
            pages: Vec::new(),
            y: TOP,
            missed: false,
        })
    }

    /// Whether a character was not in the fonts.
    pub(crate) fn missed(&self) -> bool {
        self.missed
    }

    /// Moves down.
    pub(crate) fn down(&mut self, points: f32) {
        self.y += points;
    }

    /// Begins a new page where less than this is left; whether it did.
    pub(crate) fn room_for(&mut self, points: f32) -> bool {
        let full = self.y + points > BOTTOM;
        if full {
            self.turn();
        }
        full
    }

    fn turn(&mut self) {
        let page = std::mem::replace(&mut self.page, Content::new());
        self.pages.push(deflated(&page.finish()));
        self.y = TOP;
    }

    /// The width of a text in points.
    pub(crate) fn width(&mut self, text: &str, look: Look) -> f32 {
        let glyphs = self.faces.glyphs(look.weight, text);
        glyphs.iter().map(|glyph| glyph.advance).sum::<f32>() * look.size / 1000.0
    }

    fn advance(&mut self, character: char, look: Look) -> f32 {
        let glyph = self.faces.glyph(look.weight, character);
        glyph.map_or(0.0, |glyph| glyph.advance) * look.size / 1000.0
    }

    /// What of a text can be drawn: composed, without control characters, what no font has replaced.
    pub(crate) fn drawable(&mut self, text: &str, weight: Weight) -> String {
        let plain = |byte: u8| (b' '..=b'~').contains(&byte);
        if text.len() <= LONGEST && text.bytes().all(plain) {
            return text.to_owned();
        }
        let composed = ComposingNormalizerBorrowed::new_nfc().normalize(text);
        let mut drawn = String::with_capacity(composed.len());
        for character in composed.chars().take(LONGEST) {
            let character = match character {
                _ if character.is_whitespace() => ' ',
                _ if character.is_control() => continue,
                // Marks of direction are nothing that can be seen.
                '\u{200B}'
                | '\u{200E}'
                | '\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{2069}' => {
                    continue;
                }
                // Joiners have a part in how others are drawn.
                '\u{200C}' | '\u{200D}' => character,
                character if self.faces.glyph(weight, character).is_some() => character,
                _ => {
                    self.missed = true;
                    MISSING
                }
            };
            drawn.push(character);
        }
        drawn
    }

    /// Draws a text whose baseline is the current line's, at this distance from the left edge of the paper.
    pub(crate) fn text(&mut self, x: f32, text: &str, look: Look) {
        let text = self.drawable(text, look.weight);
        self.draw(x, self.y, &text, look);
    }

    /// The same, ending at `x`.
    pub(crate) fn text_to(&mut self, x: f32, text: &str, look: Look) {
        let text = self.drawable(text, look.weight);
        let width = self.width(&text, look);
        self.draw(x - width, self.y, &text, look);
    }

    fn draw(&mut self, x: f32, y: f32, text: &str, look: Look) {
        put(&mut self.page, &mut self.faces, (x, y), text, look);
    }

    /// Draws a text over as many lines as it needs, each `leading` below the other and no wider than `width`; ends on the last.
    pub(crate) fn paragraph(
        &mut self,
        x: f32,
        width: f32,
        text: &str,
        (look, leading): (Look, f32),
    ) {
        let text = self.drawable(text, look.weight);
        for (index, line) in self.lines(&text, width, look).iter().enumerate() {
            if index > 0 {
                self.y += leading;
                self.room_for(0.0);
            }
            self.draw(x, self.y, line, look);
        }
    }

    /// Breaks between words, and within one that is longer than a line.
    pub(crate) fn lines(&mut self, text: &str, width: f32, look: Look) -> Vec<String> {
        if self.width(text, look) <= width {
            return vec![text.to_owned()];
        }
        let mut lines = Vec::new();
        let (mut line, mut used) = (String::new(), 0.0);
        for word in text.split_inclusive(' ') {
            let bare = self.width(word.trim_end(), look);
            if used + bare > width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            if bare <= width && word.contains(is_shaped) {
                // What takes its form from its neighbours is not taken apart.
                line.push_str(word);
                used += self.width(word, look);
                continue;
            }
            for character in word.chars() {
                let advance = self.advance(character, look);
                if used + advance > width && character != ' ' && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
                line.push(character);
                used += advance;
            }
        }
        if !line.is_empty() || lines.is_empty() {
            lines.push(line);
        }
        lines
    }

    /// A thin line over the width of the text, on the current line.
    pub(crate) fn rule(&mut self) {
        let y = PAPER.1 - self.y;
        self.page.set_stroke_rgb(0.75, 0.78, 0.81);
        self.page.set_line_width(0.6);
        self.page.move_to(MARGIN, y).line_to(MARGIN + WIDTH, y);
        self.page.stroke();
    }

    /// Ends the last page, numbers all of them, and gives the file.
    pub(crate) fn finish(mut self, about: &About<'_>) -> Result<Vec<u8>, ReceiptError> {
        self.turn();
        let pages = std::mem::take(&mut self.pages);
        let mut refs = Refs(0);
        let (catalogue, tree, info) = (refs.next(), refs.next(), refs.next());
        let fonts = self.faces.names(|| refs.next());
        let mut pdf = Pdf::new();
        pdf.catalog(catalogue)
            .pages(tree)
            .lang(TextStr("en"))
            .viewer_preferences()
            .display_doc_title(true);
        pdf.document_info(info)
            .title(TextStr(about.title))
            .creator(TextStr(about.program))
            .producer(TextStr(about.program));
        let ids: Vec<Ref> = pages.iter().map(|_| refs.next()).collect();
        let many = i32::try_from(ids.len()).unwrap_or(i32::MAX);
        pdf.pages(tree).kids(ids.iter().copied()).count(many);
        for (index, (id, body)) in ids.iter().zip(&pages).enumerate() {
            let number = format!("Page {} of {}", index + 1, ids.len());
            let foot = self.foot(about.foot, &number);
            let (above, below) = (refs.next(), refs.next());
            let mut page = pdf.page(*id);
            page.parent(tree)
                .media_box(Rect::new(0.0, 0.0, PAPER.0, PAPER.1))
                .contents_array([above, below]);
            let mut resources = page.resources();
            let mut names = resources.fonts();
            for (name, [first, ..]) in &fonts {
                names.pair(Name(name.as_bytes()), *first);
            }
            names.finish();
            resources.finish();
            page.finish();
            pdf.stream(above, body).filter(Filter::FlateDecode);
            pdf.stream(below, &deflated(&foot))
                .filter(Filter::FlateDecode);
        }
        for font in self.faces.embedded(&fonts)? {
            pdf.extend(&font);
        }
        Ok(pdf.finish())
    }

    fn foot(&mut self, left: &str, right: &str) -> Vec<u8> {
        let look = Look {
            weight: Weight::Regular,
            size: 7.5,
            ink: Ink::Dim,
        };
        let left = self.drawable(left, look.weight);
        let mut lines = self.lines(&left, WIDTH - 90.0, look);
        let left = if lines.is_empty() {
            String::new()
        } else {
            lines.swap_remove(0)
        };
        let width = self.width(right, look);
        let y = PAPER.1 - 32.0;
        let mut content = Content::new();
        put(&mut content, &mut self.faces, (MARGIN, y), &left, look);
        let x = MARGIN + WIDTH - width;
        put(&mut content, &mut self.faces, (x, y), right, look);
        content.finish().into_vec()
    }
}

/// What a document says about itself.
pub(crate) struct About<'a> {
    /// For the reader's window. Names no patient.
    pub title: &'a str,
    pub program: &'a str,
    /// At the foot of each page.
    pub foot: &'a str,
}

/// Draws a text with its baseline at `y` from the top.
fn put(page: &mut Content, faces: &mut Faces, (x, y): (f32, f32), text: &str, look: Look) {
    let [red, green, blue] = look.ink.rgb();
    let glyphs = faces.glyphs(look.weight, text);
    page.begin_text();
    page.set_fill_rgb(red, green, blue);
    page.next_line(x, PAPER.1 - y);
    let alike = |one: &Glyph, other: &Glyph| one.font == other.font && one.shift.1 == other.shift.1;
    let mut risen = false;
    for run in glyphs.chunk_by(alike) {
        let Some(first) = run.first() else { continue };
        page.set_font(Name(font_name(first.font).as_bytes()), look.size);
        let rise = first.shift.1 * look.size / 1000.0;
        if risen || rise != 0.0 {
            page.set_rise(rise);
            risen = rise != 0.0;
        }
        show(page, run);
    }
    if risen {
        page.set_rise(0.0);
    }
    page.end_text();
}

/// Draws glyphs of one font on one line, each where it was put.
fn show(page: &mut Content, glyphs: &[Glyph]) {
    let moved = |glyph: &Glyph| glyph.shift.0 != 0.0 || (glyph.advance - glyph.width).abs() > 0.5;
    if !glyphs.iter().any(moved) {
        let numbers = glyphs.iter().flat_map(|glyph| glyph.number.to_be_bytes());
        page.show(Str(&numbers.collect::<Vec<u8>>()));
        return;
    }
    let mut positioned = page.show_positioned();
    let mut items = positioned.items();
    for glyph in glyphs {
        // An adjustment moves to the left.
        let (before, after) = (-glyph.shift.0, glyph.width - glyph.advance + glyph.shift.0);
        if before != 0.0 {
            items.adjust(before);
        }
        items.show(Str(&glyph.number.to_be_bytes()));
        if after != 0.0 {
            items.adjust(after);
        }
    }
}

struct Refs(i32);

impl Refs {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

pub(crate) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(5));
    // Writing into memory does not fail.
    drop(encoder.write_all(bytes));
    encoder.finish().unwrap_or_default()
}

//! Scripts whose letters take other forms beside each other, stand above one another, or run from right to left.

use std::collections::HashMap;

use harfrust::{FontRef, ShapeOptions, ShaperData, UnicodeBuffer};

use super::fonts::{Face, Faces, Glyph, Weight};
use crate::text::bidi;

/// Whether a character is drawn by what stands beside it: Hebrew, Arabic, the scripts of India and of the South-East.
pub(crate) fn is_shaped(character: char) -> bool {
    matches!(character,
        '\u{0590}'..='\u{109F}' | '\u{1700}'..='\u{18AF}' | '\u{1900}'..='\u{1CFF}' | '\u{200C}' | '\u{200D}'
            | '\u{A800}'..='\u{ABFF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}' | '\u{11000}'..='\u{11FFF}')
}

impl Faces {
    /// A text as it is drawn, from left to right.
    pub(crate) fn glyphs(&mut self, weight: Weight, text: &str) -> Vec<Glyph> {
        let mut glyphs = Vec::with_capacity(text.len());
        match bidi::is_needed(text) {
            true => {
                for piece in bidi::pieces(text) {
                    self.add_piece(weight, &piece, &mut glyphs);
                }
            }
            false => self.add_piece(weight, text, &mut glyphs),
        }
        glyphs
    }

    fn add_piece(&mut self, weight: Weight, piece: &str, out: &mut Vec<Glyph>) {
        let mut run: Option<(usize, String)> = None;
        for character in piece.chars() {
            let font = match (is_shaped(character), &run) {
                (false, _) => None,
                // Joiners belong to what they join.
                (true, Some((font, _))) if matches!(character, '\u{200C}' | '\u{200D}') => {
                    Some(*font)
                }
                (true, _) => self.font_of(weight, character),
            };
            match (font, &mut run) {
                (Some(font), Some((same, text))) if font == *same => text.push(character),
                (font, _) => {
                    self.end_run(run.take(), out);
                    match font {
                        Some(font) => run = Some((font, character.to_string())),
                        None => out.extend(self.glyph(weight, character)),
                    }
                }
            }
        }
        self.end_run(run, out);
    }

    fn end_run(&mut self, run: Option<(usize, String)>, out: &mut Vec<Glyph>) {
        let Some((font, text)) = run else { return };
        let Some(face) = self.list.get_mut(font) else {
            return;
        };
        let scale = 1000.0 / face.units;
        let glyphs = shape(face, &text);
        // The widest glyph of a cluster stands for its letters, dots and vowels beside it for nothing.
        let mut bases: HashMap<usize, (f32, usize)> = HashMap::new();
        for (place, glyph) in glyphs.iter().enumerate() {
            let base = bases.entry(glyph.cluster).or_insert((glyph.advance, place));
            if glyph.advance > base.0 {
                *base = (glyph.advance, place);
            }
        }
        for (place, glyph) in glyphs.iter().enumerate() {
            let is_base = bases
                .get(&glyph.cluster)
                .is_some_and(|base| base.1 == place);
            let letters = match is_base {
                true => letters_of(&text, &glyphs, glyph.cluster),
                false => "",
            };
            let Some((number, width)) = face.shaped(glyph.number, letters) else {
                continue;
            };
            out.push(Glyph {
                font,
                number,
                width,
                advance: glyph.advance * scale,
                shift: (glyph.shift.0 * scale, glyph.shift.1 * scale),
            });
        }
    }
}

/// A glyph in the font's units.
struct Shaped {
    number: u16,
    /// Where in the text its letters begin.
    cluster: usize,
    advance: f32,
    shift: (f32, f32),
}

/// The letters from a cluster to the next one in the text.
fn letters_of<'a>(text: &'a str, glyphs: &[Shaped], start: usize) -> &'a str {
    let later = glyphs.iter().map(|glyph| glyph.cluster);
    let end = later.filter(|cluster| *cluster > start).min();
    text.get(start..end.unwrap_or(text.len()))
        .unwrap_or_default()
}

fn shape(face: &Face, text: &str) -> Vec<Shaped> {
    let Ok(font) = FontRef::from_index(&face.data, face.index) else {
        return Vec::new();
    };
    let data = ShaperData::new(&font);
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    let shaped = data
        .shaper(&font)
        .build()
        .shape(buffer, ShapeOptions::new());
    let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions());
    let glyphs = glyphs.filter_map(|(info, position)| {
        Some(Shaped {
            number: u16::try_from(info.glyph_id).ok()?,
            cluster: usize::try_from(info.cluster).ok()?,
            advance: position.x_advance as f32,
            shift: (position.x_offset as f32, position.y_offset as f32),
        })
    });
    glyphs.collect()
}

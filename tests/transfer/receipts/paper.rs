//! Reads what is on the pages of a PDF back: as much of the format as a receipt uses, strictly.

use std::collections::HashMap;
use std::io::Read;

/// What was read.
pub struct Paper {
    /// The texts of each page, each on a line.
    pub pages: Vec<String>,
    /// The document's information dictionary.
    pub info: String,
}

impl Paper {
    /// Panics where the file is no PDF, or its table of objects does not lead to them.
    pub fn read(bytes: &[u8]) -> Paper {
        assert!(bytes.starts_with(b"%PDF-1."));
        assert!(bytes.trim_ascii_end().ends_with(b"%%EOF"));
        let objects = objects(bytes);
        let object = |number: usize| objects.get(&number).expect("an object that is referred to");
        let trailer = &bytes[find(bytes, b"trailer", 0).unwrap()..];
        let trailer = text_of(trailer);
        let catalogue = text_of(object(reference(&trailer, "/Root")));
        let tree = text_of(object(reference(&catalogue, "/Pages")));
        let info = text_of(object(reference(&trailer, "/Info")));
        let kids = references(&tree, "/Kids");
        let count = format!("/Count {}", kids.len());
        assert!(tree.contains(&count));
        let mut maps = HashMap::new();
        let pages = kids.iter().map(|kid| {
            let page = text_of(object(*kid));
            let mut text = String::new();
            for name in (0..9).map(|font| format!("/F{font} ")) {
                if !page.contains(&name) {
                    continue;
                }
                let font = text_of(object(reference(&page, &name)));
                let cmap = reference(&font, "/ToUnicode");
                let cid = text_of(object(references(&font, "/DescendantFonts")[0]));
                let descriptor = text_of(object(reference(&cid, "/FontDescriptor")));
                if descriptor.contains("/FontFile2") {
                    let file = inflated(object(reference(&descriptor, "/FontFile2")));
                    assert!(ttf_parser::Face::parse(&file, 0).is_ok());
                } else {
                    let file = inflated(object(reference(&descriptor, "/FontFile3")));
                    assert!(ttf_parser::cff::Table::parse(&file).is_some());
                }
                let number = name.as_bytes()[2];
                maps.entry(number)
                    .or_insert_with(|| unicode(&text_of(stream(object(cmap)))));
            }
            for content in references(&page, "/Contents") {
                shown(&inflated(object(content)), &maps, &mut text);
            }
            text
        });
        Paper {
            pages: pages.collect(),
            info,
        }
    }
}

/// The objects by number, found through the cross-reference table.
fn objects(bytes: &[u8]) -> HashMap<usize, &[u8]> {
    let tail = text_of(&bytes[bytes.len() - 60..]);
    let start: usize = number_after(&tail, "startxref");
    let table = text_of(&bytes[start..]);
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("xref"));
    let many: usize = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let mut found = HashMap::new();
    for number in 0..many {
        let line = lines.next().unwrap();
        if line.contains(" n") {
            let offset: usize = line[..10].parse().unwrap();
            let head = format!("{number} 0 obj");
            assert!(bytes[offset..].starts_with(head.as_bytes()), "{head}");
            let end = find(bytes, b"\nendobj", offset).unwrap();
            found.insert(number, &bytes[offset + head.len()..end]);
        }
    }
    found
}

fn find(bytes: &[u8], what: &[u8], from: usize) -> Option<usize> {
    let rest = &bytes[from..];
    rest.windows(what.len())
        .position(|part| part == what)
        .map(|at| at + from)
}

fn text_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn number_after(text: &str, key: &str) -> usize {
    let at = text
        .find(key)
        .unwrap_or_else(|| panic!("no {key} in {text}"))
        + key.len();
    let digits: String = text[at..]
        .trim_start_matches(|c: char| !c.is_ascii_digit())
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap()
}

fn reference(text: &str, key: &str) -> usize {
    number_after(text, key)
}

/// The numbers of `/Key [1 0 R 2 0 R]`.
fn references(text: &str, key: &str) -> Vec<usize> {
    let at = text
        .find(key)
        .unwrap_or_else(|| panic!("no {key} in {text}"));
    let list = &text[at..];
    let list = &list[list.find('[').unwrap() + 1..list.find(']').unwrap()];
    let parts = list.split(" 0 R");
    parts.filter_map(|part| part.trim().parse().ok()).collect()
}

/// A stream's bytes: as many as its dictionary says.
fn stream(object: &[u8]) -> &[u8] {
    let start = find(object, b"stream\n", 0).unwrap() + 7;
    let length = number_after(&text_of(&object[..start]), "/Length");
    assert!(object[start + length..].starts_with(b"\nendstream"));
    &object[start..start + length]
}

fn inflated(object: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::ZlibDecoder::new(stream(object))
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

/// What text each glyph stands for: some stand for nothing, beside another one.
fn unicode(cmap: &str) -> HashMap<u16, String> {
    let pair = |line: &str| {
        let (glyph, text) = line.strip_prefix('<')?.split_once("> <")?;
        let glyph = u16::from_str_radix(glyph, 16).ok()?;
        Some((glyph, utf_16(text.strip_suffix('>')?)))
    };
    cmap.lines()
        .filter(|line| !line.contains("<0000> <FFFF>"))
        .filter_map(pair)
        .collect()
}

fn utf_16(digits: &str) -> String {
    let units = digits.as_bytes().chunks(4);
    let units = units.map(|unit| u16::from_str_radix(&text_of(unit), 16).unwrap());
    String::from_utf16(&units.collect::<Vec<_>>()).unwrap()
}

/// Adds what a page's content shows, from left to right.
fn shown(content: &[u8], maps: &HashMap<u8, HashMap<u16, String>>, out: &mut String) {
    let mut at = 0;
    let mut font = b'0';
    while at < content.len() {
        let rest = &content[at..];
        if rest.starts_with(b"/F") && rest[3] == b' ' {
            font = rest[2];
            at += 4;
        } else if rest[0] == b'(' || rest[0] == b'<' {
            let (glyphs, used) = string(rest);
            let pairs = glyphs
                .chunks(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            let letters = pairs.filter_map(|glyph| maps[&font].get(&glyph));
            out.extend(letters.map(String::as_str));
            at += used;
        } else if rest.starts_with(b"ET") {
            out.push('\n');
            at += 2;
        } else {
            at += 1;
        }
    }
}

/// A string's bytes, and how long it is as written.
fn string(text: &[u8]) -> (Vec<u8>, usize) {
    let mut bytes = Vec::new();
    if text[0] == b'<' {
        let end = text.iter().position(|byte| *byte == b'>').unwrap();
        let digits = text_of(&text[1..end]);
        let pairs = digits.as_bytes().chunks(2);
        bytes.extend(pairs.map(|pair| u8::from_str_radix(&text_of(pair), 16).unwrap()));
        return (bytes, end + 1);
    }
    let (mut at, mut depth) = (1, 1);
    loop {
        match text[at] {
            b'\\' => {
                at += 1;
                bytes.push(match text[at] {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'f' => 12,
                    digit if digit.is_ascii_digit() => {
                        let code = u8::from_str_radix(&text_of(&text[at..at + 3]), 8).unwrap();
                        at += 2;
                        code
                    }
                    other => other,
                });
            }
            b'(' => {
                depth += 1;
                bytes.push(b'(');
            }
            b')' if depth == 1 => return (bytes, at + 1),
            b')' => {
                depth -= 1;
                bytes.push(b')');
            }
            other => bytes.push(other),
        }
        at += 1;
    }
}

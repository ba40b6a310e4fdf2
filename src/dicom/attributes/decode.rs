//! Decoding of values to text and numbers (PS3.5 6.2).

use crate::dicom::dataset::element::Layout;
use crate::dicom::dataset::text::{self, CharacterSet};

/// Type of a VR's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Text. `many`: values are separated by backslashes.
    Text { many: bool },
    /// Integers of `bytes` bytes.
    Whole { bytes: usize, signed: bool },
    /// Floating-point numbers of `bytes` bytes.
    Float { bytes: usize },
    /// Tags of other elements (AT).
    Tags,
    /// Binary data.
    Bytes,
}

impl Form {
    pub(super) fn of(vr: [u8; 2]) -> Form {
        let whole = |bytes, signed| Form::Whole { bytes, signed };
        match &vr {
            b"LT" | b"ST" | b"UT" | b"UR" => Form::Text { many: false },
            b"AE" | b"AS" | b"CS" | b"DA" | b"DS" | b"DT" | b"IS" | b"LO" | b"PN" | b"SH"
            | b"TM" | b"UC" | b"UI" => Form::Text { many: true },
            b"US" => whole(2, false),
            b"SS" => whole(2, true),
            b"UL" => whole(4, false),
            b"SL" => whole(4, true),
            b"UV" => whole(8, false),
            b"SV" => whole(8, true),
            b"FL" => Form::Float { bytes: 4 },
            b"FD" => Form::Float { bytes: 8 },
            b"AT" => Form::Tags,
            _ => Form::Bytes,
        }
    }

    /// Size of one value in bytes, for VRs with a fixed size.
    pub(super) fn unit(self) -> Option<usize> {
        match self {
            Form::Whole { bytes, .. } | Form::Float { bytes } => Some(bytes),
            Form::Tags => Some(4),
            Form::Text { .. } | Form::Bytes => None,
        }
    }
}

/// Text of a VR in the default character repertoire, without padding.
pub(super) fn plain(bytes: &[u8]) -> String {
    text(CharacterSet::DEFAULT, *b"UI", bytes)
}

/// Text of a VR without padding.
pub(super) fn text(set: CharacterSet, vr: [u8; 2], bytes: &[u8]) -> String {
    let in_set = matches!(
        &vr,
        b"SH" | b"LO" | b"ST" | b"LT" | b"UC" | b"UT" | b"PN" | b"UN"
    );
    let set = if in_set { set } else { CharacterSet::DEFAULT };
    let form = match &vr {
        b"PN" => text::Form::Name,
        // Leading spaces are significant in texts (PS3.5 table 6.2-1).
        b"ST" | b"LT" | b"UT" => text::Form::Text,
        _ => text::Form::Values,
    };
    set.decode_as(form, bytes)
}

/// Whether a value of unknown VR is readable ASCII text.
pub(super) fn is_readable(bytes: &[u8]) -> bool {
    let text = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    !text.is_empty()
        && text
            .iter()
            .all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t'))
}

/// A decoded number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    /// Unsigned integer.
    Natural(u64),
    /// Signed integer.
    Integer(i64),
    /// Floating-point number of four bytes.
    Single(f32),
    /// Floating-point number of eight bytes.
    Double(f64),
    /// Group and element number (AT).
    Tag(u16, u16),
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Number::Natural(value) => write!(f, "{value}"),
            Number::Integer(value) => write!(f, "{value}"),
            Number::Single(value) => write!(f, "{value}"),
            Number::Double(value) => write!(f, "{value}"),
            Number::Tag(group, element) => write!(f, "({group:04X},{element:04X})"),
        }
    }
}

/// Decodes the numbers of a value. An incomplete one at its end is ignored.
pub(super) fn numbers(
    form: Form,
    layout: Layout,
    bytes: &[u8],
) -> impl Iterator<Item = Number> + '_ {
    let unit = form.unit().unwrap_or(usize::MAX);
    let one = move |bytes: &[u8]| number(form, layout, bytes);
    bytes.chunks_exact(unit).filter_map(one)
}

fn number(form: Form, layout: Layout, bytes: &[u8]) -> Option<Number> {
    if form == Form::Tags {
        let [g0, g1, e0, e1] = *bytes else {
            return None;
        };
        return Some(Number::Tag(layout.u16([g0, g1]), layout.u16([e0, e1])));
    }
    // Little endian, zero-extended to eight bytes.
    let mut wide = [0; 8];
    let room = wide.get_mut(..bytes.len())?;
    room.copy_from_slice(bytes);
    if layout.big_endian {
        room.reverse();
    }
    let value = u64::from_le_bytes(wide);
    let [a, b, c, d, ..] = wide;
    Some(match form {
        Form::Whole { signed: false, .. } => Number::Natural(value),
        Form::Whole { bytes: 2, .. } => Number::Integer(i16::from_le_bytes([a, b]).into()),
        Form::Whole { bytes: 4, .. } => Number::Integer(i32::from_le_bytes([a, b, c, d]).into()),
        Form::Whole { .. } => Number::Integer(i64::from_le_bytes(wide)),
        Form::Float { bytes: 4 } => Number::Single(f32::from_le_bytes([a, b, c, d])),
        _ => Number::Double(f64::from_le_bytes(wide)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vr: &[u8; 2], layout: Layout, bytes: &[u8]) -> Vec<String> {
        let numbers = numbers(Form::of(*vr), layout, bytes);
        numbers.map(|number| number.to_string()).collect()
    }

    #[test]
    fn numbers_are_read_in_both_orders_of_bytes() {
        let big = Layout {
            explicit: true,
            big_endian: true,
        };
        let little = Layout::EXPLICIT;
        assert_eq!(read(b"US", little, &[1, 2, 255, 255, 9]), ["513", "65535"]);
        assert_eq!(read(b"SS", little, &[0xFF, 0xFF]), ["-1"]);
        assert_eq!(read(b"SS", big, &[0xFF, 0xFE]), ["-2"]);
        assert_eq!(read(b"SL", big, &[0, 0, 1, 0]), ["256"]);
        assert_eq!(read(b"UV", little, &[255; 8]), ["18446744073709551615"]);
        assert_eq!(read(b"SV", little, &[255; 8]), ["-1"]);
        assert_eq!(read(b"FL", little, &0.1_f32.to_le_bytes()), ["0.1"]);
        assert_eq!(read(b"FD", big, &(-2.5_f64).to_be_bytes()), ["-2.5"]);
        assert_eq!(read(b"AT", little, &[0x10, 0, 0x20, 0]), ["(0010,0020)"]);
    }

    #[test]
    fn blanks_before_a_text_stay_and_padding_goes() {
        let set = CharacterSet::DEFAULT;
        assert_eq!(text(set, *b"LT", b"  two\r\nlines "), "  two\r\nlines");
        assert_eq!(text(set, *b"LO", b" one\\two "), "one\\two");
        assert_eq!(plain(b"1.2.3\0"), "1.2.3");
    }
}

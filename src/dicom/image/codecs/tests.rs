//! Streams that were packed by other programs, and what becomes of damaged ones.

use super::*;

/// T.87, annex H.3: an image of 4 × 4 pixels, in the standard's own words.
const H3: [u8; 16] = [
    0, 0, 90, 74, 68, 50, 43, 205, 64, 145, 145, 145, 100, 145, 145, 145,
];
const H3_SCAN: [u8; 30] = [
    0xC0, 0x00, 0x00, 0x6C, 0x80, 0x20, 0x8E, 0x01, 0xC0, 0x00, 0x00, 0x57, 0x40, 0x00, 0x00, 0x6E,
    0xE6, 0x00, 0x00, 0x01, 0xBC, 0x18, 0x00, 0x00, 0x05, 0xD8, 0x00, 0x00, 0x91, 0x60,
];

fn h3() -> Vec<u8> {
    let head =
        b"\xFF\xD8\xFF\xF7\0\x0B\x08\0\x04\0\x04\x01\x01\x11\0\xFF\xDA\0\x08\x01\x01\0\0\0\0";
    [&head[..], &H3_SCAN, b"\xFF\xD9"].concat()
}

#[test]
fn the_example_of_the_jpeg_ls_standard_is_unpacked() {
    let unpacked = jpeg_ls::unpack(&h3(), 16).unwrap();
    assert_eq!(unpacked.samples, H3.map(u16::from));
    assert_eq!((unpacked.columns, unpacked.rows, unpacked.bits), (4, 4, 8));
}

#[test]
fn streams_that_are_cut_or_claim_too_much_are_refused() {
    let whole = h3();
    for length in 0..whole.len() - 8 {
        assert!(jpeg_ls::unpack(&whole[..length], 16).is_err(), "{length}");
    }
    assert_eq!(jpeg_ls::unpack(&whole, 15), Err(Damage::TooLarge));
    assert!(jpeg12::unpack(&whole, 16).is_err());
}

#[test]
fn rle_gives_back_what_was_packed_and_nothing_where_something_is_missing() {
    // Two pixels of 16 bits: the high bytes as a run, the low ones as they are.
    let mut stream = vec![2, 0, 0, 0, 64, 0, 0, 0, 66, 0, 0, 0];
    stream.resize(64, 0);
    stream.extend([0xFF, 7, 1, 8, 9, 0]);
    assert_eq!(rle::unpack(&stream, 2, 1, 2), Ok(vec![8, 7, 9, 7]));
    assert_eq!(rle::unpack(&stream, 3, 1, 2), Err(Damage::Cut));
    assert_eq!(rle::unpack(&stream, 2, 3, 1), Err(Damage::Broken));
    assert_eq!(rle::unpack(&stream[..65], 2, 1, 2), Err(Damage::Cut));
}

/// A frame of 4 × 4 pixels, and scans of it: in each the components with these numbers.
fn jpeg_ls_of(components: u8, scans: &[&[u8]]) -> Vec<u8> {
    let mut stream = vec![0xFF, 0xD8, 0xFF, 0xF7, 0, 8 + 3 * components];
    stream.extend([8, 0, 4, 0, 4, components]);
    (1..=components).for_each(|id| stream.extend([id, 0x11, 0]));
    for ids in scans {
        let count = u8::try_from(ids.len()).unwrap();
        stream.extend([0xFF, 0xDA, 0, 6 + 2 * count, count]);
        ids.iter().for_each(|id| stream.extend([*id, 0]));
        stream.extend([0, u8::from(count > 1), 0]);
        stream.extend(H3_SCAN.repeat(ids.len()));
    }
    [&stream[..], b"\xFF\xD9"].concat()
}

#[test]
fn no_component_is_unpacked_twice() {
    let unpack = |components, scans: &[&[u8]]| jpeg_ls::unpack(&jpeg_ls_of(components, scans), 64);
    assert!(unpack(2, &[&[1], &[2]]).is_ok());
    assert_eq!(unpack(2, &[&[1], &[1], &[1]]), Err(Damage::Broken));
    assert_eq!(unpack(2, &[&[1, 1]]), Err(Damage::Broken));
    assert_eq!(unpack(4, &[&[1, 2, 3, 4, 1]]), Err(Damage::Broken));
    // Nor is a frame begun anew behind a scan.
    let one = jpeg_ls_of(2, &[&[1]]);
    let again = [&one[..one.len() - 2], &one[2..]].concat();
    assert_eq!(jpeg_ls::unpack(&again, 64), Err(Damage::Broken));
}

/// JPEG of 12 bits whose blocks are grey all over: one bit a coefficient.
fn jpeg12_of(components: u8, scans: &[&[u8]]) -> Vec<u8> {
    let mut stream = vec![0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0];
    stream.extend([1; 64]);
    for kind in [0x00, 0x10] {
        stream.extend([0xFF, 0xC4, 0, 20, kind, 1]);
        stream.extend([0; 16]);
    }
    stream.extend([
        0xFF,
        0xC1,
        0,
        8 + 3 * components,
        12,
        0,
        8,
        0,
        8,
        components,
    ]);
    (1..=components).for_each(|id| stream.extend([id, 0x11, 0]));
    for ids in scans {
        let count = u8::try_from(ids.len()).unwrap();
        stream.extend([0xFF, 0xDA, 0, 6 + 2 * count, count]);
        ids.iter().for_each(|id| stream.extend([*id, 0]));
        stream.extend([0, 63, 0]);
        stream.extend([0; 2]);
    }
    [&stream[..], b"\xFF\xD9"].concat()
}

#[test]
fn no_component_of_a_jpeg_is_unpacked_twice() {
    let unpack = |components, scans: &[&[u8]]| jpeg12::unpack(&jpeg12_of(components, scans), 512);
    let grey = unpack(2, &[&[1], &[2]]).unwrap();
    assert_eq!(grey.samples, [2048; 128]);
    assert_eq!(unpack(2, &[&[1], &[1], &[1]]), Err(Damage::Broken));
    assert_eq!(unpack(2, &[&[1, 1]]), Err(Damage::Broken));
    assert_eq!(unpack(4, &[&[1, 2, 3, 4, 1]]), Err(Damage::Broken));
    let one = jpeg12_of(2, &[&[1]]);
    let again = [&one[..one.len() - 2], &one[2..]].concat();
    assert_eq!(jpeg12::unpack(&again, 512), Err(Damage::Broken));
}

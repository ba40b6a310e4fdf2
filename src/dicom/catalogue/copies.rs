//! Whether two files hold the same image: the same bytes, or the same attributes and pixels written another way.

use std::io::{self, BufReader, Read};
use std::path::Path;

use dicom_core::Tag;
use dicom_core::header::Header;
use dicom_object::{InMemDicomObject, OpenFileOptions};

use crate::dicom::media;

/// Files up to this size in bytes are read attribute by attribute where their bytes differ; each is in memory whole.
const MOST_PARSED: u64 = 256 * 1024 * 1024;
/// Deflated Explicit VR Little Endian, and the deflated JPIP ones: a small file of these may be a large data set.
const DEFLATED: [&str; 4] = [
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.4.95",
    "1.2.840.10008.1.2.4.205",
    "1.2.840.10008.1.2.8.1",
];

/// Whether both files hold the same image. Where the bytes differ, the data sets are held against each other: the file
/// meta information, lengths of groups and padding behind the data set (PS3.10 7.1 and 7.2, PS3.5 7.2) say nothing of the
/// image. What cannot be read attribute by attribute, or is larger than 256 MiB, counts as another image.
///
/// # Errors
/// Where one of the files cannot be read.
pub fn same_content(one: &Path, other: &Path) -> io::Result<bool> {
    let (first, second) = (media::open(one)?, media::open(other)?);
    let (size, other_size) = (first.size(), second.size());
    if size == other_size && same_bytes(first, second)? {
        return Ok(true);
    }
    if size.max(other_size) > MOST_PARSED {
        return Ok(false);
    }
    Ok(match (data_set(one)?, data_set(other)?) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    })
}

fn same_bytes(one: impl Read, other: impl Read) -> io::Result<bool> {
    let (mut one, mut other) = (BufReader::new(one), BufReader::new(other));
    let (mut left, mut right) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        let (read, read_other) = (fill(&mut one, &mut left)?, fill(&mut other, &mut right)?);
        if left.get(..read) != right.get(..read_other) {
            return Ok(false);
        }
        if read == 0 {
            return Ok(true);
        }
    }
}

/// As much as there is, up to the buffer's length.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The transfer syntax and the attributes that say something of the image; `None` where they cannot be read.
fn data_set(path: &Path) -> io::Result<Option<(String, InMemDicomObject)>> {
    let source = BufReader::new(media::open(path)?);
    let meta = OpenFileOptions::new()
        .read_until(Tag(0x0008, 0x0000))
        .from_reader(source);
    let Ok(meta) = meta else { return Ok(None) };
    let syntax = meta.meta().transfer_syntax().to_owned();
    if DEFLATED.contains(&syntax.as_str()) {
        return Ok(None);
    }
    let source = BufReader::new(media::open(path)?);
    let Ok(object) = OpenFileOptions::new().from_reader(source) else {
        return Ok(None);
    };
    let says_something = |tag: Tag| tag.element() != 0 && tag != Tag(0xfffc, 0xfffc);
    let elements = object.into_inner().into_iter();
    let elements = elements.filter(|element| says_something(element.tag()));
    Ok(Some((
        syntax,
        InMemDicomObject::from_element_iter(elements),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::sample::write_sample_study;

    #[test]
    fn a_copy_is_the_same_and_one_with_other_pixels_or_another_name_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let files = write_sample_study(folder.path()).unwrap();
        let bytes = std::fs::read(&files[0]).unwrap();
        let put = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let same = |path: &Path| same_content(&files[0], path).unwrap();
        assert!(same(&put("copy", &bytes)));
        assert!(!same(&files[1]));
        let mut pixels = bytes.clone();
        *pixels.last_mut().unwrap() ^= 1;
        assert!(!same(&put("pixels", &pixels)));
        // The preamble says nothing of the image.
        let mut preamble = bytes.clone();
        preamble[..128].fill(b' ');
        assert!(same(&put("preamble", &preamble)));
        // Nor does padding behind the data set (PS3.10 7.2).
        let mut padded = bytes;
        padded.extend_from_slice(b"\xfc\xff\xfc\xffOB\0\0\x04\0\0\0\0\0\0\0");
        assert!(same(&put("padded", &padded)));
        assert!(!same(&put("no DICOM", b"text")));
        assert!(same_content(&files[0], &folder.path().join("missing")).is_err());
    }
}

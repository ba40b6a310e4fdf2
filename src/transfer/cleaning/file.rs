//! A file that is cleaned on its way out: its parts in memory, its pixel data from the disk.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use crate::dicom::deidentify::{Cleaner, Outgoing, Piece, prepare};
use crate::dicom::media::Opened;
use crate::transfer::UploadFile;
use crate::transfer::part_reader::{
    Again, Numbers, Outlet, Problem, Whole, cannot_read, open_unchanged, still_the_same,
};

/// A cleaned file that can be sent.
pub(in crate::transfer) struct Made {
    source: Opened,
    pieces: Vec<Piece>,
    /// Bytes as they leave.
    pub(in crate::transfer) size: u64,
}

/// Cleans one file; `agreed` says that pictures that may show whose they are may be sent under a profile. Runs on a thread
/// of its own.
///
/// # Errors
/// A sentence for a person. The file must then not be sent.
pub(in crate::transfer) fn clean(
    entry: &UploadFile,
    cleaner: &Cleaner,
    agreed: bool,
) -> Result<Made, String> {
    let mut source = open_unchanged(entry)?;
    // It is not read from beginning to end, which is when a file in an archive is found damaged.
    source.check().map_err(|error| cannot_read(&error))?;
    let mut reading = BufReader::new(source);
    let prepared = prepare(cleaner, &mut reading, entry.size, false);
    let basic = cleaner.profile().basic;
    let Outgoing { cleaned, risk, .. } = prepared.map_err(|error| match basic {
        true => format!("{error} It was not sent."),
        false => {
            format!("{error} It was not sent. Send it without replaced values if that is allowed.")
        }
    })?;
    if let Some(risk) = risk.filter(|_| basic && !agreed) {
        return Err(format!(
            "{} It was not sent. Look at it; then say yes to such pictures under De-identify, or with --yes-burned-in.",
            risk.reason()
        ));
    }
    let source = reading.into_inner();
    still_the_same(source.is_unchanged())?;
    Ok(Made {
        source,
        size: cleaned.size(),
        pieces: cleaned.pieces,
    })
}

impl Made {
    /// Hands the parts on; the last one only when the file has not changed meanwhile.
    ///
    /// # Errors
    /// [`Problem`].
    pub(in crate::transfer) fn hand_on(
        self,
        file: usize,
        numbers: &Numbers,
        outlet: &Outlet,
    ) -> Result<(), Problem> {
        let whole = Whole {
            file,
            size: self.size,
            numbers,
        };
        let mut pieces = Pieces::new(self.source, &self.pieces);
        whole.hand_on(&mut pieces, outlet)
    }
}

/// The pieces, read one after the other.
struct Pieces<'a, S> {
    source: BufReader<S>,
    all: &'a [Piece],
    rest: std::slice::Iter<'a, Piece>,
    now: Now<'a>,
}

enum Now<'a> {
    Bytes(&'a [u8]),
    /// So many bytes of the original from where it stands.
    Source(u64),
}

impl<'a, S: Read> Pieces<'a, S> {
    fn new(source: S, pieces: &'a [Piece]) -> Self {
        Pieces {
            source: BufReader::new(source),
            all: pieces,
            rest: pieces.iter(),
            now: Now::Source(0),
        }
    }
}

impl Again for Pieces<'_, Opened> {
    fn restart(&mut self) -> io::Result<()> {
        // The source is taken to its place piece by piece.
        (self.rest, self.now) = (self.all.iter(), Now::Source(0));
        Ok(())
    }

    fn is_unchanged(&self) -> io::Result<bool> {
        self.source.get_ref().is_unchanged()
    }
}

impl<S: Read + Seek> Read for Pieces<'_, S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = match &mut self.now {
                Now::Bytes(bytes) => bytes.read(into)?,
                Now::Source(left) => {
                    let read = self.source.by_ref().take(*left).read(into)?;
                    *left -= read as u64;
                    if read == 0 && *left > 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    read
                }
            };
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            self.now = match self.rest.next() {
                None => return Ok(0),
                Some(Piece::Bytes(bytes)) => Now::Bytes(bytes),
                Some(Piece::Source(place)) => {
                    self.source.seek(SeekFrom::Start(place.start))?;
                    Now::Source(place.end.saturating_sub(place.start))
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::deidentify::{Profile, Replacement, Secret};
    use std::io::Write;
    use std::sync::Arc;

    #[test]
    fn the_pieces_one_after_the_other_are_the_file() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        let pieces = vec![
            Piece::Bytes(b"ab".to_vec()),
            Piece::Bytes(Vec::new()),
            Piece::Source(3..6),
            Piece::Source(0..0),
            Piece::Bytes(b"c".to_vec()),
            Piece::Source(9..10),
        ];
        let mut text = String::new();
        Pieces::new(&file, &pieces)
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "ab345c9");
        let short = Pieces::new(&file, &[Piece::Source(8..12)]).read_to_end(&mut Vec::new());
        assert!(short.is_err());
    }

    #[test]
    fn a_file_that_cannot_be_cleaned_is_not_sent_and_says_why() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[7; 1000]).unwrap();
        let entry = UploadFile {
            path: file.path().to_owned(),
            size: 1000,
            modified: None,
            series_instance_uid: "1.2".into(),
            sop_instance_uid: "1.2.3".into(),
        };
        let name = Replacement::new("PatientName", "Doe").unwrap();
        let cleaner = Cleaner::new(Arc::new(Profile::only(vec![name])), Secret::random());
        let reason = clean(&entry, &cleaner, true).err().unwrap();
        assert!(
            reason.contains("no DICOM") && reason.contains("not sent"),
            "{reason}"
        );
    }
}

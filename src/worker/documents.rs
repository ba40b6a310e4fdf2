//! Uploads documents to orders. The type is recognised by content; files are sent in parts.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use uuid::Uuid;

use super::event_sender::EventSender;
use crate::cloud::model::OrderRef;
use crate::cloud::wire::MAX_PART;
use crate::cloud::{Client, DocumentPart};
use crate::message::{Event, Failure, JobId, OrdersEvent};
use crate::words;

/// Maximum size of a document in bytes. The vendor specifies none; a video of this size takes minutes and cannot be
/// resumed.
pub const MAX_DOCUMENT: u64 = 2 * 1024 * 1024 * 1024;

/// MIME type by the first bytes of a file, for the types that `UploadDocumentFiles` accepts.
pub fn kind(begin: &[u8]) -> Option<&'static str> {
    // A PDF may have a few other bytes before its header (ISO 32000-1, Annex H, note 13).
    let pdf = begin.windows(5).take(1024).any(|five| five == b"%PDF-");
    match begin {
        _ if pdf => Some("application/pdf"),
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some("image/png"),
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Some("image/bmp"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] if is_mp4(begin) => Some("video/mp4"),
        _ => None,
    }
}

/// Whether an ISO base media file (ISO/IEC 14496-12 4.3) is an MP4 video. Pictures (HEIC, AVIF) and QuickTime videos
/// begin alike and are told apart by their brands.
fn is_mp4(begin: &[u8]) -> bool {
    const FILMS: [&[u8]; 12] = [
        b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV",
        b"dash", b"3gp4",
    ];
    const PICTURES: [&[u8]; 6] = [b"heic", b"heix", b"mif1", b"msf1", b"avif", b"crx "];
    let length = begin
        .first_chunk::<4>()
        .map(|four| u32::from_be_bytes(*four));
    let length = length
        .and_then(|length| usize::try_from(length).ok())
        .unwrap_or(0);
    let end = length.min(begin.len()).min(256);
    let Some(major) = begin.get(8..12) else {
        return false;
    };
    // Four bytes of version are between the major brand and the compatible brands.
    let compatible = begin.get(16..end).unwrap_or_default().chunks_exact(4);
    !PICTURES.contains(&major)
        && (FILMS.contains(&major) || compatible.into_iter().any(|brand| FILMS.contains(&brand)))
}

fn refused(what: String, remedy: &str) -> Failure {
    Failure {
        what,
        remedy: remedy.to_owned(),
    }
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    refused(
        format!("{name} cannot be read: {}.", error),
        "Check the file and the disk, then try again.",
    )
}

/// Sender and target of a document.
#[derive(Debug, Clone)]
pub struct Sender {
    /// UUID of the sending user.
    pub user: Uuid,
    /// Full name of the sending user.
    pub user_name: String,
    /// The order to attach to.
    pub order: OrderRef,
}

/// Sends documents one after another, and reports the result of each.
pub(super) async fn send_all(
    client: Client,
    out: EventSender,
    job: JobId,
    (user, order): (Uuid, OrderRef),
    paths: Vec<PathBuf>,
) {
    let account = client.account();
    let known = account.user_list.iter().find(|one| one.user_uuid == user);
    let sender = Sender {
        user,
        user_name: known.map(|one| one.full_name.clone()).unwrap_or_default(),
        order,
    };
    for path in paths {
        let result = send(&client, &sender, &path).await;
        out.send(Event::Orders(OrdersEvent::DocumentSent {
            job,
            path,
            result,
        }))
        .await;
    }
    let order = order.order;
    out.send(Event::Orders(OrdersEvent::DocumentsDone { job, order }))
        .await;
}

/// Sends one document.
///
/// # Errors
/// If the file is of an unsupported type, is empty or too large (nothing is sent then), cannot be read, or changes
/// while it is sent; and if a request fails.
pub async fn send(client: &Client, sender: &Sender, path: &Path) -> Result<(), Failure> {
    let name = path.file_name().map_or_else(
        || "The file".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    // Checked before opening, because opening a pipe blocks until there is a writer.
    let about = tokio::fs::metadata(path).await;
    let about = about.map_err(|e| unreadable(&name, &e))?;
    let size = about.len();
    if !about.is_file() || size == 0 {
        let what = format!("{name} is empty or no file, so it was not sent.");
        return Err(refused(what, "Choose another file."));
    }
    if size > MAX_DOCUMENT {
        let what = format!(
            "{name} is {}; a document has at most {}. It was not sent.",
            words::bytes(size),
            words::bytes(MAX_DOCUMENT)
        );
        return Err(refused(what, "Shorten or compress it, then drop it again."));
    }
    let mut file = File::open(path).await.map_err(|e| unreadable(&name, &e))?;
    let first = read_part(&mut file, size)
        .await
        .map_err(|e| unreadable(&name, &e))?;
    let Some(kind) = kind(&first) else {
        let what = format!("{name} is no PDF, JPEG, PNG, BMP or MP4, so it was not sent.");
        return Err(refused(
            what,
            "Save it as one of these, then drop it again.",
        ));
    };
    let session = client
        .begin_upload(sender.user, &sender.user_name, sender.order.location, size)
        .await
        .map_err(|error| Failure::from(&error))?;
    let file_index = client.next_file_index();
    let part_count = u32::try_from(size.div_ceil(MAX_PART as u64)).unwrap_or(u32::MAX);
    let mut bytes = first;
    let mut left = size;
    for part_index in 0..part_count {
        left = left.saturating_sub(bytes.len() as u64);
        let part = DocumentPart {
            session: session.uuid,
            location: sender.order.location,
            user: sender.user,
            file_index,
            part_index,
            part_count,
            order: sender.order.order,
            file_name: name.clone(),
            file_type: kind.to_owned(),
            bytes: std::mem::take(&mut bytes),
        };
        client
            .process_documents(&part)
            .await
            .map_err(|error| Failure::from(&error))?;
        if left > 0 {
            bytes = read_part(&mut file, left)
                .await
                .map_err(|e| unreadable(&name, &e))?;
        }
    }
    Ok(())
}

/// Reads the next part: 512 KiB, or what is left.
async fn read_part(file: &mut File, left: u64) -> io::Result<Bytes> {
    let length = usize::try_from(left).unwrap_or(MAX_PART).min(MAX_PART);
    let mut bytes = vec![0; length];
    file.read_exact(&mut bytes).await?;
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_known_by_their_content() {
        assert_eq!(kind(b"%PDF-1.4 x"), Some("application/pdf"));
        assert_eq!(kind(b"\r\n\r\n%PDF-1.7"), Some("application/pdf"));
        assert_eq!(kind(&[0xFF, 0xD8, 0xFF, 0xE0]), Some("image/jpeg"));
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        assert_eq!(kind(b"BM\x46\0\0\0\0\0\0\0\x36"), Some("image/bmp"));
        assert_eq!(kind(b"\0\0\0\x18ftypmp42"), Some("video/mp4"));
        assert_eq!(kind(b"\0\0\0\x14ftypXAVC\0\0\0\0mp42"), Some("video/mp4"));
        for none in [
            &b""[..],
            b"BMW is a car",
            b"MZ\x90",
            b"PK\x03\x04",
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
            b"\0\0\0\x14ftypqt  \0\0\0\0qt  ",
            b"<html>",
        ] {
            assert_eq!(kind(none), None);
        }
    }
}

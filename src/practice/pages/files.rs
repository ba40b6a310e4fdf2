//! Documents: shown in the browser, or saved where the share allows it.

use std::io::SeekFrom;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::content::{self, DocumentKind};
use super::error_page::Stop;
use super::open::{self, Address};
use super::{Pages, ask};

/// How much of a file is in memory at once.
const CHUNK: u64 = 64 * 1024;

/// A document as it is found.
struct Found {
    kind: DocumentKind,
    path: PathBuf,
    size: u64,
}

async fn find(
    pages: &Arc<Pages>,
    address: Address,
    document: String,
    to_keep: bool,
) -> Result<Found, Stop> {
    ask(pages, move |pages, work| {
        let opened = open::open(work, pages, &address)?;
        let document = content::document(work, &opened.scope, &document)?;
        if to_keep && !opened.may_download {
            return Err(Stop::NotAllowed(
                "Whoever shared this did not allow downloads.",
            ));
        }
        if !to_keep && !document.kind.is_shown() {
            return Err(Stop::NotAllowed(
                "A browser cannot show this kind of document.",
            ));
        }
        Ok(Found {
            kind: document.kind,
            path: document.file.find(&pages.house)?,
            size: super::format::counted(document.file.size),
        })
    })
    .await
}

/// A document in the browser. Of a film it may ask for a piece (RFC 9110, section 14).
pub(super) async fn show(
    pages: Arc<Pages>,
    address: Address,
    document: String,
    range: Option<String>,
) -> Result<Response, Stop> {
    let found = find(&pages, address, document, false).await?;
    let all = 0..=found.size.saturating_sub(1);
    let (status, piece) = match range.and_then(|range| piece(&range, found.size)) {
        None => (StatusCode::OK, all),
        Some(Ok(piece)) => (StatusCode::PARTIAL_CONTENT, piece),
        Some(Err(())) => {
            let whole = [(header::CONTENT_RANGE, format!("bytes */{}", found.size))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, whole).into_response());
        }
    };
    let mut response = send(&found, piece.clone(), "inline").await?;
    *response.status_mut() = status;
    put(&mut response, header::ACCEPT_RANGES, "bytes");
    if status == StatusCode::PARTIAL_CONTENT {
        let place = format!("bytes {}-{}/{}", piece.start(), piece.end(), found.size);
        put(&mut response, header::CONTENT_RANGE, &place);
    }
    Ok(response)
}

/// A document as a file. Its name on the page may name a patient; the file's name does not.
pub(super) async fn save(
    pages: Arc<Pages>,
    address: Address,
    document: String,
) -> Result<Response, Stop> {
    let found = find(&pages, address, document, true).await?;
    let name = format!("attachment; filename=\"document.{}\"", found.kind.ending());
    send(&found, 0..=found.size.saturating_sub(1), &name).await
}

async fn send(
    found: &Found,
    piece: RangeInclusive<u64>,
    disposition: &str,
) -> Result<Response, Stop> {
    let mut file = File::open(&found.path).await?;
    file.seek(SeekFrom::Start(*piece.start())).await?;
    let length = if found.size == 0 {
        0
    } else {
        piece.end() - piece.start() + 1
    };
    let mut response = Body::from_stream(stream::try_unfold((file, length), next)).into_response();
    put(&mut response, header::CONTENT_TYPE, found.kind.mime());
    put(&mut response, header::CONTENT_LENGTH, &length.to_string());
    put(&mut response, header::CONTENT_DISPOSITION, disposition);
    Ok(response)
}

/// The next bytes of a file of which so many are to come.
async fn next((file, left): (File, u64)) -> std::io::Result<Option<(Bytes, (File, u64))>> {
    if left == 0 {
        return Ok(None);
    }
    let wanted = left.min(CHUNK);
    let mut bytes = Vec::with_capacity(usize::try_from(wanted).unwrap_or(0));
    let mut piece = file.take(wanted);
    // A file that was cut meanwhile breaks the answer off, for its length was announced.
    if piece.read_buf(&mut bytes).await? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let got = u64::try_from(bytes.len()).unwrap_or(0);
    let rest = (piece.into_inner(), left.saturating_sub(got));
    Ok(Some((bytes.into(), rest)))
}

fn put(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The bytes that a `Range` header asks for: `Err` where there are none such, `None` where it is not understood and so
/// does not count. Several ranges at once are not understood.
fn piece(range: &str, size: u64) -> Option<Result<RangeInclusive<u64>, ()>> {
    let (from, to) = range.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let last = size.checked_sub(1);
    let piece = match (from.trim(), to.trim()) {
        ("", to) => {
            let length = number(to)?;
            last.filter(|_| length > 0)
                .map(|last| size.saturating_sub(length)..=last)
        }
        (from, "") => {
            let from = number(from)?;
            last.filter(|last| from <= *last).map(|last| from..=last)
        }
        (from, to) => {
            let (from, to) = (number(from)?, number(to)?);
            if from > to {
                return None;
            }
            last.filter(|last| from <= *last)
                .map(|last| from..=to.min(last))
        }
    };
    Some(piece.ok_or(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_as_the_standard_says() {
        assert_eq!(piece("bytes=0-9", 100), Some(Ok(0..=9)));
        assert_eq!(piece("bytes=90-200", 100), Some(Ok(90..=99)));
        assert_eq!(piece("bytes=40-", 100), Some(Ok(40..=99)));
        assert_eq!(piece("bytes=-10", 100), Some(Ok(90..=99)));
        assert_eq!(piece("bytes=-1000", 100), Some(Ok(0..=99)));
        for beyond in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
            assert_eq!(piece(beyond, 100), Some(Err(())), "{beyond}");
        }
        assert_eq!(piece("bytes=0-", 0), Some(Err(())));
        for odd in [
            "bytes=9-0",
            "bytes=a-b",
            "bytes=0-1,3-4",
            "lines=0-1",
            "bytes=-",
        ] {
            assert_eq!(piece(odd, 100), None, "{odd}");
        }
    }
}

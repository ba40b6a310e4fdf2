//! An order's files as one ZIP file. It is written while it is sent: neither memory nor disk holds it whole.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Sender, channel};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};

use super::error_page::Stop;
use super::open::{self, Address};
use super::{Pages, ask, content};

/// How much is handed over at once, in bytes, and how often before the client must have taken some.
const CHUNK: usize = 256 * 1024;
const AHEAD: usize = 4;
/// A client that takes nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Files of this size are announced as large, with lengths of 64 bits.
const LARGE: u64 = u32::MAX as u64 / 2;

/// A file and its name in the archive.
struct Item {
    name: String,
    path: PathBuf,
    size: u64,
}

/// The archive of an order.
pub(super) async fn download(
    pages: Arc<Pages>,
    address: Address,
    order: String,
) -> Result<Response, Stop> {
    let found = ask(&pages, move |pages, work| {
        let opened = open::open(work, pages, &address)?;
        if !opened.may_download {
            return Err(Stop::NotAllowed(
                "Whoever shared this did not allow downloads.",
            ));
        }
        let entry = opened.scope.order(work, &order)?;
        Ok((entry.number, items(pages, work, &entry.uuid, entry.number)?))
    });
    let (number, items) = found.await?;
    let turn = Arc::clone(&pages.transfers)
        .try_acquire_owned()
        .map_err(|_| Stop::Busy)?;
    let (sender, receiver) = channel(AHEAD);
    let line = Line {
        sender,
        handle: Handle::current(),
        stop: pages.house.stop.clone(),
        dead: AtomicBool::new(false),
        _turn: turn,
    };
    pages
        .house
        .tasks
        .spawn_blocking(move || write(&Arc::new(line), &items));
    let body = stream::unfold(receiver, |mut receiver| async move {
        let next: io::Result<Bytes> = receiver.recv().await?;
        Some((next, receiver))
    });
    let mut response = Body::from_stream(body).into_response();
    let name = format!("attachment; filename=\"study-{number}.zip\"");
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/zip"),
    );
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// The files of an order, all of them there. Their names say nothing of the patient.
fn items(
    pages: &Pages,
    work: &rusqlite::Transaction<'_>,
    order: &str,
    number: i64,
) -> Result<Vec<Item>, Stop> {
    let mut items = Vec::new();
    for (index, stored) in (1_u32..).zip(content::files(work, order)?) {
        items.push(Item {
            name: format!("STUDY-{number}/IMG{index:05}.dcm"),
            path: stored.find(&pages.house)?,
            size: super::format::counted(stored.size),
        });
    }
    for (index, document) in (1_u32..).zip(content::documents(work, order)?) {
        let ending = document.kind.ending();
        items.push(Item {
            name: format!("STUDY-{number}/DOC{index:05}.{ending}"),
            path: document.file.find(&pages.house)?,
            size: super::format::counted(document.file.size),
        });
    }
    Ok(items)
}

/// The way to who takes the archive, chunk by chunk.
struct Line {
    sender: Sender<io::Result<Bytes>>,
    handle: Handle,
    stop: CancellationToken,
    /// Once it broke, nothing more is sent: an archive that is given up writes an end all the same, and it would then
    /// look whole.
    dead: AtomicBool,
    _turn: OwnedSemaphorePermit,
}

impl Line {
    fn send(&self, chunk: io::Result<Bytes>) -> io::Result<()> {
        let sent = self.handle.block_on(async {
            tokio::select! {
                () = self.stop.cancelled() => false,
                sent = timeout(PATIENCE, self.sender.send(chunk)) => matches!(sent, Ok(Ok(()))),
            }
        });
        if sent {
            return Ok(());
        }
        self.dead.store(true, Ordering::Relaxed);
        Err(io::ErrorKind::BrokenPipe.into())
    }

    /// Breaks the answer off, so that the client sees that it is not whole.
    fn break_off(&self, why: io::Error) {
        if !self.dead.swap(true, Ordering::Relaxed) {
            let _ = self.send(Err(why));
        }
    }
}

/// Gathers what is written into chunks.
struct Chunks {
    line: Arc<Line>,
    gathered: BytesMut,
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.line.dead.load(Ordering::Relaxed) {
            self.gathered.extend_from_slice(bytes);
            if self.gathered.len() >= CHUNK {
                self.line.send(Ok(self.gathered.split().freeze()))?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write(line: &Arc<Line>, items: &[Item]) {
    let chunks = Chunks {
        line: Arc::clone(line),
        gathered: BytesMut::new(),
    };
    let mut archive = ZipWriter::new_stream(chunks);
    let mut all = || -> io::Result<()> {
        for item in items {
            put(&mut archive, item)?;
        }
        Ok(())
    };
    if let Err(error) = all() {
        line.break_off(error);
        return;
    }
    match archive.finish() {
        Ok(end) => {
            let rest = end.into_inner().gathered.freeze();
            let _ = line.send(Ok(rest));
        }
        Err(error) => line.break_off(error.into()),
    }
}

fn put(archive: &mut ZipWriter<StreamWriter<Chunks>>, item: &Item) -> io::Result<()> {
    let how = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1))
        .large_file(item.size >= LARGE);
    archive.start_file(item.name.as_str(), how)?;
    let copied = io::copy(&mut File::open(&item.path)?, archive)?;
    if copied == item.size {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use tokio::sync::Semaphore;
    use tokio::sync::mpsc::Receiver;

    use super::*;

    /// Files of ten bytes, announced with these sizes.
    fn items(folder: &std::path::Path, sizes: &[u64]) -> Vec<Item> {
        let item = |(number, size): (usize, &u64)| {
            let path = folder.join(number.to_string());
            std::fs::write(&path, "0123456789").unwrap();
            Item {
                name: format!("STUDY-1/{number}"),
                path,
                size: *size,
            }
        };
        sizes.iter().enumerate().map(item).collect()
    }

    /// Writes an archive; gives its chunks' way, and the places for others.
    async fn begin(items: Vec<Item>) -> (Receiver<io::Result<Bytes>>, Arc<Semaphore>) {
        let (sender, receiver) = channel(AHEAD);
        let turns = Arc::new(Semaphore::new(1));
        let line = Line {
            sender,
            handle: Handle::current(),
            stop: CancellationToken::new(),
            dead: AtomicBool::new(false),
            _turn: Arc::clone(&turns).acquire_owned().await.unwrap(),
        };
        tokio::task::spawn_blocking(move || write(&Arc::new(line), &items));
        (receiver, turns)
    }

    async fn all(mut receiver: Receiver<io::Result<Bytes>>) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while let Some(chunk) = receiver.recv().await {
            bytes.extend(chunk?);
        }
        Ok(bytes)
    }

    #[tokio::test]
    async fn an_archive_breaks_off_where_a_file_is_not_what_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (receiver, _) = begin(items(folder.path(), &[10, 10])).await;
        let whole = all(receiver).await.unwrap();
        let zip = zip::ZipArchive::new(Cursor::new(whole)).unwrap();
        assert_eq!(zip.len(), 2);
        let (receiver, _) = begin(items(folder.path(), &[10, 11, 10])).await;
        assert!(all(receiver).await.is_err());
        let mut gone = items(folder.path(), &[10]);
        gone[0].path.push("gone");
        let (receiver, _) = begin(gone).await;
        assert!(all(receiver).await.is_err());
    }

    #[tokio::test]
    async fn who_goes_away_makes_room_for_others() {
        let folder = tempfile::tempdir().unwrap();
        let (receiver, turns) = begin(items(folder.path(), &[10, 10])).await;
        drop(receiver);
        // The place is given back once the writing has ended.
        let _turn = turns.acquire().await.unwrap();
    }
}

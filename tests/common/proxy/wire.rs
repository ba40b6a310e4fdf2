//! One connection through the proxy. Each way, what is read stands in a queue until it is due and is then written, so
//! that a delay holds up nothing behind it; what is done to messages is done at the far end of the queue.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use studydrop::cloud::wire::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::deeds::{Answered, Asked};
use super::frames::{Frame, Piece, Splitter};
use super::{Connection, Deed, How, Mood, Shared, Way};

/// Bytes that may be on their way in one direction of a connection: 32 parts.
const WINDOW: usize = 32 * 512 * 1024;
/// How much is read at once.
const CHUNK: usize = 256 * 1024;
/// How long a client that was said goodbye to is waited for.
const GOODBYE: Duration = Duration::from_secs(10);

enum Item {
    Bytes {
        due: Instant,
        bytes: Bytes,
        _room: OwnedSemaphorePermit,
    },
    /// A frame of the proxy's own.
    Whole {
        due: Instant,
        frame: Frame,
    },
    End,
}

/// Carries one connection until it ends or is cut.
pub(super) async fn carry(shared: Arc<Shared>, mut client: TcpStream) {
    let Ok(mut server) = TcpStream::connect(shared.upstream).await else {
        let _ = client.set_zero_linger();
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let number = shared.tally.connections.fetch_add(1, Ordering::SeqCst) as usize;
    let budget = shared.shears.lock().unwrap().as_mut().map(|s| s.draw());
    let connection = Arc::new(Connection {
        number,
        mood: watch::Sender::new(Mood::Carries),
        budget: budget.into(),
    });
    let entry = (number, Arc::clone(&connection));
    shared.open.lock().unwrap().extend([entry]);
    let _leaves = Leaves(&shared, number);
    let cut = {
        let (up, down) = (Link::new(&shared, &connection), unbounded_channel());
        let (client_reads, client_writes) = client.split();
        let (server_reads, server_writes) = server.split();
        let ups = unbounded_channel();
        let both = async {
            tokio::join!(
                up.read(Way::Up, client_reads, ups.0),
                up.write(Way::Up, server_writes, ups.1, Some(down.0.clone())),
                up.read(Way::Down, server_reads, down.0.clone()),
                up.write(Way::Down, client_writes, down.1, None),
            )
        };
        tokio::select! {
            _ = both => None,
            how = up.cut() => Some(how),
        }
    };
    match cut {
        Some(How::Reset) => {
            shared.tally.cuts.fetch_add(1, Ordering::SeqCst);
            let _ = (client.set_zero_linger(), server.set_zero_linger());
        }
        Some(How::End) => {
            shared.tally.cuts.fetch_add(1, Ordering::SeqCst);
            drop(server);
            let _ = client.shutdown().await;
            // What the client still says is taken, or it would be told of a reset.
            let mut sink = tokio::io::sink();
            let rest = tokio::io::copy(&mut client, &mut sink);
            let _ = timeout(GOODBYE, rest).await.map(drop);
        }
        None => {}
    }
}

/// Takes the connection out of the open ones, however it ends.
struct Leaves<'a>(&'a Shared, usize);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.0.open.lock().unwrap().remove(&self.1);
    }
}

/// What both directions of a connection share.
struct Link<'a> {
    shared: &'a Shared,
    connection: &'a Connection,
}

impl<'a> Link<'a> {
    fn new(shared: &'a Shared, connection: &'a Connection) -> Self {
        Link { shared, connection }
    }

    fn mood(&self) -> Mood {
        *self.connection.mood.borrow()
    }

    async fn cut(&self) -> How {
        let mut mood = self.connection.mood.subscribe();
        loop {
            if let Mood::Cut(how) = *mood.borrow_and_update() {
                return how;
            }
            // The connection, which is borrowed, holds the sender.
            let _ = mood.changed().await;
        }
    }

    /// Ends the connection, unless it is meant to look alive.
    fn broke(&self, way: Way) {
        self.connection.mood.send_if_modified(|mood| {
            let hidden = way == Way::Down && *mood == Mood::HalfOpen;
            let ends = !hidden && !matches!(mood, Mood::Cut(_));
            if ends {
                *mood = Mood::Cut(How::Reset);
            }
            ends
        });
    }

    async fn unless_stalled(&self) {
        let mut mood = self.connection.mood.subscribe();
        let _ = mood.wait_for(|mood| *mood != Mood::Stalled).await;
    }

    fn delay(&self, way: Way) -> Duration {
        let line = self.shared.line.lock().unwrap();
        match way {
            Way::Up => line.up,
            Way::Down => line.down,
        }
    }

    fn rate(&self, way: Way) -> Option<u64> {
        let line = self.shared.line.lock().unwrap();
        match way {
            Way::Up => line.rate_up,
            Way::Down => line.rate_down,
        }
    }

    async fn read(&self, way: Way, mut source: ReadHalf<'_>, queue: UnboundedSender<Item>) {
        let window = Arc::new(Semaphore::new(WINDOW));
        let mut buffer = BytesMut::new();
        let mut free = Instant::now();
        loop {
            self.unless_stalled().await;
            // On a slow line small pieces, or it would move in jerks.
            let most = self
                .rate(way)
                .map_or(CHUNK as u64, |rate| (rate / 50).clamp(1024, CHUNK as u64));
            if buffer.capacity() < CHUNK / 4 {
                buffer.reserve(CHUNK);
            }
            let read = (&mut source).take(most).read_buf(&mut buffer).await;
            let length = match read {
                Ok(0) => {
                    let _ = queue.send(Item::End);
                    return;
                }
                Ok(length) => length,
                Err(_) => return self.broke(way),
            };
            // The line may have become slow while nothing came.
            if let Some(rate) = self.rate(way) {
                let takes = Duration::from_secs_f64(length as f64 / rate as f64);
                free = free.max(Instant::now()) + takes;
                sleep_until(free).await;
            }
            let bytes = buffer.split().freeze();
            let room = Arc::clone(&window).acquire_many_owned(length as u32).await;
            let item = Item::Bytes {
                due: Instant::now() + self.delay(way),
                bytes,
                _room: room.unwrap(),
            };
            if queue.send(item).is_err() {
                return;
            }
        }
    }

    async fn write(
        &self,
        way: Way,
        sink: WriteHalf<'_>,
        mut queue: UnboundedReceiver<Item>,
        back: Option<UnboundedSender<Item>>,
    ) {
        let mut far = FarEnd {
            link: self,
            way,
            sink,
            back,
            splitter: Splitter::new(way),
            held: Vec::new(),
        };
        while let Some(item) = queue.recv().await {
            let (Item::Bytes { due, .. } | Item::Whole { due, .. }) = &item else {
                break;
            };
            if *due > Instant::now() {
                sleep_until(*due).await;
            }
            self.unless_stalled().await;
            let written = match item {
                Item::Bytes { bytes, .. } => far.bytes(bytes).await,
                Item::Whole { frame, .. } => far.own(frame).await,
                Item::End => break,
            };
            if written.is_err() {
                self.broke(way);
                // Half-open: it must not be seen from the other side that this one is gone.
                return std::future::pending().await;
            }
        }
        match (self.mood(), way) {
            (Mood::HalfOpen, Way::Up) => self.broke(way),
            (Mood::HalfOpen, Way::Down) => std::future::pending().await,
            _ => drop(far.sink.shutdown().await),
        }
    }
}

/// Where a direction comes out.
struct FarEnd<'a> {
    link: &'a Link<'a>,
    way: Way,
    sink: WriteHalf<'a>,
    /// The way back, for requests that are answered here.
    back: Option<UnboundedSender<Item>>,
    splitter: Splitter,
    /// Frames of the proxy's own that wait for the end of one that is passing.
    held: Vec<Frame>,
}

impl FarEnd<'_> {
    async fn bytes(&mut self, mut bytes: Bytes) -> io::Result<()> {
        loop {
            let before = self.splitter.frames;
            let piece = self.splitter.next(&mut bytes, self.looks());
            self.link.shared.tally.frames[self.way as usize]
                .fetch_add(self.splitter.frames - before, Ordering::SeqCst);
            match piece {
                None => return Ok(()),
                Some(Piece::Through(bytes)) => self.send(&bytes).await?,
                Some(Piece::Whole(frame)) => self.frame(frame).await?,
            }
            self.flush().await?;
        }
    }

    async fn own(&mut self, frame: Frame) -> io::Result<()> {
        self.held.push(frame);
        self.flush().await
    }

    async fn flush(&mut self) -> io::Result<()> {
        if self.splitter.between_frames() {
            for frame in std::mem::take(&mut self.held) {
                self.send(&frame.bytes()).await?;
            }
        }
        Ok(())
    }

    /// Whether somebody wants to see the messages.
    fn looks(&self) -> bool {
        match self.way {
            Way::Up => self.link.shared.requests.lock().unwrap().is_some(),
            Way::Down => self.link.shared.answers.lock().unwrap().is_some(),
        }
    }

    fn deed(&self, frame: &Frame) -> Deed {
        let connection = self.link.connection.number;
        if !frame.is_message() {
            return Deed::Pass;
        }
        match self.way {
            Way::Up => {
                let hook = self.link.shared.requests.lock().unwrap().clone();
                let request = Request::decode(frame.payload());
                match (hook, request) {
                    (Some(hook), Ok(request)) => hook(&Asked {
                        connection,
                        request,
                    }),
                    _ => Deed::Pass,
                }
            }
            Way::Down => {
                let hook = self.link.shared.answers.lock().unwrap().clone();
                let response = Response::decode(frame.payload());
                match (hook, response) {
                    (Some(hook), Ok(response)) => hook(&Answered {
                        connection,
                        response,
                    }),
                    _ => Deed::Pass,
                }
            }
        }
    }

    async fn frame(&mut self, mut frame: Frame) -> io::Result<()> {
        match self.deed(&frame) {
            Deed::Pass => {}
            Deed::Drop => return Ok(()),
            Deed::Twice => self.send(&frame.bytes()).await?,
            Deed::AnswerTo(id) => frame.answer_to(id),
            Deed::Flip(at, bits) => frame.flip(at, bits),
            Deed::SpoilHeader => frame.spoil_header(),
            Deed::PromiseMore(more) => frame.promise_more(more),
            Deed::Answer(response) => {
                let answer = Frame::of(&response);
                let Some(back) = &self.back else {
                    return self.send(&answer.bytes()).await;
                };
                let due = Instant::now() + self.link.delay(Way::Down);
                let _ = back.send(Item::Whole { due, frame: answer });
                return Ok(());
            }
            Deed::Cut(how) => {
                self.link.connection.mood.send_replace(Mood::Cut(how));
                return Ok(());
            }
            Deed::Swallow => {
                self.link.connection.mood.send_replace(Mood::HalfOpen);
                return Ok(());
            }
        }
        self.send(&frame.bytes()).await
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let tally = &self.link.shared.tally;
        let count = bytes.len() as u64;
        match self.link.mood() {
            Mood::HalfOpen => {
                tally.swallowed.fetch_add(count, Ordering::SeqCst);
                return Ok(());
            }
            Mood::Cut(_) => return Ok(()),
            Mood::Carries | Mood::Stalled => {}
        }
        let (passes, cut) = self.pay(count);
        self.sink.write_all(&bytes[..passes as usize]).await?;
        tally.bytes[self.way as usize].fetch_add(passes, Ordering::SeqCst);
        if let Some(how) = cut {
            self.link.connection.mood.send_replace(Mood::Cut(how));
        }
        Ok(())
    }

    /// How many of so many bytes still pass, and whether the connection is cut behind them.
    fn pay(&self, count: u64) -> (u64, Option<How>) {
        let mut budget = self.link.connection.budget.lock().unwrap();
        let Some((left, how)) = *budget else {
            return (count, None);
        };
        if count < left {
            *budget = Some((left - count, how));
            return (count, None);
        }
        *budget = None;
        if self.link.shared.cuts_left.fetch_sub(1, Ordering::SeqCst) > 0 {
            (left, Some(how))
        } else {
            (count, None)
        }
    }
}

//! The failing line does what it says, or the tests on it would show nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use studydrop::cloud::{Client, Error, FilePart, UploadSession, UploadSocket};
use studydrop::transfer::Target;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::common::proxy::{Chance, Deed, How, Line, Proxy, to_answers_of_parts};
use crate::common::studies::StudyBuilder;
use crate::faults::bench::Bench;

/// Sends back whatever it is sent.
async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut reads, mut writes) = stream.split();
                let _ = tokio::io::copy(&mut reads, &mut writes).await;
            });
        }
    });
    address
}

async fn pair() -> (Proxy, TcpStream) {
    let proxy = Proxy::start(echo().await).await;
    let stream = TcpStream::connect(proxy.address()).await.unwrap();
    (proxy, stream)
}

async fn say(stream: &mut TcpStream, bytes: &[u8]) {
    stream.write_all(bytes).await.unwrap();
    let mut back = vec![0; bytes.len()];
    stream.read_exact(&mut back).await.unwrap();
    assert_eq!(back, bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_arrives_in_its_order_and_is_counted() {
    let (proxy, mut stream) = pair().await;
    let mut chance = Chance::new(1);
    let long: Vec<u8> = (0..3_000_000).map(|_| chance.next() as u8).collect();
    let (mut reads, mut writes) = stream.split();
    let back = async {
        let mut back = vec![0; long.len()];
        reads.read_exact(&mut back).await.unwrap();
        back
    };
    let (written, back) = tokio::join!(writes.write_all(&long), back);
    written.unwrap();
    assert_eq!(back, long);
    let counts = proxy.counts();
    assert_eq!((counts.connections, counts.open), (1, 1));
    assert_eq!((counts.bytes_up, counts.bytes_down), (3_000_000, 3_000_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_holds_up_each_byte_and_no_more_than_the_delay() {
    let (proxy, mut stream) = pair().await;
    let delay = Duration::from_millis(200);
    proxy.line(Line::round_trip(delay));
    let start = Instant::now();
    say(&mut stream, b"one").await;
    assert!(start.elapsed() >= delay);
    // Sixty behind each other are in the pipe at once: one after the other they would take twelve seconds.
    let (mut reads, mut writes) = stream.split();
    let start = Instant::now();
    let sends = async {
        for number in 0..60_u8 {
            writes.write_all(&[number; 100]).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let mut back = [0; 6000];
    let (_, read) = tokio::join!(sends, reads.read_exact(&mut back));
    read.unwrap();
    assert!(
        back.chunks(100)
            .zip(0..)
            .all(|(chunk, number)| chunk == [number; 100])
    );
    assert!(start.elapsed() < 30 * delay, "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttle_lets_through_so_many_bytes_a_second() {
    let (proxy, mut stream) = pair().await;
    let line = Line {
        rate_up: Some(100_000),
        ..Line::default()
    };
    proxy.line(line);
    let start = Instant::now();
    say(&mut stream, &[7; 50_000]).await;
    assert!(start.elapsed() >= Duration::from_millis(500));
    proxy.line(Line::default());
    say(&mut stream, &[8; 5_000_000][..500_000]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_cut_after_so_many_bytes_and_only_so_often() {
    let proxy = Proxy::start(echo().await).await;
    proxy.cut_after(1500, How::End, 2);
    for round in 0..3 {
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        stream.write_all(&[1; 1000]).await.unwrap();
        if round == 2 {
            stream.read_exact(&mut [0; 1000]).await.unwrap();
        } else {
            let mut back = Vec::new();
            stream.read_to_end(&mut back).await.unwrap();
            assert_eq!(back.len(), 500, "a thousand went up before");
        }
    }
    proxy.cut_after(1500, How::Reset, 1);
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    stream.write_all(&[1; 1500]).await.unwrap();
    let error = stream.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!((proxy.counts().cuts, proxy.cuts_left()), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn cuts_by_chance_are_the_same_for_the_same_seed() {
    let mut carried = Vec::new();
    for _ in 0..2 {
        let proxy = Proxy::start(echo().await).await;
        proxy.cut_at_random(5, 10, 100_000, 8);
        for _ in 0..8 {
            let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
            let (mut reads, mut writes) = stream.split();
            let mut sink = tokio::io::sink();
            // It is cut on one side or the other.
            let _ = tokio::join!(
                writes.write_all(&[1; 200_000]),
                tokio::io::copy(&mut reads, &mut sink)
            );
        }
        let counts = proxy.counts();
        assert_eq!(counts.cuts, 8);
        carried.push(counts.bytes_up + counts.bytes_down);
    }
    assert_eq!(carried[0], carried[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_open_connection_takes_everything_and_says_nothing() {
    let (proxy, mut stream) = pair().await;
    say(&mut stream, b"before").await;
    proxy.half_open_all();
    stream.write_all(&[1; 100_000]).await.unwrap();
    while proxy.counts().swallowed < 100_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(proxy.counts().bytes_down, 6);
    assert_eq!(proxy.open(), [0]);
    let mut another = TcpStream::connect(proxy.address()).await.unwrap();
    say(&mut another, b"a new connection is none of it").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_is_gone_cuts_and_refuses_until_it_is_back() {
    let (proxy, mut stream) = pair().await;
    say(&mut stream, b"before").await;
    proxy.stop().await;
    assert!(stream.read_u8().await.is_err());
    let refused = TcpStream::connect(proxy.address()).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    proxy.take().await;
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    say(&mut stream, b"after").await;
}

/// An upload socket through the line, and what a part needs.
struct Socket {
    client: Client,
    socket: UploadSocket,
    target: Target,
    upload: UploadSession,
    bytes: Bytes,
}

impl Socket {
    async fn on(bench: &Bench) -> Self {
        let (client, target) = (bench.client.clone(), bench.target());
        let upload = client.begin_upload(target.user, &target.user_name, target.location, 1);
        Socket {
            upload: upload.await.unwrap(),
            socket: client.upload_socket().await.unwrap(),
            bytes: std::fs::read(&bench.files[0].path).unwrap().into(),
            target,
            client,
        }
    }

    async fn send(&self) -> Result<Option<uuid::Uuid>, Error> {
        let part = FilePart {
            session: self.upload.uuid,
            location: self.target.location,
            user: self.target.user,
            file_index: self.client.next_file_index(),
            part_index: 0,
            part_count: 1,
            folder: None,
            bytes: self.bytes.clone(),
        };
        self.socket.process_file(part).await
    }
}

async fn one_image() -> (Bench, Socket) {
    let bench = Bench::of(&[StudyBuilder::new()]).await;
    let socket = Socket::on(&bench).await;
    (bench, socket)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_signs_in_through_the_line_stays_with_it() {
    let (bench, socket) = one_image().await;
    let before = bench.proxy.counts();
    // Router and region share a connection or have two, then the main socket and this one.
    assert!(before.connections >= 3, "{before:?}");
    assert!(socket.send().await.unwrap().is_some());
    let after = bench.proxy.counts();
    assert_eq!(after.frames_up, before.frames_up + 1);
    assert_eq!(after.frames_down, before.frames_down + 1);
    bench.holds_but(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_gives_no_address_of_another_computer_whoever_names_it() {
    let (bench, _socket) = one_image().await;
    let (own, key) = (bench.server.address(), bench.server.api_key());
    let parameters = format!(
        "%7B%22RouterKey%22%3A%22{}%22%2C%22AddressType%22%3A%221%22%7D",
        bench.server.account_key()
    );
    for (host, given) in [
        (bench.proxy.address().to_string(), bench.proxy.address()),
        ("example.org:80".to_owned(), own),
        ("10.0.0.1:80".to_owned(), own),
        ("127.0.0.1.example.org".to_owned(), own),
    ] {
        let mut stream = TcpStream::connect(bench.proxy.address()).await.unwrap();
        let ask = format!(
            "GET /router/?RequestType=4&Parameters={parameters}&ClientUniqueId={key} HTTP/1.1\r\nHost: {host}\r\n\
             Connection: close\r\n\r\n"
        );
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(
            answer.contains(&format!("http://{given}/region/")),
            "{answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_dropped_doubled_or_given_to_another() {
    let (bench, socket) = one_image().await;
    let lost = |error: Error| matches!(error, Error::Timeout { .. });
    bench
        .proxy
        .on_answer(to_answers_of_parts(|k| k == 1, |_| Deed::Drop));
    assert!(socket.send().await.is_ok());
    assert!(lost(socket.send().await.unwrap_err()));
    bench
        .proxy
        .on_answer(to_answers_of_parts(|_| true, |_| Deed::Twice));
    let before = bench.proxy.counts().bytes_down;
    assert!(socket.send().await.is_ok());
    let twice = bench.proxy.counts().bytes_down - before;
    bench
        .proxy
        .on_answer(to_answers_of_parts(|_| true, |_| Deed::AnswerTo(77)));
    assert!(lost(socket.send().await.unwrap_err()));
    bench.proxy.behave();
    let before = bench.proxy.counts().bytes_down;
    assert!(socket.send().await.is_ok());
    let once = bench.proxy.counts().bytes_down - before;
    // The same answer but for pongs.
    assert!(twice > once + once / 2, "{twice} bytes and {once}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_answer_is_one_that_the_client_cannot_take() {
    for (deed, wants) in [
        (Deed::SpoilHeader, "WebSocket protocol"),
        (Deed::Flip(0, 0x80), "damaged message"),
        (Deed::PromiseMore(5000), "nothing was heard"),
        (Deed::Cut(How::Reset), "the server closed it"),
        (Deed::Cut(How::End), "the server closed it"),
        (Deed::Swallow, "nothing was heard"),
    ] {
        let (bench, socket) = one_image().await;
        let this = deed.clone();
        bench
            .proxy
            .on_answer(to_answers_of_parts(|_| true, move |_| this.clone()));
        let error = socket.send().await.unwrap_err();
        let said = error.to_string();
        let late = matches!(error, Error::Timeout { .. }) && wants.starts_with("nothing");
        assert!(
            said.contains(wants) || late || said.contains("cut"),
            "{deed:?}: {said}"
        );
        assert!(error.is_connection());
        bench.holds_but(&[]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_anywhere_in_its_opening_is_a_lost_one() {
    let (bench, _socket) = one_image().await;
    for how in [How::End, How::Reset] {
        // Some 600 bytes are said until a socket is registered.
        for bytes in (1..500).step_by(13) {
            bench.proxy.cut_after(bytes, how, 1);
            // The main socket may take the cut in place of this one, and the client then opens it anew.
            if let Err(error) = bench.client.upload_socket().await {
                assert!(
                    error.is_connection(),
                    "after {bytes} bytes, {how:?}: {error}"
                );
            }
        }
    }
    assert!(bench.proxy.counts().cuts > 60, "{:?}", bench.proxy.counts());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_answered_on_the_way_and_never_arrives() {
    let (bench, socket) = one_image().await;
    bench.proxy.on_request(|asked| match asked.is_part() {
        true => asked.forgotten(),
        false => Deed::Pass,
    });
    assert_eq!(socket.send().await, Ok(None));
    bench
        .proxy
        .on_request(|asked| asked.refused("Not this one."));
    let error = socket.send().await.unwrap_err();
    assert!(error.to_string().contains("Not this one."), "{error}");
    bench.holds_but(&[&bench.files[0].instance]);
    bench.proxy.behave();
    assert!(socket.send().await.unwrap().is_some());
    bench.holds_but(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_request_is_refused_or_ends_its_connection() {
    let (bench, socket) = one_image().await;
    let parts = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&parts);
    bench.proxy.on_request(move |asked| {
        if !asked.is_part() {
            return Deed::Pass;
        }
        match seen.fetch_add(1, Ordering::SeqCst) {
            // The first byte of the JSON: "{" becomes "z".
            0 => Deed::Flip(14, 1),
            _ => Deed::SpoilHeader,
        }
    });
    let error = socket.send().await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    let error = socket.send().await.unwrap_err();
    assert!(error.is_connection(), "{error}");
    assert_eq!(parts.load(Ordering::SeqCst), 2);
    bench.holds_but(&[&bench.files[0].instance]);
}

//! TLS and proxies.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use studydrop::cloud::{Client, Endpoint, Error, Options, install_crypto};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::wire::fake::{Plan, good, keys, short, usual_http};
use crate::wire::refusals::{checked, refused, sign_in_at};

fn certificate(name: &str) -> (TlsAcceptor, CertificateDer<'static>) {
    install_crypto();
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let der = cert.der().clone();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![der.clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), der)
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (acceptor, der) = certificate("localhost");
    let fake = Plan::new().tls(acceptor).start_as(None).await;
    let router = format!("https://localhost:{}/wssShellService/", fake.address.port());
    let error = sign_in_at(&router).await;
    assert!(
        matches!(&error, Error::Tls { host, .. } if host.starts_with("localhost:")),
        "{error}"
    );
    assert!(!error.is_connection());

    // The right certificate under another name is refused too.
    let endpoint = Endpoint::parse(&fake.router, "").unwrap();
    let options = Options {
        timeouts: short(),
        extra_roots: vec![der],
        ..Options::default()
    };
    let result = Client::sign_in_with(&endpoint, &keys(), &options, |_| {}).await;
    let error = checked(result.err().unwrap());
    assert!(
        error.to_string().contains("made out to another name"),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_told() {
    let fake = Plan::new().start().await;
    let error = sign_in_at(&format!("https://{}/", fake.address)).await;
    assert!(matches!(error, Error::Tls { .. }), "{error}");
    let plan = Plan::new().http(|kind, base| match kind {
        "socket" => good(&format!("wss{base}/socket")),
        _ => usual_http(kind, base),
    });
    let error = refused(plan).await;
    assert!(matches!(error, Error::Tls { .. }), "{error}");
}

/// A proxy that lets `CONNECT` through to one server, whatever host was asked for; gives its address and the header of
/// each request.
async fn proxy(
    to: SocketAddr,
    answer: &'static str,
) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, headers) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let sender = sender.clone();
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let mut header = String::new();
                while !header.ends_with("\r\n\r\n") {
                    if stream.read_line(&mut header).await.unwrap() == 0 {
                        return;
                    }
                }
                sender.send(header).unwrap();
                stream.write_all(answer.as_bytes()).await.unwrap();
                if answer.contains(" 200 ") {
                    let mut server = TcpStream::connect(to).await.unwrap();
                    let _ = copy_bidirectional(&mut stream, &mut server).await;
                }
            });
        }
    });
    (address.to_string(), headers)
}

#[tokio::test]
async fn everything_goes_through_the_proxy_and_tls() {
    let (acceptor, der) = certificate("router.example.org");
    let fake = Plan::new()
        .tls(acceptor)
        .start_as(Some("router.example.org"))
        .await;
    let (address, mut headers) =
        proxy(fake.address, "HTTP/1.1 200 Connection established\r\n\r\n").await;
    let endpoint =
        Endpoint::parse(&fake.router, &format!("http://nurse:p%40ss@{address}")).unwrap();
    let options = Options {
        timeouts: short(),
        extra_roots: vec![der],
        ..Options::default()
    };
    let client = Client::sign_in_with(&endpoint, &keys(), &options, |_| {})
        .await
        .unwrap();
    let user = client.account().user_list[0].user_uuid;
    client.get_folder_list(user, None, "", false).await.unwrap();
    client.close().await;
    let mut count = 0;
    while let Ok(header) = headers.try_recv() {
        assert!(
            header.starts_with("CONNECT router.example.org:443 HTTP/1.1\r\n"),
            "{header}"
        );
        // nurse:p@ss
        assert!(
            header
                .to_lowercase()
                .contains(&"basic bnVyc2U6cEBzcw==".to_lowercase()),
            "{header}"
        );
        count += 1;
    }
    assert!(count >= 2, "the proxy was asked {count} times");
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told() {
    let fake = Plan::new().start().await;
    for answer in [
        "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
    ] {
        let (address, _headers) = proxy(fake.address, answer).await;
        let endpoint = Endpoint::parse("https://router.example.org/", &address).unwrap();
        let options = Options {
            timeouts: short(),
            ..Options::default()
        };
        let result = Client::sign_in_with(&endpoint, &keys(), &options, |_| {}).await;
        let error = checked(result.err().unwrap());
        assert!(
            matches!(&error, Error::Proxy { host, .. } if *host == address),
            "{error}"
        );
    }
}

#[tokio::test]
async fn loopback_goes_past_the_proxy() {
    let fake = Plan::new().start().await;
    let endpoint = Endpoint::parse(&fake.router, "http://127.0.0.1:1").unwrap();
    let client = Client::sign_in(&endpoint, &keys(), |_| {}).await;
    assert!(client.is_ok());
}

//! Opens a WebSocket: TCP (through the proxy where there is one), TLS, handshake.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async_tls_with_config};
use url::Url;

use super::address::{host_and_port, is_loopback};
use super::error::Error;
use super::wire::MAX_RESPONSE;

pub(super) type WebSocket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The longest answer of a proxy before the connection is through.
const MAX_PROXY_ANSWER: usize = 8 * 1024;

/// Makes ring the TLS library of this process. Safe to call more than once; the first caller wins.
pub fn install_crypto() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        // An error says that another part of the process has chosen already: that is fine too.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
}

/// Opens a WebSocket to `address` within `limit`.
pub(super) async fn open(
    address: &Url,
    proxy: Option<&Url>,
    limit: Duration,
) -> Result<WebSocket, Error> {
    let timed_out = Error::TimedOut {
        who: "The account",
        after: limit,
    };
    tokio::time::timeout(limit, connect(address, proxy))
        .await
        .map_err(|_| timed_out)?
}

async fn connect(address: &Url, proxy: Option<&Url>) -> Result<WebSocket, Error> {
    let stream = match proxy.filter(|_| !is_loopback(address)) {
        Some(proxy) => through_proxy(address, proxy).await?,
        None => tcp(address).await?,
    };
    // Parts are sent whole: waiting for more to fill a packet only delays the answer.
    drop(stream.set_nodelay(true));
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_RESPONSE))
        .max_frame_size(Some(MAX_RESPONSE))
        .write_buffer_size(0);
    let opened = client_async_tls_with_config(address.as_str(), stream, Some(config), None).await;
    opened
        .map(|(socket, _response)| socket)
        .map_err(|error| handshake_error(address, &error))
}

async fn tcp(address: &Url) -> Result<TcpStream, Error> {
    let unreachable = |reason: String| Error::Unreachable {
        host: host_and_port(address),
        reason,
    };
    let host = address
        .host_str()
        .unwrap_or_default()
        .trim_matches(['[', ']']);
    let port = address.port_or_known_default().unwrap_or(443);
    TcpStream::connect((host, port))
        .await
        .map_err(|error| unreachable(error.to_string()))
}

/// Asks an HTTP proxy for a tunnel (RFC 9110, 9.3.6).
async fn through_proxy(address: &Url, proxy: &Url) -> Result<TcpStream, Error> {
    let mut stream = tcp(proxy).await?;
    let host = address.host_str().unwrap_or_default();
    let port = address.port_or_known_default().unwrap_or(443);
    let request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n");
    let failed = |reason: String| Error::Unreachable {
        host: format!("{} (proxy)", host_and_port(proxy)),
        reason,
    };
    stream
        .write_all(request.as_bytes())
        .await
        .map_err(|error| failed(error.to_string()))?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() >= MAX_PROXY_ANSWER {
            return Err(failed("its answer has no end".to_owned()));
        }
        answer.push(
            stream
                .read_u8()
                .await
                .map_err(|error| failed(error.to_string()))?,
        );
    }
    let text = String::from_utf8_lossy(&answer);
    let status = text.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) == Some("200") {
        Ok(stream)
    } else {
        Err(failed(format!(
            "it answered \"{}\"",
            status.chars().take(80).collect::<String>()
        )))
    }
}

fn handshake_error(address: &Url, error: &WsError) -> Error {
    let host = host_and_port(address);
    match error {
        WsError::Tls(error) => Error::Tls {
            host,
            reason: error.to_string(),
        },
        // rustls reports a certificate that it does not accept through the stream.
        WsError::Io(error)
            if error
                .get_ref()
                .is_some_and(|inner| inner.is::<rustls::Error>()) =>
        {
            Error::Tls {
                host,
                reason: error.to_string(),
            }
        }
        WsError::Io(error) => Error::Unreachable {
            host,
            reason: error.to_string(),
        },
        WsError::Http(response) => Error::NotAnAnswer {
            who: "The account's server",
            what: format!("the HTTP status {}", response.status().as_u16()),
        },
        _ => Error::NotAnAnswer {
            who: "The account's server",
            what: "no WebSocket".to_owned(),
        },
    }
}

//! How a connection comes about: TLS, the proxy, HTTP answers of bounded length, WebSocket handshakes. Addresses hold
//! the keys in their query, so nothing here ever puts a whole address into an error.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use percent_encoding::percent_decode_str;
use reqwest::{NoProxy, redirect};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, protocol::WebSocketConfig};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};
use url::{Host, Url};

use super::endpoint::{is_loopback, place, require_safe};
use super::{Endpoint, Error, Options, Timeouts};

/// The longest HTTP answer that is read (1 MiB); real ones have a few hundred bytes.
const MAX_HTTP: usize = 1024 * 1024;
/// The longest header that a proxy may answer with.
const MAX_PROXY_HEADER: usize = 16 * 1024;
/// What goes past the proxy.
const BYPASS: &str = "localhost,127.0.0.0/8,::1";

/// A WebSocket that is open.
pub(super) type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Installs the cryptography that TLS uses (ring). Once is enough, more often does no harm; `main` calls it first.
pub fn install_crypto() {
    // An error says that a provider is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Opens connections: knows the proxy, the certificates and the time-outs.
pub(super) struct Dialer {
    http: reqwest::Client,
    tls: Arc<ClientConfig>,
    proxy: Option<Url>,
    timeouts: Timeouts,
}

impl Dialer {
    /// Loads the certificates that this computer trusts.
    pub(super) fn new(endpoint: &Endpoint, options: &Options) -> Result<Self, Error> {
        install_crypto();
        let tls = tls_config(options)?;
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.clone())
            // The query holds the keys: nobody is sent elsewhere with them.
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(options.timeouts.connect)
            .timeout(options.timeouts.request);
        if let Some(proxy) = &endpoint.proxy {
            let proxy =
                reqwest::Proxy::all(proxy.clone()).map_err(|error| setup(&error.without_url()))?;
            http = http.proxy(proxy.no_proxy(NoProxy::from_string(BYPASS)));
        }
        Ok(Dialer {
            http: http.build().map_err(|error| setup(&error.without_url()))?,
            tls: Arc::new(tls),
            proxy: endpoint.proxy.clone(),
            timeouts: options.timeouts,
        })
    }

    /// Asks by HTTP GET. `what` is who is asked: "router".
    pub(super) async fn get(&self, what: &'static str, url: Url) -> Result<Vec<u8>, Error> {
        require_safe(what, &url, "https", "http")?;
        let host = place(&url);
        let explain = |error: reqwest::Error| self.explain(what, &url, &error.without_url());
        let mut response = self.http.get(url.clone()).send().await.map_err(explain)?;
        let status = response.status();
        if !status.is_success() {
            let status = status.as_u16();
            return Err(Error::HttpStatus { what, host, status });
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(explain)? {
            if body.len() + chunk.len() > MAX_HTTP {
                let limit = MAX_HTTP;
                return Err(Error::TooLong { what, limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Opens a WebSocket that takes messages of at most `longest` bytes.
    pub(super) async fn open(&self, url: &Url, longest: usize) -> Result<Stream, Error> {
        const WHAT: &str = "connection service";
        require_safe(WHAT, url, "wss", "ws")?;
        let host = place(url);
        let opening = async {
            let tcp = self.tcp(WHAT, url).await?;
            // A small request must not wait for the answer to the one before it.
            let _ = tcp.set_nodelay(true);
            let config = WebSocketConfig::default()
                .max_message_size(Some(longest))
                .max_frame_size(Some(longest));
            let connector = Connector::Rustls(Arc::clone(&self.tls));
            client_async_tls_with_config(url.as_str(), tcp, Some(config), Some(connector))
                .await
                .map(|(stream, _)| stream)
                .map_err(|error| handshake(WHAT, &host, error))
        };
        match timeout(self.timeouts.connect, opening).await {
            Ok(result) => result,
            Err(_) => Err(Error::Unreachable {
                what: WHAT,
                host,
                why: no_answer(self.timeouts.connect),
            }),
        }
    }

    async fn tcp(&self, what: &'static str, url: &Url) -> Result<TcpStream, Error> {
        match self.proxy.as_ref().filter(|_| !is_loopback(url)) {
            None => dial(what, url).await,
            Some(proxy) => {
                let stream = dial("proxy", proxy).await?;
                tunnel(stream, proxy, url).await
            }
        }
    }

    fn explain(&self, what: &'static str, url: &Url, error: &reqwest::Error) -> Error {
        let host = place(url);
        let causes = causes(error);
        if let Some(why) = causes.iter().find_map(|cause| tls_words(*cause)) {
            return Error::Tls { host, why };
        }
        let io = causes
            .iter()
            .find_map(|cause| cause.downcast_ref::<io::Error>());
        let why = match (error.is_timeout(), io) {
            (true, _) if error.is_connect() => no_answer(self.timeouts.connect),
            (true, _) => no_answer(self.timeouts.request),
            (false, Some(io)) => io_words(io),
            (false, None) => causes.last().map_or_else(
                || "the connection failed".to_owned(),
                |cause| shorten(&cause.to_string()),
            ),
        };
        match self.proxy.as_ref().filter(|_| !is_loopback(url)) {
            Some(proxy) if error.is_connect() && io.is_none() => Error::Proxy {
                host: place(proxy),
                why,
            },
            Some(proxy) if error.is_connect() => Error::Unreachable {
                what: "proxy",
                host: place(proxy),
                why,
            },
            _ => Error::Unreachable { what, host, why },
        }
    }
}

fn setup(error: &reqwest::Error) -> Error {
    Error::BadAddress {
        what: "proxy's address",
        why: shorten(&error.to_string()),
    }
}

fn no_answer(limit: Duration) -> String {
    format!("no answer within {} seconds", limit.as_secs())
}

/// The certificates that the system trusts, and what the options add. A computer without any (a bare container) can
/// still use the practice workspace, which needs none.
fn tls_config(options: &Options) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let failed = |error: rustls::Error| Error::Tls {
        host: "this computer".to_owned(),
        why: shorten(&error.to_string()),
    };
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(failed)?;
    let roots = options.extra_roots.clone();
    match rustls_platform_verifier::Verifier::new_with_extra_roots(roots, provider) {
        Ok(verifier) => Ok(builder
            .dangerous() // The name of the door; the system's own verifier goes in.
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth()),
        Err(error) => {
            tracing::warn!("no certificates could be loaded from the system: {error}");
            Ok(builder
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth())
        }
    }
}

async fn dial(what: &'static str, url: &Url) -> Result<TcpStream, Error> {
    let unreachable = |why: String| Error::Unreachable {
        what,
        host: place(url),
        why,
    };
    let port = url.port_or_known_default().unwrap_or(443);
    let connected = match url.host() {
        Some(Host::Ipv4(ip)) => TcpStream::connect((ip, port)).await,
        Some(Host::Ipv6(ip)) => TcpStream::connect((ip, port)).await,
        Some(Host::Domain(name)) => TcpStream::connect((name, port)).await,
        None => return Err(unreachable("its address names no computer".to_owned())),
    };
    connected.map_err(|error| unreachable(io_words(&error)))
}

/// Asks the proxy for a tunnel to the host of `url` (RFC 9110, section 9.3.6).
async fn tunnel(mut stream: TcpStream, proxy: &Url, url: &Url) -> Result<TcpStream, Error> {
    let refuse = |why: String| Error::Proxy {
        host: place(proxy),
        why,
    };
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(443);
    let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
    if !proxy.username().is_empty() {
        let user = percent_decode_str(proxy.username()).decode_utf8_lossy();
        let password = percent_decode_str(proxy.password().unwrap_or("")).decode_utf8_lossy();
        let pair = base64::prelude::BASE64_STANDARD.encode(format!("{user}:{password}"));
        request.push_str(&format!("Proxy-Authorization: Basic {pair}\r\n"));
    }
    request.push_str("\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .map_err(|error| refuse(io_words(&error)))?;
    // Byte by byte, so that nothing which follows the header is swallowed.
    let mut header = Vec::new();
    while !header.ends_with(b"\r\n\r\n") {
        if header.len() == MAX_PROXY_HEADER {
            return Err(refuse("its answer is too long".to_owned()));
        }
        let byte = stream
            .read_u8()
            .await
            .map_err(|error| refuse(io_words(&error)))?;
        header.push(byte);
    }
    let line = header.split(|byte| *byte == b'\r').next().unwrap_or(&[]);
    let line = String::from_utf8_lossy(line);
    match line.split_whitespace().nth(1) {
        Some("200") => Ok(stream),
        Some("407") => Err(refuse("it asks for a user name and a password".to_owned())),
        Some(status) => Err(refuse(format!(
            "it answered with status {}",
            shorten(status)
        ))),
        None => Err(refuse("its answer is no HTTP".to_owned())),
    }
}

/// The error and everything below it, io errors opened (their `source` leaves out what they were made of).
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> Vec<&'a (dyn StdError + 'static)> {
    let mut found: Vec<&'a (dyn StdError + 'static)> = Vec::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        if found.len() == 32 {
            break;
        }
        found.push(cause);
        next = match cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    found
}

fn handshake(what: &'static str, host: &str, error: tungstenite::Error) -> Error {
    let host = host.to_owned();
    if let Some(why) = causes(&error).iter().find_map(|cause| tls_words(*cause)) {
        return Error::Tls { host, why };
    }
    match error {
        tungstenite::Error::Http(response) => Error::HttpStatus {
            what,
            host,
            status: response.status().as_u16(),
        },
        tungstenite::Error::Io(error) => Error::Unreachable {
            what,
            host,
            why: io_words(&error),
        },
        // Closed before the answer was whole.
        tungstenite::Error::ConnectionClosed
        | tungstenite::Error::AlreadyClosed
        | tungstenite::Error::Protocol(tungstenite::error::ProtocolError::HandshakeIncomplete) => {
            Error::Unreachable {
                what,
                host,
                why: io_words(&io::ErrorKind::UnexpectedEof.into()),
            }
        }
        _ => Error::NotJson {
            what,
            host,
            instead: "something that is no WebSocket",
        },
    }
}

fn tls_words(cause: &(dyn StdError + 'static)) -> Option<String> {
    use rustls::CertificateError as Bad;
    let words = match cause.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(bad) => match bad {
            Bad::UnknownIssuer => {
                "its certificate was issued by somebody whom this computer does not trust"
            }
            Bad::Expired | Bad::ExpiredContext { .. } => "its certificate has expired",
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => "its certificate is not valid yet",
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                "its certificate is made out to another name"
            }
            Bad::Revoked => "its certificate was revoked",
            _ => "its certificate is not valid",
        },
        rustls::Error::InvalidMessage(_) => "it does not speak TLS",
        other => return Some(shorten(&other.to_string())),
    };
    Some(words.to_owned())
}

/// An io error in words that people know.
pub(super) fn io_words(error: &io::Error) -> String {
    let text = error.to_string();
    if text.starts_with("failed to lookup address") {
        return "its name is not known".to_owned();
    }
    let words = match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing answers there (connection refused)",
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => {
            "the other side cut the connection"
        }
        io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => {
            "the other side closed the connection"
        }
        io::ErrorKind::TimedOut => "no answer in time",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "the network has no way to it"
        }
        io::ErrorKind::NetworkDown => "the network is down",
        _ => return shorten(&text),
    };
    words.to_owned()
}

/// At most 120 characters on one line, without a full stop at its end.
pub(super) fn shorten(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(120)
        .collect();
    line.trim().trim_end_matches('.').to_owned()
}

//! Keys and addresses as people type them, and which addresses may be used at all.

use std::net::IpAddr;

use thiserror::Error as ThisError;
use url::{Host, Url};
use uuid::Uuid;

use super::{Endpoint, Error};

/// What is wrong with a key, for the line below the field.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum KeyError {
    /// Nothing is there yet.
    #[error("A key has 36 characters, such as 3f2c9a10-5f0e-4c1b-9a57-0c2f8f1f77a2.")]
    Empty,
    /// Too short.
    #[error("{} missing. A key has 36.", characters(*.0))]
    TooShort(usize),
    /// Too long.
    #[error("{} too many. A key has 36.", characters(*.0))]
    TooLong(usize),
    /// A character that no key has.
    #[error("A key has no \u{201c}{0}\u{201d}: only 0 to 9, a to f and dashes.")]
    BadCharacter(char),
    /// Dashes in the wrong places.
    #[error("The dashes are in the wrong places. A key is written 8-4-4-4-12.")]
    Dashes,
}

fn characters(count: usize) -> String {
    const WORDS: [&str; 10] = [
        "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine",
    ];
    let word = WORDS
        .get(count)
        .map_or_else(|| count.to_string(), |word| (*word).to_owned());
    let (noun, verb) = if count == 1 {
        ("character", "is")
    } else {
        ("characters", "are")
    };
    format!("{word} {noun} {verb}")
}

/// Reads a key, forgiving blanks, quotes and braces around it and capital letters.
///
/// # Errors
/// What is wrong, in words for a person.
pub fn parse_key(text: &str) -> Result<Uuid, KeyError> {
    let blank = |c: char| {
        c.is_whitespace() || matches!(c, '{' | '}' | '"' | '\'' | '\u{feff}' | '\u{200b}')
    };
    let key: String = text.chars().filter(|c| !blank(*c)).collect();
    if key.is_empty() {
        return Err(KeyError::Empty);
    }
    if let Some(wrong) = key.chars().find(|c| !c.is_ascii_hexdigit() && *c != '-') {
        return Err(KeyError::BadCharacter(wrong));
    }
    match key.len() {
        36 => Uuid::try_parse(&key).map_err(|_| KeyError::Dashes),
        32 if !key.contains('-') => Uuid::try_parse(&key).map_err(|_| KeyError::Dashes),
        length if length < 36 => Err(KeyError::TooShort(36 - length)),
        length => Err(KeyError::TooLong(length - 36)),
    }
}

impl Endpoint {
    /// Reads the router's and the proxy's address as typed; an empty proxy is none.
    ///
    /// # Errors
    /// An address that is none, or one without encryption that leads elsewhere than to this computer.
    pub fn parse(router: &str, proxy: &str) -> Result<Self, Error> {
        let bad = |what, text: &str| Error::BadAddress {
            what,
            text: text.to_owned(),
        };
        let text = router.trim();
        let router = checked(text, "router", &["http", "https"])?;
        let text = proxy.trim();
        let proxy = if text.is_empty() {
            None
        } else {
            let with_scheme = if text.contains("://") {
                text.to_owned()
            } else {
                format!("http://{text}")
            };
            let url = Url::parse(&with_scheme).map_err(|_| bad("proxy", text))?;
            if url.scheme() != "http" || url.host().is_none() {
                return Err(bad("proxy", text));
            }
            Some(url)
        };
        Ok(Endpoint { router, proxy })
    }
}

/// An address with one of these schemes (the encrypted one last), refused where it is plain and leads off this computer.
pub(super) fn checked(text: &str, what: &'static str, schemes: &[&str; 2]) -> Result<Url, Error> {
    let bad = || Error::BadAddress {
        what,
        text: text.to_owned(),
    };
    let url = Url::parse(text).map_err(|_| bad())?;
    if !schemes.contains(&url.scheme()) || url.host().is_none() {
        return Err(bad());
    }
    if url.scheme() == schemes[1] || is_loopback(&url) {
        return Ok(url);
    }
    Err(Error::PlainRefused {
        address: format!("{}://{}", url.scheme(), host_and_port(&url)),
    })
}

/// Whether the address leads to this computer.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// For errors: where it was, and nothing of the query.
pub(super) fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "3f2c9a10-5f0e-4c1b-9a57-0c2f8f1f77a2";

    #[test]
    fn blanks_braces_and_quotes_around_a_key_are_forgiven() {
        let key = parse_key(KEY).unwrap();
        for text in [
            format!("  {{{KEY}}}\n"),
            format!("\"{KEY}\""),
            KEY.to_uppercase(),
            KEY.replace('-', ""),
        ] {
            assert_eq!(parse_key(&text), Ok(key), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_key_is_said_in_words() {
        let says = |text: &str| parse_key(text).unwrap_err().to_string();
        assert_eq!(
            says(&KEY[..34]),
            "Two characters are missing. A key has 36."
        );
        assert_eq!(says(&KEY[..35]), "One character is missing. A key has 36.");
        assert_eq!(
            says(&format!("{KEY}a")),
            "One character is too many. A key has 36."
        );
        assert!(says("3f2c9a1g").contains('g'));
        assert!(says("3f2c9a105-f0e-4c1b-9a57-0c2f8f1f77a2").contains("dashes"));
    }

    #[test]
    fn plain_addresses_are_refused_except_to_this_computer() {
        for good in [
            "http://127.0.0.1:8104/router/",
            "http://localhost/",
            "http://[::1]:9/",
            "https://example.com/",
        ] {
            assert!(Endpoint::parse(good, "").is_ok(), "{good}");
        }
        for bad in [
            "http://example.com/",
            "http://10.0.0.1/",
            "http://127.0.0.1.example.com/",
        ] {
            assert!(
                matches!(Endpoint::parse(bad, ""), Err(Error::PlainRefused { .. })),
                "{bad}"
            );
        }
        for bad in ["", "ftp://localhost/", "example.com"] {
            assert!(
                matches!(Endpoint::parse(bad, ""), Err(Error::BadAddress { .. })),
                "{bad}"
            );
        }
        assert!(checked("ws://example.com/socket", "WebSocket", &["ws", "wss"]).is_err());
        assert!(checked("ws://127.0.0.1:9/socket", "WebSocket", &["ws", "wss"]).is_ok());
    }
}

//! Keys and addresses: read from what a person typed or pasted, and what may be connected to at all.

use std::fmt;

use thiserror::Error as ThisError;
use url::{Host, Url};
use uuid::Uuid;

use super::{DEFAULT_ROUTER, Error};

/// How many characters a key has in its usual form (8-4-4-4-12 with hyphens).
const KEY_LENGTH: usize = 36;

/// The two keys of an account. `Debug` does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// Names the account.
    pub account_key: Uuid,
    /// Lets a program in.
    pub api_key: Uuid,
}

impl Keys {
    /// Reads both keys as they were typed or pasted; see [`parse_key`].
    ///
    /// # Errors
    /// Says which of the two is wrong, and how.
    pub fn parse(account: &str, api: &str) -> Result<Keys, KeysError> {
        Ok(Keys {
            account_key: parse_key(account).map_err(KeysError::Account)?,
            api_key: parse_key(api).map_err(KeysError::Api)?,
        })
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(hidden)")
    }
}

/// Which of the two keys is wrong, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub enum KeysError {
    /// The account key.
    #[error("Account key: {0}")]
    Account(KeyError),
    /// The API key.
    #[error("API key: {0}")]
    Api(KeyError),
}

/// Why a text is no key. Shown beside the field while it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub enum KeyError {
    /// Nothing was typed.
    #[error("The key is empty. Paste it from the account's API page.")]
    Empty,
    /// A character that no key has.
    #[error(
        "“{character}” (character {position}) cannot be in a key. A key has the digits 0 to 9, the letters a to f and hyphens."
    )]
    BadCharacter {
        /// The character.
        character: char,
        /// Counted from 1, after blanks, quotes and braces were taken away.
        position: usize,
    },
    /// Too short.
    #[error("{} missing. A key has {KEY_LENGTH}.", characters(*.0, "is", "are"))]
    TooShort(usize),
    /// Too long.
    #[error("{} too many. A key has {KEY_LENGTH}.", characters(*.0, "is", "are"))]
    TooLong(usize),
    /// As many characters as there should be, and no key all the same.
    #[error(
        "The hyphens are not where they should be. A key has 8, 4, 4, 4 and 12 characters with hyphens between."
    )]
    BadLayout,
}

/// "One character is", "Two characters are", "14 characters are".
fn characters(count: usize, one: &str, many: &str) -> String {
    const WORDS: [&str; 9] = [
        "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine",
    ];
    match count.checked_sub(1).and_then(|index| WORDS.get(index)) {
        Some(word) if count == 1 => format!("{word} character {one}"),
        Some(word) => format!("{word} characters {many}"),
        None => format!("{count} characters {many}"),
    }
}

/// Reads a key as it was typed or pasted: blanks anywhere, and quotes and braces around it, are forgiven; so are
/// hyphens that a text program has made longer, and a key without hyphens.
///
/// # Errors
/// A [`KeyError`] that a person can act on.
pub fn parse_key(text: &str) -> Result<Uuid, KeyError> {
    let around = |c: char| "\"'`´“”„‘’‚«»‹›{}()[]<>,;".contains(c);
    let visible: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control() && !"\u{feff}\u{200b}".contains(*c))
        .map(|c| {
            if "‐‑‒–—−".contains(c) {
                '-'
            } else {
                c
            }
        })
        .collect();
    let key = visible.trim_matches(around);
    if key.is_empty() {
        return Err(KeyError::Empty);
    }
    let wrong = key
        .chars()
        .enumerate()
        .find(|(_, c)| !c.is_ascii_hexdigit() && *c != '-');
    if let Some((index, character)) = wrong {
        return Err(KeyError::BadCharacter {
            character,
            position: index + 1,
        });
    }
    if key.len() == 32 && !key.contains('-') {
        return Uuid::try_parse(key).map_err(|_| KeyError::BadLayout);
    }
    if key.len() < KEY_LENGTH {
        return Err(KeyError::TooShort(KEY_LENGTH - key.len()));
    }
    if key.len() > KEY_LENGTH {
        return Err(KeyError::TooLong(key.len() - KEY_LENGTH));
    }
    Uuid::try_parse(key).map_err(|_| KeyError::BadLayout)
}

/// Where to sign in. `Debug` does not show the proxy's password.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The router's address. `http://` only to loopback.
    pub router: Url,
    /// An HTTP proxy (`http://host:port`), if one is needed.
    pub proxy: Option<Url>,
}

impl Endpoint {
    /// Reads both addresses as they were typed. An empty router is the default one, an empty proxy is none; a missing
    /// `https://` (proxy: `http://`) is added.
    ///
    /// # Errors
    /// [`Error::BadAddress`] for what is no address, [`Error::PlainAddress`] for `http://` to another computer.
    pub fn parse(router: &str, proxy: &str) -> Result<Endpoint, Error> {
        let router = match router.trim() {
            "" => DEFAULT_ROUTER,
            typed => typed,
        };
        let router = web_address("router's address", router, "https://")?;
        let proxy = match proxy.trim() {
            "" => None,
            typed => Some(proxy_address(typed)?),
        };
        Ok(Endpoint { router, proxy })
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("router", &place(&self.router))
            .field("proxy", &self.proxy.as_ref().map(place))
            .finish()
    }
}

/// `host:port` as it may be shown and logged: no path, no query, no password.
pub(super) fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn proxy_address(text: &str) -> Result<Url, Error> {
    let url = parse("proxy's address", text, "http://")?;
    if url.scheme() == "http" {
        Ok(url)
    } else {
        Err(Error::BadAddress {
            what: "proxy's address",
            why: format!(
                "it begins with {}://, but only http://host:port is possible",
                url.scheme()
            ),
        })
    }
}

/// Reads the address of something spoken to over HTTP: `https`, or `http` to this computer.
pub(super) fn web_address(what: &'static str, text: &str, default: &str) -> Result<Url, Error> {
    let url = parse(what, text, default)?;
    require_safe(what, &url, "https", "http")?;
    Ok(url)
}

/// Reads the address of a WebSocket: `wss`, or `ws` to this computer.
pub(super) fn socket_address(what: &'static str, text: &str) -> Result<Url, Error> {
    let url = parse(what, text, "wss://")?;
    require_safe(what, &url, "wss", "ws")?;
    Ok(url)
}

fn parse(what: &'static str, text: &str, default: &str) -> Result<Url, Error> {
    let bad = |why: &str| Error::BadAddress {
        what,
        why: why.to_owned(),
    };
    let text = text.trim();
    if text.len() > 2000 {
        return Err(bad("it is longer than 2,000 characters"));
    }
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        format!("{default}{text}")
    };
    let url = Url::parse(&whole).map_err(|error| bad(&error.to_string()))?;
    match url.host() {
        Some(_) => Ok(url),
        None => Err(bad("it names no computer")),
    }
}

/// Refuses every scheme but `secure`, and `plain` to this computer.
pub(super) fn require_safe(
    what: &'static str,
    url: &Url,
    secure: &str,
    plain: &str,
) -> Result<(), Error> {
    if url.scheme() == secure || (url.scheme() == plain && is_loopback(url)) {
        Ok(())
    } else if url.scheme() == plain {
        Err(Error::PlainAddress {
            what,
            scheme: url.scheme().to_owned(),
            host: place(url),
        })
    } else {
        let mut scheme = url.scheme().to_owned();
        scheme.truncate(20);
        Err(Error::BadAddress {
            what,
            why: format!("it begins with {scheme}://, where {secure}:// is needed"),
        })
    }
}

/// Whether an address is this computer: 127.0.0.0/8, ::1 or `localhost`.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        // Schemes that the url crate does not know keep their host as a text; ws and wss are known to it.
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "000000a1-0000-4000-8000-0000000000a1";

    #[test]
    fn a_pasted_key_is_forgiven_blanks_quotes_and_braces() {
        let key = Uuid::try_parse(KEY).unwrap();
        for text in [
            KEY.to_owned(),
            format!("  {KEY}\r\n"),
            format!("\"{KEY}\""),
            format!("{{{}}}", KEY.to_uppercase()),
            format!(" “{{ {KEY} }}”, "),
            KEY.replace('-', " - "),
            KEY.replace('-', "–"),
            KEY.replace('-', ""),
        ] {
            assert_eq!(parse_key(&text), Ok(key), "{text}");
        }
    }

    #[test]
    fn a_wrong_key_is_explained_in_words() {
        let said = |text: &str| parse_key(text).unwrap_err().to_string();
        assert_eq!(
            said(&KEY[..34]),
            "Two characters are missing. A key has 36."
        );
        assert_eq!(said(&KEY[..35]), "One character is missing. A key has 36.");
        assert_eq!(
            said(&format!("{KEY}0")),
            "One character is too many. A key has 36."
        );
        assert!(said(&KEY.replace('8', "g")).starts_with("“g” (character 20)"));
        assert!(said(" \t").starts_with("The key is empty."));
        assert!(said(&KEY.replacen("0-0", "00-", 1)).starts_with("The hyphens"));
        assert_eq!(
            Keys::parse(KEY, "12").unwrap_err().to_string(),
            "API key: 34 characters are missing. A key has 36."
        );
    }

    #[test]
    fn plain_addresses_are_for_this_computer_alone() {
        for good in [
            "http://127.0.0.1:8104/",
            "http://127.9.9.9/",
            "http://[::1]:80/",
            "http://localhost:1",
            "https://example.org",
        ] {
            assert!(Endpoint::parse(good, "").is_ok(), "{good}");
        }
        for bad in [
            "http://example.org/",
            "http://localhost.example.org/",
            "http://10.0.0.1/",
            "http://[::2]/",
            "http://0.0.0.0/",
        ] {
            let error = Endpoint::parse(bad, "").unwrap_err();
            assert!(
                matches!(error, Error::PlainAddress { .. }),
                "{bad}: {error}"
            );
        }
        assert!(Endpoint::parse("ftp://example.org", "").is_err());
        assert!(Endpoint::parse("https://", "").is_err());
        assert!(socket_address("x", "ws://10.0.0.1/").is_err());
        assert!(socket_address("x", "ws://127.0.0.1:9/socket").is_ok());
        assert!(socket_address("x", "https://127.0.0.1:9/socket").is_err());
    }

    #[test]
    fn what_was_left_away_is_added_and_the_password_is_not_shown() {
        let endpoint = Endpoint::parse("", "someone:secret@proxy.example:3128").unwrap();
        assert_eq!(endpoint.router.as_str(), DEFAULT_ROUTER);
        assert_eq!(endpoint.proxy.as_ref().and_then(Url::port), Some(3128));
        assert!(!format!("{endpoint:?}").contains("secret"));
        assert_eq!(
            Endpoint::parse("example.org/shell", "")
                .unwrap()
                .router
                .as_str(),
            "https://example.org/shell"
        );
    }
}

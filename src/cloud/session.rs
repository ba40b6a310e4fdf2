//! Signing in, and staying signed in: when the main socket breaks it is opened again on the same session, and where the
//! server has forgotten the session a new one is made (`docs/protocol.md`, "Signing in").

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::{sleep, timeout};
use url::Url;
use uuid::Uuid;

use super::client::{Core, Link, Main, Session};
use super::endpoint::{place, socket_address, web_address};
use super::message::{Answer, Message, judge, read, unreadable};
use super::model::Account;
use super::socket::Socket;
use super::wire::{self, MAX_RESPONSE, Response};
use super::{Error, Keys};

/// Every so many failed attempts on the old session the router is asked for a new one: the address may have moved.
const ATTEMPTS_ON_OLD_SESSION: u32 = 4;
/// So many times in a row the account may refuse the keys before the keeper gives up.
const REFUSALS: u32 = 10;

/// The whole way from the keys to an open socket. Leaves the session in `core`.
pub(super) async fn establish(
    core: &Core,
    step: impl Fn(&'static str) + Send,
) -> Result<Arc<Socket>, Error> {
    step("Asking the router");
    let region = ask_router(core, "1").await?;
    let region = web_address("web service's address", &region, "")?;
    step("Asking for a session");
    let uuid = ask_region(core, region).await?;
    step("Asking for the connection service");
    let socket = ask_router(core, "2").await?;
    let url = socket_address("connection service's address", &socket)?;
    step("Opening the connection");
    let socket = open(core, &url, MAX_RESPONSE).await?;
    step("Reading the account");
    let (account, answer) = read_account(core, &socket, uuid).await?;
    *core.session() = Session {
        uuid,
        socket: url,
        account: Arc::new(account),
        answer: Arc::new(answer),
    };
    Ok(Arc::new(socket))
}

/// Opens a socket and says on it which session it belongs to.
pub(super) async fn register(core: &Core, longest: usize) -> Result<Socket, Error> {
    let (uuid, url) = {
        let session = core.session();
        (session.uuid, session.socket.clone())
    };
    let socket = open(core, &url, longest).await?;
    let what = "the session's registration";
    let message = Message::session(&core.keys, wire::Session::RegisterSession, what, uuid)?;
    let response = ask_socket(core, &socket, &message).await?;
    let _: Value = read(what, response, &core.keys).await?;
    Ok(socket)
}

async fn open(core: &Core, socket: &Url, longest: usize) -> Result<Socket, Error> {
    let mut url = socket.clone();
    // The library puts `/?ClientUniqueId=` behind whatever the router named.
    let path = format!("{}/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url.query_pairs_mut()
        .append_pair("ClientUniqueId", &core.keys.api_key.to_string());
    let stream = core.dialer.open(&url, longest).await?;
    Ok(Socket::start(stream, core.ids.clone(), core.timeouts))
}

/// One request on a socket that is not the main one (yet).
async fn ask_socket(core: &Core, socket: &Socket, message: &Message) -> Result<Response, Error> {
    let limit = core.timeouts.request;
    match timeout(limit, socket.request(message)).await {
        Ok(answer) => answer.map_err(|broken| broken.error),
        Err(_) => Err(Error::Timeout {
            what: message.what,
            seconds: limit.as_secs(),
        }),
    }
}

async fn read_account(
    core: &Core,
    socket: &Socket,
    session: Uuid,
) -> Result<(Account, Value), Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Holder {
        account: Account,
    }
    let what = "the account";
    let message = Message::session(&core.keys, wire::Session::CreateApiSession, what, session)?;
    let response = ask_socket(core, socket, &message).await?;
    let answer: Answer<Value> = match read(what, response, &core.keys).await {
        Err(Error::Refused { words, .. }) => Err(Error::KeysRefused { words }),
        other => other,
    }?;
    let holder = Holder::deserialize(&answer.response_message).map_err(|e| unreadable(what, &e))?;
    let account = holder.account;
    if account.user_list.is_empty() {
        return Err(Error::NoUsers);
    }
    if account
        .user_list
        .iter()
        .all(|user| user.institution_list.is_empty())
    {
        return Err(Error::NoLocations);
    }
    Ok((account, answer.response_message))
}

/// Asks the router for an address: type "1" the region's web service, "2" its WebSockets.
async fn ask_router(core: &Core, address_type: &'static str) -> Result<String, Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Parameters {
        router_key: Uuid,
        address_type: &'static str,
        adapter_type: &'static str,
    }
    let parameters = Parameters {
        router_key: core.keys.account_key,
        address_type,
        adapter_type: "2",
    };
    let url = core.endpoint.router.clone();
    ask_http(core, "router", url, "4", &parameters).await
}

async fn ask_region(core: &Core, region: Url) -> Result<Uuid, Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Parameters {
        transaction_type: &'static str,
        account_key: Uuid,
        api_key: Uuid,
    }
    let parameters = Parameters {
        transaction_type: "3",
        account_key: core.keys.account_key,
        api_key: core.keys.api_key,
    };
    let session = ask_http(core, "web service", region, "7", &parameters).await?;
    Uuid::try_parse(session.trim()).map_err(|_| Error::Unreadable {
        what: "the request for a session",
        why: "it is no session's name".to_owned(),
    })
}

/// One HTTP question; the answer is `ResponseMessage`.
async fn ask_http<P: Serialize + Sync>(
    core: &Core,
    what: &'static str,
    mut url: Url,
    request_type: &str,
    parameters: &P,
) -> Result<String, Error> {
    let parameters = serde_json::to_string(parameters).map_err(|e| unreadable(what, &e))?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    url.query_pairs_mut()
        .append_pair("RequestType", request_type)
        .append_pair("Parameters", &parameters)
        .append_pair("ClientUniqueId", &core.keys.api_key.to_string())
        .append_pair("Cache", &now.as_millis().to_string());
    let host = place(&url);
    let body = core.dialer.get(what, url).await?;
    read_http(what, &host, &body, &core.keys)
}

fn read_http(what: &'static str, host: &str, body: &[u8], keys: &Keys) -> Result<String, Error> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    let not_json = |instead| Error::NotJson {
        what,
        host: host.to_owned(),
        instead,
    };
    match judge(what, text.as_bytes(), keys) {
        Ok(()) => {}
        Err(Error::Refused { words, .. }) => return Err(Error::KeysRefused { words }),
        Err(_) if text.is_empty() => return Err(not_json("an empty page")),
        Err(_) if text.starts_with('<') => return Err(not_json("a web page")),
        Err(_) => return Err(not_json("something unreadable")),
    }
    match serde_json::from_str::<Answer<String>>(text) {
        Ok(answer) => Ok(answer.response_message),
        Err(_) => Err(not_json("something unreadable")),
    }
}

/// Stays signed in until it is aborted, or the account refuses the keys for good.
pub(super) async fn keep(core: Arc<Core>, mut socket: Arc<Socket>) {
    loop {
        let session = core.session().uuid;
        let mut stale = core.stale.subscribe();
        let why = tokio::select! {
            why = socket.ended() => why,
            _ = stale.wait_for(|stale| *stale == Some(session)) => Error::Lost {
                why: "the session has expired".to_owned(),
            },
        };
        tracing::warn!("the connection was lost: {}", why.in_short());
        core.link.send_replace(Link::Reconnecting(why.in_short()));
        core.main.send_replace(Main::Down(why));
        match open_again(&core).await {
            Ok(opened) => socket = opened,
            Err(why) => {
                tracing::warn!("no new session was given: {}", why.in_short());
                return core.end(why);
            }
        }
        tracing::info!("connected again");
        core.main.send_replace(Main::Up(Arc::clone(&socket)));
        core.link.send_replace(Link::Online);
    }
}

async fn open_again(core: &Core) -> Result<Arc<Socket>, Error> {
    let mut refusals = 0;
    let mut anew = false;
    for attempt in 0_u32.. {
        sleep(pause(core, attempt)).await;
        let session = core.session().uuid;
        anew |= *core.stale.borrow() == Some(session);
        let opened = if anew {
            establish(core, |_| {}).await
        } else {
            register(core, MAX_RESPONSE).await.map(Arc::new)
        };
        let why = match opened {
            Ok(socket) => return Ok(socket),
            Err(why) => why,
        };
        match why {
            // The server does not know the session any more.
            Error::Refused { .. } if !anew => {
                anew = true;
                continue;
            }
            Error::KeysRefused { .. } if refusals + 1 == REFUSALS => return Err(why),
            Error::KeysRefused { .. } => refusals += 1,
            _ => {
                refusals = 0;
                anew = attempt % ATTEMPTS_ON_OLD_SESSION == ATTEMPTS_ON_OLD_SESSION - 1;
            }
        }
        core.link.send_replace(Link::Reconnecting(why.in_short()));
        core.main.send_replace(Main::Down(why));
    }
    Err(Error::SignedOut)
}

/// Doubles with every attempt up to a bound.
fn pause(core: &Core, attempt: u32) -> Duration {
    let doubled = core
        .timeouts
        .first_pause
        .saturating_mul(1 << attempt.min(16));
    jittered(doubled.min(core.timeouts.longest_pause))
}

/// Between half of `pause` and the whole, by chance, so that many clients that lost the same server do not come back in
/// the same moment.
pub fn jittered(pause: Duration) -> Duration {
    // Version 4 names are random; that is chance enough.
    let [.., byte] = *Uuid::new_v4().as_bytes();
    pause.mul_f64(0.5 + f64::from(byte) / 512.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::message::words;

    #[test]
    fn a_refusal_by_http_gives_the_servers_words() {
        let keys = Keys::parse(
            "000000a2-0000-4000-8000-0000000000a2",
            "000000a1-0000-4000-8000-0000000000a1",
        )
        .unwrap();
        let read = |body: &str| read_http("router", "host", body.as_bytes(), &keys);
        assert_eq!(
            read("\u{feff}{\"ResponseCode\":1,\"ResponseMessage\":\"https://x\"}"),
            Ok("https://x".to_owned())
        );
        assert_eq!(
            read(r#"{"ResponseCode":0,"ResponseMessage":"Unknown key."}"#),
            Err(Error::KeysRefused {
                words: words("Unknown key.", &keys)
            })
        );
        for (body, instead) in [
            ("<!DOCTYPE html><p>Sign in</p>", "a web page"),
            (" ", "an empty page"),
            ("nonsense", "something unreadable"),
            (r#"{"ResponseCode":1}"#, "something unreadable"),
        ] {
            assert_eq!(
                read(body),
                Err(Error::NotJson {
                    what: "router",
                    host: "host".to_owned(),
                    instead
                })
            );
        }
    }
}

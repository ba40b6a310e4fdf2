//! Lines that break and come back, and sessions that are forgotten.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;
use studydrop::cloud::wire::{Kind, Request};
use studydrop::cloud::{Error, Link};
use uuid::Uuid;

use crate::wire::fake::{ORDER, Plan, Reply, SESSION, good, usual_frames, usual_http};
use crate::wire::faults::{is_search, once, part, search, signed_in, wait_for};

#[tokio::test]
async fn a_search_whose_line_breaks_is_sent_again_and_answered() {
    let (fake, client) = signed_in(once(is_search, |_| Reply::HangUp)).await;
    assert_eq!(search(&client).await, Ok(0));
    let seen = fake.take_requests();
    let kinds: Vec<(usize, Kind, i32)> = seen
        .iter()
        .map(|(socket, r)| (*socket, r.kind, r.management))
        .collect();
    assert_eq!(
        kinds,
        [
            (0, Kind::General, 1),
            (1, Kind::Session, 2),
            (1, Kind::General, 1)
        ],
        "the search, the registration of a second socket, the search again"
    );
    let registration: serde_json::Value = serde_json::from_slice(&seen[1].1.json).unwrap();
    assert_eq!(registration["SessionUuid"], SESSION);
    wait_for(&client, |link| *link == Link::Online).await;
}

#[tokio::test]
async fn a_search_is_sent_again_only_once() {
    let (fake, client) = signed_in(Plan::new().frames(|request, _| {
        if is_search(request) {
            Reply::HangUp
        } else {
            usual_frames(request)
        }
    }))
    .await;
    let error = search(&client).await.unwrap_err();
    assert!(
        matches!(error, Error::Lost { .. }) && error.is_connection(),
        "{error}"
    );
    assert_eq!(
        fake.take_requests()
            .iter()
            .filter(|(_, r)| is_search(r))
            .count(),
        2
    );
}

#[tokio::test]
async fn what_changes_something_is_not_sent_again_by_itself() {
    let begin = |request: &Request| request.kind == Kind::Upload && request.management == 1;
    let (fake, client) = signed_in(once(begin, |_| Reply::HangUp)).await;
    let error = client
        .begin_upload(Uuid::nil(), "A", Uuid::nil(), 1)
        .await
        .unwrap_err();
    assert!(error.is_connection(), "{error}");
    assert!(
        client
            .begin_upload(Uuid::nil(), "A", Uuid::nil(), 1)
            .await
            .is_ok()
    );
    assert_eq!(
        fake.take_requests()
            .iter()
            .filter(|(_, r)| begin(r))
            .count(),
        2
    );
}

#[tokio::test]
async fn the_light_tells_that_the_line_is_lost_and_found() {
    let down = Arc::new(AtomicBool::new(false));
    let is_down = Arc::clone(&down);
    let plan = Plan::new().frames(move |request, _| match is_down.load(Ordering::SeqCst) {
        true => Reply::HangUp,
        false => usual_frames(request),
    });
    let (_fake, client) = signed_in(plan).await;
    assert_eq!(*client.link().borrow(), Link::Online);
    down.store(true, Ordering::SeqCst);
    let asked = client.clone();
    let question = tokio::spawn(async move { search(&asked).await });
    wait_for(
        &client,
        |link| matches!(link, Link::Reconnecting(why) if !why.is_empty()),
    )
    .await;
    down.store(false, Ordering::SeqCst);
    wait_for(&client, |link| *link == Link::Online).await;
    // Asked while the line was down or broken off by it: either way it is over within its time.
    let _ = question.await.unwrap();
    assert_eq!(search(&client).await, Ok(0));
}

#[tokio::test]
async fn a_session_that_the_server_has_forgotten_is_made_anew() {
    const SECOND: &str = "000000a9-0000-4000-8000-0000000000a9";
    let sessions = AtomicUsize::new(0);
    let broken = AtomicBool::new(false);
    let plan = Plan::new()
        .http(move |kind, base| match kind {
            "session" if sessions.fetch_add(1, Ordering::SeqCst) > 0 => good(SECOND),
            _ => usual_http(kind, base),
        })
        .frames(move |request, _| {
            let text = String::from_utf8_lossy(&request.json);
            match (request.kind, request.management) {
                (Kind::Session, 2) if text.contains(SESSION) => {
                    Reply::Json(json!({"ResponseCode": 0, "ResponseMessage": "Unknown session"}))
                }
                (Kind::General, 1) if !broken.swap(true, Ordering::SeqCst) => Reply::HangUp,
                _ => usual_frames(request),
            }
        });
    let (fake, client) = signed_in(plan).await;
    assert_eq!(search(&client).await, Ok(0));
    let created = fake
        .take_requests()
        .into_iter()
        .find(|(_, r)| r.kind == Kind::Session && r.management == 4);
    let (_, created) = created.expect("a new session should have been made");
    assert!(String::from_utf8_lossy(&created.json).contains(SECOND));
}

#[tokio::test]
async fn an_upload_socket_that_finds_the_session_expired_gets_a_new_one() {
    const SECOND: &str = "000000a9-0000-4000-8000-0000000000a9";
    let sessions = AtomicUsize::new(0);
    let plan = Plan::new()
        .http(move |kind, base| match kind {
            "session" if sessions.fetch_add(1, Ordering::SeqCst) > 0 => good(SECOND),
            _ => usual_http(kind, base),
        })
        .frames(|request, _| {
            let old = String::from_utf8_lossy(&request.json).contains(SESSION);
            if request.kind == Kind::Session && request.management == 2 && old {
                return Reply::Json(json!({"ResponseCode": 0, "ResponseMessage": "Expired"}));
            }
            usual_frames(request)
        });
    let (_fake, client) = signed_in(plan).await;
    let both = futures_util::future::join(client.upload_socket(), client.upload_socket()).await;
    for socket in [both.0, both.1] {
        let order = socket.unwrap().process_file(part()).await.unwrap();
        assert_eq!(order, Some(ORDER.parse().unwrap()));
    }
    assert_eq!(search(&client).await, Ok(0));
}

#[tokio::test]
async fn an_account_that_refuses_again_and_again_ends_the_sign_in() {
    let refuses = Arc::new(AtomicBool::new(false));
    let (http, frames) = (Arc::clone(&refuses), Arc::clone(&refuses));
    let plan = Plan::new()
        .http(move |kind, base| match http.load(Ordering::SeqCst) {
            true => (
                axum::http::StatusCode::OK,
                json!({"ResponseCode": 0, "ResponseMessage": "Revoked"}).to_string(),
            ),
            false => usual_http(kind, base),
        })
        .frames(
            move |request, _| match (frames.load(Ordering::SeqCst), request.kind) {
                (true, Kind::Session) => {
                    Reply::Json(json!({"ResponseCode": 0, "ResponseMessage": "Revoked"}))
                }
                (true, _) => Reply::HangUp,
                (false, _) => usual_frames(request),
            },
        );
    let (_fake, client) = signed_in(plan).await;
    refuses.store(true, Ordering::SeqCst);
    let error = search(&client).await.unwrap_err();
    assert!(
        matches!(&error, Error::KeysRefused { words } if words == "Revoked."),
        "{error}"
    );
    assert_eq!(*client.link().borrow(), Link::Offline);
}

//! Signing in to what is not right: one clear error each, and no key in any of them.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};
use studydrop::cloud::model::OrderQuery;
use studydrop::cloud::{Client, Endpoint, Error, Options};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::wire::fake::{
    ACCOUNT_KEY, API_KEY, Plan, Reply, good, keys, short, usual_frames, usual_http,
};

/// An error as it may reach a person or a log never has a key in it.
pub fn checked(error: Error) -> Error {
    let said = format!("{error} {error:?} {}", error.remedy()).to_lowercase();
    for key in [API_KEY, ACCOUNT_KEY] {
        assert!(!said.contains(key), "{said}");
        assert!(!said.contains(&key.replace('-', "")), "{said}");
    }
    assert!(error.to_string().ends_with('.'), "{error}");
    assert!(!error.remedy().is_empty(), "{error:?}");
    error
}

pub async fn refused(plan: Plan) -> Error {
    let fake = plan.start().await;
    checked(fake.sign_in().await.err().unwrap())
}

pub async fn sign_in_at(router: &str) -> Error {
    let endpoint = Endpoint::parse(router, "").unwrap();
    let options = Options {
        timeouts: short(),
        ..Options::default()
    };
    let result = Client::sign_in_with(&endpoint, &keys(), &options, |_| {}).await;
    checked(result.err().unwrap())
}

#[tokio::test]
async fn wrong_keys_are_refused_in_the_servers_words_without_the_keys() {
    for asked in ["region", "session", "socket"] {
        let error = refused(Plan::new().http(move |kind, base| {
            if kind != asked {
                return usual_http(kind, base);
            }
            let words = format!(
                "Key {} is unknown. {}",
                ACCOUNT_KEY.to_uppercase(),
                API_KEY.replace('-', "")
            );
            let answer = json!({"ResponseCode": 3, "ResponseMessage": words});
            (StatusCode::OK, answer.to_string())
        }))
        .await;
        assert!(
            matches!(&error, Error::KeysRefused { words } if words.starts_with("Key (key) is unknown.")),
            "{error}"
        );
    }
    let error = refused(Plan::new().frames(|_, _| {
        Reply::Json(json!({"ResponseCode": 0, "ResponseMessage": "No such session"}))
    }))
    .await;
    assert!(matches!(error, Error::KeysRefused { .. }), "{error}");
}

#[tokio::test]
async fn a_router_that_is_not_there_is_named() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let error = sign_in_at(&format!("http://{address}/wssShellService/")).await;
    assert_eq!(
        error.to_string(),
        format!(
            "The router at {address} cannot be reached: nothing answers there (connection refused)."
        )
    );
    assert!(error.is_connection());
}

#[tokio::test]
async fn a_connection_service_that_is_not_there_is_named() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let plan = Plan::new().http(move |kind, base| match kind {
        "socket" => good(&format!("ws://{address}/")),
        _ => usual_http(kind, base),
    });
    let error = refused(plan).await;
    let what = "connection service";
    assert!(
        matches!(&error, Error::Unreachable { what: w, host, .. } if *w == what && *host == address.to_string())
    );
}

#[tokio::test]
async fn plain_addresses_in_the_routers_answer_are_refused() {
    for (asked, address, host) in [
        ("region", "http://192.0.2.1/region/", "192.0.2.1"),
        ("region", "http://example.org:81/region/", "example.org:81"),
        ("socket", "ws://192.0.2.1:9/socket", "192.0.2.1:9"),
        (
            "socket",
            "ws://localhost.example.org/",
            "localhost.example.org",
        ),
    ] {
        let error = refused(Plan::new().http(move |kind, base| {
            if kind == asked {
                good(address)
            } else {
                usual_http(kind, base)
            }
        }))
        .await;
        assert!(
            matches!(&error, Error::PlainAddress { host: named, .. } if named == host),
            "{error}"
        );
    }
    for address in ["", "nonsense", "file:///etc/passwd", "https://127.0.0.1/"] {
        let error = refused(Plan::new().http(move |kind, base| match kind {
            "socket" => good(address),
            _ => usual_http(kind, base),
        }))
        .await;
        assert!(
            matches!(&error, Error::BadAddress { .. } | Error::Unreachable { .. }),
            "{address}: {error}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_is_no_data_is_told_by_what_it_is() {
    let page = "<!DOCTYPE html><html><body>Please accept the conditions</body></html>";
    for (body, instead) in [
        (page, "a web page"),
        ("", "an empty page"),
        ("\u{0}\u{1}", "something unreadable"),
        (
            r#"{"ResponseCode": 1, "ResponseMessage": 7}"#,
            "something unreadable",
        ),
    ] {
        let error = refused(Plan::new().http(move |kind, base| match kind {
            "session" => (StatusCode::OK, body.to_owned()),
            _ => usual_http(kind, base),
        }))
        .await;
        assert!(
            matches!(error, Error::NotJson { what: "web service", instead: said, .. } if said == instead),
            "{error}"
        );
    }
    let error = refused(Plan::new().http(|_, _| (StatusCode::BAD_GATEWAY, page.to_owned()))).await;
    assert!(
        matches!(
            error,
            Error::HttpStatus {
                what: "router",
                status: 502,
                ..
            }
        ),
        "{error}"
    );
    let error = refused(Plan::new().http(|_, _| (StatusCode::OK, "x".repeat(3_000_000)))).await;
    assert!(
        matches!(error, Error::TooLong { what: "router", .. }),
        "{error}"
    );
    let error = refused(Plan::new().http(|kind, base| match kind {
        "session" => good("not a session"),
        _ => usual_http(kind, base),
    }))
    .await;
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_for_the_keys_would_go_with_it() {
    let error = refused(Plan::new().http(|_, _| (StatusCode::FOUND, String::new()))).await;
    assert!(
        matches!(error, Error::HttpStatus { status: 302, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn accounts_without_users_or_locations_are_told_apart() {
    let with = |account: Value| {
        Plan::new().frames(move |_, _| {
            Reply::Json(json!({"ResponseCode": 1, "ResponseMessage": {"Account": account}}))
        })
    };
    assert_eq!(refused(with(json!({"UserList": []}))).await, Error::NoUsers);
    assert_eq!(
        refused(with(json!({"UserList": null}))).await,
        Error::NoUsers
    );
    let user = json!({"UserUuid": API_KEY, "FullName": "A", "InstitutionList": []});
    assert_eq!(
        refused(with(json!({"UserList": [user]}))).await,
        Error::NoLocations
    );
    assert!(
        matches!(refused(with(json!("DOE^JANE"))).await, Error::Unreadable { why, .. } if !why.contains("DOE"))
    );
}

#[test]
fn the_work_of_a_client_can_be_given_to_any_thread() {
    fn any_thread<T: Send>(_: &T) {}
    let endpoint = Endpoint::parse("", "").unwrap();
    let keys = keys();
    any_thread(&Client::sign_in(&endpoint, &keys, |_| {}));

    #[allow(clippy::manual_async_fn, reason = "the Send is what is tested")]
    fn work(client: Client) -> impl Future<Output = ()> + Send {
        async move {
            let _ = client
                .search_orders(Uuid::nil(), &OrderQuery::default())
                .await;
            if let Ok(socket) = client.upload_socket().await {
                socket.close().await;
            }
            let _ = client.call("GetFolderList", &Value::Null).await;
            client.close().await;
        }
    }
    let _ = work;
}

#[tokio::test]
async fn the_steps_of_signing_in_are_told() {
    let fake = Plan::new().start().await;
    let steps = Arc::new(std::sync::Mutex::new(Vec::new()));
    let told = Arc::clone(&steps);
    Client::sign_in(&fake.endpoint(), &keys(), move |step| {
        told.lock().unwrap().push(step)
    })
    .await
    .unwrap();
    assert_eq!(
        *steps.lock().unwrap(),
        [
            "Asking the router",
            "Asking for a session",
            "Asking for the connection service",
            "Opening the connection",
            "Reading the account"
        ]
    );
}

/// Collects what is logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_most_talkative_log_has_no_key_no_session_and_no_patient_in_it() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let hung_up = std::sync::atomic::AtomicBool::new(false);
    let fake = Plan::new()
        .frames(move |request, _| match request.management {
            1 if !hung_up.swap(true, std::sync::atomic::Ordering::SeqCst) => Reply::HangUp,
            _ => usual_frames(request),
        })
        .start()
        .await;
    let client = fake.sign_in().await.unwrap();
    let query = OrderQuery {
        patient_name: "DOE^JANE".to_owned(),
        ..OrderQuery::default()
    };
    client.search_orders(Uuid::nil(), &query).await.unwrap();
    client.close().await;
    refused(Plan::new().http(|_, _| {
        (
            StatusCode::OK,
            json!({"ResponseCode": 0, "ResponseMessage": API_KEY}).to_string(),
        )
    }))
    .await;

    let said = String::from_utf8(log.0.lock().unwrap().clone())
        .unwrap()
        .to_lowercase();
    assert!(said.contains("the connection was lost"), "{said}");
    for secret in [API_KEY, ACCOUNT_KEY, crate::wire::fake::SESSION, "doe^jane"] {
        assert!(!said.contains(secret), "{said}");
    }
}

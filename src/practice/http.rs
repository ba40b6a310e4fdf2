//! The questions over HTTP: where the account lives (RequestType 4), a session (RequestType 7), and the way up to a
//! WebSocket. As at the vendor's, a failure is an answer with another `ResponseCode`, not an HTTP status.

use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::error::Refusal;
use super::pages;
use super::parameters::Parameters;
use super::socket;
use super::{House, off_thread};

/// The addresses that are answered.
pub(super) fn routes(house: Arc<House>) -> Router {
    Router::new()
        .route("/router", get(router))
        .route("/router/", get(router))
        .route("/region", get(region))
        .route("/region/", get(region))
        .route("/socket", get(upgrade))
        .route("/socket/", get(upgrade))
        .with_state(Arc::clone(&house))
        .merge(pages::routes(house))
}

/// A question's `RequestType` and parameters.
struct Question {
    kind: String,
    client: String,
    parameters: Result<Parameters, Refusal>,
}

impl Question {
    fn read(query: Option<&str>) -> Self {
        let (mut kind, mut client, mut json) = (String::new(), String::new(), String::new());
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "RequestType" => kind = value.into_owned(),
                "ClientUniqueId" => client = value.into_owned(),
                "Parameters" => json = value.into_owned(),
                _ => {}
            }
        }
        Question {
            kind,
            client,
            parameters: Parameters::parse(json.as_bytes()),
        }
    }

    /// Whether the client names itself by the account's API key.
    fn client_is_known(&self, house: &House) -> bool {
        uuid::Uuid::try_parse(self.client.trim()) == Ok(house.store.keys().api)
    }
}

/// RequestType 4: the addresses of the account's region, 1 for HTTP and 2 for the WebSocket.
async fn router(
    State(house): State<Arc<House>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let question = Question::read(query.as_deref());
    let host = host(&house, &headers);
    reply(route(&house, question, &host))
}

/// Where the client reached this server.
fn host(house: &House, headers: &HeaderMap) -> String {
    let named = headers.get(header::HOST);
    house.host(named.and_then(|value| value.to_str().ok()))
}

fn route(house: &House, question: Question, host: &str) -> Result<Value, Refusal> {
    if question.kind != "4" {
        return Err(unknown_type(&question.kind));
    }
    let known = question.client_is_known(house);
    let given = question.parameters?;
    if !known || given.guid("RouterKey")? != Some(house.store.keys().account) {
        return Err(Refusal::WrongKeys);
    }
    match given.text("AddressType")? {
        "1" => Ok(format!("http://{host}/region/").into()),
        "2" => Ok(format!("ws://{host}/socket").into()),
        _ => Err(Refusal::parameter("AddressType", "must be \"1\" or \"2\"")),
    }
}

/// RequestType 7: a session.
async fn region(State(house): State<Arc<House>>, RawQuery(query): RawQuery) -> Response {
    let question = Question::read(query.as_deref());
    reply(off_thread(move || sign_in(&house, question)).await)
}

fn sign_in(house: &House, question: Question) -> Result<Value, Refusal> {
    if question.kind != "7" {
        return Err(unknown_type(&question.kind));
    }
    let known = question.client_is_known(house);
    let given = question.parameters?;
    let keys = house.store.keys();
    if !known
        || given.guid("ApiKey")? != Some(keys.api)
        || given.guid("AccountKey")? != Some(keys.account)
    {
        return Err(Refusal::WrongKeys);
    }
    if given.text("TransactionType")? != "3" {
        return Err(Refusal::parameter("TransactionType", "must be \"3\""));
    }
    Ok(house.store.new_session()?.to_string().into())
}

fn unknown_type(kind: &str) -> Refusal {
    let short: String = kind.chars().take(20).collect();
    Refusal::NotBuilt(format!("RequestType \"{short}\" here"))
}

fn reply(result: Result<Value, Refusal>) -> Response {
    let body = match result {
        Ok(message) => json!({"ResponseCode": 1, "ResponseMessage": message}),
        Err(refusal) => json!({"ResponseCode": 0, "ResponseMessage": refusal.to_string()}),
    };
    (
        [
            (header::CONTENT_TYPE, "application/json; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        body.to_string(),
    )
        .into_response()
}

/// The way up to a WebSocket; a client that does not name the API key, or one too many, is turned away at the door.
async fn upgrade(
    State(house): State<Arc<House>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !Question::read(query.as_deref()).client_is_known(&house) {
        return (StatusCode::FORBIDDEN, Refusal::WrongKeys.to_string()).into_response();
    }
    let Ok(place) = Arc::clone(&house.places).try_acquire_owned() else {
        let text = "The server has too many connections. Close some.";
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    };
    let host = host(&house, &headers);
    upgrade
        .max_message_size(socket::MAX_READ)
        .max_frame_size(socket::MAX_READ)
        .on_upgrade(move |socket| async move {
            let tasks = house.tasks.clone();
            tasks.track_future(socket::serve(socket, house, host)).await;
            drop(place);
        })
}

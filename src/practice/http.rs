//! The router, the region's server and the door to the WebSocket (`protocol.md`, "Signing in").

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::answers::{Refusal, good, refused};
use super::{Shared, socket};
use crate::cloud::wire::MAX_REQUEST;

const UNKNOWN_KEYS: &str = "No account knows these keys.";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    #[serde(default)]
    request_type: String,
    #[serde(default)]
    parameters: String,
    #[serde(default)]
    client_unique_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Parameters {
    router_key: String,
    address_type: String,
    transaction_type: String,
    account_key: String,
    api_key: String,
}

pub(super) fn routes(shared: Shared) -> Router {
    Router::new()
        .route("/router/", routing::get(router))
        .route("/region/", routing::get(region))
        .route("/socket/", routing::get(open_socket))
        .with_state(shared)
}

async fn router(State(shared): State<Shared>, Query(asked): Query<Asked>) -> Response {
    json(route(&shared, &asked))
}

fn route(shared: &Shared, asked: &Asked) -> Result<Value, Refusal> {
    if asked.request_type != "4" {
        return Err(Refusal::new(format!(
            "The router does not know requests of type \"{}\".",
            asked.request_type
        )));
    }
    let parameters = parameters(asked)?;
    let keys = shared.store.keys();
    if !is(&parameters.router_key, keys.account) || !is(&asked.client_unique_id, keys.api) {
        return Err(Refusal::new(UNKNOWN_KEYS));
    }
    match parameters.address_type.as_str() {
        "1" => Ok(good(
            format!("http://{}/region/", shared.address).into(),
            &[],
        )),
        "2" => Ok(good(format!("ws://{}/socket", shared.address).into(), &[])),
        other => Err(Refusal::new(format!(
            "There is no address of type \"{other}\"."
        ))),
    }
}

async fn region(State(shared): State<Shared>, Query(asked): Query<Asked>) -> Response {
    let made = tokio::task::spawn_blocking(move || session(&shared, &asked)).await;
    json(made.unwrap_or_else(|_| Err(Refusal::new("The server made a mistake."))))
}

fn session(shared: &Shared, asked: &Asked) -> Result<Value, Refusal> {
    if asked.request_type != "7" {
        let text = format!(
            "The region's server does not know requests of type \"{}\".",
            asked.request_type
        );
        return Err(Refusal::new(text));
    }
    let parameters = parameters(asked)?;
    let keys = shared.store.keys();
    if !is(&parameters.account_key, keys.account) || !is(&parameters.api_key, keys.api) {
        return Err(Refusal::new(UNKNOWN_KEYS));
    }
    if parameters.transaction_type != "3" {
        return Err(Refusal::new(format!(
            "There is no transaction of type \"{}\".",
            parameters.transaction_type
        )));
    }
    Ok(good(shared.store.new_session()?.to_string().into(), &[]))
}

async fn open_socket(
    State(shared): State<Shared>,
    Query(asked): Query<Asked>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !is(&asked.client_unique_id, shared.store.keys().api) {
        return json(Err(Refusal::new(UNKNOWN_KEYS)));
    }
    upgrade
        .max_message_size(MAX_REQUEST)
        .max_frame_size(MAX_REQUEST)
        .write_buffer_size(0)
        .on_upgrade(move |socket| socket::serve(shared, socket))
}

fn parameters(asked: &Asked) -> Result<Parameters, Refusal> {
    serde_json::from_str(&asked.parameters)
        .map_err(|_| Refusal::new("Parameters is no JSON object of texts."))
}

fn is(text: &str, key: Uuid) -> bool {
    Uuid::try_parse(text.trim()) == Ok(key)
}

/// As the vendor does it, a refusal is an answer too: HTTP status 200.
fn json(answer: Result<Value, Refusal>) -> Response {
    let body = answer
        .unwrap_or_else(|refusal| refused(&refusal))
        .to_string();
    (
        [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
        body,
    )
        .into_response()
}

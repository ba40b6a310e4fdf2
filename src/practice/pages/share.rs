//! A share's page, and its password.

use std::sync::Arc;
use std::time::Instant;

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rusqlite::Transaction;
use url::form_urlencoded;

use super::error_page::Stop;
use super::html::{self, Html};
use super::open::{Address, Share};
use super::passwords::Denied;
use super::{Pages, ask, list, lists};

/// The longest form with a password, in bytes.
const LONGEST_FORM: usize = 8 * 1024;

/// The orders of a share, or the question for its password.
pub(super) async fn page(
    pages: Arc<Pages>,
    address: Address,
    number: i64,
) -> Result<Response, Stop> {
    let base = address.base();
    let find = move |pages: &Pages, work: &Transaction<'_>| {
        let share = Share::find(work, &address.token)?;
        if share.is_locked(pages, &address) {
            return Err(Stop::Locked {
                page: address.base(),
            });
        }
        lists::All::find(work, share.open(work, &address)?, number)
    };
    match list(&pages, find, lists::All::write).await {
        Ok(html) => Ok(html::page(StatusCode::OK, "Shared orders", &html)),
        Err(Stop::Locked { .. }) => Ok(question(StatusCode::OK, &base, None)),
        Err(stop) => Err(stop),
    }
}

/// Takes a password; the right one leads to the page with a cookie.
pub(super) async fn enter(
    pages: Arc<Pages>,
    address: Address,
    request: Request,
) -> Result<Response, Stop> {
    let given = read(request).await?;
    let base = address.base();
    let entered = ask(&pages, move |pages, work| {
        let share = Share::find(work, &address.token)?;
        if share.password.is_empty() {
            return Ok(Ok(None));
        }
        let entered = pages
            .doors
            .enter(share.uuid(), &share.password, &given, Instant::now());
        Ok(entered.map(|value| Some(address.cookie(&value))))
    });
    match entered.await? {
        Ok(cookie) => Ok(back(&base, cookie.as_deref())),
        Err(Denied::Wrong) => {
            let wrong = "This is not the password. Capital and small letters count.";
            Ok(question(StatusCode::FORBIDDEN, &base, Some(wrong)))
        }
        Err(Denied::Wait(left)) => Err(Stop::Wait(left)),
    }
}

/// The password of the form.
async fn read(request: Request) -> Result<String, Stop> {
    let unreadable = Stop::Form(
        StatusCode::BAD_REQUEST,
        "The password could not be read. Go back and type it again.",
    );
    let Ok(body) = to_bytes(request.into_body(), LONGEST_FORM).await else {
        return Err(unreadable);
    };
    form_urlencoded::parse(&body)
        .find(|(name, _)| name == "password")
        .map(|(_, value)| value.into_owned())
        .ok_or(unreadable)
}

fn back(base: &str, cookie: Option<&str>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let values = [(header::LOCATION, Some(base)), (header::SET_COOKIE, cookie)];
    for (name, value) in values {
        // Neither has other characters: the token was found, and the rest is ours.
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The form that asks for the password. It says nothing of what lies behind it.
fn question(status: StatusCode, base: &str, wrong: Option<&'static str>) -> Response {
    let mut body = Html::new();
    body.raw("<section class=\"notice\"><h1>Shared with you</h1>\n")
        .raw("<p>It opens with a password. That came with the address, or in a message of its own.</p>\n<form method=\"post\" action=\"")
        .text(base)
        .raw("\">\n<label for=\"password\">Password</label>\n")
        .raw("<input id=\"password\" type=\"password\" name=\"password\" autocomplete=\"off\" required autofocus>\n");
    if let Some(wrong) = wrong {
        body.raw("<p class=\"bad\" role=\"alert\">")
            .raw(wrong)
            .raw("</p>\n");
    }
    body.raw("<div class=\"act\"><button>Open</button></div>\n</form></section>\n");
    html::page(status, "Shared orders", &body)
}

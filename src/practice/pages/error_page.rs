//! Why a page is not shown, as a page.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::html;
use crate::practice::error::Refusal;

/// What stands in the way.
#[derive(Debug)]
pub(super) enum Stop {
    /// Nothing is kept under this address.
    Unknown,
    /// A view's address is too old.
    Old,
    /// A share's last day is over: `YYYY-MM-DD`.
    Expired(String),
    /// The folder that was to be seen is deleted.
    FolderGone,
    /// The share's password was not given yet.
    Locked { page: String },
    /// The share does not allow it.
    NotAllowed(&'static str),
    /// The picture, order or document is not part of what the address opens, or no longer.
    NotHere,
    /// Files of an order are not on the disk any more.
    Lost,
    /// Too much is asked for at once.
    Busy,
    /// Too many wrong passwords.
    Wait(Duration),
    /// The form cannot be read, or is too large.
    Form(StatusCode, &'static str),
    /// The disk or the database.
    Refused(Refusal),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Stop::Refused(refusal)
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Stop::Refused(error.into())
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Stop::Refused(error.into())
    }
}

impl Stop {
    /// Status, heading, sentence.
    fn words(&self) -> (StatusCode, &'static str, String) {
        let plain = |status, heading, sentence: &str| (status, heading, sentence.to_owned());
        match self {
            Stop::Unknown => plain(
                StatusCode::NOT_FOUND,
                "Nothing here",
                "This address is not known. It may be mistyped, or what it showed has been deleted or is no longer shared.",
            ),
            Stop::Old => plain(
                StatusCode::GONE,
                "This address has ended",
                "An address for viewing is good for 12 hours. Open the orders from StudyDrop again to get a new one.",
            ),
            Stop::Expired(day) => (
                StatusCode::GONE,
                "This share has ended",
                format!(
                    "Its last day was {}. Ask whoever shared it for a new one.",
                    super::format::day(day)
                ),
            ),
            Stop::FolderGone => plain(
                StatusCode::GONE,
                "The folder is gone",
                "The folder that this address showed has been deleted. Its orders are still in the account.",
            ),
            Stop::Locked { .. } => plain(
                StatusCode::FORBIDDEN,
                "A password is needed",
                "Open the share's page and type its password first.",
            ),
            Stop::NotAllowed(why) => plain(StatusCode::FORBIDDEN, "Not part of this share", why),
            Stop::NotHere => plain(
                StatusCode::NOT_FOUND,
                "Nothing here",
                "This is not, or no longer, part of what the address shows.",
            ),
            Stop::Lost => plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Files are missing",
                "Not all files of this order are on the server's disk any more, so there is nothing whole to give out.",
            ),
            Stop::Busy => plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "The server is busy",
                "Others are loading large files at this moment. Try again in a minute.",
            ),
            Stop::Wait(left) => (
                StatusCode::TOO_MANY_REQUESTS,
                "Too many wrong passwords",
                format!(
                    "Try again in {}.",
                    crate::words::duration(left.as_secs().max(1))
                ),
            ),
            Stop::Form(status, why) => plain(*status, "The upload could not be read", why),
            Stop::Refused(refusal) => {
                let status = match refusal {
                    Refusal::Full => StatusCode::INSUFFICIENT_STORAGE,
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                };
                (status, "That did not work", refusal.to_string())
            }
        }
    }
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        if let Stop::Refused(Refusal::Disk(_) | Refusal::Database(_)) = &self {
            tracing::warn!(cause = ?self, "a page of the practice server could not be made");
        }
        let (status, heading, sentence) = self.words();
        if let Stop::Locked { page } = &self {
            return locked(status, heading, &sentence, page);
        }
        let mut response = html::notice(status, heading, &sentence);
        if let Stop::Wait(left) = self {
            response.headers_mut().insert(
                header::RETRY_AFTER,
                HeaderValue::from(left.as_secs().max(1)),
            );
        }
        response
    }
}

fn locked(status: StatusCode, heading: &str, sentence: &str, page: &str) -> Response {
    let mut body = html::Html::new();
    body.raw("<section class=\"notice\"><h1>")
        .text(heading)
        .raw("</h1><p>")
        .text(sentence)
        .raw("</p><p><a href=\"")
        .text(page)
        .raw("\">Open the share</a></p></section>\n");
    html::page(status, heading, &body)
}

//! Uploads through a share: a form with files, read as it comes, each file into an order as any other upload goes.
//!
//! A guest adds and changes nothing: an image that is here with another content stays as it is, and a study that is
//! here but not part of the share cannot be drawn into it by sending a file that claims to be of it.

use std::fs::{self, File};
use std::io::BufReader;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::multipart::{Field, Multipart};
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::Response;
use rusqlite::{OptionalExtension, Transaction, params};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::words;

use super::digest::Digester;
use super::error_page::Stop;
use super::html::{self, Html};
use super::open::{self, Address, Taking};
use super::scope::{Entry, Scope};
use super::{Pages, ask, format, off_thread};
use crate::practice::account;
use crate::practice::disk::{self, Passing, link};
use crate::practice::error::Refusal;
use crate::practice::header as dicom;
use crate::practice::store::{Store, Sum};
use crate::practice::store_image::{self, Arrival};

/// The largest form, in bytes.
pub(super) const MOST_BYTES: u64 = 4 << 30;
/// The most files of one form.
const MOST_FILES: usize = 10_000;
/// A client that sends nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest name that is said again, in letters.
const LONGEST_NAME: usize = 120;

/// What became of a file.
struct Outcome {
    name: String,
    result: Result<Entry, String>,
}

/// A file as it arrived: whole, in `incoming`.
struct Arrived {
    file: Passing,
    size: u64,
    digest: Sum,
}

/// Takes a form with files and says file by file what happened.
pub(super) async fn upload(
    pages: Arc<Pages>,
    address: Address,
    request: Request,
) -> Result<Response, Stop> {
    let base = address.base();
    let opened = ask(&pages, move |pages, work| open::open(work, pages, &address)).await?;
    let Some(taking) = opened.takes else {
        return Err(Stop::NotAllowed("This share takes no uploads."));
    };
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MOST_BYTES) {
        return Err(Stop::Form(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The files are larger than 4 GB together. Send fewer at once.",
        ));
    }
    let _turn = Arc::clone(&pages.transfers)
        .try_acquire_owned()
        .map_err(|_| Stop::Busy)?;
    let Ok(form) = Multipart::from_request(request, &()).await else {
        return Err(Stop::Form(
            StatusCode::BAD_REQUEST,
            "No files came with it. Go back and choose some.",
        ));
    };
    let (outcomes, end) = files(&pages, &opened.scope, taking, form).await;
    match end {
        Err(stop) if outcomes.is_empty() => Err(stop),
        Err(_) => Ok(told(&base, &outcomes, false)),
        Ok(()) if outcomes.is_empty() => Err(Stop::Form(
            StatusCode::BAD_REQUEST,
            "No files came with it. Go back and choose some.",
        )),
        Ok(()) => Ok(told(&base, &outcomes, true)),
    }
}

/// The files of a form, one behind the other; and whether it was read to its end.
async fn files(
    pages: &Arc<Pages>,
    scope: &Scope,
    taking: Taking,
    mut form: Multipart,
) -> (Vec<Outcome>, Result<(), Stop>) {
    let mut outcomes = Vec::new();
    loop {
        let field = match timeout(PATIENCE, form.next_field()).await {
            Ok(Ok(Some(field))) => field,
            Ok(Ok(None)) => return (outcomes, Ok(())),
            Ok(Err(error)) => return (outcomes, Err(broken(error.status()))),
            Err(_) => return (outcomes, Err(broken(StatusCode::REQUEST_TIMEOUT))),
        };
        // A form without a chosen file sends an empty one without a name.
        let Some(name) = field.file_name().filter(|name| !name.is_empty()) else {
            continue;
        };
        let name = shortened(name);
        if outcomes.len() >= MOST_FILES {
            return (outcomes, Err(broken(StatusCode::PAYLOAD_TOO_LARGE)));
        }
        let arrived = match receive(pages, field).await {
            Ok(arrived) => arrived,
            Err(stop) => return (outcomes, Err(stop)),
        };
        let result = match arrived {
            Ok(arrived) => keep(pages, scope.clone(), taking, arrived).await,
            Err(refusal) => Err(refusal.to_string()),
        };
        outcomes.push(Outcome { name, result });
    }
}

fn broken(status: StatusCode) -> Stop {
    let why = match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            "There are too many files, or they are larger than 4 GB together. Send fewer at once."
        }
        StatusCode::REQUEST_TIMEOUT => "Nothing came for a minute. Send the files again.",
        _ => "The form ended in the middle. Send the files again.",
    };
    Stop::Form(status, why)
}

/// The last part of a file's name on the guest's computer.
fn shortened(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().take(LONGEST_NAME).collect()
}

/// Reads one file into `incoming`. Where the disk refuses it, the rest of it is passed over, for others may fit.
async fn receive(pages: &Pages, mut field: Field<'_>) -> Result<Result<Arrived, Refusal>, Stop> {
    let store = &pages.house.store;
    let passing = Passing(store.passing());
    let mut digest = Digester::default();
    let mut private = tokio::fs::OpenOptions::from(disk::private());
    let mut opened = Some(
        private
            .write(true)
            .create_new(true)
            .open(&passing.0)
            .await?,
    );
    let mut refusal = None;
    loop {
        let chunk = match timeout(PATIENCE, field.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) => break,
            Ok(Err(error)) => return Err(broken(error.status())),
            Err(_) => return Err(broken(StatusCode::REQUEST_TIMEOUT)),
        };
        let Some(file) = &mut opened else { continue };
        digest.take(&chunk);
        let written = if store.capacity().is_some_and(|most| digest.size > most) {
            Err(Refusal::Full)
        } else {
            file.write_all(&chunk).await.map_err(Refusal::from)
        };
        if let Err(why) = written {
            refusal = Some(why);
            opened = None;
            let _ = fs::remove_file(&passing.0);
        }
    }
    if let Some(mut file) = opened {
        file.flush().await?;
    }
    Ok(match refusal {
        Some(refusal) => Err(refusal),
        None => Ok(Arrived {
            file: passing,
            size: digest.size,
            digest: digest.end(),
        }),
    })
}

/// Makes a file that arrived an image of an order in the share's folder.
async fn keep(
    pages: &Arc<Pages>,
    scope: Scope,
    taking: Taking,
    arrived: Arrived,
) -> Result<Entry, String> {
    let turn = pages.house.jobs.acquire().await;
    let house = Arc::clone(&pages.house);
    let kept = off_thread(move || record(&house.store, &scope, taking, &arrived)).await;
    drop(turn);
    kept.map_err(|refusal| refusal.to_string())
}

fn record(
    store: &Store,
    scope: &Scope,
    taking: Taking,
    arrived: &Arrived,
) -> Result<Entry, Refusal> {
    let source = File::open(&arrived.file.0)?;
    let header = dicom::read(&mut BufReader::new(source)).map_err(Refusal::File)?;
    let path = Store::image_name(&header.study_uid, &header.sop_uid);
    let arrival = Arrival {
        user: taking.user,
        location: taking.location,
        header: &header,
        digest: arrived.digest,
        size: i64::try_from(arrived.size).unwrap_or(i64::MAX),
        path: &path,
        folders: &[taking.folder],
    };
    link(
        &arrived.file.0,
        &store.files().join(&path),
        &store.passing(),
    )?;
    let done = store.write(|work| {
        // Nobody lets others put in more than they may themselves.
        account::check_location(work, taking.user, taking.location)?;
        if scope.folder(work).map_err(refusal)?.is_none() {
            return Err(Refusal::UnknownFolder);
        }
        guard(work, store, scope, &arrival)?;
        let outcome = store_image::record(work, store, &arrival)?;
        let entry = scope.order(work, outcome.order.uuid()).map_err(refusal)?;
        Ok((outcome.surplus, entry))
    });
    let (surplus, result) = match done {
        Ok((surplus, entry)) => (surplus, Ok(entry)),
        Err(refusal) => (Some(path.clone()), Err(refusal)),
    };
    if let Some(surplus) = surplus {
        // What cannot be removed now is swept at the next start.
        let _ = fs::remove_file(store.files().join(surplus));
    }
    result
}

fn refusal(stop: Stop) -> Refusal {
    match stop {
        Stop::Refused(refusal) => refusal,
        Stop::FolderGone => Refusal::UnknownFolder,
        _ => Refusal::File("The share does not show this order.".to_owned()),
    }
}

/// Whether a guest may add this image.
fn guard(
    work: &Transaction<'_>,
    store: &Store,
    scope: &Scope,
    arrival: &Arrival<'_>,
) -> Result<(), Refusal> {
    let location = arrival.location.to_string();
    let elsewhere = || {
        Err(Refusal::File(
            "Its study is here already and is not part of this share. Ask whoever shared it to add it.".to_owned(),
        ))
    };
    let order: Option<String> = work
        .prepare_cached(
            "SELECT uuid FROM patient_order WHERE location = ?1 AND study_uid = ?2 AND trashed IS NULL",
        )?
        .query_row(params![location, arrival.header.study_uid], |row| row.get(0))
        .optional()?;
    if let Some(order) = order
        && !scope.has(work, &order).map_err(refusal)?
    {
        return elsewhere();
    }
    let image: Option<(String, Vec<u8>, i64, String)> = work
        .prepare_cached(
            "SELECT i.patient_order, i.digest, i.size, i.path FROM image i
             JOIN patient_order o ON o.uuid = i.patient_order
             WHERE i.location = ?1 AND i.sop_uid = ?2 AND o.trashed IS NULL",
        )?
        .query_row(params![location, arrival.header.sop_uid], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    match image {
        Some((order, ..)) if !scope.has(work, &order).map_err(refusal)? => elsewhere(),
        Some((_, digest, size, path))
            if (digest != arrival.digest || size != arrival.size) && store.holds(&path, size) =>
        {
            Err(Refusal::File(
                "Another image with the same SOP Instance UID is here already; it is left as it is.".to_owned(),
            ))
        }
        _ => Ok(()),
    }
}

/// The page that says what happened.
fn told(base: &str, outcomes: &[Outcome], whole: bool) -> Response {
    let stored = outcomes.iter().filter(|one| one.result.is_ok()).count();
    let mut body = Html::new();
    body.raw("<h1>Upload</h1>\n<p>")
        .text(words::count(
            stored as u64,
            "file was stored",
            "files were stored",
        ))
        .text(", ")
        .text(words::count(
            (outcomes.len() - stored) as u64,
            "was refused",
            "were refused",
        ))
        .raw(".</p>\n");
    if !whole {
        body.raw("<p class=\"bad\" role=\"alert\">The form ended before all files were here. Send again those that are not listed.</p>\n");
    }
    body.raw("<section class=\"card\"><ul class=\"files\">\n");
    for outcome in outcomes {
        body.raw("<li><bdi>").text(&outcome.name).raw("</bdi>");
        match &outcome.result {
            Ok(entry) => body
                .raw("<span class=\"end\"><span class=\"good\">Stored</span> in the order of <bdi>")
                .text(words::person_name(&entry.patient_name))
                .raw("</bdi>, ")
                .text(format::moment(&entry.performed)),
            Err(why) => body
                .raw("<span class=\"end\"><span class=\"bad\">Refused:</span> ")
                .text(why),
        };
        body.raw("</span></li>\n");
    }
    body.raw("</ul></section>\n<p class=\"pages\"><a class=\"button\" href=\"")
        .text(base)
        .raw("\">Back to the share</a></p>\n");
    html::page(StatusCode::OK, "Upload", &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_last_part_and_no_book() {
        assert_eq!(shortened("C:\\scans\\../IM 1.dcm"), "IM 1.dcm");
        assert_eq!(shortened(&"x".repeat(5000)).len(), LONGEST_NAME);
    }
}

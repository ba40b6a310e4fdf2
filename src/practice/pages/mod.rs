//! The plain web pages behind the addresses that the account gives out: `/view/TOKEN` for whoever is signed in to the
//! program, `/share/TOKEN` for whoever was given a share.
//!
//! No scripts, nothing from elsewhere, nothing of a patient in an address or a title. `scope` says which orders an
//! address shows and `open` who may see them; `lists` writes the pages, `pictures`, `files` and `archive` answer with
//! what is in them, and `guest` takes what is uploaded through a share.

mod archive;
mod content;
mod digest;
mod error_page;
mod files;
mod format;
mod guest;
mod html;
mod lists;
mod numbers;
mod open;
mod passwords;
mod pictures;
mod scope;
mod share;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use rusqlite::Transaction;
use tokio::sync::Semaphore;

use super::{House, off_thread};
use error_page::Stop;
use html::Html;
use numbers::Numbers;
use open::{Address, Door};
use passwords::Doors;

/// Pictures that are made at once: each may take some hundred megabytes for a moment.
const MAX_PICTURES: usize = 4;
/// Archives that are written at once, and forms that are read at once. Each lasts as long as its client takes.
const MAX_TRANSFERS: usize = 8;

/// What the pages share.
struct Pages {
    house: Arc<House>,
    doors: Doors,
    numbers: Numbers,
    pictures: Semaphore,
    transfers: Arc<Semaphore>,
}

/// The addresses that are answered with pages.
pub(super) fn routes(house: Arc<House>) -> Router {
    let pages = Arc::new(Pages {
        house,
        doors: Doors::default(),
        numbers: Numbers::default(),
        pictures: Semaphore::new(MAX_PICTURES),
        transfers: Arc::new(Semaphore::new(MAX_TRANSFERS)),
    });
    Router::new()
        .route("/view/{*rest}", any(answer))
        .route("/share/{*rest}", any(answer))
        .layer(map_response(guarded))
        .layer(DefaultBodyLimit::max(
            usize::try_from(guest::MOST_BYTES).unwrap_or(usize::MAX),
        ))
        .with_state(pages)
}

/// What every answer says about how it may be used.
async fn guarded(mut response: Response) -> Response {
    // Documents are shown by the browser's own viewers, which put a document of theirs around them.
    const POLICY: &str = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; \
        form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let all = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        all.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// What a path below an address asks for.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    /// The orders.
    Page,
    /// All pictures of one order.
    Order(&'a str),
    /// A small picture of an image.
    Small(&'a str),
    /// A large one.
    Large(&'a str),
    /// A document, in the browser.
    Document(&'a str),
    /// A document, as a file.
    Save(&'a str),
    /// An order's files, as one file.
    Archive(&'a str),
    /// A form with files.
    Upload,
}

impl<'a> Wanted<'a> {
    fn read(door: Door, path: &[&'a str]) -> Option<Self> {
        Some(match (door, path) {
            (_, [] | [""]) => Wanted::Page,
            (_, ["order", order]) => Wanted::Order(order),
            (_, ["picture", key]) => Wanted::Small(key),
            (_, ["image", key]) => Wanted::Large(key),
            (_, ["document", document]) => Wanted::Document(document),
            (Door::Share, ["save", document]) => Wanted::Save(document),
            (Door::Share, ["download", order]) => Wanted::Archive(order),
            (Door::Share, ["upload"]) => Wanted::Upload,
            _ => return None,
        })
    }

    /// The methods by which it may be asked for.
    fn methods(self, door: Door) -> &'static str {
        match self {
            Wanted::Upload => "POST",
            Wanted::Page if door == Door::Share => "GET, HEAD, POST",
            _ => "GET, HEAD",
        }
    }
}

async fn answer(State(pages): State<Arc<Pages>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let mut parts = path.split('/').skip(1);
    let door = Door::named(parts.next().unwrap_or_default());
    let token = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.take(3).collect();
    let wanted = door.and_then(|door| Some((door, Wanted::read(door, &rest)?)));
    let Some((door, wanted)) = wanted else {
        return Stop::NotHere.into_response();
    };
    if !is_among(request.method(), wanted.methods(door)) {
        let allow = [(header::ALLOW, wanted.methods(door))];
        return (StatusCode::METHOD_NOT_ALLOWED, allow).into_response();
    }
    let address = Address::new(door, token, request.headers());
    lead(pages, address, wanted, request)
        .await
        .unwrap_or_else(Stop::into_response)
}

fn is_among(method: &Method, methods: &str) -> bool {
    methods.split(", ").any(|one| one == method.as_str())
}

/// Leads a question to its room.
async fn lead(
    pages: Arc<Pages>,
    address: Address,
    wanted: Wanted<'_>,
    request: Request,
) -> Result<Response, Stop> {
    let number = page_number(request.uri().query());
    match wanted {
        Wanted::Page if request.method() == Method::POST => {
            share::enter(pages, address, request).await
        }
        Wanted::Page if address.door == Door::Share => share::page(pages, address, number).await,
        Wanted::Page => {
            let find = move |pages: &Pages, work: &Transaction<'_>| {
                let opened = open::open(work, pages, &address)?;
                lists::All::find(work, opened, number)
            };
            let html = list(&pages, find, lists::All::write).await?;
            Ok(html::page(StatusCode::OK, "Orders", &html))
        }
        Wanted::Order(order) => {
            let order = order.to_owned();
            let find = move |pages: &Pages, work: &Transaction<'_>| {
                let opened = open::open(work, pages, &address)?;
                lists::One::find(work, opened, &order, number)
            };
            let html = list(&pages, find, lists::One::write).await?;
            Ok(html::page(StatusCode::OK, "Order", &html))
        }
        Wanted::Small(key) => pictures::small(pages, address, key.to_owned()).await,
        Wanted::Large(key) => pictures::large(pages, address, key.to_owned()).await,
        Wanted::Document(document) => {
            let range = text_of(request.headers(), header::RANGE);
            files::show(pages, address, document.to_owned(), range).await
        }
        Wanted::Save(document) => files::save(pages, address, document.to_owned()).await,
        Wanted::Archive(order) => archive::download(pages, address, order.to_owned()).await,
        Wanted::Upload => guest::upload(pages, address, request).await,
    }
}

/// `page=N`, counted from 1.
fn page_number(query: Option<&str>) -> i64 {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "page")
        .and_then(|(_, value)| value.parse().ok())
        .map_or(1, |number: u32| i64::from(number.max(1)))
}

fn text_of(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// Answers a short question to the database.
async fn ask<T: Send + 'static>(
    pages: &Arc<Pages>,
    work: impl FnOnce(&Pages, &Transaction<'_>) -> Result<T, Stop> + Send + 'static,
) -> Result<T, Stop> {
    let _turn = pages.house.jobs.acquire().await.map_err(|_| Stop::Busy)?;
    let pages = Arc::clone(pages);
    off_thread(move || pages.house.store.read(|read| Ok(work(&pages, read)))).await?
}

/// Makes a page: finds what it shows in the database, where a long list holds up no upload, and writes it afterwards.
async fn list<T>(
    pages: &Arc<Pages>,
    find: impl FnOnce(&Pages, &Transaction<'_>) -> Result<T, Stop> + Send + 'static,
    write: impl FnOnce(T, &Pages) -> Html + Send + 'static,
) -> Result<Html, Stop> {
    let _turn = pages.house.jobs.acquire().await.map_err(|_| Stop::Busy)?;
    let pages = Arc::clone(pages);
    off_thread(move || {
        let found = pages.house.store.search(|read| Ok(find(&pages, read)))?;
        Ok(found.map(|found| write(found, &pages)))
    })
    .await?
}

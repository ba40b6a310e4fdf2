//! The pages that list: all orders of an address, and one order with all its pictures.

use rusqlite::Transaction;

use crate::words;

use super::Pages;
use super::content::{self, Document, Image, Images};
use super::error_page::Stop;
use super::format;
use super::html::Html;
use super::open::Opened;
use super::scope::Entry;

/// Orders a page.
const ORDERS: i64 = 10;
/// Pictures of an order among others.
const SOME_PICTURES: i64 = 12;
/// Pictures of an order on a page of its own.
const PICTURES: i64 = 60;

/// What pictures of this kind must say.
const FOOTER: &str = "<footer>Pictures are scaled down and not for diagnosis.</footer>\n";

/// An order with what a page shows of it.
struct Card {
    entry: Entry,
    images: Images,
    documents: Vec<Document>,
}

impl Card {
    fn find(work: &Transaction<'_>, entry: Entry, skip: i64, most: i64) -> Result<Self, Stop> {
        Ok(Card {
            images: content::images(work, &entry, skip, most)?,
            documents: content::documents(work, &entry.uuid)?,
            entry,
        })
    }
}

/// The page of all orders of an address, before it is written.
pub(super) struct All {
    opened: Opened,
    /// Counts pages from 1.
    number: i64,
    count: i64,
    cards: Vec<Card>,
}

impl All {
    pub(super) fn find(work: &Transaction<'_>, opened: Opened, number: i64) -> Result<Self, Stop> {
        let first = (number - 1).saturating_mul(ORDERS);
        let mut cards = Vec::new();
        for entry in opened.scope.orders(work, first, ORDERS)? {
            cards.push(Card::find(work, entry, 0, SOME_PICTURES)?);
        }
        Ok(All {
            count: opened.scope.count(work)?,
            opened,
            number,
            cards,
        })
    }

    pub(super) fn write(self, pages: &Pages) -> Html {
        let opened = &self.opened;
        let mut html = Html::new();
        head(&mut html, opened, self.count);
        if opened.takes.is_some() {
            upload_form(&mut html, opened);
        }
        if self.count == 0 {
            nothing(&mut html, opened);
        }
        for card in self.cards {
            html.raw("<article class=\"card\">\n");
            facts(&mut html, opened, &card.entry);
            pictures(&mut html, opened, &card.images.sorted(pages), 0);
            if card.entry.images > SOME_PICTURES {
                html.raw("<p class=\"pages\"><a class=\"button\" href=\"")
                    .text(&opened.base)
                    .raw("/order/")
                    .text(&card.entry.uuid)
                    .raw("\">All ")
                    .text(words::number(format::counted(card.entry.images)))
                    .raw(" pictures</a></p>\n");
            }
            documents(&mut html, opened, &card.documents);
            html.raw("</article>\n");
        }
        turn(&mut html, &opened.base, self.number, self.count, ORDERS);
        html.raw(FOOTER);
        html
    }
}

/// The page of one order, before it is written.
pub(super) struct One {
    opened: Opened,
    number: i64,
    card: Card,
}

impl One {
    pub(super) fn find(
        work: &Transaction<'_>,
        opened: Opened,
        order: &str,
        number: i64,
    ) -> Result<Self, Stop> {
        let entry = opened.scope.order(work, order)?;
        let first = (number - 1).saturating_mul(PICTURES);
        Ok(One {
            card: Card::find(work, entry, first, PICTURES)?,
            opened,
            number,
        })
    }

    pub(super) fn write(self, pages: &Pages) -> Html {
        let (opened, entry) = (&self.opened, &self.card.entry);
        let images = self.card.images.sorted(pages);
        let mut html = Html::new();
        html.raw("<p><a href=\"")
            .text(&opened.base)
            .raw("\">Back to ")
            .text(&opened.heading)
            .raw("</a></p>\n<article class=\"card\">\n");
        facts(&mut html, opened, entry);
        let mut at = (self.number - 1).saturating_mul(PICTURES);
        for series in images.chunk_by(|one, next| one.series_uid == next.series_uid) {
            let modality = series.first().map_or("", |image| image.modality.as_str());
            html.raw("<h3>Series")
                .text(if modality.is_empty() { "" } else { " of " })
                .text(modality)
                .raw("</h3>\n");
            pictures(&mut html, opened, series, at);
            at = at.saturating_add(i64::try_from(series.len()).unwrap_or(0));
        }
        if images.is_empty() && entry.images > 0 {
            html.raw("<p class=\"dim\">There are no pictures on this page.</p>\n");
        }
        documents(&mut html, opened, &self.card.documents);
        html.raw("</article>\n");
        let path = format!("{}/order/{}", opened.base, entry.uuid);
        turn(&mut html, &path, self.number, entry.images, PICTURES);
        html.raw(FOOTER);
        html
    }
}

fn head(html: &mut Html, opened: &Opened, orders: i64) {
    html.raw("<h1><bdi>")
        .text(&opened.heading)
        .raw("</bdi></h1>\n<p class=\"dim\">")
        .text(opened.summary(orders))
        .raw("</p>\n");
    if !opened.lead.trim().is_empty() {
        html.raw("<p class=\"lead\" dir=\"auto\">")
            .text(opened.lead.trim())
            .raw("</p>\n");
    }
}

fn upload_form(html: &mut Html, opened: &Opened) {
    html.raw("<section class=\"card\"><h2>Add images</h2>\n<form method=\"post\" enctype=\"multipart/form-data\" action=\"")
        .text(&opened.base)
        .raw("/upload\">\n<label for=\"file\">DICOM files from this computer; several may be chosen at once</label>\n")
        .raw("<input id=\"file\" type=\"file\" name=\"file\" multiple required>\n")
        .raw("<div class=\"act\"><button>Upload</button></div>\n</form></section>\n");
}

fn nothing(html: &mut Html, opened: &Opened) {
    html.raw("<section class=\"card\"><h2>No orders here</h2><p class=\"dim\">")
        .raw(if opened.is_folder {
            "Orders that are put into the folder, or into one below it, will be shown on this page."
        } else {
            "They may have been deleted. Whoever gave you the address can say more."
        })
        .raw("</p></section>\n");
}

/// The patient's name and what there is to know of an order.
fn facts(html: &mut Html, opened: &Opened, entry: &Entry) {
    html.raw("<div class=\"head\"><h2><bdi>")
        .text(words::person_name(&entry.patient_name))
        .raw("</bdi></h2>");
    if opened.may_download && (entry.images > 0 || entry.documents > 0) {
        html.raw("<a class=\"button\" href=\"")
            .text(&opened.base)
            .raw("/download/")
            .text(&entry.uuid)
            .raw("\">Download (")
            .text(words::bytes(format::counted(entry.bytes)))
            .raw(")</a>");
    }
    html.raw("</div>\n<dl>\n");
    let images = words::count(format::counted(entry.images), "image", "images");
    for (name, value) in [
        ("Patient ID", entry.patient_id.clone()),
        ("Study date", format::moment(&entry.performed)),
        ("Modality", format::modalities(&entry.modality)),
        ("Description", entry.description.clone()),
        ("Content", images),
    ] {
        if !value.trim().is_empty() {
            html.raw("<div><dt>")
                .text(name)
                .raw("</dt><dd><bdi>")
                .text(value)
                .raw("</bdi></dd></div>\n");
        }
    }
    html.raw("</dl>\n");
}

/// Small pictures that lead to large ones; the first has so many before it.
fn pictures(html: &mut Html, opened: &Opened, images: &[Image], before: i64) {
    if images.is_empty() {
        return;
    }
    html.raw("<ul class=\"pictures\">\n");
    for (number, image) in (before.saturating_add(1)..).zip(images) {
        html.raw("<li><a href=\"")
            .text(&opened.base)
            .raw("/image/")
            .text(image.key())
            .raw("\"><img loading=\"lazy\" width=\"320\" height=\"320\" alt=\"Image ")
            .text(number)
            .raw("\" src=\"")
            .text(&opened.base)
            .raw("/picture/")
            .text(image.key())
            .raw("\"><span aria-hidden=\"true\">")
            .text(number)
            .raw("</span></a></li>\n");
    }
    html.raw("</ul>\n");
}

fn documents(html: &mut Html, opened: &Opened, documents: &[Document]) {
    if documents.is_empty() {
        return;
    }
    html.raw("<h3>Documents</h3>\n<ul class=\"files\">\n");
    for document in documents {
        html.raw("<li>");
        if document.kind.is_shown() {
            html.raw("<a href=\"")
                .text(&opened.base)
                .raw("/document/")
                .text(&document.uuid)
                .raw("\"><bdi>")
                .text(&document.name)
                .raw("</bdi></a>");
        } else {
            html.raw("<bdi>").text(&document.name).raw("</bdi>");
        }
        html.raw("<span class=\"dim\">")
            .text(words::bytes(format::counted(document.file.size)))
            .raw("</span>");
        if opened.may_download {
            html.raw("<a class=\"end\" href=\"")
                .text(&opened.base)
                .raw("/save/")
                .text(&document.uuid)
                .raw("\">Download</a>");
        }
        html.raw("</li>\n");
    }
    html.raw("</ul>\n");
}

/// Links to the pages before and behind.
fn turn(html: &mut Html, path: &str, number: i64, count: i64, a_page: i64) {
    let pages = (count + a_page - 1) / a_page;
    if pages <= 1 && number == 1 {
        return;
    }
    html.raw("<nav class=\"pages\" aria-label=\"Pages\">");
    let mut link = |to: i64, name: &'static str| {
        html.raw("<a class=\"button\" href=\"")
            .text(path)
            .raw("?page=")
            .text(to)
            .raw("\">")
            .text(name)
            .raw("</a>");
    };
    if number > 1 {
        link((number - 1).min(pages.max(1)), "Previous");
    }
    if number < pages {
        link(number + 1, "Next");
    }
    html.raw("<span class=\"dim\">Page ")
        .text(number)
        .raw(" of ")
        .text(pages.max(1))
        .raw("</span></nav>\n");
}

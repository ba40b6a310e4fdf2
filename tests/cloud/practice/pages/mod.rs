//! The web pages of views and shares, asked for as a browser asks.

#[path = "pages/browser.rs"]
mod browser;
#[path = "pages/documents.rs"]
mod documents;
#[path = "pages/guests.rs"]
mod guests;
#[path = "../common/studies.rs"]
#[allow(dead_code, reason = "these tests use a part of it")]
mod made;
#[path = "pages/shares.rs"]
mod shares;
#[path = "pages/views.rs"]
mod views;
#[path = "pages/whole_way.rs"]
mod whole_way;

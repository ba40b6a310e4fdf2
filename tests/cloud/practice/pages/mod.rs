//! The web pages of views and shares, asked for as a browser asks.

mod browser;
mod documents;
mod guests;
mod shares;
mod views;
mod whole_way;

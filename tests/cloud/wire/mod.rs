//! The client against a server that records: what it sends equals, field by field and byte by byte, what the vendor's
//! library was recorded to send (`tests/data/traces.json`), and whatever a server can do wrong is an error value.

mod documented;
mod encryption;
mod fake;
mod faults;
mod parameters;
mod reconnect;
mod recordings;
mod refusals;
mod typed;

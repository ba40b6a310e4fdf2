//! Uploads over a line that fails: whatever it does, every ledger closes and nothing is lost, half there or there twice.

mod bench;
mod cuts;
mod messages;
mod the_line;

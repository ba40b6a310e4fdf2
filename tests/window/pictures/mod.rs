//! Pictures of the window, made without a graphics card. `cargo test --test window pictures` writes them into
//! `$STUDYDROP_GALLERY`, or into the target folder.

mod deidentify;
mod details;
mod folders;
mod orders;
mod pages;
mod scripts;
mod transfers;
mod viewer;

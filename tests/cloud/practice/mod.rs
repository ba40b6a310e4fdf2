//! The practice server over real sockets, from outside: frames go in, frames and files come out.

mod client;
mod corpus;
mod creating;
mod documents;
mod filters;
mod folders;
mod grouping;
mod kill;
mod library;
mod pages;
mod people;
mod searching;
mod sharing;
mod signing_in;
mod studies;
mod trash;
mod uploading;
mod viewing;

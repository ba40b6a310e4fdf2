//! Media: archives that are read where they lie, whatever is in them, discs and their directories, and drives that fail.

mod bad;
mod discs;
mod locked;
mod sent;
mod zips;

//! What files lie on: folders, discs, archives. [`open`] opens a file wherever it is.

mod open;

pub use open::{Opened, open};

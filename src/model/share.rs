//! What is to be shared.

use uuid::Uuid;

/// What the Share dialog is opened for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShareTarget {
    /// Orders, together.
    Orders(Vec<Uuid>),
    /// A folder with the orders in it.
    Folder(Uuid),
}

//! Text for people: bidirectional order, and names of persons. Depends on no other module.

pub mod bidi;
pub mod person_name;

//! Text for people: bidirectional order, and names of persons.

pub mod bidi;
pub mod person_name;

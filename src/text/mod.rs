//! Text for people: bidirectional order, and names of persons.

pub mod bidi;
pub mod controls;
pub mod csv_cells;
pub mod person_name;

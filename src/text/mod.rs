//! How things are written for a person. Knows no other room of the program.

pub mod bidi;
pub mod controls;
pub mod csv_cells;
pub mod person_name;

//! StudyDrop's one binary.
fn main() {}

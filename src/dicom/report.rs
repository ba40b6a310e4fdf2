//! Structured reports as text (PS3.3, C.17.3): what was said, under which heading.

/// One line: a concept and what is said of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// How far it is moved in: items inside items.
    pub depth: u16,
    /// The concept's name: "Finding".
    pub name: String,
    /// What is said: a text, a code's meaning, a number with its unit, a person, a date, what is referred to. Empty for headings.
    pub value: String,
}

/// A report's content tree, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What kind of report it is: the root's concept.
    pub title: String,
    /// The rest.
    pub lines: Vec<Line>,
    /// Whether there is more than is read.
    pub is_cut: bool,
}

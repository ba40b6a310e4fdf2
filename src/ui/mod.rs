//! One file a panel or dialog. A panel first builds what it will show, then paints it, and returns what was asked for.

pub mod fonts;
pub mod theme;
pub mod widgets;

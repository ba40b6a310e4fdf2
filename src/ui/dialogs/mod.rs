//! Modal dialogs shown over a page.

pub(in crate::ui) mod archive_password;
pub(in crate::ui) mod confirm;
pub(in crate::ui) mod frame;
pub(in crate::ui) mod receipt;
pub(in crate::ui) mod settings;

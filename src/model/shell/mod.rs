//! What surrounds the pages: signing in, the account's lists, settings, messages.

pub(in crate::model) mod directory;
pub(in crate::model) mod settings;
pub(in crate::model) mod sign_in;
pub(in crate::model) mod toasts;

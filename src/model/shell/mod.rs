//! Models of everything around the pages: sign-in, account lists, settings, toasts.

pub(in crate::model) mod directory;
mod event;
pub(in crate::model) mod settings;
pub(in crate::model) mod sign_in;
pub(in crate::model) mod toasts;
mod update;

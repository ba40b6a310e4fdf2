//! Values loaded from the server.

use crate::message::Failure;

/// A value that is loaded over the network. The last good value is kept while it is reloaded and after a failure.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Remote<T> {
    /// Not requested yet.
    #[default]
    NotAsked,
    /// Requested, with the last good value.
    Loading(Option<T>),
    /// Loaded.
    Loaded(T),
    /// The last request failed; with the last good value.
    Failed(Failure, Option<T>),
}

impl<T> Remote<T> {
    /// The last good value.
    pub fn value(&self) -> Option<&T> {
        match self {
            Remote::NotAsked => None,
            Remote::Loading(last) | Remote::Failed(_, last) => last.as_ref(),
            Remote::Loaded(value) => Some(value),
        }
    }

    /// The last good value, mutable.
    pub fn value_mut(&mut self) -> Option<&mut T> {
        match self {
            Remote::NotAsked => None,
            Remote::Loading(last) | Remote::Failed(_, last) => last.as_mut(),
            Remote::Loaded(value) => Some(value),
        }
    }

    /// Marks the value as requested, keeping the last good one.
    pub fn ask(&mut self) {
        *self = Remote::Loading(self.take());
    }

    /// Sets the result of a request. On failure the last good value is kept.
    pub fn answer(&mut self, result: Result<T, Failure>) {
        *self = match result {
            Ok(value) => Remote::Loaded(value),
            Err(failure) => Remote::Failed(failure, self.take()),
        };
    }

    /// Whether a request is pending.
    pub fn is_loading(&self) -> bool {
        matches!(self, Remote::Loading(_))
    }

    /// Error of the last request, if it failed.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Remote::Failed(failure, _) => Some(failure),
            _ => None,
        }
    }

    fn take(&mut self) -> Option<T> {
        match std::mem::take(self) {
            Remote::NotAsked => None,
            Remote::Loading(last) | Remote::Failed(_, last) => last,
            Remote::Loaded(value) => Some(value),
        }
    }
}

//! What comes from afar.

use crate::message::Failure;

/// A value that is asked for over the network. The last good one stays while it is asked for again, or when that failed.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Remote<T> {
    /// Nobody has asked yet.
    #[default]
    NotAsked,
    /// Asked, with the last good value.
    Loading(Option<T>),
    /// Here.
    Loaded(T),
    /// Could not be had, with the last good value.
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

    /// The last good value, to change it.
    pub fn value_mut(&mut self) -> Option<&mut T> {
        match self {
            Remote::NotAsked => None,
            Remote::Loading(last) | Remote::Failed(_, last) => last.as_mut(),
            Remote::Loaded(value) => Some(value),
        }
    }

    /// Asked for, or asked for again.
    pub fn ask(&mut self) {
        *self = Remote::Loading(self.take());
    }

    /// The answer.
    pub fn answer(&mut self, result: Result<T, Failure>) {
        *self = match result {
            Ok(value) => Remote::Loaded(value),
            Err(failure) => Remote::Failed(failure, self.take()),
        };
    }

    /// Whether an answer is on its way.
    pub fn is_loading(&self) -> bool {
        matches!(self, Remote::Loading(_))
    }

    /// Why the last attempt failed.
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

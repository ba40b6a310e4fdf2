//! What the worker says about the attributes of a file.

use crate::message::{AttributesEvent, Command};
use crate::model::Model;

impl Model {
    pub(in crate::model) fn apply_attributes(&mut self, event: AttributesEvent) -> Vec<Command> {
        match event {
            AttributesEvent::Read { path, result } => self.attributes_news(path, result),
            AttributesEvent::Value { path, key, result } => self.value_news(&path, key, result),
        }
        Vec::new()
    }
}

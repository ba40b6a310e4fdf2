//! What the worker says about folders.

use crate::message::{Command, FoldersEvent};
use crate::model::Model;

impl Model {
    pub(in crate::model) fn apply_folders(&mut self, event: FoldersEvent) -> Vec<Command> {
        match event {
            FoldersEvent::Listed {
                user,
                with_orders,
                folder,
                result,
            } => {
                // Another user may have been picked meanwhile.
                if self.session.as_ref().is_some_and(|s| s.user == user) {
                    return self.folder_news(folder, with_orders, result);
                }
                Vec::new()
            }
        }
    }
}

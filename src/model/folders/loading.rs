//! Loading of the folder tree.

use std::sync::Arc;

use uuid::Uuid;

use super::Cache;
use crate::cloud::model::Folder;
use crate::message::{Command, Failure, FoldersCommand};
use crate::model::{Model, Remote};

impl Model {
    /// Requests the root's folders unless they are loaded or pending.
    pub(in crate::model) fn load_root(&mut self) -> Vec<Command> {
        match self.folders.root() {
            Remote::NotAsked | Remote::Failed(..) => self.list(None, false),
            _ => Vec::new(),
        }
    }

    fn list(&mut self, folder: Option<Uuid>, with_orders: bool) -> Vec<Command> {
        let Some(session) = &self.session else {
            return Vec::new();
        };
        self.folders.lists.entry(folder).or_default().ask();
        self.folders.cache = Cache::default();
        vec![Command::Folders(FoldersCommand::List {
            user: session.user,
            folder,
            with_orders,
        })]
    }

    /// Takes in a folder's listing. After a failure the parent is listed again, because the folder may have been
    /// deleted by others.
    pub(in crate::model) fn folder_news(
        &mut self,
        folder: Option<Uuid>,
        with_orders: bool,
        result: Result<Arc<Folder>, Failure>,
    ) -> Vec<Command> {
        let refused = result.is_err();
        let known = self.folders.failure.as_ref();
        let again = known.is_some_and(|(of, _)| *of == folder);
        let parent = folder.map(|folder| self.folders.parent(folder));
        self.folders.answer(folder, with_orders, result);
        match parent {
            Some(parent) if refused && !again => self.list(parent, false),
            _ => Vec::new(),
        }
    }

    pub(in crate::model) fn open_folder(&mut self, folder: Uuid, open: bool) -> Vec<Command> {
        self.folders.cache = Cache::default();
        if !open {
            self.folders.open.remove(&folder);
            return Vec::new();
        }
        self.folders.open.insert(folder);
        match self.folders.lists.get(&Some(folder)) {
            Some(Remote::Loaded(_) | Remote::Loading(_)) => Vec::new(),
            _ => self.list(Some(folder), false),
        }
    }

    pub(in crate::model) fn select_folder(&mut self, folder: Uuid) -> Vec<Command> {
        if self.folders.selected != Some(folder) {
            self.folders.show_orders_of(Some(folder));
        }
        self.folders.orders.ask();
        self.list(Some(folder), true)
    }

    pub(in crate::model) fn reload_folders(&mut self) -> Vec<Command> {
        /// Limit on simultaneous requests. Expanded folders beyond it are collapsed, and loaded when they are expanded
        /// again.
        const MOST: usize = 100;
        let mut commands = self.list(None, false);
        let tree = self.folders.tree().iter().filter(|node| node.open);
        let open: Vec<Uuid> = tree.map(|node| node.uuid).collect();
        let (again, closed) = open.split_at(open.len().min(MOST));
        let selected = self.folders.selected;
        let way = selected.map_or_else(Vec::new, |selected| self.folders.way_to(selected));
        let (kept, closed): (Vec<Uuid>, Vec<Uuid>) = closed
            .iter()
            .partition(|folder| way.iter().any(|(uuid, _)| uuid == *folder));
        for folder in closed {
            self.folders.forget(folder, 0);
        }
        for folder in again.iter().chain(&kept) {
            commands.extend(self.list(Some(*folder), false));
        }
        if let Some(selected) = self.folders.selected {
            // A folder that no longer exists is not requested.
            let made = self.folders.made.take() == Some(selected);
            let known = made || self.folders.folder(selected).is_some();
            if known || self.folders.root().value().is_none() {
                commands.extend(self.select_folder(selected));
            }
        }
        commands
    }

    /// *Reload*: like [`reload_folders`](Self::reload_folders), and deselects a folder that no longer exists.
    pub(in crate::model) fn reload_folders_by_hand(&mut self) -> Vec<Command> {
        let selected = self.folders.selected;
        if selected.is_some_and(|selected| self.folders.folder(selected).is_none()) {
            self.folders.show_orders_of(None);
        }
        self.folders.failure = None;
        self.reload_folders()
    }
}

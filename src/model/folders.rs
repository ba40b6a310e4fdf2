//! The Folders page, and the folder picker of the Upload page: a tree that is loaded as it is opened.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use uuid::Uuid;

use super::{FolderChoice, Model, Remote};
use crate::cloud::model::{Folder, Order};
use crate::message::{Command, Failure};

/// One line of the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The folder.
    pub uuid: Uuid,
    /// Its name.
    pub name: String,
    /// How deep it lies; 0 at the root.
    pub depth: usize,
    /// Orders in it and below it.
    pub orders: u64,
    /// Whether there are folders in it.
    pub has_folders: bool,
    /// Whether it is open.
    pub open: bool,
    /// Whether its folders are on their way.
    pub loading: bool,
    /// Whether it is shared.
    pub shared: bool,
}

/// The page.
#[derive(Debug, Default)]
pub struct Folders {
    /// The folder at the right.
    pub selected: Option<Uuid>,
    /// The orders of the folder at the right.
    pub orders: Remote<Arc<Vec<Order>>>,
    /// What went wrong last with a folder of the tree.
    pub failure: Option<Failure>,
    lists: HashMap<Option<Uuid>, Remote<Vec<Folder>>>,
    open: HashSet<Uuid>,
    /// For each folder, in the order of asking: whether its orders were asked for.
    asked: HashMap<Option<Uuid>, VecDeque<bool>>,
}

impl Folders {
    /// The root's folders.
    pub fn root(&self) -> &Remote<Vec<Folder>> {
        const NOT_ASKED: &Remote<Vec<Folder>> = &Remote::NotAsked;
        self.lists.get(&None).unwrap_or(NOT_ASKED)
    }

    /// The tree as far as it is open, from the top down.
    pub fn tree(&self) -> Vec<Node> {
        let mut nodes = Vec::new();
        self.add_nodes(None, 0, &mut nodes);
        nodes
    }

    fn add_nodes(&self, parent: Option<Uuid>, depth: usize, nodes: &mut Vec<Node>) {
        /// A server that lists a folder below itself does not make an endless tree.
        const DEEPEST: usize = 32;
        let Some(folders) = self.lists.get(&parent).and_then(Remote::value) else {
            return;
        };
        if depth > DEEPEST {
            return;
        }
        for folder in folders {
            let uuid = folder.folder_uuid;
            let open = self.open.contains(&uuid);
            nodes.push(Node {
                uuid,
                name: folder.folder_name.clone(),
                depth,
                orders: folder.all_sub_order_count.max(folder.order_count),
                has_folders: folder.sub_folder_count > 0,
                open,
                loading: self.lists.get(&Some(uuid)).is_some_and(Remote::is_loading),
                shared: folder.is_shared,
            });
            if open {
                self.add_nodes(Some(uuid), depth + 1, nodes);
            }
        }
    }

    /// The folder at the right, as its parent lists it.
    pub fn selected_folder(&self) -> Option<&Folder> {
        self.find(self.selected?).map(|(_, folder)| folder)
    }

    /// A folder, as its parent lists it.
    pub fn folder(&self, uuid: Uuid) -> Option<&Folder> {
        self.find(uuid).map(|(_, folder)| folder)
    }

    fn find(&self, uuid: Uuid) -> Option<(Option<Uuid>, &Folder)> {
        let lists = self
            .lists
            .iter()
            .filter_map(|(parent, list)| Some((*parent, list.value()?)));
        lists
            .flat_map(|(parent, list)| list.iter().map(move |folder| (parent, folder)))
            .find(|(_, folder)| folder.folder_uuid == uuid)
    }

    /// The names from the root down to a folder.
    pub fn path(&self, uuid: Uuid) -> Vec<String> {
        let mut names = VecDeque::new();
        let mut at = Some(uuid);
        while let Some((parent, folder)) = at.and_then(|uuid| self.find(uuid)) {
            names.push_front(folder.folder_name.clone());
            at = parent;
            if names.len() > 32 {
                break;
            }
        }
        names.into()
    }

    /// A folder as the Upload page's picker keeps it.
    pub fn choice(&self, uuid: Uuid) -> FolderChoice {
        FolderChoice {
            uuid,
            path: self.path(uuid).join(" / "),
        }
    }

    /// The listing of a folder knows better how many orders it has than the listing of its parent, which is older.
    fn recount(&mut self, folder: Option<Uuid>, orders: u64) {
        let lists = self.lists.values_mut().filter_map(Remote::value_mut);
        let listed = lists
            .flatten()
            .filter(|listed| Some(listed.folder_uuid) == folder);
        for listed in listed {
            listed.order_count = orders;
            listed.all_sub_order_count = listed.all_sub_order_count.max(orders);
        }
    }

    pub(super) fn answer(&mut self, folder: Option<Uuid>, result: Result<Arc<Folder>, Failure>) {
        let with_orders = self
            .asked
            .get_mut(&folder)
            .and_then(VecDeque::pop_front)
            .unwrap_or(false);
        if with_orders && folder == self.selected {
            let orders = result
                .as_ref()
                .map(|listed| Arc::new(listed.patient_order_list.clone()));
            if let Ok(orders) = &orders {
                self.recount(folder, orders.len() as u64);
            }
            self.orders.answer(orders.map_err(Failure::clone));
        }
        self.failure = result.as_ref().err().cloned();
        let list = self.lists.entry(folder).or_default();
        list.answer(result.map(|listed| listed.sub_folder_list.clone()));
    }
}

impl Model {
    /// Lists the root where it is not there yet.
    pub(super) fn load_root(&mut self) -> Vec<Command> {
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
        self.folders
            .asked
            .entry(folder)
            .or_default()
            .push_back(with_orders);
        vec![Command::ListFolder {
            user: session.user,
            folder,
            with_orders,
        }]
    }

    pub(super) fn open_folder(&mut self, folder: Uuid, open: bool) -> Vec<Command> {
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

    pub(super) fn select_folder(&mut self, folder: Uuid) -> Vec<Command> {
        if self.folders.selected != Some(folder) {
            self.folders.orders = Remote::NotAsked;
        }
        self.folders.selected = Some(folder);
        self.folders.orders.ask();
        self.list(Some(folder), true)
    }

    pub(super) fn reload_folders(&mut self) -> Vec<Command> {
        let mut commands = self.list(None, false);
        let open: Vec<Uuid> = self.folders.open.iter().copied().collect();
        for folder in open {
            commands.extend(self.list(Some(folder), false));
        }
        if let Some(selected) = self.folders.selected {
            commands.extend(self.select_folder(selected));
        }
        commands
    }
}

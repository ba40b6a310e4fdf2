//! Model of the Folders page and the folder pickers: a tree whose folders are loaded when they are expanded.

mod event;
pub(in crate::model) mod loading;
pub(in crate::model) mod orders;
#[cfg(test)]
mod tests;
pub(in crate::model) mod update;

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use uuid::Uuid;

use super::{Common, FolderChoice, FolderForm, Remote, Selection, Sort, Table};
use crate::cloud::model::Folder;
use crate::message::Failure;

/// A row of the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Folder UUID.
    pub uuid: Uuid,
    /// Folder name.
    pub name: String,
    /// Nesting level, 0 for the root's folders.
    pub depth: usize,
    /// Number of orders, including subfolders.
    pub orders: u64,
    /// Whether it has subfolders.
    pub has_folders: bool,
    /// Whether it is expanded.
    pub open: bool,
    /// Whether its subfolders are being loaded.
    pub loading: bool,
    /// Whether the folder is shared.
    pub shared: bool,
    /// Orders, orders including subfolders, subfolders, subfolders of all levels.
    pub counts: [u64; 4],
}

/// Search state of a folder picker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderSearch {
    /// Search text.
    pub text: String,
    /// Row of the keyboard cursor.
    pub at: Option<Uuid>,
}

/// State of the Folders page.
#[derive(Debug, Default)]
pub struct Folders {
    /// The selected folder.
    pub selected: Option<Uuid>,
    /// Orders in the selected folder.
    pub orders: Remote<Table>,
    /// Sorting of the orders.
    pub sort: Sort,
    /// Selected orders.
    pub selection: Selection,
    /// Properties that the selected orders have in common.
    pub common: Common,
    /// Incremented to scroll the row with the keyboard cursor into view.
    pub reveal: u64,
    /// Filter text of the tree.
    pub filter: String,
    /// Folder whose last request failed (`None`: the root), and the error.
    pub failure: Option<(Option<Uuid>, Failure)>,
    /// The open dialog.
    pub form: Option<FolderForm>,
    /// A created folder that is not listed yet.
    pub(super) made: Option<Uuid>,
    pub(super) lists: HashMap<Option<Uuid>, Remote<Vec<Folder>>>,
    pub(super) open: HashSet<Uuid>,
    pub(super) cache: Cache,
}

/// Values derived from the lists, computed once after each change.
#[derive(Debug, Default)]
pub(super) struct Cache {
    tree: OnceCell<Arc<[Node]>>,
    filtered: RefCell<Option<(String, Arc<[Node]>)>>,
    unloaded: OnceCell<bool>,
    /// Index: folder UUID to its parent and its position in the parent's list.
    places: OnceCell<HashMap<Uuid, (Option<Uuid>, usize)>>,
}

/// Maximum depth, which stops on cycles in the server's listings.
const DEEPEST: usize = 32;

impl Folders {
    /// Folders at the root.
    pub fn root(&self) -> &Remote<Vec<Folder>> {
        const NOT_ASKED: &Remote<Vec<Folder>> = &Remote::NotAsked;
        self.lists.get(&None).unwrap_or(NOT_ASKED)
    }

    /// The rows of the tree, in display order.
    pub fn tree(&self) -> &Arc<[Node]> {
        self.cache.tree.get_or_init(|| {
            let mut nodes = Vec::new();
            self.add_nodes(None, 0, &mut nodes);
            nodes.into()
        })
    }

    /// The loaded folders whose names contain `filter` (ignoring case), with their ancestors. For an empty filter, the
    /// same as [`tree`](Self::tree).
    pub fn narrowed(&self, filter: &str) -> Arc<[Node]> {
        let filter = filter.trim().to_lowercase();
        if filter.is_empty() {
            return self.tree().clone();
        }
        let mut known = self.cache.filtered.borrow_mut();
        if let Some((_, nodes)) = known.as_ref().filter(|(of, _)| *of == filter) {
            return nodes.clone();
        }
        let mut nodes = Vec::new();
        self.add_fitting(None, 0, &filter, &mut nodes);
        let nodes: Arc<[Node]> = nodes.into();
        *known = Some((filter, nodes.clone()));
        nodes
    }

    /// Whether subfolders have not been loaded, so that a filter cannot find them.
    pub fn any_unloaded(&self) -> bool {
        *self.cache.unloaded.get_or_init(|| {
            let lists = self.lists.values().filter_map(Remote::value);
            lists.flatten().any(|folder| {
                folder.sub_folder_count > 0 && !self.lists.contains_key(&Some(folder.folder_uuid))
            })
        })
    }

    fn node(&self, folder: &Folder, depth: usize, open: bool) -> Node {
        let uuid = folder.folder_uuid;
        Node {
            uuid,
            name: folder.folder_name.clone(),
            depth,
            orders: folder.all_sub_order_count.max(folder.order_count),
            has_folders: folder.sub_folder_count > 0,
            open,
            loading: self.lists.get(&Some(uuid)).is_some_and(Remote::is_loading),
            shared: folder.is_shared,
            counts: counts(folder),
        }
    }

    fn add_nodes(&self, parent: Option<Uuid>, depth: usize, nodes: &mut Vec<Node>) {
        let list = self.lists.get(&parent).and_then(Remote::value);
        let Some(folders) = list.filter(|_| depth <= DEEPEST) else {
            return;
        };
        for folder in folders {
            let open = self.open.contains(&folder.folder_uuid);
            nodes.push(self.node(folder, depth, open));
            if open {
                self.add_nodes(Some(folder.folder_uuid), depth + 1, nodes);
            }
        }
    }

    /// Appends a folder if its name or that of a descendant matches.
    fn add_fitting(&self, parent: Option<Uuid>, depth: usize, filter: &str, to: &mut Vec<Node>) {
        let list = self.lists.get(&parent).and_then(Remote::value);
        let Some(folders) = list.filter(|_| depth <= DEEPEST) else {
            return;
        };
        for folder in folders {
            let fits = folder.folder_name.to_lowercase().contains(filter);
            let before = to.len();
            to.push(self.node(folder, depth, false));
            self.add_fitting(Some(folder.folder_uuid), depth + 1, filter, to);
            let open = to.len() > before + 1;
            if !open && !fits {
                to.truncate(before);
            } else if let Some(node) = to.get_mut(before) {
                node.open = open;
            }
        }
    }

    /// The selected folder as its parent lists it.
    pub fn selected_folder(&self) -> Option<&Folder> {
        self.folder(self.selected?)
    }

    /// A folder as its parent lists it.
    pub fn folder(&self, uuid: Uuid) -> Option<&Folder> {
        self.find(uuid).map(|(_, folder)| folder)
    }

    /// The loaded subfolders of a folder.
    pub fn folders_in(&self, uuid: Uuid) -> &[Folder] {
        let list = self.lists.get(&Some(uuid)).and_then(Remote::value);
        list.map_or(&[], Vec::as_slice)
    }

    /// Parent of a folder; `None` for folders at the root and for unknown ones.
    pub fn parent(&self, uuid: Uuid) -> Option<Uuid> {
        self.find(uuid).and_then(|(parent, _)| parent)
    }

    fn find(&self, uuid: Uuid) -> Option<(Option<Uuid>, &Folder)> {
        let places = self.cache.places.get_or_init(|| {
            let mut places = HashMap::new();
            for (parent, list) in &self.lists {
                for (folder, at) in list.value().into_iter().flatten().zip(0..) {
                    places.insert(folder.folder_uuid, (*parent, at));
                }
            }
            places
        });
        let (parent, at) = *places.get(&uuid)?;
        let folder = self.lists.get(&parent)?.value()?.get(at)?;
        Some((parent, folder))
    }

    /// UUIDs and names from the root down to and including a folder.
    pub fn way_to(&self, uuid: Uuid) -> Vec<(Uuid, String)> {
        let mut way = VecDeque::new();
        let mut at = Some(uuid);
        while let Some((parent, folder)) = at.and_then(|uuid| self.find(uuid)) {
            way.push_front((folder.folder_uuid, folder.folder_name.clone()));
            at = parent;
            if way.len() > DEEPEST {
                break;
            }
        }
        way.into()
    }

    /// Names from the root down to and including a folder.
    pub fn path(&self, uuid: Uuid) -> Vec<String> {
        let way = self.way_to(uuid).into_iter();
        way.map(|(_, name)| name).collect()
    }

    /// The folder as a choice of the Upload page's picker.
    pub fn choice(&self, uuid: Uuid) -> FolderChoice {
        FolderChoice {
            uuid,
            path: self.path(uuid).join(" / "),
        }
    }

    /// Updates the order count in the parent's list, which is older than the folder's own listing.
    pub(super) fn recount(&mut self, folder: Option<Uuid>, orders: u64) {
        let lists = self.lists.values_mut().filter_map(Remote::value_mut);
        let listed = lists
            .flatten()
            .filter(|listed| Some(listed.folder_uuid) == folder);
        for listed in listed {
            listed.order_count = orders;
            listed.all_sub_order_count = listed.all_sub_order_count.max(orders);
        }
    }

    pub(super) fn answer(
        &mut self,
        folder: Option<Uuid>,
        with_orders: bool,
        result: Result<Arc<Folder>, Failure>,
    ) {
        if with_orders && folder == self.selected {
            self.orders_news(&result);
        }
        match &result {
            Err(failure) => self.failure = Some((folder, failure.clone())),
            Ok(_) if self.failure.as_ref().is_some_and(|(of, _)| *of == folder) => {
                self.failure = None;
            }
            Ok(_) => {}
        }
        let list = self.lists.entry(folder).or_default();
        let before: Vec<Uuid> = list.value().into_iter().flatten().map(name_of).collect();
        list.answer(result.map(|listed| listed.sub_folder_list.clone()));
        let after: HashSet<Uuid> = list.value().into_iter().flatten().map(name_of).collect();
        for gone in before.iter().filter(|uuid| !after.contains(uuid)) {
            self.forget(*gone, 0);
        }
        self.cache = Cache::default();
    }

    /// Removes a deleted folder and its descendants from the tree.
    pub(super) fn forget(&mut self, folder: Uuid, depth: usize) {
        self.open.remove(&folder);
        let list = self.lists.remove(&Some(folder));
        self.cache = Cache::default();
        if depth > DEEPEST {
            return;
        }
        let below: Vec<Uuid> = list
            .iter()
            .filter_map(Remote::value)
            .flatten()
            .map(name_of)
            .collect();
        for folder in below {
            self.forget(folder, depth + 1);
        }
    }

    /// Expands a folder without loading it.
    pub(super) fn mark_open(&mut self, folder: Uuid) {
        self.open.insert(folder);
        self.cache = Cache::default();
    }
}

fn name_of(folder: &Folder) -> Uuid {
    folder.folder_uuid
}

fn counts(folder: &Folder) -> [u64; 4] {
    [
        folder.order_count,
        folder.all_sub_order_count.max(folder.order_count),
        folder.sub_folder_count,
        folder.all_sub_folder_count.max(folder.sub_folder_count),
    ]
}

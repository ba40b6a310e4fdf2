//! The Folders page, and the folder picker of the Upload page: a tree that is loaded as it is opened.

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
    /// Orders in it, orders in it and below it, folders in it, folders in it and below it.
    pub counts: [u64; 4],
}

/// A folder that is looked for in a picker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderSearch {
    /// What was typed.
    pub text: String,
    /// Where the keyboard is in the tree.
    pub at: Option<Uuid>,
}

/// The page.
#[derive(Debug, Default)]
pub struct Folders {
    /// The folder at the right.
    pub selected: Option<Uuid>,
    /// The orders of the folder at the right.
    pub orders: Remote<Table>,
    /// How they are sorted.
    pub sort: Sort,
    /// Which of them are selected.
    pub selection: Selection,
    /// What the selected ones have in common.
    pub common: Common,
    /// Grows when the row with the keyboard is to be brought into sight.
    pub reveal: u64,
    /// What the tree is narrowed by.
    pub filter: String,
    /// The folder whose listing was refused last (`None`: the root), and why.
    pub failure: Option<(Option<Uuid>, Failure)>,
    /// The dialog that is open.
    pub form: Option<FolderForm>,
    /// A folder that was made and is not listed yet.
    pub(super) made: Option<Uuid>,
    pub(super) lists: HashMap<Option<Uuid>, Remote<Vec<Folder>>>,
    pub(super) open: HashSet<Uuid>,
    pub(super) cache: Cache,
}

/// What is worked out from the lists, once after each change of them.
#[derive(Debug, Default)]
pub(super) struct Cache {
    tree: OnceCell<Arc<[Node]>>,
    filtered: RefCell<Option<(String, Arc<[Node]>)>>,
    unloaded: OnceCell<bool>,
    /// In which list, and where in it, a folder stands.
    places: OnceCell<HashMap<Uuid, (Option<Uuid>, usize)>>,
}

/// A server that lists a folder below itself does not make an endless tree.
const DEEPEST: usize = 32;

impl Folders {
    /// The root's folders.
    pub fn root(&self) -> &Remote<Vec<Folder>> {
        const NOT_ASKED: &Remote<Vec<Folder>> = &Remote::NotAsked;
        self.lists.get(&None).unwrap_or(NOT_ASKED)
    }

    /// The tree as far as it is open, from the top down.
    pub fn tree(&self) -> &Arc<[Node]> {
        self.cache.tree.get_or_init(|| {
            let mut nodes = Vec::new();
            self.add_nodes(None, 0, &mut nodes);
            nodes.into()
        })
    }

    /// The tree as far as it is loaded, narrowed to names that hold `filter` and the folders above them; without a
    /// filter as far as it is open.
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

    /// Whether there are folders whose content was not loaded yet, so that a filter does not see it.
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

    /// Adds a folder where its name or one below it fits.
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

    /// The folder at the right, as its parent lists it.
    pub fn selected_folder(&self) -> Option<&Folder> {
        self.folder(self.selected?)
    }

    /// A folder, as its parent lists it.
    pub fn folder(&self, uuid: Uuid) -> Option<&Folder> {
        self.find(uuid).map(|(_, folder)| folder)
    }

    /// The folders in a folder, as far as they are loaded.
    pub fn folders_in(&self, uuid: Uuid) -> &[Folder] {
        let list = self.lists.get(&Some(uuid)).and_then(Remote::value);
        list.map_or(&[], Vec::as_slice)
    }

    /// The folder above; `None` for the root, and for a folder that is not known.
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

    /// The folders from the root down to a folder, which is the last one.
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

    /// The names from the root down to a folder.
    pub fn path(&self, uuid: Uuid) -> Vec<String> {
        let way = self.way_to(uuid).into_iter();
        way.map(|(_, name)| name).collect()
    }

    /// A folder as the Upload page's picker keeps it.
    pub fn choice(&self, uuid: Uuid) -> FolderChoice {
        FolderChoice {
            uuid,
            path: self.path(uuid).join(" / "),
        }
    }

    /// The listing of a folder knows better how many orders it has than the listing of its parent, which is older.
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

    /// Forgets what is known below a folder that is gone.
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

    /// Opens a folder without asking for it.
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

//! Changes to orders and folders: asked for, answered, said, and taken back where that can be.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::cloud::FolderName;
use crate::cloud::model::{Folder, FolderUpdate, Order, OrderRef};
use crate::message::{Change, Changed, Command, Failure, JobId};
use crate::model::{Model, Page, Tone};
use crate::words;

/// Changes under way, and those that can be taken back.
#[derive(Debug, Default)]
pub struct Changes {
    running: BTreeMap<JobId, Running>,
    undos: BTreeMap<u64, Undo>,
}

#[derive(Debug)]
struct Running {
    back: Option<Change>,
    /// Whether it takes back another one: then there is no further *Undo*.
    is_undo: bool,
    /// Where a folder that is deleted lies; `None` for the root. Its own listing does not tell.
    parent: Option<Uuid>,
}

/// What takes a change back, and what it was called.
#[derive(Debug)]
struct Undo {
    back: Vec<Change>,
}

impl Changes {
    /// How many are under way.
    pub fn running(&self) -> usize {
        self.running.len()
    }

    /// Whether a change is under way.
    pub fn is_pending(&self, job: JobId) -> bool {
        self.running.contains_key(&job)
    }
}

impl Model {
    /// Asks the worker for a change. Before it is sent, what takes it back is worked out from what the window knows.
    pub(in crate::model) fn change(&mut self, change: Change) -> Vec<Command> {
        let back = self.back(&change);
        self.send_change(change, back, false).1
    }

    /// As [`Model::change`], for who waits for the answer.
    pub(in crate::model) fn change_as_job(
        &mut self,
        change: Change,
    ) -> (Option<JobId>, Vec<Command>) {
        let back = self.back(&change);
        self.send_change(change, back, false)
    }

    fn send_change(
        &mut self,
        change: Change,
        back: Option<Change>,
        is_undo: bool,
    ) -> (Option<JobId>, Vec<Command>) {
        let Some(user) = self.session.as_ref().map(|session| session.user) else {
            return (None, Vec::new());
        };
        let job = self.next_job();
        let parent = match &change {
            Change::DeleteFolder { folder } => self.folders.parent(*folder),
            _ => None,
        };
        let running = Running {
            back,
            is_undo,
            parent,
        };
        self.changes.running.insert(job, running);
        (Some(job), vec![Command::Change { job, user, change }])
    }

    /// *Undo* on a message.
    pub(in crate::model) fn undo(&mut self, id: u64) -> Vec<Command> {
        self.toasts.close(id);
        let Some(undo) = self.changes.undos.remove(&id) else {
            return Vec::new();
        };
        let changes = undo.back.into_iter();
        changes
            .flat_map(|change| self.send_change(change, None, true).1)
            .collect()
    }

    /// What came of a change: said, noted, and what shows it is asked for again.
    pub(in crate::model) fn changed(
        &mut self,
        job: JobId,
        change: &Change,
        result: Result<Changed, Failure>,
    ) -> Vec<Command> {
        let Some(running) = self.changes.running.remove(&job) else {
            return Vec::new();
        };
        match result {
            Err(failure) => {
                let remedy = failure.remedy.clone();
                self.note_about(Tone::Bad, not_done(change), failure.what.clone(), remedy);
                // A dialog that waits for it says it itself.
                if !self.folder_form_failed(job, &failure) {
                    self.toast(Tone::Bad, not_done(change), words(&failure));
                }
            }
            Ok(changed) => {
                self.folders_changed(job, change, &changed);
                self.say_changed(change, &changed, running);
            }
        }
        self.refresh()
    }

    fn say_changed(&mut self, change: &Change, changed: &Changed, running: Running) {
        let what = done(change, changed.done.len());
        let what = if running.is_undo {
            format!("Undone. {what}")
        } else {
            what
        };
        // The sentence may hold a folder's name, and that a patient's.
        let kept = kept_words(change, changed.done.len());
        let whom = if kept == what { "" } else { &what };
        self.note_about(Tone::Good, kept, whom, "");
        if let Some((_, failure)) = changed.failed.first() {
            let left = words::count(changed.failed.len() as u64, "order", "orders");
            let title = format!("{left} could not be changed.");
            let remedy = failure.remedy.clone();
            self.note_about(Tone::Bad, title.clone(), failure.what.clone(), remedy);
            self.toast(Tone::Bad, format!("{what} {title}"), words(failure));
        } else {
            self.toast(Tone::Good, what, "");
        }
        let of_folder = running
            .back
            .or(back_of_made(change, changed, running.parent));
        let of_orders = changed.back.iter().cloned();
        let of_orders = of_orders.filter_map(|change| for_done(change, changed));
        let back: Vec<Change> = of_folder.into_iter().chain(of_orders).collect();
        if !back.is_empty()
            && !running.is_undo
            && let Some(id) = self.toasts.offer_undo()
        {
            self.changes.undos.insert(id, Undo { back });
            // Messages come and go: so do their ways back.
            while self.changes.undos.len() > 20 {
                self.changes.undos.pop_first();
            }
        }
    }

    /// Asks again for what a change may have changed.
    fn refresh(&mut self) -> Vec<Command> {
        let mut commands = match self.page {
            Page::Orders => self.search(),
            _ => {
                // Shown again when the page is.
                self.orders.outdated = true;
                Vec::new()
            }
        };
        commands.extend(self.reload_folders());
        commands.extend(self.ask_properties());
        commands
    }

    /// What takes a folder's change back: what it is called now. The worker reads what takes changes of orders back.
    fn back(&self, change: &Change) -> Option<Change> {
        match change {
            Change::UpdateFolder { folder, update } => {
                let folder = self.folders.folder(*folder)?;
                as_it_is(folder, update)
            }
            _ => None,
        }
    }

    /// An order that the window knows, wherever it stands.
    pub fn known_order(&self, uuid: Uuid) -> Option<&Order> {
        let tables = [self.orders.found.value(), self.folders.orders.value()];
        let mut tables = tables.into_iter().flatten();
        tables.find_map(|table| table.get(uuid))
    }
}

/// What is changed of a folder, as it is now. What is not changed is not touched by the way back either: the listing may be
/// older than another change.
fn as_it_is(folder: &Folder, update: &FolderUpdate) -> Option<Change> {
    let name = match update.name {
        Some(_) => Some(FolderName::parse("folderName", &folder.folder_name).ok()?),
        None => None,
    };
    let described = update.description.is_some();
    Some(Change::UpdateFolder {
        folder: folder.folder_uuid,
        update: FolderUpdate {
            name,
            description: described.then(|| folder.folder_description.clone()),
        },
    })
}

/// What takes back a change that made or removed something.
fn back_of_made(change: &Change, changed: &Changed, parent: Option<Uuid>) -> Option<Change> {
    match change {
        Change::CreateFolder { path, .. } if !path.as_str().contains('/') => {
            changed.made.map(|folder| Change::DeleteFolder { folder })
        }
        Change::DeleteFolder { .. } => changed.removed.clone().map(|mut removed| {
            removed.parent = parent;
            Change::RestoreFolder(removed)
        }),
        _ => None,
    }
}

/// The way back for those orders alone for which the change was done; `None` where none is left.
fn for_done(change: Change, changed: &Changed) -> Option<Change> {
    let keep = |orders: Vec<OrderRef>| -> Option<Vec<OrderRef>> {
        let done = &changed.done;
        let kept: Vec<OrderRef> = match done.is_empty() {
            true => orders,
            false => orders
                .into_iter()
                .filter(|order| done.contains(&order.order))
                .collect(),
        };
        (!kept.is_empty()).then_some(kept)
    };
    Some(match change {
        Change::RemoveFromFolder { orders, folder } => Change::RemoveFromFolder {
            orders: keep(orders)?,
            folder,
        },
        Change::AddToFolder { orders, folder } => Change::AddToFolder {
            orders: keep(orders)?,
            folder,
        },
        Change::AssignUser { orders, to, on } => Change::AssignUser {
            orders: keep(orders)?,
            to,
            on,
        },
        Change::AssignUserGroup { orders, to, on } => Change::AssignUserGroup {
            orders: keep(orders)?,
            to,
            on,
        },
        Change::SetFlag {
            orders,
            group,
            flag,
        } => Change::SetFlag {
            orders: keep(orders)?,
            group,
            flag,
        },
        Change::Move { orders, location } => Change::Move {
            orders: keep(orders)?,
            location,
        },
        other => other,
    })
}

fn words(failure: &Failure) -> String {
    format!("{} {}", failure.what, failure.remedy)
        .trim()
        .to_owned()
}

/// What was done, as a sentence.
fn done(change: &Change, orders: usize) -> String {
    let count = words::count(orders as u64, "order", "orders");
    match change {
        Change::CreateFolder { path, .. } => format!("Folder “{}” was made.", path.as_str()),
        Change::UpdateFolder { update, .. } => match &update.name {
            Some(name) => format!("The folder is now “{}”.", name.as_str()),
            None => "The folder's description was changed.".to_owned(),
        },
        Change::DeleteFolder { .. } => {
            "The folder was deleted. Its orders stay in the account.".to_owned()
        }
        Change::RestoreFolder(folder) => format!("Folder “{}” is back.", folder.name),
        Change::AddToFolder { .. } => format!("{count} put into the folder."),
        Change::RemoveFromFolder { .. } => format!("{count} taken out of the folder."),
        Change::Group { .. } => format!("{count} grouped: they open together."),
        Change::AddToGroup { .. } => format!("{count} added to the group."),
        Change::Ungroup { .. } => format!("{count} taken out of their group."),
        Change::AssignUser { on: true, .. } | Change::AssignUserGroup { on: true, .. } => {
            format!("{count} assigned.")
        }
        Change::AssignUser { .. } | Change::AssignUserGroup { .. } => {
            format!("{count} taken back.")
        }
        Change::Move { .. } => format!("{count} moved to the other location."),
        Change::SetFlag { flag: 0, .. } => format!("{count} set to “No flag”."),
        Change::SetFlag { .. } => format!("Flag set on {count}."),
        Change::Delete { .. } => format!("{count} moved to the trash."),
        Change::CreateOrder(_) => "The order was made.".to_owned(),
    }
}

/// The same for the log, without a folder's name.
fn kept_words(change: &Change, orders: usize) -> String {
    match change {
        Change::CreateFolder { .. } => "A folder was made.".to_owned(),
        Change::UpdateFolder { update, .. } if update.name.is_some() => {
            "A folder was renamed.".to_owned()
        }
        Change::RestoreFolder(_) => "A deleted folder is back.".to_owned(),
        other => done(other, orders),
    }
}

/// What was not done, as a sentence.
fn not_done(change: &Change) -> &'static str {
    match change {
        Change::CreateFolder { .. } => "The folder was not made.",
        Change::UpdateFolder { .. } => "The folder was not changed.",
        Change::DeleteFolder { .. } => "The folder was not deleted.",
        Change::RestoreFolder(_) => "The folder is not all back.",
        Change::AddToFolder { .. } => "The orders were not put into the folder.",
        Change::RemoveFromFolder { .. } => "The orders were not taken out of the folder.",
        Change::Group { .. } | Change::AddToGroup { .. } => "The orders were not grouped.",
        Change::Ungroup { .. } => "The orders are still grouped.",
        Change::AssignUser { on: true, .. } | Change::AssignUserGroup { on: true, .. } => {
            "The orders were not assigned."
        }
        Change::AssignUser { .. } | Change::AssignUserGroup { .. } => {
            "The orders were not taken back."
        }
        Change::Move { .. } => "The orders were not moved.",
        Change::SetFlag { .. } => "The flag was not set.",
        Change::Delete { .. } => "The orders were not moved to the trash.",
        Change::CreateOrder(_) => "The order was not made.",
    }
}

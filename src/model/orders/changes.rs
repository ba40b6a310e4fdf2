//! Changes to orders and folders, and undo.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::cloud::FolderName;
use crate::cloud::model::{Folder, FolderUpdate, Order, OrderRef};
use crate::logbook::Subject;
use crate::message::{AccountCommand, Change, Changed, Command, Failure, JobId};
use crate::model::{Model, Page, Tone};
use crate::words;

/// Pending changes, and undoable ones by toast id.
#[derive(Debug, Default)]
pub struct Changes {
    running: BTreeMap<JobId, Running>,
    undos: BTreeMap<u64, Undo>,
}

#[derive(Debug)]
struct Running {
    back: Option<Change>,
    /// Whether this is an undo itself, which cannot be undone.
    is_undo: bool,
    /// Parent of a folder being deleted (`None`: the root), which its own listing does not contain.
    parent: Option<Uuid>,
}

/// The changes that undo another one.
#[derive(Debug)]
struct Undo {
    back: Vec<Change>,
}

impl Changes {
    /// Number of pending changes.
    pub fn running(&self) -> usize {
        self.running.len()
    }

    /// Whether a change is pending.
    pub fn is_pending(&self, job: JobId) -> bool {
        self.running.contains_key(&job)
    }
}

impl Model {
    /// Sends a change. Its undo is derived beforehand from the current state.
    pub(in crate::model) fn change(&mut self, change: Change) -> Vec<Command> {
        let back = self.back(&change);
        self.send_change(change, back, false).1
    }

    /// Like [`change`](Self::change), and returns the job for callers that wait for the result.
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
        (
            Some(job),
            vec![Command::Account(AccountCommand::Change {
                job,
                user,
                change,
            })],
        )
    }

    /// *Undo* on a toast.
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

    /// Takes in the result of a change: reports it, logs it, and reloads what it affects.
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
                let about = subject(change);
                self.note_of(
                    about,
                    Tone::Bad,
                    not_done(change),
                    failure.what.clone(),
                    remedy,
                );
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
        // The sentence may contain a folder's name, and that a patient's.
        let kept = kept_words(change, changed.done.len());
        let whom = if kept == what { "" } else { &what };
        let mut about = subject(change);
        match change {
            Change::CreateOrder(_) => about.orders.extend(changed.made),
            Change::CreateFolder { .. } | Change::RestoreFolder(_) => about.folder = changed.made,
            Change::UpdateFolder { .. }
            | Change::DeleteFolder { .. }
            | Change::AddToFolder { .. }
            | Change::RemoveFromFolder { .. }
            | Change::Group { .. }
            | Change::AddToGroup { .. }
            | Change::Ungroup { .. }
            | Change::AssignUser { .. }
            | Change::AssignUserGroup { .. }
            | Change::Move { .. }
            | Change::SetFlag { .. }
            | Change::Delete { .. } => {}
        }
        self.note_of(about, Tone::Good, kept, whom, "");
        if let Some((_, failure)) = changed.failed.first() {
            let left = words::count(changed.failed.len() as u64, "order", "orders");
            let title = format!("{left} could not be changed.");
            let remedy = failure.remedy.clone();
            let failed = changed.failed.iter().map(|(order, _)| *order);
            let about = Subject::of_orders(failed);
            self.note_of(
                about,
                Tone::Bad,
                title.clone(),
                failure.what.clone(),
                remedy,
            );
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
            // Only the most recent changes can be undone.
            while self.changes.undos.len() > 20 {
                self.changes.undos.pop_first();
            }
        }
    }

    /// Reloads what a change may have affected.
    fn refresh(&mut self) -> Vec<Command> {
        let mut commands = match self.page {
            Page::Orders => self.search(),
            _ => {
                // The Orders page reloads when it is shown again.
                self.orders.outdated = true;
                Vec::new()
            }
        };
        commands.extend(self.reload_folders());
        commands.extend(self.ask_properties());
        commands
    }

    /// The undo of a folder update: its current values. Undo data for orders is read by the worker.
    fn back(&self, change: &Change) -> Option<Change> {
        match change {
            Change::UpdateFolder { folder, update } => {
                let folder = self.folders.folder(*folder)?;
                as_it_is(folder, update)
            }
            _ => None,
        }
    }

    /// A loaded order, from the search or from the selected folder.
    pub fn known_order(&self, uuid: Uuid) -> Option<&Order> {
        let tables = [self.orders.found.value(), self.folders.orders.value()];
        let mut tables = tables.into_iter().flatten();
        tables.find_map(|table| table.get(uuid))
    }
}

/// What a change is about, as the log refers to it.
fn subject(change: &Change) -> Subject {
    let (orders, folder) = match change {
        Change::UpdateFolder { folder, .. } | Change::DeleteFolder { folder } => {
            return Subject::of_folder(*folder);
        }
        Change::AddToFolder { orders, folder } | Change::RemoveFromFolder { orders, folder } => {
            (orders, Some(*folder))
        }
        Change::Group { orders }
        | Change::AddToGroup { orders, .. }
        | Change::Ungroup { orders }
        | Change::AssignUser { orders, .. }
        | Change::AssignUserGroup { orders, .. }
        | Change::Move { orders, .. }
        | Change::SetFlag { orders, .. }
        | Change::Delete { orders } => (orders, None),
        // What is made has its GUID in the answer alone.
        Change::CreateFolder { .. } | Change::RestoreFolder(_) | Change::CreateOrder(_) => {
            return Subject::default();
        }
    };
    Subject {
        folder,
        ..Subject::of_orders(orders.iter().map(|order| order.order))
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

/// The undo of a change that created or deleted something.
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

/// Limits an undo to the orders that were changed; `None` if there are none.
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

/// Sentence that reports a change.
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

/// Sentence for the log, without names of folders.
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

/// Sentence that reports a failed change.
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

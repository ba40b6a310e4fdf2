//! User actions on the Folders page, and its dialogs.

use uuid::Uuid;

use crate::cloud::model::{FolderUpdate, OrderRef};
use crate::cloud::{Error, FolderName, FolderPath, MAX_TEXT};
use crate::message::{Change, Changed, Command, Failure, JobId};
use crate::model::{Column, Model, Select};

/// A user action on the Folders page.
#[derive(Debug, Clone, PartialEq)]
pub enum FoldersAction {
    /// Opens a folder in the tree, or closes it.
    Open {
        /// The folder.
        folder: Uuid,
        /// Whether it is open afterwards.
        open: bool,
    },
    /// Shows a folder's content.
    SelectFolder(Uuid),
    /// Asks the account for the tree again.
    Reload,
    /// *New folder…*, in a folder or in the root.
    AskNew(Option<Uuid>),
    /// *Rename…*: opens the dialog.
    AskRename(Uuid),
    /// *Describe…*: opens the dialog.
    AskDescribe(Uuid),
    /// *Delete…*: opens the dialog.
    AskDelete(Uuid),
    /// *Add to folder…*: opens the folder picker for orders. Used by other pages too.
    AskAddTo(Vec<OrderRef>),
    /// Main button of the dialog.
    Do,
    /// Closes the dialog.
    Close,
    /// Selects orders of the folder.
    Select(Select),
    /// Sorts by a column.
    Sort(Column),
    /// *Open viewer* for the selected orders.
    OpenViewer,
    /// Removes the selected orders from the folder.
    TakeOut,
    /// *Add to folder…* for the selected orders.
    AddSelected,
    /// *Share…* for the selected orders.
    ShareSelected,
    /// Adds orders to a folder.
    Add {
        /// Orders to add.
        orders: Vec<OrderRef>,
        /// Target folder.
        folder: Uuid,
    },
}

/// Kind of an open dialog.
#[derive(Debug, Clone, PartialEq)]
pub enum FolderKind {
    /// Creates a folder: `text` is its name or path, `more` its description.
    New {
        /// Parent folder; `None` for the root.
        parent: Option<Uuid>,
    },
    /// Renames a folder to `text`.
    Rename(Uuid),
    /// Sets a folder's description to `text`.
    Describe(Uuid),
    /// Deletes a folder.
    Delete(Uuid),
    /// Adds orders to the folder `picked`; `text` is the search text.
    AddTo(Vec<OrderRef>),
}

/// An open dialog.
#[derive(Debug, Clone, PartialEq)]
pub struct FolderForm {
    /// What the dialog does.
    pub kind: FolderKind,
    /// Text of the first field.
    pub text: String,
    /// Text of the second field.
    pub more: String,
    /// The picked folder.
    pub picked: Option<Uuid>,
    /// Why the server refused the request.
    pub failure: Option<Failure>,
    /// The pending request.
    pub job: Option<JobId>,
}

impl FolderForm {
    fn new(kind: FolderKind, text: &str) -> Self {
        FolderForm {
            kind,
            text: text.to_owned(),
            more: String::new(),
            picked: None,
            failure: None,
            job: None,
        }
    }

    /// Validation message for the typed name. An empty name is not reported.
    pub fn wrong(&self) -> Option<&'static str> {
        if self.text.trim().is_empty() {
            return None;
        }
        let parsed = match self.kind {
            FolderKind::New { .. } => FolderPath::parse("folderName", &self.text).map(drop),
            FolderKind::Rename(_) => FolderName::parse("folderName", &self.text).map(drop),
            FolderKind::Describe(_) | FolderKind::Delete(_) | FolderKind::AddTo(_) => return None,
        };
        match parsed.err()? {
            Error::InvalidParameter { wants, .. } => Some(in_words(wants)),
            _ => Some("This cannot be a folder's name."),
        }
    }

    /// Whether the description exceeds the server's limit.
    pub fn too_long(&self) -> bool {
        let description = match self.kind {
            FolderKind::Describe(_) => &self.text,
            _ => &self.more,
        };
        description.chars().count() > MAX_TEXT
    }

    /// Why the main button is disabled.
    pub fn refused(&self) -> Option<&'static str> {
        if self.job.is_some() {
            return Some("The account is being asked.");
        }
        if self.too_long() {
            return Some("The description is too long.");
        }
        let empty = self.text.trim().is_empty();
        match self.kind {
            FolderKind::New { .. } | FolderKind::Rename(_) if empty => Some("Type a name first."),
            FolderKind::AddTo(_) if self.picked.is_none() => Some("Choose a folder first."),
            _ => self.wrong(),
        }
    }

    fn change(&self) -> Option<Change> {
        if self.refused().is_some() {
            return None;
        }
        Some(match &self.kind {
            FolderKind::New { parent } => Change::CreateFolder {
                parent: *parent,
                path: FolderPath::parse("folderName", &self.text).ok()?,
                description: self.more.clone(),
            },
            FolderKind::Rename(folder) => Change::UpdateFolder {
                folder: *folder,
                update: FolderUpdate {
                    name: Some(FolderName::parse("folderName", &self.text).ok()?),
                    description: None,
                },
            },
            FolderKind::Describe(folder) => Change::UpdateFolder {
                folder: *folder,
                update: FolderUpdate {
                    name: None,
                    description: Some(self.text.trim().to_owned()),
                },
            },
            FolderKind::Delete(folder) => Change::DeleteFolder { folder: *folder },
            FolderKind::AddTo(orders) => Change::AddToFolder {
                orders: orders.clone(),
                folder: self.picked?,
            },
        })
    }
}

/// Turns the API's validation message into one for the user.
fn in_words(wants: &'static str) -> &'static str {
    match wants {
        "it is needed" => "A name between two / is missing.",
        "it is longer than 255 characters" => "A name has at most 255 characters.",
        "it holds control characters" => "A name has no control characters.",
        "it is one name, without /" => "A name has no /. Make folders in it with New folder….",
        "it is more than 50 folders deep" => "This is more than 50 folders deep.",
        other => other,
    }
}

impl Model {
    pub(in crate::model) fn act_folders(&mut self, act: FoldersAction) -> Vec<Command> {
        let name = |model: &Model, folder| {
            let folder = model.folders.folder(folder);
            folder.map_or_else(String::new, |folder| folder.folder_name.clone())
        };
        match act {
            FoldersAction::Open { folder, open } => return self.open_folder(folder, open),
            FoldersAction::SelectFolder(folder) => return self.select_folder(folder),
            FoldersAction::Reload => return self.reload_folders_by_hand(),
            FoldersAction::AskNew(parent) => self.ask(FolderKind::New { parent }, ""),
            FoldersAction::AskRename(folder) => {
                let name = name(self, folder);
                self.ask(FolderKind::Rename(folder), &name);
            }
            FoldersAction::AskDescribe(folder) => {
                let known = self.folders.folder(folder);
                let text = known.map_or_else(String::new, |known| known.folder_description.clone());
                self.ask(FolderKind::Describe(folder), &text);
            }
            FoldersAction::AskDelete(folder) => self.ask(FolderKind::Delete(folder), ""),
            FoldersAction::AskAddTo(orders) => {
                self.ask_add_to(orders);
                return self.load_root();
            }
            FoldersAction::AddSelected => self.ask_add_to(self.selected_in_folder()),
            FoldersAction::Do => return self.do_form(),
            FoldersAction::Close => self.folders.form = None,
            FoldersAction::Select(what) => self.folders.select(what),
            FoldersAction::Sort(column) => self.folders.sort_orders(column),
            FoldersAction::OpenViewer => return self.view_selected_in_folder(),
            FoldersAction::TakeOut => return self.take_out(),
            FoldersAction::ShareSelected => return self.share_selected_in_folder(),
            FoldersAction::Add { orders, folder } if !orders.is_empty() => {
                return self.change(Change::AddToFolder { orders, folder });
            }
            FoldersAction::Add { .. } => {}
        }
        Vec::new()
    }

    fn ask(&mut self, kind: FolderKind, text: &str) {
        if self.session.is_some() {
            self.folders.form = Some(FolderForm::new(kind, text));
        }
    }

    fn ask_add_to(&mut self, orders: Vec<OrderRef>) {
        if !orders.is_empty() {
            self.ask(FolderKind::AddTo(orders), "");
        }
    }

    fn do_form(&mut self) -> Vec<Command> {
        let Some(form) = &self.folders.form else {
            return Vec::new();
        };
        let Some(change) = form.change() else {
            return Vec::new();
        };
        let (job, commands) = self.change_as_job(change);
        if let Some(form) = &mut self.folders.form {
            (form.job, form.failure) = (job, None);
        }
        commands
    }

    /// Shows a failed change in the dialog that waits for it. Returns whether there is one.
    pub(in crate::model) fn folder_form_failed(&mut self, job: JobId, failure: &Failure) -> bool {
        let form = self.folders.form.as_mut();
        let Some(form) = form.filter(|form| form.job == Some(job)) else {
            return false;
        };
        form.job = None;
        form.failure = Some(failure.clone());
        true
    }

    /// After a successful change, closes the dialog that waited for it and updates the tree.
    pub(in crate::model) fn folders_changed(
        &mut self,
        job: JobId,
        change: &Change,
        changed: &Changed,
    ) {
        if self
            .folders
            .form
            .as_ref()
            .is_some_and(|form| form.job == Some(job))
        {
            self.folders.form = None;
        }
        match change {
            Change::CreateFolder { parent, path, .. } => {
                if let Some(parent) = parent {
                    self.folders.mark_open(*parent);
                }
                // A nested folder becomes visible when its ancestors are expanded.
                if let Some(made) = changed.made.filter(|_| !path.as_str().contains('/')) {
                    self.show_made(made);
                }
            }
            Change::DeleteFolder { folder } => {
                let below = |selected: Uuid| {
                    let way = self.folders.way_to(selected);
                    way.iter().any(|(uuid, _)| uuid == folder)
                };
                if self.folders.selected.is_some_and(below) {
                    let parent = self.folders.parent(*folder);
                    self.folders.show_orders_of(parent);
                }
                self.folders.forget(*folder, 0);
                if self
                    .folders
                    .failure
                    .as_ref()
                    .is_some_and(|(of, _)| *of == Some(*folder))
                {
                    self.folders.failure = None;
                }
            }
            Change::RemoveFromFolder { .. } => self.folders.select(Select::Nothing),
            // These leave the tree as it is.
            Change::AddToFolder { .. }
            | Change::Delete { .. }
            | Change::Move { .. }
            | Change::UpdateFolder { .. }
            | Change::RestoreFolder(_)
            | Change::CreateOrder(_)
            | Change::AssignUser { .. }
            | Change::AssignUserGroup { .. }
            | Change::SetFlag { .. }
            | Change::Group { .. }
            | Change::AddToGroup { .. }
            | Change::Ungroup { .. } => {}
        }
    }

    fn show_made(&mut self, made: Uuid) {
        self.folders.show_orders_of(Some(made));
        self.folders.made = Some(made);
    }
}

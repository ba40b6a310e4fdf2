//! What a person does on the Folders page: its dialogs, and what it does with the selected orders.

use uuid::Uuid;

use crate::cloud::model::{FolderUpdate, OrderRef};
use crate::cloud::{Error, FolderName, FolderPath, MAX_TEXT};
use crate::message::{Change, Changed, Command, Failure, JobId};
use crate::model::{Column, Model, Select};

/// What was done on the page.
#[derive(Debug, Clone, PartialEq)]
pub enum FoldersAct {
    /// *New folder…*, in a folder or in the root.
    AskNew(Option<Uuid>),
    /// *Rename…*
    AskRename(Uuid),
    /// *Describe…*
    AskDescribe(Uuid),
    /// *Delete…*
    AskDelete(Uuid),
    /// *Add to folder…*: picks a folder for these orders. Any page may ask.
    AskAddTo(Vec<OrderRef>),
    /// The dialog's main button.
    Do,
    /// Closes the dialog.
    Close,
    /// Orders of the folder are selected.
    Select(Select),
    /// A heading of the folder's orders was pressed.
    Sort(Column),
    /// *Open viewer* for the selected orders.
    OpenViewer,
    /// Takes the selected orders out of the folder.
    TakeOut,
    /// *Add to folder…* for the selected orders.
    AddSelected,
    /// *Share…* for the selected orders.
    ShareSelected,
    /// Puts orders into a folder.
    Add {
        /// The orders.
        orders: Vec<OrderRef>,
        /// The folder.
        folder: Uuid,
    },
}

/// What a dialog is for.
#[derive(Debug, Clone, PartialEq)]
pub enum FolderKind {
    /// A folder is made: `text` is its name or path, `more` its description.
    New {
        /// Where; `None` for the root.
        parent: Option<Uuid>,
    },
    /// A folder gets the name `text`.
    Rename(Uuid),
    /// A folder gets the description `text`.
    Describe(Uuid),
    /// A folder is deleted.
    Delete(Uuid),
    /// Orders are put into the folder `picked`; `text` is what is looked for.
    AddTo(Vec<OrderRef>),
}

/// The dialog.
#[derive(Debug, Clone, PartialEq)]
pub struct FolderForm {
    /// What it is for.
    pub kind: FolderKind,
    /// Its first field.
    pub text: String,
    /// Its second field.
    pub more: String,
    /// The folder that is picked.
    pub picked: Option<Uuid>,
    /// What the account said no with.
    pub failure: Option<Failure>,
    /// What the account is asked.
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

    /// What is the matter with the name that was typed. An empty one is not wrong yet.
    pub fn wrong(&self) -> Option<&'static str> {
        if self.text.trim().is_empty() {
            return None;
        }
        let parsed = match self.kind {
            FolderKind::New { .. } => FolderPath::parse("folderName", &self.text).map(drop),
            FolderKind::Rename(_) => FolderName::parse("folderName", &self.text).map(drop),
            _ => return None,
        };
        match parsed.err()? {
            Error::InvalidParameter { wants, .. } => Some(in_words(wants)),
            _ => Some("This cannot be a folder's name."),
        }
    }

    /// Whether the description is longer than the account takes.
    pub fn too_long(&self) -> bool {
        let description = match self.kind {
            FolderKind::Describe(_) => &self.text,
            _ => &self.more,
        };
        description.chars().count() > MAX_TEXT
    }

    /// Why the main button cannot be pressed.
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

/// What the API's check says, for the person at the field.
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
    pub(in crate::model) fn act_folders(&mut self, act: FoldersAct) -> Vec<Command> {
        let name = |model: &Model, folder| {
            let folder = model.folders.folder(folder);
            folder.map_or_else(String::new, |folder| folder.folder_name.clone())
        };
        match act {
            FoldersAct::AskNew(parent) => self.ask(FolderKind::New { parent }, ""),
            FoldersAct::AskRename(folder) => {
                let name = name(self, folder);
                self.ask(FolderKind::Rename(folder), &name);
            }
            FoldersAct::AskDescribe(folder) => {
                let known = self.folders.folder(folder);
                let text = known.map_or_else(String::new, |known| known.folder_description.clone());
                self.ask(FolderKind::Describe(folder), &text);
            }
            FoldersAct::AskDelete(folder) => self.ask(FolderKind::Delete(folder), ""),
            FoldersAct::AskAddTo(orders) => {
                self.ask_add_to(orders);
                return self.load_root();
            }
            FoldersAct::AddSelected => self.ask_add_to(self.selected_in_folder()),
            FoldersAct::Do => return self.do_form(),
            FoldersAct::Close => self.folders.form = None,
            FoldersAct::Select(what) => self.folders.select(what),
            FoldersAct::Sort(column) => self.folders.sort_orders(column),
            FoldersAct::OpenViewer => return self.view_selected_in_folder(),
            FoldersAct::TakeOut => return self.take_out(),
            FoldersAct::ShareSelected => return self.share_selected_in_folder(),
            FoldersAct::Add { orders, folder } if !orders.is_empty() => {
                return self.change(Change::AddToFolder { orders, folder });
            }
            FoldersAct::Add { .. } => {}
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

    /// A change was refused; whether the open dialog waited for it, and now says so.
    pub(in crate::model) fn folder_form_failed(&mut self, job: JobId, failure: &Failure) -> bool {
        let form = self.folders.form.as_mut();
        let Some(form) = form.filter(|form| form.job == Some(job)) else {
            return false;
        };
        form.job = None;
        form.failure = Some(failure.clone());
        true
    }

    /// A change was done: the dialog that waited for it goes, and the tree shows what it did.
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
                // One that lies deeper is shown when the folders above it are opened.
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
            _ => {}
        }
    }

    fn show_made(&mut self, made: Uuid) {
        self.folders.show_orders_of(Some(made));
        self.folders.made = Some(made);
    }
}

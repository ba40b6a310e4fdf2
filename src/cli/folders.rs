//! `studydrop folders`: lists, creates, renames, describes and deletes folders.

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::search::first_user;
use super::{Context, failure, output};
use crate::cloud::model::{Folder, FolderUpdate};
use crate::cloud::{Client, Error, FolderName, FolderPath};
use crate::message::Failure;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Options {
    /// The folder to list, such as Trauma/Week 48; the top where none is given.
    #[arg(default_value = "")]
    path: String,
    /// What to do instead of listing.
    #[command(subcommand)]
    change: Option<Change>,
}

#[derive(Debug, Subcommand)]
enum Change {
    /// Make a folder, and those above it that are missing.
    Create {
        /// Such as Trauma/Week 48.
        path: String,
        /// A text about it.
        #[arg(long, default_value = "")]
        description: String,
    },
    /// Give a folder another name.
    Rename {
        /// Such as Trauma/Week 48.
        path: String,
        /// The new name, without its path.
        name: String,
    },
    /// Give a folder another description; an empty one takes it away.
    Describe {
        /// Such as Trauma/Week 48.
        path: String,
        /// The new description.
        description: String,
    },
    /// Delete a folder and those in it; their orders stay in the account.
    Delete {
        /// Such as Trauma/Week 48.
        path: String,
    },
}

impl Options {
    /// Whether a change is requested.
    pub(super) fn is_change(&self) -> bool {
        self.change.is_some()
    }
}

pub(super) async fn run(context: &Context, options: Options) -> Result<bool, Failure> {
    // Arguments are checked before connecting.
    let checked = options.change.map(Checked::of).transpose()?;
    let session = context.sign_in().await?;
    let client = &session.client;
    let account = client.account();
    let user = first_user(&account)?.user_uuid;
    let done = match &checked {
        Some(change) => change.make(client, user, context.json).await,
        None => list(client, user, &options.path, context.json).await,
    };
    client.close().await;
    done.map(|()| true)
}

/// A change with valid arguments.
enum Checked {
    Create(FolderPath, String),
    Update(String, FolderUpdate, String),
    Delete(String),
}

impl Checked {
    fn of(change: Change) -> Result<Self, Failure> {
        let worded = |error: Error| Failure::from(&error);
        Ok(match change {
            Change::Create { path, description } => {
                let path = FolderPath::parse("The folder", &path).map_err(worded)?;
                Checked::Create(path, description)
            }
            Change::Rename { path, name } => {
                let name = FolderName::parse("The new name", &name).map_err(worded)?;
                let says = format!("Renamed {path} to {}.", name.as_str());
                let update = FolderUpdate {
                    name: Some(name),
                    description: None,
                };
                Checked::Update(path, update, says)
            }
            Change::Describe { path, description } => {
                let says = format!("Described {path}.");
                let update = FolderUpdate {
                    name: None,
                    description: Some(description),
                };
                Checked::Update(path, update, says)
            }
            Change::Delete { path } => Checked::Delete(path),
        })
    }

    async fn make(&self, client: &Client, user: Uuid, as_json: bool) -> Result<(), Failure> {
        let worded = |error: Error| Failure::from(&error);
        let (folder, says) = match self {
            Checked::Create(path, description) => {
                let made = match description.is_empty() {
                    true => client.create_folder(user, None, path).await,
                    false => {
                        client
                            .create_folder_with_description(user, None, path, description)
                            .await
                    }
                };
                let folder = made.map_err(worded)?.folder_uuid;
                (folder, format!("Made {}.", path.as_str()))
            }
            Checked::Update(path, update, says) => {
                let folder = one_folder(client, user, path).await?;
                let updated = client.update_folder_with_json(user, folder, update).await;
                updated.map_err(worded)?;
                (folder, says.clone())
            }
            Checked::Delete(path) => {
                let folder = one_folder(client, user, path).await?;
                client.delete_folder(user, folder).await.map_err(worded)?;
                (
                    folder,
                    format!("Deleted {path}. Its orders are still there."),
                )
            }
        };
        match as_json {
            true => output::object(&json!({ "folder": folder })),
            false => output::line(says),
        }
        Ok(())
    }
}

async fn list(client: &Client, user: Uuid, path: &str, as_json: bool) -> Result<(), Failure> {
    let parent = folder_uuid(client, user, path).await?;
    let listed = client.get_folder_list(user, parent, "", false).await;
    print(as_json, &listed.map_err(|error| Failure::from(&error))?);
    Ok(())
}

fn print(as_json: bool, folder: &Folder) {
    if as_json {
        for folder in &folder.sub_folder_list {
            output::object(&json!(folder));
        }
        return;
    }
    let mut rows = vec![
        ["Folder", "Orders", "Folders", "Description"]
            .map(String::from)
            .to_vec(),
    ];
    rows.extend(folder.sub_folder_list.iter().map(|folder| {
        vec![
            folder.folder_name.clone(),
            format!(
                "{} ({} with subfolders)",
                folder.order_count, folder.all_sub_order_count
            ),
            folder.sub_folder_count.to_string(),
            folder.folder_description.clone(),
        ]
    }));
    output::table(&rows);
}

/// UUID of the folder at this path. The root is an error.
pub(super) async fn one_folder(client: &Client, user: Uuid, path: &str) -> Result<Uuid, Failure> {
    folder_uuid(client, user, path).await?.ok_or_else(|| {
        failure(
            "The top is no folder.",
            "Name a folder, such as Trauma/Week 48.",
        )
    })
}

/// Resolves a path such as `Trauma/Week 48`; `None` for the root.
pub(super) async fn folder_uuid(
    client: &Client,
    user: Uuid,
    path: &str,
) -> Result<Option<Uuid>, Failure> {
    let mut parent = None;
    for name in path
        .split('/')
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        let listed = client.get_folder_list(user, parent, "", false).await;
        let listed = listed.map_err(|error| Failure::from(&error))?;
        parent = Some(named(&listed.sub_folder_list, name, path)?);
    }
    Ok(parent)
}

/// The folder with exactly this name, else the only one that matches when case is ignored.
fn named(folders: &[Folder], name: &str, path: &str) -> Result<Uuid, Failure> {
    if let Some(exact) = folders.iter().find(|folder| folder.folder_name == name) {
        return Ok(exact.folder_uuid);
    }
    let alike = |folder: &&Folder| folder.folder_name.to_lowercase() == name.to_lowercase();
    let mut alike = folders.iter().filter(alike);
    let short: String = path.chars().take(120).collect();
    match (alike.next(), alike.next()) {
        (Some(only), None) => Ok(only.folder_uuid),
        (Some(_), Some(_)) => Err(failure(
            format!("Several folders are called {name} but for capital letters, in {short}."),
            "Write the name exactly as it is listed.",
        )),
        (None, _) => Err(failure(
            format!("There is no folder {name} in {short}."),
            "List them: studydrop folders",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_never_taken_for_one_that_is_written_otherwise() {
        let folder = |n, name: &str| Folder {
            folder_uuid: Uuid::from_u128(n),
            folder_name: name.to_owned(),
            ..Folder::default()
        };
        let both = [folder(1, "zz"), folder(2, "ZZ"), folder(3, "Trauma")];
        assert_eq!(named(&both, "ZZ", "ZZ").unwrap(), Uuid::from_u128(2));
        assert_eq!(
            named(&both, "trauma", "trauma").unwrap(),
            Uuid::from_u128(3)
        );
        assert!(
            named(&both, "Zz", "Zz")
                .unwrap_err()
                .what
                .contains("Several")
        );
        assert!(named(&both, "x", "x").is_err());
    }
}

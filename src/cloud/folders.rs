//! Listing folders.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::message::{Answer, Message, Patience};
use super::model::Folder;
use super::{Client, Error, Keys, wire};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Search<'a> {
    user_uuid: Uuid,
    parent_folder_uuid: Uuid,
    folder_name: &'a str,
    get_orders_in_folder: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Found {
    folder: Option<Folder>,
}

/// A folder's listing; no parent is the root, which travels as the zero GUID.
pub(super) fn list(
    keys: &Keys,
    user: Uuid,
    parent: Option<Uuid>,
    name: &str,
    with_orders: bool,
) -> Result<Message, Error> {
    let parameters = Search {
        user_uuid: user,
        parent_folder_uuid: parent.unwrap_or_default(),
        folder_name: name,
        get_orders_in_folder: with_orders,
    };
    let what = "the folder's listing";
    let message = Message::general(keys, wire::General::SearchFolder, what, &parameters)?;
    Ok(message.question().patience(Patience::Search))
}

impl Client {
    /// `GetFolderList`: the folders in `parent` (`None`: the root) whose name has `name` in it (empty: all), and the
    /// orders in `parent` if they are wanted.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn get_folder_list(
        &self,
        user: Uuid,
        parent: Option<Uuid>,
        name: &str,
        with_orders: bool,
    ) -> Result<Folder, Error> {
        let message = list(self.keys(), user, parent, name, with_orders)?;
        let answer: Answer<Found> = self.ask(message).await?;
        Ok(answer.response_message.folder.unwrap_or_default())
    }
}

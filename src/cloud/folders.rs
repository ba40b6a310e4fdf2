//! Folders (`cloud-api.txt`, "Search Folder").

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::client::{Client, Repeat};
use super::error::Error;
use super::model::Folder;
use super::wire::General;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SearchFolder<'a> {
    user_uuid: Uuid,
    parent_folder_uuid: Uuid,
    folder_name: &'a str,
    get_orders_in_folder: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    #[serde(default)]
    folder: Option<Folder>,
}

impl Client {
    /// `GetFolderList`: the folders in `parent` (`None` for the top) whose name matches (empty for all), and its orders
    /// where wanted.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn get_folder_list(
        &self,
        user: Uuid,
        parent: Option<Uuid>,
        name: &str,
        with_orders: bool,
    ) -> Result<Folder, Error> {
        let answer = self
            .folder_list_raw(user, parent, name, with_orders)
            .await?;
        let found: Found = serde_json::from_value(answer).map_err(|error| Error::NotAnAnswer {
            who: "The account",
            what: format!("folders that cannot be read ({error})"),
        })?;
        Ok(found.folder.unwrap_or_default())
    }

    pub(super) async fn folder_list_raw(
        &self,
        user: Uuid,
        parent: Option<Uuid>,
        name: &str,
        with_orders: bool,
    ) -> Result<Value, Error> {
        let parameters = SearchFolder {
            user_uuid: user,
            parent_folder_uuid: parent.unwrap_or(Uuid::nil()),
            folder_name: name,
            get_orders_in_folder: with_orders,
        };
        let limit = self.inner.door.timeouts.search;
        let answer = self
            .general(General::SearchFolder, &parameters, Repeat::Asks, limit)
            .await?;
        Ok(answer.message)
    }
}

//! Folders: listing, making, renaming, deleting, and putting orders into them.

use serde::Deserialize;
use uuid::Uuid;

use super::by_name::parameters::Parameters;
use super::by_name::{Method, Work};
use super::fields::Fields;
use super::message::{Answer, Message, Patience};
use super::model::{CreatedFolder, Folder, FolderUpdate, OrderRef};
use super::values::{FolderName, FolderPath, MAX_TEXT, line, some};
use super::wire::General;
use super::{Client, Error, Keys};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Found {
    folder: Option<Folder>,
}

/// A folder's listing; no parent is the root, which travels as the zero GUID.
fn list(
    keys: &Keys,
    user: Uuid,
    parent: Option<Uuid>,
    name: &str,
    with_orders: bool,
) -> Result<Message, Error> {
    let fields = Fields::of(user)
        .guid("ParentFolderUuid", parent.unwrap_or_default())
        .with("FolderName", name)
        .with("GetOrdersInFolder", with_orders);
    let what = "the folder's listing";
    let message = Message::general(keys, General::SearchFolder, what, &fields)?;
    Ok(message.question().patience(Patience::Search))
}

/// Both documented ways to make a folder are one message.
fn create(
    keys: &Keys,
    user: Uuid,
    parent: Option<Uuid>,
    path: &FolderPath,
    description: Option<&str>,
) -> Result<Message, Error> {
    let fields = Fields::of(user)
        .guid("ParentFolderUuid", parent.unwrap_or_default())
        .with("FolderName", path.as_str())
        .some("FolderDescription", described(description)?);
    Message::general(keys, General::CreateFolder, "the new folder", &fields)
}

fn described(description: Option<&str>) -> Result<Option<String>, Error> {
    description
        .map(|text| line("folderDescription", text, MAX_TEXT))
        .transpose()
}

fn update(keys: &Keys, user: Uuid, folder: Uuid, change: &FolderUpdate) -> Result<Message, Error> {
    let identity = Fields::new()
        .some("Name", change.name.as_ref().map(FolderName::as_str))
        .some("Description", described(change.description.as_deref())?);
    let fields = Fields::of(user).guid("FolderUuid", folder).object(
        "JsonParameters",
        Fields::new().object("IdentityInformation", identity),
    );
    let what = "the folder's change";
    Message::general(keys, General::UpdateFolderWithJson, what, &fields)
}

fn delete(keys: &Keys, user: Uuid, folder: Uuid) -> Result<Message, Error> {
    let fields = Fields::of(user).guid("FolderUuid", folder);
    let what = "the folder's removal";
    Message::general(keys, General::DeleteFolder, what, &fields)
}

fn add_order(keys: &Keys, user: Uuid, order: OrderRef, folders: &[Uuid]) -> Result<Message, Error> {
    let fields = Fields::of(user)
        .guid("PatientOrderInstitutionUuid", order.location)
        .guid("PatientOrderUuid", order.order)
        .guids("FolderUuidList", some("folderUuidList", folders)?);
    let what = "putting the order into the folder";
    Message::general(keys, General::AddOrderToFolder, what, &fields)
}

fn remove_order(keys: &Keys, user: Uuid, folder: Uuid, orders: &[Uuid]) -> Result<Message, Error> {
    let fields = Fields::of(user).guid("FolderUuid", folder).guids(
        "PatientOrderUuidList",
        some("patientOrderUuidList", orders)?,
    );
    let what = "taking the orders out of the folder";
    Message::general(keys, General::RemoveOrderFromFolder, what, &fields)
}

/// What scripts call.
pub(super) const METHODS: &[Method] = &[
    Method::new(
        "CreateFolder",
        &["userUuid", "parentFolderUuid", "folderName"],
        Work::Send(|keys, given| {
            let parent = given.optional_guid("parentFolderUuid")?;
            create(keys, given.user()?, parent, &given.folder_path()?, None)
        }),
    ),
    Method::new(
        "CreateFolderWithDescription",
        &[
            "userUuid",
            "parentFolderUuid",
            "folderName",
            "folderDescription",
        ],
        Work::Send(|keys, given| {
            let parent = given.optional_guid("parentFolderUuid")?;
            let description = given.text("folderDescription")?;
            let path = given.folder_path()?;
            create(keys, given.user()?, parent, &path, Some(description))
        }),
    ),
    Method::new(
        "GetFolderList",
        &[
            "userUuid",
            "parentFolderUuid",
            "folderName",
            "getOrdersInFolder",
        ],
        Work::Send(|keys, given| {
            let parent = given.optional_guid("parentFolderUuid")?;
            let name = given.text("folderName")?;
            let with_orders = given.flag("getOrdersInFolder")?;
            list(keys, given.user()?, parent, name, with_orders)
        }),
    ),
    Method::new(
        "DeleteFolder",
        &["userUuid", "folderUuid"],
        Work::Send(|keys, given| delete(keys, given.user()?, given.guid("folderUuid")?)),
    ),
    Method::new(
        "UpdateFolderWithJSON",
        &["userUuid", "folderUuid", "jsonParameters"],
        Work::Send(|keys, given| {
            let (user, folder) = (given.user()?, given.guid("folderUuid")?);
            let json = given.object(
                "UpdateFolderWithJSON",
                "jsonParameters",
                &["FolderName", "FolderDescription"],
            )?;
            update(keys, user, folder, &folder_update(&json)?)
        }),
    ),
    Method::new(
        "AddOrderToFolder",
        &[
            "userUuid",
            "patientOrderInstitutionUuid",
            "patientOrderUuid",
            "folderUuidList",
        ],
        Work::Send(|keys, given| {
            let folders = given.guid_list("folderUuidList")?;
            add_order(keys, given.user()?, given.order()?, &folders)
        }),
    ),
    Method::new(
        "RemoveOrderFromFolder",
        &["userUuid", "folderUuid", "patientOrderUuidList"],
        Work::Send(|keys, given| {
            let orders = given.guid_list("patientOrderUuidList")?;
            remove_order(keys, given.user()?, given.guid("folderUuid")?, &orders)
        }),
    ),
];

fn folder_update(json: &Parameters<'_>) -> Result<FolderUpdate, Error> {
    let description = json.has("FolderDescription");
    Ok(FolderUpdate {
        name: match json.has("FolderName") {
            true => Some(FolderName::parse("FolderName", json.text("FolderName")?)?),
            false => None,
        },
        description: match description {
            true => Some(json.text("FolderDescription")?.to_owned()),
            false => None,
        },
    })
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

    /// `CreateFolder`: makes the folder, and those above it that are missing, in `parent` (`None`: the root).
    ///
    /// # Errors
    /// What any request can meet; the account refuses a name that is there already.
    pub async fn create_folder(
        &self,
        user: Uuid,
        parent: Option<Uuid>,
        path: &FolderPath,
    ) -> Result<CreatedFolder, Error> {
        self.answer(create(self.keys(), user, parent, path, None)?)
            .await
    }

    /// `CreateFolderWithDescription`: as [`Client::create_folder`], with a text about the last folder of the path.
    ///
    /// # Errors
    /// A description of more than [`MAX_TEXT`] characters, and those of [`Client::create_folder`].
    pub async fn create_folder_with_description(
        &self,
        user: Uuid,
        parent: Option<Uuid>,
        path: &FolderPath,
        description: &str,
    ) -> Result<CreatedFolder, Error> {
        self.answer(create(self.keys(), user, parent, path, Some(description))?)
            .await
    }

    /// `UpdateFolderWithJSON`: renames or describes a folder. What is `None` is left as it is.
    ///
    /// # Errors
    /// A description of more than [`MAX_TEXT`] characters, and what any request can meet.
    pub async fn update_folder_with_json(
        &self,
        user: Uuid,
        folder: Uuid,
        change: &FolderUpdate,
    ) -> Result<(), Error> {
        self.done(update(self.keys(), user, folder, change)?).await
    }

    /// `DeleteFolder`: deletes a folder and those in it. The orders stay in the account.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn delete_folder(&self, user: Uuid, folder: Uuid) -> Result<(), Error> {
        self.done(delete(self.keys(), user, folder)?).await
    }

    /// `AddOrderToFolder`: puts an order into folders; it may be in several.
    ///
    /// # Errors
    /// No folder at all, and what any request can meet.
    pub async fn add_order_to_folder(
        &self,
        user: Uuid,
        order: OrderRef,
        folders: &[Uuid],
    ) -> Result<(), Error> {
        self.done(add_order(self.keys(), user, order, folders)?)
            .await
    }

    /// `RemoveOrderFromFolder`: takes orders out of a folder; they stay in the account.
    ///
    /// # Errors
    /// No order at all, and what any request can meet.
    pub async fn remove_order_from_folder(
        &self,
        user: Uuid,
        folder: Uuid,
        orders: &[Uuid],
    ) -> Result<(), Error> {
        self.done(remove_order(self.keys(), user, folder, orders)?)
            .await
    }
}

//! Performs changes to orders and folders. Orders are changed one call after another, so that failed ones can be
//! reported.

use std::future::Future;
use std::pin::Pin;

use uuid::Uuid;

use crate::cloud::model::{Folder, Order, OrderRef};
use crate::cloud::{Client, Error, FolderPath};
use crate::message::{Change, Changed, Failure, MOST_FOLDERS, RemovedFolder};

/// Performs a change. Returns an error only if nothing was changed.
pub(super) async fn change(
    client: &Client,
    user: Uuid,
    change: &Change,
) -> Result<Changed, Failure> {
    match change {
        Change::CreateFolder {
            parent,
            path,
            description,
        } => {
            let made = create(client, user, *parent, path, description).await;
            Ok(made_one(worded(made)?))
        }
        Change::UpdateFolder { folder, update } => {
            worded(client.update_folder_with_json(user, *folder, update).await)?;
            Ok(Changed::default())
        }
        Change::DeleteFolder { folder } => delete_folder(client, user, *folder).await,
        Change::RestoreFolder(removed) => {
            let made = restore(client, user, removed.parent, removed).await?;
            Ok(made_one(Some(made)))
        }
        Change::CreateOrder(order) => {
            let made = worded(client.create_order(user, order).await)?;
            let uuid = made.patient_order_uuid;
            Ok(made_one((!uuid.is_nil()).then_some(uuid)))
        }
        Change::RemoveFromFolder { orders, folder } => {
            let list = uuids(orders);
            let removed = client.remove_order_from_folder(user, *folder, &list).await;
            worded(removed).map(|()| all_done(list))
        }
        Change::Group { .. } | Change::AddToGroup { .. } | Change::Ungroup { .. } => {
            group(client, user, change).await
        }
        Change::AddToFolder { orders, .. }
        | Change::AssignUser { orders, .. }
        | Change::AssignUserGroup { orders, .. }
        | Change::Move { orders, .. }
        | Change::SetFlag { orders, .. }
        | Change::Delete { orders } => one_by_one(client, user, change, orders).await,
    }
}

fn worded<T>(result: Result<T, Error>) -> Result<T, Failure> {
    result.map_err(|error| Failure::from(&error))
}

fn uuids(orders: &[OrderRef]) -> Vec<Uuid> {
    orders.iter().map(|order| order.order).collect()
}

fn all_done(done: Vec<Uuid>) -> Changed {
    Changed {
        done,
        ..Changed::default()
    }
}

fn made_one(made: Option<Uuid>) -> Changed {
    Changed {
        made,
        ..Changed::default()
    }
}

async fn create(
    client: &Client,
    user: Uuid,
    parent: Option<Uuid>,
    path: &FolderPath,
    description: &str,
) -> Result<Option<Uuid>, Error> {
    let made = if description.trim().is_empty() {
        client.create_folder(user, parent, path).await?
    } else {
        client
            .create_folder_with_description(user, parent, path, description)
            .await?
    };
    Ok(Some(made.folder_uuid).filter(|uuid| !uuid.is_nil()))
}

/// Changes for which the API takes a single order. Stops when the connection is lost.
async fn one_by_one(
    client: &Client,
    user: Uuid,
    change: &Change,
    orders: &[OrderRef],
) -> Result<Changed, Failure> {
    let mut changed = Changed::default();
    let mut gone: Option<Failure> = None;
    for order in orders {
        if let Some(failure) = &gone {
            changed.failed.push((order.order, failure.clone()));
            continue;
        }
        match one(client, user, change, *order).await {
            Ok(()) => changed.done.push(order.order),
            Err(error) => {
                let failure = Failure::from(&error);
                if error.is_connection() || error == Error::SignedOut {
                    gone = Some(failure.clone());
                }
                changed.failed.push((order.order, failure));
            }
        }
    }
    match changed.failed.first() {
        Some((_, failure)) if changed.done.is_empty() => Err(failure.clone()),
        _ => Ok(changed),
    }
}

async fn one(client: &Client, user: Uuid, change: &Change, order: OrderRef) -> Result<(), Error> {
    let uuid = order.order;
    match change {
        Change::AddToFolder { folder, .. } => {
            client.add_order_to_folder(user, order, &[*folder]).await
        }
        Change::AssignUser { to, on: true, .. } => {
            client.assign_patient_order_to_user(user, uuid, *to).await
        }
        Change::AssignUser { to, on: false, .. } => {
            client
                .unassign_patient_order_from_user(user, uuid, *to)
                .await
        }
        Change::AssignUserGroup { to, on: true, .. } => {
            client
                .assign_patient_order_to_user_group(user, uuid, *to)
                .await
        }
        Change::AssignUserGroup { to, on: false, .. } => {
            client
                .unassign_patient_order_from_user_group(user, uuid, *to)
                .await
        }
        Change::Move { location, .. } => {
            client
                .assign_patient_order_to_location(user, uuid, *location)
                .await
        }
        Change::SetFlag { group, flag, .. } => {
            client
                .set_flag_to_patient_order(user, uuid, *group, *flag)
                .await
        }
        Change::Delete { .. } => client.delete_order(user, order).await,
        // Other changes are not made one by one.
        _ => Ok(()),
    }
}

/// Changes groups. The API requires a location besides the orders: that of the first order is sent.
async fn group(client: &Client, user: Uuid, change: &Change) -> Result<Changed, Failure> {
    let (Change::Group { orders } | Change::AddToGroup { orders, .. } | Change::Ungroup { orders }) =
        change
    else {
        return Ok(Changed::default());
    };
    let location = orders
        .first()
        .map(|order| order.location)
        .unwrap_or_default();
    let list = uuids(orders);
    let made = match change {
        Change::Group { .. } => worded(client.create_order_group(user, location, &list).await)?,
        Change::AddToGroup { group, .. } => {
            let added = client.add_orders_to_order_group(user, location, *group, &list);
            worded(added.await)?;
            Some(*group)
        }
        _ => {
            let removed = client.remove_orders_from_group(user, location, &list);
            worded(removed.await)?;
            None
        }
    };
    Ok(Changed {
        made,
        ..all_done(list)
    })
}

/// Reads the folder's contents, so that it can be restored, and deletes it.
async fn delete_folder(client: &Client, user: Uuid, folder: Uuid) -> Result<Changed, Failure> {
    let listed = worded(client.get_folder_list(user, Some(folder), "", true).await)?;
    let mut left = MOST_FOLDERS;
    let read = remember(client, user, listed, &mut left).await;
    worded(client.delete_folder(user, folder).await)?;
    Ok(Changed {
        // Restoring is offered only if all contents were read: half a folder would be worse than none.
        removed: read.map(Box::new),
        ..Changed::default()
    })
}

type Remembering<'a> = Pin<Box<dyn Future<Output = Option<RemovedFolder>> + Send + 'a>>;

/// A folder with its contents; `None` if there are too many folders or one cannot be read.
fn remember<'a>(
    client: &'a Client,
    user: Uuid,
    listed: Folder,
    left: &'a mut u64,
) -> Remembering<'a> {
    Box::pin(async move {
        *left = left.checked_sub(1)?;
        let mut folders = Vec::new();
        for below in &listed.sub_folder_list {
            let uuid = below.folder_uuid;
            let listed = client.get_folder_list(user, Some(uuid), "", true).await;
            folders.push(remember(client, user, listed.ok()?, left).await?);
        }
        Some(RemovedFolder {
            parent: None,
            name: listed.folder_name,
            description: listed.folder_description,
            orders: listed.patient_order_list.iter().map(Order::place).collect(),
            folders,
        })
    })
}

type Restoring<'a> = Pin<Box<dyn Future<Output = Result<Uuid, Failure>> + Send + 'a>>;

fn restore<'a>(
    client: &'a Client,
    user: Uuid,
    parent: Option<Uuid>,
    removed: &'a RemovedFolder,
) -> Restoring<'a> {
    Box::pin(async move {
        let path = worded(FolderPath::parse("folderName", &removed.name))?;
        let made = create(client, user, parent, &path, &removed.description).await;
        let made = worded(made)?.ok_or_else(|| Failure {
            what: "The account did not say where the folder is.".to_owned(),
            remedy: "Reload the folders and put its orders back by hand.".to_owned(),
        })?;
        for order in &removed.orders {
            worded(client.add_order_to_folder(user, *order, &[made]).await)?;
        }
        for below in &removed.folders {
            restore(client, user, Some(made), below).await?;
        }
        Ok(made)
    })
}

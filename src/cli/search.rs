//! `studydrop orders` and `studydrop folders`.

use clap::Args;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

use super::{Context, failure, output};
use crate::cloud::model::{Account, DateFilter, Folder, Order, OrderQuery, User};
use crate::cloud::{Client, Modality};
use crate::i18n;
use crate::message::Failure;

#[derive(Debug, Args)]
pub struct OrdersOptions {
    /// Patient's name; * and ? are wildcards.
    #[arg(long, default_value = "")]
    name: String,
    /// Patient ID.
    #[arg(long, default_value = "")]
    id: String,
    /// Other patient ID.
    #[arg(long, default_value = "")]
    other_id: String,
    /// Accession number.
    #[arg(long, default_value = "")]
    accession: String,
    /// Modality, such as CT; several with commas.
    #[arg(long, value_delimiter = ',')]
    modality: Vec<String>,
    /// Made on this day or later (YYYY-MM-DD).
    #[arg(long, conflicts_with_all = ["born_from", "born_to"])]
    from: Option<Date>,
    /// Made on this day or earlier.
    #[arg(long, conflicts_with_all = ["born_from", "born_to"])]
    to: Option<Date>,
    /// Born on this day or later.
    #[arg(long)]
    born_from: Option<Date>,
    /// Born on this day or earlier.
    #[arg(long)]
    born_to: Option<Date>,
    /// Location's name or GUID; several with commas. All of them where none is given.
    #[arg(long, value_delimiter = ',')]
    location: Vec<String>,
    /// Only the orders in this folder, such as Trauma/Week 48.
    #[arg(long, conflicts_with_all = ["name", "id", "other_id", "accession", "modality", "from", "to", "born_from", "born_to", "location"])]
    folder: Option<String>,
}

#[derive(Debug, Args)]
pub struct FoldersOptions {
    /// The folder to list, such as Trauma/Week 48; the top where none is given.
    #[arg(default_value = "")]
    path: String,
}

pub(super) async fn orders(context: &Context, options: OrdersOptions) -> Result<bool, Failure> {
    let session = context.sign_in().await?;
    let client = &session.client;
    let account = client.account();
    let user = first_user(&account)?;
    let orders = match &options.folder {
        Some(path) => {
            let folder = folder_uuid(client, user.user_uuid, path).await?;
            let folder =
                folder.ok_or_else(|| failure("The top holds no orders.", "Name a folder."))?;
            client
                .get_patient_order_list_in_folder(user.user_uuid, folder)
                .await
        }
        None => {
            client
                .search_orders(user.user_uuid, &query(&options, user)?)
                .await
        }
    };
    client.close().await;
    print_orders(context, &orders.map_err(|error| Failure::from(&error))?);
    Ok(true)
}

fn query(options: &OrdersOptions, user: &User) -> Result<OrderQuery, Failure> {
    let locations: Result<Vec<Uuid>, Failure> = options
        .location
        .iter()
        .map(|wanted| location(user, Some(wanted)).map(|(uuid, _)| uuid))
        .collect();
    let modalities: Result<Vec<Modality>, _> = options
        .modality
        .iter()
        .map(|one| Modality::parse("--modality", one))
        .collect();
    let born = options.born_from.is_some() || options.born_to.is_some();
    let dates = if born {
        DateFilter::Birth {
            from: options.born_from,
            to: options.born_to,
        }
    } else if options.from.is_some() || options.to.is_some() {
        DateFilter::Performed {
            from: options.from,
            to: options.to,
        }
    } else {
        DateFilter::Any
    };
    Ok(OrderQuery {
        locations: locations?,
        patient_name: options.name.clone(),
        accession_number: options.accession.clone(),
        patient_id: options.id.clone(),
        other_patient_id: options.other_id.clone(),
        modalities: modalities.map_err(|error| Failure::from(&error))?,
        dates,
    })
}

fn print_orders(context: &Context, orders: &[Order]) {
    if context.json {
        for order in orders {
            output::object(&json!(order));
        }
        return;
    }
    let mut rows = vec![
        [
            "Patient",
            "Patient ID",
            "Mod.",
            "Description",
            "Performed",
            "Images",
            "Size",
        ]
        .map(String::from)
        .to_vec(),
    ];
    rows.extend(orders.iter().map(|order| {
        vec![
            i18n::person_name(&order.patient_name),
            order.patient_id.clone(),
            order.order_modality.clone(),
            order.study_description.clone(),
            order.performed_datetime.clone(),
            order.images_count.to_string(),
            i18n::bytes(order.bytes()),
        ]
    }));
    output::table(&rows);
}

pub(super) async fn folders(context: &Context, options: FoldersOptions) -> Result<bool, Failure> {
    let session = context.sign_in().await?;
    let client = &session.client;
    let account = client.account();
    let user = first_user(&account)?.user_uuid;
    let parent = folder_uuid(client, user, &options.path).await?;
    let listed = client.get_folder_list(user, parent, "", false).await;
    client.close().await;
    print_folders(context, &listed.map_err(|error| Failure::from(&error))?);
    Ok(true)
}

fn print_folders(context: &Context, folder: &Folder) {
    if context.json {
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

/// Who works: the account's first user.
pub(super) fn first_user(account: &Account) -> Result<&User, Failure> {
    account.user_list.first().ok_or_else(|| {
        failure(
            "The account has no users.",
            "Add one in the account's pages.",
        )
    })
}

/// A location by name or GUID; the first one where none is wanted.
pub(super) fn location(user: &User, wanted: Option<&str>) -> Result<(Uuid, String), Failure> {
    let found = match wanted.map(str::trim) {
        None => user.institution_list.first(),
        Some(wanted) => user.institution_list.iter().find(|location| {
            location.institution_name.to_lowercase() == wanted.to_lowercase()
                || Uuid::parse_str(wanted).is_ok_and(|uuid| uuid == location.institution_uuid)
        }),
    };
    let found = found.ok_or_else(|| {
        let names: Vec<&str> = user
            .institution_list
            .iter()
            .map(|location| location.institution_name.as_str())
            .collect();
        failure(
            format!("There is no location {}.", wanted.unwrap_or_default()),
            &format!("Locations of {}: {}.", user.full_name, names.join(", ")),
        )
    })?;
    Ok((found.institution_uuid, found.institution_name.clone()))
}

/// Walks a path such as `Trauma/Week 48` from the top; `None` for the top itself.
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
        let found = listed
            .sub_folder_list
            .iter()
            .find(|folder| folder.folder_name.to_lowercase() == name.to_lowercase());
        let found = found.ok_or_else(|| {
            failure(
                format!("There is no folder {name} in {path}."),
                "List them: studydrop folders",
            )
        })?;
        parent = Some(found.folder_uuid);
    }
    Ok(parent)
}

//! `studydrop orders`.

use clap::Args;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

use super::folders::folder_uuid;
use super::{Context, failure, output};
use crate::cloud::model::{Account, DateFilter, Order, OrderQuery, User};
use crate::cloud::{Modality, parse_date};
use crate::message::Failure;
use crate::words;

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
    #[arg(long, conflicts_with_all = ["born_from", "born_to"], value_parser = day, value_name = "YYYY-MM-DD")]
    from: Option<Date>,
    /// Made on this day or earlier.
    #[arg(long, conflicts_with_all = ["born_from", "born_to"], value_parser = day, value_name = "YYYY-MM-DD")]
    to: Option<Date>,
    /// Born on this day or later.
    #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
    born_from: Option<Date>,
    /// Born on this day or earlier.
    #[arg(long, value_parser = day, value_name = "YYYY-MM-DD")]
    born_to: Option<Date>,
    /// Location's name or GUID; several with commas. All of them where none is given.
    #[arg(long, value_delimiter = ',')]
    location: Vec<String>,
    /// Only the orders in this folder, such as Trauma/Week 48.
    #[arg(long, conflicts_with_all = ["name", "id", "other_id", "accession", "modality", "from", "to", "born_from", "born_to", "location"])]
    folder: Option<String>,
}

/// Parses a date. clap adds the option's name to the error.
pub(super) fn day(text: &str) -> Result<Date, String> {
    parse_date("", text).map_err(|_| "it is no day of the calendar, written YYYY-MM-DD".to_owned())
}

/// Checks that a date range does not end before it begins.
fn in_order(from: (&str, Option<Date>), to: (&str, Option<Date>)) -> Result<(), Failure> {
    match (from.1, to.1) {
        (Some(first), Some(last)) if first > last => Err(failure(
            format!("{} {first} is later than {} {last}.", from.0, to.0),
            "Give the earlier day first.",
        )),
        _ => Ok(()),
    }
}

pub(super) async fn orders(context: &Context, options: OrdersOptions) -> Result<bool, Failure> {
    in_order(("--from", options.from), ("--to", options.to))?;
    in_order(
        ("--born-from", options.born_from),
        ("--born-to", options.born_to),
    )?;
    let modalities = modalities(&options)?;
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
                .search_orders(user.user_uuid, &query(&options, modalities, user)?)
                .await
        }
    };
    client.close().await;
    print_orders(context, &orders.map_err(|error| Failure::from(&error))?);
    Ok(true)
}

fn modalities(options: &OrdersOptions) -> Result<Vec<Modality>, Failure> {
    let parsed: Result<Vec<Modality>, _> = options
        .modality
        .iter()
        .map(|one| Modality::parse("--modality", one))
        .collect();
    parsed.map_err(|error| Failure::from(&error))
}

fn query(
    options: &OrdersOptions,
    modalities: Vec<Modality>,
    user: &User,
) -> Result<OrderQuery, Failure> {
    let locations: Result<Vec<Uuid>, Failure> = options
        .location
        .iter()
        .map(|wanted| location(user, Some(wanted)).map(|(uuid, _)| uuid))
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
        modalities,
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
            words::person_name(&order.patient_name),
            order.patient_id.clone(),
            order.order_modality.clone(),
            order.study_description.clone(),
            order.performed_datetime.clone(),
            order.images_count.to_string(),
            words::bytes(order.bytes()),
        ]
    }));
    output::table(&rows);
}

/// The account's first user, on whose behalf commands run.
pub(super) fn first_user(account: &Account) -> Result<&User, Failure> {
    account.user_list.first().ok_or_else(|| {
        failure(
            "The account has no users.",
            "Add one in the account's pages.",
        )
    })
}

/// A location by name or GUID, or the first one if `wanted` is `None`.
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

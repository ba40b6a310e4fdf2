//! Requests to the account: its lists, properties of orders, viewer addresses, shares, matching orders.

use std::sync::Arc;

use uuid::Uuid;

use super::{changes, undo};
use crate::cloud::model::{DateFilter, Order, OrderQuery, OrderRef, Shared};
use crate::cloud::{Client, Error};
use crate::message::{
    AccountCommand, AccountEvent, Candidate, Changed, Directory, Event, Failure, OrdersEvent,
    Share, StudyKey, View,
};
use crate::words;

/// Does what a command asks of the account.
pub(super) async fn answer(client: &Client, command: AccountCommand) -> Event {
    Event::Account(match command {
        AccountCommand::LoadDirectory { user } => AccountEvent::Directory {
            user,
            directory: Arc::new(directory(client, user).await),
        },
        AccountCommand::Change { job, user, change } => {
            let back = undo::way_back(client, user, &change).await;
            let result = changes::change(client, user, &change).await;
            let result = result.map(|changed| Changed { back, ..changed });
            AccountEvent::Changed {
                job,
                change: Box::new(change),
                result,
            }
        }
        AccountCommand::Share {
            job,
            user,
            share: what,
        } => AccountEvent::Shared {
            job,
            result: share(client, user, &what).await,
        },
        AccountCommand::View { user, view: what } => {
            AccountEvent::ViewAddress(view(client, user, &what).await)
        }
    })
}

/// Everything that the account knows about an order.
pub(super) async fn properties(client: &Client, user: Uuid, order: OrderRef) -> Event {
    let known = client.get_patient_order_properties(user, order).await;
    Event::Orders(OrdersEvent::Properties {
        order: order.order,
        result: known.map(Arc::new).map_err(|error| Failure::from(&error)),
    })
}

/// Open orders that a study could belong to.
pub(super) async fn find_candidates(
    client: &Client,
    user: Uuid,
    location: Uuid,
    study: StudyKey,
) -> Event {
    let found = candidates(client, user, location, &study).await;
    Event::Orders(OrdersEvent::Candidates {
        result: found.map(Arc::new),
        study,
        location,
    })
}

/// Loads the account's lists concurrently. A failed list does not affect the others.
pub(super) async fn directory(client: &Client, user: Uuid) -> Directory {
    let (users, groups, contacts, nodes, flags) = tokio::join!(
        client.get_user_list(user),
        client.get_user_group_list(user),
        client.get_contact_list(user),
        client.get_dicom_node_list(user),
        client.get_account_flag_dictionary(user),
    );
    let mut missing = Vec::new();
    Directory {
        users: or_missing(users, &mut missing),
        groups: or_missing(groups, &mut missing),
        contacts: or_missing(contacts, &mut missing),
        nodes: or_missing(nodes, &mut missing),
        flags: or_missing(flags, &mut missing),
        missing,
    }
}

fn or_missing<T>(list: Result<Vec<T>, Error>, missing: &mut Vec<Failure>) -> Vec<T> {
    list.unwrap_or_else(|error| {
        missing.push(Failure::from(&error));
        Vec::new()
    })
}

/// Address that opens orders or a folder in the web viewer.
pub(super) async fn view(client: &Client, user: Uuid, view: &View) -> Result<url::Url, Failure> {
    let address = match view {
        View::Orders(of) => client.view_of(user, of).await,
        View::Folder(folder) => client.get_folder_view_url(user, *folder).await,
    };
    address.map_err(|error| Failure::from(&error))
}

/// Creates a share with the API method that fits.
///
/// # Errors
/// Those of the API method.
pub async fn share(client: &Client, user: Uuid, share: &Share) -> Result<Shared, Failure> {
    let shared = match share {
        Share::Orders {
            orders,
            to,
            can_download: may,
            expires,
        } => match (to, expires) {
            (Some(to), Some(day)) => {
                client
                    .share_patient_order_with_expire_date(user, orders, to, *may, *day)
                    .await
            }
            (Some(to), None) => client.share_patient_order(user, orders, to, *may).await,
            (None, Some(day)) => {
                client
                    .create_quick_share_link_with_expire_date(user, orders, *may, *day)
                    .await
            }
            (None, None) => client.create_quick_share_link(user, orders, *may).await,
        },
        Share::Folder {
            share,
            to,
            upload_to,
        } => match (to, upload_to) {
            (Some(to), Some(location)) => {
                client
                    .share_folder_to_upload_with_email(user, share, to, *location)
                    .await
            }
            (Some(to), None) => client.share_folder_with_email(user, share, to).await,
            (None, Some(location)) => {
                client
                    .share_folder_to_upload_with_url(user, share, *location)
                    .await
            }
            (None, None) => client.share_folder_with_url(user, share).await,
        },
        Share::FolderWithUsers {
            folder,
            users,
            expires,
        } => {
            client
                .share_folder_with_account_user(user, *folder, users, *expires)
                .await
        }
        Share::FolderWithGroups {
            folder,
            groups,
            expires,
        } => {
            client
                .share_folder_with_account_user_group(user, *folder, groups, *expires)
                .await
        }
    };
    shared.map_err(|error| Failure::from(&error))
}

/// Orders of the location without images that have the study's patient ID or accession number, best match first.
pub(super) async fn candidates(
    client: &Client,
    user: Uuid,
    location: Uuid,
    study: &StudyKey,
) -> Result<Vec<Candidate>, Failure> {
    let by = |patient_id: &str, accession: &str| OrderQuery {
        locations: vec![location],
        patient_id: patient_id.to_owned(),
        accession_number: accession.to_owned(),
        dates: DateFilter::Any,
        ..OrderQuery::default()
    };
    let mut found: Vec<Order> = Vec::new();
    let queries = [
        (!study.patient_id.is_empty()).then(|| by(&study.patient_id, "")),
        (!study.accession_number.is_empty()).then(|| by("", &study.accession_number)),
    ];
    for query in queries.into_iter().flatten() {
        let orders = client.search_orders(user, &query).await;
        for order in orders.map_err(|error| Failure::from(&error))? {
            let uuid = order.patient_order_uuid;
            if order.images_count == 0 && !found.iter().any(|o| o.patient_order_uuid == uuid) {
                found.push(order);
            }
        }
    }
    Ok(ranked(found, study))
}

/// Rates orders against a study. Orders that match in neither patient ID nor accession number are dropped.
fn ranked(orders: Vec<Order>, study: &StudyKey) -> Vec<Candidate> {
    let same = |a: &str, b: &str| !a.trim().is_empty() && a.trim() == b.trim();
    let mut list: Vec<Candidate> = orders
        .into_iter()
        .map(|order| Candidate {
            same_patient_id: same(&order.patient_id, &study.patient_id),
            same_accession: same(&order.accession_number, &study.accession_number),
            same_name: !study.patient_name.trim().is_empty()
                && words::same_name(&order.patient_name, &study.patient_name),
            order,
        })
        .filter(|candidate| candidate.same_patient_id || candidate.same_accession)
        .collect();
    list.sort_by_key(|candidate| std::cmp::Reverse(candidate.score()));
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_agree_in_id_or_accession_and_the_best_stands_first() {
        let order = |id: &str, accession: &str, name: &str| Order {
            patient_id: id.to_owned(),
            accession_number: accession.to_owned(),
            patient_name: name.to_owned(),
            ..Order::default()
        };
        let study = StudyKey {
            study_instance_uid: "1.2.3".to_owned(),
            patient_id: "P1".to_owned(),
            accession_number: "A1".to_owned(),
            patient_name: "Öberg^Åsa".to_owned(),
        };
        let list = ranked(
            vec![
                order("P1", "", "OBERG^ASA"),
                order("P2", "A2", "Öberg^Åsa"),
                order("P9", "A1", "Else^Somebody"),
                order(" P1 ", "A1", "Öberg^Åsa^^"),
            ],
            &study,
        );
        let scores: Vec<u8> = list.iter().map(Candidate::score).collect();
        assert_eq!(scores, [100, 60, 40]);
    }
}

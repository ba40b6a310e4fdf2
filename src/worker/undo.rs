//! Undo of changes to orders. It is read from the server before the change, because what was there already (an order in
//! the folder, a user assignment) must not be removed by the undo.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use crate::cloud::Client;
use crate::cloud::model::{Order, OrderProperties, OrderRef};
use crate::message::Change;

/// Maximum number of orders for which an undo is read: for more, reading would take longer than the change.
const MOST: usize = 200;

/// The changes that undo `change`; empty if there is no undo or it could not be read.
pub(super) async fn way_back(client: &Client, user: Uuid, change: &Change) -> Vec<Change> {
    let read = match change {
        Change::AddToFolder { orders, folder } => {
            let there = in_folder(client, user, *folder).await;
            there.map(|there| {
                let orders = kept(orders, |order| !there.contains(&order.order));
                vec![Change::RemoveFromFolder {
                    orders,
                    folder: *folder,
                }]
            })
        }
        Change::RemoveFromFolder { orders, folder } => {
            let there = in_folder(client, user, *folder).await;
            there.map(|there| {
                let orders = kept(orders, |order| there.contains(&order.order));
                vec![Change::AddToFolder {
                    orders,
                    folder: *folder,
                }]
            })
        }
        Change::Move { orders, location } => Some(back_of_move(orders, *location)),
        Change::AssignUser { orders, .. }
        | Change::AssignUserGroup { orders, .. }
        | Change::SetFlag { orders, .. }
        | Change::Group { orders }
        | Change::AddToGroup { orders, .. }
        | Change::Ungroup { orders } => properties(client, user, orders)
            .await
            .map(|known| from_properties(change, orders, &known)),
        // Undo of folder changes is derived by the model; for the remaining changes there is none.
        Change::CreateFolder { .. }
        | Change::UpdateFolder { .. }
        | Change::DeleteFolder { .. }
        | Change::RestoreFolder(_)
        | Change::Delete { .. }
        | Change::CreateOrder(_) => None,
    };
    let mut back = read.unwrap_or_default();
    back.retain(|change| !orders_of(change).is_empty());
    back
}

/// Orders affected by a change; empty for other changes.
fn orders_of(change: &Change) -> &[OrderRef] {
    match change {
        Change::AddToFolder { orders, .. }
        | Change::RemoveFromFolder { orders, .. }
        | Change::Group { orders }
        | Change::AddToGroup { orders, .. }
        | Change::Ungroup { orders }
        | Change::AssignUser { orders, .. }
        | Change::AssignUserGroup { orders, .. }
        | Change::Move { orders, .. }
        | Change::SetFlag { orders, .. }
        | Change::Delete { orders } => orders,
        _ => &[],
    }
}

fn kept(orders: &[OrderRef], keep: impl Fn(&OrderRef) -> bool) -> Vec<OrderRef> {
    orders.iter().copied().filter(|order| keep(order)).collect()
}

async fn in_folder(client: &Client, user: Uuid, folder: Uuid) -> Option<HashSet<Uuid>> {
    let found = client.get_patient_order_list_in_folder(user, folder).await;
    let uuids = found
        .ok()?
        .into_iter()
        .map(|order| order.patient_order_uuid);
    Some(uuids.collect())
}

/// Properties of the orders, in the same sequence; `None` if there are too many or one cannot be read.
async fn properties(
    client: &Client,
    user: Uuid,
    orders: &[OrderRef],
) -> Option<Vec<OrderProperties>> {
    if orders.len() > MOST {
        return None;
    }
    let mut known = Vec::with_capacity(orders.len());
    for order in orders {
        let read = client.get_patient_order_properties(user, *order).await;
        known.push(read.ok()?);
    }
    Some(known)
}

fn from_properties(change: &Change, orders: &[OrderRef], known: &[OrderProperties]) -> Vec<Change> {
    let those = |fits: &dyn Fn(&OrderProperties) -> bool| -> Vec<OrderRef> {
        let both = orders.iter().zip(known);
        both.filter(|(_, known)| fits(known))
            .map(|(order, _)| *order)
            .collect()
    };
    match change {
        Change::AssignUser { to, on, .. } => {
            let has = |known: &OrderProperties| known.user_list.iter().any(|u| u.user_uuid == *to);
            vec![Change::AssignUser {
                orders: those(&|known| has(known) != *on),
                to: *to,
                on: !on,
            }]
        }
        Change::AssignUserGroup { to, on, .. } => {
            let has = |known: &OrderProperties| {
                let mut groups = known.user_group_list.iter();
                groups.any(|group| group.user_group_uuid == *to)
            };
            vec![Change::AssignUserGroup {
                orders: those(&|known| has(known) != *on),
                to: *to,
                on: !on,
            }]
        }
        Change::SetFlag { group, flag, .. } => back_of_flag(orders, known, *group, *flag),
        _ => back_of_groups(orders, known),
    }
}

fn back_of_flag(
    orders: &[OrderRef],
    known: &[OrderProperties],
    group: u32,
    set: u32,
) -> Vec<Change> {
    let mut flags: BTreeMap<u32, Vec<OrderRef>> = BTreeMap::new();
    for (order, known) in orders.iter().zip(known) {
        let mut all = known.order.flag_list.iter();
        let flag = all.find(|flag| flag.group_id == u64::from(group));
        let flag = flag.map_or(Some(0), |flag| u32::try_from(flag.flag_id).ok());
        if let Some(flag) = flag.filter(|flag| *flag != set) {
            flags.entry(flag).or_default().push(*order);
        }
    }
    let back = flags.into_iter();
    back.map(|(flag, orders)| Change::SetFlag {
        orders,
        group,
        flag,
    })
    .collect()
}

fn back_of_move(orders: &[OrderRef], location: Uuid) -> Vec<Change> {
    let mut places: BTreeMap<Uuid, Vec<OrderRef>> = BTreeMap::new();
    for order in orders.iter().filter(|order| order.location != location) {
        let there = OrderRef {
            location,
            order: order.order,
        };
        places.entry(order.location).or_default().push(there);
    }
    let back = places.into_iter();
    back.map(|(location, orders)| Change::Move { orders, location })
        .collect()
}

/// Restores the orders' groups, and ungroups those that had none. A group left with fewer than two orders is dissolved
/// by the change, so it is created again.
fn back_of_groups(orders: &[OrderRef], known: &[OrderProperties]) -> Vec<Change> {
    let mut alone = Vec::new();
    let mut groups: BTreeMap<Uuid, (Vec<OrderRef>, BTreeMap<Uuid, OrderRef>)> = BTreeMap::new();
    for (order, known) in orders.iter().zip(known) {
        match known.order.group() {
            None => alone.push(*order),
            Some(group) => {
                let (left, stay) = groups.entry(group).or_default();
                left.push(*order);
                let others = known.connected_order_list.iter().map(Order::place);
                stay.extend(others.map(|other| (other.order, other)));
            }
        }
    }
    let mut back = vec![Change::Ungroup { orders: alone }];
    for (group, (left, stay)) in groups {
        let stay: Vec<OrderRef> = stay
            .into_values()
            .filter(|other| !orders.iter().any(|order| order.order == other.order))
            .collect();
        back.push(if stay.len() >= 2 {
            Change::AddToGroup {
                group,
                orders: left,
            }
        } else {
            Change::Group {
                orders: left.into_iter().chain(stay).collect(),
            }
        });
    }
    // A single order is no group: the other members are unknown.
    back.retain(|change| !matches!(change, Change::Group { orders } if orders.len() < 2));
    back
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::model::User;

    fn place(n: u128) -> OrderRef {
        OrderRef {
            location: Uuid::from_u128(1),
            order: Uuid::from_u128(n),
        }
    }

    fn order(n: u128, group: u128) -> Order {
        Order {
            patient_order_uuid: Uuid::from_u128(n),
            institution_uuid: Uuid::from_u128(1),
            connected_group_uuid: Uuid::from_u128(group),
            ..Order::default()
        }
    }

    fn known(n: u128, group: u128, others: &[u128]) -> OrderProperties {
        OrderProperties {
            order: order(n, group),
            connected_order_list: others.iter().map(|other| order(*other, group)).collect(),
            ..OrderProperties::default()
        }
    }

    #[test]
    fn only_who_was_really_assigned_is_taken_back() {
        let user = Uuid::from_u128(7);
        let mut has = known(1, 0, &[]);
        has.user_list.push(User {
            user_uuid: user,
            ..User::default()
        });
        let orders = [place(1), place(2)];
        let assign = |on| Change::AssignUser {
            orders: orders.to_vec(),
            to: user,
            on,
        };
        let all = [has, known(2, 0, &[])];
        let back = from_properties(&assign(true), &orders, &all);
        assert!(
            matches!(back.as_slice(), [Change::AssignUser { orders, on: false, .. }] if *orders == [place(2)])
        );
        let back = from_properties(&assign(false), &orders, &all);
        assert!(
            matches!(back.as_slice(), [Change::AssignUser { orders, on: true, .. }] if *orders == [place(1)])
        );
    }

    #[test]
    fn orders_go_back_to_the_groups_that_they_left() {
        // Order 1 leaves 1, 2, 3 and 4; of 5 and 6 the first leaves; 9 was in no group.
        let orders = [place(1), place(5), place(9)];
        let all = [
            known(1, 100, &[2, 3, 4]),
            known(5, 200, &[6]),
            known(9, 0, &[]),
        ];
        let back = back_of_groups(&orders, &all);
        assert_eq!(
            back,
            [
                Change::Ungroup {
                    orders: vec![place(9)]
                },
                Change::AddToGroup {
                    group: Uuid::from_u128(100),
                    orders: vec![place(1)]
                },
                Change::Group {
                    orders: vec![place(5), place(6)]
                },
            ]
        );
    }

    #[test]
    fn a_flag_that_was_there_already_is_not_taken_away() {
        let mut flagged = known(1, 0, &[]);
        flagged.order.flag_list.push(crate::cloud::model::Flag {
            group_id: 3,
            flag_id: 2,
            ..Default::default()
        });
        let back = back_of_flag(&[place(1), place(2)], &[flagged, known(2, 0, &[])], 3, 2);
        assert!(
            matches!(back.as_slice(), [Change::SetFlag { orders, flag: 0, .. }] if *orders == [place(2)])
        );
    }
}

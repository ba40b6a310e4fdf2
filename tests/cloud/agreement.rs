//! Any sequence of operations on folders, orders, groups, assignments, flags and shares leaves the client, the practice
//! server and a simple model in agreement. What the server holds is read by searches, listings and properties, and never
//! from the answers of the operations themselves.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use studydrop::cloud::model::{FolderUpdate, OrderQuery, OrderRef};
use studydrop::cloud::{
    Client, Endpoint, Error, FolderName, FolderPath, FolderShare, Keys, Modality, NewOrder,
};
use studydrop::practice::{self, Config, Server};
use uuid::Uuid;

/// How many orders there are to begin with.
const ORDERS: usize = 6;

/// What is done. Numbers choose among what there is, round and round.
#[derive(Debug, Clone)]
enum Op {
    CreateFolder {
        parent: usize,
        path: &'static str,
    },
    Rename {
        folder: usize,
        name: &'static str,
    },
    DeleteFolder {
        folder: usize,
    },
    AddToFolder {
        order: usize,
        folder: usize,
    },
    RemoveFromFolder {
        orders: Vec<usize>,
        folder: usize,
    },
    Group {
        orders: Vec<usize>,
    },
    AddToGroup {
        of: usize,
        orders: Vec<usize>,
    },
    Ungroup {
        orders: Vec<usize>,
    },
    AssignUser {
        order: usize,
        on: bool,
    },
    AssignGroup {
        order: usize,
        on: bool,
    },
    Move {
        order: usize,
        location: usize,
    },
    Flag {
        order: usize,
        group: usize,
        flag: usize,
    },
    Delete {
        order: usize,
    },
    ShareFolder {
        folder: usize,
        within: bool,
    },
    ShareOrder {
        order: usize,
    },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let n = 0..64_usize;
    let few = || vec(0..64_usize, 1..4);
    let path = prop::sample::select(vec!["a", "b", "ö/ä", "a/b/c", "«x»'\""]);
    let name = prop::sample::select(vec!["a", "b", "neu", "مجلد"]);
    let op = prop_oneof![
        3 => (n.clone(), path).prop_map(|(parent, path)| Op::CreateFolder { parent, path }),
        2 => (n.clone(), name).prop_map(|(folder, name)| Op::Rename { folder, name }),
        1 => n.clone().prop_map(|folder| Op::DeleteFolder { folder }),
        4 => (n.clone(), n.clone()).prop_map(|(order, folder)| Op::AddToFolder { order, folder }),
        2 => (few(), n.clone()).prop_map(|(orders, folder)| Op::RemoveFromFolder { orders, folder }),
        3 => few().prop_map(|orders| Op::Group { orders }),
        2 => (n.clone(), few()).prop_map(|(of, orders)| Op::AddToGroup { of, orders }),
        2 => few().prop_map(|orders| Op::Ungroup { orders }),
        2 => (n.clone(), any::<bool>()).prop_map(|(order, on)| Op::AssignUser { order, on }),
        2 => (n.clone(), any::<bool>()).prop_map(|(order, on)| Op::AssignGroup { order, on }),
        2 => (n.clone(), 0..2_usize).prop_map(|(order, location)| Op::Move { order, location }),
        3 => (n.clone(), 0..2_usize, 0..4_usize)
            .prop_map(|(order, group, flag)| Op::Flag { order, group, flag }),
        1 => n.clone().prop_map(|order| Op::Delete { order }),
        1 => (n.clone(), any::<bool>()).prop_map(|(folder, within)| Op::ShareFolder { folder, within }),
        1 => n.prop_map(|order| Op::ShareOrder { order }),
    ];
    vec(op, 1..30)
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Folder {
    parent: Option<Uuid>,
    name: String,
    shared: bool,
    /// Shared with the restricted user.
    with_restricted: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Order {
    location: Uuid,
    folders: BTreeSet<Uuid>,
    /// Orders of one number open together.
    group: Option<u32>,
    user: bool,
    user_group: bool,
    flags: BTreeMap<u64, u64>,
    shares: usize,
}

/// What there should be.
#[derive(Debug, Default)]
struct Model {
    folders: BTreeMap<Uuid, Folder>,
    orders: BTreeMap<Uuid, Order>,
    trashed: BTreeSet<Uuid>,
    groups: u32,
}

impl Model {
    fn folder(&self, n: usize) -> Option<Uuid> {
        let count = self.folders.len();
        self.folders.keys().nth(n.checked_rem(count)?).copied()
    }

    /// An order, sometimes one in the trash.
    fn order(&self, n: usize) -> Uuid {
        let all: Vec<Uuid> = self.orders.keys().chain(&self.trashed).copied().collect();
        all[n % all.len()]
    }

    /// Orders of one location, each once, none in the trash.
    fn together(&self, numbers: &[usize]) -> Vec<Uuid> {
        let mut list: Vec<Uuid> = Vec::new();
        for n in numbers {
            let uuid = self.order(*n);
            let Some(order) = self.orders.get(&uuid) else {
                continue;
            };
            let first = list.first().and_then(|first| self.orders.get(first));
            if first.is_none_or(|first| first.location == order.location) && !list.contains(&uuid) {
                list.push(uuid);
            }
        }
        list
    }

    fn child(&self, parent: Option<Uuid>, name: &str) -> Option<Uuid> {
        let mut all = self.folders.iter();
        all.find(|(_, folder)| folder.parent == parent && folder.name == name)
            .map(|(uuid, _)| *uuid)
    }

    fn below(&self, folder: Uuid) -> Vec<Uuid> {
        let mut list = vec![folder];
        let mut at = 0;
        while let Some(parent) = list.get(at).copied() {
            let inner = self
                .folders
                .iter()
                .filter(|(_, f)| f.parent == Some(parent));
            list.extend(inner.map(|(uuid, _)| *uuid));
            at += 1;
        }
        list
    }

    /// Groups with one order are none.
    fn dissolve(&mut self) {
        let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
        for group in self.orders.values().filter_map(|order| order.group) {
            *sizes.entry(group).or_default() += 1;
        }
        for order in self.orders.values_mut() {
            if order.group.is_some_and(|group| sizes[&group] < 2) {
                order.group = None;
            }
        }
    }

    fn visible_to_restricted(&self) -> BTreeSet<Uuid> {
        let shared: BTreeSet<Uuid> = self
            .folders
            .iter()
            .filter(|(_, folder)| folder.with_restricted)
            .flat_map(|(uuid, _)| self.below(*uuid))
            .collect();
        let sees =
            |order: &&Order| order.user || order.user_group || !order.folders.is_disjoint(&shared);
        let all = self.orders.iter();
        all.filter(|(_, order)| sees(order))
            .map(|(uuid, _)| *uuid)
            .collect()
    }
}

/// The account under test.
struct Bench {
    client: Client,
    user: Uuid,
    restricted: Uuid,
    user_group: Uuid,
    locations: Vec<Uuid>,
    flags: Vec<(u64, Vec<u64>)>,
    _server: Server,
    _data: tempfile::TempDir,
}

async fn bench() -> (Bench, Model) {
    studydrop::cloud::install_crypto();
    let data = tempfile::tempdir().unwrap();
    let server = practice::start(Config::local(data.path())).await.unwrap();
    let endpoint = Endpoint::parse(&server.router(), "").unwrap();
    let keys = Keys {
        account_key: server.account_key(),
        api_key: server.api_key(),
    };
    let client = Client::sign_in(&endpoint, &keys, |_| {}).await.unwrap();
    let account = client.account();
    let first = &account.user_list[0];
    let user = first.user_uuid;
    let locations: Vec<Uuid> = first
        .institution_list
        .iter()
        .map(|l| l.institution_uuid)
        .collect();
    let users = client.get_user_list(user).await.unwrap();
    let restricted = users
        .iter()
        .find(|one| one.is_restricted)
        .unwrap()
        .user_uuid;
    let groups = client.get_user_group_list(user).await.unwrap();
    let group = groups
        .iter()
        .find(|group| {
            group
                .user_list
                .iter()
                .any(|one| one.user_uuid == restricted)
        })
        .unwrap();
    let flags = client.get_account_flag_dictionary(user).await.unwrap();
    let flags = flags
        .iter()
        .map(|group| {
            (
                group.group_id,
                group.flag_list.iter().map(|f| f.flag_id).collect(),
            )
        })
        .collect();
    let mut model = Model::default();
    learn_folders(&client, user, None, &mut model).await;
    for n in 0..ORDERS {
        let order = NewOrder {
            location: locations[n % 2],
            patient_name: format!("Patient^{n}"),
            patient_id: format!("P{n}"),
            modality: Some(Modality::parse("modality", "CT").unwrap()),
            date: Some(jiff::civil::date(2026, 11, 24)),
            ..NewOrder::default()
        };
        let made = client
            .create_order_with_minimum_parameters(user, &order)
            .await
            .unwrap();
        let known = Order {
            location: order.location,
            ..Order::default()
        };
        model.orders.insert(made.patient_order_uuid, known);
    }
    let bench = Bench {
        user_group: group.user_group_uuid,
        client,
        user,
        restricted,
        locations,
        flags,
        _server: server,
        _data: data,
    };
    (bench, model)
}

/// What a new workspace has of folders.
async fn learn_folders(client: &Client, user: Uuid, parent: Option<Uuid>, model: &mut Model) {
    let listed = client
        .get_folder_list(user, parent, "", false)
        .await
        .unwrap();
    for folder in listed.sub_folder_list {
        let known = Folder {
            parent,
            name: folder.folder_name.clone(),
            shared: folder.is_shared,
            with_restricted: false,
        };
        model.folders.insert(folder.folder_uuid, known);
        Box::pin(learn_folders(client, user, Some(folder.folder_uuid), model)).await;
    }
}

impl Bench {
    fn place(&self, model: &Model, order: Uuid) -> OrderRef {
        let location = model.orders.get(&order).map(|order| order.location);
        OrderRef {
            location: location.unwrap_or(self.locations[0]),
            order,
        }
    }

    /// Does it at the account and in the model. Whether both say yes, or both say no, is checked here.
    async fn apply(&self, model: &mut Model, op: &Op) {
        match op {
            Op::CreateFolder { .. } | Op::Rename { .. } | Op::DeleteFolder { .. } => {
                self.apply_to_folders(model, op).await;
            }
            Op::Group { .. } | Op::AddToGroup { .. } | Op::Ungroup { .. } => {
                self.apply_to_groups(model, op).await;
            }
            Op::ShareFolder { .. } | Op::ShareOrder { .. } => self.share(model, op).await,
            _ => self.apply_to_order(model, op).await,
        }
    }

    async fn apply_to_folders(&self, model: &mut Model, op: &Op) {
        let (client, user) = (&self.client, self.user);
        match op {
            Op::CreateFolder { parent, path } => {
                // The root now and then.
                let parent = if parent % 3 == 0 {
                    None
                } else {
                    model.folder(*parent)
                };
                let path = FolderPath::parse("folderName", path).unwrap();
                let made = client.create_folder(user, parent, &path).await;
                let names: Vec<&str> = path.as_str().split('/').collect();
                let mut at = parent;
                let mut missing = false;
                for name in &names {
                    match model.child(at, name).filter(|_| !missing) {
                        Some(there) => at = Some(there),
                        None => missing = true,
                    }
                }
                assert_eq!(made.is_ok(), missing, "{op:?}: {made:?}");
                if missing {
                    // The GUIDs above the deepest one are only told by listings.
                    let known: Vec<Uuid> = model.folders.keys().copied().collect();
                    let mut seen = Model::default();
                    learn_folders(client, user, None, &mut seen).await;
                    let new: Vec<(Uuid, Folder)> = seen
                        .folders
                        .into_iter()
                        .filter(|(uuid, _)| !known.contains(uuid))
                        .collect();
                    let deepest = made.unwrap().folder_uuid;
                    assert!(
                        new.iter().any(|(uuid, _)| *uuid == deepest),
                        "the deepest is named"
                    );
                    model.folders.extend(new);
                    let mut walk = parent;
                    for name in names {
                        walk = model.child(walk, name);
                        assert!(walk.is_some(), "{op:?} made the whole path");
                    }
                    assert_eq!(walk, Some(deepest));
                }
            }
            Op::Rename { folder, name } => {
                let Some(folder) = model.folder(*folder) else {
                    return;
                };
                let update = FolderUpdate {
                    name: Some(FolderName::parse("FolderName", name).unwrap()),
                    description: None,
                };
                let renamed = client.update_folder_with_json(user, folder, &update).await;
                let parent = model.folders[&folder].parent;
                let free = model
                    .child(parent, name)
                    .is_none_or(|there| there == folder);
                assert_eq!(renamed.is_ok(), free, "{op:?}: {renamed:?}");
                if free {
                    model.folders.get_mut(&folder).unwrap().name = (*name).to_owned();
                }
            }
            Op::DeleteFolder { folder } => {
                let Some(folder) = model.folder(*folder) else {
                    return;
                };
                client.delete_folder(user, folder).await.unwrap();
                for gone in model.below(folder) {
                    model.folders.remove(&gone);
                    for order in model.orders.values_mut() {
                        order.folders.remove(&gone);
                    }
                }
                assert!(
                    client.delete_folder(user, folder).await.is_err(),
                    "gone is gone"
                );
            }
            _ => {}
        }
    }

    async fn apply_to_groups(&self, model: &mut Model, op: &Op) {
        let (client, user) = (&self.client, self.user);
        match op {
            Op::Group { orders } => {
                let list = model.together(orders);
                let Some(first) = list.first() else { return };
                let location = model.orders[first].location;
                let made = client.create_order_group(user, location, &list).await;
                assert_eq!(made.is_ok(), list.len() >= 2, "{op:?}: {made:?}");
                if made.is_ok() {
                    model.groups += 1;
                    for uuid in list {
                        model.orders.get_mut(&uuid).unwrap().group = Some(model.groups);
                    }
                    model.dissolve();
                }
            }
            Op::AddToGroup { of, orders } => {
                let of = model.order(*of);
                let Some(known) = model.orders.get(&of) else {
                    return;
                };
                let (Some(group), location) = (known.group, known.location) else {
                    return;
                };
                let mut list = model.together(orders);
                list.retain(|uuid| model.orders[uuid].location == location);
                if list.is_empty() {
                    return;
                }
                let found = client
                    .search_orders(user, &OrderQuery::default())
                    .await
                    .unwrap();
                let found = found
                    .iter()
                    .find(|order| order.patient_order_uuid == of)
                    .unwrap();
                let connected = found.group().unwrap();
                client
                    .add_orders_to_order_group(user, location, connected, &list)
                    .await
                    .unwrap();
                for uuid in list {
                    model.orders.get_mut(&uuid).unwrap().group = Some(group);
                }
                model.dissolve();
            }
            Op::Ungroup { orders } => {
                let list = model.together(orders);
                let Some(first) = list.first() else { return };
                let location = model.orders[first].location;
                client
                    .remove_orders_from_group(user, location, &list)
                    .await
                    .unwrap();
                for uuid in list {
                    model.orders.get_mut(&uuid).unwrap().group = None;
                }
                model.dissolve();
            }
            _ => {}
        }
    }

    async fn apply_to_order(&self, model: &mut Model, op: &Op) {
        let (client, user) = (&self.client, self.user);
        match op {
            Op::AddToFolder { order, folder } => {
                let (order, Some(folder)) = (model.order(*order), model.folder(*folder)) else {
                    return;
                };
                let place = self.place(model, order);
                let added = client.add_order_to_folder(user, place, &[folder]).await;
                agree(op, &added, model.orders.contains_key(&order));
                if let Some(order) = model.orders.get_mut(&order) {
                    order.folders.insert(folder);
                }
            }
            Op::RemoveFromFolder { orders, folder } => {
                let (list, Some(folder)) = (model.together(orders), model.folder(*folder)) else {
                    return;
                };
                if list.is_empty() {
                    return;
                }
                client
                    .remove_order_from_folder(user, folder, &list)
                    .await
                    .unwrap();
                for uuid in list {
                    model.orders.get_mut(&uuid).unwrap().folders.remove(&folder);
                }
            }
            Op::AssignUser { order, on } => {
                let order = model.order(*order);
                let done = match on {
                    true => {
                        client
                            .assign_patient_order_to_user(user, order, self.restricted)
                            .await
                    }
                    false => {
                        client
                            .unassign_patient_order_from_user(user, order, self.restricted)
                            .await
                    }
                };
                agree(op, &done, model.orders.contains_key(&order));
                if let Some(order) = model.orders.get_mut(&order) {
                    order.user = *on;
                }
            }
            Op::AssignGroup { order, on } => {
                let order = model.order(*order);
                let group = self.user_group;
                let done = match on {
                    true => {
                        client
                            .assign_patient_order_to_user_group(user, order, group)
                            .await
                    }
                    false => {
                        client
                            .unassign_patient_order_from_user_group(user, order, group)
                            .await
                    }
                };
                agree(op, &done, model.orders.contains_key(&order));
                if let Some(order) = model.orders.get_mut(&order) {
                    order.user_group = *on;
                }
            }
            Op::Move { order, location } => {
                let (order, to) = (model.order(*order), self.locations[*location]);
                let moved = client
                    .assign_patient_order_to_location(user, order, to)
                    .await;
                agree(op, &moved, model.orders.contains_key(&order));
                if let Some(order) = model.orders.get_mut(&order) {
                    order.location = to;
                }
            }
            Op::Flag { order, group, flag } => {
                let order = model.order(*order);
                let (group, flags) = &self.flags[*group];
                // One more than there are takes the group's flag away.
                let flag = flags.get(*flag).copied().unwrap_or(0);
                let (g, f) = (u32::try_from(*group).unwrap(), u32::try_from(flag).unwrap());
                let set = client.set_flag_to_patient_order(user, order, g, f).await;
                agree(op, &set, model.orders.contains_key(&order));
                if let Some(order) = model.orders.get_mut(&order) {
                    match flag {
                        0 => drop(order.flags.remove(group)),
                        flag => drop(order.flags.insert(*group, flag)),
                    }
                }
            }
            Op::Delete { order } => {
                let order = model.order(*order);
                let place = self.place(model, order);
                let deleted = client.delete_order(user, place).await;
                agree(op, &deleted, model.orders.contains_key(&order));
                if model.orders.remove(&order).is_some() {
                    model.trashed.insert(order);
                }
                model.dissolve();
            }
            _ => {}
        }
    }

    async fn share(&self, model: &mut Model, op: &Op) {
        let (client, user) = (&self.client, self.user);
        match op {
            Op::ShareFolder { folder, within } => {
                let Some(folder) = model.folder(*folder) else {
                    return;
                };
                if *within {
                    let with = [self.restricted];
                    client
                        .share_folder_with_account_user(user, folder, &with, None)
                        .await
                        .unwrap();
                } else {
                    let share = FolderShare {
                        folder,
                        ..FolderShare::default()
                    };
                    let shared = client.share_folder_with_url(user, &share).await.unwrap();
                    assert!(!shared.result.is_empty() && !shared.share_password.is_empty());
                }
                let known = model.folders.get_mut(&folder).unwrap();
                known.shared = true;
                known.with_restricted |= *within;
            }
            Op::ShareOrder { order } => {
                let order = model.order(*order);
                let shared = client.create_quick_share_link(user, &[order], false).await;
                agree(op, &shared, model.orders.contains_key(&order));
                if let Some(order) = model.orders.get_mut(&order) {
                    order.shares += 1;
                }
            }
            _ => {}
        }
    }

    /// Reads everything and holds it against the model.
    async fn check(&self, model: &Model) {
        let (client, user) = (&self.client, self.user);
        let mut seen = Model::default();
        learn_folders(client, user, None, &mut seen).await;
        let without_users = |folders: &BTreeMap<Uuid, Folder>| -> BTreeMap<Uuid, Folder> {
            let plain = |folder: &Folder| Folder {
                with_restricted: false,
                ..folder.clone()
            };
            folders
                .iter()
                .map(|(uuid, folder)| (*uuid, plain(folder)))
                .collect()
        };
        assert_eq!(without_users(&seen.folders), without_users(&model.folders));

        let found = client
            .search_orders(user, &OrderQuery::default())
            .await
            .unwrap();
        let uuids: BTreeSet<Uuid> = found.iter().map(|order| order.patient_order_uuid).collect();
        assert_eq!(uuids, model.orders.keys().copied().collect());
        let groups = |of: &dyn Fn(Uuid) -> Option<String>| -> BTreeSet<BTreeSet<Uuid>> {
            let mut groups: BTreeMap<String, BTreeSet<Uuid>> = BTreeMap::new();
            for uuid in &uuids {
                if let Some(group) = of(*uuid) {
                    groups.entry(group).or_default().insert(*uuid);
                }
            }
            groups.into_values().collect()
        };
        let theirs = |uuid: Uuid| {
            let order = found.iter().find(|order| order.patient_order_uuid == uuid);
            order?.group().map(|group| group.to_string())
        };
        let ours = |uuid: Uuid| model.orders[&uuid].group.map(|group| group.to_string());
        assert_eq!(groups(&theirs), groups(&ours));
        for order in &found {
            let expected = &model.orders[&order.patient_order_uuid];
            assert_eq!(order.institution_uuid, expected.location);
            let flags: BTreeMap<u64, u64> = order
                .flag_list
                .iter()
                .map(|flag| (flag.group_id, flag.flag_id))
                .collect();
            assert_eq!(flags, expected.flags);
            let known = client
                .get_patient_order_properties(user, order.place())
                .await
                .unwrap();
            let folders: BTreeSet<Uuid> = known
                .folder_list
                .iter()
                .map(|folder| folder.folder_uuid)
                .collect();
            assert_eq!(folders, expected.folders);
            let assigned = known
                .user_list
                .iter()
                .any(|one| one.user_uuid == self.restricted);
            assert_eq!(assigned, expected.user);
            assert_eq!(!known.user_group_list.is_empty(), expected.user_group);
            assert_eq!(known.share_list.len(), expected.shares);
        }
        for uuid in model.folders.keys() {
            let listed = client
                .get_patient_order_list_in_folder(user, *uuid)
                .await
                .unwrap();
            let listed: BTreeSet<Uuid> = listed.iter().map(|o| o.patient_order_uuid).collect();
            let inside = model
                .orders
                .iter()
                .filter(|(_, order)| order.folders.contains(uuid));
            assert_eq!(listed, inside.map(|(order, _)| *order).collect());
        }
        let sees = client
            .search_orders(self.restricted, &OrderQuery::default())
            .await
            .unwrap();
        let sees: BTreeSet<Uuid> = sees.iter().map(|order| order.patient_order_uuid).collect();
        assert_eq!(sees, model.visible_to_restricted());
    }
}

/// An order in the trash is refused by every operation, and none else.
fn agree<T: std::fmt::Debug>(op: &Op, result: &Result<T, Error>, there: bool) {
    assert_eq!(result.is_ok(), there, "{op:?}: {result:?}");
    if let Err(error) = result {
        assert!(matches!(error, Error::Refused { .. }), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn client_server_and_model_agree(ops in ops()) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (bench, mut model) = bench().await;
            for op in &ops {
                bench.apply(&mut model, op).await;
            }
            bench.check(&model).await;
            bench.client.close().await;
        });
    }
}

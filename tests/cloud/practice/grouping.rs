//! Groups of orders, assignment, and flags.

use serde_json::{Value, json};
use studydrop::cloud::wire::General;
use uuid::Uuid;

use crate::practice::client::{Client, Door, server};

async fn four(client: &mut Client) -> Vec<Value> {
    let mut orders = Vec::new();
    for study in ["1.2.1", "1.2.2", "1.2.3", "1.2.4"] {
        orders.push(client.study(study).await);
    }
    orders
}

/// The group of each order.
async fn groups(client: &mut Client, orders: &[Value]) -> Vec<String> {
    let mut groups = Vec::new();
    for order in orders {
        let group = client.properties(order).await["ConnectedGroupUuid"].clone();
        groups.push(group.as_str().unwrap().to_owned());
    }
    groups
}

#[tokio::test]
async fn an_order_is_in_one_group_and_a_group_holds_two_at_least() {
    let (_data, _server, mut client) = server().await;
    let orders = four(&mut client).await;
    let group = async |client: &mut Client, list: &[Value]| {
        let given = json!({
            "PatientOrderInstitutionUuid": client.location, "PatientOrderUuidList": list,
        });
        client.done(General::CreateOrderGroup, given).await["ConnectedGroupUuid"].clone()
    };
    let first = group(&mut client, &orders[..3]).await;
    let name = first.as_str().unwrap();
    assert_eq!(groups(&mut client, &orders).await, [name, name, name, ""]);
    let found = client.orders(json!({})).await;
    let within = found
        .iter()
        .filter(|order| order["ConnectedGroupUuid"] == first);
    assert_eq!(within.count(), 3, "the search knows it too");
    let others = client.properties(&orders[0]).await["ConnectedOrderList"].clone();
    let others: Vec<_> = others
        .as_array()
        .unwrap()
        .iter()
        .map(|order| &order["StudyInstanceUid"])
        .cloned()
        .collect();
    assert_eq!(others.len(), 2);
    assert!(others.contains(&json!("1.2.2")) && others.contains(&json!("1.2.3")));

    // An order that joins another group leaves its own.
    let second = group(&mut client, &orders[2..]).await;
    let other = second.as_str().unwrap();
    assert_eq!(
        groups(&mut client, &orders).await,
        [name, name, other, other]
    );
    let given = json!({"ConnectedGroupUuid": second, "PatientOrderUuidList": [orders[1]]});
    client
        .done(General::AddOrdersToOrderGroup, given.clone())
        .await;
    client.done(General::AddOrdersToOrderGroup, given).await;
    assert_eq!(
        groups(&mut client, &orders).await,
        ["", other, other, other]
    );
    let given = json!({"PatientOrderUuidList": [orders[1], orders[0]]});
    client.done(General::RemoveOrdersFromGroup, given).await;
    assert_eq!(groups(&mut client, &orders).await, ["", "", other, other]);
    client
        .done(
            General::RemoveOrdersFromGroup,
            json!({"PatientOrderUuidList": [orders[3]]}),
        )
        .await;
    assert_eq!(groups(&mut client, &orders).await, ["", "", "", ""]);

    let nobody = json!(Uuid::new_v4());
    for (management, given, says) in [
        (
            General::CreateOrderGroup,
            json!({"PatientOrderUuidList": [orders[0]]}),
            "two orders",
        ),
        (
            General::CreateOrderGroup,
            json!({"PatientOrderUuidList": [orders[0], orders[0]]}),
            "two orders",
        ),
        (
            General::CreateOrderGroup,
            json!({"PatientOrderUuidList": [orders[0], nobody]}),
            "order does not exist",
        ),
        (
            General::AddOrdersToOrderGroup,
            json!({"PatientOrderUuidList": [orders[0]], "ConnectedGroupUuid": second}),
            "dissolved",
        ),
        (
            General::AddOrdersToOrderGroup,
            json!({"PatientOrderUuidList": [orders[0]]}),
            "ConnectedGroupUuid is missing",
        ),
        (
            General::RemoveOrdersFromGroup,
            json!({"PatientOrderUuidList": []}),
            "is empty",
        ),
        (
            General::RemoveOrdersFromGroup,
            json!({"PatientOrderUuidList": [orders[0]], "PatientOrderInstitutionUuid": nobody}),
            "location does not exist",
        ),
    ] {
        let why = client.refused(management, given).await;
        assert!(why.contains(says), "{why}");
    }
    assert_eq!(groups(&mut client, &orders).await, ["", "", "", ""]);
}

#[tokio::test]
async fn an_order_has_one_flag_of_a_group() {
    let (_data, _server, mut client) = server().await;
    let order = client.study("1.2.1").await;
    let other = client.study("1.2.2").await;
    let known = client
        .done(General::GetAccountFlagDictionary, json!({}))
        .await["FlagGroupList"]
        .clone();
    let names: Vec<_> = known
        .as_array()
        .unwrap()
        .iter()
        .map(|group| &group["GroupName"])
        .collect();
    assert_eq!(names, ["Priority", "Reading"]);
    assert_eq!(known[0]["FlagList"].as_array().unwrap().len(), 3);
    let color = known[0]["FlagList"][2]["FlagColor"].as_str().unwrap();
    assert!(color.len() == 7 && color.starts_with('#'), "{color}");

    let set = async |client: &mut Client, group: u32, flag: u32| {
        let given = json!({"PatientOrderUuid": order, "GroupId": group, "FlagId": flag});
        client.done(General::SetFlagToPatientOrder, given).await;
        let orders = client.orders(json!({})).await;
        let flags = |order: &Value| order["FlagList"].clone();
        let unflagged = orders
            .iter()
            .find(|one| one["PatientOrderUuid"] == other)
            .unwrap();
        assert_eq!(flags(unflagged), json!([]));
        let flagged = orders
            .iter()
            .find(|one| one["PatientOrderUuid"] == order)
            .unwrap();
        assert_eq!(flags(flagged), client.properties(&order).await["FlagList"]);
        flags(flagged)
    };
    assert_eq!(set(&mut client, 1, 1).await[0]["FlagName"], "Routine");
    let flags = set(&mut client, 1, 3).await;
    assert_eq!(
        flags,
        json!([{"GroupId": 1, "GroupName": "Priority", "FlagId": 3, "FlagName": "Emergency", "FlagColor": color}])
    );
    assert_eq!(set(&mut client, 2, 2).await.as_array().unwrap().len(), 2);
    let flags = set(&mut client, 1, 0).await;
    assert_eq!(flags[0]["FlagName"], "Second opinion");
    for (group, flag, says) in [
        (json!(9), json!(1), "There is no flag group 9."),
        (
            json!(1),
            json!(77),
            "There is no flag 77 in the group 1, \"Priority\".",
        ),
        (json!(1), json!(-1), "FlagId must be a whole number"),
        (json!("1"), json!(1), "GroupId must be a whole number"),
    ] {
        let given = json!({"PatientOrderUuid": order, "GroupId": group, "FlagId": flag});
        let why = client.refused(General::SetFlagToPatientOrder, given).await;
        assert!(why.contains(says), "{why}");
    }
    assert_eq!(client.properties(&order).await["FlagList"], flags);
}

#[tokio::test]
async fn an_assigned_order_is_seen_by_whom_it_is_assigned_to() {
    let (_data, server, mut client) = server().await;
    client.location = client.place(1);
    let order = client.study("1.2.1").await;
    let mut nils = Door::from(&server).sign_in_as(2).await;
    let mut mia = Door::from(&server).sign_in_as(3).await;
    assert!(nils.orders(json!({})).await.is_empty());
    let given = json!({"PatientOrderUuid": order, "AssignedUserUuid": nils.user});
    client
        .done(General::AssignPatientOrderToUser, given.clone())
        .await;
    client.done(General::AssignPatientOrderToUser, given).await;
    assert_eq!(nils.found(json!({})).await, ["1.2.1"]);
    assert!(mia.orders(json!({})).await.is_empty());
    let people = client.properties(&order).await["UserList"].clone();
    assert_eq!(
        people,
        json!([{"UserUuid": nils.user, "UserName": "nils.berg", "FullName": "Nils Berg"}])
    );

    let list = client.done(General::GetUserGroupList, json!({})).await["UserGroupList"].clone();
    let night = list
        .as_array()
        .unwrap()
        .iter()
        .find(|group| group["UserGroupName"] == "Night shift")
        .unwrap()
        .clone();
    let night = &night["UserGroupUuid"];
    let given = json!({"PatientOrderUuid": order, "AssignedUserGroupUuid": night});
    client
        .done(General::AssignPatientOrderToUserGroup, given)
        .await;
    let given = json!({"PatientOrderUuid": order, "UnassignedUserUuid": nils.user});
    client
        .done(General::UnassignPatientOrderFromUser, given.clone())
        .await;
    client
        .done(General::UnassignPatientOrderFromUser, given)
        .await;
    assert_eq!(nils.found(json!({})).await, ["1.2.1"], "by the group");
    assert_eq!(mia.found(json!({})).await, ["1.2.1"]);
    let known = client.properties(&order).await;
    assert_eq!(
        (
            &known["UserList"],
            &known["UserGroupList"][0]["UserGroupUuid"]
        ),
        (&json!([]), night)
    );
    let given = json!({"PatientOrderUuid": order, "UnassignedUserGroupUuid": night});
    client
        .done(General::UnassignPatientOrderFromUserGroup, given)
        .await;
    assert!(nils.orders(json!({})).await.is_empty());
    assert!(mia.orders(json!({})).await.is_empty());

    let nobody = json!(Uuid::new_v4());
    for (management, field, says) in [
        (
            General::AssignPatientOrderToUser,
            "AssignedUserUuid",
            "user is not in this account",
        ),
        (
            General::UnassignPatientOrderFromUser,
            "UnassignedUserUuid",
            "user is not in this account",
        ),
        (
            General::AssignPatientOrderToUserGroup,
            "AssignedUserGroupUuid",
            "user group is not in this account",
        ),
        (
            General::UnassignPatientOrderFromUserGroup,
            "UnassignedUserGroupUuid",
            "user group is not in this account",
        ),
    ] {
        let why = client
            .refused(
                management,
                json!({"PatientOrderUuid": order, field: nobody}),
            )
            .await;
        assert!(why.contains(says), "{why}");
        let why = client
            .refused(management, json!({"PatientOrderUuid": order}))
            .await;
        assert!(why.contains(field), "{why}");
    }
}

#[tokio::test]
async fn an_order_moves_to_another_location_with_its_images() {
    let (_data, _server, mut client) = server().await;
    let (first, second) = (client.place(0), client.place(1));
    let order = client.study("1.2.1").await;
    let to = |location: &Value| json!({"PatientOrderUuid": order, "InstitutionUuid": location});
    client
        .done(General::AssignPatientOrderToInstitution, to(&second))
        .await;
    assert_eq!(
        client.found(json!({"InstitutionUuidList": [second]})).await,
        ["1.2.1"]
    );
    assert!(
        client
            .found(json!({"InstitutionUuidList": [first]}))
            .await
            .is_empty()
    );
    let upload = client.begin().await;
    assert!(!client.exists(&upload, "1.2.1", "1.2.1.1.1").await);
    // The study comes to the first location once more: now neither can go to the other.
    let twin = client.study("1.2.1").await;
    assert_ne!(twin, order);
    let why = client
        .refused(General::AssignPatientOrderToInstitution, to(&first))
        .await;
    assert_eq!(
        why,
        "The location \"Main hospital\" holds the study 1.2.1 already."
    );
    client
        .done(
            General::DeletePatientOrder,
            json!({"PatientOrderUuid": twin}),
        )
        .await;
    client
        .done(General::AssignPatientOrderToInstitution, to(&first))
        .await;
    assert!(client.exists(&upload, "1.2.1", "1.2.1.1.1").await);
    client
        .done(General::AssignPatientOrderToInstitution, to(&first))
        .await;

    let why = client
        .refused(
            General::AssignPatientOrderToInstitution,
            to(&json!(Uuid::new_v4())),
        )
        .await;
    assert!(why.contains("location does not exist"), "{why}");
    let mut given = to(&second);
    given["UserUuid"] = client.person(2);
    let why = client
        .refused(General::AssignPatientOrderToInstitution, given)
        .await;
    assert!(
        why.contains("may not use the location \"Outpatient clinic\""),
        "{why}"
    );
}

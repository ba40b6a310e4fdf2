//! Orders in the trash: nothing shows them, their files stay, their study may come again.

use serde_json::json;
use studydrop::cloud::wire::{General, MAX_PART};
use studydrop::practice::{Config, start};
use uuid::Uuid;

use crate::practice::client::{Door, refusal, server, stored};
use crate::practice::studies::Image;

#[tokio::test]
async fn an_order_in_the_trash_is_nowhere_and_in_nothing() {
    let (data, server, mut client) = server().await;
    let folder = client.folder(&json!(null), "a").await;
    let orders = [
        client.study("1.2.1").await,
        client.study("1.2.2").await,
        client.study("1.2.3").await,
    ];
    let given = json!({"PatientOrderUuid": orders[0], "FolderUuidList": [folder]});
    client.done(General::AddOrderToFolder, given).await;
    let given = json!({"PatientOrderUuidList": [orders[0], orders[1]]});
    client.done(General::CreateOrderGroup, given).await;
    let given =
        json!({"PatientOrderUuid": orders[0], "PatientOrderInstitutionUuid": client.location});
    client
        .done(General::DeletePatientOrder, given.clone())
        .await;

    assert_eq!(client.found(json!({})).await, ["1.2.2", "1.2.3"]);
    assert!(client.found(json!({"FolderUuid": folder})).await.is_empty());
    let listing = client.listing(&folder).await;
    assert_eq!(
        (&listing["OrderCount"], &listing["AllSubOrderCount"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(listing["PatientOrderList"], json!([]));
    let left = client.properties(&orders[1]).await;
    assert_eq!(left["ConnectedGroupUuid"], "", "a group of one is none");
    for (management, given) in [
        (General::DeletePatientOrder, given),
        (
            General::GetPatientOrderProperties,
            json!({"PatientOrderUuid": orders[0]}),
        ),
        (General::GetViewUrl, json!({"PatientOrderUuid": orders[0]})),
        (
            General::SharePatientOrderWithUrl,
            json!({"OrderUuidList": [orders[1], orders[0]]}),
        ),
        (
            General::SetFlagToPatientOrder,
            json!({"PatientOrderUuid": orders[0], "GroupId": 1, "FlagId": 1}),
        ),
        (
            General::CreateOrderGroup,
            json!({"PatientOrderUuidList": [orders[0], orders[2]]}),
        ),
        (
            General::AssignPatientOrderToUser,
            json!({"PatientOrderUuid": orders[0], "AssignedUserUuid": client.user}),
        ),
        (
            General::RemoveOrderFromFolder,
            json!({"FolderUuid": folder, "PatientOrderUuidList": [orders[0]]}),
        ),
    ] {
        let why = client.refused(management, given).await;
        assert_eq!(why, "The order is in the trash.");
    }
    // A start sweeps nothing of it away.
    server.stop().await;
    let _server = start(Config::local(data.path())).await.unwrap();
    assert_eq!(stored(data.path()).0.len(), 3);
}

#[tokio::test]
async fn a_study_in_the_trash_may_be_uploaded_anew() {
    let (data, _server, mut client) = server().await;
    let image = Image::of("1.2.1", 1);
    let small = image.bytes(100, 7);
    let large = Image::of("1.2.1", 2).bytes(MAX_PART, 7);
    let mut orders = Vec::new();
    for _ in 0..3 {
        let upload = client.begin().await;
        assert!(!client.exists(&upload, "1.2.1", "1.2.1.1.1").await);
        assert!(!client.exists(&upload, "1.2.1", "1.2.1.1.2").await);
        client.send_file(&upload, 0, &small).await;
        let answer = client.send_file(&upload, 1, &large).await;
        let order = answer["ResponseMessage"]["PatientOrder"].clone();
        assert_eq!(order["ImagesCount"], 2);
        assert!(client.exists(&upload, "1.2.1", "1.2.1.1.2").await);
        let given = json!({"PatientOrderUuid": order["PatientOrderUuid"]});
        client.done(General::DeletePatientOrder, given).await;
        // Even the very same parts, sent once more within the upload, are a new image.
        let answer = client.send_file(&upload, 1, &large).await;
        let again = answer["ResponseMessage"]["PatientOrder"].clone();
        assert_eq!(again["ImagesCount"], 1);
        assert!(!client.exists(&upload, "1.2.1", "1.2.1.1.1").await);
        let given = json!({"PatientOrderUuid": again["PatientOrderUuid"]});
        client.done(General::DeletePatientOrder, given).await;
        orders.extend([order, again]);
    }
    let distinct: std::collections::HashSet<_> = orders
        .iter()
        .map(|order| order["PatientOrderUuid"].as_str().unwrap())
        .collect();
    assert_eq!(distinct.len(), 6);
    assert_eq!(stored(data.path()).0.len(), 9, "the trash keeps its files");
    assert!(client.orders(json!({})).await.is_empty());
}

#[tokio::test]
async fn only_what_is_seen_can_be_deleted() {
    let (_data, server, mut client) = server().await;
    client.location = client.place(1);
    let order = client.study("1.2.1").await;
    let mut nils = Door::from(&server).sign_in_as(2).await;
    for order in [&order, &json!(Uuid::new_v4())] {
        let given = json!({"PatientOrderUuid": order});
        let answer = nils.general(General::DeletePatientOrder, given).await;
        assert_eq!(
            refusal(&answer),
            "The order does not exist, or the user may not see it. Search again."
        );
    }
    assert_eq!(client.found(json!({})).await, ["1.2.1"]);
}

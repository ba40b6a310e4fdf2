//! View addresses.

use serde_json::{Value, json};
use studydrop::cloud::wire::General;
use uuid::Uuid;

use crate::practice::client::{Door, server};
use crate::practice::sharing::token;

#[tokio::test]
async fn a_view_address_holds_what_was_asked_for() {
    let (data, server, mut client) = server().await;
    let folder = client.folder(&Value::Null, "Shared").await;
    let order = client.study("1.2.1").await;
    let other = client.study("1.2.2").await;
    client.location = client.place(1);
    client.study("1.2.3").await;
    let database = rusqlite::Connection::open(data.path().join("practice.sqlite")).unwrap();
    let held = |token: &str| -> Vec<String> {
        let mut orders = database
            .prepare("SELECT patient_order FROM view_order WHERE token = ?1 ORDER BY position")
            .unwrap();
        let rows = orders.query_map([token], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let view = client
        .done(General::GetViewUrl, json!({"PatientOrderUuid": order}))
        .await;
    assert_eq!(
        held(token(&client, &view["Result"], "view")),
        [order.as_str().unwrap()]
    );
    // By name: all that this user sees of the patient.
    let mut nils = Door::from(&server).sign_in_as(2).await;
    let view = nils
        .done(General::GetViewUrl, json!({"PatientName": "oberg^MARTA"}))
        .await;
    let mut found = held(token(&client, &view["Result"], "view"));
    let mut wanted = [order.as_str().unwrap(), other.as_str().unwrap()];
    found.sort();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    let view = client
        .done(General::GetViewUrl, json!({"PatientName": "Öberg^Märta"}))
        .await;
    assert_eq!(held(token(&client, &view["Result"], "view")).len(), 3);
    let view = client
        .done(General::GetFolderViewUrl, json!({"FolderUuid": folder}))
        .await;
    let of: String = database
        .query_row(
            "SELECT folder FROM view WHERE token = ?1",
            [token(&client, &view["Result"], "view")],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(json!(of), folder);

    let given = json!({
        "PatientName": "Berg^Anna", "PatientID": "P7", "PatientsBirthDate": "1980-05-17", "OrderModality": "CT",
    });
    client.done(General::CreatePatientOrder, given).await;
    client
        .done(
            General::GetViewUrl,
            json!({"PatientName": "Berg^Anna", "BirthDate": "1980-05-17"}),
        )
        .await;
    for (given, says) in [
        (json!({"PatientName": "Öberg"}), "\"Öberg\""),
        (json!({"PatientName": "Öberg*"}), "\"Öberg*\""),
        (
            json!({"PatientName": "Berg^Anna", "BirthDate": "1980-05-18"}),
            "\"Berg^Anna\", born 1980-05-18,",
        ),
        (json!({"PatientName": "  "}), "PatientName"),
        (
            json!({"PatientOrderUuid": Uuid::new_v4()}),
            "order does not exist",
        ),
    ] {
        let why = client.refused(General::GetViewUrl, given).await;
        assert!(why.contains(says), "{why}");
    }
    let why = client
        .refused(
            General::GetFolderViewUrl,
            json!({"FolderUuid": Uuid::new_v4()}),
        )
        .await;
    assert!(why.contains("folder does not exist"), "{why}");
}

#[tokio::test]
async fn a_groups_orders_open_together_as_far_as_they_are_seen() {
    let (data, server, mut client) = server().await;
    let orders = [
        client.study("1.2.1").await,
        client.study("1.2.2").await,
        client.study("1.2.3").await,
    ];
    let list = json!({"PatientOrderUuidList": [orders[0], orders[1]]});
    client.done(General::CreateOrderGroup, list).await;
    let database = rusqlite::Connection::open(data.path().join("practice.sqlite")).unwrap();
    let held = |token: &str| -> Vec<String> {
        let mut orders = database
            .prepare("SELECT patient_order FROM view_order WHERE token = ?1 ORDER BY position")
            .unwrap();
        let rows = orders.query_map([token], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let text = |order: &Value| order.as_str().unwrap().to_owned();
    let given = |order: &Value| json!({"PatientOrderUuid": order});
    let view = client.done(General::GetViewUrl, given(&orders[1])).await;
    let both = [text(&orders[1]), text(&orders[0])];
    assert_eq!(held(token(&client, &view["Result"], "view")), both);
    let view = client.done(General::GetViewUrl, given(&orders[2])).await;
    assert_eq!(
        held(token(&client, &view["Result"], "view")),
        [text(&orders[2])]
    );
    // Who sees one of them alone opens that one.
    let mut mia = Door::from(&server).sign_in_as(3).await;
    let assign = json!({"PatientOrderUuid": orders[0], "AssignedUserUuid": mia.user});
    client.done(General::AssignPatientOrderToUser, assign).await;
    let view = mia.done(General::GetViewUrl, given(&orders[0])).await;
    assert_eq!(
        held(token(&client, &view["Result"], "view")),
        [text(&orders[0])]
    );
}

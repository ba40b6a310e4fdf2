//! What the account knows, and what a restricted user sees.

use serde_json::{Value, json};
use studydrop::cloud::wire::{General, Upload};
use studydrop::practice::{Config, start};
use uuid::Uuid;

use crate::practice::client::{Client, Door, server};
use crate::practice::studies::Image;

#[tokio::test]
async fn the_account_is_told_in_lists() {
    let (_data, _server, mut client) = server().await;
    let users = client.done(General::GetUserList, json!({})).await["UserList"].clone();
    let users = users.as_array().unwrap();
    assert_eq!(users.len(), 4);
    assert_eq!(
        users[3],
        json!({
            "UserUuid": client.person(3), "UserName": "mia.lund", "FullName": "Mia Lund",
            "Email": "mia.lund@example.org", "IsRestricted": true,
        })
    );
    assert_eq!(users[0]["IsRestricted"], false);
    let groups = client.done(General::GetUserGroupList, json!({})).await["UserGroupList"].clone();
    assert_eq!(groups[0]["UserGroupName"], "Night shift");
    let members: Vec<_> = groups[0]["UserList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| &user["FullName"])
        .collect();
    assert_eq!(members, ["Nils Berg", "Mia Lund"]);
    assert_eq!(groups[1]["UserList"].as_array().unwrap().len(), 3);
    let nodes = client.done(General::GetDicomNodeList, json!({})).await["DicomNodeList"].clone();
    let nodes = nodes.as_array().unwrap();
    assert_eq!(nodes.len(), 3);
    assert_eq!(
        (
            &nodes[0]["DicomNodeName"],
            &nodes[0]["AeTitle"],
            &nodes[0]["Modality"]
        ),
        (&json!("CT 1"), &json!("CT1_MAIN"), &json!("CT"))
    );
    assert_eq!(nodes[2]["InstitutionUuid"], client.place(1));
    let contacts = client.done(General::GetContactList, json!({})).await["ContactList"].clone();
    let contacts = contacts.as_array().unwrap();
    assert_eq!(contacts.len(), 4);
    assert!(contacts.iter().all(
        |one| one["Email"].as_str().unwrap().ends_with("@example.org")
            && one["ContactUuid"].is_string()
    ));
    for management in [
        General::GetUserList,
        General::GetUserGroupList,
        General::GetDicomNodeList,
        General::GetContactList,
        General::GetAccountFlagDictionary,
    ] {
        let why = client
            .refused(management, json!({"UserUuid": Uuid::new_v4()}))
            .await;
        assert_eq!(why, "The user is not in this account.");
    }
}

#[tokio::test]
async fn a_workspace_of_an_earlier_version_gets_what_came_later_once() {
    let (data, server, _client) = server().await;
    server.stop().await;
    let database = rusqlite::Connection::open(data.path().join("practice.sqlite")).unwrap();
    database
        .execute_batch(
            "DELETE FROM setting WHERE name = 'planted_2'; DELETE FROM user WHERE restricted; DELETE FROM contact;
             DELETE FROM dicom_node; DELETE FROM flag; DELETE FROM flag_group; UPDATE user SET email = '';
             DELETE FROM user_group WHERE name = 'Night shift';",
        )
        .unwrap();
    for _ in 0..2 {
        let server = start(Config::local(data.path())).await.unwrap();
        let mut client = Door::from(&server).sign_in().await;
        assert_eq!(client.account["UserList"].as_array().unwrap().len(), 4);
        let users = client.done(General::GetUserList, json!({})).await["UserList"].clone();
        assert_eq!(users[2]["Email"], "nils.berg@example.org");
        for (management, list, count) in [
            (General::GetDicomNodeList, "DicomNodeList", 3),
            (General::GetContactList, "ContactList", 4),
            (General::GetAccountFlagDictionary, "FlagGroupList", 2),
            (General::GetUserGroupList, "UserGroupList", 2),
        ] {
            let answer = client.done(management, json!({})).await;
            assert_eq!(answer[list].as_array().unwrap().len(), count, "{list}");
        }
        server.stop().await;
    }
    // What somebody removed stays away.
    database.execute("DELETE FROM contact", []).unwrap();
    let server = start(Config::local(data.path())).await.unwrap();
    let mut client = Door::from(&server).sign_in().await;
    let contacts = client.done(General::GetContactList, json!({})).await;
    assert_eq!(contacts["ContactList"], json!([]));
}

async fn share(client: &mut Client, folder: &Value, user: &Value, expires: &str) -> Value {
    let given = json!({
        "FolderUuid": folder, "SharedUserUuidList": [user], "ExpireDate": expires,
    });
    client
        .done(General::ShareFolderWithAccountUser, given)
        .await["ShareUuid"]
        .clone()
}

#[tokio::test]
async fn a_restricted_user_sees_shared_folders_to_their_depth_while_the_share_is_good() {
    let (data, server, mut client) = server().await;
    let mut mia = Door::from(&server).sign_in_as(3).await;
    let top = client.folder(&Value::Null, "Shared").await;
    let deep = client.folder(&top, "a/b").await;
    let aside = client.folder(&Value::Null, "Aside").await;
    let mut orders = Vec::new();
    for (study, folder) in [("1.2.1", &top), ("1.2.2", &deep), ("1.2.3", &aside)] {
        let order = client.study(study).await;
        let given = json!({"PatientOrderUuid": order, "FolderUuidList": [folder, &aside]});
        client.done(General::AddOrderToFolder, given).await;
        orders.push(order);
    }
    assert!(
        mia.orders(json!({})).await.is_empty(),
        "not even their location's"
    );
    assert_eq!(mia.listing(&aside).await["OrderCount"], 0);

    let share = share(&mut client, &top, &mia.user, "").await;
    assert_eq!(mia.found(json!({})).await, ["1.2.1", "1.2.2"]);
    assert_eq!(
        mia.found(json!({"FolderUuid": aside})).await,
        ["1.2.1", "1.2.2"],
        "an order is seen wherever it lies"
    );
    assert_eq!(mia.listing(&aside).await["OrderCount"], 2);
    let listing = mia.listing(&top).await;
    assert_eq!(
        (
            &listing["OrderCount"],
            &listing["AllSubOrderCount"],
            &listing["IsShared"]
        ),
        (&json!(1), &json!(2), &json!(true))
    );
    assert_eq!(mia.properties(&orders[1]).await["PatientId"], "P1");
    for (management, given) in [
        (
            General::GetPatientOrderProperties,
            json!({"PatientOrderUuid": orders[2]}),
        ),
        (
            General::DeletePatientOrder,
            json!({"PatientOrderUuid": orders[2]}),
        ),
        (
            General::SharePatientOrderWithUrl,
            json!({"OrderUuidList": [orders[0], orders[2]]}),
        ),
        (
            General::AssignPatientOrderToUser,
            json!({"PatientOrderUuid": orders[2], "AssignedUserUuid": mia.user}),
        ),
    ] {
        let why = mia.refused(management, given).await;
        assert!(why.contains("may not see it"), "{why}");
    }
    // Nobody lets themselves in.
    let given = json!({"FolderUuid": aside, "SharedUserUuidList": [mia.user]});
    let why = mia
        .refused(General::ShareFolderWithAccountUser, given)
        .await;
    assert!(why.contains("shared with the user"), "{why}");
    let given = json!({"FolderUuid": deep, "SharePassword": "x"});
    mia.done(General::ShareFolderWithURL, given).await;

    let database = rusqlite::Connection::open(data.path().join("practice.sqlite")).unwrap();
    let expires = |day: &str| {
        database
            .execute(
                &format!(
                    "UPDATE share SET expires = date('now', 'localtime', '{day}') WHERE uuid = ?1"
                ),
                [share.as_str().unwrap()],
            )
            .unwrap();
    };
    expires("+0 days");
    assert_eq!(
        mia.found(json!({})).await.len(),
        2,
        "good through the whole day"
    );
    expires("-1 day");
    assert!(mia.orders(json!({})).await.is_empty());
    assert_eq!(mia.listing(&top).await["IsShared"], false);
    // A group's share does as well; a folder deleted ends it.
    let list = client.done(General::GetUserGroupList, json!({})).await["UserGroupList"].clone();
    let given = json!({"FolderUuid": deep, "SharedUserGroupUuidList": [list[0]["UserGroupUuid"]]});
    client
        .done(General::ShareFolderWithAccountUserGroup, given)
        .await;
    assert_eq!(mia.found(json!({})).await, ["1.2.2"]);
    client
        .done(General::DeleteFolder, json!({"FolderUuid": top}))
        .await;
    assert!(mia.orders(json!({})).await.is_empty());
    assert_eq!(client.found(json!({})).await.len(), 3);
}

#[tokio::test]
async fn a_restricted_user_sees_what_the_user_made() {
    let (_data, server, mut client) = server().await;
    let mut mia = Door::from(&server).sign_in_as(3).await;
    let hidden = client.study("1.2.1").await;
    mia.study("1.2.2").await;
    let upload = mia.begin().await;
    let image = Image::of("1.2.1", 2).bytes(100, 7);
    let sent = mia.send_file(&upload, 0, &image).await;
    let given = json!({
        "SessionUniqueUuid": upload, "StudyInstanceUid": "1.2.1", "SopInstanceUid": "1.2.1.1.1",
    });
    let asked = mia.upload(Upload::CheckFileExist, given, &[]).await;
    assert_eq!(asked["ResponseMessage"]["FileIfExist"], true);
    for answer in [sent, asked] {
        let order = &answer["ResponseMessage"]["PatientOrder"];
        assert_eq!(*order, json!({ "PatientOrderUuid": hidden }), "and no more");
    }
    let given = json!({"PatientName": "DOE^JANE", "PatientID": "P9", "OrderModality": "CT"});
    mia.done(General::CreatePatientOrder, given).await;
    assert_eq!(
        mia.found(json!({})).await,
        ["", "1.2.2"],
        "adding to another's order shows nothing of it"
    );
    assert_eq!(client.orders(json!({})).await.len(), 3);
}

//! Folders made, named, described, deleted and filled.

use serde_json::{Value, json};
use studydrop::cloud::wire::General;
use uuid::Uuid;

use crate::practice::client::{Client, server};

fn names(listing: &Value) -> Vec<&str> {
    let list = listing["SubFolderList"].as_array().unwrap();
    list.iter()
        .map(|folder| folder["FolderName"].as_str().unwrap())
        .collect()
}

async fn top(client: &mut Client, name: &str) -> Value {
    let root = client.listing(&json!(Uuid::nil())).await;
    let list = root["SubFolderList"].as_array().unwrap();
    let found = list.iter().find(|folder| folder["FolderName"] == name);
    found.unwrap()["FolderUuid"].clone()
}

#[tokio::test]
async fn a_path_makes_what_is_missing_of_it() {
    let (_data, _server, mut client) = server().await;
    let given = json!({
        "ParentFolderUuid": Uuid::nil(), "FolderName": " Trauma / Week 48 /MR knees",
        "FolderDescription": "Knees\nof the week",
    });
    let made = client.done(General::CreateFolder, given).await;
    assert_eq!(made["FolderUuid"], made["Folder"]["FolderUuid"]);
    assert_eq!(made["Folder"]["FolderName"], "MR knees");
    assert_eq!(made["Folder"]["FolderDescription"], "Knees\nof the week");
    assert_eq!(made["Folder"]["IsShared"], false);

    let trauma = top(&mut client, "Trauma").await;
    let listing = client.listing(&trauma).await;
    assert_eq!(names(&listing), ["Week 47", "Week 48"], "both were there");
    assert_eq!(listing["AllSubFolderCount"], 3);
    assert_eq!(listing["SubFolderList"][1]["FolderDescription"], "");
    let week = listing["SubFolderList"][1]["FolderUuid"].clone();
    assert_eq!(names(&client.listing(&week).await), ["MR knees"]);

    // A path below a folder, and a name with all that a name may have.
    let odd = "\"Knie\" 🦴 ركبة 膝";
    let below = client.folder(&week, &format!("a/{odd}")).await;
    let a = client.listing(&week).await["SubFolderList"][0]["FolderUuid"].clone();
    let listing = client.listing(&a).await;
    assert_eq!(names(&listing), [odd]);
    assert_eq!(listing["SubFolderList"][0]["FolderUuid"], below);
}

#[tokio::test]
async fn names_that_are_none_are_refused_and_make_nothing() {
    let (_data, _server, mut client) = server().await;
    let trauma = top(&mut client, "Trauma").await;
    let long = "x".repeat(256);
    let deep = "a/".repeat(100) + "a";
    for (parent, name, says) in [
        (&Value::Null, "", "needs a name"),
        (&Value::Null, " \t ", "needs a name"),
        (&Value::Null, "new/", "has no name"),
        (
            &Value::Null,
            "new//below",
            "A folder in \"new//below\" has no name.",
        ),
        (&Value::Null, "/new", "has no name"),
        (&Value::Null, "new/be\u{7}low", "control characters"),
        (&Value::Null, &format!("new/{long}"), "has 256 characters"),
        (&Value::Null, &"y".repeat(5000), "has 5000 characters"),
        (&Value::Null, &deep, "101 folders"),
        (
            &Value::Null,
            "Trauma",
            "There is a folder \"Trauma\" already.",
        ),
        (
            &trauma,
            "Week 47",
            "The folder \"Trauma\" holds a folder \"Week 47\" already.",
        ),
        (
            &Value::Null,
            "Trauma/Week 47",
            "The folder \"Trauma\" holds a folder \"Week 47\" already.",
        ),
        (&json!(Uuid::new_v4()), "new", "folder does not exist"),
        (&json!("12"), "new", "ParentFolderUuid must be a GUID"),
    ] {
        let given = json!({"ParentFolderUuid": parent, "FolderName": name});
        let why = client.refused(General::CreateFolder, given).await;
        assert!(why.contains(says), "{name:.40}: {why}");
        assert!(why.chars().count() < 200, "{why}");
    }
    let root = client.listing(&Value::Null).await;
    assert_eq!(root["AllSubFolderCount"], 5, "as it was");
    client.folder(&Value::Null, &"x".repeat(255)).await;
}

#[tokio::test]
async fn a_folder_is_named_and_described_anew() {
    let (_data, _server, mut client) = server().await;
    let trauma = top(&mut client, "Trauma").await;
    let change = async |client: &mut Client, identity: Value| {
        let given = json!({
            "FolderUuid": trauma, "JsonParameters": {"IdentityInformation": identity},
        });
        client.done(General::UpdateFolderWithJson, given).await["Folder"].clone()
    };
    let folder = change(
        &mut client,
        json!({"Name": " Injuries ", "Description": "All of them"}),
    )
    .await;
    assert_eq!(
        (&folder["FolderName"], &folder["FolderDescription"]),
        (&json!("Injuries"), &json!("All of them"))
    );
    // What is missing is left.
    let folder = change(&mut client, json!({"Description": ""})).await;
    assert_eq!(
        (&folder["FolderName"], &folder["FolderDescription"]),
        (&json!("Injuries"), &json!(""))
    );
    // Its own name is not taken by another.
    let folder = change(&mut client, json!({"Name": "Injuries"})).await;
    assert_eq!(
        (&folder["FolderUuid"], &folder["SubFolderCount"]),
        (&trauma, &json!(2))
    );
    assert_eq!(top(&mut client, "Injuries").await, trauma);

    for (folder, name, says) in [
        (
            &trauma,
            "Teaching",
            "There is a folder \"Teaching\" already.",
        ),
        (&trauma, "a/b", "slash"),
        (&trauma, "  ", "needs a name"),
        (&trauma, &"x".repeat(256), "256"),
        (&json!(Uuid::new_v4()), "x", "folder does not exist"),
        (&json!(Uuid::nil()), "x", "FolderUuid is missing"),
    ] {
        let given = json!({
            "FolderUuid": folder, "JsonParameters": {"IdentityInformation": {"Name": name}},
        });
        let why = client.refused(General::UpdateFolderWithJson, given).await;
        assert!(why.contains(says), "{why}");
    }
    assert_eq!(top(&mut client, "Injuries").await, trauma);
}

#[tokio::test]
async fn a_deleted_folder_takes_what_is_below_and_leaves_the_orders() {
    let (data, _server, mut client) = server().await;
    let trauma = top(&mut client, "Trauma").await;
    let deep = client.folder(&trauma, "Week 49/Monday").await;
    let order = client.study("1.2.1").await;
    let given = json!({"PatientOrderUuid": order, "FolderUuidList": [deep, trauma]});
    client.done(General::AddOrderToFolder, given).await;
    let given = json!({"FolderUuid": deep});
    let share = client
        .done(General::ShareFolderWithURL, given.clone())
        .await;
    client.done(General::GetFolderViewUrl, given.clone()).await;

    let deleted = client
        .done(General::DeleteFolder, json!({"FolderUuid": trauma}))
        .await;
    assert_eq!(deleted["DeletedFolderCount"], 5);
    let root = client.listing(&Value::Null).await;
    assert_eq!(names(&root), ["Research MR knee", "Teaching"]);
    assert_eq!(root["AllSubFolderCount"], 2);
    assert_eq!(client.found(json!({})).await, ["1.2.1"]);
    assert_eq!(client.properties(&order).await["FolderList"], json!([]));
    for management in [
        General::DeleteFolder,
        General::GetFolderViewUrl,
        General::ShareFolderWithURL,
    ] {
        let why = client.refused(management, given.clone()).await;
        assert!(why.contains("folder does not exist"), "{why}");
    }
    let why = client.refused(General::DeleteFolder, json!({})).await;
    assert!(
        why.contains("FolderUuid is missing"),
        "the root stays: {why}"
    );
    // The share of the folder below ended with it.
    let database = rusqlite::Connection::open(data.path().join("practice.sqlite")).unwrap();
    for table in ["share", "view"] {
        let left: i64 = database
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(left, 0, "{table} {share}");
    }
}

#[tokio::test]
async fn orders_go_into_folders_and_out_again() {
    let (_data, _server, mut client) = server().await;
    let a = client.folder(&Value::Null, "a").await;
    let b = client.folder(&Value::Null, "a/b").await;
    let (one, two) = (client.study("1.2.1").await, client.study("1.2.2").await);
    for order in [&one, &one, &two] {
        let given = json!({"PatientOrderUuid": order, "FolderUuidList": [a, b, b]});
        client.done(General::AddOrderToFolder, given).await;
    }
    let listing = client.listing(&a).await;
    assert_eq!(
        (&listing["OrderCount"], &listing["AllSubOrderCount"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(listing["SubFolderList"][0]["OrderCount"], 2);
    assert_eq!(listing["PatientOrderList"].as_array().unwrap().len(), 2);
    let paths = client.properties(&one).await["FolderList"].clone();
    assert_eq!(paths[0]["FolderPath"], "a");
    assert_eq!(paths[1]["FolderPath"], "a/b");
    assert_eq!(
        (&paths[1]["FolderUuid"], &paths[1]["FolderName"]),
        (&b, &json!("b"))
    );

    let given = json!({"FolderUuid": a, "PatientOrderUuidList": [one, two]});
    client
        .done(General::RemoveOrderFromFolder, given.clone())
        .await;
    client.done(General::RemoveOrderFromFolder, given).await;
    let listing = client.listing(&a).await;
    assert_eq!(
        (&listing["OrderCount"], &listing["AllSubOrderCount"]),
        (&json!(0), &json!(2))
    );

    // All or nothing, and everything is named.
    let nobody = json!(Uuid::new_v4());
    for (management, given, says) in [
        (
            General::RemoveOrderFromFolder,
            json!({"FolderUuid": b, "PatientOrderUuidList": [one, nobody]}),
            "order does not exist",
        ),
        (
            General::RemoveOrderFromFolder,
            json!({"FolderUuid": b, "PatientOrderUuidList": []}),
            "PatientOrderUuidList is empty",
        ),
        (
            General::RemoveOrderFromFolder,
            json!({"FolderUuid": nobody, "PatientOrderUuidList": [one]}),
            "folder does not exist",
        ),
        (
            General::AddOrderToFolder,
            json!({"PatientOrderUuid": one, "FolderUuidList": [a, nobody]}),
            "folder does not exist",
        ),
        (
            General::AddOrderToFolder,
            json!({"PatientOrderUuid": nobody, "FolderUuidList": [a]}),
            "order does not exist",
        ),
        (
            General::AddOrderToFolder,
            json!({"PatientOrderUuid": one, "FolderUuidList": []}),
            "FolderUuidList is empty",
        ),
        (
            General::AddOrderToFolder,
            json!({"PatientOrderUuid": one, "FolderUuidList": [a], "PatientOrderInstitutionUuid": nobody}),
            "location does not exist",
        ),
        (
            General::AddOrderToFolder,
            json!({"PatientOrderUuid": one, "FolderUuidList": [a], "PatientOrderInstitutionUuid": client.place(1)}),
            "another location",
        ),
    ] {
        let why = client.refused(management, given).await;
        assert!(why.contains(says), "{why}");
    }
    let listing = client.listing(&a).await;
    assert_eq!(
        (&listing["OrderCount"], &listing["AllSubOrderCount"]),
        (&json!(0), &json!(2))
    );
}

#[tokio::test]
async fn ten_thousand_folders_are_listed_with_their_counts() {
    let (data, _server, mut client) = server().await;
    let parent = client.folder(&Value::Null, "Many").await;
    let order = client.study("1.2.1").await;
    let database = rusqlite::Connection::open(data.path().join("practice.sqlite")).unwrap();
    database
        .execute_batch(&format!(
            "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
             INSERT INTO folder (uuid, parent, name)
             SELECT printf('00000000-0000-4000-8000-%012d', i), {parent}, printf('Week %05d', i) FROM n;
             INSERT INTO folder (uuid, parent, name) SELECT 'b' || substr(uuid, 2), uuid, 'below' FROM folder
             WHERE parent = {parent};
             INSERT INTO order_folder SELECT {order}, uuid FROM folder WHERE name = 'below';",
            parent = parent.to_string().replace('"', "'"),
            order = order.to_string().replace('"', "'"),
        ))
        .unwrap();
    let begun = std::time::Instant::now();
    let listing = client.listing(&parent).await;
    println!("10,000 folders: {:?}", begun.elapsed());
    let below = listing["SubFolderList"].as_array().unwrap();
    assert_eq!(below.len(), 10_000);
    assert_eq!(below[9_999]["FolderName"], "Week 10000");
    for folder in below {
        assert_eq!(
            (
                &folder["OrderCount"],
                &folder["AllSubOrderCount"],
                &folder["SubFolderCount"],
                &folder["AllSubFolderCount"]
            ),
            (&json!(0), &json!(1), &json!(1), &json!(1)),
        );
    }
    assert_eq!(
        (&listing["AllSubOrderCount"], &listing["AllSubFolderCount"]),
        (&json!(1), &json!(20_000))
    );
    // And one among them is made without looking at each.
    client.folder(&parent, "One more").await;
    let why = client
        .refused(
            General::CreateFolder,
            json!({"ParentFolderUuid": parent, "FolderName": "Week 05000"}),
        )
        .await;
    assert!(
        why.contains("\"Many\" holds a folder \"Week 05000\""),
        "{why}"
    );
    let deleted = client
        .done(General::DeleteFolder, json!({"FolderUuid": parent}))
        .await;
    assert_eq!(deleted["DeletedFolderCount"], 20_002);
}

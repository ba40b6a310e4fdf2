//! Every method of the Cloud API by its documented name: called on a practice server, and what it did read from the
//! server's own database. The table in `docs/methods.md` is what these tests saw; they fail where it says something else.

use std::collections::BTreeSet;

use crate::common::method_table;
use rusqlite::{Connection, OpenFlags, ToSql};
use serde_json::{Value, json};
use studydrop::cloud::{Client, Endpoint, Keys, methods};
use studydrop::practice::{self, Config, Server};

mod by_program;

/// A practice server, a client that calls by name, and the server's database, read without either.
struct Story {
    client: Client,
    database: Connection,
    called: BTreeSet<&'static str>,
    server: Server,
    _data: tempfile::TempDir,
}

impl Story {
    async fn begin() -> Story {
        studydrop::cloud::install_crypto();
        let data = tempfile::tempdir().unwrap();
        let server = practice::start(Config::local(data.path())).await.unwrap();
        let endpoint = Endpoint::parse(&server.router(), "").unwrap();
        let keys = Keys {
            account_key: server.account_key(),
            api_key: server.api_key(),
        };
        let client = Client::sign_in(&endpoint, &keys, |_| {}).await.unwrap();
        let path = data.path().join("practice.sqlite");
        let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        Story {
            client,
            database,
            called: BTreeSet::new(),
            server,
            _data: data,
        }
    }

    async fn call(&mut self, name: &'static str, parameters: Value) -> Value {
        self.called.insert(name);
        match self.client.call(name, &parameters).await {
            Ok(answer) => answer,
            Err(error) => panic!("{name}: {error}"),
        }
    }

    /// What the database holds: one text, or nothing.
    fn read(&self, sql: &str, parameters: &[&dyn ToSql]) -> Option<String> {
        let mut statement = self.database.prepare(sql).unwrap();
        let mut rows = statement.query(parameters).unwrap();
        let row = rows.next().unwrap()?;
        let value: rusqlite::types::Value = row.get(0).unwrap();
        Some(match value {
            rusqlite::types::Value::Null => return None,
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => panic!("{other:?}"),
        })
    }

    fn order(&self, column: &str, order: &str) -> Option<String> {
        let sql = format!("SELECT {column} FROM patient_order WHERE uuid = ?1");
        self.read(&sql, &[&order])
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {value}"))
        .to_owned()
}

fn first(value: &Value, list: &str, name: &str) -> String {
    text(&value[list][0], name)
}

/// The orders that an answer lists.
fn orders(answer: &Value) -> Vec<String> {
    let list = answer["SearchResultList"].as_array().unwrap().iter();
    let mut uuids: Vec<String> = list.map(|order| text(order, "PatientOrderUuid")).collect();
    uuids.sort();
    uuids
}

fn sorted<const N: usize>(list: [&String; N]) -> Vec<String> {
    let mut list: Vec<String> = list.into_iter().cloned().collect();
    list.sort();
    list
}

/// The whole of the first part: what was called, and what the server counted.
async fn general_methods() -> (BTreeSet<String>, BTreeSet<String>) {
    let mut story = Story::begin().await;
    let account = story.call("Initialize", json!({})).await;
    let user = &account["Account"]["UserList"][0];
    let locations: Vec<String> = user["InstitutionList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|location| text(location, "InstitutionUuid"))
        .collect();
    let made = make_orders(&mut story, &locations).await;
    search(&mut story, &locations, &made).await;
    let folder = folders(&mut story, &locations, &made).await;
    people_and_flags(&mut story, &locations, &made).await;
    groups(&mut story, &locations, &made).await;
    share(&mut story, &locations, &made, &folder).await;
    views(&mut story, &made, &folder).await;
    endings(&mut story, &locations, &made, &folder).await;
    let called = story.called.iter().map(|name| (*name).to_owned()).collect();
    let served = story.server.served().into_keys().map(str::to_owned);
    // Signing in was served, or there would be no story.
    (called, served.chain(["Initialize".to_owned()]).collect())
}

/// The methods of which a frame was recorded.
fn recorded() -> BTreeSet<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/traces.json");
    let traces: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let traces = traces["traces"].as_array().unwrap().iter();
    traces
        .filter(|trace| trace["rejected"].is_null())
        .map(|trace| text(trace, "method"))
        .collect()
}

/// Every method is called, does what it says, and is listed so in `docs/methods.md`. `STUDYDROP_WRITE_METHODS=1` writes the
/// table anew.
#[test]
fn every_method_does_what_it_says_and_the_table_lists_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (mut called, served) = runtime.block_on(general_methods());
    let general: BTreeSet<String> = methods().map(|method| method.name.to_owned()).collect();
    assert_eq!(called, general);
    assert_eq!(served, general, "each is served under its own name");
    let files = by_program::methods_of_files();
    called.extend(files.keys().cloned());

    let all: BTreeSet<String> = method_table::PLACES.map(|(name, _)| name.to_owned()).into();
    assert_eq!(called, all);
    let known: BTreeSet<String> = studydrop::cli::method_names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(known, all);

    let served_files = files
        .iter()
        .filter(|(_, served)| **served)
        .map(|(name, _)| name.clone());
    let written = method_table::written(&method_table::Seen {
        recorded: recorded(),
        served: served.into_iter().chain(served_files).collect(),
        end_to_end: called,
    });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/methods.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (before, rest) = page
        .split_once("<!-- methods -->\n")
        .expect("a place for the table");
    let (stands, after) = rest.split_once("<!-- end of methods -->").expect("its end");
    if std::env::var_os("STUDYDROP_WRITE_METHODS").is_some() {
        let anew = format!("{before}<!-- methods -->\n{written}<!-- end of methods -->{after}");
        std::fs::write(path, anew).unwrap();
        return;
    }
    assert_eq!(
        stands, written,
        "run with STUDYDROP_WRITE_METHODS=1 to write it anew"
    );
}

/// One order by each of the four ways.
async fn make_orders(story: &mut Story, locations: &[String]) -> [String; 4] {
    let nodes = story.call("GetDicomNodeList", json!({})).await;
    let node = first(&nodes, "DicomNodeList", "DicomNodeUuid");
    let minimum = json!({
        "institutionUuid": locations[0], "patientName": "Öberg^Åsa", "patientId": "P1", "modality": "CT",
        "studyDescription": "Thorax", "orderDate": "2026-11-23", "orderTime": "09:30",
    });
    let one = text(
        &story
            .call("CreateOrderWithMinimumParameters", minimum)
            .await,
        "PatientOrderUuid",
    );
    let mut full = json!({
        "institutionUuid": locations[0], "patientName": "Öberg^Åsa", "patientId": "P1", "patientOtherId": "OP1",
        "patientBirthdate": "1980-05-17", "modality": "MR", "studyDescription": "Knee", "accessionNumber": "ACC-9",
        "complaints": "pain", "orderDate": "2026-11-24", "orderTime": "", "procedureId": "PROC1",
        "procedureDescription": "Knee MR", "scheduledEquipmentUuid": node,
    });
    let two = text(
        &story
            .call("CreateOrderWithFullParameters", full.clone())
            .await,
        "PatientOrderUuid",
    );
    full["patientSex"] = json!("F");
    full["accessionNumber"] = json!("ACC-10");
    full["institutionUuid"] = json!(locations[1]);
    full["scheduledEquipmentUuid"] = json!([]);
    full["referringPhysiciansName"] = json!("House^G");
    let three = text(
        &story.call("CreateOrderWithFullParameters2", full).await,
        "PatientOrderUuid",
    );
    let whole = json!({"institutionUuid": locations[0], "jsonParameters": {
        "PatientName": "Yamada^Tarou", "PatientID": "P2", "OrderModality": "US", "Priority": "High",
        "OrderNote1": "fasting", "PerformedDatetime": "2026-11-20 16:00", "PatientsBirthDate": "1951-02-03",
    }});
    let four = text(
        &story.call("CreateOrderWithJSON", whole).await,
        "PatientOrderUuid",
    );
    let row = |column, order| story.order(column, order).unwrap();
    assert_eq!(row("patient_name", &one), "Öberg^Åsa");
    assert_eq!(row("performed", &one), "2026-11-23 09:30");
    assert_eq!(row("equipment", &two), node);
    assert!(row("performed", &two).starts_with("2026-11-24"));
    assert_eq!(
        (row("sex", &three), row("location", &three)),
        ("F".into(), locations[1].clone())
    );
    assert!(row("details", &three).contains("House^G"));
    assert_eq!(row("birth_date", &four), "1951-02-03");
    assert!(row("details", &four).contains("fasting") && row("details", &four).contains("High"));
    [one, two, three, four]
}

async fn search(story: &mut Story, locations: &[String], made: &[String; 4]) {
    let [one, two, three, four] = made;
    let by_name = story
        .call("GetPatientOrderList", json!({"patientName": "oberg*"}))
        .await;
    assert_eq!(orders(&by_name), sorted([one, two, three]));
    let here = json!({"institutionUuidList": [locations[1]], "modalities": ["MR", "US"]});
    let here = story.call("GetPatientOrderList", here).await;
    assert_eq!(orders(&here), sorted([three]));
    let days = json!({"startDate": "2026-11-23", "endDate": "2026-11-23"});
    let days = story.call("GetPatientOrderListWithDateRange", days).await;
    assert_eq!(orders(&days), sorted([one]));
    let born = json!({"startBirthdate": "1951-02-03", "endBirthdate": "1980-05-16"});
    let born = story.call("GetPatientOrderListWithBirthdate", born).await;
    assert_eq!(orders(&born), sorted([four]));
    let place = json!({"patientOrderInstitutionUuid": locations[0], "patientOrderUuid": four});
    let known = story.call("GetPatientOrderProperties", place).await;
    assert_eq!(known["PatientOrder"]["OrderNote1"], "fasting");
}

async fn folders(story: &mut Story, locations: &[String], made: &[String; 4]) -> String {
    let path = json!({"parentFolderUuid": "", "folderName": "Emergency/2026"});
    let folder = text(&story.call("CreateFolder", path).await, "FolderUuid");
    let parent = story
        .read("SELECT parent FROM folder WHERE uuid = ?1", &[&folder])
        .unwrap();
    assert_eq!(
        story
            .read("SELECT name FROM folder WHERE uuid = ?1", &[&parent])
            .as_deref(),
        Some("Emergency")
    );
    let inner = json!({"parentFolderUuid": folder, "folderName": "Week 48", "folderDescription": "MR knees"});
    let inner = text(
        &story.call("CreateFolderWithDescription", inner).await,
        "FolderUuid",
    );
    let described = "SELECT description FROM folder WHERE uuid = ?1";
    assert_eq!(
        story.read(described, &[&inner]).as_deref(),
        Some("MR knees")
    );
    let change = json!({"folderUuid": inner, "jsonParameters": {"FolderName": "Week 49"}});
    story.call("UpdateFolderWithJSON", change).await;
    let named = "SELECT name || '|' || description FROM folder WHERE uuid = ?1";
    assert_eq!(
        story.read(named, &[&inner]).as_deref(),
        Some("Week 49|MR knees")
    );

    let add = json!({"patientOrderInstitutionUuid": locations[0], "patientOrderUuid": made[0],
        "folderUuidList": [folder, inner]});
    story.call("AddOrderToFolder", add).await;
    let inside = "SELECT count(*) FROM order_folder WHERE patient_order = ?1";
    assert_eq!(story.read(inside, &[&made[0]]).as_deref(), Some("2"));
    let listed = json!({"parentFolderUuid": folder, "getOrdersInFolder": true});
    let listed = story.call("GetFolderList", listed).await;
    assert_eq!(
        first(&listed["Folder"], "PatientOrderList", "PatientOrderUuid"),
        made[0]
    );
    assert_eq!(listed["Folder"]["SubFolderList"][0]["OrderCount"], 1);
    let in_it = story
        .call("GetPatientOrderListInFolder", json!({"folderUuid": inner}))
        .await;
    assert_eq!(orders(&in_it), [made[0].clone()]);
    let remove = json!({"folderUuid": inner, "patientOrderUuidList": [made[0]]});
    story.call("RemoveOrderFromFolder", remove).await;
    assert_eq!(story.read(inside, &[&made[0]]).as_deref(), Some("1"));
    folder
}

async fn people_and_flags(story: &mut Story, locations: &[String], made: &[String; 4]) {
    let users = story.call("GetUserList", json!({})).await;
    let list = users["UserList"].as_array().unwrap();
    let restricted = text(
        list.iter().find(|one| one["IsRestricted"] == true).unwrap(),
        "UserUuid",
    );
    let groups = story.call("GetUserGroupList", json!({})).await;
    let group = first(&groups, "UserGroupList", "UserGroupUuid");
    let contacts = story.call("GetContactList", json!({})).await;
    assert!(first(&contacts, "ContactList", "Email").contains('@'));
    let sees = |story: &Story| {
        let count = "SELECT count(*) FROM order_user WHERE patient_order = ?1";
        story.read(count, &[&made[1]]).unwrap()
    };
    let to = json!({"patientOrderUuid": made[1], "assignedUserUuid": restricted});
    story.call("AssignPatientOrderToUser", to).await;
    assert_eq!(sees(story), "1");
    let found = story
        .call("GetPatientOrderList", json!({"userUuid": restricted}))
        .await;
    assert_eq!(
        orders(&found),
        [made[1].clone()],
        "a restricted user sees it now, and nothing else"
    );
    let from = json!({"patientOrderUuid": made[1], "unassignedUserUuid": restricted});
    story.call("UnassignPatientOrderFromUser", from).await;
    assert_eq!(sees(story), "0");
    let in_group = "SELECT count(*) FROM order_user_group WHERE patient_order = ?1";
    let to = json!({"patientOrderUuid": made[1], "assignedUserGroupUuid": group});
    story.call("AssignPatientOrderToUserGroup", to).await;
    assert_eq!(story.read(in_group, &[&made[1]]).as_deref(), Some("1"));
    let from = json!({"patientOrderUuid": made[1], "unassignedUserGroupUuid": group});
    story.call("UnassignPatientOrderFromUserGroup", from).await;
    assert_eq!(story.read(in_group, &[&made[1]]).as_deref(), Some("0"));
    let there = json!({"patientOrderUuid": made[1], "institutionUuid": locations[1]});
    story.call("AssignPatientOrderToLocation", there).await;
    assert_eq!(
        story.order("location", &made[1]).as_ref(),
        Some(&locations[1])
    );

    let flags = story.call("GetAccountFlagDictionary", json!({})).await;
    let of = &flags["FlagGroupList"][0];
    let (flag_group, flag) = (&of["GroupId"], &of["FlagList"][1]["FlagId"]);
    let set = json!({"patientOrderUuid": made[0], "groupId": flag_group, "flagId": flag});
    story.call("SetFlagToPatientOrder", set).await;
    let stored = "SELECT flag FROM order_flag WHERE patient_order = ?1";
    assert_eq!(story.read(stored, &[&made[0]]), Some(flag.to_string()));
}

async fn groups(story: &mut Story, locations: &[String], made: &[String; 4]) {
    let location = &locations[1];
    let list = json!({"patientOrderInstitutionUuid": location, "patientOrderUuidList": [made[1], made[2]]});
    let group = text(
        &story.call("CreateOrderGroup", list).await,
        "ConnectedGroupUuid",
    );
    assert_eq!(
        story.order("connected_group", &made[2]).as_ref(),
        Some(&group)
    );
    let there = json!({"patientOrderUuid": made[3], "institutionUuid": location});
    story.call("AssignPatientOrderToLocation", there).await;
    let more = json!({"patientOrderInstitutionUuid": location, "connectedGroupUuid": group,
        "patientOrderUuidList": [made[3]]});
    story.call("AddOrdersToOrderGroup", more).await;
    assert_eq!(
        story.order("connected_group", &made[3]).as_ref(),
        Some(&group)
    );
    let less = json!({"patientOrderInstitutionUuid": location, "patientOrderUuidList": [made[1]]});
    story.call("RemoveOrdersFromGroup", less).await;
    assert_eq!(
        story.order("connected_group", &made[1]).as_deref(),
        Some("")
    );
    assert_eq!(
        story.order("connected_group", &made[2]).as_ref(),
        Some(&group)
    );
}

async fn share(story: &mut Story, locations: &[String], made: &[String; 4], folder: &str) {
    let day = jiff::Zoned::now().date().tomorrow().unwrap().to_string();
    let mail = json!({"email": "a@example.org", "emailForSendingSharePassword": "b@example.org"});
    let texts = json!({"folderUuid": folder, "sharePassword": "s3cret", "shareTitle": "Title",
        "shareDescription": "Text", "expireDate": day, "userCanDownloadStudies": true});
    let some = json!({"orderUuidList": [made[0]], "userCanDownloadStudies": false});
    let expires = json!({"expireDate": day});
    let location = json!({"institutionUuid": locations[0]});
    let users = story.call("GetUserList", json!({})).await;
    let user = first(&users, "UserList", "UserUuid");
    let groups = story.call("GetUserGroupList", json!({})).await;
    let group = first(&groups, "UserGroupList", "UserGroupUuid");
    let within = json!({"folderUuid": folder, "expireDate": day});
    for (name, parts, kind) in [
        ("SharePatientOrder", vec![&some, &mail], "Email"),
        (
            "SharePatientOrderWithExpireDate",
            vec![&some, &mail, &expires],
            "Email",
        ),
        ("CreateQuickShareLink", vec![&some], "Url"),
        (
            "CreateQuickShareLinkWithExpireDate",
            vec![&some, &expires],
            "Url",
        ),
        ("ShareFolderWithEmail", vec![&texts, &mail], "Email"),
        ("ShareFolderWithURL", vec![&texts], "Url"),
        (
            "ShareFolderToUploadWithEmail",
            vec![&texts, &mail, &location],
            "Email",
        ),
        ("ShareFolderToUploadWithUrl", vec![&texts, &location], "Url"),
        (
            "ShareFolderWithAccountUser",
            vec![&within, &json!({"sharedUserUuidList": [user]})],
            "User",
        ),
        (
            "ShareFolderWithAccountUserGroup",
            vec![&within, &json!({"sharedUserGroupUuidList": [group]})],
            "UserGroup",
        ),
    ] {
        let mut parameters = json!({});
        for part in parts {
            let all = parameters.as_object_mut().unwrap();
            all.extend(part.as_object().unwrap().clone());
        }
        let good_until = parameters["expireDate"].as_str().unwrap_or("").to_owned();
        let shared = story.call(name, parameters).await;
        let uuid = text(&shared, "ShareUuid");
        let row = |column: &str| {
            let sql = format!("SELECT {column} FROM share WHERE uuid = ?1");
            story.read(&sql, &[&uuid]).unwrap_or_default()
        };
        assert_eq!(
            (row("kind").as_str(), row("expires")),
            (kind, good_until),
            "{name}"
        );
        assert_eq!(
            row("upload_location").is_empty(),
            !name.contains("ToUpload"),
            "{name}"
        );
        if kind == "Url" {
            let status = reqwest::get(text(&shared, "Result"))
                .await
                .unwrap()
                .status();
            assert!(status.is_success(), "{name}: {status}");
        }
    }
    let outbox = story.server.data().join("outbox");
    // Two messages for each of the four shares by e-mail: the address and the password travel apart.
    assert_eq!(std::fs::read_dir(outbox).unwrap().count(), 8);
}

async fn views(story: &mut Story, made: &[String; 4], folder: &str) {
    for (name, parameters) in [
        ("GetViewUrl", json!({"patientOrderUuid": made[0]})),
        (
            "GetViewUrlWithPatientName",
            json!({"patientName": "Öberg^Åsa"}),
        ),
        (
            "GetViewUrlWithPatientNameAndBirthDate",
            json!({"patientName": "Öberg^Åsa", "birthDate": "1980-05-17"}),
        ),
        ("GetFolderViewUrl", json!({"folderUuid": folder})),
    ] {
        let address = text(&story.call(name, parameters).await, "Result");
        let answer = reqwest::get(&address).await.unwrap();
        assert!(answer.status().is_success(), "{name}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("Öberg"), "{name} shows whose it is: {page}");
    }
}

async fn endings(story: &mut Story, locations: &[String], made: &[String; 4], folder: &str) {
    let there = json!({"patientOrderInstitutionUuid": locations[0], "patientOrderUuid": made[0]});
    story.call("DeleteOrder", there).await;
    assert!(story.order("trashed", &made[0]).is_some());
    let left = story.call("GetPatientOrderList", json!({})).await;
    assert_eq!(orders(&left), sorted([&made[1], &made[2], &made[3]]));
    story
        .call("DeleteFolder", json!({"folderUuid": folder}))
        .await;
    assert_eq!(
        story.read("SELECT 1 FROM folder WHERE uuid = ?1", &[&folder]),
        None
    );
}

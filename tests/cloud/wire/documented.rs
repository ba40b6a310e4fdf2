//! The documentation's 47 methods with the names of their parameters, as facts in a table of this test's own: every
//! method takes every spelling, both of the signature (`myApi.…(…)`) and of the parameter table below it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};
use studydrop::cloud::{Error, methods};

use crate::common::aloud::aloud;
use crate::wire::fake::{Fake, LOCATION, ORDER, Plan, Seen, USER};

/// Method and parameters. `signature|table` where the two spell a parameter differently.
const DOCUMENTED: [(&str, &str); 47] = [
    ("Initialize", ""),
    ("ReadDicomFiles", "selectedFiles"),
    ("UploadDicomFiles", "userUuid institutionUuid selectedFiles"),
    (
        "UploadDicomFilesIntoFolder",
        "userUuid institutionUuid folderUuid selectedFiles",
    ),
    (
        "UploadDicomFilesWithAnonymization",
        "userUuid institutionUuid selectedFiles anonymizedData",
    ),
    (
        "UploadDicomFilesIntoFolderWithAnonymization",
        "userUuid institutionUuid folderUuid selectedFiles anonymizedData",
    ),
    (
        "UploadDocumentFiles",
        "userUuid institutionUuid patientOrderUuid selectedFiles",
    ),
    (
        "GetPatientOrderList",
        "userUuid institutionUuidList patientName accessionNumber patientId otherPatientId modalities",
    ),
    (
        "GetPatientOrderListWithDateRange",
        "userUuid institutionUuidList patientName accessionNumber patientId otherPatientId modalities startDate endDate",
    ),
    (
        "GetPatientOrderListWithBirthdate",
        "userUuid institutionUuidList patientName accessionNumber patientId otherPatientId modalities startBirthdate endBirthdate",
    ),
    ("GetPatientOrderListInFolder", "userUuid folderUuid"),
    (
        "CreateOrderWithMinimumParameters",
        "userUuid institutionUuid patientName patientId modality studyDescription orderDate orderTime",
    ),
    (
        "CreateOrderWithFullParameters",
        "userUuid institutionUuid patientName patientId patientOtherId patientBirthdate modality studyDescription accessionNumber complaints orderDate orderTime procedureId procedureDescription scheduledEquipmentUuid",
    ),
    (
        "CreateOrderWithFullParameters2",
        "userUuid institutionUuid patientName patientId patientOtherId patientSex patientBirthdate modality studyDescription accessionNumber complaints orderDate orderTime procedureId procedureDescription scheduledEquipmentUuid referringPhysiciansName",
    ),
    (
        "CreateOrderWithJSON",
        "userUuid institutionUuid jsonParameters",
    ),
    ("CreateFolder", "userUuid parentFolderUuid folderName"),
    (
        "CreateFolderWithDescription",
        "userUuid parentFolderUuid folderName folderDescription",
    ),
    ("DeleteFolder", "userUuid folderUuid"),
    (
        "GetFolderList",
        "userUuid parentFolderUuid folderName getOrdersInFolder",
    ),
    ("GetFolderViewUrl", "userUuid folderUuid"),
    ("GetViewUrl", "userUuid patientOrderUuid"),
    (
        "DeleteOrder",
        "userUuid patientOrderInstitutionUuid patientOrderUuid",
    ),
    ("GetDicomNodeList", "userUuid"),
    (
        "AddOrderToFolder",
        "userUuid patientOrderInstitutionUuid patientOrderUuid folderUuidList",
    ),
    (
        "RemoveOrderFromFolder",
        "userUuid folderUuid patientOrderUuidList",
    ),
    (
        "CreateOrderGroup",
        "userUuid patientOrderInstitutionUuid patientOrderUuidList",
    ),
    (
        "AddOrdersToOrderGroup",
        "userUuid patientOrderInstitutionUuid connectedGroupUuid patientOrderUuidList",
    ),
    (
        "RemoveOrdersFromGroup",
        "userUuid patientOrderInstitutionUuid patientOrderUuidList",
    ),
    (
        "GetPatientOrderProperties",
        "userUuid patientOrderInstitutionUuid patientOrderUuid",
    ),
    (
        "AssignPatientOrderToUser",
        "userUuid patientOrderUuid assignedUserUuid",
    ),
    (
        "UnassignPatientOrderFromUser",
        "userUuid patientOrderUuid unassignedUserUuid",
    ),
    (
        "AssignPatientOrderToUserGroup",
        "userUuid patientOrderUuid assignedUserGroupUuid",
    ),
    (
        "UnassignPatientOrderFromUserGroup",
        "userUuid patientOrderUuid unassignedUserGroupUuid",
    ),
    (
        "AssignPatientOrderToLocation",
        "userUuid patientOrderUuid institutionUuid",
    ),
    (
        "SetFlagToPatientOrder",
        "userUuid patientOrderUuid flagGroupId flagId",
    ),
    ("GetAccountFlagDictionary", "userUuid"),
    (
        "SharePatientOrder",
        "userUuid orderUuidList|patientOrderUuidList email|emailAddress emailForSendingSharePassword|emailAddressForSendingSharePassword userCanDownloadStudies",
    ),
    (
        "SharePatientOrderWithExpireDate",
        "userUuid orderUuidList|patientOrderUuidList email|emailAddress emailForSendingSharePassword|emailAddressForSendingSharePassword userCanDownloadStudies expireDate",
    ),
    (
        "CreateQuickShareLink",
        "userUuid orderUuidList|patientOrderUuidList userCanDownloadStudies",
    ),
    (
        "CreateQuickShareLinkWithExpireDate",
        "userUuid orderUuidList|patientOrderUuidList userCanDownloadStudies expireDate",
    ),
    (
        "ShareFolderWithEmail",
        "userUuid folderUuid emailAddress emailAddressForSendingSharePassword sharePassword shareTitle shareDescription expireDate userCanDownloadStudies",
    ),
    (
        "ShareFolderWithURL",
        "userUuid folderUuid sharePassword shareTitle shareDescription expireDate userCanDownloadStudies",
    ),
    (
        "ShareFolderToUploadWithEmail",
        "userUuid folderUuid emailAddress emailAddressForSendingSharePassword sharePassword shareTitle shareDescription expireDate userCanDownloadStudies",
    ),
    (
        "ShareFolderToUploadWithUrl",
        "userUuid folderUuid sharePassword shareTitle shareDescription expireDate userCanDownloadStudies",
    ),
    (
        "ShareFolderWithAccountUser",
        "userUuid folderUuid sharedUserUuidList expireDate userCanDownloadStudies",
    ),
    (
        "ShareFolderWithAccountUserGroup",
        "userUuid folderUuid sharedUserGroupUuidList expireDate userCanDownloadStudies",
    ),
    ("GetUserGroupList", "userUuid"),
];

/// A good value of a parameter.
fn sample(method: &str, name: &str) -> Value {
    match name {
        "userUuid" | "assignedUserUuid" | "unassignedUserUuid" => json!(USER),
        "institutionUuid" | "patientOrderInstitutionUuid" => json!(LOCATION),
        "institutionUuidList" | "modalities" => json!([]),
        "getOrdersInFolder" | "userCanDownloadStudies" => json!(true),
        "startDate" | "orderDate" | "patientBirthdate" | "startBirthdate" => json!("2026-01-02"),
        "endDate" | "endBirthdate" | "expireDate" => json!("2026-12-31"),
        "orderTime" => json!("09:30"),
        "patientSex" => json!("F"),
        "modality" => json!("CT"),
        "scheduledEquipmentUuid" => json!([]),
        "flagGroupId" | "groupId" => json!("1"),
        "flagId" => json!("2"),
        "jsonParameters" if method == "CreateOrderWithJSON" => json!({"PatientName": "Doe^J"}),
        "jsonParameters" => json!({"FolderName": "New"}),
        "selectedFiles" => json!(["/nowhere/at/all"]),
        "anonymizedData" => json!([{"Tag": "PatientName", "Value": "Doe^John"}]),
        _ if name.contains("email") => json!("somebody@example.org"),
        // A group has at least two orders.
        _ if name.to_lowercase().ends_with("orderuuidlist") && method.contains("Group") => {
            json!([ORDER, LOCATION])
        }
        _ if name.ends_with("List") => json!([ORDER]),
        _ if name.ends_with("Uuid") => json!(ORDER),
        _ => json!("Text"),
    }
}

/// The parameters of a method by their first or by their last spelling.
fn given(method: &str, names: &'static str, last: bool) -> Value {
    let name = |both: &'static str| match both.split_once('|') {
        Some((signature, table)) => [signature, table][usize::from(last)],
        None => both,
    };
    let values = names
        .split_whitespace()
        .map(name)
        .map(|name| (name.to_owned(), sample(method, name)));
    Value::Object(values.collect::<Map<_, _>>())
}

/// The messages that a call sent, without their numbers.
async fn sent(fake: &Fake, call: impl AsyncFn() -> Result<Value, Error>) -> Vec<Vec<u8>> {
    fake.take();
    if let Err(error) = call().await {
        panic!("{error}");
    }
    let frames = fake.take().into_iter().filter_map(|seen| match seen {
        // Type and management number stay, the message's own number (2 to 5) goes.
        Seen::Frame { bytes, .. } => Some([&bytes[..2], &bytes[6..]].concat()),
        Seen::Http(_) | Seen::Open(_) | Seen::Closed(_) => None,
    });
    frames.collect()
}

#[tokio::test]
async fn every_method_takes_every_documented_spelling() {
    let fake = Plan::new().start().await;
    let client = fake.sign_in().await.unwrap();
    let general: BTreeSet<&str> = methods().map(|method| method.name).collect();
    let mut called = 0;
    for (method, names) in DOCUMENTED {
        let [first, last] = [false, true].map(|last| given(method, names, last));
        if general.contains(method) {
            let by_signature = sent(&fake, async || client.call(method, &first).await).await;
            let by_table = sent(&fake, async || client.call(method, &last).await).await;
            assert_eq!(by_signature, by_table, "{method}");
            assert_eq!(
                by_signature.len(),
                usize::from(method != "Initialize"),
                "{method}"
            );
        } else {
            by_program(method, &first);
        }
        called += 1;
    }
    assert_eq!(called, 47);
    let known: BTreeSet<&str> = studydrop::cli::method_names().into_iter().collect();
    let undocumented: Vec<&str> = DOCUMENTED
        .iter()
        .map(|(method, _)| *method)
        .filter(|method| !known.contains(method))
        .collect();
    assert!(undocumented.is_empty(), "{undocumented:?}");
}

/// A method about files: the program itself takes the parameters, and then does not find the file.
fn by_program(method: &str, parameters: &Value) {
    let home = tempfile::tempdir().unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_studydrop"))
        .args(["call", method, &parameters.to_string()])
        .env_clear()
        .env("HOME", home.path())
        .output()
        .unwrap();
    let says = String::from_utf8_lossy(&run.stderr);
    assert!(!says.contains("panicked"), "{method}: {says}");
    assert!(!says.contains("no parameter"), "{method}: {says}");
    let mut unknown = parameters.clone();
    unknown["nobodyKnows"] = json!(1);
    let run = Command::new(env!("CARGO_BIN_EXE_studydrop"))
        .args(["call", method, &unknown.to_string()])
        .env_clear()
        .env("HOME", home.path())
        .output()
        .unwrap();
    let says = String::from_utf8_lossy(&run.stderr);
    assert!(says.contains("nobodyKnows"), "{method}: {says}");
}

#[tokio::test]
async fn a_parameter_is_given_once_and_optional_ones_may_be_left_away() {
    let fake = Plan::new().start().await;
    let client = fake.sign_in().await.unwrap();
    let both = json!({"orderUuidList": [ORDER], "patientOrderUuidList": [ORDER]});
    let error = client
        .call("CreateQuickShareLink", &both)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::InvalidParameter { .. }), "{error}");
    for wrong in [
        json!("one"),
        json!("-1"),
        json!(""),
        json!(1.5),
        json!("99999999999"),
    ] {
        let flag = json!({"patientOrderUuid": ORDER, "flagGroupId": wrong, "flagId": 1});
        let error = client
            .call("SetFlagToPatientOrder", &flag)
            .await
            .unwrap_err();
        assert!(
            matches!(
                error,
                Error::InvalidParameter {
                    name: "groupId",
                    ..
                }
            ),
            "{error}"
        );
    }
    // The account's first location where none is named.
    for (method, more) in [
        ("ShareFolderToUploadWithUrl", json!({})),
        (
            "ShareFolderToUploadWithEmail",
            json!({"emailAddress": "a@example.org"}),
        ),
    ] {
        let mut given = json!({"folderUuid": ORDER});
        given
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let frames = sent(&fake, async || client.call(method, &given).await).await;
        let text = String::from_utf8_lossy(&frames[0]).into_owned();
        assert!(
            text.contains(&format!("\"InstitutionUuid\":\"{LOCATION}\"")),
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_order_of_json_always_has_its_three_objects() {
    let fake = Plan::new().start().await;
    let client = fake.sign_in().await.unwrap();
    for fields in [
        json!({}),
        json!({"PatientName": "Doe^J"}),
        json!({"ScheduledEquipmentUuid": []}),
    ] {
        let given = json!({"institutionUuid": LOCATION, "jsonParameters": fields});
        let frames = sent(&fake, async || {
            client.call("CreateOrderWithJSON", &given).await
        })
        .await;
        let text = String::from_utf8_lossy(&frames[0]).into_owned();
        for object in [
            "IdentityInformation",
            "StudyInformation",
            "OtherInformation",
        ] {
            assert!(text.contains(&format!("\"{object}\":{{")), "{text}");
        }
    }
    let sex = json!({"institutionUuid": LOCATION, "jsonParameters": {"PatientSex": "W"}});
    let error = client.call("CreateOrderWithJSON", &sex).await.unwrap_err();
    assert!(error.to_string().contains("M, F, O or empty"), "{error}");
}

/// Where the documentation itself is at hand, the table above says what it says.
#[test]
fn the_table_is_the_documentations() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cloud-api.txt");
    let Ok(page) = std::fs::read_to_string(&path) else {
        aloud("not run: the table of methods against ../shared/cloud-api.txt, which is not there");
        return;
    };
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut at = String::new();
    let kinds = ["string", "bool", "date", "file", "JSON", "DicomTagsEnum"];
    for line in page.lines() {
        let signature = line
            .strip_prefix("myApi.")
            .and_then(|rest| rest.split_once('('));
        if let Some((method, parameters)) = signature {
            method.clone_into(&mut at);
            let names = parameters.trim_end_matches(");").split(',').map(str::trim);
            let names = names.filter(|name| *name != "callback").map(str::to_owned);
            found.entry(at.clone()).or_default().extend(names);
            continue;
        }
        let mut words = line.split_whitespace();
        if let (Some(name), Some(kind)) = (words.next(), words.next())
            && name.chars().all(char::is_alphanumeric)
            && name.starts_with(char::is_lowercase)
            && kinds.contains(&kind)
            && let Some(names) = found.get_mut(&at)
        {
            names.insert(name.to_owned());
        }
    }
    for (method, names) in DOCUMENTED {
        let table: BTreeSet<String> = names.split([' ', '|']).map(str::to_owned).collect();
        let table = table.into_iter().filter(|name| !name.is_empty()).collect();
        assert_eq!(found.get(method), Some(&table), "{method}");
    }
    assert_eq!(found.len(), 47);
}

//! Parameters that are wrong, and requests that the account refuses.

use serde_json::{Value, json};
use studydrop::cloud::model::{DateFilter, OrderQuery};
use studydrop::cloud::{Error, FilePart};
use uuid::Uuid;

use crate::wire::fake::{API_KEY, Plan, Reply, usual_frames};
use crate::wire::refusals::checked;

#[tokio::test]
async fn wrong_parameters_are_named_and_nothing_is_sent() {
    let fake = Plan::new().start().await;
    let client = fake.sign_in().await.unwrap();
    fake.take();
    let search = "GetPatientOrderListWithDateRange";
    for (method, parameters, named) in [
        (
            "GetFolderList",
            json!({"userUuid": "not-a-guid"}),
            "userUuid",
        ),
        (
            "GetFolderList",
            json!({"userUuid": format!("{API_KEY}0")}),
            "userUuid",
        ),
        (
            "GetFolderList",
            json!({"userUuid": API_KEY.replacen("-4", "-9", 1)}),
            "userUuid",
        ),
        (
            "GetFolderList",
            json!({"getOrdersInFolder": "yes"}),
            "getOrdersInFolder",
        ),
        ("GetFolderList", json!({"folderName": 7}), "folderName"),
        ("GetPatientOrderListInFolder", json!({}), "folderUuid"),
        (search, json!({"startDate": "2026-02-30"}), "startDate"),
        (search, json!({"startDate": "20260102"}), "startDate"),
        (
            search,
            json!({"startDate": "2026-11-23", "endDate": "2026-11-22"}),
            "endDate",
        ),
        (
            search,
            json!({"institutionUuidList": "x"}),
            "institutionUuidList",
        ),
        (
            search,
            json!({"institutionUuidList": [API_KEY, 7]}),
            "institutionUuidList",
        ),
        (search, json!({"modalities": [1]}), "modalities"),
        (search, json!([1]), "The parameters"),
    ] {
        let error = client.call(method, &parameters).await.unwrap_err();
        assert!(
            matches!(&error, Error::InvalidParameter { name, .. } if *name == named),
            "{parameters}: {error}"
        );
    }
    let error = client
        .call("GetFolderList", &json!({"foldername": ""}))
        .await
        .unwrap_err();
    assert!(matches!(checked(error), Error::UnknownParameter { .. }));
    let error = client
        .call("getFolderList", &Value::Null)
        .await
        .unwrap_err();
    assert!(matches!(checked(error), Error::UnknownMethod(_)));
    let backwards = OrderQuery {
        dates: DateFilter::Birth {
            from: Some(jiff::civil::date(2026, 1, 2)),
            to: Some(jiff::civil::date(2026, 1, 1)),
        },
        ..OrderQuery::default()
    };
    assert!(client.search_orders(Uuid::nil(), &backwards).await.is_err());
    assert!(fake.take().is_empty());
}

#[tokio::test]
async fn parts_that_no_server_could_put_together_are_not_sent() {
    let fake = Plan::new().start().await;
    let client = fake.sign_in().await.unwrap();
    let socket = client.upload_socket().await.unwrap();
    fake.take();
    let part = FilePart {
        session: Uuid::nil(),
        location: Uuid::nil(),
        user: Uuid::nil(),
        file_index: 0,
        part_index: 0,
        part_count: 1,
        folder: None,
        bytes: vec![0; 512 * 1024].into(),
    };
    let too_long = FilePart {
        bytes: vec![0; 512 * 1024 + 1].into(),
        ..part.clone()
    };
    let beyond = FilePart {
        part_index: 1,
        ..part.clone()
    };
    assert!(socket.process_file(too_long).await.is_err());
    assert!(socket.process_file(beyond).await.is_err());
    assert!(fake.take().is_empty());
    assert!(socket.process_file(part).await.is_ok());
}

#[tokio::test]
async fn what_the_account_refuses_is_told_in_its_words() {
    let fake = Plan::new()
        .frames(|request, _| match request.management {
            4 => usual_frames(request),
            1 => Reply::Json(json!({"ResponseCode": 1, "ResponseMessage":
                {"Success": false, "Message": "The user may not search here."}})),
            _ => Reply::Json(
                json!({"ResponseCode": 0, "ResponseMessage": format!("Not with {API_KEY}.")}),
            ),
        })
        .start()
        .await;
    let client = fake.sign_in().await.unwrap();
    let error = client
        .search_orders(Uuid::nil(), &OrderQuery::default())
        .await
        .unwrap_err();
    assert_eq!(
        checked(error).to_string(),
        "The account refused the search for orders: The user may not search here."
    );
    let error = client
        .get_folder_list(Uuid::nil(), None, "", false)
        .await
        .unwrap_err();
    assert!(checked(error).to_string().ends_with("Not with (key)."));
}

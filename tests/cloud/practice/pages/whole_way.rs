//! From a message of the API to the page behind the address that it answers.

use serde_json::json;
use studydrop::cloud::wire::{General, Upload};

use super::browser::{Page, Place};
use crate::practice::client::stored;
use crate::practice::studies::Image;

impl Place {
    /// The path of an address that a message answered.
    fn path(&self, answer: &serde_json::Value) -> String {
        let host = format!("http://{}", self.server.address());
        let address = answer["Result"].as_str().unwrap();
        address.strip_prefix(&host).expect(address).to_owned()
    }

    /// Opens a share by its password; gives its cookie.
    async fn unlock(&self, share: &str, answer: &serde_json::Value) -> String {
        let password = answer["SharePassword"].as_str().unwrap();
        let entered = self.enter(share, password).await;
        assert_eq!(entered.status, 303, "{}", entered.text());
        entered
            .header("set-cookie")
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    }
}

fn shown(page: &Page) -> usize {
    assert_eq!(page.status, 200, "{}", page.text());
    page.links("/picture/").len()
}

#[tokio::test]
async fn a_view_that_the_api_hands_out_shows_the_orders_and_documents_until_they_are_deleted() {
    let mut place = Place::new().await;
    let image = Image::of("1.2.1", 1).bytes(10, 1);
    let order = json!(place.send(&image).await);
    let upload = place.client.begin().await;
    let given = json!({
        "SessionUniqueUuid": upload, "FileIndex": 9, "CurrentFilePartIndex": 0, "CurrentFileTotalPartCount": 1,
        "PatientOrderUuid": order, "FileName": "Report.pdf",
    });
    let report = b"%PDF-1.4 report";
    let answer = place
        .client
        .upload(Upload::ProcessDocuments, given, report)
        .await;
    assert_eq!(answer["ResponseCode"], 1, "{answer}");

    let given = json!({"PatientOrderUuid": order});
    let answer = place.client.done(General::GetViewUrl, given.clone()).await;
    let view = place.path(&answer);
    let page = place.get(&view).await;
    assert_eq!(shown(&page), 1);
    let document = place.get(&page.links("/document/")[0]).await;
    assert_eq!(document.bytes, report);
    assert_eq!(document.header("content-type"), "application/pdf");

    let folder = place.client.folder(&json!(null), "Shown").await;
    let put = json!({"FolderUuidList": [folder], "PatientOrderUuid": order});
    place.client.done(General::AddOrderToFolder, put).await;
    let named = json!({"FolderUuid": folder});
    let answer = place
        .client
        .done(General::GetFolderViewUrl, named.clone())
        .await;
    let of_folder = place.path(&answer);
    assert_eq!(shown(&place.get(&of_folder).await), 1);
    place.client.done(General::DeletePatientOrder, given).await;
    assert_eq!(shown(&place.get(&view).await), 0);
    assert_eq!(shown(&place.get(&of_folder).await), 0);
    place.client.done(General::DeleteFolder, named).await;
    let gone = place.get(&of_folder).await;
    assert!([404, 410].contains(&gone.status), "{}", gone.text());
    assert!(gone.text().contains("deleted"), "{}", gone.text());
}

#[tokio::test]
async fn a_share_that_the_api_hands_out_opens_by_its_password_and_ends_with_its_folder() {
    let mut place = Place::new().await;
    let order = json!(place.send(&Image::of("1.2.1", 1).bytes(10, 1)).await);
    let folder = place.client.folder(&json!(null), "Shared").await;
    let put = json!({"FolderUuidList": [folder], "PatientOrderUuid": order});
    place.client.done(General::AddOrderToFolder, put).await;
    let location = place.location(1);
    let given =
        json!({"FolderUuid": folder, "InstitutionUuid": location, "UserCanDownloadStudies": true});
    let answer = place
        .client
        .done(General::ShareFolderToUploadWithUrl, given)
        .await;
    let share = place.path(&answer);
    let cookie = place.unlock(&share, &answer).await;
    let page = place.get_as(&share, &cookie).await;
    assert_eq!((shown(&page), page.links("/download/").len()), (1, 1));

    // A guest's study goes to the share's location and into its folder.
    let new = Image::of("1.2.50", 1).bytes(10, 2);
    let body = super::browser::form(&[("new", &new)]);
    let headers = [
        ("content-type", "multipart/form-data; boundary=edge"),
        ("cookie", cookie.as_str()),
    ];
    let path = format!("{share}/upload");
    let told = place
        .ask(reqwest::Method::POST, &path, &headers, body)
        .await;
    assert!(told.text().contains("1 file was stored"), "{}", told.text());
    let listing = place.client.listing(&folder).await;
    let mut places: Vec<_> = listing["PatientOrderList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|order| {
            (
                order["StudyInstanceUid"].clone(),
                order["InstitutionUuid"].clone(),
            )
        })
        .collect();
    places.sort_by_key(|place| place.0.to_string());
    assert_eq!(places[1], (json!("1.2.50"), json!(location)));
    assert_eq!(shown(&place.get_as(&share, &cookie).await), 2);

    place
        .client
        .done(General::DeleteFolder, json!({"FolderUuid": folder}))
        .await;
    let over = place.get_as(&share, &cookie).await;
    assert!([404, 410].contains(&over.status), "{}", over.text());
    let more = Image::of("1.2.51", 1).bytes(10, 2);
    let body = super::browser::form(&[("more", &more)]);
    let refused = place
        .ask(reqwest::Method::POST, &path, &headers, body)
        .await;
    assert!([404, 410].contains(&refused.status));
    assert_eq!(stored(place.folder.path()).0.len(), 2);
}

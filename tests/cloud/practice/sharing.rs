//! Shares: what is made, what is in the letters, and what is refused.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use studydrop::cloud::wire::General;
use uuid::Uuid;

use crate::practice::client::{Client, Door, server};

fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}

/// A letter's fields by name, unfolded and decoded, and its text.
struct Letter {
    head: String,
    text: String,
}

fn decoded(value: &str) -> String {
    let words = value.split(' ').map(|word| {
        let inner = word
            .strip_prefix("=?utf-8?B?")
            .and_then(|word| word.strip_suffix("?="));
        match inner {
            Some(word) => String::from_utf8(STANDARD.decode(word).unwrap()).unwrap(),
            None => format!(" {word}"),
        }
    });
    words.collect()
}

impl Letter {
    fn field(&self, name: &str) -> String {
        let head = self.head.replace("\r\n ", " ");
        let line = head
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")).map(decoded));
        line.unwrap().trim().to_owned()
    }
}

fn letters(outbox: &Path) -> Vec<Letter> {
    let mut letters = Vec::new();
    for file in std::fs::read_dir(outbox).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(path.extension().unwrap(), "eml");
        let message = std::fs::read_to_string(&path).unwrap();
        assert!(message.is_ascii());
        assert!(
            message
                .split("\r\n")
                .all(|line| line.len() <= 78 && !line.contains('\n'))
        );
        let (head, body) = message.split_once("\r\n\r\n").unwrap();
        let body = STANDARD.decode(body.replace("\r\n", "")).unwrap();
        letters.push(Letter {
            head: head.to_owned(),
            text: String::from_utf8(body).unwrap(),
        });
    }
    letters.sort_by_key(|letter| letter.field("To"));
    letters
}

/// The last part of an address of this server.
pub fn token<'a>(client: &Client, address: &'a Value, kind: &str) -> &'a str {
    let begin = format!("http://{}/{kind}/", client.door.address);
    let token = address.as_str().unwrap().strip_prefix(&begin).unwrap();
    assert_eq!(token.len(), 32);
    assert!(token.bytes().all(|digit| digit.is_ascii_hexdigit()));
    token
}

#[tokio::test]
async fn an_address_has_a_password_and_a_last_day() {
    let (data, _server, mut client) = server().await;
    let folder = client.folder(&Value::Null, "Shared").await;
    let orders = [client.study("1.2.1").await, client.study("1.2.2").await];
    let day = today().to_string();
    let given = json!({
        "FolderUuid": folder, "SharePassword": "s3cret åäö", "ShareTitle": "Title", "ShareDescription": "Text",
        "ExpireDate": day, "UserCanDownloadStudies": true,
    });
    let share = client.done(General::ShareFolderWithURL, given).await;
    assert_eq!(
        (&share["SharePassword"], &share["ExpireDate"]),
        (&json!("s3cret åäö"), &json!(day))
    );
    assert_eq!(client.listing(&folder).await["IsShared"], true);
    let first = token(&client, &share["Result"], "share").to_owned();

    let given = json!({"FolderUuid": folder, "InstitutionUuid": client.place(1)});
    let upload = client
        .done(General::ShareFolderToUploadWithUrl, given)
        .await;
    let given = json!({"OrderUuidList": orders, "UserCanDownloadStudies": true});
    let quick = client.done(General::SharePatientOrderWithUrl, given).await;
    assert_eq!(quick["ExpireDate"], "");
    let password = quick["SharePassword"].as_str().unwrap();
    assert!(password.len() >= 10 && upload["SharePassword"] != quick["SharePassword"]);
    assert_ne!(token(&client, &quick["Result"], "share"), first);
    let given = json!({"OrderUuidList": [orders[0]], "ExpireDate": "2099-12-31"});
    let until = client
        .done(General::SharePatientOrderWithUrlWithExpireDate, given)
        .await;

    let shares = client.properties(&orders[0]).await["ShareList"].clone();
    let shares = shares.as_array().unwrap();
    assert_eq!(shares.len(), 2);
    let listed = shares
        .iter()
        .find(|share| share["ShareUuid"] == quick["ShareUuid"])
        .unwrap();
    for (field, wanted) in [
        ("ShareType", json!("Url")),
        ("ShareUrl", quick["Result"].clone()),
        ("Email", json!("")),
        ("ExpireDate", json!("")),
        ("UserCanDownloadStudies", json!(true)),
    ] {
        assert_eq!(listed[field], wanted, "{field}");
    }
    assert!(
        listed["CreatedDatetime"]
            .as_str()
            .unwrap()
            .starts_with(&today().to_string()[..4])
    );
    assert!(shares.iter().any(
        |share| share["ShareUuid"] == until["ShareUuid"] && share["ExpireDate"] == "2099-12-31"
    ));
    assert!(
        client.properties(&orders[1]).await["ShareList"]
            .as_array()
            .unwrap()
            .len()
            == 1
    );
    let database = rusqlite::Connection::open(data.path().join("practice.sqlite")).unwrap();
    let row: (String, String, String, bool, String) = database
        .query_row(
            "SELECT folder, title, description, can_download, upload_location FROM share WHERE token = ?1",
            [&first],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
        )
        .unwrap();
    assert_eq!(
        row,
        (
            folder.as_str().unwrap().into(),
            "Title".into(),
            "Text".into(),
            true,
            String::new()
        )
    );
    let place: String = database
        .query_row(
            "SELECT upload_location FROM share WHERE uuid = ?1",
            [upload["ShareUuid"].as_str().unwrap()],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(json!(place), client.place(1));
}

#[tokio::test]
async fn letters_lie_in_the_outbox_and_the_password_goes_its_own_way() {
    let (data, _server, mut client) = server().await;
    let folder = client.folder(&Value::Null, "Shared").await;
    let order = client.study("1.2.1").await;
    let title = "Knie 膝 \"Öberg\" and a title that is much too long for one line of a message 🦴🦴🦴🦴🦴🦴🦴🦴🦴🦴🦴🦴";
    let given = json!({
        "FolderUuid": folder, "Email": "a@example.com", "EmailForSendingSharePassword": "b@example.com",
        "SharePassword": "s3cret", "ShareTitle": title, "ShareDescription": "Grüße\nÅsa", "ExpireDate": "2099-12-31",
    });
    let share = client.done(General::ShareFolderWithEmail, given).await;
    assert!(share.get("SharePassword").is_none(), "{share}");
    assert_eq!(share["ExpireDate"], "2099-12-31");
    let outbox = data.path().join("outbox");
    assert_eq!(share["OutboxFolder"], outbox.display().to_string());
    let found = letters(&outbox);
    assert_eq!(found.len(), 2);
    let (first, second) = (&found[0], &found[1]);
    assert_eq!(
        (first.field("To"), second.field("To")),
        ("a@example.com".into(), "b@example.com".into())
    );
    assert_eq!(first.field("Subject"), title);
    assert_eq!(first.field("From"), "Åsa Öberg <asa.oberg@example.org>");
    assert!(first.field("Date").contains(&today().year().to_string()));
    assert!(first.text.contains("Grüße\r\nÅsa"));
    assert!(first.text.contains("2099-12-31"));
    assert!(!first.text.contains("s3cret"));
    assert!(second.text.contains("s3cret"));
    let address = format!("http://{}/share/", client.door.address);
    assert!(first.text.contains(&address) && !second.text.contains("http"));

    // One address alone gets both; the password was made.
    std::fs::remove_dir_all(&outbox).unwrap();
    let given = json!({"OrderUuidList": [order], "Email": "a@example.com", "EmailForSendingSharePassword": ""});
    for management in [
        General::SharePatientOrderWithEmail,
        General::SharePatientOrderWithEmailWithExpireDate,
    ] {
        client.done(management, given.clone()).await;
    }
    let found = letters(&outbox);
    assert_eq!(found.len(), 2);
    for letter in &found {
        assert!(letter.text.contains(&address) && letter.text.contains("Password: "));
        assert!(
            !letter.text.contains("Märta") && !letter.head.contains("Märta"),
            "no patient in a letter"
        );
    }
    let shares = client.properties(&order).await["ShareList"].clone();
    assert_eq!(
        (&shares[0]["ShareType"], &shares[0]["Email"]),
        (&json!("Email"), &json!("a@example.com"))
    );
    let shown = shares[0]["ShareUrl"].as_str().unwrap();
    assert!(found.iter().any(|letter| letter.text.contains(shown)));
}

#[tokio::test]
async fn shares_that_cannot_be_are_refused_and_leave_nothing() {
    let (data, server, mut client) = server().await;
    let folder = client.folder(&Value::Null, "Shared").await;
    let order = client.study("1.2.1").await;
    let nobody = json!(Uuid::new_v4());
    let yesterday = today().yesterday().unwrap().to_string();
    let past = format!("ExpireDate ({yesterday}) is over already.");
    for (management, given, says) in [
        (
            General::ShareFolderWithURL,
            json!({"FolderUuid": folder, "ExpireDate": yesterday}),
            past.as_str(),
        ),
        (
            General::ShareFolderWithURL,
            json!({"FolderUuid": folder, "ExpireDate": "2026-02-30"}),
            "ExpireDate must be a day",
        ),
        (
            General::ShareFolderWithURL,
            json!({"FolderUuid": nobody}),
            "folder does not exist",
        ),
        (
            General::ShareFolderWithURL,
            json!({}),
            "FolderUuid is missing",
        ),
        (
            General::ShareFolderToUploadWithUrl,
            json!({"FolderUuid": folder, "InstitutionUuid": ""}),
            "InstitutionUuid is missing",
        ),
        (
            General::ShareFolderToUploadWithUrl,
            json!({"FolderUuid": folder, "InstitutionUuid": nobody}),
            "location does not exist",
        ),
        (
            General::ShareFolderWithEmail,
            json!({"FolderUuid": folder, "Email": ""}),
            "Email is missing",
        ),
        (
            General::ShareFolderWithEmail,
            json!({"FolderUuid": folder, "Email": "nobody@"}),
            "Email \"nobody@\" is no e-mail address.",
        ),
        (
            General::ShareFolderWithEmail,
            json!({"FolderUuid": folder, "Email": "a@b.se\r\nBcc: c@d.se"}),
            "Email must be one line",
        ),
        (
            General::ShareFolderWithEmail,
            json!({"FolderUuid": folder, "Email": "a@b.se, c@d.se"}),
            "no e-mail address",
        ),
        (
            General::ShareFolderToUploadWithEmail,
            json!({"FolderUuid": folder, "Email": "a@b.se", "EmailForSendingSharePassword": "x"}),
            "EmailForSendingSharePassword \"x\"",
        ),
        (
            General::SharePatientOrderWithEmail,
            json!({"OrderUuidList": [order, nobody], "Email": "a@b.se"}),
            "order does not exist",
        ),
        (
            General::SharePatientOrderWithUrl,
            json!({"OrderUuidList": []}),
            "OrderUuidList is empty",
        ),
        (
            General::SharePatientOrderWithUrlWithExpireDate,
            json!({"OrderUuidList": [order], "ExpireDate": yesterday}),
            past.as_str(),
        ),
        (
            General::ShareFolderWithAccountUser,
            json!({"FolderUuid": folder, "SharedUserUuidList": [client.user, nobody]}),
            "user is not in this account",
        ),
        (
            General::ShareFolderWithAccountUser,
            json!({"FolderUuid": folder}),
            "SharedUserUuidList is empty",
        ),
        (
            General::ShareFolderWithAccountUserGroup,
            json!({"FolderUuid": folder, "SharedUserGroupUuidList": [nobody]}),
            "user group is not in this account",
        ),
    ] {
        let why = client.refused(management, given).await;
        assert!(why.contains(says), "{why}");
    }
    let mut nils = Door::from(&server).sign_in_as(2).await;
    let given = json!({"FolderUuid": folder, "InstitutionUuid": client.place(1)});
    let why = nils
        .refused(General::ShareFolderToUploadWithUrl, given)
        .await;
    assert!(why.contains("Outpatient clinic"), "{why}");
    assert_eq!(client.listing(&folder).await["IsShared"], false);
    assert_eq!(client.properties(&order).await["ShareList"], json!([]));
    assert!(!data.path().join("outbox").exists());
}

//! Signing in, and everything that is no sign-in.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use studydrop::cloud::wire::{General, Kind, Session, Upload};
use studydrop::practice::{Config, Error, start};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use crate::practice::client::{Door, refusal};

#[tokio::test]
async fn the_chain_of_signing_in_leads_to_the_account() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(Config::local(folder.path())).await.unwrap();
    let door = Door::from(&server);
    assert_eq!(server.router(), format!("http://{}/router/", door.address));
    let route = |kind: &str| json!({"RouterKey": door.account_key, "AddressType": kind, "AdapterType": "2"});
    let region = door.question("/router/", 4, &route("1")).await;
    assert_eq!(region["ResponseCode"], 1);
    assert_eq!(
        region["ResponseMessage"],
        format!("http://{}/region/", door.address)
    );
    let socket = door.question("/router/", 4, &route("2")).await;
    assert_eq!(
        socket["ResponseMessage"],
        format!("ws://{}/socket", door.address)
    );

    let client = door.sign_in().await;
    let users = client.account["UserList"].as_array().unwrap();
    let names: Vec<_> = users.iter().map(|user| &user["FullName"]).collect();
    assert_eq!(names, ["Åsa Öberg", "山田 太郎", "Nils Berg", "Mia Lund"]);
    let places = |user: usize| users[user]["InstitutionList"].as_array().unwrap().clone();
    assert_eq!(places(0)[0]["InstitutionName"], "Main hospital");
    assert_eq!(places(0)[1]["InstitutionName"], "Outpatient clinic");
    assert_eq!(places(2).len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn keys_and_sessions_outlive_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(Config::local(folder.path())).await.unwrap();
    let (keys, session) = (
        (server.api_key(), server.account_key()),
        Door::from(&server).session().await["ResponseMessage"].clone(),
    );
    server.stop().await;
    let server = start(Config::local(folder.path())).await.unwrap();
    assert_eq!((server.api_key(), server.account_key()), keys);
    let client = Door::from(&server).resume(session, 0).await;
    assert!(client.user.is_string());
}

#[tokio::test]
async fn a_wrong_key_is_refused_at_every_step() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(Config::local(folder.path())).await.unwrap();
    let right = Door::from(&server);
    for wrong in [
        Door {
            api_key: Uuid::new_v4(),
            ..right
        },
        Door {
            account_key: Uuid::new_v4(),
            ..right
        },
    ] {
        let route = json!({"RouterKey": wrong.account_key, "AddressType": "1"});
        let (route, session) = (
            wrong.question("/router/", 4, &route).await,
            wrong.session().await,
        );
        for answer in [route, session] {
            assert_ne!(answer["ResponseCode"], 1);
            assert!(answer["ResponseMessage"].as_str().unwrap().contains("key"));
        }
    }
    let stranger = Door {
        api_key: Uuid::new_v4(),
        ..right
    };
    assert!(stranger.socket().await.is_err());
    // A key that changes after the door is no key either.
    let mut client = right.sign_in().await;
    client.door.account_key = Uuid::new_v4();
    let answer = client.general(General::SearchPatientOrder, json!({})).await;
    assert!(refusal(&answer).contains("key"));
}

#[tokio::test]
async fn a_socket_that_is_not_registered_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(Config::local(folder.path())).await.unwrap();
    let client = Door::from(&server).sign_in().await;
    let mut socket = client.door.socket().await.unwrap();
    for (kind, management) in [
        (Kind::General, General::SearchPatientOrder.number()),
        (Kind::Upload, Upload::Initialize.number()),
    ] {
        let answer = socket
            .ask(kind, management, &client.with(json!({})), &[])
            .await;
        assert!(refusal(&answer).contains("RegisterSession"));
    }
    let made_up = json!(Uuid::new_v4());
    let answer = client
        .door
        .register(&mut socket, &made_up, Session::RegisterSession)
        .await;
    assert!(refusal(&answer).contains("Sign in again"));
}

#[tokio::test]
async fn what_is_not_built_yet_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(Config::local(folder.path())).await.unwrap();
    let mut client = Door::from(&server).sign_in().await;
    let answer = client.upload(Upload::AttachDocument, json!({}), &[]).await;
    assert_eq!(
        refusal(&answer),
        "The practice server does not know AttachDocument yet."
    );
    let given = client.with(json!({}));
    let answer = client.main.ask(Kind::General, 9999, &given, &[]).await;
    assert!(refusal(&answer).contains("9999"));
}

#[tokio::test]
async fn nonsense_is_answered_or_ends_its_own_connection_only() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(Config::local(folder.path())).await.unwrap();
    let mut client = Door::from(&server).sign_in().await;
    let frames: [Message; 5] = [
        Message::Binary(vec![].into()),
        Message::Binary(vec![0xff; 40].into()),
        Message::Text("hello".into()),
        Message::Binary(vec![0; 5 * 1024 * 1024].into()),
        Message::Binary(vec![17, 0, 1].into()),
    ];
    for frame in frames {
        let mut other = client.further().await;
        let _ = other.stream.send(frame).await;
        // The connection is closed, one way or another.
        while let Some(Ok(message)) = other.stream.next().await {
            assert!(matches!(message, Message::Close(_)), "{message:?}");
        }
    }
    // Where the id can be read, the message is answered and the connection goes on.
    let mut other = client.further().await;
    let cut = [&[17, 0, 77, 0, 0, 0][..], &[3, 0, 0, 0], &[0xff; 4]].concat();
    other
        .stream
        .send(Message::Binary(cut.into()))
        .await
        .unwrap();
    let answer = other.answer().await.unwrap();
    assert_eq!((answer.request_id, answer.success), (77, false));
    let given = client.with(json!({}));
    let answer = other
        .ask(Kind::General, General::SearchFolder.number(), &given, &[])
        .await;
    assert_eq!(answer["ResponseCode"], 1);
    assert!(client.orders(json!({})).await.is_empty());
}

#[tokio::test]
async fn other_computers_reach_it_only_where_that_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let open: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let mut config = Config {
        listen: open,
        ..Config::local(folder.path())
    };
    assert!(matches!(
        start(config.clone()).await,
        Err(Error::NotLoopback(_))
    ));
    config.allow_remote = true;
    let server = start(config).await.unwrap();
    let port = server.address().port();
    let door = Door {
        address: SocketAddr::from(([127, 0, 0, 1], port)),
        ..Door::from(&server)
    };
    let route = json!({"RouterKey": door.account_key, "AddressType": "1"});
    let region = door.question("/router/", 4, &route).await;
    assert_eq!(
        region["ResponseMessage"],
        format!("http://127.0.0.1:{port}/region/")
    );
    // Addresses that are handed on begin as the client came here, not with "every address of this computer".
    let mut client = door.sign_in().await;
    let given = json!({"ParentFolderUuid": null, "FolderName": "Handed on"});
    let folder = client.done(General::CreateFolder, given).await["FolderUuid"].clone();
    for (management, page) in [
        (General::GetFolderViewUrl, "view"),
        (General::ShareFolderWithURL, "share"),
    ] {
        let answer = client.done(management, json!({"FolderUuid": folder})).await;
        let begin = format!("http://127.0.0.1:{port}/{page}/");
        assert!(answer["Result"].as_str().unwrap().starts_with(&begin));
    }
}

#[tokio::test]
async fn addresses_that_were_given_out_stay_good_over_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let first = start(Config::local(data.path())).await.unwrap();
    let address = first.address();
    // Another one from the same folder finds the port taken and another one free.
    let second = start(Config::local(data.path())).await.unwrap();
    assert_ne!(second.address(), address);
    second.stop().await;
    first.stop().await;
    let again = start(Config::local(data.path())).await.unwrap();
    assert_eq!(again.address(), address);
}

//! Connections that break, stall, lie and come back.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::ws::Message;
use bytes::Bytes;
use serde_json::json;
use studydrop::cloud::model::OrderQuery;
use studydrop::cloud::wire::{Kind, Request};
use studydrop::cloud::{CheckFile, Client, Error, FilePart, Link, Timeouts};
use uuid::Uuid;

use crate::wire::fake::{Fake, Plan, Reply, Seen, answer, short, usual_frames};

pub async fn search(client: &Client) -> Result<usize, Error> {
    let found = client
        .search_orders(Uuid::nil(), &OrderQuery::default())
        .await;
    found.map(|orders| orders.len())
}

pub fn part() -> FilePart {
    FilePart {
        session: Uuid::nil(),
        location: Uuid::nil(),
        user: Uuid::nil(),
        file_index: 0,
        part_index: 0,
        part_count: 1,
        folder: None,
        bytes: Bytes::from_static(b"DICM"),
    }
}

fn image() -> CheckFile {
    CheckFile {
        session: Uuid::nil(),
        location: Uuid::nil(),
        user: Uuid::nil(),
        folder: None,
        study_instance_uid: "1.2".to_owned(),
        patient_name: "A".to_owned(),
        patient_id: "1".to_owned(),
        series_instance_uid: "1.2.3".to_owned(),
        sop_instance_uid: "1.2.3.4".to_owned(),
    }
}

/// Does `first` about the first request that `matches`, and the usual thing about all others.
pub fn once<M, F>(matches: M, first: F) -> Plan
where
    M: Fn(&Request) -> bool + Send + Sync + 'static,
    F: Fn(&Request) -> Reply + Send + Sync + 'static,
{
    let done = AtomicBool::new(false);
    Plan::new().frames(move |request, _| {
        if matches(request) && !done.swap(true, Ordering::SeqCst) {
            first(request)
        } else {
            usual_frames(request)
        }
    })
}

pub fn is_search(request: &Request) -> bool {
    request.kind == Kind::General && request.management == 1
}

pub async fn signed_in(plan: Plan) -> (Fake, Client) {
    let fake = plan.start().await;
    let client = fake.sign_in().await.unwrap();
    fake.take();
    (fake, client)
}

pub async fn wait_for(client: &Client, wanted: impl Fn(&Link) -> bool) {
    let mut link = client.link();
    let waiting = link.wait_for(|link| wanted(link));
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .expect("the link should have changed")
        .unwrap();
}

#[tokio::test]
async fn answers_in_any_order_find_their_questions() {
    // Answers are held back until eight questions are there, and then given from the last to the first.
    let held: Mutex<Vec<Request>> = Mutex::default();
    let plan = Plan::new().frames(move |request, _| {
        if request.kind == Kind::Session {
            return usual_frames(request);
        }
        let mut held = held.lock().unwrap();
        held.push(request.clone());
        if held.len() < 8 {
            return Reply::Nothing;
        }
        let answers = held.drain(..).rev().map(|request| {
            let sent: serde_json::Value = serde_json::from_slice(&request.json).unwrap();
            let folder = json!({"FolderName": sent["FolderName"]});
            let good =
                json!({"ResponseCode": 1, "ResponseMessage": {"Success": true, "Folder": folder}});
            answer(&request, &good)
        });
        Reply::Raw(answers.collect())
    });
    let (_fake, client) = signed_in(plan).await;
    let names: Vec<String> = (0..8).map(|n| format!("folder {n}")).collect();
    let questions = names
        .iter()
        .map(|name| client.get_folder_list(Uuid::nil(), None, name, false));
    let answers = futures_util::future::join_all(questions).await;
    for (name, folder) in names.iter().zip(answers) {
        assert_eq!(&folder.unwrap().folder_name, name);
    }
}

#[tokio::test]
async fn damaged_frames_are_errors_for_all_who_wait_and_a_new_socket_is_opened() {
    let whole = |request: &Request| {
        let Message::Binary(bytes) = answer(request, &json!({"ResponseCode": 1})) else {
            unreachable!()
        };
        bytes
    };
    let lie = move |request: &Request| {
        let mut bytes = whole(request).to_vec();
        bytes[11..15].copy_from_slice(&i32::MAX.to_le_bytes());
        bytes
    };
    let wrong_type = move |request: &Request| {
        let mut bytes = whole(request).to_vec();
        bytes[0] = 99;
        bytes
    };
    let not_text = move |request: &Request| {
        let mut bytes = whole(request).to_vec();
        bytes[11..15].copy_from_slice(&2_i32.to_le_bytes());
        bytes[15] = 0xff;
        bytes
    };
    type Damage = Box<dyn Fn(&Request) -> Vec<u8> + Send + Sync>;
    let damages: Vec<Damage> = vec![
        Box::new(move |request| whole(request)[..9].to_vec()),
        Box::new(|_| Vec::new()),
        Box::new(|_| vec![0xff; 1000]),
        Box::new(lie),
        Box::new(wrong_type),
        Box::new(not_text),
    ];
    for damage in damages {
        let (_fake, client) = signed_in(once(is_search, move |request| {
            Reply::Raw(vec![Message::Binary(damage(request).into())])
        }))
        .await;
        let error = search(&client).await.unwrap_err();
        assert!(matches!(error, Error::Malformed(_)), "{error}");
        assert_eq!(search(&client).await, Ok(0));
    }
}

#[tokio::test]
async fn what_nobody_asked_for_is_passed_over() {
    let (_fake, client) = signed_in(once(is_search, |request| {
        let other = Request {
            id: request.id + 1000,
            ..request.clone()
        };
        let good = json!({"ResponseCode": 1, "ResponseMessage": {"SearchResultList": [{}]}});
        Reply::Raw(vec![
            Message::Text("hello".into()),
            answer(&other, &json!({"ResponseCode": 0})),
            Message::Ping(Bytes::from_static(b"x")),
            answer(request, &good),
            answer(request, &good),
        ])
    }))
    .await;
    assert_eq!(search(&client).await, Ok(1));
    assert_eq!(search(&client).await, Ok(0));
}

#[tokio::test]
async fn json_that_is_none_fails_its_own_request_alone() {
    let (_fake, client) = signed_in(once(is_search, |request| {
        let Message::Binary(bytes) = answer(request, &json!("DOE^JANE")) else {
            unreachable!()
        };
        let mut bytes = bytes.to_vec();
        bytes.pop();
        let length = i32::try_from("\"DOE^JANE".len()).unwrap();
        bytes[19..23].copy_from_slice(&length.to_le_bytes());
        Reply::Raw(vec![Message::Binary(bytes.into())])
    }))
    .await;
    let error = search(&client).await.unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    assert!(!error.to_string().contains("DOE"));
    assert_eq!(*client.link().borrow(), Link::Online);
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_taken() {
    let part_of_file = |request: &Request| request.kind == Kind::Upload && request.management == 3;
    let (_fake, client) = signed_in(once(part_of_file, |request| {
        let good = json!({"ResponseCode": 1, "ResponseMessage": "x".repeat(5 * 1024 * 1024)});
        Reply::Raw(vec![answer(request, &good)])
    }))
    .await;
    let socket = client.upload_socket().await.unwrap();
    let error = socket.process_file(part()).await.unwrap_err();
    assert!(matches!(error, Error::TooLong { .. }), "{error}");
    assert!(!socket.is_alive());
    assert!(
        client
            .upload_socket()
            .await
            .unwrap()
            .process_file(part())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_server_that_never_answers_is_not_waited_for_for_ever() {
    let (_fake, client) = {
        let plan = Plan::new().frames(|request, _| match request.kind {
            Kind::Session => usual_frames(request),
            _ => Reply::Nothing,
        });
        let fake = plan.start().await;
        let timeouts = Timeouts {
            search: Duration::from_millis(200),
            part: Duration::from_millis(200),
            ..short()
        };
        let client = fake.sign_in_with(timeouts).await.unwrap();
        (fake, client)
    };
    let error = search(&client).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Timeout {
                what: "the search for orders",
                ..
            }
        ),
        "{error}"
    );
    let socket = client.upload_socket().await.unwrap();
    let error = socket.process_file(part()).await.unwrap_err();
    assert!(
        matches!(error, Error::Timeout { .. }) && error.is_connection(),
        "{error}"
    );
}

#[tokio::test]
async fn a_router_that_takes_the_question_and_never_answers_is_given_up() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let router = format!("http://{}/", silent.local_addr().unwrap());
    let endpoint = studydrop::cloud::Endpoint::parse(&router, "").unwrap();
    let options = studydrop::cloud::Options {
        timeouts: Timeouts {
            request: Duration::from_millis(200),
            ..short()
        },
        ..Default::default()
    };
    let result =
        Client::sign_in_with(&endpoint, &crate::wire::fake::keys(), &options, |_| {}).await;
    let error = result.err().unwrap();
    assert!(error.to_string().contains("no answer within"), "{error}");
}

#[tokio::test]
async fn a_line_that_is_dead_without_being_closed_is_noticed() {
    let plan = once(is_search, |_| Reply::Stall);
    let fake = plan.start().await;
    let timeouts = Timeouts {
        ping: Duration::from_millis(100),
        silence: Duration::from_secs(1),
        search: Duration::from_secs(30),
        ..short()
    };
    let client = fake.sign_in_with(timeouts).await.unwrap();
    // Sent, lost in the stall, sent again on the line that was opened after the silence.
    assert_eq!(search(&client).await, Ok(0));
    let opened = fake
        .take()
        .iter()
        .filter(|seen| matches!(seen, Seen::Open(_)))
        .count();
    assert_eq!(opened, 2);
}

#[tokio::test]
async fn a_quiet_line_that_answers_pings_stays_open() {
    let fake = Plan::new().start().await;
    let timeouts = Timeouts {
        ping: Duration::from_millis(50),
        silence: Duration::from_millis(1000),
        ..short()
    };
    let client = fake.sign_in_with(timeouts).await.unwrap();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(*client.link().borrow(), Link::Online);
    let opened = fake
        .take()
        .iter()
        .filter(|seen| matches!(seen, Seen::Open(_)))
        .count();
    assert_eq!(opened, 1);
}

#[tokio::test]
async fn an_upload_socket_that_breaks_says_so_and_another_serves() {
    let part_of_file = |request: &Request| request.kind == Kind::Upload && request.management == 3;
    let (_fake, client) = signed_in(once(part_of_file, |_| Reply::HangUp)).await;
    let socket = client.upload_socket().await.unwrap();
    assert!(socket.is_alive());
    let error = socket.process_file(part()).await.unwrap_err();
    assert!(error.is_connection(), "{error}");
    assert!(!socket.is_alive());
    assert!(
        socket
            .check_file_exist(&image())
            .await
            .unwrap_err()
            .is_connection()
    );
    // The main socket never noticed.
    assert_eq!(*client.link().borrow(), Link::Online);
    let other = client.upload_socket().await.unwrap();
    assert!(!other.check_file_exist(&image()).await.unwrap().exists);
    assert!(other.process_file(part()).await.is_ok());
    assert!(!client.check_file_exist(&image()).await.unwrap().exists);
}

#[tokio::test]
async fn signing_out_tells_those_who_wait_and_closes_the_line() {
    let (fake, client) = signed_in(once(is_search, |_| Reply::Nothing)).await;
    let asked = client.clone();
    let question = tokio::spawn(async move { search(&asked).await });
    while fake.take_requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    client.close().await;
    assert_eq!(*client.link().borrow(), Link::Offline);
    assert!(question.await.unwrap().is_err());
    assert_eq!(search(&client).await, Err(Error::SignedOut));
}

#[tokio::test]
async fn the_last_client_that_goes_closes_the_line() {
    let (fake, client) = signed_in(Plan::new()).await;
    let link = client.link();
    drop(client.clone());
    assert_eq!(*link.borrow(), Link::Online);
    drop(client);
    assert_eq!(*link.borrow(), Link::Offline);
    let closed = async {
        while !fake
            .take()
            .iter()
            .any(|seen| matches!(seen, Seen::Closed(0)))
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), closed)
        .await
        .expect("the server should see it");
}

#[test]
fn file_numbers_are_unique_within_a_sign_in() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let (_fake, client) = runtime.block_on(signed_in(Plan::new()));
    let taken = std::thread::scope(|scope| {
        let take = || {
            (0..1000)
                .map(|_| client.next_file_index())
                .collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect::<std::collections::HashSet<_>>()
    });
    assert_eq!(taken.len(), 4000);
    assert!((0..4000).all(|number| taken.contains(&number)));
    runtime.block_on(async { drop(client) });
}

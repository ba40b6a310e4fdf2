//! Every recording of a method that the client has, played again.

use crate::common::aloud;
use bytes::Bytes;
use serde_json::{Value, json};
use sha2::Digest;
use studydrop::cloud::{CheckFile, Client, DocumentPart, Error, FilePart, UploadSocket, methods};
use url::Url;
use uuid::Uuid;

use crate::wire::fake::{Fake, Plan, SESSION, Seen, UPLOAD};

fn traces() -> Vec<Value> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/traces.json");
    let traces: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    traces["traces"].as_array().unwrap().clone()
}

pub fn recorded(of: impl Fn(&str) -> bool) -> Vec<Value> {
    let all = traces().into_iter();
    let chosen: Vec<Value> = all
        .filter(|trace| of(trace["method"].as_str().unwrap()) && trace["rejected"].is_null())
        .collect();
    assert!(!chosen.is_empty());
    chosen
}

/// The recorded messages in the order in which they were numbered.
pub fn frames(trace: &Value) -> Vec<Value> {
    let events = trace["events"].as_array().unwrap().iter();
    let mut frames: Vec<Value> = events.filter(|e| e["t"] == "ws-out").cloned().collect();
    frames.sort_by_key(|frame| frame["message_id"].as_u64());
    frames
}

fn unhex(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Reads a frame without the code under test: type, id, management, JSON, and what stands behind the JSON.
fn parse(frame: &[u8]) -> (u16, u32, i32, Value, &[u8]) {
    let i32_at = |at: usize| i32::from_le_bytes(frame[at..at + 4].try_into().unwrap());
    let end = 14 + usize::try_from(i32_at(10)).unwrap();
    (
        u16::from_le_bytes(frame[..2].try_into().unwrap()),
        u32::from_le_bytes(frame[2..6].try_into().unwrap()),
        i32_at(6),
        serde_json::from_slice(&frame[14..end]).unwrap(),
        &frame[end..],
    )
}

/// In plain uploads the library sends the sign-in session's name as `SessionUniqueUuid`; we send the upload's, as the
/// library itself does in anonymised ones (`docs/protocol.md`, "Uploading"). That one value is put right before comparing.
fn with_our_session(bytes: &[u8]) -> Vec<u8> {
    let theirs = format!("\"SessionUniqueUuid\":\"{SESSION}\"").into_bytes();
    let ours = format!("\"SessionUniqueUuid\":\"{UPLOAD}\"").into_bytes();
    let mut bytes = bytes.to_vec();
    if let Some(at) = bytes.windows(theirs.len()).position(|part| part == theirs) {
        bytes[at..at + ours.len()].copy_from_slice(&ours);
    }
    bytes
}

/// Compares a message that was sent with a recorded one. `payload` is what should be in it of a file.
pub fn compare(name: &str, sent: &[u8], recorded: &Value, payload: &[u8]) {
    let (kind, id, management, parameters, rest) = parse(sent);
    assert_eq!(
        u64::from(kind),
        recorded["type"].as_u64().unwrap(),
        "{name}: type"
    );
    assert_eq!(
        i64::from(management),
        recorded["management"].as_i64().unwrap(),
        "{name}: management"
    );
    let mut expected = recorded["parameters"].clone();
    if expected.get("SessionUniqueUuid").is_some() {
        expected["SessionUniqueUuid"] = json!(UPLOAD);
    }
    assert_eq!(parameters, expected, "{name}: parameters");

    let mut tail = Vec::new();
    if kind == 23 {
        assert_eq!(
            payload.len() as u64,
            recorded["payload"]["bytes"].as_u64().unwrap(),
            "{name}: the test's own payload"
        );
        let user = recorded["user_uuid"].as_str().unwrap();
        tail.extend(i32::try_from(payload.len()).unwrap().to_le_bytes());
        tail.extend(payload);
        tail.push(u8::try_from(user.len()).unwrap());
        tail.extend(user.as_bytes());
    }
    tail.extend(unhex(recorded["trailing"].as_str().unwrap()));
    assert_eq!(rest, tail, "{name}: what stands behind the parameters");
    assert_eq!(
        sent.len() as u64,
        recorded["frame_bytes"].as_u64().unwrap(),
        "{name}: length"
    );
    if let Some(hex) = recorded["hex"].as_str() {
        let mut expected = with_our_session(&unhex(hex));
        // We count messages like the library, but do not send the same ones before.
        expected[2..6].copy_from_slice(&id.to_le_bytes());
        assert_eq!(sent, expected, "{name}: bytes");
    }
}

fn sent_frames(fake: &Fake) -> Vec<Bytes> {
    let frame = |seen| match seen {
        Seen::Frame { bytes, .. } => Some(bytes),
        _ => None,
    };
    fake.take().into_iter().filter_map(frame).collect()
}

pub fn the_only_frame(fake: &Fake) -> Bytes {
    let frames = sent_frames(fake);
    assert_eq!(frames.len(), 1);
    frames[0].clone()
}

pub async fn signed_in() -> (Fake, Client) {
    let fake = Plan::new().start().await;
    let client = fake.sign_in().await.unwrap();
    fake.take();
    (fake, client)
}

pub fn guid(parameters: &Value, name: &str) -> Uuid {
    parameters[name].as_str().unwrap().parse().unwrap()
}

pub fn optional_guid(parameters: &Value, name: &str) -> Option<Uuid> {
    Some(parameters.get(name)?.as_str()?.parse().unwrap())
}

pub fn text(parameters: &Value, name: &str) -> String {
    parameters[name].as_str().unwrap().to_owned()
}

/// Path and query without scheme and host, the query decoded, `Cache` without its number.
fn address(text: &str) -> (String, Vec<(String, String)>) {
    let url = Url::parse("http://x").unwrap().join(text).unwrap();
    let pairs = url.query_pairs().into_owned();
    let pairs = pairs.map(|(name, value)| match name.as_str() {
        "Cache" => (name, String::new()),
        _ => (name, value),
    });
    (url.path().to_owned(), pairs.collect())
}

#[tokio::test]
async fn signing_in_sends_what_was_recorded() {
    let fake = Plan::new().start().await;
    let client = fake.sign_in().await.unwrap();
    let trace = &recorded(|method| method == "Initialize")[0];
    let events = trace["events"].as_array().unwrap();
    let seen = fake.take();
    assert_eq!(seen.len(), events.len(), "{seen:?}");
    for (seen, event) in seen.iter().zip(events) {
        match seen {
            Seen::Http(sent) => {
                assert_eq!(event["t"], "http");
                assert_eq!(address(sent), address(event["url"].as_str().unwrap()));
                let cache = sent.split("Cache=").nth(1).unwrap();
                assert!(cache.parse::<u64>().unwrap() > 1_700_000_000_000, "{cache}");
            }
            Seen::Open(sent) => {
                assert_eq!(event["t"], "ws-open");
                assert_eq!(address(sent), address(event["url"].as_str().unwrap()));
            }
            Seen::Frame { bytes, .. } => {
                compare("Initialize", bytes, event, b"");
                assert_eq!(
                    bytes,
                    &unhex(event["hex"].as_str().unwrap()),
                    "the number too"
                );
            }
            Seen::Closed(_) => panic!("closed"),
        }
    }
    assert_eq!(client.account().user_list[0].full_name, "Åsa Öberg");
    let account = client.call("Initialize", &json!({})).await.unwrap();
    assert_eq!(account["Account"]["UserList"][0]["Color"], "blue");
}

/// What the recorded build of the vendor's library drops of `CreateOrderWithJSON` although it is documented. Where it goes is
/// inferred (`docs/protocol.md`): under `OtherInformation`.
const DROPPED: [&str; 7] = [
    "Priority",
    "PatientHistory",
    "PatientComplaints",
    "PatientSymptom",
    "RequestingDepartment",
    "OrderNote1",
    "OrderNote2",
];

#[tokio::test]
async fn every_general_method_called_by_name_sends_what_was_recorded() {
    let (fake, client) = signed_in().await;
    let mut played = Vec::new();
    for trace in recorded(|name| name != "Initialize" && methods().any(|m| m.name == name)) {
        let name = trace["method"].as_str().unwrap();
        let mut parameters = trace["parameters"].clone();
        if name == "CreateOrderWithJSON" {
            let json = parameters["jsonParameters"].as_object_mut().unwrap();
            json.retain(|field, _| !DROPPED.contains(&field.as_str()));
        }
        client.call(name, &parameters).await.unwrap();
        compare(name, &the_only_frame(&fake), &frames(&trace)[0], b"");
        // Without the user it is the account's first one, who is the recorded one.
        parameters.as_object_mut().unwrap().remove("userUuid");
        client.call(name, &parameters).await.unwrap();
        compare(name, &the_only_frame(&fake), &frames(&trace)[0], b"");
        played.push(name.to_owned());
    }
    for method in methods().filter(|method| method.name != "Initialize") {
        assert!(
            played.contains(&method.name.to_owned()),
            "{} has no recording",
            method.name
        );
    }
    assert_eq!(played.len(), 45);
}

#[tokio::test]
async fn what_the_library_drops_of_an_order_is_sent_beside_the_rest() {
    let (fake, client) = signed_in().await;
    let trace = &recorded(|name| name == "CreateOrderWithJSON")[0];
    client
        .call("CreateOrderWithJSON", &trace["parameters"])
        .await
        .unwrap();
    let (_, _, management, mut sent, _) = {
        let frame = the_only_frame(&fake);
        let (kind, id, management, json, rest) = parse(&frame);
        (kind, id, management, json, rest.to_vec())
    };
    assert_eq!(management, 25);
    let given = &trace["parameters"]["jsonParameters"];
    let other = sent["JsonParameters"]["OtherInformation"]
        .as_object_mut()
        .unwrap();
    for field in DROPPED {
        assert_eq!(other.remove(field).as_ref(), given.get(field), "{field}");
    }
    assert_eq!(sent, frames(trace)[0]["parameters"]);
}

/// The bytes of a file that was uploaded when the recordings were made, where they are at hand; else as many others.
fn file(name: &str, length: usize, sha256: &str) -> Vec<u8> {
    let path = format!(
        "{}/../shared/dicom/pydicom_test_files/test_files/{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    match std::fs::read(path) {
        Ok(bytes) if bytes.len() == length => {
            let digest = sha2::Sha256::digest(&bytes);
            let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(digest, sha256, "{name} is the file that was recorded");
            bytes
        }
        _ => {
            aloud::aloud(&format!("{name} is not at hand in {length} bytes: made up"));
            (0..length)
                .map(|n| u8::try_from(n % 251).unwrap())
                .collect()
        }
    }
}

/// Plays one recorded message of an upload; gives what should have been sent of a file.
async fn play(socket: &UploadSocket, recorded: &Value, name: &str) -> Vec<u8> {
    let given = &recorded["parameters"];
    let number = |name: &str| u32::try_from(given[name].as_u64().unwrap()).unwrap();
    let (session, location) = (UPLOAD.parse().unwrap(), guid(given, "InstitutionUuid"));
    let user = guid(given, "UserUuid");
    if recorded["management"] == 2 {
        let check = CheckFile {
            session,
            location,
            user,
            folder: optional_guid(given, "FolderUuid"),
            study_instance_uid: text(given, "StudyInstanceUid"),
            patient_name: text(given, "PatientName"),
            patient_id: text(given, "PatientId"),
            series_instance_uid: text(given, "SeriesInstanceUid"),
            sop_instance_uid: text(given, "SopInstanceUid"),
        };
        assert!(!socket.check_file_exist(&check).await.unwrap().exists);
        return Vec::new();
    }
    let length = usize::try_from(recorded["payload"]["bytes"].as_u64().unwrap()).unwrap();
    let bytes = file(
        name,
        length,
        recorded["payload"]["sha256"].as_str().unwrap(),
    );
    let part = FilePart {
        session,
        location,
        user,
        file_index: number("FileIndex"),
        part_index: number("CurrentFilePartIndex"),
        part_count: number("CurrentFileTotalPartCount"),
        folder: given
            .get("FolderUuidList")
            .map(|list| list[0].as_str().unwrap().parse().unwrap()),
        bytes: bytes.clone().into(),
    };
    assert!(socket.process_file(part).await.unwrap().is_some());
    bytes
}

#[tokio::test]
async fn every_upload_of_dicom_files_sends_what_was_recorded() {
    let (fake, client) = signed_in().await;
    let uploads = recorded(|method| method.starts_with("UploadDicomFiles"));
    assert_eq!(uploads.len(), 6);
    for trace in uploads {
        let name = trace["name"].as_str().unwrap();
        let frames = frames(&trace);
        let given = &trace["parameters"];
        let files = given["selectedFiles"].as_array().unwrap();
        let begun = &frames[0]["parameters"];
        let bytes = (begun["TotalFileSize"].as_f64().unwrap() * 1024.0) as u64;
        let user = guid(given, "userUuid");
        let location = guid(given, "institutionUuid");
        let full_name = &client.account().user_list[0].full_name;
        let session = client
            .begin_upload(user, full_name, location, bytes)
            .await
            .unwrap();
        assert_eq!(session.uuid.to_string(), UPLOAD);
        compare(name, &the_only_frame(&fake), &frames[0], b"");

        let socket = client.upload_socket().await.unwrap();
        let seen = fake.take();
        assert!(matches!(seen[0], Seen::Open(_)));
        let Seen::Frame { bytes, .. } = &seen[1] else {
            panic!("{seen:?}");
        };
        compare(name, bytes, &frames[1], b"");
        for frame in &frames[2..] {
            let index = frame["parameters"]["FileIndex"].as_u64().unwrap_or(0);
            let file = files[usize::try_from(index).unwrap()]["name"]
                .as_str()
                .unwrap();
            let payload = play(&socket, frame, file).await;
            compare(name, &the_only_frame(&fake), frame, &payload);
        }
        socket.close().await;
    }
}

#[tokio::test]
async fn an_upload_of_a_document_sends_what_was_recorded() {
    let (fake, client) = signed_in().await;
    let trace = &recorded(|method| method == "UploadDocumentFiles")[0];
    let frames = frames(trace);
    let given = &frames[1]["parameters"];
    let (user, location) = (guid(given, "UserUuid"), guid(given, "InstitutionUuid"));
    let session = client
        .begin_upload(user, "Åsa Öberg", location, 37)
        .await
        .unwrap();
    compare("begin", &the_only_frame(&fake), &frames[0], b"");
    // Its bytes were not kept beside the recording.
    let bytes = b"%PDF-1.4 made up for this very test.\n".to_vec();
    let part = DocumentPart {
        session: session.uuid,
        location,
        user,
        file_index: client.next_file_index(),
        part_index: 0,
        part_count: 1,
        order: guid(given, "PatientOrderUuid"),
        file_name: text(given, "FileName"),
        file_type: text(given, "FileType"),
        bytes: bytes.clone().into(),
    };
    client.process_documents(&part).await.unwrap();
    let sent = the_only_frame(&fake);
    // The recording has the bytes of a file that is not at hand; ours stand in their place.
    let mut recorded = frames[1].clone();
    if let Some(hex) = recorded["hex"].as_str() {
        let mut expected = unhex(hex);
        let json =
            usize::try_from(i32::from_le_bytes(expected[10..14].try_into().unwrap())).unwrap();
        expected[18 + json..18 + json + 37].copy_from_slice(&bytes);
        let hex: String = expected.iter().map(|byte| format!("{byte:02x}")).collect();
        recorded["hex"] = json!(hex);
    }
    compare("part", &sent, &recorded, &bytes);
}

#[tokio::test]
async fn recorded_rejections_are_rejected_by_name_and_nothing_is_sent() {
    let (fake, client) = signed_in().await;
    let mut rejected = 0;
    for trace in traces().iter().filter(|trace| !trace["rejected"].is_null()) {
        let method = trace["method"].as_str().unwrap();
        let error = client.call(method, &trace["parameters"]).await.unwrap_err();
        let words = trace["rejected"].as_str().unwrap();
        match error {
            Error::InvalidParameter { name, .. } => {
                assert!(words.contains(name), "{name}: {words}")
            }
            other => panic!("{method}: {other}"),
        }
        rejected += 1;
    }
    assert_eq!(rejected, 5);
    assert!(fake.take().is_empty());
}

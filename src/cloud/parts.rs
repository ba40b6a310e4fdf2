//! The messages of an upload and what they are made of: images to ask for, parts of files and of documents
//! (`docs/protocol.md`, "Uploading").

use bytes::Bytes;
use serde::{Serialize, Serializer};
use serde_json::Value;
use uuid::Uuid;

use super::message::{Answer, Message, Patience};
use super::wire::{self, MAX_PART};
use super::{Error, Keys, lenient};

/// An image of which the account is asked whether it holds it. `Debug` shows no patient.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckFile {
    /// The upload.
    pub session: Uuid,
    /// The location.
    pub location: Uuid,
    /// Who asks.
    pub user: Uuid,
    /// The folder that the upload goes into, if any.
    pub folder: Option<Uuid>,
    /// (0020,000D)
    pub study_instance_uid: String,
    /// (0010,0010) as DICOM writes it.
    pub patient_name: String,
    /// (0010,0020)
    pub patient_id: String,
    /// (0020,000E)
    pub series_instance_uid: String,
    /// (0008,0018)
    pub sop_instance_uid: String,
}

impl std::fmt::Debug for CheckFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CheckFile(hidden)")
    }
}

/// What the account says about an image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileCheck {
    /// Whether it holds the image.
    pub exists: bool,
    /// The order of the image's study, where there is one.
    pub order: Option<Uuid>,
}

/// One part of a DICOM file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePart {
    /// The upload.
    pub session: Uuid,
    /// The location.
    pub location: Uuid,
    /// Who sends.
    pub user: Uuid,
    /// The file's number; see [`next_file_index`](super::Client::next_file_index).
    pub file_index: u32,
    /// Which part this is, from 0.
    pub part_index: u32,
    /// How many parts the file has.
    pub part_count: u32,
    /// The folder that the order is put into, if any.
    pub folder: Option<Uuid>,
    /// At most [`MAX_PART`] bytes of the file.
    pub bytes: Bytes,
}

/// One part of a clinical document (PDF, JPEG, PNG, BMP or MP4). `Debug` shows no name.
#[derive(Clone, PartialEq, Eq)]
pub struct DocumentPart {
    /// The upload.
    pub session: Uuid,
    /// The location.
    pub location: Uuid,
    /// Who sends.
    pub user: Uuid,
    /// The file's number; see [`next_file_index`](super::Client::next_file_index).
    pub file_index: u32,
    /// Which part this is, from 0.
    pub part_index: u32,
    /// How many parts the file has.
    pub part_count: u32,
    /// The order that it is attached to.
    pub order: Uuid,
    /// The name that it gets there.
    pub file_name: String,
    /// Its MIME type.
    pub file_type: String,
    /// At most [`MAX_PART`] bytes of this part. (The vendor's library repeats the whole file in each part, a flaw; that
    /// a part has its own bytes is *inferred* from DICOM files.)
    pub bytes: Bytes,
}

impl std::fmt::Debug for DocumentPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DocumentPart(hidden)")
    }
}

/// `Initialize`: KB of 1,024 bytes, written as JavaScript writes numbers: whole ones without a point.
#[expect(clippy::cast_precision_loss, reason = "files are far below 2^53 bytes")]
fn kilobytes<S: Serializer>(bytes: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    if bytes.is_multiple_of(1024) {
        serializer.serialize_u64(bytes / 1024)
    } else {
        serializer.serialize_f64(*bytes as f64 / 1024.0)
    }
}

pub(super) fn begin(
    keys: &Keys,
    user: Uuid,
    user_full_name: &str,
    location: Uuid,
    total_bytes: u64,
) -> Result<Message, Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Parameters {
        user_uuid: Uuid,
        institution_uuid: Uuid,
        #[serde(serialize_with = "kilobytes")]
        total_file_size: u64,
        uploader_uuid: Uuid,
        uploader_name: String,
    }
    let parameters = Parameters {
        user_uuid: user,
        institution_uuid: location,
        total_file_size: total_bytes,
        uploader_uuid: user,
        uploader_name: format!("{user_full_name} - API"),
    };
    let (what, management) = ("the beginning of the upload", wire::Upload::Initialize);
    Message::upload(keys, management, what, user, &parameters, Bytes::new())
}

pub(super) fn check(keys: &Keys, file: &CheckFile) -> Result<Message, Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Parameters<'a> {
        session_unique_uuid: Uuid,
        institution_uuid: Uuid,
        user_uuid: Uuid,
        #[serde(skip_serializing_if = "Option::is_none")]
        folder_uuid: Option<Uuid>,
        study_instance_uid: &'a str,
        patient_name: &'a str,
        patient_id: &'a str,
        series_instance_uid: &'a str,
        sop_instance_uid: &'a str,
    }
    let parameters = Parameters {
        session_unique_uuid: file.session,
        institution_uuid: file.location,
        user_uuid: file.user,
        folder_uuid: file.folder,
        study_instance_uid: &file.study_instance_uid,
        patient_name: &file.patient_name,
        patient_id: &file.patient_id,
        series_instance_uid: &file.series_instance_uid,
        sop_instance_uid: &file.sop_instance_uid,
    };
    let (what, management) = ("the question for an image", wire::Upload::CheckFileExist);
    let message = Message::upload(keys, management, what, file.user, &parameters, Bytes::new())?;
    Ok(message.question())
}

/// What both kinds of parts begin with.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Part {
    session_unique_uuid: Uuid,
    institution_uuid: Uuid,
    user_uuid: Uuid,
    file_index: u32,
    current_file_part_index: u32,
    current_file_total_part_count: u32,
}

/// Refuses parts that no server could put together.
fn require_part(index: u32, count: u32, bytes: &Bytes) -> Result<(), Error> {
    let wrong = |name, value: String, wants| Err(Error::InvalidParameter { name, value, wants });
    if index >= count {
        let wants = "it must be less than the number of parts";
        wrong("CurrentFilePartIndex", index.to_string(), wants)
    } else if bytes.len() > MAX_PART {
        let wants = "a part has at most 512 KiB";
        wrong("the part", format!("{} bytes long", bytes.len()), wants)
    } else {
        Ok(())
    }
}

pub(super) fn process_file(keys: &Keys, part: FilePart) -> Result<Message, Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Parameters {
        #[serde(flatten)]
        part: Part,
        #[serde(skip_serializing_if = "Option::is_none")]
        folder_uuid_list: Option<[Uuid; 1]>,
    }
    require_part(part.part_index, part.part_count, &part.bytes)?;
    let parameters = Parameters {
        part: Part {
            session_unique_uuid: part.session,
            institution_uuid: part.location,
            user_uuid: part.user,
            file_index: part.file_index,
            current_file_part_index: part.part_index,
            current_file_total_part_count: part.part_count,
        },
        folder_uuid_list: part.folder.map(|folder| [folder]),
    };
    let (what, management) = ("a part of a file", wire::Upload::ProcessFile);
    let message = Message::upload(keys, management, what, part.user, &parameters, part.bytes)?;
    Ok(message.patience(Patience::Part))
}

pub(super) fn process_document(keys: &Keys, part: &DocumentPart) -> Result<Message, Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Parameters<'a> {
        #[serde(flatten)]
        part: Part,
        patient_order_uuid: Uuid,
        file_name: &'a str,
        file_type: &'a str,
        is_document: bool,
    }
    require_part(part.part_index, part.part_count, &part.bytes)?;
    let parameters = Parameters {
        part: Part {
            session_unique_uuid: part.session,
            institution_uuid: part.location,
            user_uuid: part.user,
            file_index: part.file_index,
            current_file_part_index: part.part_index,
            current_file_total_part_count: part.part_count,
        },
        patient_order_uuid: part.order,
        file_name: &part.file_name,
        file_type: &part.file_type,
        is_document: true,
    };
    let (what, management) = ("a part of a document", wire::Upload::ProcessDocuments);
    let bytes = part.bytes.clone();
    let message = Message::upload(keys, management, what, part.user, &parameters, bytes)?;
    Ok(message.patience(Patience::Part))
}

/// The order that an answer tells of; absent until the server can tell.
pub(super) fn order_of(answer: &Answer<Value>) -> Option<Uuid> {
    let order = answer.response_message.get("PatientOrder")?;
    lenient::field::<Uuid>(order, "PatientOrderUuid").filter(|uuid| !uuid.is_nil())
}

pub(super) fn file_check(answer: &Answer<Value>) -> FileCheck {
    FileCheck {
        // Missing is "no": then the image is sent, or not taken for verified, and either does no harm.
        exists: lenient::field(&answer.response_message, "FileIfExist").unwrap_or(false),
        order: order_of(answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_kilobytes_are_written_without_a_point() {
        let keys = Keys {
            account_key: Uuid::nil(),
            api_key: Uuid::nil(),
        };
        for (bytes, written) in [(0, "0"), (2048, "2"), (37, "0.0361328125"), (1536, "1.5")] {
            let message = begin(&keys, Uuid::nil(), "A", Uuid::nil(), bytes).unwrap();
            let json = std::str::from_utf8(&message.json).unwrap();
            assert!(
                json.contains(&format!("\"TotalFileSize\":{written},")),
                "{json}"
            );
        }
    }

    #[test]
    fn an_answer_without_an_order_is_no_failure() {
        for (json, exists, order) in [
            ("null", false, None),
            ("\"ok\"", false, None),
            (r#"{"FileIfExist":true,"PatientOrder":null}"#, true, None),
            (
                r#"{"FileIfExist":"yes","PatientOrder":{"PatientOrderUuid":"x"}}"#,
                false,
                None,
            ),
            (
                r#"{"PatientOrder":{"PatientOrderUuid":"00000000-0000-0000-0000-000000000000"}}"#,
                false,
                None,
            ),
        ] {
            let answer = Answer {
                response_message: serde_json::from_str(json).unwrap(),
            };
            assert_eq!(file_check(&answer), FileCheck { exists, order }, "{json}");
        }
    }
}

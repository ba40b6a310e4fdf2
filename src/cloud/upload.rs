//! Uploading: Initialize, CheckFileExist, ProcessFile, ProcessDocuments (`protocol.md`, "Uploading").

use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::client::{Client, Inner};
use super::envelope::Answer;
use super::error::Error;
use super::socket::Socket;
use super::wire::{Kind, MAX_PART, Upload};

/// An upload that was begun. Its GUID goes with every part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadSession {
    /// `SessionUniqueUuid`.
    pub uuid: Uuid,
}

/// Asks whether an image is there.
#[derive(Debug, Clone)]
pub struct CheckFile {
    /// The upload.
    pub session: Uuid,
    /// The location.
    pub location: Uuid,
    /// Who asks.
    pub user: Uuid,
    /// The folder that the upload goes to, if any.
    pub folder: Option<Uuid>,
    /// (0020,000D)
    pub study_instance_uid: String,
    /// (0010,0010)
    pub patient_name: String,
    /// (0010,0020)
    pub patient_id: String,
    /// (0020,000E)
    pub series_instance_uid: String,
    /// (0008,0018)
    pub sop_instance_uid: String,
}

/// What the account says to [`CheckFile`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileCheck {
    /// Whether it holds the image.
    pub exists: bool,
    /// The order of the study, where there is one.
    pub order: Option<Uuid>,
}

/// One part of a DICOM file.
#[derive(Debug, Clone)]
pub struct FilePart {
    /// The upload.
    pub session: Uuid,
    /// The location.
    pub location: Uuid,
    /// Who sends.
    pub user: Uuid,
    /// The file's number, unique within the sign-in: [`Client::next_file_index`].
    pub file_index: u32,
    /// 0, 1, 2 …
    pub part_index: u32,
    /// How many parts the file has.
    pub part_count: u32,
    /// The folder that its order goes into, if any.
    pub folder: Option<Uuid>,
    /// At most 512 KiB.
    pub bytes: Bytes,
}

/// One part of a clinical document.
#[derive(Debug, Clone)]
pub struct DocumentPart {
    /// The upload.
    pub session: Uuid,
    /// The location.
    pub location: Uuid,
    /// Who sends.
    pub user: Uuid,
    /// The order that it belongs to.
    pub order: Uuid,
    /// The document's number within the upload.
    pub file_index: u32,
    /// 0, 1, 2 …
    pub part_index: u32,
    /// How many parts the document has.
    pub part_count: u32,
    /// Its name, as it is shown.
    pub file_name: String,
    /// Its MIME type.
    pub file_type: String,
    /// At most 512 KiB.
    pub bytes: Bytes,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InitializeUpload {
    user_uuid: Uuid,
    institution_uuid: Uuid,
    total_file_size: Value,
    uploader_uuid: Uuid,
    uploader_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CheckFileExist<'a> {
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

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProcessFile {
    session_unique_uuid: Uuid,
    institution_uuid: Uuid,
    user_uuid: Uuid,
    file_index: u32,
    current_file_part_index: u32,
    current_file_total_part_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder_uuid_list: Option<[Uuid; 1]>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProcessDocuments<'a> {
    session_unique_uuid: Uuid,
    institution_uuid: Uuid,
    user_uuid: Uuid,
    file_index: u32,
    current_file_part_index: u32,
    current_file_total_part_count: u32,
    patient_order_uuid: Uuid,
    file_name: &'a str,
    file_type: &'a str,
    is_document: bool,
}

impl Client {
    /// Upload `Initialize`.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn begin_upload(
        &self,
        user: Uuid,
        user_full_name: &str,
        location: Uuid,
        total_bytes: u64,
    ) -> Result<UploadSession, Error> {
        let parameters = InitializeUpload {
            user_uuid: user,
            institution_uuid: location,
            total_file_size: kilobytes(total_bytes),
            uploader_uuid: user,
            uploader_name: format!("{user_full_name} - API"),
        };
        let answer = self.upload(Upload::Initialize, &parameters, user).await?;
        let uuid = answer
            .beside
            .get("SessionUniqueUuid")
            .and_then(Value::as_str);
        let uuid = uuid.and_then(|text| Uuid::try_parse(text).ok());
        let nameless = || Error::NotAnAnswer {
            who: "The account",
            what: "an upload without a name".to_owned(),
        };
        Ok(UploadSession {
            uuid: uuid.ok_or_else(nameless)?,
        })
    }

    /// A number for a file, unique within this sign-in.
    pub fn next_file_index(&self) -> u32 {
        self.inner.files.next() - 1
    }

    /// Opens a further WebSocket for parts. One message is in flight on it at a time unless it is shared.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn upload_socket(&self) -> Result<UploadSocket, Error> {
        Ok(UploadSocket {
            client: self.clone(),
            socket: self.further_socket().await?,
        })
    }

    /// `CheckFileExist` over the main socket.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn check_file_exist(&self, check: &CheckFile) -> Result<FileCheck, Error> {
        let answer = self
            .upload(Upload::CheckFileExist, &check_parameters(check), check.user)
            .await?;
        Ok(file_check(&answer))
    }
}

/// One socket for parts.
pub struct UploadSocket {
    client: Client,
    socket: Socket,
}

impl UploadSocket {
    /// Whether parts can still be sent.
    pub fn is_alive(&self) -> bool {
        self.socket.is_alive()
    }

    /// `CheckFileExist`.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn check_file_exist(&self, check: &CheckFile) -> Result<FileCheck, Error> {
        let limit = self.inner().door.timeouts.request;
        let parameters = check_parameters(check);
        let answer = self
            .ask(
                Upload::CheckFileExist,
                &parameters,
                Bytes::new(),
                check.user,
                limit,
            )
            .await?;
        Ok(file_check(&answer))
    }

    /// `ProcessFile`. Hands back the order that the file became part of, where the server can tell yet.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::Invalid`] for a part of more than 512 KiB.
    pub async fn process_file(&self, part: FilePart) -> Result<Option<Uuid>, Error> {
        let parameters = ProcessFile {
            session_unique_uuid: part.session,
            institution_uuid: part.location,
            user_uuid: part.user,
            file_index: part.file_index,
            current_file_part_index: part.part_index,
            current_file_total_part_count: part.part_count,
            folder_uuid_list: part.folder.map(|folder| [folder]),
        };
        self.send_part(Upload::ProcessFile, &parameters, part.bytes, part.user)
            .await
    }

    /// `ProcessDocuments`. Each part carries its own bytes (*inferred* from ProcessFile).
    ///
    /// # Errors
    /// As [`UploadSocket::process_file`].
    pub async fn process_documents(&self, part: &DocumentPart) -> Result<Option<Uuid>, Error> {
        let parameters = ProcessDocuments {
            session_unique_uuid: part.session,
            institution_uuid: part.location,
            user_uuid: part.user,
            file_index: part.file_index,
            current_file_part_index: part.part_index,
            current_file_total_part_count: part.part_count,
            patient_order_uuid: part.order,
            file_name: &part.file_name,
            file_type: &part.file_type,
            is_document: true,
        };
        self.send_part(
            Upload::ProcessDocuments,
            &parameters,
            part.bytes.clone(),
            part.user,
        )
        .await
    }

    /// Closes it.
    pub async fn close(self) {
        self.socket.close().await;
    }

    async fn send_part(
        &self,
        message: Upload,
        parameters: &impl Serialize,
        bytes: Bytes,
        user: Uuid,
    ) -> Result<Option<Uuid>, Error> {
        if bytes.len() > MAX_PART {
            let value = bytes.len().to_string();
            return Err(Error::Invalid {
                parameter: "part",
                value,
                expected: "part of at most 524288 bytes",
            });
        }
        let limit = self.inner().door.timeouts.part;
        let answer = self.ask(message, parameters, bytes, user, limit).await?;
        Ok(order_of(&answer.message))
    }

    async fn ask(
        &self,
        message: Upload,
        parameters: &impl Serialize,
        payload: Bytes,
        user: Uuid,
        limit: Duration,
    ) -> Result<Answer, Error> {
        let json = self.inner().json(parameters);
        let asked = self.socket.ask(
            Kind::Upload,
            message.number(),
            json,
            payload,
            user.to_string(),
            limit,
        );
        Answer::of(&asked.await?)
    }

    fn inner(&self) -> &Inner {
        &self.client.inner
    }
}

fn check_parameters(check: &CheckFile) -> CheckFileExist<'_> {
    CheckFileExist {
        session_unique_uuid: check.session,
        institution_uuid: check.location,
        user_uuid: check.user,
        folder_uuid: check.folder,
        study_instance_uid: &check.study_instance_uid,
        patient_name: &check.patient_name,
        patient_id: &check.patient_id,
        series_instance_uid: &check.series_instance_uid,
        sop_instance_uid: &check.sop_instance_uid,
    }
}

fn file_check(answer: &Answer) -> FileCheck {
    let exists = answer.message.get("FileIfExist") == Some(&Value::Bool(true));
    FileCheck {
        exists,
        order: order_of(&answer.message),
    }
}

fn order_of(message: &Value) -> Option<Uuid> {
    let uuid = message
        .get("PatientOrder")?
        .get("PatientOrderUuid")?
        .as_str()?;
    Uuid::try_parse(uuid).ok()
}

/// Bytes as KB, written as the vendor's library writes it: whole numbers without a point.
#[expect(clippy::cast_precision_loss, reason = "sizes stay far below 2^53")]
fn kilobytes(bytes: u64) -> Value {
    if bytes.is_multiple_of(1024) {
        Value::from(bytes / 1024)
    } else {
        Value::from(bytes as f64 / 1024.0)
    }
}

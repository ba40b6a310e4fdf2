//! The Cloud API's methods about files, for `studydrop call`. They use the program's own scan, transfer and document
//! upload with the documented parameters, and print one JSON object as the result.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::scan::collect;
use super::search::{first_user, location};
use super::sending::{Ended, How, Work, send};
use super::upload::{loose_ledger, uploads};
use super::{Context, failure, output, several};
use crate::cloud::model::{OrderRef, User};
use crate::cloud::{self, parse_guid};
use crate::dicom::catalogue::{Catalogue, Patient, Study};
use crate::dicom::deidentify::Replacement;
use crate::message::Failure;
use crate::transfer::{Ledger, Outcome, Target, TransferState};
use crate::words;
use crate::worker::documents;
use crate::worker::session::Session;

/// A method about files.
pub(super) struct Method {
    name: &'static str,
    parameters: &'static [&'static str],
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Send,
    Documents,
}

const METHODS: [Method; 6] = [
    Method {
        name: "ReadDicomFiles",
        parameters: &["selectedFiles"],
        kind: Kind::Read,
    },
    Method {
        name: "UploadDicomFiles",
        parameters: &["userUuid", "institutionUuid", "selectedFiles"],
        kind: Kind::Send,
    },
    Method {
        name: "UploadDicomFilesIntoFolder",
        parameters: &["userUuid", "institutionUuid", "folderUuid", "selectedFiles"],
        kind: Kind::Send,
    },
    Method {
        name: "UploadDicomFilesWithAnonymization",
        parameters: &[
            "userUuid",
            "institutionUuid",
            "selectedFiles",
            "anonymizedData",
        ],
        kind: Kind::Send,
    },
    Method {
        name: "UploadDicomFilesIntoFolderWithAnonymization",
        parameters: &[
            "userUuid",
            "institutionUuid",
            "folderUuid",
            "selectedFiles",
            "anonymizedData",
        ],
        kind: Kind::Send,
    },
    Method {
        name: "UploadDocumentFiles",
        parameters: &[
            "userUuid",
            "institutionUuid",
            "patientOrderUuid",
            "selectedFiles",
        ],
        kind: Kind::Documents,
    },
];

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    METHODS.iter().map(|method| method.name)
}

pub(super) fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

pub(super) async fn run(
    context: &Context,
    method: &'static Method,
    parameters: &Value,
) -> Result<bool, Failure> {
    let given = Given::new(method, parameters)?;
    let files = given.files()?;
    match method.kind {
        Kind::Read => Ok(read(context, &files)),
        Kind::Send => upload(context, &given, &files).await,
        Kind::Documents => attach(context, &given, files).await,
    }
}

/// Parameters, checked against the method's.
struct Given<'a> {
    method: &'static Method,
    values: &'a Map<String, Value>,
}

impl<'a> Given<'a> {
    fn new(method: &'static Method, parameters: &'a Value) -> Result<Self, Failure> {
        let values = parameters.as_object().ok_or_else(|| {
            failure(
                "The parameters are a list or a single value.",
                "Write them as a JSON object.",
            )
        })?;
        let unknown = |name: &&String| !method.parameters.contains(&name.as_str());
        match values.keys().find(unknown) {
            Some(name) => Err(worded(&cloud::Error::UnknownParameter {
                method: method.name,
                name: name.chars().take(60).collect(),
                known: method.parameters.join(", "),
            })),
            None => Ok(Given { method, values }),
        }
    }

    fn takes(&self, name: &str) -> bool {
        self.method.parameters.contains(&name)
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.values.get(name).filter(|value| !value.is_null())
    }

    fn guid(&self, name: &'static str) -> Result<Option<Uuid>, Failure> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => parse_guid(name, text)
                .map(Some)
                .map_err(|error| worded(&error)),
            Some(_) => Err(wrong(name, "it is not a GUID")),
        }
    }

    fn needed(&self, name: &'static str) -> Result<Uuid, Failure> {
        self.guid(name)?
            .ok_or_else(|| wrong(name, "the method needs it"))
    }

    fn list(&self, name: &'static str) -> Result<&'a [Value], Failure> {
        match self.get(name) {
            Some(Value::Array(list)) if !list.is_empty() => Ok(list),
            Some(Value::Array(_)) => Err(wrong(name, "the list is empty")),
            Some(_) => Err(wrong(name, "it is not a list")),
            None => Err(wrong(name, "the method needs it")),
        }
    }

    fn files(&self) -> Result<Vec<PathBuf>, Failure> {
        const NAME: &str = "selectedFiles";
        let path = |value: &Value| match value.as_str() {
            Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
            _ => Err(wrong(NAME, "it is not a list of paths")),
        };
        self.list(NAME)?.iter().map(path).collect()
    }

    fn replacements(&self) -> Result<Vec<Replacement>, Failure> {
        const NAME: &str = "anonymizedData";
        if !self.takes(NAME) {
            return Ok(Vec::new());
        }
        let one = |value: &Value| {
            let text = |field: &str| value.get(field).and_then(Value::as_str);
            match (text("Tag"), text("Value")) {
                (Some(tag), Some(value)) => Replacement::new(tag, value)
                    .map_err(|error| failure(format!("{NAME}: {error}"), "Nothing was sent.")),
                _ => Err(wrong(
                    NAME,
                    r#"it is not a list of {"Tag": "PatientName", "Value": "Doe^John"}"#,
                )),
            }
        };
        self.list(NAME)?.iter().map(one).collect()
    }

    /// The user of `userUuid`, or the account's first user if that is omitted.
    fn user<'b>(&self, account: &'b cloud::model::Account) -> Result<&'b User, Failure> {
        match self.guid("userUuid")? {
            None => first_user(account),
            Some(user) => account
                .user_list
                .iter()
                .find(|known| known.user_uuid == user)
                .ok_or_else(|| wrong("userUuid", "the account has no such user")),
        }
    }
}

fn worded(error: &cloud::Error) -> Failure {
    Failure::from(error)
}

fn wrong(name: &str, wants: &str) -> Failure {
    failure(
        format!("{name} cannot be used: {wants}."),
        "Nothing was sent.",
    )
}

/// `ReadDicomFiles`: patients and studies of files. Needs no session.
fn read(context: &Context, files: &[PathBuf]) -> bool {
    let catalogue = collect(&context.quiet(), files);
    let patients: Vec<Value> = catalogue.patients.iter().map(patient).collect();
    let is_whole = !catalogue.patients.is_empty() && !has_problems(&catalogue);
    output::object(&json!({ "patients": patients, "skipped": skipped(&catalogue) }));
    is_whole
}

fn patient(patient: &Patient) -> Value {
    let studies: Vec<Value> = patient.studies.iter().map(study).collect();
    json!({
        "PatientName": patient.name.alphabetic,
        "PatientNameIdeographic": patient.name.ideographic,
        "PatientNamePhonetic": patient.name.phonetic,
        "PatientId": patient.id,
        "PatientBirthdate": patient.birth_date.map(|date| date.to_string()),
        "PatientSex": patient.sex,
        "Studies": studies,
    })
}

fn study(study: &Study) -> Value {
    let series = study.series.iter().map(|series| {
        json!({
            "SeriesInstanceUid": series.series_instance_uid,
            "SeriesNumber": series.number,
            "Modality": series.modality,
            "SeriesDescription": series.description,
            "BodyPart": series.body_part,
            "ImagesCount": series.images.len(),
        })
    });
    json!({
        "StudyInstanceUid": study.study_instance_uid,
        "StudyDate": study.date.map(|date| date.to_string()),
        "StudyTime": study.time.map(|time| time.to_string()),
        "StudyDescription": study.description,
        "AccessionNumber": study.accession_number,
        "ReferringPhysicianName": study.referring_physician.alphabetic,
        "InstitutionName": study.institution,
        "Modalities": study.modalities(),
        "ImagesCount": study.images(),
        "Bytes": study.bytes(),
        "Series": series.collect::<Vec<Value>>(),
    })
}

fn has_problems(catalogue: &Catalogue) -> bool {
    catalogue
        .skipped
        .iter()
        .any(|skipped| skipped.reason.is_problem())
}

fn skipped(catalogue: &Catalogue) -> Vec<Value> {
    let one = |path: &Path, reason: String| output::with_path(json!({ "reason": reason }), path);
    catalogue
        .skipped
        .iter()
        .map(|skipped| one(&skipped.path, words::skip_reason(&skipped.reason)))
        .collect()
}

async fn upload(context: &Context, given: &Given<'_>, files: &[PathBuf]) -> Result<bool, Failure> {
    let replace = given.replacements()?;
    let institution = given.needed("institutionUuid")?;
    let folder = match given.takes("folderUuid") {
        true => Some(given.needed("folderUuid")?),
        false => None,
    };
    given.guid("userUuid")?;
    let catalogue = collect(&context.quiet(), files);
    several::refuse(&catalogue, &replace, "Call it once for each patient.")?;
    let session = context.sign_in().await?;
    let target = target(&session, given, institution, folder);
    let ended = match target {
        Ok(target) => {
            let uploads = uploads(&catalogue, &target, &replace);
            send(&session, &How::default(), Work::Fresh(uploads)).await
        }
        Err(failure) => Err(failure),
    };
    session.client.close().await;
    let ended = ended?;
    output::object(&result(&catalogue, &ended));
    let verified = ended
        .iter()
        .all(|ended| ended.status.state == TransferState::Verified);
    Ok(verified && !ended.is_empty() && !has_problems(&catalogue))
}

fn target(
    session: &Session,
    given: &Given<'_>,
    institution: Uuid,
    folder: Option<Uuid>,
) -> Result<Target, Failure> {
    let account = session.client.account();
    let user = given.user(&account)?;
    let (location, _) = location(user, Some(&institution.to_string()))?;
    Ok(Target {
        user: user.user_uuid,
        user_name: user.full_name.clone(),
        location,
        folder,
    })
}

/// JSON with totals (found = sent + already there + skipped + failed), and the totals and order of each study.
fn result(catalogue: &Catalogue, ended: &[Ended]) -> Value {
    let mut total = loose_ledger(catalogue);
    let (mut studies, mut failed) = (Vec::new(), Vec::new());
    for Ended {
        upload,
        status,
        outcomes,
        ..
    } in ended
    {
        total = total.plus(&status.ledger);
        let mut study = numbers(&status.ledger);
        study.insert(
            "study_instance_uid".into(),
            json!(upload.study_instance_uid),
        );
        study.insert("state".into(), json!(status.state.word()));
        study.insert("order".into(), json!(status.order));
        study.insert("verified".into(), json!(status.verified));
        study.insert("note".into(), json!(status.note));
        studies.push(study);
        for (file, outcome) in upload.files.iter().zip(outcomes) {
            if let Outcome::Failed(reason) = outcome {
                let failure = json!({ "reason": reason });
                failed.push(output::with_path(failure, &file.path));
            }
        }
    }
    let orders: Vec<Option<Uuid>> = ended.iter().map(|ended| ended.status.order).collect();
    let mut result = numbers(&total);
    result.insert(
        "order".into(),
        match orders.as_slice() {
            [one] => json!(one),
            _ => Value::Null,
        },
    );
    result.insert("studies".into(), json!(studies));
    result.insert("failed_files".into(), json!(failed));
    result.insert("skipped_files".into(), json!(skipped(catalogue)));
    Value::Object(result)
}

fn numbers(ledger: &Ledger) -> Map<String, Value> {
    let numbers = [
        ("found", ledger.found),
        ("sent", ledger.sent),
        ("already_there", ledger.already_there),
        ("skipped", ledger.skipped),
        ("failed", ledger.failed),
    ];
    numbers
        .into_iter()
        .map(|(name, number)| (name.to_owned(), json!(number)))
        .collect()
}

/// `UploadDocumentFiles`: attaches documents to an order.
async fn attach(
    context: &Context,
    given: &Given<'_>,
    files: Vec<PathBuf>,
) -> Result<bool, Failure> {
    let order = OrderRef {
        location: given.needed("institutionUuid")?,
        order: given.needed("patientOrderUuid")?,
    };
    given.guid("userUuid")?;
    let session = context.sign_in().await?;
    let sent = send_documents(&session, given, order, files).await;
    session.client.close().await;
    let (found, failed) = sent?;
    output::object(&json!({
        "found": found,
        "sent": found - failed.len(),
        "already_there": 0,
        "skipped": 0,
        "failed": failed.len(),
        "order": order.order,
        "failed_files": failed,
    }));
    Ok(failed.is_empty())
}

async fn send_documents(
    session: &Session,
    given: &Given<'_>,
    order: OrderRef,
    files: Vec<PathBuf>,
) -> Result<(usize, Vec<Value>), Failure> {
    let account = session.client.account();
    let user = given.user(&account)?;
    location(user, Some(&order.location.to_string()))?;
    let sender = documents::Sender {
        user: user.user_uuid,
        user_name: user.full_name.clone(),
        order,
    };
    let found = files.len();
    let mut failed = Vec::new();
    for path in files {
        if let Err(failure) = documents::send(&session.client, &sender, &path).await {
            let why = json!({ "reason": output::sentence(&failure) });
            failed.push(output::with_path(why, &path));
        }
    }
    Ok((found, failed))
}

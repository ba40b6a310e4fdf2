//! Making orders before there are images: the four documented ways.

use jiff::civil::{Date, Time};
use serde::Deserialize;
use uuid::Uuid;

use super::fields::Fields;
use super::message::Message;
use super::model::Order;
use super::values::{MAX_TEXT, Modality, Sex, line, needed, wrong};
use super::wire::General;
use super::{Client, Error, Keys, lenient};

const WHAT: &str = "the new order";
/// The longest code or identifier in characters (PS3.5, 6.2: LO).
pub const MAX_LONG: usize = 64;
/// The longest accession number in characters (PS3.5, 6.2: SH).
pub const MAX_ACCESSION: usize = 16;
/// The longest person's name in characters (PS3.5, 6.2: PN, three groups of 64 with their delimiters).
pub const MAX_NAME: usize = 194;

/// An order that is to be made. Empty texts are left away. Lengths are DICOM's (PS3.5, 6.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewOrder {
    /// The location that it belongs to.
    pub location: Uuid,
    /// `Last^First^Middle`; needed.
    pub patient_name: String,
    /// Needed.
    pub patient_id: String,
    /// Another ID of the patient.
    pub other_patient_id: String,
    /// The patient's sex.
    pub patient_sex: Option<Sex>,
    /// The patient's birth date.
    pub patient_birth_date: Option<Date>,
    /// What images it will have; needed.
    pub modality: Option<Modality>,
    /// What is to be examined.
    pub study_description: String,
    /// At most 16 characters.
    pub accession_number: String,
    /// What the patient complains of.
    pub patient_complaints: String,
    /// When it is to be done; needed.
    pub date: Option<Date>,
    /// At what time.
    pub time: Option<Time>,
    /// Requested procedure ID.
    pub requested_procedure_id: String,
    /// Requested procedure description.
    pub requested_procedure_description: String,
    /// A DICOM node of the account.
    pub scheduled_equipment: Option<Uuid>,
    /// Who sent the patient.
    pub referring_physician: String,
    /// What only `CreateOrderWithJSON` takes.
    pub more: MoreOfOrder,
}

/// What only `CreateOrderWithJSON` takes. The first seven are documented but dropped by the recorded build of the
/// vendor's library; where they go is *inferred* (`docs/protocol.md`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MoreOfOrder {
    /// A word: `High`.
    pub priority: String,
    /// The patient's history.
    pub patient_history: String,
    /// The patient's symptoms.
    pub patient_symptom: String,
    /// The department that asks for it.
    pub requesting_department: String,
    /// A note.
    pub order_note1: String,
    /// Another note.
    pub order_note2: String,
    /// Who asks for it.
    pub requesting_physician: String,
    /// The institution's name as images have it.
    pub institution_name: String,
}

/// The documented names of what is checked: they differ between the methods.
struct Names {
    patient_id: &'static str,
    modality: &'static str,
    date: &'static str,
    accession: &'static str,
}

const BY_LIST: Names = Names {
    patient_id: "patientId",
    modality: "modality",
    date: "orderDate",
    accession: "accessionNumber",
};
const BY_JSON: Names = Names {
    patient_id: "PatientID",
    modality: "OrderModality",
    date: "PerformedDatetime",
    accession: "OrderAccessionNumber",
};

impl MoreOfOrder {
    /// Whether nothing of it is given.
    pub fn is_empty(&self) -> bool {
        *self == MoreOfOrder::default()
    }
}

impl NewOrder {
    /// `YYYY-MM-DD HH:MM`; the date alone where there is no time.
    fn performed(&self, name: &'static str) -> Result<String, Error> {
        match (self.date, self.time) {
            (Some(date), Some(time)) => Ok(format!("{date} {}", time.strftime("%H:%M"))),
            (Some(date), None) => Ok(date.to_string()),
            (None, _) => Err(wrong(name, "", "it is needed")),
        }
    }

    fn modality(&self, name: &'static str) -> Result<&str, Error> {
        match &self.modality {
            Some(modality) => Ok(modality.as_str()),
            None => Err(wrong(name, "", "it is needed")),
        }
    }

    /// Whether the method of few parameters holds all of it.
    fn is_minimum(&self) -> bool {
        let texts = [
            &self.other_patient_id,
            &self.accession_number,
            &self.patient_complaints,
            &self.requested_procedure_id,
            &self.requested_procedure_description,
        ];
        texts.into_iter().all(String::is_empty)
            && self.patient_birth_date.is_none()
            && self.scheduled_equipment.is_none()
    }

    fn born(&self) -> Option<String> {
        self.patient_birth_date.map(|date| date.to_string())
    }

    fn accession(&self, names: &Names) -> Result<String, Error> {
        line(names.accession, &self.accession_number, MAX_ACCESSION)
    }

    fn equipment(&self) -> Option<String> {
        self.scheduled_equipment.map(|uuid| uuid.to_string())
    }
}

pub(super) fn minimum(keys: &Keys, user: Uuid, order: &NewOrder) -> Result<Message, Error> {
    let fields = Fields::of(user)
        .guid("InstitutionUuid", order.location)
        .with(
            "PatientName",
            needed("patientName", &order.patient_name, MAX_NAME)?,
        )
        .with(
            "PatientID",
            needed("patientId", &order.patient_id, MAX_LONG)?,
        )
        .with("OrderModality", order.modality("modality")?)
        .text(
            "StudyDescription",
            line("studyDescription", &order.study_description, MAX_LONG)?,
        )
        .with("PerformedDatetime", order.performed("orderDate")?);
    Message::general(keys, General::CreatePatientOrder, WHAT, &fields)
}

/// `CreateOrderWithFullParameters`, and with `second` its successor, which also has sex and referring physician.
pub(super) fn full(
    keys: &Keys,
    user: Uuid,
    order: &NewOrder,
    second: bool,
) -> Result<Message, Error> {
    let names = &BY_LIST;
    let fields = Fields::of(user)
        .guid("InstitutionUuid", order.location)
        .with(
            "PatientName",
            needed("patientName", &order.patient_name, MAX_NAME)?,
        )
        .with(
            "PatientID",
            needed(names.patient_id, &order.patient_id, MAX_LONG)?,
        )
        .text(
            "OtherPatientId",
            line("patientOtherId", &order.other_patient_id, MAX_LONG)?,
        )
        .some("PatientsBirthDate", order.born())
        .with("OrderModality", order.modality(names.modality)?)
        .text(
            "StudyDescription",
            line("studyDescription", &order.study_description, MAX_LONG)?,
        )
        .text("OrderAccessionNumber", order.accession(names)?)
        .text(
            "PatientComplaints",
            line("complaints", &order.patient_complaints, MAX_TEXT)?,
        )
        .with("PerformedDatetime", order.performed(names.date)?)
        .text(
            "RequestedProcedureId",
            line("procedureId", &order.requested_procedure_id, MAX_ACCESSION)?,
        )
        .text(
            "RequestingProcedureDescription",
            line(
                "procedureDescription",
                &order.requested_procedure_description,
                MAX_LONG,
            )?,
        )
        .some("ScheduledEquipmentUuid", order.equipment());
    let fields = if second {
        let physician = line(
            "referringPhysiciansName",
            &order.referring_physician,
            MAX_NAME,
        )?;
        fields
            .some("PatientSex", order.patient_sex.map(Sex::letter))
            .text("ReferringPhysiciansName", physician)
    } else {
        fields
    };
    Message::general(keys, General::CreatePatientOrder, WHAT, &fields)
}

/// The other shape of an order. Only what is given is sent.
pub(super) fn by_json(keys: &Keys, user: Uuid, order: &NewOrder) -> Result<Message, Error> {
    let performed = match order.date {
        Some(_) => order.performed(BY_JSON.date)?,
        None => String::new(),
    };
    let modality = order.modality.as_ref().map(Modality::as_str);
    let json = Fields::new()
        .object("IdentityInformation", identity(order)?)
        .object(
            "StudyInformation",
            Fields::new()
                .text("StudyDate", performed)
                .text(
                    "StudyDescription",
                    line("StudyDescription", &order.study_description, MAX_LONG)?,
                )
                .text(
                    "InstitutionNameInDicom",
                    line(
                        "InstitutionNameInDicom",
                        &order.more.institution_name,
                        MAX_LONG,
                    )?,
                ),
        )
        .object("OtherInformation", other_information(order)?)
        .some("Modality", modality)
        .text("AccessionNumber", order.accession(&BY_JSON)?)
        .some("ScheduledEquipmentUuid", order.equipment());
    let fields = Fields::of(user)
        .guid("InstitutionUuid", order.location)
        .object("JsonParameters", json);
    Message::general(keys, General::CreatePatientOrderWithJson, WHAT, &fields)
}

fn identity(order: &NewOrder) -> Result<Fields, Error> {
    Ok(Fields::new()
        .text(
            "OtherId",
            line("OtherPatientId", &order.other_patient_id, MAX_LONG)?,
        )
        .text("Name", line("PatientName", &order.patient_name, MAX_NAME)?)
        .some("Birthdate", order.born())
        .text("Id", line("PatientID", &order.patient_id, MAX_LONG)?)
        .some("Sex", order.patient_sex.map(Sex::letter)))
}

fn other_information(order: &NewOrder) -> Result<Fields, Error> {
    let more = &order.more;
    Ok(Fields::new()
        .text(
            "RequestingPhysician",
            line("RequestingPhysician", &more.requesting_physician, MAX_NAME)?,
        )
        .text(
            "RequestedProcedureDescription",
            line(
                "RequestingProcedureDescription",
                &order.requested_procedure_description,
                MAX_LONG,
            )?,
        )
        .text(
            "ReferringPhysiciansName",
            line(
                "ReferringPhysiciansName",
                &order.referring_physician,
                MAX_NAME,
            )?,
        )
        .text(
            "RequestedProcedureId",
            line(
                "RequestedProcedureId",
                &order.requested_procedure_id,
                MAX_ACCESSION,
            )?,
        )
        .text("Priority", line("Priority", &more.priority, MAX_LONG)?)
        .text(
            "PatientHistory",
            line("PatientHistory", &more.patient_history, MAX_TEXT)?,
        )
        .text(
            "PatientComplaints",
            line("PatientComplaints", &order.patient_complaints, MAX_TEXT)?,
        )
        .text(
            "PatientSymptom",
            line("PatientSymptom", &more.patient_symptom, MAX_TEXT)?,
        )
        .text(
            "RequestingDepartment",
            line(
                "RequestingDepartment",
                &more.requesting_department,
                MAX_LONG,
            )?,
        )
        .text(
            "OrderNote1",
            line("OrderNote1", &more.order_note1, MAX_TEXT)?,
        )
        .text(
            "OrderNote2",
            line("OrderNote2", &more.order_note2, MAX_TEXT)?,
        ))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Created {
    #[serde(deserialize_with = "lenient::guid")]
    patient_order_uuid: Uuid,
    patient_order: Option<Order>,
}

impl Client {
    /// Makes an order by whichever of the four documented methods has the fewest parameters that hold all of it. (The JSON
    /// shape alone takes everything, but the recorded library drops much of it: it is used where it must be.)
    ///
    /// # Errors
    /// Those of [`Client::create_order_with_minimum_parameters`].
    pub async fn create_order(&self, user: Uuid, order: &NewOrder) -> Result<Order, Error> {
        if !order.more.is_empty() {
            self.create_order_with_json(user, order).await
        } else if order.patient_sex.is_some() || !order.referring_physician.is_empty() {
            self.create_order_with_full_parameters2(user, order).await
        } else if order.is_minimum() {
            self.create_order_with_minimum_parameters(user, order).await
        } else {
            self.create_order_with_full_parameters(user, order).await
        }
    }

    /// `CreateOrderWithMinimumParameters`: patient's name and ID, modality, study description, date and time. Everything
    /// else in `order` is passed over. Answers with the new order as far as the server tells it.
    ///
    /// # Errors
    /// What is needed and missing or too long, by its documented name, and what any request can meet.
    pub async fn create_order_with_minimum_parameters(
        &self,
        user: Uuid,
        order: &NewOrder,
    ) -> Result<Order, Error> {
        self.created(minimum(self.keys(), user, order)?).await
    }

    /// `CreateOrderWithFullParameters`: all but sex, referring physician and `order.more`.
    ///
    /// # Errors
    /// Those of [`Client::create_order_with_minimum_parameters`].
    pub async fn create_order_with_full_parameters(
        &self,
        user: Uuid,
        order: &NewOrder,
    ) -> Result<Order, Error> {
        self.created(full(self.keys(), user, order, false)?).await
    }

    /// `CreateOrderWithFullParameters2`: all but `order.more`.
    ///
    /// # Errors
    /// Those of [`Client::create_order_with_minimum_parameters`].
    pub async fn create_order_with_full_parameters2(
        &self,
        user: Uuid,
        order: &NewOrder,
    ) -> Result<Order, Error> {
        self.created(full(self.keys(), user, order, true)?).await
    }

    /// `CreateOrderWithJSON`: everything, and nothing of it is needed.
    ///
    /// # Errors
    /// What is too long, by its documented name, and what any request can meet.
    pub async fn create_order_with_json(
        &self,
        user: Uuid,
        order: &NewOrder,
    ) -> Result<Order, Error> {
        self.created(by_json(self.keys(), user, order)?).await
    }

    async fn created(&self, message: Message) -> Result<Order, Error> {
        let created: Created = self.answer(message).await?;
        let mut order = created.patient_order.unwrap_or_default();
        if order.patient_order_uuid.is_nil() {
            order.patient_order_uuid = created.patient_order_uuid;
        }
        Ok(order)
    }
}

//! What the account holds, as the client sees it. Unknown fields are kept (`other`), a missing one is no failure: the
//! vendor documents none of these shapes (`docs/protocol.md`, "Answers").

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::lenient;
use super::values::{FolderName, Modality};

mod lists;
mod properties;

pub use lists::{Contact, DicomNode, Flag, FlagGroup, UserGroup};
pub use properties::{Document, InFolder, OrderProperties, Series, ShareOfOrder};

/// The account that the keys belong to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Account {
    /// Everyone who works in the account; the first one is who signs in until another is picked.
    #[serde(deserialize_with = "lenient::list")]
    pub user_list: Vec<User>,
}

/// A person of the account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct User {
    /// Names the user in every request.
    #[serde(deserialize_with = "lenient::guid")]
    pub user_uuid: Uuid,
    /// The name used for signing in to the vendor's own pages.
    #[serde(deserialize_with = "lenient::text")]
    pub user_name: String,
    /// The name to show.
    #[serde(deserialize_with = "lenient::text")]
    pub full_name: String,
    /// The locations that this user may use; not told in lists of users.
    #[serde(deserialize_with = "lenient::list")]
    pub institution_list: Vec<Location>,
    /// An e-mail address, where a list of users tells it.
    #[serde(deserialize_with = "lenient::text")]
    pub email: String,
    /// Whether the user sees only what is assigned to or shared with them, where a list of users tells it.
    #[serde(deserialize_with = "lenient::flag")]
    pub is_restricted: bool,
    /// Fields that this program does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A location (the wire says institution).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Location {
    /// Names the location in every request.
    #[serde(deserialize_with = "lenient::guid")]
    pub institution_uuid: Uuid,
    /// The name to show.
    #[serde(deserialize_with = "lenient::text")]
    pub institution_name: String,
    /// Fields that this program does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A patient order: one study, its images and its documents.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Order {
    /// Names the order.
    #[serde(deserialize_with = "lenient::guid")]
    pub patient_order_uuid: Uuid,
    /// The location that it belongs to.
    #[serde(deserialize_with = "lenient::guid")]
    pub institution_uuid: Uuid,
    /// As DICOM writes it: `Last^First^Middle`.
    #[serde(deserialize_with = "lenient::text")]
    pub patient_name: String,
    /// Patient ID.
    #[serde(deserialize_with = "lenient::text")]
    pub patient_id: String,
    /// Other patient ID.
    #[serde(deserialize_with = "lenient::text")]
    pub other_patient_id: String,
    /// Accession number (*inferred*: in no recorded answer).
    #[serde(deserialize_with = "lenient::text")]
    pub accession_number: String,
    /// One or more modalities, as the server writes them.
    #[serde(deserialize_with = "lenient::text")]
    pub order_modality: String,
    /// A number whose meanings the vendor does not document; see [`Order::status_word`].
    #[serde(deserialize_with = "lenient::integer")]
    pub order_status: i64,
    /// Study description.
    #[serde(deserialize_with = "lenient::text")]
    pub study_description: String,
    /// Requested procedure description.
    #[serde(deserialize_with = "lenient::text")]
    pub requesting_procedure_description: String,
    /// When the study was made, as the server writes it; see [`Order::performed`].
    #[serde(deserialize_with = "lenient::text")]
    pub performed_datetime: String,
    /// Size in KB (1,024 bytes), may be fractional.
    #[serde(deserialize_with = "lenient::number")]
    pub order_size: f64,
    /// How many images it holds.
    #[serde(deserialize_with = "lenient::count")]
    pub images_count: u64,
    /// How many documents it holds.
    #[serde(deserialize_with = "lenient::count")]
    pub documents_count: u64,
    /// The group of orders that it opens together with; zero for none.
    #[serde(deserialize_with = "lenient::guid")]
    pub connected_group_uuid: Uuid,
    /// The flags that it has.
    #[serde(deserialize_with = "lenient::list")]
    pub flag_list: Vec<Flag>,
    /// Fields that this program does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Order {
    /// Names the order in requests.
    pub fn place(&self) -> OrderRef {
        OrderRef {
            location: self.institution_uuid,
            order: self.patient_order_uuid,
        }
    }

    /// The group that it is in.
    pub fn group(&self) -> Option<Uuid> {
        Some(self.connected_group_uuid).filter(|group| !group.is_nil())
    }

    /// When the study was made, where the server's text is a date and time (`YYYY-MM-DD HH:MM[:SS]`, `T` allowed).
    pub fn performed(&self) -> Option<DateTime> {
        let text = self.performed_datetime.trim().replacen(' ', "T", 1);
        text.parse::<DateTime>().ok().or_else(|| {
            text.parse::<Date>()
                .ok()
                .map(|date| date.to_datetime(jiff::civil::Time::midnight()))
        })
    }

    /// The patient's birth date and sex, where the server tells them: `PatientBirthDate` and `PatientSex` are in no
    /// recorded answer (*inferred*).
    pub fn birth_date_and_sex(&self) -> (Option<Date>, &str) {
        let text = |field| {
            self.other
                .get(field)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        (text("PatientBirthDate").parse().ok(), text("PatientSex"))
    }

    /// A word for the status. The numbers are *inferred* and stand here alone, so that a correction is one line.
    pub fn status_word(&self) -> &'static str {
        match self.order_status {
            0 => "Scheduled",
            1 => "Uploaded",
            2 => "Assigned",
            3 => "Reported",
            _ => "Other",
        }
    }

    /// Size in bytes.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped at zero; a size in KB is far below 2^53"
    )]
    pub fn bytes(&self) -> u64 {
        (self.order_size.max(0.0) * 1024.0).round() as u64
    }
}

/// A folder and, where it was asked for, what is in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Folder {
    /// Names the folder; the root's is the zero GUID.
    #[serde(deserialize_with = "lenient::guid")]
    pub folder_uuid: Uuid,
    /// Its name.
    #[serde(deserialize_with = "lenient::text")]
    pub folder_name: String,
    /// Its description.
    #[serde(deserialize_with = "lenient::text")]
    pub folder_description: String,
    /// Orders in it.
    #[serde(deserialize_with = "lenient::count")]
    pub order_count: u64,
    /// Orders in it and below it.
    #[serde(deserialize_with = "lenient::count")]
    pub all_sub_order_count: u64,
    /// Folders in it.
    #[serde(deserialize_with = "lenient::count")]
    pub sub_folder_count: u64,
    /// Folders in it and below it.
    #[serde(deserialize_with = "lenient::count")]
    pub all_sub_folder_count: u64,
    /// Whether it is shared with somebody.
    #[serde(deserialize_with = "lenient::flag")]
    pub is_shared: bool,
    /// The folders in it, where this is an answer to a listing.
    #[serde(
        deserialize_with = "lenient::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub sub_folder_list: Vec<Folder>,
    /// The orders in it, where they were asked for.
    #[serde(
        deserialize_with = "lenient::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub patient_order_list: Vec<Order>,
    /// Fields that this program does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Names an order in requests: the order, and the location that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OrderRef {
    /// The location.
    pub location: Uuid,
    /// The order.
    pub order: Uuid,
}

/// What is changed of a folder; `None` is left as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderUpdate {
    /// The new name.
    pub name: Option<FolderName>,
    /// The new description.
    pub description: Option<String>,
}

/// A folder that was made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreatedFolder {
    /// The deepest folder of the path; zero where the server does not tell (*inferred*).
    #[serde(deserialize_with = "lenient::guid")]
    pub folder_uuid: Uuid,
    /// Fields that this program does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What came of sharing (*inferred* but for `Result`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Shared {
    /// The address to give to others; empty where it was sent by e-mail or shared within the account.
    #[serde(deserialize_with = "lenient::text")]
    pub result: String,
    /// What recipients must type, where the server tells it.
    #[serde(deserialize_with = "lenient::text")]
    pub share_password: String,
    /// The last day that it is good, `YYYY-MM-DD`; empty for ever.
    #[serde(deserialize_with = "lenient::text")]
    pub expire_date: String,
    /// The practice server's folder for messages that a real server would send.
    #[serde(deserialize_with = "lenient::text")]
    pub outbox_folder: String,
    /// Fields that this program does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Which dates a search is bounded by. The four documented searches are one message; the first three differ in this.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DateFilter {
    /// `GetPatientOrderList`.
    #[default]
    Any,
    /// `GetPatientOrderListWithDateRange`: when the study was made, both days inclusive.
    Performed {
        /// First day.
        from: Option<Date>,
        /// Last day.
        to: Option<Date>,
    },
    /// `GetPatientOrderListWithBirthdate`: both days inclusive.
    Birth {
        /// First day.
        from: Option<Date>,
        /// Last day.
        to: Option<Date>,
    },
}

/// What to search orders by. Empty fields do not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderQuery {
    /// Locations to search in; empty for all.
    pub locations: Vec<Uuid>,
    /// Patient's name, `*` and `?` as wildcards.
    pub patient_name: String,
    /// Accession number.
    pub accession_number: String,
    /// Patient ID.
    pub patient_id: String,
    /// Other patient ID.
    pub other_patient_id: String,
    /// Modalities; empty for all.
    pub modalities: Vec<Modality>,
    /// Dates.
    pub dates: DateFilter,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_with_odd_fields_is_read_all_the_same() {
        let order: Order = serde_json::from_str(
            r#"{"PatientOrderUuid":"000000e1-0000-4000-8000-0000000000e1","InstitutionUuid":"","PatientName":null,
                "PatientId":4711,"OrderStatus":"2","ImagesCount":"12","DocumentsCount":-1,"OrderSize":"1,5",
                "StudyDescription":{"x":1},"PerformedDatetime":"2026-11-23 09:30","New":[1]}"#,
        )
        .unwrap();
        assert_eq!(order.patient_id, "4711");
        assert_eq!(
            (
                order.order_status,
                order.images_count,
                order.documents_count
            ),
            (2, 12, 0)
        );
        assert_eq!(order.institution_uuid, Uuid::nil());
        assert_eq!(order.other.get("New"), Some(&serde_json::json!([1])));
        assert_eq!(
            order.performed(),
            Some(jiff::civil::date(2026, 11, 23).at(9, 30, 0, 0))
        );
        assert_eq!(
            serde_json::from_str::<Order>("{}").unwrap(),
            Order::default()
        );
    }

    #[test]
    fn a_folder_without_lists_is_an_empty_folder() {
        let folder: Folder =
            serde_json::from_str(r#"{"SubFolderList":null,"PatientOrderList":"none"}"#).unwrap();
        assert!(folder.sub_folder_list.is_empty() && folder.patient_order_list.is_empty());
    }
}

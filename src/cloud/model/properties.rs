//! Everything about one order (`GetPatientOrderProperties`). Undocumented; the names are *inferred*.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Order, User, UserGroup, lenient};

/// An order with what a search does not tell. Fields that this program does not know are in `order.other`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct OrderProperties {
    /// What a search tells.
    #[serde(flatten)]
    pub order: Order,
    /// Requested procedure ID.
    #[serde(deserialize_with = "lenient::text")]
    pub requested_procedure_id: String,
    /// Who asked for it.
    #[serde(deserialize_with = "lenient::text")]
    pub requesting_physician: String,
    /// The department that asked for it.
    #[serde(deserialize_with = "lenient::text")]
    pub requesting_department: String,
    /// Who sent the patient.
    #[serde(deserialize_with = "lenient::text")]
    pub referring_physicians_name: String,
    /// What the patient complains of.
    #[serde(deserialize_with = "lenient::text")]
    pub patient_complaints: String,
    /// The patient's history.
    #[serde(deserialize_with = "lenient::text")]
    pub patient_history: String,
    /// The patient's symptoms.
    #[serde(deserialize_with = "lenient::text")]
    pub patient_symptom: String,
    /// A word: `High`.
    #[serde(deserialize_with = "lenient::text")]
    pub priority: String,
    /// A note.
    #[serde(deserialize_with = "lenient::text")]
    pub order_note1: String,
    /// Another note.
    #[serde(deserialize_with = "lenient::text")]
    pub order_note2: String,
    /// The equipment that it is scheduled for.
    #[serde(deserialize_with = "lenient::text")]
    pub scheduled_equipment_name: String,
    /// Its series.
    #[serde(deserialize_with = "lenient::list")]
    pub series_list: Vec<Series>,
    /// Its documents.
    #[serde(deserialize_with = "lenient::list")]
    pub document_list: Vec<Document>,
    /// The folders that it is in.
    #[serde(deserialize_with = "lenient::list")]
    pub folder_list: Vec<InFolder>,
    /// The other orders of its group.
    #[serde(deserialize_with = "lenient::list")]
    pub connected_order_list: Vec<Order>,
    /// The users that it is assigned to.
    #[serde(deserialize_with = "lenient::list")]
    pub user_list: Vec<User>,
    /// The user groups that it is assigned to.
    #[serde(deserialize_with = "lenient::list")]
    pub user_group_list: Vec<UserGroup>,
    /// How it was shared.
    #[serde(deserialize_with = "lenient::list")]
    pub share_list: Vec<ShareOfOrder>,
}

/// A series of an order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Series {
    /// Series Instance UID.
    #[serde(deserialize_with = "lenient::text")]
    pub series_instance_uid: String,
    /// Modality.
    #[serde(deserialize_with = "lenient::text")]
    pub modality: String,
    /// How many images it holds.
    #[serde(deserialize_with = "lenient::count")]
    pub images_count: u64,
}

/// A document of an order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Document {
    /// Names the document.
    #[serde(deserialize_with = "lenient::guid")]
    pub document_uuid: Uuid,
    /// Its file's name.
    #[serde(deserialize_with = "lenient::text")]
    pub document_name: String,
    /// MIME type.
    #[serde(deserialize_with = "lenient::text")]
    pub document_type: String,
    /// Size in KB (1,024 bytes), may be fractional.
    #[serde(deserialize_with = "lenient::number")]
    pub document_size: f64,
    /// When it was sent, as the server writes it.
    #[serde(deserialize_with = "lenient::text")]
    pub created_datetime: String,
}

/// A folder that an order is in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InFolder {
    /// Names the folder.
    #[serde(deserialize_with = "lenient::guid")]
    pub folder_uuid: Uuid,
    /// Its name.
    #[serde(deserialize_with = "lenient::text")]
    pub folder_name: String,
    /// `Trauma/Week 48`.
    #[serde(deserialize_with = "lenient::text")]
    pub folder_path: String,
}

/// A share of an order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ShareOfOrder {
    /// Names the share.
    #[serde(deserialize_with = "lenient::guid")]
    pub share_uuid: Uuid,
    /// `Url` or `Email`.
    #[serde(deserialize_with = "lenient::text")]
    pub share_type: String,
    /// The address; may be empty.
    #[serde(deserialize_with = "lenient::text")]
    pub share_url: String,
    /// Whom it was sent to.
    #[serde(deserialize_with = "lenient::text")]
    pub email: String,
    /// The last day that it is good; empty for ever.
    #[serde(deserialize_with = "lenient::text")]
    pub expire_date: String,
    /// Whether the images may be downloaded.
    #[serde(deserialize_with = "lenient::flag")]
    pub user_can_download_studies: bool,
    /// When, as the server writes it.
    #[serde(deserialize_with = "lenient::text")]
    pub created_datetime: String,
}

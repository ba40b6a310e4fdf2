//! Everything about one order (`GetPatientOrderProperties`). Undocumented; the names are *inferred*.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
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
    /// Fields that this program does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
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
    /// Fields that this program does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
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
    /// Fields that this program does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
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
    /// Fields that this program does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_of_an_order_is_kept_at_every_depth() {
        let text = r#"{"PatientName":"A^B","Unknown":1,"SeriesList":[{"Modality":"CT","New":"x"}],
            "DocumentList":[{"DocumentName":"a.pdf","New":2}],"FolderList":[{"FolderName":"T","New":[3]}],
            "FlagList":[{"FlagName":"Urgent","New":4}],"UserList":[{"FullName":"N","New":5}],
            "UserGroupList":[{"UserGroupName":"G","New":6}],"ShareList":[{"Email":"e","New":7}],
            "ConnectedOrderList":[{"PatientId":"P","New":8}]}"#;
        let known: OrderProperties = serde_json::from_str(text).unwrap();
        assert_eq!(known.order.other["Unknown"], 1);
        assert!(!known.order.other.contains_key("SeriesList"));
        let kept = [
            &known.series_list[0].other,
            &known.document_list[0].other,
            &known.folder_list[0].other,
            &known.order.flag_list[0].other,
            &known.user_list[0].other,
            &known.user_group_list[0].other,
            &known.share_list[0].other,
            &known.connected_order_list[0].other,
        ];
        assert!(
            kept.iter().all(|other| other.contains_key("New")),
            "{kept:?}"
        );
    }
}

//! Who and what the account has besides orders and folders. None of these shapes is documented: they are *inferred* from
//! the vendor's habit (`docs/protocol.md`, "Answers").

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{User, lenient};

/// A group of users.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct UserGroup {
    /// Names the group in requests.
    #[serde(deserialize_with = "lenient::guid")]
    pub user_group_uuid: Uuid,
    /// Its name.
    #[serde(deserialize_with = "lenient::text")]
    pub user_group_name: String,
    /// Who is in it, where the server tells it.
    #[serde(deserialize_with = "lenient::list")]
    pub user_list: Vec<User>,
    /// Fields that this program does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Somebody outside the account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Contact {
    /// Names the contact.
    #[serde(deserialize_with = "lenient::guid")]
    pub contact_uuid: Uuid,
    /// A person's or a place's name.
    #[serde(deserialize_with = "lenient::text")]
    pub contact_name: String,
    /// An e-mail address.
    #[serde(deserialize_with = "lenient::text")]
    pub email: String,
    /// Fields that this program does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Equipment that orders can be scheduled for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DicomNode {
    /// Names it as an order's scheduled equipment.
    #[serde(deserialize_with = "lenient::guid")]
    pub dicom_node_uuid: Uuid,
    /// Its name.
    #[serde(deserialize_with = "lenient::text")]
    pub dicom_node_name: String,
    /// Its application entity title.
    #[serde(deserialize_with = "lenient::text")]
    pub ae_title: String,
    /// What images it makes; may be empty.
    #[serde(deserialize_with = "lenient::text")]
    pub modality: String,
    /// Where it stands.
    #[serde(deserialize_with = "lenient::guid")]
    pub institution_uuid: Uuid,
    /// Fields that this program does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Flags of which an order has one at most.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct FlagGroup {
    /// Names the group in requests.
    #[serde(deserialize_with = "lenient::count")]
    pub group_id: u64,
    /// Its name.
    #[serde(deserialize_with = "lenient::text")]
    pub group_name: String,
    /// The flags to choose from.
    #[serde(deserialize_with = "lenient::list")]
    pub flag_list: Vec<Flag>,
    /// Fields that this program does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A flag: in the dictionary, or on an order (there with its group).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Flag {
    /// The group; 0 where the flag stands in its group.
    #[serde(deserialize_with = "lenient::count")]
    pub group_id: u64,
    /// The group's name; empty where the flag stands in its group.
    #[serde(deserialize_with = "lenient::text")]
    pub group_name: String,
    /// Names the flag within its group.
    #[serde(deserialize_with = "lenient::count")]
    pub flag_id: u64,
    /// Its name.
    #[serde(deserialize_with = "lenient::text")]
    pub flag_name: String,
    /// `#RRGGBB`, or empty.
    #[serde(deserialize_with = "lenient::text")]
    pub flag_color: String,
    /// Fields that this program does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

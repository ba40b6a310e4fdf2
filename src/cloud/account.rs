//! Who and what the account has: users, groups of users, contacts, DICOM nodes, flags.

use serde::Deserialize;
use uuid::Uuid;

use super::by_name::{Method, Work};
use super::fields::Fields;
use super::message::Message;
use super::model::{Contact, DicomNode, FlagGroup, User, UserGroup};
use super::wire::General;
use super::{Client, Error, Keys, lenient};

const GROUPS: (General, &str) = (General::GetUserGroupList, "the user groups");
const NODES: (General, &str) = (General::GetDicomNodeList, "the DICOM nodes");
const CONTACTS: (General, &str) = (General::GetContactList, "the contacts");
const FLAGS: (General, &str) = (General::GetAccountFlagDictionary, "the flags");
const USERS: (General, &str) = (General::GetUserList, "the users");

fn list(
    keys: &Keys,
    (message, what): (General, &'static str),
    user: Uuid,
) -> Result<Message, Error> {
    Ok(Message::general(keys, message, what, &Fields::of(user))?.question())
}

/// What scripts call.
pub(super) const METHODS: &[Method] = &[
    Method::new("Initialize", &[], Work::Account),
    Method::new(
        "GetUserGroupList",
        &["userUuid"],
        Work::Send(|keys, given| list(keys, GROUPS, given.user()?)),
    ),
    Method::new(
        "GetDicomNodeList",
        &["userUuid"],
        Work::Send(|keys, given| list(keys, NODES, given.user()?)),
    ),
    Method::new(
        "GetContactList",
        &["userUuid"],
        Work::Send(|keys, given| list(keys, CONTACTS, given.user()?)),
    ),
    Method::new(
        "GetAccountFlagDictionary",
        &["userUuid"],
        Work::Send(|keys, given| list(keys, FLAGS, given.user()?)),
    ),
    Method::new(
        "GetUserList",
        &["userUuid"],
        Work::Send(|keys, given| list(keys, USERS, given.user()?)),
    ),
];

/// All five lists: each answer has one of them.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Lists {
    #[serde(deserialize_with = "lenient::list")]
    user_list: Vec<User>,
    #[serde(deserialize_with = "lenient::list")]
    user_group_list: Vec<UserGroup>,
    #[serde(deserialize_with = "lenient::list")]
    contact_list: Vec<Contact>,
    #[serde(deserialize_with = "lenient::list")]
    dicom_node_list: Vec<DicomNode>,
    #[serde(deserialize_with = "lenient::list")]
    flag_group_list: Vec<FlagGroup>,
}

impl Client {
    /// `GetUserList`: the account's users.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn get_user_list(&self, user: Uuid) -> Result<Vec<User>, Error> {
        Ok(self.lists(USERS, user).await?.user_list)
    }

    /// `GetUserGroupList`: the account's groups of users.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn get_user_group_list(&self, user: Uuid) -> Result<Vec<UserGroup>, Error> {
        Ok(self.lists(GROUPS, user).await?.user_group_list)
    }

    /// `GetContactList`: people outside the account, with their e-mail addresses.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn get_contact_list(&self, user: Uuid) -> Result<Vec<Contact>, Error> {
        Ok(self.lists(CONTACTS, user).await?.contact_list)
    }

    /// `GetDicomNodeList`: the equipment that orders can be scheduled for, as far as the user sees it.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn get_dicom_node_list(&self, user: Uuid) -> Result<Vec<DicomNode>, Error> {
        Ok(self.lists(NODES, user).await?.dicom_node_list)
    }

    /// `GetAccountFlagDictionary`: the flags that an order can have, by their groups.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn get_account_flag_dictionary(&self, user: Uuid) -> Result<Vec<FlagGroup>, Error> {
        Ok(self.lists(FLAGS, user).await?.flag_group_list)
    }

    async fn lists(&self, which: (General, &'static str), user: Uuid) -> Result<Lists, Error> {
        self.answer(list(self.keys(), which, user)?).await
    }
}

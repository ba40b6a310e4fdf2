//! Who and what the account has besides orders and folders.

use std::sync::Arc;

use studydrop::cloud::model::{Contact, Flag, FlagGroup, User, UserGroup};
use studydrop::message::{AccountEvent, Directory, Event};
use uuid::Uuid;

use super::Drive;

/// Three users, two groups, three contacts.
pub fn directory() -> Directory {
    let user = |id, name: &str, email: &str| User {
        user_uuid: Uuid::from_u128(id),
        full_name: name.to_owned(),
        email: email.to_owned(),
        ..User::default()
    };
    let contact = |id, name: &str, email: &str| Contact {
        contact_uuid: Uuid::from_u128(id),
        contact_name: name.to_owned(),
        email: email.to_owned(),
        ..Contact::default()
    };
    let lind = user(2, "Karl Lind", "karl.lind@example.org");
    Directory {
        users: vec![
            user(1, "Åsa Öberg", "asa.oberg@example.org"),
            lind.clone(),
            user(3, "Mia Strand", "mia.strand@example.org"),
        ],
        groups: vec![
            UserGroup {
                user_group_uuid: Uuid::from_u128(31),
                user_group_name: "Radiology A".to_owned(),
                user_list: vec![lind],
                ..UserGroup::default()
            },
            UserGroup {
                user_group_uuid: Uuid::from_u128(32),
                user_group_name: "Orthopaedics".to_owned(),
                ..UserGroup::default()
            },
        ],
        contacts: vec![
            contact(41, "Dr Åke Läkare", "ake@clinic.example"),
            contact(42, "Knee clinic", "knee@clinic.example"),
        ],
        flags: vec![FlagGroup {
            group_id: 1,
            group_name: "Urgency".to_owned(),
            flag_list: vec![Flag {
                flag_id: 1,
                flag_name: "Urgent".to_owned(),
                flag_color: "#E0A53C".to_owned(),
                ..Flag::default()
            }],
            ..FlagGroup::default()
        }],
        ..Directory::default()
    }
}

/// Answers for the lists of the account.
pub fn answer_directory(to: &mut impl Drive) {
    to.apply(Event::Account(AccountEvent::Directory {
        user: Uuid::from_u128(1),
        directory: Arc::new(directory()),
    }));
}

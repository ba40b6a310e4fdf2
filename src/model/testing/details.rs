//! Everything about one order, and the account's lists.

use std::sync::Arc;

use studydrop::cloud::model::{
    DicomNode, Document, Flag, FlagGroup, InFolder, Order, OrderProperties, Series, ShareOfOrder,
    User, UserGroup,
};
use studydrop::message::{AccountEvent, Directory, Event, FoldersEvent, OrdersEvent};
use studydrop::model::{Action, OrdersAction, Page, ShellAction};
use uuid::Uuid;

use super::{Drive, answer_search, folder, orders};

/// A flag of the group *Attention*.
pub fn flag(id: u64, name: &str, colour: &str) -> Flag {
    Flag {
        group_id: 1,
        group_name: "Attention".into(),
        flag_id: id,
        flag_name: name.into(),
        flag_color: colour.into(),
        ..Flag::default()
    }
}

/// Three users, a group, two nodes, two groups of flags.
pub fn lists() -> Arc<Directory> {
    let user = |id, name: &str| User {
        user_uuid: Uuid::from_u128(id),
        user_name: name.to_lowercase(),
        full_name: name.into(),
        email: format!("user{id}@example.org"),
        ..User::default()
    };
    let node = |id, name: &str, modality: &str, place| DicomNode {
        dicom_node_uuid: Uuid::from_u128(id),
        dicom_node_name: name.into(),
        ae_title: format!("NODE{id}"),
        modality: modality.into(),
        institution_uuid: Uuid::from_u128(place),
        ..DicomNode::default()
    };
    let group = |id, name: &str, flags: Vec<Flag>| FlagGroup {
        group_id: id,
        group_name: name.into(),
        flag_list: flags,
        ..FlagGroup::default()
    };
    let attention = vec![
        flag(1, "Urgent", "#E0A53C"),
        flag(2, "This week", "#45B787"),
    ];
    let purpose = vec![Flag {
        flag_id: 1,
        flag_name: "Teaching".into(),
        flag_color: "#7C8CF8".into(),
        ..Flag::default()
    }];
    Arc::new(Directory {
        users: vec![
            user(1, "Åsa Öberg"),
            user(2, "Karl Lind"),
            user(3, "Eva Dahl"),
        ],
        groups: vec![UserGroup {
            user_group_uuid: Uuid::from_u128(41),
            user_group_name: "Radiology A".into(),
            user_list: vec![user(2, "Karl Lind")],
            ..UserGroup::default()
        }],
        nodes: vec![
            node(51, "CT room 2", "CT", 11),
            node(52, "MR North", "MR", 12),
        ],
        flags: vec![
            group(1, "Attention", attention),
            group(2, "Purpose", purpose),
        ],
        ..Directory::default()
    })
}

/// The first order of the drawing.
pub fn properties() -> OrderProperties {
    let document = |name: &str, kind: &str, kilobytes| Document {
        document_name: name.into(),
        document_type: kind.into(),
        document_size: kilobytes,
        created_datetime: "2026-11-23 10:02".into(),
        ..Document::default()
    };
    let series = Series {
        modality: "CT".into(),
        images_count: 153,
        ..Series::default()
    };
    OrderProperties {
        order: flagged().swap_remove(0),
        referring_physicians_name: "Läkare^Åke".into(),
        patient_complaints: "Cough, weight loss".into(),
        series_list: vec![series; 4],
        document_list: vec![
            document("Referral.pdf", "application/pdf", 312.0),
            document("Consent.jpg", "image/jpeg", 1480.5),
        ],
        folder_list: vec![InFolder {
            folder_uuid: Uuid::from_u128(203),
            folder_name: "Week 48".into(),
            folder_path: "Trauma/Week 48".into(),
            ..InFolder::default()
        }],
        connected_order_list: vec![orders().swap_remove(1)],
        user_list: vec![User {
            user_uuid: Uuid::from_u128(2),
            full_name: "Karl Lind".into(),
            ..User::default()
        }],
        user_group_list: vec![UserGroup {
            user_group_uuid: Uuid::from_u128(41),
            user_group_name: "Radiology A".into(),
            ..UserGroup::default()
        }],
        share_list: vec![ShareOfOrder {
            share_type: "Url".into(),
            share_url: "https://example.org/share/abc".into(),
            expire_date: "2026-12-24".into(),
            user_can_download_studies: true,
            ..ShareOfOrder::default()
        }],
        ..OrderProperties::default()
    }
}

/// The orders of the drawing: the first with a flag, the first two in a group.
pub fn flagged() -> Vec<Order> {
    let mut orders = orders();
    orders[0].flag_list = vec![flag(1, "Urgent", "#E0A53C")];
    for order in &mut orders[..2] {
        order.connected_group_uuid = Uuid::from_u128(77);
        order
            .other
            .insert("PatientBirthDate".into(), "1951-02-03".into());
        order.other.insert("PatientSex".into(), "F".into());
    }
    orders
}

/// The Orders page with the orders of the drawing, the account's lists and its folders.
pub fn show_orders(to: &mut impl Drive) {
    let user = Uuid::from_u128(1);
    to.apply(Event::Account(AccountEvent::Directory {
        user,
        directory: lists(),
    }));
    let folders = vec![
        folder(
            201,
            "Trauma",
            1035,
            1284,
            vec![folder(203, "Week 48", 38, 38, Vec::new())],
        ),
        folder(204, "Teaching", 96, 96, Vec::new()),
    ];
    to.apply(Event::Folders(FoldersEvent::Listed {
        user: Uuid::from_u128(1),
        with_orders: true,
        folder: None,
        result: Ok(Arc::new(folder(0, "", 0, 0, folders))),
    }));
    let asked = to.act(Action::Shell(ShellAction::Go(Page::Orders)));
    answer_search(to, &asked, flagged());
}

/// Selects the first one, and tells everything about it.
pub fn show_order(to: &mut impl Drive) {
    let order = orders()[0].patient_order_uuid;
    to.act(Action::Orders(OrdersAction::SelectOrder(order)));
    to.apply(Event::Orders(OrdersEvent::Properties {
        order,
        result: Ok(Arc::new(properties())),
    }));
}

//! What the account holds.

use std::sync::Arc;
use std::time::Duration;

use studydrop::cloud::model::{Account, Folder, Location, Order, User};
use studydrop::message::{Command, Event, FoldersEvent, OrdersCommand, OrdersEvent};
use studydrop::model::{Action, FoldersAction, Page, ShellAction};
use uuid::Uuid;

use super::Drive;

/// Two users, two locations.
pub fn account() -> Arc<Account> {
    let location = |id, name: &str| Location {
        institution_uuid: Uuid::from_u128(id),
        institution_name: name.to_owned(),
        ..Location::default()
    };
    let user = |id, name: &str, locations: Vec<Location>| User {
        user_uuid: Uuid::from_u128(id),
        user_name: name.to_lowercase(),
        full_name: name.to_owned(),
        institution_list: locations,
        ..User::default()
    };
    let both = vec![
        location(11, "Main hospital"),
        location(12, "Outpatients North"),
    ];
    Arc::new(Account {
        user_list: vec![
            user(1, "Åsa Öberg", both.clone()),
            user(2, "Karl Lind", both[..1].to_vec()),
        ],
    })
}

/// Name, ID, modality, description, performed, images, status.
const ORDERS: &str = "\
Öberg^Märta|19510203-1234|CT|Thorax with contrast|2026-11-23 09:14|612|1
Öberg^Märta|19510203-1234|CT|Abdomen|2026-11-23 09:20|488|1
Öberg^Nils|19880712-4456|CR|Hand left|2026-11-22 16:02|2|3
Öberg^Sara|20010130-9981|MR|Brain|2026-11-21 11:41|842|2
Öbergsson^Karin|19450519-0021|US|Abdomen|2026-11-21 08:30|40|1
Öberg^Märta|19510203-1234|DX|Thorax|2026-11-20 13:13|2|3
Öberg^Lena|19770111-2287|MG|Screening|2026-11-19 10:05|8|1
Öbergh^Jan|19620830-7712|CT|Sinus|2026-11-18 15:37|204|3";

/// The orders of the drawing.
pub fn orders() -> Vec<Order> {
    ORDERS
        .lines()
        .zip(100..)
        .map(|(line, id)| order(line, id))
        .collect()
}

fn order(line: &str, id: u128) -> Order {
    let fields: Vec<&str> = line.split('|').collect();
    let images: u32 = fields[5].parse().unwrap();
    Order {
        patient_order_uuid: Uuid::from_u128(id),
        institution_uuid: Uuid::from_u128(11),
        patient_name: fields[0].into(),
        patient_id: fields[1].into(),
        accession_number: "A-20261123-07".into(),
        order_modality: fields[2].into(),
        order_status: fields[6].parse().unwrap(),
        study_description: fields[3].into(),
        performed_datetime: fields[4].into(),
        order_size: f64::from(images) * 1120.0,
        images_count: images.into(),
        documents_count: if id == 100 { 2 } else { 0 },
        ..Order::default()
    }
}

/// Answers the search among these commands.
pub fn answer_search(to: &mut impl Drive, commands: &[Command], orders: Vec<Order>) {
    let job = commands.iter().rev().find_map(|command| match command {
        Command::Orders(OrdersCommand::Search { job, .. }) => Some(*job),
        _ => None,
    });
    let job = job.expect("a search was asked for");
    to.apply(Event::Orders(OrdersEvent::Found {
        job,
        result: Ok(Arc::new(orders)),
        took: Duration::from_millis(214),
    }));
}

/// A folder of the account.
pub fn folder(id: u128, name: &str, orders: u64, below: u64, folders: Vec<Folder>) -> Folder {
    Folder {
        folder_uuid: Uuid::from_u128(id),
        folder_name: name.into(),
        order_count: orders,
        all_sub_order_count: below,
        sub_folder_count: folders.len() as u64,
        sub_folder_list: folders,
        is_shared: name == "Trauma",
        ..Folder::default()
    }
}

/// Answers the listing of the root and of *Trauma*, opens it, and selects *Week 48*.
pub fn show_folders(to: &mut impl Drive) {
    to.act(Action::Shell(ShellAction::Go(Page::Folders)));
    let weeks = vec![
        folder(202, "Week 47", 211, 211, Vec::new()),
        folder(203, "Week 48", 38, 38, Vec::new()),
    ];
    let trauma = folder(201, "Trauma", 1035, 1284, weeks);
    let some = vec![folder(9, "x", 0, 0, Vec::new())];
    let root = folder(
        0,
        "",
        0,
        0,
        vec![
            trauma.clone(),
            folder(204, "Teaching", 96, 96, some.clone()),
            folder(205, "Research MR knee", 412, 412, some),
        ],
    );
    to.apply(Event::Folders(FoldersEvent::Listed {
        user: Uuid::from_u128(1),
        with_orders: true,
        folder: None,
        result: Ok(Arc::new(root)),
    }));
    to.act(Action::Folders(FoldersAction::Open {
        folder: Uuid::from_u128(201),
        open: true,
    }));
    to.apply(Event::Folders(FoldersEvent::Listed {
        user: Uuid::from_u128(1),
        with_orders: true,
        folder: Some(Uuid::from_u128(201)),
        result: Ok(Arc::new(trauma)),
    }));
    to.act(Action::Folders(FoldersAction::SelectFolder(
        Uuid::from_u128(203),
    )));
    let mut week = folder(203, "Week 48", 38, 38, Vec::new());
    week.patient_order_list = orders().into_iter().take(3).collect();
    let more = orders().into_iter().cycle().zip(300..).take(34);
    week.patient_order_list
        .extend(more.map(|(order, id)| Order {
            patient_order_uuid: Uuid::from_u128(id),
            ..order
        }));
    week.patient_order_list.insert(
        3,
        Order {
            patient_name: "Yamada^Tarou=山田^太郎".into(),
            patient_id: "P-00817".into(),
            patient_order_uuid: Uuid::from_u128(299),
            ..orders()[3].clone()
        },
    );
    to.apply(Event::Folders(FoldersEvent::Listed {
        user: Uuid::from_u128(1),
        with_orders: true,
        folder: Some(Uuid::from_u128(203)),
        result: Ok(Arc::new(week)),
    }));
}

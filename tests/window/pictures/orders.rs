//! Pictures of the Orders page in each of its states, made without a graphics card.

use std::path::PathBuf;

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::stage::Stage;
use studydrop::message::{Command, Event, Failure};
use studydrop::model::{
    Action, Choice, Column, DateChoice, FoldersAct, OrderAsk, OrderTab, OrdersAct, Select,
};
use studydrop::settings::Theme;
use uuid::Uuid;

fn drop_here(stage: &mut Stage, paths: &[&str]) {
    let paths = paths.iter().map(PathBuf::from).collect();
    let asked = stage.act(Action::Dropped(paths));
    for command in asked {
        if let Command::SendDocuments { job, paths, .. } = command {
            let what = "Notes.docx is no PDF, JPEG, PNG, BMP or MP4, so it was not sent.";
            let results = [Ok(()), Err(what)];
            for (path, result) in paths.into_iter().zip(results) {
                let result = result.map_err(|what| Failure {
                    what: what.into(),
                    remedy: "Save it as one of these, then drop it again.".into(),
                });
                stage.apply(Event::DocumentSent { job, path, result });
            }
        }
    }
}

/// The states of the Orders page.
fn orders(stage: &mut Stage) {
    let ask = |stage: &mut Stage, act| drop(stage.act(Action::Orders(act)));
    drawn::show_orders(stage);
    drawn::show_order(stage);
    stage.save(
        "order",
        &["Take out of Trauma / Week 48", "Cough, weight loss"],
    );
    drop_here(
        stage,
        &["/tmp/Report.pdf", "/tmp/Notes.docx", "/tmp/Scan.png"],
    );
    stage.save("order-documents", &["Sending: 2 of 3 done", "Referral.pdf"]);
    ask(stage, OrdersAct::ShowTab(OrderTab::Shares));
    stage.save("order-shares", &["until 24 Dec 2026", "Share this order…"]);
    stage.act(Action::ToggleMore);
    stage.act(Action::SetDates(DateChoice::Custom));
    stage.save("orders-filters", &["Born", "Searching …"]);
    stage.act(Action::ToggleMore);
    stage.act(Action::SetDates(DateChoice::Any));
    let asked = stage.act(Action::Search);
    drawn::answer_search(stage, &asked, drawn::flagged());
    ask(stage, OrdersAct::Select(Select::All));
    stage.save("orders-many", &["8 orders selected", "Group"]);
    for (what, name, texts) in [
        (
            OrderAsk::Delete,
            "orders-delete",
            ["Delete 8 orders?", "and 1 more"],
        ),
        (
            OrderAsk::Assign,
            "orders-assign",
            ["Assign 8 orders", "Karl Lind"],
        ),
        (OrderAsk::Flag, "orders-flag", ["Flag 8 orders", "Urgent"]),
        (
            OrderAsk::Move,
            "orders-move",
            ["Move 8 orders to another location", "Outpatients North"],
        ),
    ] {
        ask(stage, OrdersAct::Ask(what));
        if what == OrderAsk::Assign {
            ask(stage, OrdersAct::Choose(Choice::User(Uuid::from_u128(2))));
        }
        stage.save(name, &texts);
        stage.act(Action::CloseDialog);
    }
    ask(stage, OrdersAct::AddToFolder);
    stage.save(
        "orders-folder",
        &["Add 8 orders to a folder", "Open Trauma"],
    );
    stage.act(Action::Folders(FoldersAct::Close));
    ask(stage, OrdersAct::NewOrder);
    stage.save(
        "orders-new",
        &["Patient name (needed)", "Choose a modality"],
    );
    ask(stage, OrdersAct::MakeOrder);
    stage.save(
        "orders-new-missing",
        &["See the red fields.", "It is needed."],
    );
    stage.act(Action::CloseDialog);
    stage.hovering = true;
    stage.act(Action::SelectOrder(drawn::orders()[0].patient_order_uuid));
    stage.save(
        "orders-drop",
        &["Drop to attach to the order of Öberg, Märta"],
    );
    stage.hovering = false;
    for column in Column::ALL {
        ask(stage, OrdersAct::ShowColumn { column, on: true });
    }
    stage.save("orders-columns", &["Birth date", "Close this order"]);
    ask(stage, OrdersAct::UsualColumns);
}

fn pictures(theme: Theme, size: (u32, u32)) {
    let mut stage = Stage::new(theme, size);
    drawn::sign_in(&mut stage);
    orders(&mut stage);
}

#[test]
fn the_orders_page_is_painted_in_the_dark() {
    pictures(Theme::Dark, (1280, 800));
}

#[test]
fn the_orders_page_is_painted_in_the_light() {
    pictures(Theme::Light, (1280, 800));
}

#[test]
fn the_orders_page_is_painted_at_its_least_size() {
    pictures(Theme::Dark, (960, 600));
}

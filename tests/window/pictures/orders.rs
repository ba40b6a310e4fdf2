//! Pictures of the Orders page in each of its states, made without a graphics card.

use std::path::PathBuf;

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::stage::Stage;
use studydrop::message::{Command, Event, Failure};
use studydrop::model::{
    Action, Choice, Column, DateChoice, FoldersAction, OrderAsk, OrderTab, OrdersAction, Select,
    ShellAction, UploadAction,
};
use studydrop::settings::Theme;
use uuid::Uuid;

fn drop_here(stage: &mut Stage, paths: &[&str]) {
    let paths = paths.iter().map(PathBuf::from).collect();
    let asked = stage.act(Action::Upload(UploadAction::Dropped(paths)));
    for command in asked {
        if let Command::Orders(OrdersCommand::SendDocuments { job, paths, .. }) = command {
            let what = "Notes.docx is no PDF, JPEG, PNG, BMP or MP4, so it was not sent.";
            let results = [Ok(()), Err(what)];
            for (path, result) in paths.into_iter().zip(results) {
                let result = result.map_err(|what| Failure {
                    what: what.into(),
                    remedy: "Save it as one of these, then drop it again.".into(),
                });
                stage.apply(Event::Orders(OrdersEvent::DocumentSent {
                    job,
                    path,
                    result,
                }));
            }
        }
    }
}

/// The states of the Orders page.
fn orders(stage: &mut Stage) {
    let ask = |stage: &mut Stage, act| drop(stage.act(Action::Orders(act)));
    drawn::show_orders(stage);
    drawn::show_order(stage);
    stage.save("order", &[]);
    drop_here(
        stage,
        &["/tmp/Report.pdf", "/tmp/Notes.docx", "/tmp/Scan.png"],
    );
    stage.save("order-documents", &[]);
    ask(stage, OrdersAction::ShowTab(OrderTab::Shares));
    stage.save("order-shares", &[]);
    stage.act(Action::Orders(OrdersAction::ToggleMore));
    stage.act(Action::Orders(OrdersAction::SetDates(DateChoice::Custom)));
    stage.save("orders-filters", &[]);
    stage.act(Action::Orders(OrdersAction::ToggleMore));
    stage.act(Action::Orders(OrdersAction::SetDates(DateChoice::Any)));
    let asked = stage.act(Action::Orders(OrdersAction::Search));
    drawn::answer_search(stage, &asked, drawn::flagged());
    ask(stage, OrdersAction::Select(Select::All));
    stage.save("orders-many", &[]);
    for (what, name) in [
        (OrderAsk::Delete, "orders-delete"),
        (OrderAsk::Assign, "orders-assign"),
        (OrderAsk::Flag, "orders-flag"),
        (OrderAsk::Move, "orders-move"),
    ] {
        ask(stage, OrdersAction::Ask(what));
        if what == OrderAsk::Assign {
            ask(
                stage,
                OrdersAction::Choose(Choice::User(Uuid::from_u128(2))),
            );
        }
        stage.save(name, &[]);
        stage.act(Action::Shell(ShellAction::CloseDialog));
    }
    ask(stage, OrdersAction::AddToFolder);
    stage.save("orders-folder", &[]);
    stage.act(Action::Folders(FoldersAction::Close));
    ask(stage, OrdersAction::NewOrder);
    stage.save("orders-new", &[]);
    ask(stage, OrdersAction::MakeOrder);
    stage.save("orders-new-missing", &[]);
    stage.act(Action::Shell(ShellAction::CloseDialog));
    stage.hovering = true;
    stage.act(Action::Orders(OrdersAction::SelectOrder(
        drawn::orders()[0].patient_order_uuid,
    )));
    stage.save("orders-drop", &[]);
    stage.hovering = false;
    for column in Column::ALL {
        ask(stage, OrdersAction::ShowColumn { column, on: true });
    }
    stage.save("orders-columns", &[]);
    ask(stage, OrdersAction::UsualColumns);
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

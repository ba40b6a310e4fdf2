//! Pictures of every page.

use std::time::Duration;

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::stage::Stage;
use studydrop::message::{Event, Failure};
use studydrop::model::{Action, OrdersAction, Page, ShellAction, Tab, UploadAction};
use studydrop::settings::Theme;

fn pages(theme: Theme, size: (u32, u32)) {
    let mut stage = Stage::new(theme, size);
    stage.save("signin", &[]);
    drawn::sign_in(&mut stage);
    stage.save("empty", &[]);
    drawn::drop_all(&mut stage);
    stage.save("upload", &[]);
    stage.later.set(Duration::from_secs(1));
    stage.frame(Vec::new(), false);
    let asked = stage.asked();
    drawn::answer_candidates(&mut stage, &asked);
    stage.save("matches", &[]);
    let studies: Vec<String> = stage
        .model()
        .upload
        .studies()
        .map(|one| one.study_instance_uid.clone())
        .collect();
    for study in studies {
        for order in [1, 3] {
            let order = Some(uuid::Uuid::from_u128(order));
            stage.act(Action::Upload(UploadAction::ChooseOrder {
                study: study.clone(),
                order,
            }));
        }
    }
    stage.save("matched", &[]);
    stage.act(Action::Upload(UploadAction::ShowTab(Tab::Details)));
    stage.act(Action::Upload(UploadAction::ShowSkipped(true)));
    stage.save("details", &[]);
    stage.act(Action::Upload(UploadAction::ClearDrop));
    drawn::drop_folder(&mut stage, drawn::skipped());
    stage.save("nothing", &[]);
    stage.act(Action::Upload(UploadAction::ClearDrop));
    drawn::transfer_all(&mut stage);
    stage.save("transfers", &[]);
    let asked = stage.act(Action::Shell(ShellAction::Go(Page::Orders)));
    drawn::answer_search(&mut stage, &asked, drawn::orders());
    stage.act(Action::Orders(OrdersAction::SelectOrder(
        drawn::orders()[0].patient_order_uuid,
    )));
    stage.save("orders", &[]);
    drawn::show_folders(&mut stage);
    stage.save("folders", &[]);
    stage.act(Action::Shell(ShellAction::Go(Page::Log)));
    let what = "The folder list could not be had: the account does not answer.".to_owned();
    stage.apply(Event::Failed(Failure {
        what,
        remedy: "Try again in a minute.".into(),
    }));
    stage.save("log", &[]);
    stage.act(Action::Shell(ShellAction::AskClose));
    stage.save("dialog", &[]);
}

#[test]
fn every_page_is_painted_in_the_dark_at_full_size() {
    pages(Theme::Dark, (1280, 800));
}

#[test]
fn every_page_is_painted_in_the_light_at_full_size() {
    pages(Theme::Light, (1280, 800));
}

#[test]
fn every_page_is_painted_at_its_least_size() {
    pages(Theme::Dark, (960, 600));
}

//! Pictures of the viewer in its states.

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::stage::Stage;
use eframe::egui::{Event as Input, Modifiers, PointerButton, Pos2, pos2};
use studydrop::dicom::image::render::{NoImage, Window};
use studydrop::message::{Command, Content, Event, PictureNews};
use studydrop::model::{Action, OrdersAction, Page, ShellAction, UploadAction, ViewerAction};
use studydrop::settings::Theme;

fn press(stage: &mut Stage, at: Pos2) {
    let button = |pressed| Input::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    stage.frame(vec![Input::PointerMoved(at)], false);
    stage.frame(vec![button(true)], false);
    stage.frame(vec![button(false)], false);
    stage.frame(vec![Input::PointerGone], false);
}

/// Every picture that is wanted is this instead.
fn answer_with(stage: &mut Stage, commands: &[Command], result: &Result<Content, String>) {
    let wishes = drawn::wishes(commands)
        .expect("something is wanted")
        .clone();
    for ask in wishes.asks {
        let news = PictureNews {
            result: result.clone().map(std::sync::Arc::new),
            ..drawn::answer(&ask)
        };
        stage.apply(Event::Picture(Box::new(news)));
    }
}

fn pages(theme: Theme, size: (u32, u32)) {
    let mut stage = Stage::new(theme, size);
    drawn::sign_in(&mut stage);
    drawn::drop_all(&mut stage);
    let thorax = drawn::uid_of(stage.model(), "Thorax with contrast");
    stage.act(Action::Upload(UploadAction::SelectStudy(thorax)));
    stage.save("viewer", &[]);
    let act = |act| Action::Viewer(act);
    let bone = Window {
        center: 300.0,
        width: 1500.0,
    };
    stage.act(act(ViewerAction::Window(Some((bone, "Bone".into())))));
    stage.act(act(ViewerAction::Zoom {
        zoom: 2.4,
        centre: (0.3, 0.4),
    }));
    stage.act(act(ViewerAction::Play));
    stage.save("viewer-zoomed", &[]);
    stage.act(act(ViewerAction::Play));
    stage.act(act(ViewerAction::Reset));
    let asked = stage.act(Action::Upload(UploadAction::StepImage(40)));
    let why = "This kind of image cannot be shown here (the data is damaged). It is uploaded all the same.";
    answer_with(&mut stage, &asked, &Err(why.into()));
    stage.save("viewer-refused", &[]);
    let asked = stage.act(Action::Upload(UploadAction::StepImage(40)));
    answer_with(&mut stage, &asked, &Ok(Content::Other(NoImage::Pdf)));
    stage.save("viewer-pdf", &[]);
    let asked = stage.act(Action::Upload(UploadAction::StepImage(-200)));
    drawn::answer_pictures(&mut stage, &asked);
    stage.settle();
    // The list of windows: the button stands at the left below the picture.
    let left = (76.0 + ((size.0 as f32 - 76.0) * 0.465).clamp(400.0, 680.0)).floor();
    let y = size.1 as f32 - 64.0 - 12.0 - 62.0 - 8.0 - 20.0;
    press(&mut stage, pos2(left + 60.0, y));
    stage.save("viewer-windows", &[]);
    press(&mut stage, pos2(left + 60.0, 200.0));
    press(&mut stage, pos2(size.0 as f32 - 16.0 - 15.0, y));
    stage.save("viewer-keys", &[]);
    press(&mut stage, pos2(left + 60.0, 200.0));
    let asked = stage.act(Action::Shell(ShellAction::Go(Page::Orders)));
    let mut orders = drawn::orders();
    let uid = drawn::uid_of(stage.model(), "Thorax with contrast");
    orders[0]
        .other
        .insert("StudyInstanceUid".into(), uid.clone().into());
    drawn::answer_search(&mut stage, &asked, orders.clone());
    stage.act(Action::Orders(OrdersAction::SelectOrder(
        orders[1].patient_order_uuid,
    )));
    stage.save("order-no-pictures", &[]);
    stage.act(Action::Orders(OrdersAction::SelectOrder(
        orders[0].patient_order_uuid,
    )));
    stage.save("order-pictures", &[]);
    let series = None;
    stage.act(act(ViewerAction::Open { study: uid, series }));
    stage.save("order-viewer", &[]);
}

#[test]
fn the_viewer_is_painted_in_the_dark() {
    pages(Theme::Dark, (1280, 800));
}

#[test]
fn the_viewer_is_painted_in_the_light() {
    pages(Theme::Light, (1280, 800));
}

#[test]
fn the_viewer_is_painted_at_its_least_size() {
    pages(Theme::Dark, (960, 600));
}

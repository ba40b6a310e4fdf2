//! One file per panel or dialog. A panel builds the data it shows, paints it, and returns the action requested.

mod dialogs;
mod folders;
pub mod fonts;
mod log;
mod orders;
mod share;
mod shell;
mod sign_in;
mod textures;
pub mod theme;
mod transfers;
mod upload;
mod viewer;
pub mod widgets;

use eframe::egui::{Align, Layout, Rect, Ui, UiBuilder, Vec2, pos2};

use crate::model::{Action, Model, Page};
use theme::measure;

pub use textures::Textures;

/// Paints the whole window from the model. Returns the actions requested during this frame.
pub fn window(ui: &mut Ui, model: &mut Model, textures: &mut Textures) -> Vec<Action> {
    let whole = ui.max_rect();
    ui.painter().rect_filled(whole, 0.0, theme::palette(ui).bg);
    let mut asked = Vec::new();
    if model.session.is_some() {
        asked.extend(shell::show(ui, whole, model));
        let page = Rect::from_min_max(
            whole.min + Vec2::new(measure::RAIL, measure::TOP),
            whole.max,
        );
        asked.extend(show_page(ui, page, model, textures));
    } else {
        let mut form = model.sign_in.clone();
        asked.extend(sign_in::show(ui, whole, &mut form));
        model.sign_in = form;
    }
    asked.extend(show_forms(ui, model));
    asked.extend(upload::attributes::long_value::show(ui, model));
    asked.extend(dialogs::confirm::show(ui, model));
    asked.extend(orders::details::pictures::dialog(ui, model, textures));
    asked.extend(orders::dialogs::show(ui, model));
    asked.extend(orders::new_order::show(ui, model));
    let has_foot = match model.page {
        Page::Upload => !model.upload.catalogue.patients.is_empty(),
        Page::Folders => !model.folders.selection.is_empty(),
        page => matches!(page, Page::Transfers | Page::Orders),
    };
    let foot = if model.session.is_some() && has_foot {
        measure::FOOT
    } else {
        0.0
    };
    asked.extend(shell::toasts::show(
        ui,
        whole.max - Vec2::new(0.0, foot),
        model.toasts.shown(),
    ));
    asked.extend(textures.end_frame());
    asked
}

/// Shows the open dialog with fields, if any. Its form is taken out of the model while it is painted.
fn show_forms(ui: &Ui, model: &mut Model) -> Option<Action> {
    if let Some(mut form) = model.share.take() {
        let asked = share::show(ui, model, &mut form);
        model.share = Some(form);
        return asked;
    }
    if let Some(mut form) = model.receipt.take() {
        let asked = dialogs::receipt::show(ui, model, &mut form);
        model.receipt = Some(form);
        return asked;
    }
    if let Some(form) = &mut model.settings_form {
        return dialogs::settings::show(ui, form);
    }
    if let Some(mut form) = model.upload.unlock.take() {
        let waiting = model.upload.waiting_in(&form.archive);
        let asked = dialogs::archive_password::show(ui, &mut form, waiting);
        model.upload.unlock = Some(form);
        return asked;
    }
    let mut form = model.folders.form.take()?;
    let asked = folders::dialogs::show(ui, &model.folders, &mut form);
    model.folders.form = Some(form);
    asked
}

fn show_page(
    ui: &mut Ui,
    rect: Rect,
    model: &mut Model,
    textures: &mut Textures,
) -> Option<Action> {
    match model.page {
        Page::Upload => {
            let mut typing = upload::Typing {
                path: std::mem::take(&mut model.upload.path),
                folder: std::mem::take(&mut model.upload.folder_search),
            };
            let asked = inside(ui, rect, "upload", |ui| {
                upload::show(ui, rect, model, &mut typing, textures)
            });
            model.upload.path = typing.path;
            model.upload.folder_search = typing.folder;
            asked
        }
        Page::Orders => {
            let mut typing = orders::Typing {
                form: std::mem::take(&mut model.orders.form),
                path: std::mem::take(&mut model.orders.documents.path),
            };
            let asked = inside(ui, rect, "orders", |ui| {
                orders::show(ui, rect, model, &mut typing, textures)
            });
            model.orders.form = typing.form;
            model.orders.documents.path = typing.path;
            asked
        }
        Page::Folders => inside(ui, rect, "folders", |ui| folders::show(ui, rect, model)),
        Page::Transfers => inside(ui, rect, "transfers", |ui| transfers::show(ui, rect, model)),
        Page::Log => inside(ui, rect, "log", |ui| log::show(ui, rect, model)),
    }
}

/// Runs `add` in a top-down child ui limited to `rect`; `name` is its id salt.
fn inside<R>(ui: &mut Ui, rect: Rect, name: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    let builder = UiBuilder::new()
        .id_salt(name)
        .max_rect(rect)
        .layout(Layout::top_down(Align::Min));
    let mut child = ui.new_child(builder);
    // The focus ring is drawn slightly outside the widget.
    child.shrink_clip_rect(rect.expand(3.0));
    add(&mut child)
}

/// Lays out widgets from left to right, centred vertically in `rect`.
fn row<R>(ui: &mut Ui, rect: Rect, name: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    let builder = UiBuilder::new()
        .id_salt(name)
        .max_rect(rect)
        .layout(Layout::left_to_right(Align::Center));
    add(&mut ui.new_child(builder))
}

/// Lays out widgets from right to left, centred vertically in `rect`.
fn row_from_right<R>(ui: &mut Ui, rect: Rect, name: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    let builder = UiBuilder::new()
        .id_salt(name)
        .max_rect(rect)
        .layout(Layout::right_to_left(Align::Center));
    add(&mut ui.new_child(builder))
}

/// Splits a page into content and foot, and paints the foot's background and upper border.
fn with_foot(ui: &Ui, rect: Rect) -> (Rect, Rect) {
    let split = rect.bottom() - measure::FOOT;
    let foot = Rect::from_min_max(pos2(rect.left(), split), rect.max);
    ui.painter()
        .rect_filled(foot, 0.0, theme::palette(ui).panel);
    widgets::hline(ui, foot.x_range(), split);
    (
        Rect::from_min_max(rect.min, pos2(rect.right(), split)),
        foot,
    )
}

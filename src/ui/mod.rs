//! One file a panel or dialog. A panel first builds what it will show, then paints it, and returns what was asked for.

mod account;
mod deidentify;
mod deidentify_areas;
mod deidentify_changes;
mod deidentify_identity;
mod deidentify_profile;
mod details;
mod details_facts;
mod details_tree;
mod details_value;
mod dialog;
mod dialogs;
mod folder_content;
mod folder_dialogs;
mod folder_orders;
mod folder_picker;
mod folder_tree;
mod folders;
pub mod fonts;
mod log;
mod new_order;
mod order_cells;
mod order_columns;
mod order_dialogs;
mod order_documents;
mod order_filters;
mod order_foot;
mod order_headings;
mod order_pictures;
mod order_sections;
mod order_side;
mod order_table;
mod orders;
mod receipt;
mod settings;
mod share;
mod share_card;
mod share_people;
mod shell;
mod sign_in;
mod textures;
pub mod theme;
mod toasts;
mod transfer_actions;
mod transfer_row;
mod transfer_words;
mod transfers;
mod unlock;
mod upload;
mod upload_empty;
mod upload_foot;
mod upload_identity;
mod upload_matches;
mod upload_media;
mod upload_skipped;
mod upload_tree;
mod viewer;
pub mod widgets;

use eframe::egui::{Align, Layout, Rect, Ui, UiBuilder, Vec2, pos2};

use crate::model::{Action, Model, Page};
use theme::measure;

pub use textures::Textures;

/// Paints the window as the model says; what was asked for meanwhile.
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
    asked.extend(details_value::show(ui, model));
    asked.extend(dialogs::show(ui, model));
    asked.extend(order_pictures::dialog(ui, model, textures));
    asked.extend(order_dialogs::show(ui, model));
    asked.extend(new_order::show(ui, model));
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
    asked.extend(toasts::show(
        ui,
        whole.max - Vec2::new(0.0, foot),
        model.toasts.shown(),
    ));
    asked.extend(textures.end_frame());
    asked
}

/// Dialogs with fields. What is typed into them is theirs until it is asked for.
fn show_forms(ui: &Ui, model: &mut Model) -> Option<Action> {
    if let Some(mut form) = model.share.take() {
        let asked = share::show(ui, model, &mut form);
        model.share = Some(form);
        return asked;
    }
    if let Some(mut form) = model.receipt.take() {
        let asked = receipt::show(ui, model, &mut form);
        model.receipt = Some(form);
        return asked;
    }
    if let Some(form) = &mut model.settings_form {
        return settings::show(ui, form);
    }
    if let Some(mut form) = model.upload.unlock.take() {
        let waiting = model.upload.waiting_in(&form.archive);
        let asked = unlock::show(ui, &mut form, waiting);
        model.upload.unlock = Some(form);
        return asked;
    }
    let mut form = model.folders.form.take()?;
    let asked = folder_dialogs::show(ui, &model.folders, &mut form);
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

/// A part of the window with its own place and name.
fn inside<R>(ui: &mut Ui, rect: Rect, name: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    let builder = UiBuilder::new()
        .id_salt(name)
        .max_rect(rect)
        .layout(Layout::top_down(Align::Min));
    let mut child = ui.new_child(builder);
    // The ring around what has the keyboard is drawn a little outside.
    child.shrink_clip_rect(rect.expand(3.0));
    add(&mut child)
}

/// A row of things in a rectangle, from the left.
fn row<R>(ui: &mut Ui, rect: Rect, name: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    let builder = UiBuilder::new()
        .id_salt(name)
        .max_rect(rect)
        .layout(Layout::left_to_right(Align::Center));
    add(&mut ui.new_child(builder))
}

/// A row of things in a rectangle, from the right.
fn row_from_right<R>(ui: &mut Ui, rect: Rect, name: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    let builder = UiBuilder::new()
        .id_salt(name)
        .max_rect(rect)
        .layout(Layout::right_to_left(Align::Center));
    add(&mut ui.new_child(builder))
}

/// A page without its foot, and the foot: a panel with a line above it.
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

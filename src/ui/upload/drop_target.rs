//! The Upload page while no studies are listed: the drop target, the running scan, or the reason that nothing was found.

use eframe::egui::{Align2, Rect, Sense, Ui, pos2, vec2};

use super::{skipped_files, study_tree};
use crate::message::{Pick, Workspace};
use crate::model::{Action, ArchivePasswordAction, Model, Upload, UploadAction};
use crate::ui::fonts::icon;
use crate::ui::inside;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, Kind, TextField, Tone, icon_at, in_rect, link};
use crate::words;

/// Paints the page.
pub(in crate::ui) fn show(
    ui: &mut Ui,
    rect: Rect,
    model: &Model,
    path: &mut String,
) -> Option<Action> {
    let target = rect.shrink(measure::AROUND);
    if let Some((seen, known)) = model.upload.scan_progress() {
        widgets::dashed(ui, target, false);
        let place = Rect::from_center_size(target.center(), vec2(480.0, 96.0));
        return inside(ui, place, "scan", |ui| {
            study_tree::scan_card(ui, seen, known)
        });
    }
    let lit = ui.input(|input| !input.raw.hovered_files.is_empty());
    widgets::dashed(ui, target, lit);
    if model.upload.scanned {
        return show_nothing(ui, target, model);
    }
    let practice = model
        .session
        .as_ref()
        .is_some_and(|session| session.workspace == Workspace::Practice);
    show_target(ui, target, &model.upload, practice, path)
}

/// "Drop" label over a page while files are dragged over the window.
pub(in crate::ui) fn hover_word(ui: &mut Ui, rect: Rect) {
    let colours = theme::palette(ui);
    let place = Rect::from_center_size(rect.center(), vec2(260.0, 56.0));
    ui.painter().rect_filled(place, 8.0, colours.accent_bg);
    in_rect(
        ui,
        place,
        Align2::CENTER_CENTER,
        "Drop to add it",
        ink::of(theme::bold(16.0), colours.text),
    );
}

fn show_target(
    ui: &mut Ui,
    target: Rect,
    page: &Upload,
    practice: bool,
    path: &mut String,
) -> Option<Action> {
    let colours = theme::palette(ui);
    let middle = pos2(target.center().x, target.center().y - 90.0);
    icon_at(ui, middle, icon::TRAY_ARROW_DOWN, 58.0, colours.accent);
    let line = |below: f32, width: f32, height: f32| {
        Rect::from_center_size(middle + vec2(0.0, below), vec2(width, height))
    };
    let wide = target.width() - 32.0;
    let title = ink::of(theme::bold(20.0), colours.text);
    let words = "Folders, discs, ZIP archives, or single DICOM files. Nothing is sent before you press Upload.";
    let hint = page.hint.as_deref().unwrap_or_default();
    for (rect, text, ink) in [
        (line(63.0, wide, 28.0), "Drop study folders here", title),
        (line(91.0, wide, 20.0), words, ink::body(colours.dim)),
        (line(270.0, wide, 20.0), hint, ink::small(colours.warning)),
    ] {
        in_rect(ui, rect, Align2::CENTER_CENTER, text, ink);
    }
    let mut asked = choose(ui, line(143.0, 330.0, 40.0));
    asked = asked.or(typed_path(ui, line(191.0, 330.0, 32.0), path));
    if practice {
        let word = "Try it with a sample study";
        let draw = |ui: &mut Ui| link(ui, word, theme::SMALL, colours.dim);
        let pressed = ui.place(line(236.0, 148.0, 20.0), draw).clicked();
        asked = asked.or(pressed.then_some(Action::Upload(UploadAction::TrySample)));
    }
    asked
}

fn choose(ui: &mut Ui, rect: Rect) -> Option<Action> {
    inside(ui, rect, "choose", |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            let folder = ui.add(
                Button::new(Kind::Main, "Choose folder…")
                    .icon(icon::FOLDER_OPEN)
                    .width(177.0),
            );
            let files = ui.add(
                Button::new(Kind::Raised, "Choose files…")
                    .height(measure::MAIN)
                    .width(143.0),
            );
            match (folder.clicked(), files.clicked()) {
                (true, _) => Some(Action::Upload(UploadAction::Pick(Pick::Folders))),
                (_, true) => Some(Action::Upload(UploadAction::Pick(Pick::Files))),
                _ => None,
            }
        })
        .inner
    })
}

/// Path field for systems without a file dialog.
fn typed_path(ui: &mut Ui, rect: Rect, path: &mut String) -> Option<Action> {
    inside(ui, rect, "path", |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            let field = TextField::new(path, "Path of a folder or file")
                .hint("or type a path")
                .icon(icon::FOLDER);
            let typed = field.size(258.0, measure::CONTROL).show(ui);
            let refused = path
                .trim()
                .is_empty()
                .then_some("Type the path of a folder or file first.");
            let open = ui.add(
                Button::new(Kind::Raised, "Open")
                    .width(64.0)
                    .unless(refused),
            );
            (open.clicked() || typed.entered).then_some(Action::Upload(UploadAction::OpenTypedPath))
        })
        .inner
    })
}

/// Text and remedy for a scan that found no study.
fn nothing_found(page: &Upload) -> (String, String) {
    let skipped = page.catalogue.skipped.as_slice();
    if let Some(hint) = page.hint.as_ref().filter(|_| skipped.is_empty()) {
        return (hint.clone(), "Drop it again to read all of it.".to_owned());
    }
    if let Some(first) = page.locked.first() {
        let what = match page.locked.len() {
            1 => format!("{} needs its password", words::file_name(first)),
            many => format!("{many} archives need their passwords"),
        };
        return (what, "Unlock it to see what is in it.".to_owned());
    }
    let (what, remedy) = match words::skip_summary(skipped).as_slice() {
        [] => (
            "Nothing is in what was dropped".to_owned(),
            "The folder is empty. Drop the folder that holds the study.",
        ),
        [(one, bad)] if !bad && one.ends_with("no DICOM") => {
            let (number, _) = one.split_once(' ').unwrap_or((one, ""));
            let files = if number == "1" {
                "file is no DICOM"
            } else {
                "files are no DICOM"
            };
            (
                format!("No DICOM files in what was dropped: {number} {files}"),
                "Drop the folder or disc that holds the study.",
            )
        }
        kinds => {
            let kinds: Vec<&str> = kinds.iter().map(|(words, _)| words.as_str()).collect();
            let words = format!(
                "No image that can be sent in what was dropped: {}",
                kinds.join(", ")
            );
            (words, "See below what is the matter with each file.")
        }
    };
    (what, remedy.to_owned())
}

fn show_nothing(ui: &mut Ui, target: Rect, model: &Model) -> Option<Action> {
    let page = &model.upload;
    let (what, remedy) = nothing_found(page);
    let many = !page.catalogue.skipped.is_empty();
    let share = if page.skipped_open { 0.14 } else { 0.3 };
    let place = Rect::from_min_max(
        pos2(target.left() + 24.0, target.top() + target.height() * share),
        target.max.max(target.min) - vec2(24.0, 12.0),
    );
    inside(ui, place, "nothing", |ui| {
        widgets::notice(ui, Tone::Warning, icon::WARNING, &what, &remedy);
        ui.add_space(20.0);
        let left = (ui.available_width() - 330.0).max(0.0) / 2.0;
        let asked = ui
            .horizontal(|ui| {
                ui.add_space(left);
                ui.spacing_mut().item_spacing.x = 10.0;
                let (icon, word, then) = match page.locked.is_empty() {
                    true => (
                        icon::FOLDER_OPEN,
                        "Choose folder…",
                        Action::Upload(UploadAction::Pick(Pick::Folders)),
                    ),
                    false => (
                        icon::KEY,
                        "Unlock…",
                        Action::Upload(UploadAction::Archives(ArchivePasswordAction::Ask)),
                    ),
                };
                let again = ui.add(Button::new(Kind::Main, word).icon(icon).width(177.0));
                let clear = ui.add(
                    Button::new(Kind::Raised, "Clear")
                        .height(measure::MAIN)
                        .width(143.0),
                );
                match (again.clicked(), clear.clicked()) {
                    (true, _) => Some(then),
                    (_, true) => Some(Action::Upload(UploadAction::ClearDrop)),
                    _ => None,
                }
            })
            .inner;
        ui.add_space(16.0);
        if !many {
            return asked;
        }
        let room = ui.available_rect_before_wrap();
        let (list, _) = ui.allocate_exact_size(room.size().max(vec2(0.0, 40.0)), Sense::hover());
        asked.or(inside(ui, list, "skipped", |ui| {
            skipped_files::show(ui, page)
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::catalogue::{SkipReason, Skipped};

    fn dropped(reasons: &[SkipReason]) -> Upload {
        let mut page = Upload::default();
        page.scanned = true;
        page.catalogue.skipped = reasons
            .iter()
            .map(|reason| Skipped {
                path: "a.txt".into(),
                reason: reason.clone(),
                study_instance_uid: None,
                stamp: None,
            })
            .collect();
        page
    }

    #[test]
    fn a_folder_of_text_files_is_said_to_hold_no_dicom() {
        let page = dropped(&vec![SkipReason::NotDicom; 50_000]);
        assert_eq!(
            nothing_found(&page).0,
            "No DICOM files in what was dropped: 50,000 files are no DICOM"
        );
    }

    #[test]
    fn an_empty_folder_is_said_to_be_empty() {
        assert_eq!(
            nothing_found(&dropped(&[])).0,
            "Nothing is in what was dropped"
        );
    }

    #[test]
    fn damaged_files_alone_are_told_by_kind() {
        let page = dropped(&[
            SkipReason::NotDicom,
            SkipReason::Truncated {
                has: 1,
                needs: None,
            },
        ]);
        let (what, _) = nothing_found(&page);
        assert_eq!(
            what,
            "No image that can be sent in what was dropped: 1 is no DICOM, 1 truncated"
        );
    }
}

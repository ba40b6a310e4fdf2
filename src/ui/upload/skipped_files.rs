//! List of the files that will not be sent, each with its reason.

use eframe::egui::{Align2, CursorIcon, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::dicom::catalogue::Skipped;
use crate::model::{Action, Upload, UploadAction};
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Words, icon_at};
use crate::words;

/// Height of a line, in points.
const LINE: f32 = 26.0;

/// A summary such as "11 files skipped: 8 are no DICOM, …", which expands to the list of files.
pub(in crate::ui) fn show(ui: &mut Ui, page: &Upload) -> Option<Action> {
    let colours = theme::palette(ui);
    let files = page.catalogue.skipped.as_slice();
    let count = words::count(files.len() as u64, "file skipped", "files skipped");
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, page.skipped_open, &count));
    let sign = theme::caret(page.skipped_open);
    let ink = theme::hot(ui, &response);
    let centre = pos2(rect.left() + 7.0, rect.center().y);
    icon_at(ui, centre, sign, 13.0, ink);
    let mut words = Words::of(&format!("{count}:"), ink::body(ink));
    for (index, (kind, bad)) in words::skip_summary(files).iter().enumerate() {
        let comma = if index > 0 { ", " } else { " " };
        let colour = if *bad { colours.bad } else { ink };
        words = words
            .and(comma, ink::body(ink))
            .and(kind, ink::body(colour));
    }
    let text = Rect::from_min_max(pos2(rect.left() + 23.0, rect.top()), rect.max);
    words.paint(ui, text, Align2::LEFT_CENTER);
    widgets::focus_ring(ui, &response, rect, measure::CORNER);
    if page.skipped_open {
        list(ui, files);
    }
    response
        .on_hover_cursor(CursorIcon::PointingHand)
        .clicked()
        .then_some(Action::Upload(UploadAction::ShowSkipped(
            !page.skipped_open,
        )))
}

/// Only visible lines are laid out: there may be 50,000.
fn list(ui: &mut Ui, files: &[Skipped]) {
    let height = (files.len() as f32 * LINE).min(10.0 * LINE);
    ui.allocate_ui(vec2(ui.available_width(), height), |ui| {
        let list = ScrollArea::vertical().id_salt("skipped files");
        let list = list.max_height(height).auto_shrink(false);
        list.show_rows(ui, LINE, files.len(), |ui, range| {
            for skipped in files.iter().skip(range.start).take(range.len()) {
                line(ui, skipped);
            }
        });
    });
}

fn line(ui: &mut Ui, skipped: &Skipped) {
    let colours = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
    let name = words::file_name(&skipped.path);
    let left = pos2(rect.left() + 23.0, rect.center().y);
    let name = widgets::at(ui, left, 150.0, &name, ink::medium_small(colours.text));
    widgets::hint(name, &skipped.path.to_string_lossy());
    let bad = skipped.reason.is_problem();
    let ink = if bad { colours.bad } else { colours.dim };
    let why = pos2(left.x + 160.0, left.y);
    let reason = words::skip_reason(&skipped.reason);
    widgets::at(ui, why, rect.right() - why.x, &reason, ink::small(ink));
}

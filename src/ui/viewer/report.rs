//! A structured report as text, in place of a picture.

use eframe::egui::{Rect, ScrollArea, Ui, vec2};

use crate::dicom::attributes::report::Report;
use crate::ui::inside;
use crate::ui::theme::{self, ink};
use crate::ui::widgets::{self, Words};

/// Lines are moved in by this much, and no further than this many times.
const IN: f32 = 16.0;
const FURTHEST: u16 = 8;

/// Paints it as a list that scrolls.
pub(super) fn show(ui: &mut Ui, room: Rect, report: &Report) {
    let dark = &theme::DARK;
    let place = room.shrink2(vec2(16.0, 12.0));
    inside(ui, place, "report", |ui| {
        ScrollArea::vertical()
            .id_salt("report")
            .auto_shrink(false)
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 6.0;
                widgets::wrapped(ui, Words::of(&report.title, ink::heading(dark.text)));
                for line in &report.lines {
                    ui.horizontal(|ui| {
                        ui.add_space(IN * f32::from(line.depth.min(FURTHEST)));
                        let words = match line.value.is_empty() {
                            true => Words::of(&line.name, ink::bold(dark.text)),
                            false => Words::of(&format!("{}: ", line.name), ink::body(dark.dim))
                                .and(&line.value, ink::body(dark.text)),
                        };
                        widgets::wrapped(ui, words);
                    });
                }
                if report.is_cut {
                    let words = "The report is longer: only its beginning is shown.";
                    widgets::wrapped(ui, Words::of(words, ink::small(dark.warning)));
                }
            });
    });
}

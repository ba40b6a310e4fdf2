//! A structured report, shown as text in place of a picture.

use std::sync::Arc;

use eframe::egui::{Id, Rect, ScrollArea, Ui, vec2};

use crate::dicom::attributes::structured_report::Report;
use crate::ui::inside;
use crate::ui::theme::{self, ink};
use crate::ui::widgets::{self, Words};

/// Indentation per level in points, and the deepest level that is indented.
const IN: f32 = 16.0;
const FURTHEST: u16 = 8;

/// Space between lines, in points.
const GAP: f32 = 6.0;

/// Cache key of a report's layout. A report may have 20,000 lines, too many to lay out in every frame.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Of {
    address: usize,
    lines: usize,
    bytes: usize,
    width: f32,
    pixels_per_point: f32,
}

/// y offsets of the tops of all lines relative to the first, followed by the end of the last.
#[derive(Debug, Clone)]
struct Laid {
    of: Of,
    tops: Arc<[f32]>,
}

/// Paints the report as a scrollable list. Only visible lines are painted.
pub(super) fn show(ui: &mut Ui, room: Rect, report: &Report) {
    let place = room.shrink2(vec2(16.0, 12.0));
    inside(ui, place, "report", |ui| {
        let area = ScrollArea::vertical().id_salt("report").auto_shrink(false);
        area.show_viewport(ui, |ui, seen| show_seen(ui, report, seen));
    });
}

fn show_seen(ui: &mut Ui, report: &Report, seen: Rect) {
    let tops = tops(ui, report);
    ui.set_height(tops.last().copied().unwrap_or_default());
    let whole = ui.max_rect();
    let first = tops.partition_point(|top| *top <= seen.top());
    let first = first.saturating_sub(1);
    for (number, (top, end)) in tops.iter().zip(tops.iter().skip(1)).enumerate().skip(first) {
        if *top > seen.bottom() {
            break;
        }
        let Some((indent, words)) = line(report, number) else {
            break;
        };
        let place = Rect::from_x_y_ranges(
            whole.left() + indent..=whole.right(),
            whole.top() + top..=whole.top() + end,
        );
        inside(ui, place, &format!("line {number}"), |ui| {
            widgets::wrapped(ui, words);
        });
    }
}

/// Indentation and text of a line: the title, the report's lines, and a note if the report was cut.
fn line(report: &Report, number: usize) -> Option<(f32, Words)> {
    let dark = &theme::DARK;
    let Some(number) = number.checked_sub(1) else {
        return Some((0.0, Words::of(&report.title, ink::heading(dark.text))));
    };
    if let Some(line) = report.lines.get(number) {
        let words = match line.value.is_empty() {
            true => Words::of(&line.name, ink::bold(dark.text)),
            false => Words::of(&format!("{}: ", line.name), ink::body(dark.dim))
                .and(&line.value, ink::body(dark.text)),
        };
        return Some((IN * f32::from(line.depth.min(FURTHEST)), words));
    }
    let words = "The report is longer: only its beginning is shown.";
    let is_next = report.is_cut && number == report.lines.len();
    is_next.then(|| (0.0, Words::of(words, ink::small(dark.warning))))
}

/// Line offsets, from the cache if nothing has changed.
fn tops(ui: &Ui, report: &Report) -> Arc<[f32]> {
    let kept = Id::unique("lines of the report");
    let lines = report.lines.iter();
    let of = Of {
        address: std::ptr::from_ref(report).addr(),
        lines: report.lines.len(),
        bytes: lines.map(|line| line.name.len() + line.value.len()).sum(),
        width: ui.available_width(),
        pixels_per_point: ui.ctx().pixels_per_point(),
    };
    let before = ui.data(|data| data.get_temp::<Laid>(kept));
    if let Some(before) = before.filter(|before| before.of == of) {
        return before.tops;
    }
    let mut top = 0.0;
    let mut tops = vec![top];
    for number in 0.. {
        let Some((indent, words)) = line(report, number) else {
            break;
        };
        top += words.galley_wrapped(ui, of.width - indent).size().y + GAP;
        tops.push(top);
    }
    let tops: Arc<[f32]> = tops.into();
    let laid = Laid {
        of,
        tops: tops.clone(),
    };
    ui.data_mut(|data| data.insert_temp(kept, laid));
    tops
}

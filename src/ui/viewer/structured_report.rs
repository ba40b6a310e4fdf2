//! A structured report as text, in place of a picture.

use std::sync::Arc;

use eframe::egui::{Id, Rect, ScrollArea, Ui, vec2};

use crate::dicom::attributes::structured_report::Report;
use crate::ui::inside;
use crate::ui::theme::{self, ink};
use crate::ui::widgets::{self, Words};

/// Lines are moved in by this much, and no further than this many times.
const IN: f32 = 16.0;
const FURTHEST: u16 = 8;

/// Between two lines.
const GAP: f32 = 6.0;

/// What lines were laid out for: a report may have twenty thousand of them, too many for every painted frame.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Of {
    address: usize,
    lines: usize,
    bytes: usize,
    width: f32,
    pixels_per_point: f32,
}

/// The top of every line below the first one's, and the end of the last.
#[derive(Debug, Clone)]
struct Laid {
    of: Of,
    tops: Arc<[f32]>,
}

/// Paints it as a list that scrolls: of its lines those that can be seen.
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

/// The title, the lines of the report, and that it is longer: how far it is moved in, and what it says.
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

/// As they were laid out last, where nothing has changed since.
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

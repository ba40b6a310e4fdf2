//! A row of the Transfers page: a card with study, progress and the files that were not sent.

use eframe::egui::{
    Align2, Color32, CornerRadius, Id, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};

use super::actions;
use super::labels::{figures, line_below, links, share, sign};
use crate::model::{Action, FEW, Listed, Row, Transfers, TransfersAction};
use crate::transfer::{FileFailure, TransferState};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Words, filled_icon_at, icon_at, in_rect};
use crate::ui::{inside, row as in_row};
use crate::words;

/// Height of a card without file lists, in points.
const CARD: f32 = 86.0;
/// Space above a file list and height of its lines, in points.
const ABOVE: f32 = 21.0;
const LINE: f32 = 22.0;
/// Maximum number of files in a list. The receipt lists all of them.
const MOST_SHOWN: usize = 200;
/// Distance of the text from the card's left edge, in points.
const LEFT: f32 = 53.0;
/// Margin at the card's right edge, in points.
const RIGHT: f32 = 15.0;

/// A file list below a card.
struct List<'a> {
    files: &'a [FileFailure],
    /// Number of files beyond the limit.
    more: usize,
}

impl<'a> List<'a> {
    fn new(files: &'a [FileFailure], most: usize) -> Self {
        let shown = files.len().min(most);
        List {
            files: files.get(..shown).unwrap_or_default(),
            // The short list is the user's choice, and its link already states the number of files.
            more: match most {
                MOST_SHOWN => files.len() - shown,
                _ => 0,
            },
        }
    }

    fn height(&self) -> f32 {
        match self.files.len() {
            0 => 0.0,
            files => ABOVE + LINE * (files + usize::from(self.more > 0)) as f32,
        }
    }
}

fn lists(row: &Row) -> [List<'_>; 2] {
    let trouble = match row.listed() {
        Listed::Hidden => 0,
        Listed::Few => FEW,
        Listed::All => MOST_SHOWN,
    };
    let harmless = if row.harmless_listed { MOST_SHOWN } else { 0 };
    [
        List::new(&row.trouble, trouble),
        List::new(&row.harmless, harmless),
    ]
}

/// Height of a row in points, with its open file lists.
pub(in crate::ui) fn height(row: &Row) -> f32 {
    CARD + lists(row).iter().map(List::height).sum::<f32>()
}

/// The row's egui id.
pub(in crate::ui) fn id(row: &Row) -> Id {
    Id::unique(("transfer", row.job().0))
}

/// Whether a row can be moved up or down in the queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::ui) struct Ways {
    pub up: bool,
    pub down: bool,
}

impl Ways {
    fn any(self) -> bool {
        self.up || self.down
    }
}

/// Paints a row into `rect`. `lifted`: it is being dragged.
pub(in crate::ui) fn show(
    ui: &mut Ui,
    rect: Rect,
    (page, row): (&Transfers, &Row),
    (ways, lifted): (Ways, bool),
) -> (Response, Option<Action>) {
    let sense = match ways.any() {
        true => Sense::click_and_drag(),
        false => Sense::click(),
    };
    let response = ui.interact(rect, id(row), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, name(row)));
    let colours = theme::palette(ui);
    let corner = CornerRadius::same(measure::CARD_CORNER);
    let border = if lifted { colours.accent } else { colours.line };
    widgets::surface(ui, rect, corner, colours.card, border);
    widgets::focus_ring(ui, &response, rect, measure::CARD_CORNER);
    if lifted {
        ui.set_opacity(0.6);
    }
    let (sign, filled, ink) = sign(row.status.state, colours);
    let centre = pos2(rect.left() + 26.0, rect.top() + 25.0);
    let draw = if filled { filled_icon_at } else { icon_at };
    draw(ui, centre, sign, 21.0, ink);
    if ways.any() && (response.hovered() || response.has_focus()) {
        let grip = pos2(rect.left() + 9.0, rect.top() + 25.0);
        icon_at(ui, grip, icon::DOTS_SIX_VERTICAL, 15.0, colours.faint);
    }
    let (end, asked) = actions::show(ui, rect, row, ways);
    show_first_line(ui, rect.with_max_x(end), rect.right(), (row, ink));
    show_bar(ui, rect, row, ink);
    let listed = show_line_below(ui, rect, (page, row), ink);
    let lists = lists(row);
    let names = names_width(ui, &lists);
    let mut top = rect.top() + CARD;
    for list in &lists {
        show_files(ui, rect, (top, names), list);
        top += list.height();
    }
    let menu = actions::context_menu(&response, row, ways);
    (response, listed.or(asked).or(menu))
}

/// Accessible name, such as "Öberg, Märta, CT Thorax with contrast, Sending, 412 of 612 images · 702 MB".
fn name(row: &Row) -> String {
    let state = words::transfer_state(row.status.state);
    let (who, what) = (row.patient(), row.title());
    format!("{who}, {what}, {state}, {}", figures(row))
}

/// The progress bar; animated while the transfer runs, static afterwards.
fn show_bar(ui: &mut Ui, rect: Rect, row: &Row, ink: Color32) {
    let (left, right) = (rect.left() + LEFT, rect.right() - RIGHT);
    let track = Rect::from_x_y_ranges(left..=right, rect.top() + 45.0..=rect.top() + 51.0);
    let key = Id::unique(("transfer bar", row.job().0));
    let name = format!("Progress of {}", row.title());
    let colours = theme::palette(ui);
    match row.status.state {
        state if state.is_over() => {
            ui.data_mut(|data| data.remove::<f32>(key));
            let ink = match state {
                TransferState::Cancelled => colours.faint,
                _ => ink,
            };
            widgets::bar(ui, track, share(row), ink, &name);
        }
        TransferState::Paused => {
            widgets::steady_bar(ui, track, key, share(row), colours.faint, &name)
        }
        _ => widgets::steady_bar(ui, track, key, share(row), colours.accent, &name),
    }
}

/// The first line, in the width that the icons leave free. `edge` is the card's right edge, from
/// which the columns are measured.
fn show_first_line(ui: &mut Ui, rect: Rect, edge: f32, (row, ink): (&Row, Color32)) {
    let colours = theme::palette(ui);
    let (top, bottom) = (rect.top() + 13.0, rect.top() + 37.0);
    let line = |left: f32, right: f32| Rect::from_min_max(pos2(left, top), pos2(right, bottom));
    let state = edge - 495.0;
    Words::of(&row.patient(), ink::bold(colours.text))
        .and(&format!(" · {}", row.title()), ink::body(colours.dim))
        .paint(
            ui,
            line(rect.left() + LEFT, state - 12.0),
            Align2::LEFT_CENTER,
        );
    let count = line(state + 100.0, (edge - 122.0).min(rect.right() - 12.0));
    let figures = figures(row);
    let count = in_rect(
        ui,
        count,
        Align2::RIGHT_CENTER,
        &figures,
        ink::body(colours.dim),
    );
    in_rect(
        ui,
        line(state, count.rect.left() - 10.0),
        Align2::LEFT_CENTER,
        words::transfer_state(row.status.state),
        ink::medium(ink),
    );
}

/// The line below the bar, with the links that list files. Returns the action of a pressed link.
fn show_line_below(
    ui: &mut Ui,
    rect: Rect,
    (page, row): (&Transfers, &Row),
    ink: Color32,
) -> Option<Action> {
    let colours = theme::palette(ui);
    let ink = match row.status.state {
        TransferState::Verified | TransferState::NeedsAttention | TransferState::Reconnecting => {
            ink
        }
        _ => colours.dim,
    };
    let (files, skipped) = links(row);
    let kept = [&files, &skipped].into_iter().flatten().count() as f32 * 120.0;
    let at = pos2(rect.left() + LEFT, rect.top() + 65.0);
    let room = rect.width() - LEFT - RIGHT - kept;
    let words = widgets::at(ui, at, room, &line_below(page, row), ink::small(ink));
    let place = Rect::from_min_max(
        pos2(words.rect.right() + 10.0, rect.top() + 54.0),
        pos2(rect.right() - RIGHT, rect.top() + 74.0),
    );
    in_row(ui, place, "files", |ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        let mut asked = None;
        let all = [
            (files, TransfersAction::ListFiles(row.job())),
            (skipped, TransfersAction::ListSkipped(row.job())),
        ];
        for (word, act) in all {
            let Some(word) = word else { continue };
            if widgets::link(ui, &word, theme::SMALL, colours.dim).clicked() {
                asked = Some(Action::Transfers(act));
            }
        }
        asked
    })
}

/// Width of the name column: the widest name, but at most 220 points.
fn names_width(ui: &Ui, lists: &[List<'_>]) -> f32 {
    let files = lists.iter().flat_map(|list| list.files);
    let width = files.map(|file| {
        let name = words::file_name(&file.path);
        let words = Words::of(&name, ink::medium_small(Color32::PLACEHOLDER));
        words.galley(ui, 220.0).size().x
    });
    width.fold(80.0, f32::max).ceil()
}

fn show_files(ui: &mut Ui, rect: Rect, (top, width): (f32, f32), list: &List<'_>) {
    if list.files.is_empty() {
        return;
    }
    let colours = theme::palette(ui);
    let left = rect.left() + LEFT;
    widgets::hline(ui, left..=rect.right() - RIGHT, top);
    let seen = ui.clip_rect().y_range();
    for (index, file) in list.files.iter().enumerate() {
        let y = top + 17.0 + LINE * index as f32;
        if !seen.contains(y) && !seen.contains(y - LINE) && !seen.contains(y + LINE) {
            continue;
        }
        let name = words::file_name(&file.path);
        let name = widgets::at(
            ui,
            pos2(left, y),
            width,
            &name,
            ink::medium_small(colours.text),
        );
        widgets::hint(name, &file.path.to_string_lossy());
        let why = pos2(left + width + 12.0, y);
        let room = rect.right() - RIGHT - why.x;
        widgets::at(ui, why, room, &file.reason, ink::small(colours.dim));
    }
    if list.more > 0 {
        let y = top + 17.0 + LINE * list.files.len() as f32;
        let more = format!(
            "and {} more; the receipt names every file",
            words::number(list.more as u64)
        );
        let room = rect.width() - LEFT - RIGHT;
        widgets::at(ui, pos2(left, y), room, &more, ink::small(colours.dim));
    }
}

/// Label beside the pointer for the dragged row.
pub(in crate::ui) fn show_lifted(ui: &Ui, row: &Row) {
    let Some(at) = ui.ctx().pointer_latest_pos() else {
        return;
    };
    let colours = theme::palette(ui);
    let layer = eframe::egui::LayerId::new(eframe::egui::Order::Tooltip, id(row).with("lifted"));
    let painter = ui.ctx().layer_painter(layer);
    let words = Words::of(row.title(), ink::body(colours.text)).galley(ui, 320.0);
    let size = words.size() + vec2(24.0, 14.0);
    let place = Rect::from_min_size(at + vec2(14.0, 10.0), size);
    let corner = CornerRadius::same(measure::CORNER);
    painter.rect_filled(place, corner, colours.raise);
    painter.galley(
        widgets::snap(place.min + vec2(12.0, 7.0)),
        words,
        colours.text,
    );
}

/// A row in a child ui with a fixed id, so that its widgets keep their ids while the list scrolls.
pub(in crate::ui) fn in_place(
    ui: &mut Ui,
    rect: Rect,
    of: (&Transfers, &Row),
    how: (Ways, bool),
) -> (Response, Option<Action>) {
    let name = format!("transfer {}", of.1.job().0);
    inside(ui, rect, &name, |ui| show(ui, rect, of, how))
}

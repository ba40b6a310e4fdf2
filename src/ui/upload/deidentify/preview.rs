//! Right side of the De-identify tab: every attribute of the shown image that changes, before and after.

use eframe::egui::{Align2, Id, Rect, ScrollArea, Sense, Ui, pos2, vec2};

use crate::message::{ChangedValue, Preview};
use crate::model::{Action, DeidentifyAction, Mode, Model};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, TextField, Tone, Words, in_rect};
use crate::ui::{inside, row_from_right};
use crate::words;

/// Height of the headings, in points.
const HEAD: f32 = 31.0;

/// Placeholder in place of the table: tone, title and text.
fn instead(model: &Model) -> Option<(Tone, String, String)> {
    let page = &model.deidentify;
    let said = |tone, what: &str, remedy: &str| Some((tone, what.to_owned(), remedy.to_owned()));
    if page.mode == Mode::Off {
        return said(
            Tone::Plain,
            "Nothing changes",
            "The files are sent byte for byte as they are. Choose at the left what is to be hidden.",
        );
    }
    match &page.shown.last {
        Some(Ok(_)) => None,
        Some(Err(why)) => said(
            Tone::Bad,
            "This image cannot be de-identified, and is not sent",
            why,
        ),
        None if page.shown.waiting => said(Tone::Plain, "Looking at what changes …", ""),
        None => {
            let why = model
                .selected_patient()
                .and_then(|(patient, study)| model.cleaning(patient, study).err());
            match why {
                Some(why) => said(Tone::Warning, "This study cannot be sent yet", &why),
                None => said(
                    Tone::Plain,
                    "Nothing is replaced yet",
                    "Fill in a field at the left.",
                ),
            }
        }
    }
}

/// Indices of the changes whose name, values or rule contain the search text.
fn found(changes: &[ChangedValue], sought: &str) -> Vec<usize> {
    let sought = sought.trim().to_lowercase();
    let fits = |change: &ChangedValue| {
        let texts = [&change.name, &change.now, &change.sent];
        let mut texts = texts.into_iter();
        texts.any(|text| text.to_lowercase().contains(&sought)) || change.rule.contains(&sought)
    };
    let all = changes.iter().enumerate();
    all.filter(|(_, change)| sought.is_empty() || fits(change))
        .map(|(index, _)| index)
        .collect()
}

/// Paints the right side.
pub(in crate::ui) fn show(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    if let Some((tone, what, remedy)) = instead(model) {
        let place = Rect::from_center_size(
            rect.center() - vec2(0.0, 24.0),
            vec2(rect.width() - 48.0, 160.0),
        );
        inside(ui, place, "instead", |ui| {
            let sign = match tone {
                Tone::Plain => icon::EYE_SLASH,
                other => other.icon(),
            };
            widgets::notice(ui, tone, sign, &what, &remedy);
        });
        return None;
    }
    let Some(Ok(preview)) = &model.deidentify.shown.last else {
        return None;
    };
    let head = Rect::from_min_size(
        rect.min + vec2(measure::EDGE, 12.0),
        vec2(rect.width() - 2.0 * measure::EDGE, measure::CONTROL),
    );
    let sought = heading(ui, head, model, preview);
    let rows = found(&preview.changes, &model.deidentify.find);
    let top = head.bottom() + 8.0;
    let columns = Columns::of(rect);
    let titles = Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), top + HEAD));
    let names = ["Attribute", "Now", "Sent as", "Rule"];
    for (name, place) in names.into_iter().zip(columns.cells(titles)) {
        let ink = ink::medium_small(theme::palette(ui).dim);
        in_rect(ui, place, Align2::LEFT_CENTER, name, ink);
    }
    widgets::hline(ui, rect.x_range(), titles.bottom() - 1.0);
    let body = Rect::from_min_max(pos2(rect.left(), titles.bottom()), rect.max);
    inside(ui, body, "rows", |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let all = ScrollArea::vertical().auto_shrink(false);
        all.show_rows(ui, measure::ROW, rows.len(), |ui, seen| {
            for index in rows.get(seen).unwrap_or_default() {
                if let Some(change) = preview.changes.get(*index) {
                    row(ui, &columns, change);
                }
            }
        });
        if rows.is_empty() {
            let place = body.shrink2(vec2(measure::EDGE, 12.0));
            let text = match model.deidentify.find.trim() {
                "" => "Nothing in this image changes.",
                _ => "No attribute that changes has these words.",
            };
            let ink = ink::body(theme::palette(ui).dim);
            in_rect(ui, place, Align2::LEFT_TOP, text, ink);
        }
    });
    sought
}

fn heading(ui: &mut Ui, head: Rect, model: &Model, preview: &Preview) -> Option<Action> {
    let colours = theme::palette(ui);
    let mut find = model.deidentify.find.clone();
    let mut left = head.right();
    let wide = if head.width() > 560.0 { 190.0 } else { 150.0 };
    let changed = row_from_right(ui, head, "find", |ui| {
        let field = TextField::new(&mut find, "Find attribute")
            .hint("Find attribute")
            .icon(icon::MAGNIFYING_GLASS)
            .size(wide, measure::CONTROL)
            .id(Id::unique("find change"));
        let changed = field.show(ui).response.changed();
        left = ui.min_rect().left();
        changed
    });
    let mut facts = words::count(preview.changes.len() as u64, "attribute", "attributes");
    if head.width() > 560.0 {
        facts.push_str(" in this image");
    }
    if let Some(pixels) = &preview.pixels {
        facts.push_str(match pixels.decoded_from {
            Some(_) => " · blackened, and stored unpacked",
            None => " · blackened",
        });
    }
    if model.deidentify.shown.waiting {
        facts = "Looking again …".to_owned();
    }
    Words::of("What changes", ink::heading(colours.text))
        .gap(11.0)
        .and(&facts, ink::body(colours.dim))
        .paint(ui, head.with_max_x(left - 12.0), Align2::LEFT_CENTER);
    changed.then_some(Action::Deidentify(DeidentifyAction::Find(find)))
}

/// Left and right ends of the columns from the left edge, in points.
struct Columns([(f32, f32); 4]);

impl Columns {
    fn of(rect: Rect) -> Self {
        const RULE: f32 = 88.0;
        let room = rect.width() - RULE - 10.0;
        let (a, b) = ((room * 0.38).floor(), (room * 0.68).floor());
        Columns([
            (10.0, a - 8.0),
            (a, b - 8.0),
            (b, room - 4.0),
            (room, rect.width() - 8.0),
        ])
    }

    fn cells(&self, row: Rect) -> [Rect; 4] {
        self.0.map(|(from, to)| {
            Rect::from_x_y_ranges(row.left() + from..=row.left() + to, row.y_range())
        })
    }
}

fn row(ui: &mut Ui, columns: &Columns, change: &ChangedValue) {
    let colours = theme::palette(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), measure::ROW), Sense::hover());
    if response.hovered() {
        let colour = colours.raise.gamma_multiply(0.5);
        ui.painter().rect_filled(rect, 0.0, colour);
    }
    widgets::hline(ui, rect.x_range(), rect.bottom() - 1.0);
    let [name, now, sent, rule] = columns.cells(rect);
    let dash = |text: &str| match text.trim() {
        "" => "—".to_owned(),
        text => text.to_owned(),
    };
    let cells = [
        (name, change.name.clone(), colours.text),
        (now, dash(&change.now), colours.dim),
        (sent, dash(&change.sent), colours.text),
    ];
    for (place, text, colour) in cells {
        in_rect(ui, place, Align2::LEFT_CENTER, &text, ink::body(colour));
    }
    widgets::tag(ui, rule.left_center(), rule.width(), change.rule);
    response.on_hover_text(&change.why);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_found_by_name_value_and_rule() {
        let change = |name: &str, now: &str, rule| ChangedValue {
            name: name.to_owned(),
            now: now.to_owned(),
            sent: String::new(),
            rule,
            why: String::new(),
        };
        let all = [
            change("Patient name", "Öberg^Märta", "replaced"),
            change("Request › Requesting physician", "House^G", "removed"),
        ];
        assert_eq!(found(&all, ""), [0, 1]);
        assert_eq!(found(&all, "öberg"), [0]);
        assert_eq!(found(&all, "request"), [1]);
        assert_eq!(found(&all, "removed"), [1]);
        assert!(found(&all, "nobody").is_empty());
    }
}

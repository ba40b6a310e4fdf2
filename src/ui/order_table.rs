//! A table of orders: only the rows on the screen are laid out, so that 100,000 cost no more than ten.

use eframe::egui::{Align2, Color32, CursorIcon, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use egui_extras::{Column as Width, TableBuilder, TableRow};
use jiff::civil::Date;
use uuid::Uuid;

use super::fonts::icon;
use super::theme::{self, Ink, Palette, ink, measure};
use super::widgets::{self, Words, icon_at, in_rect};
use crate::cloud::model::Order;
use crate::i18n;
use crate::model::{Action, Column, Sort};

/// What a table shows.
pub(super) struct View<'a> {
    pub orders: &'a [Order],
    /// Indices into `orders`; all as they are where there are none.
    pub rows: Option<&'a [usize]>,
    /// How it is sorted; without it the headings cannot be pressed.
    pub sort: Option<Sort>,
    pub selected: Option<Uuid>,
    pub today: Date,
    pub columns: Columns,
}

/// The columns that there is room for.
pub(super) struct Columns(Vec<Field>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Patient,
    PatientId,
    Modality,
    Description,
    Performed,
    Images,
    Documents,
    Status,
}

impl Columns {
    /// The most important ones for so many points; the last one is the status (a search) or the documents (a folder).
    pub(super) fn for_width(width: f32, status: bool) -> Self {
        let last = if status {
            Field::Status
        } else {
            Field::Documents
        };
        let mut fields = vec![
            Field::Patient,
            Field::PatientId,
            Field::Modality,
            Field::Description,
            Field::Performed,
            Field::Images,
            last,
        ];
        if width < 760.0 {
            fields.retain(|field| *field != last);
        }
        if width < 640.0 {
            fields.retain(|field| *field != Field::PatientId);
        }
        if width < 520.0 {
            fields.retain(|field| *field != Field::Images);
        }
        Columns(fields)
    }
}

impl Field {
    fn word(self) -> &'static str {
        match self {
            Field::Patient => "Patient",
            Field::PatientId => "Patient ID",
            Field::Modality => "Mod.",
            Field::Description => "Description",
            Field::Performed => "Performed",
            Field::Images => "Images",
            Field::Documents => "Docs",
            Field::Status => "Status",
        }
    }

    fn column(self) -> Option<Column> {
        Some(match self {
            Field::Patient => Column::Patient,
            Field::PatientId => Column::PatientId,
            Field::Modality => Column::Modality,
            Field::Description => Column::Description,
            Field::Performed => Column::Performed,
            Field::Images => Column::Images,
            Field::Status => Column::Status,
            Field::Documents => return None,
        })
    }

    fn width(self) -> Width {
        match self {
            Field::Patient => Width::initial(166.0).at_least(90.0),
            Field::PatientId => Width::initial(146.0).at_least(70.0),
            Field::Modality => Width::initial(58.0).at_least(48.0),
            Field::Description => Width::remainder().at_least(110.0),
            Field::Performed => Width::initial(118.0).at_least(80.0),
            Field::Images => Width::initial(76.0).at_least(56.0),
            Field::Documents => Width::initial(62.0).at_least(48.0),
            Field::Status => Width::initial(92.0).at_least(64.0),
        }
        .clip(true)
    }

    /// Numbers stand at the right end of their column.
    fn align(self) -> Align2 {
        if matches!(self, Field::Images | Field::Documents) {
            Align2::RIGHT_CENTER
        } else {
            Align2::LEFT_CENTER
        }
    }

    fn text(self, order: &Order, today: Date) -> String {
        match self {
            Field::Patient => i18n::person_name(&order.patient_name),
            Field::PatientId => order.patient_id.clone(),
            Field::Modality => order.order_modality.clone(),
            Field::Description => order.study_description.clone(),
            Field::Performed => match order.performed() {
                Some(at) => i18n::short_date_time(at, today),
                None => order.performed_datetime.clone(),
            },
            Field::Images => i18n::number(order.images_count),
            Field::Documents => i18n::number(order.documents_count),
            Field::Status => order.status_word().to_owned(),
        }
    }

    fn ink(self, colours: &Palette) -> Ink {
        match self {
            Field::Patient => ink::bold(colours.text),
            Field::Description | Field::Images | Field::Documents => ink::body(colours.text),
            _ => ink::body(colours.dim),
        }
    }
}

/// Paints the table into what is left of `ui`; `name` keeps its columns' widths apart from other tables'.
pub(super) fn show(ui: &mut Ui, name: &str, view: &View<'_>) -> Option<Action> {
    let colours = theme::palette(ui);
    ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
    ui.visuals_mut().selection.bg_fill = colours.accent_bg;
    ui.visuals_mut().widgets.hovered.bg_fill = colours.card;
    ui.visuals_mut().widgets.noninteractive.bg_stroke =
        eframe::egui::Stroke::new(1.0, Color32::TRANSPARENT);
    let height = ui.available_height();
    let fields = &view.columns.0;
    let mut table = TableBuilder::new(ui)
        .id_salt((name, fields.len()))
        .striped(false)
        .resizable(true)
        .sense(Sense::click())
        .auto_shrink(false)
        .min_scrolled_height(0.0)
        .max_scroll_height(height);
    for field in fields {
        table = table.column(field.width());
    }
    let mut asked = None;
    let table = table.header(31.0, |mut header| {
        for field in fields {
            header.col(|ui| asked = asked.take().or(heading(ui, *field, view.sort)));
        }
    });
    let count = view.rows.map_or(view.orders.len(), <[usize]>::len);
    table.body(|body| {
        body.rows(measure::ROW, count, |mut row| {
            let index = view
                .rows
                .map_or(Some(row.index()), |rows| rows.get(row.index()).copied());
            let Some(order) = index.and_then(|index| view.orders.get(index)) else {
                return;
            };
            row.set_selected(view.selected == Some(order.patient_order_uuid));
            if show_row(&mut row, fields, order, view.today) {
                asked = Some(Action::SelectOrder(order.patient_order_uuid));
            }
        });
    });
    asked
}

fn inner(rect: Rect, first: bool) -> Rect {
    let left = if first { measure::EDGE } else { 8.0 };
    Rect::from_min_max(
        pos2(rect.left() + left, rect.top()),
        pos2(rect.right() - 8.0, rect.bottom()),
    )
}

fn heading(ui: &mut Ui, field: Field, sort: Option<Sort>) -> Option<Action> {
    let colours = theme::palette(ui);
    let whole = ui.max_rect();
    widgets::hline(ui, whole.x_range(), whole.bottom() - 1.0);
    let mut rect = inner(whole, field == Field::Patient);
    let column = field.column().filter(|_| sort.is_some());
    let id = ui.make_persistent_id(("heading", field.word()));
    let sense = if column.is_some() {
        Sense::click()
    } else {
        Sense::hover()
    };
    let response = ui.interact(rect, id, sense);
    response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, field.word()));
    widgets::focus_ring(ui, &response, rect.shrink2(vec2(0.0, 5.0)), 4);
    let here = sort.filter(|sort| Some(sort.column) == column);
    let hot = here.is_some() || (column.is_some() && response.hovered());
    let ink = if hot { colours.text } else { colours.dim };
    if here.is_some() {
        rect.max.x -= 15.0;
    }
    let galley = Words::of(field.word(), ink::medium_small(ink)).galley(ui, rect.width());
    let at = field.align().align_size_within_rect(galley.size(), rect);
    ui.painter().galley(widgets::snap(at.min), galley, ink);
    if let Some(sort) = here {
        let sign = if sort.down {
            icon::ARROW_DOWN
        } else {
            icon::ARROW_UP
        };
        icon_at(ui, pos2(at.right() + 9.0, rect.center().y), sign, 12.0, ink);
    }
    let pressed = response.on_hover_cursor(CursorIcon::PointingHand).clicked();
    column.filter(|_| pressed).map(Action::SortOrders)
}

fn show_row(row: &mut TableRow<'_, '_>, fields: &[Field], order: &Order, today: Date) -> bool {
    for field in fields {
        row.col(|ui| {
            let whole = ui.max_rect();
            widgets::hline(ui, whole.x_range(), whole.bottom() - 1.0);
            let rect = inner(whole, *field == Field::Patient);
            let text = field.text(order, today);
            if *field == Field::Modality {
                if !text.is_empty() {
                    widgets::tag(
                        ui,
                        pos2(rect.left() - 1.0, rect.center().y),
                        rect.width() + 8.0,
                        &text,
                    );
                }
                return;
            }
            let ink = field.ink(theme::palette(ui));
            let align = field.align();
            in_rect(ui, rect, align, &text, ink);
        });
    }
    row.response().clicked()
}

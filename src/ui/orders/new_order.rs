//! The dialog *New order…*.

use eframe::egui::{ScrollArea, Ui, vec2};
use jiff::civil::Date;
use uuid::Uuid;

use super::dialogs;
use crate::cloud::Sex;
use crate::model::{
    Action, Dialog, MODALITIES, Model, NewOrderForm, OrderField, OrdersAction, Session,
};
use crate::ui::dialogs::frame;
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, Kind, TextField, Tone, chip, label};

/// Width of the dialog and of half its content, in points.
const WIDTH: f32 = 640.0;
const HALF: f32 = 308.0;
/// Hint shown until a location is chosen.
const CHOOSE: &str = "Choose the location that it belongs to.";

fn word(field: OrderField) -> &'static str {
    match field {
        OrderField::PatientName => "Patient name",
        OrderField::PatientId => "Patient ID",
        OrderField::OtherId => "Other patient ID",
        OrderField::BirthDate => "Birth date",
        OrderField::Modality => "Modality",
        OrderField::Description => "Study description",
        OrderField::Accession => "Accession number",
        OrderField::Date => "Date",
        OrderField::Time => "Time",
        OrderField::ProcedureId => "Procedure ID",
        OrderField::Procedure => "Procedure description",
        OrderField::Complaints => "Complaints",
        OrderField::Referring => "Referring physician",
        OrderField::Requesting => "Requesting physician",
        OrderField::Department => "Department",
        OrderField::Institution => "Institution in the images",
        OrderField::Priority => "Priority",
        OrderField::History => "Patient history",
        OrderField::Symptoms => "Symptoms",
        OrderField::Note1 => "Note",
        OrderField::Note2 => "Second note",
    }
}

fn hint(field: OrderField) -> &'static str {
    match field {
        OrderField::PatientName => "Last, First",
        OrderField::BirthDate | OrderField::Date => "2026-11-24",
        OrderField::Time => "09:30",
        OrderField::Modality => "CT",
        OrderField::Priority => "High",
        _ => "",
    }
}

/// Paints the dialog while it is open. Esc closes it; what was typed is kept for the next time.
pub(in crate::ui) fn show(ui: &Ui, model: &mut Model) -> Option<Action> {
    if model.dialog != Some(Dialog::NewOrder) {
        return None;
    }
    let mut form = std::mem::take(&mut model.orders.new_order);
    let asked = dialogs::frame(ui, "new order", WIDTH, |ui| show_form(ui, model, &mut form));
    model.orders.new_order = form;
    asked
}

fn show_form(ui: &mut Ui, model: &Model, form: &mut NewOrderForm) -> Option<Action> {
    let colours = theme::palette(ui);
    let today = model.now.clock.date();
    label(ui, "New order", ink::heading(colours.text));
    let room = (ui.ctx().content_rect().height() - 230.0).max(160.0);
    let mut asked = None;
    frame::shown_bars(ui);
    // A fixed height: otherwise the dialog would grow with every frame.
    let area = ScrollArea::vertical()
        .max_height(room)
        .min_scrolled_height(room);
    area.auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(24.0 - 8.0 - 8.0, 0.0);
        asked = show_groups(ui, model, form, today);
    });
    if let Some(failure) = &form.failure {
        widgets::banner(ui, Tone::Bad, &failure.what, &failure.remedy, None);
    }
    let pressed = dialogs::buttons(ui, |ui| {
        let refused = form.refused();
        let word = match form.is_running() {
            true => "Making the order …",
            false => "Make order",
        };
        let button = Button::new(Kind::Main, word)
            .height(measure::CONTROL)
            .unless(refused);
        let make = ui.add(button).clicked();
        let cancel = ui.add(Button::new(Kind::Raised, "Cancel")).clicked();
        let missing = form.tried
            && OrderField::ALL
                .iter()
                .any(|one| form.wrong(*one, today).is_some());
        if missing {
            label(ui, "See the red fields.", ink::small(colours.bad));
        }
        match (cancel, make) {
            (true, _) => Some(Action::Orders(OrdersAction::DropNewOrder)),
            (_, true) => Some(Action::Orders(OrdersAction::MakeOrder)),
            _ => None,
        }
    });
    asked.or(pressed)
}

fn show_groups(ui: &mut Ui, model: &Model, form: &mut NewOrderForm, today: Date) -> Option<Action> {
    let mut fields = Fields {
        form,
        today,
        entered: false,
    };
    heading(ui, "Patient");
    fields.pair(ui, OrderField::PatientName, OrderField::PatientId);
    fields.pair(ui, OrderField::BirthDate, OrderField::OtherId);
    sex(ui, fields.form);
    heading(ui, "Study");
    let asked = places(ui, model, fields.form);
    ui.horizontal_top(|ui| {
        fields.one(ui, OrderField::Modality, HALF - 62.0);
        modalities(ui, fields.form);
        fields.one(ui, OrderField::Description, HALF);
    });
    ui.horizontal_top(|ui| {
        fields.one(ui, OrderField::Date, (HALF - 8.0) * 0.6);
        fields.one(ui, OrderField::Time, (HALF - 8.0) * 0.4);
        fields.one(ui, OrderField::Accession, HALF);
    });
    fields.pair(ui, OrderField::ProcedureId, OrderField::Procedure);
    heading(ui, "Requested by");
    fields.pair(ui, OrderField::Referring, OrderField::Requesting);
    fields.pair(ui, OrderField::Department, OrderField::Institution);
    heading(ui, "More");
    fields.pair(ui, OrderField::Priority, OrderField::Complaints);
    fields.pair(ui, OrderField::History, OrderField::Symptoms);
    fields.pair(ui, OrderField::Note1, OrderField::Note2);
    let entered = fields.entered;
    asked.or(entered.then_some(Action::Orders(OrdersAction::MakeOrder)))
}

fn heading(ui: &mut Ui, word: &str) {
    let colours = theme::palette(ui);
    ui.add_space(4.0);
    label(ui, word, ink::bold(colours.text));
    ui.add_space(4.0);
}

/// The form, today's date for validation, and whether Enter was pressed in a field.
struct Fields<'a> {
    form: &'a mut NewOrderForm,
    today: Date,
    entered: bool,
}

impl Fields<'_> {
    fn pair(&mut self, ui: &mut Ui, left: OrderField, right: OrderField) {
        ui.horizontal_top(|ui| {
            self.one(ui, left, HALF);
            self.one(ui, right, HALF);
        });
    }

    /// A field with its caption above and its validation message below. Space for the message is always reserved.
    fn one(&mut self, ui: &mut Ui, field: OrderField, width: f32) {
        let colours = theme::palette(ui);
        let wrong = self.form.wrong(field, self.today);
        ui.allocate_ui(vec2(width, 70.0), |ui| {
            ui.set_min_height(70.0);
            ui.set_width(width);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                caption(ui, word(field), field.is_needed());
                let first = field == OrderField::PatientName;
                let name = format!("{} of the new order", word(field));
                let edit = TextField::new(self.form.text_mut(field), &name)
                    .hint(hint(field))
                    .wrong(wrong.is_some())
                    .size(width, measure::CONTROL)
                    .show(ui);
                if first && ui.memory(|memory| memory.focused()).is_none() {
                    edit.response.request_focus();
                }
                self.entered |= edit.entered;
                let text = wrong.as_deref().unwrap_or(" ");
                label(ui, text, ink::small(colours.bad));
            });
        });
    }
}

/// A caption above a field, marked "(needed)" if the field is required.
fn caption(ui: &mut Ui, word: &str, needed: bool) {
    let colours = theme::palette(ui);
    let words = match needed {
        true => format!("{word} (needed)"),
        false => word.to_owned(),
    };
    label(ui, &words, ink::small(colours.dim));
}

fn sex(ui: &mut Ui, form: &mut NewOrderForm) {
    caption(ui, "Sex", false);
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for (sex, word) in [
            (None, "Not told"),
            (Some(Sex::Female), "Female"),
            (Some(Sex::Male), "Male"),
            (Some(Sex::Other), "Other"),
        ] {
            if chip(ui, form.sex == sex, word).clicked() {
                form.sex = sex;
            }
        }
    });
    ui.add_space(8.0);
}

/// Pickers for the location and its equipment.
fn places(ui: &mut Ui, model: &Model, form: &mut NewOrderForm) -> Option<Action> {
    let mut asked = None;
    ui.horizontal_top(|ui| {
        ui.vertical(|ui| {
            ui.set_width(HALF);
            ui.spacing_mut().item_spacing.y = 2.0;
            caption(ui, "Location", true);
            location(ui, model, form);
            let missing = form.location.is_none();
            let text = if missing { CHOOSE } else { " " };
            label(ui, text, ink::small(theme::palette(ui).bad));
        });
        ui.vertical(|ui| {
            ui.set_width(HALF);
            ui.spacing_mut().item_spacing.y = 2.0;
            caption(ui, "Equipment", false);
            asked = equipment(ui, model, form);
        });
    });
    ui.add_space(2.0);
    asked
}

fn location(ui: &mut Ui, model: &Model, form: &mut NewOrderForm) {
    let all = model.session.as_ref().map_or(&[][..], Session::locations);
    let now = all
        .iter()
        .find(|one| Some(one.institution_uuid) == form.location);
    let text = now.map_or("Choose a location", |one| one.institution_name.as_str());
    let name = format!("Location of the order: {text}");
    let button = Button::new(Kind::Field, text)
        .name(&name)
        .icon(icon::BUILDINGS)
        .caret()
        .width(HALF)
        .at_most(HALF);
    let chosen: Option<Uuid> = widgets::picker(ui, button, HALF, false, |ui| {
        let mut chosen = None;
        for location in all {
            let uuid = location.institution_uuid;
            let on = form.location == Some(uuid);
            if widgets::menu_row(ui, None, &location.institution_name, "", on).clicked() {
                chosen = Some(uuid);
            }
        }
        chosen
    });
    if chosen.is_some() && chosen != form.location {
        form.location = chosen;
        // Equipment belongs to one location.
        form.equipment = None;
    }
}

fn equipment(ui: &mut Ui, model: &Model, form: &NewOrderForm) -> Option<Action> {
    let mut here = model.equipment(form.location);
    let now = here.find(|node| Some(node.dicom_node_uuid) == form.equipment);
    let text = now.map_or("None", |node| node.dicom_node_name.as_str());
    let name = format!("Equipment: {text}");
    let button = Button::new(Kind::Field, text)
        .name(&name)
        .caret()
        .width(HALF)
        .at_most(HALF);
    let chosen = widgets::picker(ui, button, HALF, false, |ui| {
        let mut chosen = None;
        if widgets::menu_row(ui, None, "None", "", form.equipment.is_none()).clicked() {
            chosen = Some(None);
        }
        for node in model.equipment(form.location) {
            let uuid = Some(node.dicom_node_uuid);
            let on = form.equipment == uuid;
            let fact = match node.modality.trim() {
                "" => node.ae_title.clone(),
                modality => format!("{modality} · {}", node.ae_title),
            };
            if widgets::menu_row(ui, None, &node.dicom_node_name, &fact, on).clicked() {
                chosen = Some(uuid);
            }
        }
        chosen
    });
    chosen.map(|node| Action::Orders(OrdersAction::ChooseEquipment(node)))
}

/// A list of common modalities, as an alternative to typing.
fn modalities(ui: &mut Ui, form: &mut NewOrderForm) {
    let now = form.text(OrderField::Modality).to_owned();
    let chosen = ui
        .vertical(|ui| {
            ui.add_space(17.0);
            let button = Button::new(Kind::Field, "")
                .name("Choose a modality")
                .caret()
                .width(54.0);
            widgets::picker(ui, button, 120.0, false, |ui| {
                let mut chosen = None;
                ScrollArea::vertical().max_height(260.0).show(ui, |ui| {
                    for modality in MODALITIES {
                        if widgets::menu_row(ui, None, modality, "", now == modality).clicked() {
                            chosen = Some(modality);
                        }
                    }
                });
                chosen
            })
        })
        .inner;
    if let Some(modality) = chosen {
        *form.text_mut(OrderField::Modality) = modality.to_owned();
    }
}

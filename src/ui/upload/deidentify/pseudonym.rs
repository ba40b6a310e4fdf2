//! The selected patient's pseudonym: typed, generated, or looked up in a table.

use eframe::egui::Ui;

use super::{captioned, section};
use crate::message::Whose;
use crate::model::{Action, DeidentifyAction, Model, Pseudonyms};
use crate::ui::theme::{self, ink};
use crate::ui::widgets::{self, Check, Tone, label};
use crate::words;

/// Paints the section.
pub(in crate::ui) fn show(ui: &mut Ui, model: &Model) -> Option<Action> {
    let (patient, _) = model.selected_patient()?;
    let whose = Whose::of(patient);
    let several = model.upload.catalogue.patients.len() > 1;
    match several {
        true => {
            let name = words::patient_name(&patient.name);
            section(ui, &format!("New identity of {name}"));
        }
        false => section(ui, "New identity"),
    }
    let asked = match &model.deidentify.table {
        None => typed(ui, model, &whose),
        Some(table) => {
            looked_up(ui, table, &whose);
            None
        }
    };
    let table = table(ui, model);
    asked.or(table).map(Action::Deidentify)
}

fn typed(ui: &mut Ui, model: &Model, whose: &Whose) -> Option<DeidentifyAction> {
    let page = &model.deidentify;
    let identity = page.identities.get(whose).cloned().unwrap_or_default();
    let (mut name, mut id) = (identity.name, identity.id);
    let name = captioned(ui, "Name", &mut name, "taken away", None);
    let id = captioned(ui, "New patient ID", &mut id, "taken away", None);
    if let Err(why) = page.identity(whose) {
        label(ui, &sentence(&why), ink::small(theme::palette(ui).bad));
    }
    match (name, id) {
        (Some(name), _) => Some(DeidentifyAction::Name(whose.clone(), name)),
        (_, Some(id)) => Some(DeidentifyAction::Id(whose.clone(), id)),
        _ => None,
    }
}

/// The text with a capital first letter and a full stop.
fn sentence(half: &str) -> String {
    let mut letters = half.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let whole: String = first.chain(letters).collect();
    format!("{}.", whole.trim_end_matches(['.', '…']))
}

fn looked_up(ui: &mut Ui, table: &Pseudonyms, whose: &Whose) {
    let colours = theme::palette(ui);
    if let Some(Ok(identity)) = table.answers.get(whose) {
        for (caption, text) in [("Name", &identity.name), ("New patient ID", &identity.id)] {
            ui.horizontal(|ui| {
                label(ui, caption, ink::body(colours.dim));
                label(ui, text, ink::body(colours.text));
            });
        }
    }
}

/// Ticked patients that are missing from the table, and the ways to resolve this.
pub(in crate::ui) fn unknown(ui: &mut Ui, model: &Model) -> Option<DeidentifyAction> {
    let table = model.deidentify.table.as_ref()?;
    if let Some(failed) = &table.failed {
        widgets::banner(ui, Tone::Bad, &sentence(failed), "", None);
        return None;
    }
    let patients = model.ticked_patients();
    let unknown = patients.iter().filter_map(|whose| {
        let why = table.answers.get(whose)?.as_ref().err()?;
        Some((whose, why))
    });
    let unknown: Vec<(&Whose, &String)> = unknown.collect();
    let (first, why) = unknown.first()?;
    let bold = match unknown.len() {
        1 => format!("{} cannot be sent.", words::person_name(&first.name)),
        many => format!("{} patients cannot be sent.", words::number(many as u64)),
    };
    let press = (!table.makes_new).then_some("Make new ones");
    let pressed = widgets::banner(ui, Tone::Bad, &bold, &sentence(why), press);
    pressed.then_some(DeidentifyAction::MakeNew(true))
}

fn table(ui: &mut Ui, model: &Model) -> Option<DeidentifyAction> {
    let colours = theme::palette(ui);
    let page = &model.deidentify;
    let row = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let Some(table) = &page.table else {
            label(ui, "Pseudonym table:", ink::small(colours.dim));
            let link = widgets::link(ui, "choose a CSV file…", theme::SMALL, colours.dim);
            return link.clicked().then_some(DeidentifyAction::ChooseTable);
        };
        let name = table.path.file_name().unwrap_or_default();
        let words = format!(
            "Pseudonym table: {}, {}.",
            name.to_string_lossy(),
            words::count(table.known as u64, "patient", "patients")
        );
        label(ui, &words, ink::small(colours.dim));
        let other = widgets::link(ui, "another one…", theme::SMALL, colours.dim).clicked();
        let none = widgets::link(ui, "do not use it", theme::SMALL, colours.dim).clicked();
        match (other, none) {
            (true, _) => Some(DeidentifyAction::ChooseTable),
            (_, true) => Some(DeidentifyAction::ForgetTable),
            _ => None,
        }
    });
    let mut asked = row.inner;
    if let Some(table) = &page.table {
        let word = "Give patients that are not in it a new pseudonym, and write it there";
        let check = Check::from(table.makes_new);
        if widgets::checkbox(ui, check, word, word, None).clicked() {
            asked = Some(DeidentifyAction::MakeNew(!table.makes_new));
        }
    }
    asked
}

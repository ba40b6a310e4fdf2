//! The identity picker at the foot of the Upload page, and the sentence below it.

use eframe::egui::Ui;

use super::deidentify::profile;
use crate::dicom::deidentify::{Dates, FIELDS};
use crate::model::{
    Action, DeidentifyAction, Keep, Mode, Model, Several, Tab, UploadAction, profile_title,
};
use crate::ui::fonts::icon;
use crate::ui::widgets::{self, Button, Kind};

/// Short name of the current mode.
pub(in crate::ui) fn called(model: &Model) -> String {
    match model.deidentify.mode {
        Mode::Off => "Sent as it is".to_owned(),
        Mode::Replace => "Values replaced".to_owned(),
        Mode::Profile => profile_title(&model.deidentify.profile.name),
    }
}

/// Text such as "De-identified: Basic profile, dates shifted."; `None` if files are sent unchanged.
pub(in crate::ui) fn said(model: &Model) -> Option<String> {
    let page = &model.deidentify;
    match page.mode {
        Mode::Off => None,
        Mode::Replace => {
            let values = page.values();
            let used = FIELDS
                .iter()
                .filter(|field| values.iter().any(|value| value.keyword() == field.keyword));
            let names: Vec<String> = used.map(|field| small(field.label)).collect();
            let each = page.several == Several::EachItsOwn && model.merges_patients().is_some();
            let own = if each {
                "; each patient has a pseudonym of their own"
            } else {
                ""
            };
            let names = names.join(", ");
            (!names.is_empty()).then(|| format!("Replaced in every image: {names}{own}."))
        }
        Mode::Profile => {
            let mut parts = vec![page.called()];
            if page.profile.basic {
                let kept = Keep::ALL.into_iter();
                let kept = kept.filter(|keep| keep.is_on(page.profile.options));
                let kept: Vec<&str> = kept.map(profile::kept).collect();
                if !kept.is_empty() {
                    parts.push(format!("with {}", kept.join(", ")));
                }
                let dates = match page.profile.options.dates {
                    Dates::Remove => "dates removed",
                    Dates::Modified => "dates shifted",
                    Dates::Full => "dates kept",
                };
                parts.push(dates.to_owned());
            }
            if let Some(table) = &page.table {
                let name = table.path.file_name().unwrap_or_default();
                parts.push(format!("pseudonyms from {}", name.to_string_lossy()));
            }
            Some(format!("De-identified: {}.", parts.join(", ")))
        }
    }
}

/// A label with a lowercase first letter, for use inside a sentence.
fn small(label: &str) -> String {
    let mut letters = label.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}

/// The button with its list.
pub(in crate::ui) fn picker(ui: &mut Ui, model: &Model) -> Option<Action> {
    let page = &model.deidentify;
    let word = called(model);
    let name = format!("Identity: {word}");
    let button = Button::new(Kind::Field, &word)
        .name(&name)
        .icon(icon::EYE_SLASH)
        .selected(page.mode != Mode::Off)
        .caret()
        .at_most(190.0);
    widgets::picker(ui, button, 300.0, false, |ui| {
        let mut asked = None;
        let off = page.mode == Mode::Off;
        if widgets::menu_row(ui, None, "Send as it is", "", off).clicked() {
            asked = Some(DeidentifyAction::Choose(Mode::Off));
        }
        let on = page.mode == Mode::Replace;
        if widgets::menu_row(ui, None, "Replace these values…", "", on).clicked() {
            asked = Some(DeidentifyAction::Choose(Mode::Replace));
        }
        for (name, is_own) in page.profiles() {
            let on = page.mode == Mode::Profile && page.profile.name == name;
            let fact = if is_own { "your own" } else { "" };
            if widgets::menu_row(ui, None, &profile_title(&name), fact, on).clicked() {
                asked = Some(DeidentifyAction::UseProfile(name));
            }
        }
        let look = widgets::menu_row(ui, None, "Look at what changes…", "", false).clicked();
        asked
            .map(Action::Deidentify)
            .or(look.then_some(Action::Upload(UploadAction::ShowTab(Tab::Deidentify))))
    })
}

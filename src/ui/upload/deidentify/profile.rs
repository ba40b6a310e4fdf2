//! Profile settings: which profile, what it keeps, and managing one's own profiles.

use eframe::egui::{Id, Ui};

use super::section;
use crate::dicom::deidentify::Dates;
use crate::model::{Action, DeidentifyAction, Keep, Model, PathFor, profile_title};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, IconButton, Kind, TextField, Words, label, wrapped};

/// Label and tooltip of a profile option.
fn words(keep: Keep) -> (&'static str, &'static str) {
    match keep {
        Keep::Characteristics => (
            "Sex, age, size",
            "Sex, age, size, weight and what else describes the patient's body.",
        ),
        Keep::Device => ("Device", "Maker, model, serial number and station name."),
        Keep::Institution => ("Institution", "Name, address and department."),
        Keep::Descriptions => (
            "Descriptions, cleaned",
            "Descriptions of study and series, without names and numbers that identify the patient.",
        ),
        Keep::Reports => (
            "Reports, cleaned",
            "The content of structured reports, without names and numbers that identify the patient.",
        ),
        Keep::Graphics => (
            "Drawings, cleaned",
            "Overlays and annotations, without names and numbers that identify the patient.",
        ),
        Keep::SafePrivate => (
            "Safe private data",
            "Private attributes that the standard calls safe.",
        ),
        Keep::Uids => (
            "UIDs",
            "Study, series and image keep their UIDs: they can be found again by them.",
        ),
    }
}

/// Name of a profile option within a sentence such as "with device, descriptions".
pub(in crate::ui) fn kept(keep: Keep) -> &'static str {
    match keep {
        Keep::Characteristics => "sex, age, size",
        Keep::Device => "device",
        Keep::Institution => "institution",
        Keep::Descriptions => "descriptions",
        Keep::Reports => "reports",
        Keep::Graphics => "drawings",
        Keep::SafePrivate => "safe private data",
        Keep::Uids => "UIDs",
    }
}

/// Paints the profile settings.
pub(in crate::ui) fn show(ui: &mut Ui, model: &Model) -> Option<Action> {
    let page = &model.deidentify;
    let picked = pick(ui, model);
    let named = name(ui, model);
    let path = path(ui, model);
    let kept = match page.profile.basic {
        true => keep(ui, model),
        false => {
            let words = "This profile replaces values and does nothing else: everything that it does not name stays.";
            wrapped(ui, Words::of(words, ink::small(theme::palette(ui).dim)));
            None
        }
    };
    picked.or(named).or(path).or(kept).map(Action::Deidentify)
}

fn pick(ui: &mut Ui, model: &Model) -> Option<DeidentifyAction> {
    let page = &model.deidentify;
    let row = ui.horizontal(|ui| {
        label(ui, "Profile", ink::small(theme::palette(ui).dim));
        let title = profile_title(&page.profile.name);
        let said = format!("Profile: {title}");
        let button = Button::new(Kind::Field, &title)
            .name(&said)
            .caret()
            .width(170.0)
            .at_most(210.0);
        let picked = widgets::picker(ui, button, 300.0, false, |ui| {
            let mut asked = None;
            for (name, is_own) in page.profiles() {
                let fact = if is_own { "your own" } else { "" };
                let on = page.profile.name == name;
                if widgets::menu_row(ui, None, &profile_title(&name), fact, on).clicked() {
                    asked = Some(DeidentifyAction::UseProfile(name));
                }
            }
            asked
        });
        let more = Button::new(Kind::Raised, "Save, import…").caret();
        let more = widgets::picker(ui, more, 220.0, false, |ui| files(ui, model));
        picked.or(more)
    });
    row.inner
}

fn files(ui: &mut Ui, model: &Model) -> Option<DeidentifyAction> {
    let page = &model.deidentify;
    let name = || match page.is_own() {
        true => page.profile.name.clone(),
        false => String::new(),
    };
    let save = widgets::menu_row(ui, Some(icon::NOTE_PENCIL), "Save as…", "", false).clicked();
    let import = widgets::menu_row(ui, Some(icon::FOLDER_OPEN), "Import…", "TOML", false).clicked();
    let export =
        widgets::menu_row(ui, Some(icon::DOWNLOAD_SIMPLE), "Export…", "TOML", false).clicked();
    let is_own = page.is_own();
    let delete = is_own && widgets::menu_row(ui, Some(icon::TRASH), "Delete", "", false).clicked();
    match (save, import, export, delete) {
        (true, ..) => Some(DeidentifyAction::NameProfile(Some(name()))),
        (_, true, ..) => Some(DeidentifyAction::ImportProfile),
        (_, _, true, _) => Some(DeidentifyAction::ExportProfile),
        (.., true) => Some(DeidentifyAction::DeleteProfile),
        _ => None,
    }
}

/// Field for the name to save the profile under.
fn name(ui: &mut Ui, model: &Model) -> Option<DeidentifyAction> {
    let mut typed = model.deidentify.saving.clone()?;
    let row = ui.horizontal(|ui| {
        let width = (ui.available_width() - 150.0).max(120.0);
        let shown = TextField::new(&mut typed, "Name of the profile")
            .hint("Name of the profile")
            .size(width, measure::CONTROL)
            .id(Id::unique("profile name"))
            .show(ui);
        let refused = typed.trim().is_empty().then_some("Type a name.");
        let save = ui
            .add(Button::new(Kind::Raised, "Save").unless(refused))
            .clicked();
        let cancel = ui.add(Button::new(Kind::Plain, "Cancel")).clicked();
        match (save || shown.entered, cancel, shown.response.changed()) {
            (true, ..) => Some(DeidentifyAction::SaveProfile),
            (_, true, _) => Some(DeidentifyAction::NameProfile(None)),
            (.., true) => Some(DeidentifyAction::NameProfile(Some(typed))),
            _ => None,
        }
    });
    row.inner
}

/// Field for a path, if no file dialog could be opened.
pub(in crate::ui) fn path(ui: &mut Ui, model: &Model) -> Option<DeidentifyAction> {
    let form = model.deidentify.path.as_ref()?;
    let (name, hint) = match form.what {
        PathFor::Table => ("Path of the table", "/folder/pseudonyms.csv"),
        PathFor::Import => ("Path of the profile", "/folder/profile.toml"),
        PathFor::Export => ("Path for the profile", "/folder/profile.toml"),
    };
    let colours = theme::palette(ui);
    let mut typed = form.path.clone();
    label(
        ui,
        "No dialog opened? Type where the file is.",
        ink::small(colours.dim),
    );
    let row = ui.horizontal(|ui| {
        let width = (ui.available_width() - 100.0).max(120.0);
        let shown = TextField::new(&mut typed, name)
            .hint(hint)
            .wrong(form.wrong.is_some())
            .size(width, measure::CONTROL)
            .id(Id::unique(name))
            .show(ui);
        let used = ui.add(Button::new(Kind::Raised, "Use it")).clicked();
        let closed = ui
            .add(IconButton::new(icon::X, "Close this field"))
            .clicked();
        match (used || shown.entered, closed, shown.response.changed()) {
            (true, ..) => Some(DeidentifyAction::UsePath),
            (_, true, _) => Some(DeidentifyAction::ClosePath),
            (.., true) => Some(DeidentifyAction::TypePath(typed)),
            _ => None,
        }
    });
    if let Some(wrong) = &form.wrong {
        wrapped(ui, Words::of(wrong, ink::small(colours.bad)));
    }
    row.inner
}

fn keep(ui: &mut Ui, model: &Model) -> Option<DeidentifyAction> {
    let options = model.deidentify.profile.options;
    let mut asked = None;
    section(ui, "Keep");
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = eframe::egui::vec2(7.0, 7.0);
        for keep in Keep::ALL {
            let (word, says) = words(keep);
            let response = widgets::tick(ui, keep.is_on(options), word).on_hover_text(says);
            if response.clicked() {
                asked = Some(DeidentifyAction::Toggle(keep));
            }
        }
    });
    section(ui, "Dates");
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = eframe::egui::vec2(7.0, 7.0);
        for (dates, word, says) in [
            (Dates::Remove, "Removed", "Dates and times are taken away."),
            (
                Dates::Modified,
                "Shifted",
                "All dates of a patient move by the same hidden number of days: the time between studies stays.",
            ),
            (
                Dates::Full,
                "Kept",
                "Dates and times stay, except the birth date.",
            ),
        ] {
            let on = options.dates == dates;
            if widgets::chip(ui, on, word).on_hover_text(says).clicked() {
                asked = Some(DeidentifyAction::SetDates(dates));
            }
        }
    });
    asked
}

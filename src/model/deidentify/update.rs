//! User actions on the De-identify tab.

use std::path::PathBuf;

use super::{Keep, Mode, PathFor};
use crate::dicom::deidentify::{Dates, NewIdentity, Rectangle};
use crate::message::{AskCleaning, Command, SessionCommand, Whose};
use crate::model::{Model, Page, Several, Tab};

/// A user action on the De-identify tab.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "each is named after what the person did; the fields say to what"
)]
pub enum DeidentifyAction {
    Choose(Mode),
    UseProfile(String),
    Toggle(Keep),
    SetDates(Dates),
    CheckResidue(bool),
    Typed(usize, String),
    FillIn,
    EachItsOwn(bool),
    OnePatient(bool),
    Name(Whose, String),
    Id(Whose, String),
    ChooseTable,
    ForgetTable,
    MakeNew(bool),
    NameProfile(Option<String>),
    SaveProfile,
    DeleteProfile,
    ImportProfile,
    ExportProfile,
    TypePath(String),
    UsePath,
    ClosePath,
    Agree(bool),
    LookAtRisky,
    ToggleDrawing,
    Draw(Rectangle),
    PickArea(Option<usize>),
    ChangeArea(Rectangle),
    RemoveArea,
    Find(String),
}

impl Model {
    pub(in crate::model) fn act_deidentify(&mut self, act: DeidentifyAction) -> Vec<Command> {
        let page = &mut self.deidentify;
        match act {
            DeidentifyAction::Choose(mode) => return self.choose_mode(mode),
            DeidentifyAction::UseProfile(name) => {
                if !page.take_profile(&name) {
                    return Vec::new();
                }
                page.awaited = None;
                return self.choose_mode(Mode::Profile);
            }
            DeidentifyAction::Toggle(keep) => {
                let place = keep.place(&mut page.profile.options);
                *place = !*place;
                return self.keep_choice();
            }
            DeidentifyAction::SetDates(dates) => {
                page.profile.options.dates = dates;
                return self.keep_choice();
            }
            DeidentifyAction::CheckResidue(on) => page.profile.residual_check = on,
            DeidentifyAction::Typed(field, text) => {
                if let Some(typed) = page.typed.get_mut(field) {
                    *typed = text;
                }
            }
            DeidentifyAction::FillIn => return self.fill_in(),
            DeidentifyAction::EachItsOwn(on) => {
                page.several = match on {
                    true => Several::EachItsOwn,
                    false => Several::Ask,
                };
            }
            DeidentifyAction::OnePatient(on) => self.say_one_patient(on),
            DeidentifyAction::Name(whose, name) => {
                page.identities.entry(whose).or_default().name = name;
            }
            DeidentifyAction::Id(whose, id) => page.identities.entry(whose).or_default().id = id,
            DeidentifyAction::ForgetTable => page.table = None,
            DeidentifyAction::NameProfile(name) => page.saving = name,
            DeidentifyAction::TypePath(path) => {
                if let Some(form) = &mut page.path {
                    form.path = path;
                }
            }
            DeidentifyAction::ClosePath => page.path = None,
            DeidentifyAction::Agree(on) => self.agree(on),
            DeidentifyAction::LookAtRisky => self.look_at_risky(),
            DeidentifyAction::Find(text) => page.find = text,
            DeidentifyAction::ToggleDrawing => self.toggle_drawing(),
            DeidentifyAction::Draw(area) => self.draw_area(area),
            DeidentifyAction::PickArea(area) => self.pick_area(area),
            DeidentifyAction::ChangeArea(to) => self.change_area(to),
            DeidentifyAction::RemoveArea => self.remove_area(),
            files => return self.act_cleaning_files(&files),
        }
        Vec::new()
    }

    /// Actions on profiles and tables that the worker reads or writes.
    fn act_cleaning_files(&mut self, act: &DeidentifyAction) -> Vec<Command> {
        let page = &mut self.deidentify;
        let asked = match act {
            DeidentifyAction::ChooseTable => return self.ask_table(None, false),
            DeidentifyAction::MakeNew(on) => {
                let path = page.table.as_ref().map(|table| table.path.clone());
                return match path {
                    Some(path) => self.ask_table(Some(path), *on),
                    None => Vec::new(),
                };
            }
            DeidentifyAction::SaveProfile => match &page.saving {
                Some(name) if !name.trim().is_empty() => {
                    let mut profile = page.profile.clone();
                    profile.name = name.trim().to_owned();
                    profile.description.clear();
                    AskCleaning::Save(Box::new(profile))
                }
                _ => return Vec::new(),
            },
            DeidentifyAction::DeleteProfile if page.is_own() => {
                AskCleaning::Remove(page.profile.name.clone())
            }
            DeidentifyAction::ImportProfile => AskCleaning::Import(None),
            DeidentifyAction::ExportProfile => AskCleaning::Export {
                profile: Box::new(page.profile.clone()),
                to: None,
            },
            DeidentifyAction::UsePath => return self.use_path(),
            _ => return Vec::new(),
        };
        vec![ask(asked)]
    }

    fn choose_mode(&mut self, mode: Mode) -> Vec<Command> {
        let page = &mut self.deidentify;
        page.mode = mode;
        if mode != Mode::Off {
            self.upload.tab = Tab::Deidentify;
            self.page = Page::Upload;
        }
        // Retries if the key was not available.
        if self.deidentify.no_key.take().is_some() {
            self.deidentify.asked.clear();
        }
        self.keep_choice()
    }

    /// Saves the choice for the next start. It contains nothing about patients.
    fn keep_choice(&mut self) -> Vec<Command> {
        let kept = self.deidentify.kept();
        if self.settings.deidentify == kept {
            return Vec::new();
        }
        self.settings.deidentify = kept;
        vec![Command::Session(SessionCommand::SaveSettings(
            self.settings.clone(),
        ))]
    }

    /// Copies the pseudonym of the only ticked patient into the fields of *Replace these values*.
    fn fill_in(&mut self) -> Vec<Command> {
        let patients = self.ticked_patients();
        let [whose] = patients.as_slice() else {
            return Vec::new();
        };
        match self.deidentify.identities.get(whose) {
            Some(identity) => {
                let NewIdentity { id, name } = identity.clone();
                let [first, second, ..] = &mut self.deidentify.typed;
                (*first, *second) = (name, id);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    fn ask_table(&self, path: Option<PathBuf>, makes_new: bool) -> Vec<Command> {
        vec![ask(AskCleaning::Table {
            path,
            makes_new,
            patients: self.ticked_patients(),
        })]
    }

    fn use_path(&mut self) -> Vec<Command> {
        let Some(form) = &mut self.deidentify.path else {
            return Vec::new();
        };
        let typed = form.path.trim().trim_matches('"');
        let path = PathBuf::from(typed);
        if typed.is_empty() || path.is_relative() {
            let words = "Type the whole path, from the root or the drive letter on.";
            form.wrong = Some(words.to_owned());
            return Vec::new();
        }
        match form.what {
            PathFor::Table => self.ask_table(Some(path), false),
            PathFor::Import => vec![ask(AskCleaning::Import(Some(path)))],
            PathFor::Export => vec![ask(AskCleaning::Export {
                profile: Box::new(self.deidentify.profile.clone()),
                to: Some(path),
            })],
        }
    }

    /// Shows the first image with possible burned-in identifiers, ready for drawing.
    fn look_at_risky(&mut self) {
        let open = self.risky().into_iter().find(|one| !self.is_agreed(one));
        let first = open.or_else(|| self.risky().into_iter().next());
        let Some(first) = first else { return };
        let found = self.upload.studies().find_map(|study| {
            let mut series = study.series.iter();
            let series = series.find(|one| one.series_instance_uid == first.series)?;
            let looks = &self.deidentify.looks;
            let image = series
                .images
                .iter()
                .position(|image| looks.is_risky(series, image));
            Some((study.study_instance_uid.clone(), image))
        });
        let Some((study, image)) = found else { return };
        self.upload.study = Some(study);
        self.upload.series = Some(first.series);
        self.upload.image = image;
        self.upload.tab = Tab::Images;
        self.deidentify.drawing = true;
        self.deidentify.area = None;
    }

    fn agree(&mut self, on: bool) {
        let risky = self.risky();
        let agreed = &mut self.deidentify.agreed;
        agreed.clear();
        if on {
            agreed.extend(risky.into_iter().map(|one| (one.series, one.images)));
        }
    }
}

/// Wraps a de-identification request as a command.
pub(in crate::model) fn ask(asked: AskCleaning) -> Command {
    Command::Deidentify(Box::new(asked))
}

//! What a person does under De-identify.

use std::path::PathBuf;

use super::{Keep, Mode, PathFor};
use crate::dicom::deidentify::{Dates, NewIdentity, Rectangle};
use crate::message::{AskCleaning, Command, Whose};
use crate::model::{Model, Page, Several, Tab};

/// What a person did.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "each is named after what the person did; the fields say to what"
)]
pub enum DeidentifyAct {
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
    pub(in crate::model) fn act_deidentify(&mut self, act: DeidentifyAct) -> Vec<Command> {
        let page = &mut self.deidentify;
        match act {
            DeidentifyAct::Choose(mode) => return self.choose_mode(mode),
            DeidentifyAct::UseProfile(name) => {
                if !page.take_profile(&name) {
                    return Vec::new();
                }
                page.awaited = None;
                return self.choose_mode(Mode::Profile);
            }
            DeidentifyAct::Toggle(keep) => {
                let place = keep.place(&mut page.profile.options);
                *place = !*place;
                return self.keep_choice();
            }
            DeidentifyAct::SetDates(dates) => {
                page.profile.options.dates = dates;
                return self.keep_choice();
            }
            DeidentifyAct::CheckResidue(on) => page.profile.residual_check = on,
            DeidentifyAct::Typed(field, text) => {
                if let Some(typed) = page.typed.get_mut(field) {
                    *typed = text;
                }
            }
            DeidentifyAct::FillIn => return self.fill_in(),
            DeidentifyAct::EachItsOwn(on) => {
                page.several = match on {
                    true => Several::EachItsOwn,
                    false => Several::Ask,
                };
            }
            DeidentifyAct::OnePatient(on) => self.say_one_patient(on),
            DeidentifyAct::Name(whose, name) => {
                page.identities.entry(whose).or_default().name = name;
            }
            DeidentifyAct::Id(whose, id) => page.identities.entry(whose).or_default().id = id,
            DeidentifyAct::ForgetTable => page.table = None,
            DeidentifyAct::NameProfile(name) => page.saving = name,
            DeidentifyAct::TypePath(path) => {
                if let Some(form) = &mut page.path {
                    form.path = path;
                }
            }
            DeidentifyAct::ClosePath => page.path = None,
            DeidentifyAct::Agree(on) => self.agree(on),
            DeidentifyAct::LookAtRisky => self.look_at_risky(),
            DeidentifyAct::Find(text) => page.find = text,
            DeidentifyAct::ToggleDrawing
            | DeidentifyAct::Draw(_)
            | DeidentifyAct::PickArea(_)
            | DeidentifyAct::ChangeArea(_)
            | DeidentifyAct::RemoveArea => self.act_areas(&act),
            files => return self.act_cleaning_files(&files),
        }
        Vec::new()
    }

    /// Profiles and tables, which the worker reads and writes.
    fn act_cleaning_files(&mut self, act: &DeidentifyAct) -> Vec<Command> {
        let page = &mut self.deidentify;
        let asked = match act {
            DeidentifyAct::ChooseTable => return self.ask_table(None, false),
            DeidentifyAct::MakeNew(on) => {
                let path = page.table.as_ref().map(|table| table.path.clone());
                return match path {
                    Some(path) => self.ask_table(Some(path), *on),
                    None => Vec::new(),
                };
            }
            DeidentifyAct::SaveProfile => match &page.saving {
                Some(name) if !name.trim().is_empty() => {
                    let mut profile = page.profile.clone();
                    profile.name = name.trim().to_owned();
                    profile.description.clear();
                    AskCleaning::Save(Box::new(profile))
                }
                _ => return Vec::new(),
            },
            DeidentifyAct::DeleteProfile if page.is_own() => {
                AskCleaning::Remove(page.profile.name.clone())
            }
            DeidentifyAct::ImportProfile => AskCleaning::Import(None),
            DeidentifyAct::ExportProfile => AskCleaning::Export {
                profile: Box::new(page.profile.clone()),
                to: None,
            },
            DeidentifyAct::UsePath => return self.use_path(),
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
        // A key that could not be had is asked for again.
        if self.deidentify.no_key.take().is_some() {
            self.deidentify.asked.clear();
        }
        self.keep_choice()
    }

    /// What is chosen is the same at the next start; nothing about a patient is kept.
    fn keep_choice(&mut self) -> Vec<Command> {
        let kept = self.deidentify.kept();
        if self.settings.deidentify == kept {
            return Vec::new();
        }
        self.settings.deidentify = kept;
        vec![Command::SaveSettings(self.settings.clone())]
    }

    /// The pseudonym of the one patient that is ticked goes into the fields of *Replace these values*.
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

    /// To the first picture that may show whose it is, ready to be drawn on.
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

/// Something for the worker.
pub(in crate::model) fn ask(asked: AskCleaning) -> Command {
    Command::Deidentify(Box::new(asked))
}

//! What a person does under De-identify, and what the worker says about it.

use std::path::PathBuf;

use super::deidentify::{Keep, Mode, PathFor, PathForm, Table};
use super::{Model, Page, Tab, Tone, middle};
use crate::dicom::deidentify::{Dates, NewIdentity, Rectangle};
use crate::message::{
    AskCleaning, CleaningNews, Command, Failure, Kept, PreviewOf, TableAnswer, Whose,
};

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
    ToggleDrawing,
    Draw(Rectangle),
    PickArea(Option<usize>),
    ChangeArea(Rectangle),
    RemoveArea,
    Find(String),
}

/// Areas in one series, at most.
const MOST_AREAS: usize = 50;

impl Model {
    pub(super) fn act_deidentify(&mut self, act: DeidentifyAct) -> Vec<Command> {
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

    fn agree(&mut self, on: bool) {
        let risky = self.risky();
        let agreed = &mut self.deidentify.agreed;
        agreed.clear();
        if on {
            agreed.extend(risky.into_iter().map(|one| (one.series, one.images)));
        }
    }

    fn act_areas(&mut self, act: &DeidentifyAct) {
        let starts = self.upload.tab == Tab::Deidentify;
        if starts && *act == DeidentifyAct::ToggleDrawing {
            // They are drawn on the picture.
            self.upload.tab = Tab::Images;
            self.deidentify.drawing = false;
        }
        let Some(series) = self.upload.selected_series() else {
            return;
        };
        let series = series.series_instance_uid.clone();
        let page = &mut self.deidentify;
        let areas = page.areas.entry(series).or_default();
        match act {
            DeidentifyAct::ToggleDrawing => {
                page.drawing = !page.drawing;
                page.area = None;
            }
            DeidentifyAct::Draw(area) if areas.len() < MOST_AREAS => {
                areas.push(*area);
                page.area = Some(areas.len() - 1);
            }
            DeidentifyAct::PickArea(area) => {
                page.area = area.filter(|index| *index < areas.len());
            }
            DeidentifyAct::ChangeArea(to) => {
                if let Some(area) = page.area.and_then(|index| areas.get_mut(index)) {
                    *area = *to;
                }
            }
            DeidentifyAct::RemoveArea => {
                if let Some(index) = page.area.filter(|index| *index < areas.len()) {
                    areas.remove(index);
                    page.area = areas.len().checked_sub(1);
                }
            }
            _ => {}
        }
        page.areas.retain(|_, areas| !areas.is_empty());
    }

    /// What is to be asked of the worker for what is on the screen now.
    pub(super) fn due_cleaning(&mut self) -> Vec<Command> {
        if self.session.is_none() || self.upload.is_empty() {
            return Vec::new();
        }
        let mut commands = Vec::new();
        if self.deidentify.mode != Mode::Off && self.upload.scans.is_empty() {
            commands.extend(self.due_identities());
            let series = self.upload.catalogue.patients.iter();
            let studies = series.flat_map(|patient| &patient.studies);
            let checked = &self.upload.checked;
            let wanted = studies.filter(|study| checked.contains(&study.study_instance_uid));
            let selected = self.upload.selected();
            let series = wanted.chain(selected).flat_map(|study| &study.series);
            let looks = self.deidentify.looks.want(series);
            if !looks.is_empty() {
                commands.push(ask(AskCleaning::Look(looks)));
            }
        }
        commands.extend(self.due_preview());
        commands
    }

    fn due_identities(&mut self) -> Vec<Command> {
        let mut patients = self.ticked_patients();
        let ticked = patients.clone().into_iter();
        if let Some((patient, _)) = self.selected_patient() {
            let whose = Whose::of(patient);
            if !patients.contains(&whose) {
                patients.push(whose);
            }
        }
        let page = &mut self.deidentify;
        let mut commands = Vec::new();
        if let Some(table) = &mut page.table
            && page.mode == Mode::Profile
            && table.failed.is_none()
        {
            // Patients that are only looked at get no line in the table.
            let (path, makes_new) = (table.path.clone(), table.makes_new);
            let asked = &mut table.asked;
            let new = ticked.filter(|whose| asked.insert(whose.clone()));
            let new: Vec<Whose> = new.collect();
            if !new.is_empty() {
                commands.push(ask(AskCleaning::Table {
                    path: Some(path),
                    makes_new,
                    patients: new,
                }));
            }
            return commands;
        }
        let unknown = patients.into_iter().filter(|whose| {
            !page.identities.contains_key(whose) && page.asked.insert(whose.clone())
        });
        let unknown: Vec<Whose> = unknown.collect();
        if !unknown.is_empty() {
            commands.push(ask(AskCleaning::Pseudonyms(unknown)));
        }
        commands
    }

    /// The patient and the study at the right.
    pub fn selected_patient(
        &self,
    ) -> Option<(
        &crate::dicom::catalogue::Patient,
        &crate::dicom::catalogue::Study,
    )> {
        let study = self.upload.selected()?;
        let owns = |patient: &&crate::dicom::catalogue::Patient| {
            let mut studies = patient.studies.iter();
            studies.any(|other| other.study_instance_uid == study.study_instance_uid)
        };
        let patient = self.upload.catalogue.patients.iter().find(owns)?;
        Some((patient, study))
    }

    fn due_preview(&mut self) -> Vec<Command> {
        let is_shown = self.page == Page::Upload && self.upload.tab == Tab::Deidentify;
        if !is_shown || self.deidentify.mode == Mode::Off {
            return Vec::new();
        }
        let wanted = self.preview_of();
        let shown = &mut self.deidentify.shown;
        let Some(wanted) = wanted else {
            shown.waiting = false;
            shown.asked = None;
            shown.last = None;
            return Vec::new();
        };
        let same = |asked: &PreviewOf| {
            PreviewOf {
                ask: asked.ask,
                ..wanted.clone()
            } == *asked
        };
        if shown.asked.as_ref().is_some_and(same) {
            return Vec::new();
        }
        let is_other_file = shown
            .asked
            .as_ref()
            .is_none_or(|asked| asked.path != wanted.path);
        if is_other_file {
            shown.last = None;
        }
        shown.numbers += 1;
        shown.waiting = true;
        let of = PreviewOf {
            ask: shown.numbers,
            ..wanted
        };
        shown.asked = Some(of.clone());
        vec![ask(AskCleaning::Preview(Box::new(of)))]
    }

    fn preview_of(&self) -> Option<PreviewOf> {
        let (patient, study) = self.selected_patient()?;
        let image = middle(self.upload.selected_series()?)?;
        let cleaning = self.cleaning(patient, study).ok()??;
        Some(PreviewOf {
            ask: 0,
            path: image.path.clone(),
            cleaning,
            patient_id: patient.id.clone(),
        })
    }

    pub(super) fn cleaning_news(&mut self, news: CleaningNews) -> Vec<Command> {
        match news {
            CleaningNews::Profiles(Ok(own)) => {
                self.deidentify.listed(own);
            }
            CleaningNews::Profiles(Err(failure)) => self.failed(failure),
            CleaningNews::Kept(what, result) => return self.kept_news(what, result),
            CleaningNews::Table(result) => self.table_news(result),
            CleaningNews::Pseudonyms(Ok(named)) => {
                let page = &mut self.deidentify;
                for (whose, identity) in named {
                    // What was typed meanwhile stays.
                    if page.asked.contains(&whose) {
                        page.identities.entry(whose).or_insert(identity);
                    }
                }
            }
            CleaningNews::Pseudonyms(Err(failure)) => self.key_failed(&failure),
            CleaningNews::Preview { ask, result } => {
                let shown = &mut self.deidentify.shown;
                if shown.asked.as_ref().is_some_and(|asked| asked.ask == ask) {
                    shown.waiting = false;
                    shown.last = Some(result);
                }
            }
            CleaningNews::Looked { series, images } => self.deidentify.looks.add(series, images),
        }
        Vec::new()
    }

    fn table_news(&mut self, result: Result<Option<TableAnswer>, Failure>) {
        let page = &mut self.deidentify;
        match result {
            Ok(Some(answer)) => {
                page.path = None;
                let same = |table: &Table| {
                    table.path == answer.path && table.makes_new == answer.makes_new
                };
                let mut table = page.table.take().filter(same).unwrap_or_default();
                let whom = answer.patients.iter().map(|(whose, _)| whose.clone());
                table.asked.extend(whom);
                table.answers.extend(answer.patients);
                page.table = Some(Table {
                    path: answer.path,
                    makes_new: answer.makes_new,
                    known: answer.known,
                    failed: None,
                    ..table
                });
            }
            Ok(None) => self.ask_path(PathFor::Table),
            Err(failure) => {
                let words = format!("{} {}", failure.what, failure.remedy);
                match (&mut page.path, &mut page.table) {
                    (Some(form), _) if form.what == PathFor::Table => form.wrong = Some(words),
                    (_, Some(table)) => {
                        table.failed = Some(failure.what.trim_end_matches('.').to_owned());
                    }
                    _ => self.toast(Tone::Bad, failure.what, failure.remedy),
                }
            }
        }
    }

    fn ask_path(&mut self, what: PathFor) {
        let is_open = self
            .deidentify
            .path
            .as_ref()
            .is_some_and(|form| form.what == what);
        if !is_open {
            self.deidentify.path = Some(PathForm {
                what,
                path: String::new(),
                wrong: None,
            });
        }
    }

    fn kept_news(&mut self, what: Kept, result: Result<Option<String>, Failure>) -> Vec<Command> {
        let place = match what {
            Kept::Imported => Some(PathFor::Import),
            Kept::Exported => Some(PathFor::Export),
            Kept::Saved | Kept::Removed => None,
        };
        let name = match (result, place) {
            (Ok(Some(name)), _) => name,
            (Ok(None), Some(place)) => {
                self.ask_path(place);
                return Vec::new();
            }
            (Ok(None), None) => return Vec::new(),
            (Err(failure), place) => {
                let words = format!("{} {}", failure.what, failure.remedy);
                match &mut self.deidentify.path {
                    Some(form) if Some(form.what) == place => form.wrong = Some(words),
                    _ => self.toast(Tone::Bad, failure.what, failure.remedy),
                }
                return Vec::new();
            }
        };
        self.deidentify.path = None;
        let title = match what {
            Kept::Saved => "The profile is saved",
            Kept::Removed => "The profile is deleted",
            Kept::Imported => "The profile is there now",
            Kept::Exported => "The profile is exported",
        };
        self.toast(Tone::Good, title, name.clone());
        match what {
            Kept::Saved | Kept::Imported => {
                self.deidentify.saving = None;
                self.act_deidentify(DeidentifyAct::UseProfile(name))
            }
            Kept::Removed => self.act_deidentify(DeidentifyAct::UseProfile("basic".to_owned())),
            Kept::Exported => Vec::new(),
        }
    }
}

fn ask(asked: AskCleaning) -> Command {
    Command::Deidentify(Box::new(asked))
}

//! Requests that follow from the state: pseudonyms, image headers, and the preview of the shown image.

use super::update::ask;
use crate::dicom::catalogue::{Patient, Study};
use crate::message::{AskCleaning, Command, PreviewOf, Whose};
use crate::model::{Mode, Model, Page, Tab};

impl Model {
    /// Commands for what the current state needs.
    pub(in crate::model) fn due_cleaning(&mut self) -> Vec<Command> {
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
            // Patients that are not ticked get no line in the table.
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

    /// Patient and study of the current selection.
    pub fn selected_patient(&self) -> Option<(&Patient, &Study)> {
        let study = self.upload.selected()?;
        let owns = |patient: &&Patient| {
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
        let (_, image) = self.upload.shown_image()?;
        let cleaning = self.cleaning(patient, study).ok()??;
        Some(PreviewOf {
            ask: 0,
            path: image.path.clone(),
            cleaning,
            patient_id: patient.id.clone(),
        })
    }
}

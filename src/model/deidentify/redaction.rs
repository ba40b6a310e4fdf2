//! Areas that are blackened in every image of a series.

use crate::model::{DeidentifyAct, Model, Tab};

/// Areas in one series, at most.
const MOST_AREAS: usize = 50;

impl Model {
    pub(in crate::model) fn act_areas(&mut self, act: &DeidentifyAct) {
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
}

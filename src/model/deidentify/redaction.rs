//! Areas that are blacked out in all images of a series.

use crate::model::{DeidentifyAction, Model, Tab};

/// Maximum number of areas in one series.
const MOST_AREAS: usize = 50;

impl Model {
    pub(in crate::model) fn act_areas(&mut self, act: &DeidentifyAction) {
        let starts = self.upload.tab == Tab::Deidentify;
        if starts && *act == DeidentifyAction::ToggleDrawing {
            // Areas are drawn on the Images tab.
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
            DeidentifyAction::ToggleDrawing => {
                page.drawing = !page.drawing;
                page.area = None;
            }
            DeidentifyAction::Draw(area) if areas.len() < MOST_AREAS => {
                areas.push(*area);
                page.area = Some(areas.len() - 1);
            }
            DeidentifyAction::PickArea(area) => {
                page.area = area.filter(|index| *index < areas.len());
            }
            DeidentifyAction::ChangeArea(to) => {
                if let Some(area) = page.area.and_then(|index| areas.get_mut(index)) {
                    *area = *to;
                }
            }
            DeidentifyAction::RemoveArea => {
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

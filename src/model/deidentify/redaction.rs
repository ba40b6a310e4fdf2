//! Areas that are blacked out in all images of a series.

use crate::dicom::deidentify::Rectangle;
use crate::model::{Model, Tab};

/// Maximum number of areas in one series.
const MOST_AREAS: usize = 50;

impl Model {
    /// Starts drawing areas on the Images tab, or ends it.
    pub(super) fn toggle_drawing(&mut self) {
        if self.upload.tab == Tab::Deidentify {
            self.upload.tab = Tab::Images;
            self.deidentify.drawing = false;
        }
        if self.upload.selected_series().is_some() {
            self.deidentify.drawing = !self.deidentify.drawing;
            self.deidentify.area = None;
        }
    }

    /// Adds an area to the selected series, and selects it; ignored above [`MOST_AREAS`].
    pub(super) fn draw_area(&mut self, area: Rectangle) {
        self.with_areas(|areas, selected| {
            if areas.len() < MOST_AREAS {
                areas.push(area);
                *selected = areas.len().checked_sub(1);
            }
        });
    }

    /// Selects an area of the selected series; none where there is no such area.
    pub(super) fn pick_area(&mut self, area: Option<usize>) {
        self.with_areas(|areas, selected| *selected = area.filter(|index| *index < areas.len()));
    }

    /// Replaces the selected area.
    pub(super) fn change_area(&mut self, to: Rectangle) {
        self.with_areas(|areas, selected| {
            if let Some(area) = selected.and_then(|index| areas.get_mut(index)) {
                *area = to;
            }
        });
    }

    /// Deletes the selected area, and selects the last one that is left.
    pub(super) fn remove_area(&mut self) {
        self.with_areas(|areas, selected| {
            if let Some(index) = selected.filter(|index| *index < areas.len()) {
                areas.remove(index);
                *selected = areas.len().checked_sub(1);
            }
        });
    }

    /// Gives the areas of the selected series and which of them is selected; does nothing without a series.
    fn with_areas(&mut self, change: impl FnOnce(&mut Vec<Rectangle>, &mut Option<usize>)) {
        let Some(series) = self.upload.selected_series() else {
            return;
        };
        let series = series.series_instance_uid.clone();
        let page = &mut self.deidentify;
        change(page.areas.entry(series).or_default(), &mut page.area);
        page.areas.retain(|_, areas| !areas.is_empty());
    }
}

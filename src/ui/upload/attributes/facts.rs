//! Properties of the selected study and series in two columns.

use eframe::egui::{Align2, Rect, ScrollArea, Sense, Ui, pos2, vec2};

use crate::dicom::catalogue::{Patient, PersonName, Series, Study};
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{in_rect, label};
use crate::words;

type Facts = Vec<(&'static str, String)>;

fn name(name: &PersonName) -> String {
    if *name == PersonName::default() {
        String::new()
    } else {
        words::patient_name(name)
    }
}

fn of_study(patient: &Patient, study: &Study) -> Facts {
    let when = match (study.date, study.time) {
        (Some(date), Some(time)) => words::date_time(date.to_datetime(time)),
        (Some(date), None) => words::date(date),
        _ => String::new(),
    };
    vec![
        ("Patient", words::patient_name(&patient.name)),
        ("Patient ID", patient.id.clone()),
        (
            "Birth date",
            patient.birth_date.map(words::date).unwrap_or_default(),
        ),
        (
            "Sex",
            if patient.sex.is_empty() {
                String::new()
            } else {
                words::sex(&patient.sex).to_owned()
            },
        ),
        ("Study", study.description.clone()),
        ("Modality", study.modalities().join(", ")),
        ("Performed", when),
        ("Accession", study.accession_number.clone()),
        ("Referring", name(&study.referring_physician)),
        ("Institution", study.institution.clone()),
        (
            "Content",
            format!(
                "{} in {} series, {}",
                words::count(study.images() as u64, "image", "images"),
                words::number(study.series.len() as u64),
                words::bytes(study.bytes())
            ),
        ),
        ("Study UID", study.study_instance_uid.clone()),
    ]
}

fn of_series(series: &Series) -> Facts {
    let frames: u64 = series
        .images
        .iter()
        .map(|image| u64::from(image.frames))
        .sum();
    let images = series.images.len() as u64;
    let content = if frames > images {
        format!(
            "{}, {}",
            words::count(images, "image", "images"),
            words::count(frames, "frame", "frames")
        )
    } else {
        words::count(images, "image", "images")
    };
    vec![
        (
            "Number",
            series
                .number
                .map(|number| number.to_string())
                .unwrap_or_default(),
        ),
        ("Description", series.description.clone()),
        ("Modality", series.modality.clone()),
        ("Body part", series.body_part.clone()),
        (
            "Content",
            format!("{content}, {}", words::bytes(series.bytes())),
        ),
        ("Series UID", series.series_instance_uid.clone()),
    ]
}

/// One-line summary such as "Öberg, Märta · 19510203-1234 · Thorax with contrast".
pub(in crate::ui) fn summary(patient: &Patient, study: &Study) -> String {
    let parts = [
        words::patient_name(&patient.name),
        patient.id.clone(),
        study.description.clone(),
    ];
    let parts = parts.iter().map(|part| part.trim());
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

/// Paints the properties of a study and one of its series.
pub(in crate::ui) fn show(ui: &mut Ui, patient: &Patient, study: &Study, series: &Series) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        facts(ui, &of_study(patient, study), 116.0);
        ui.add_space(measure::BETWEEN);
        ui.horizontal(|ui| {
            ui.add_space(measure::EDGE);
            label(ui, "Series", ink::bold(theme::palette(ui).text));
        });
        ui.add_space(4.0);
        facts(ui, &of_series(series), 116.0);
        ui.add_space(measure::INSIDE);
    });
}

/// Captions and values in lines of 30 points; a dash for an empty value.
pub(in crate::ui) fn facts(ui: &mut Ui, facts: &[(&str, String)], caption: f32) {
    let colours = theme::palette(ui);
    for (name, value) in facts {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 30.0), Sense::hover());
        let left = Rect::from_min_size(
            pos2(rect.left() + measure::EDGE, rect.top()),
            vec2(caption, 30.0),
        );
        in_rect(ui, left, Align2::LEFT_CENTER, name, ink::body(colours.dim));
        let right = Rect::from_min_max(
            pos2(left.right() + 8.0, rect.top()),
            pos2(rect.right() - measure::EDGE, rect.bottom()),
        );
        let (text, ink) = if value.trim().is_empty() {
            ("—", colours.faint)
        } else {
            (value.as_str(), colours.text)
        };
        in_rect(ui, right, Align2::LEFT_CENTER, text, ink::body(ink));
    }
}

//! Columns of a table of orders: headings, widths and cell texts.

use eframe::egui::Align2;
use jiff::civil::Date;

use crate::cloud::model::{Location, Order};
use crate::model::{Column, Model};
use crate::ui::theme::{Ink, Palette, ink};
use crate::words;

/// What cell texts depend on besides the order.
#[derive(Clone, Copy)]
pub(in crate::ui) struct Facts<'a> {
    pub today: Date,
    pub locations: &'a [Location],
}

/// Width of the checkbox column, in points.
pub(in crate::ui) const BOXES: f32 = 38.0;

/// Width of a column.
#[derive(Debug, Clone, Copy)]
pub(in crate::ui) struct Width {
    pub column: Column,
    /// Preferred width, in points.
    pub wanted: f32,
    /// Minimum width, in points.
    pub least: f32,
}

impl Width {
    /// The width set by the user, else the default.
    fn of(model: &Model, column: Column) -> Width {
        let drawn = model.column_width(column);
        Width {
            column,
            wanted: drawn.unwrap_or_else(|| width(column)),
            least: drawn.unwrap_or_else(|| least(column)),
        }
    }

    /// By how many points the column can shrink.
    pub(in crate::ui) fn spare(&self) -> f32 {
        (self.wanted - self.least).max(0.0)
    }
}

/// The visible columns of a search with their widths. In a narrow table, default columns are hidden
/// in the order of [`GIVE_WAY`]; columns chosen or resized by the user are always kept.
pub(in crate::ui) fn of_search(model: &Model, points: f32) -> Vec<Width> {
    let shown = Column::ALL.into_iter();
    let shown: Vec<Column> = shown.filter(|one| model.shows_column(*one)).collect();
    let drawn = shown.iter().any(|one| model.column_width(*one).is_some());
    let chosen = drawn || model.settings.orders_table.hidden.is_some();
    let shown = match chosen {
        true => shown,
        false => that_fit(shown, points),
    };
    shown
        .into_iter()
        .map(|column| Width::of(model, column))
        .collect()
}

/// Columns to hide in a narrow table, the first one first. The details panel shows the same values
/// for the selected order.
const GIVE_WAY: [Column; 5] = [
    Column::Status,
    Column::PatientId,
    Column::Images,
    Column::Modality,
    Column::Performed,
];

/// Hides columns until the others fit into `points` without truncating typical values.
fn that_fit(mut shown: Vec<Column>, points: f32) -> Vec<Column> {
    for column in GIVE_WAY {
        let needed: f32 = shown.iter().copied().map(uncut).sum();
        if BOXES + needed <= points {
            break;
        }
        shown.retain(|one| *one != column);
    }
    shown
}

/// Width in points at which typical values are not truncated.
fn uncut(column: Column) -> f32 {
    match column {
        Column::Description => 150.0,
        column => least(column),
    }
}

/// Columns for a folder's orders that fit into `points`, with their widths.
pub(in crate::ui) fn of_folder(model: &Model, points: f32) -> Vec<Width> {
    let all = [
        (Column::Patient, 0.0),
        (Column::PatientId, 640.0),
        (Column::Modality, 0.0),
        (Column::Description, 0.0),
        (Column::Performed, 0.0),
        (Column::Images, 520.0),
        (Column::Documents, 760.0),
    ];
    let fits = all.into_iter().filter(|(_, least)| points >= *least);
    fits.map(|(column, _)| Width::of(model, column)).collect()
}

/// Heading of a column.
pub(in crate::ui) fn word(column: Column) -> &'static str {
    match column {
        Column::Patient => "Patient",
        Column::PatientId => "Patient ID",
        Column::BirthDate => "Birth date",
        Column::Sex => "Sex",
        Column::Accession => "Accession",
        Column::Modality => "Mod.",
        Column::Description => "Description",
        Column::Performed => "Performed",
        Column::Images => "Images",
        Column::Documents => "Docs",
        Column::Size => "Size",
        Column::Status => "Status",
        Column::Flags => "Flags",
        Column::Location => "Location",
    }
}

/// Full name of a column, for the column picker.
pub(in crate::ui) fn long_word(column: Column) -> &'static str {
    match column {
        Column::Modality => "Modality",
        Column::Documents => "Documents",
        column => word(column),
    }
}

/// Minimum width, in points. Names are not shrunk.
fn least(column: Column) -> f32 {
    match column {
        Column::PatientId => 131.0,
        Column::Modality => 46.0,
        Column::Description => 84.0,
        Column::Performed => 112.0,
        Column::Images => 58.0,
        Column::Status => 80.0,
        column => width(column),
    }
}

/// Default width, in points.
fn width(column: Column) -> f32 {
    match column {
        Column::Patient => 152.0,
        Column::PatientId => 149.0,
        Column::Modality => 55.0,
        Column::Description => 175.0,
        Column::Performed => 118.0,
        Column::Images => 72.0,
        Column::Status => 85.0,
        Column::BirthDate => 106.0,
        Column::Sex => 48.0,
        Column::Accession => 140.0,
        Column::Documents => 62.0,
        Column::Size => 84.0,
        Column::Flags => 130.0,
        Column::Location => 150.0,
    }
}

/// Numbers are right-aligned, everything else left-aligned.
pub(in crate::ui) fn align(column: Column) -> Align2 {
    match column {
        Column::Images | Column::Documents | Column::Size => Align2::RIGHT_CENTER,
        _ => Align2::LEFT_CENTER,
    }
}

/// Text of a cell.
pub(in crate::ui) fn text(column: Column, order: &Order, facts: Facts<'_>) -> String {
    match column {
        Column::Patient => words::person_name(&order.patient_name),
        Column::PatientId => order.patient_id.clone(),
        Column::BirthDate => order
            .birth_date_and_sex()
            .0
            .map(words::date)
            .unwrap_or_default(),
        Column::Sex => order.birth_date_and_sex().1.to_owned(),
        Column::Accession => order.accession_number.clone(),
        Column::Modality => order.order_modality.clone(),
        Column::Description => order.study_description.clone(),
        Column::Performed => match order.performed() {
            Some(at) => words::short_date_time(at, facts.today),
            None => order.performed_datetime.clone(),
        },
        Column::Images => words::number(order.images_count),
        Column::Documents => words::number(order.documents_count),
        Column::Size => words::bytes(order.bytes()),
        Column::Status => order.status_word().to_owned(),
        Column::Flags => flags(order),
        Column::Location => facts
            .locations
            .iter()
            .find(|one| one.institution_uuid == order.institution_uuid)
            .map(|one| one.institution_name.clone())
            .unwrap_or_default(),
    }
}

/// Names of the flags, such as "Urgent, Teaching".
pub(in crate::ui) fn flags(order: &Order) -> String {
    let names: Vec<&str> = order
        .flag_list
        .iter()
        .map(|flag| flag.flag_name.as_str())
        .collect();
    names.join(", ")
}

/// Text style of a column's cells.
pub(in crate::ui) fn ink(column: Column, colours: &Palette) -> Ink {
    match column {
        Column::Patient => ink::bold(colours.text),
        Column::Description | Column::Images | Column::Documents | Column::Size => {
            ink::body(colours.text)
        }
        _ => ink::body(colours.dim),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: [Column; 7] = [
        Column::Patient,
        Column::PatientId,
        Column::Modality,
        Column::Description,
        Column::Performed,
        Column::Images,
        Column::Status,
    ];

    fn gone(points: f32) -> Vec<Column> {
        let fit = that_fit(USUAL.to_vec(), points);
        let gone = USUAL.into_iter().filter(|one| !fit.contains(one));
        gone.collect()
    }

    #[test]
    fn in_a_narrow_table_whole_columns_give_way_and_the_patient_stays() {
        assert!(gone(854.0).is_empty(), "1280 points with the side panel");
        assert_eq!(gone(720.0), [Column::Status]);
        let beside_panel = gone(604.0);
        assert_eq!(beside_panel, [Column::PatientId, Column::Status]);
        let least = that_fit(USUAL.to_vec(), 100.0);
        assert_eq!(least, [Column::Patient, Column::Description]);
    }
}

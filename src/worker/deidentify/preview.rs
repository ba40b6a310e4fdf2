//! Preview of a file before and after de-identification.

use std::io::BufReader;

use crate::dicom::deidentify::attribute_names::Names;
use crate::dicom::deidentify::{Action, Error, Secret, Touched, prepare};
use crate::dicom::media;
use crate::message::{ChangedValue, Preview, PreviewOf};
use crate::transfer::Cleaning;

/// Maximum number of characters shown of a value.
const MOST_SHOWN: usize = 200;

/// De-identifies a file as for sending, and lists the changes.
///
/// # Errors
/// Why the file could not be de-identified.
pub(super) fn of(of: &PreviewOf, secret: Option<&Secret>) -> Result<Preview, String> {
    match clean(of, &of.cleaning, secret) {
        Ok(preview) => Ok(preview),
        Err(Error::Residue(residue)) => {
            // The file will not be sent, but its changes are shown.
            let mut cleaning = (*of.cleaning).clone();
            cleaning.profile.residual_check = false;
            let shown = clean(of, &cleaning, secret).map_err(|error| error.to_string())?;
            Ok(Preview {
                residue: Some(residue.to_string()),
                checked: true,
                ..shown
            })
        }
        Err(error) => Err(error.to_string()),
    }
}

fn clean(of: &PreviewOf, cleaning: &Cleaning, secret: Option<&Secret>) -> Result<Preview, Error> {
    let unreadable = |error: std::io::Error| Error::Unreadable(plain(&error));
    let cleaner = cleaning
        .cleaner(secret, &of.patient_id)
        .ok_or_else(|| Error::Unreadable("its key is not there".to_owned()))?;
    let file = media::open(&of.path).map_err(unreadable)?;
    let size = file.size();
    let outgoing = prepare(&cleaner, &mut BufReader::new(file), size, true)?;
    Ok(Preview {
        changes: changes(&outgoing.cleaned.report.touched),
        pixels: outgoing.pixels,
        risk: outgoing.risk,
        residue: None,
        checked: cleaning.profile.residual_check,
    })
}

fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

fn changes(touched: &[Touched]) -> Vec<ChangedValue> {
    let names = Names::of(touched);
    let mut sorted: Vec<&Touched> = touched.iter().collect();
    sorted.sort_by_key(|one| weight(one));
    let shown = sorted.into_iter().map(|one| ChangedValue {
        name: names.name(&one.path),
        now: short(one.before.as_deref()),
        sent: short(one.after.as_deref()),
        rule: rule(one.action),
        why: one.why.to_string(),
    });
    shown.collect()
}

/// Sort key of a change: the patient's name and identity first, then the order of the file, then UIDs, private
/// attributes and marks.
fn weight(one: &Touched) -> u8 {
    let is_private = one
        .path
        .rsplit('.')
        .next()
        .and_then(|own| u16::from_str_radix(own.get(1..5)?, 16).ok())
        .is_some_and(|group| group % 2 == 1);
    match (one.path.as_str(), one.action) {
        ("(0010,0010)", _) => 0,
        ("(0010,0020)", _) => 1,
        (_, Action::Added) => 6,
        _ if is_private => 5,
        (_, Action::UidReplaced) => 4,
        (path, _) if path.starts_with("(0010,") => 2,
        _ => 3,
    }
}

fn rule(action: Action) -> &'static str {
    match action {
        Action::UidReplaced => "new UID",
        Action::Dummied => "dummy value",
        other => other.name(),
    }
}

/// The text on one line, truncated to [`MOST_SHOWN`] characters.
fn short(text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    let mut letters = text.chars();
    let shown = letters.by_ref().take(MOST_SHOWN);
    let mut shown: String = shown
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    shown
}

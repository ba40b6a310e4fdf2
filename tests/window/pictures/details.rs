//! Pictures of the Details tab.

use std::sync::Arc;

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::rich;
use crate::common::stage::Stage;
use studydrop::dicom::attributes;
use studydrop::dicom::catalogue::Found;
use studydrop::message::{AttributesCommand, AttributesEvent, Command, Event};
use studydrop::model::{Action, AttributesAction, Tab, UploadAction};
use studydrop::settings::Theme;

/// A drop whose files have the stamp of the file that is shown.
fn begin(stage: &mut Stage, stamp: studydrop::dicom::media::Stamp) {
    drawn::sign_in(stage);
    let mut found = [drawn::files(&drawn::THORAX), drawn::files(&drawn::KNEE)].concat();
    for found in &mut found {
        if let Found::Image(header) = found {
            (header.image.size, header.image.modified) = (stamp.size, stamp.modified);
        }
    }
    drawn::drop_folder(stage, found);
    stage.act(Action::Upload(UploadAction::ShowTab(Tab::Details)));
}

fn pages(theme: Theme, size: (u32, u32)) {
    let folder = tempfile::tempdir().unwrap();
    let file = rich::file(folder.path(), "Öberg^Märta");
    let tree = rich::tree(&file);
    let mut stage = Stage::new(theme, size);
    begin(&mut stage, tree.stamp);
    stage.frame(Vec::new(), false);
    let asked = stage.asked();
    let path = asked.into_iter().find_map(|command| match command {
        Command::Attributes(AttributesCommand::Read { path }) => Some(path),
        _ => None,
    });
    let path = path.expect("attributes are asked for");
    stage.apply(Event::Attributes(AttributesEvent::Read {
        path: path.clone(),
        result: Ok(Arc::clone(&tree)),
    }));
    let act = |stage: &mut Stage, act| stage.act(Action::Attributes(act));
    let row = |name: &str| tree.rows.iter().find(|row| row.name() == name).unwrap();
    act(
        &mut stage,
        AttributesAction::Turn(row("Anatomic Region Sequence").key),
    );
    act(&mut stage, AttributesAction::Select(row("Study Date").key));
    stage.save("details-tree", &[]);
    act(&mut stage, AttributesAction::ShowFacts(true));
    stage.save("details-facts", &[]);
    act(&mut stage, AttributesAction::ShowFacts(false));
    act(&mut stage, AttributesAction::Search("code".to_owned()));
    stage.save("details-search", &[]);
    act(&mut stage, AttributesAction::Search(String::new()));
    let comments = row("Patient Comments");
    act(&mut stage, AttributesAction::Open(comments.key));
    let whole = attributes::value(&file, &comments.place, tree.stamp).unwrap();
    stage.apply(Event::Attributes(AttributesEvent::Value {
        path,
        key: comments.key,
        result: Ok(Arc::new(whole)),
    }));
    stage.save("details-value", &[]);
}

#[test]
fn the_details_are_painted_in_the_dark() {
    pages(Theme::Dark, (1280, 800));
}

#[test]
fn the_details_are_painted_in_the_light() {
    pages(Theme::Light, (1280, 800));
}

#[test]
fn the_details_are_painted_at_the_least_size() {
    pages(Theme::Dark, (960, 600));
}

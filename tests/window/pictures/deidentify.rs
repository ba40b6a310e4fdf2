//! Pictures of De-identify.

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::stage::Stage;
use studydrop::dicom::deidentify::{Dates, Rectangle};
use studydrop::message::{AskCleaning, CleaningNews, Command};
use studydrop::model::{Action, DeidentifyAction, Keep, Mode, Tab, UploadAction};
use studydrop::settings::Theme;

fn hide(stage: &mut Stage, act: DeidentifyAction) -> Vec<Command> {
    stage.act(Action::Deidentify(act))
}

fn answer(stage: &mut Stage, risky: &str) {
    for _ in 0..4 {
        stage.frame(Vec::new(), false);
        let asked = stage.asked();
        drawn::answer_pictures(stage, &asked);
        drawn::answer_cleaning(stage, &asked, risky);
    }
}

fn pages(theme: Theme, size: (u32, u32)) {
    let mut stage = Stage::new(theme, size);
    drawn::sign_in(&mut stage);
    drawn::drop_all(&mut stage);
    stage.act(Action::Upload(UploadAction::ShowTab(Tab::Deidentify)));
    stage.save("deid-off", &[]);
    hide(&mut stage, DeidentifyAction::Choose(Mode::Replace));
    hide(&mut stage, DeidentifyAction::Typed(0, "Doe^John".into()));
    hide(&mut stage, DeidentifyAction::Typed(9, "2026-02-30".into()));
    stage.save("deid-replace", &[]);
    stage.act(Action::Upload(UploadAction::ClearDrop));
    drawn::drop_folder(&mut stage, drawn::files(&drawn::THORAX));
    hide(&mut stage, DeidentifyAction::Choose(Mode::Profile));
    hide(&mut stage, DeidentifyAction::Toggle(Keep::Characteristics));
    stage.save("deid", &[]);
    stage.act(Action::Upload(UploadAction::ClearDrop));
    drawn::drop_all(&mut stage);
    stage.act(Action::Upload(UploadAction::ShowTab(Tab::Deidentify)));
    answer(&mut stage, "Thorax with contrast/IM_1");
    hide(&mut stage, DeidentifyAction::SetDates(Dates::Modified));
    answer(&mut stage, "");
    stage.save("deid-risk", &[]);
    table(&mut stage);
    answer(&mut stage, "");
    stage.save("deid-table", &[]);
    let thorax = stage.model().upload.studies().find_map(|study| {
        let is = study.description.starts_with("Thorax");
        is.then(|| study.study_instance_uid.clone())
    });
    stage.act(Action::Upload(UploadAction::SelectStudy(thorax.unwrap())));
    hide(&mut stage, DeidentifyAction::ToggleDrawing);
    let area = |x, y, width, height| {
        DeidentifyAction::Draw(Rectangle {
            x,
            y,
            width,
            height,
        })
    };
    hide(&mut stage, area(0, 0, 512, 40));
    hide(&mut stage, area(330, 420, 150, 60));
    stage.save("deid-areas", &[]);
    hide(&mut stage, DeidentifyAction::ToggleDrawing);
    stage.act(Action::Upload(UploadAction::ShowTab(Tab::Deidentify)));
    hide(&mut stage, DeidentifyAction::ForgetTable);
    answer(&mut stage, "");
    let mut preview = drawn::preview();
    preview.residue = Some("A patient ID of the original still stands in ImageComments: remove or replace that attribute.".into());
    hide(&mut stage, DeidentifyAction::SetDates(Dates::Full));
    stage.frame(Vec::new(), false);
    for command in stage.asked() {
        if let Command::Deidentify(ask) = command
            && let AskCleaning::Preview(of) = *ask
        {
            let result = Ok(preview.clone().into());
            drawn::tell(
                &mut stage,
                CleaningNews::Preview {
                    ask: of.ask,
                    result,
                },
            );
        }
    }
    stage.save("deid-residue", &[]);
}

/// A table that knows the patient of the knee alone.
fn table(stage: &mut Stage) {
    let asked = hide(stage, DeidentifyAction::ChooseTable);
    for command in asked {
        if let Command::Deidentify(ask) = command
            && let AskCleaning::Table { patients, .. } = *ask
        {
            drawn::answer_table(stage, &patients, "P-00817", false);
        }
    }
}

#[test]
fn de_identify_is_painted_in_the_dark_at_full_size() {
    pages(Theme::Dark, (1280, 800));
}

#[test]
fn de_identify_is_painted_in_the_light_at_full_size() {
    pages(Theme::Light, (1280, 800));
}

#[test]
fn de_identify_is_painted_at_its_least_size() {
    pages(Theme::Dark, (960, 600));
    pages(Theme::Light, (960, 600));
}

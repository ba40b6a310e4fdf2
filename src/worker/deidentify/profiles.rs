//! Listing, saving, removing, importing and exporting of the user's own profiles.

use std::path::PathBuf;

use super::{Deidentify, blocking};
use crate::dicom::deidentify::Profile;
use crate::dicom::deidentify::profile_store::{Shelf, ShelfError};
use crate::message::{AskCleaning, CleaningNews, Failure, Kept, OwnProfile};
use crate::worker::save_dialog::Dialog;

/// Answers a request about profiles.
pub(super) async fn answer(desk: &Deidentify, ask: AskCleaning) {
    let shelf = Shelf::in_folder(desk.data.join("profiles"));
    let lister = shelf.clone();
    let (kept, result) = match ask {
        AskCleaning::Save(profile) => {
            let save = move || shelf.save(&profile).map(|()| Some(profile.name.clone()));
            (Kept::Saved, worded(blocking(save).await))
        }
        AskCleaning::Remove(name) => {
            let remove = move || shelf.remove(&name).map(|()| Some(name));
            (Kept::Removed, worded(blocking(remove).await))
        }
        AskCleaning::Import(path) => (Kept::Imported, import(shelf, path).await),
        AskCleaning::Export { profile, to } => {
            let result = export(*profile, to).await;
            return desk.say(CleaningNews::Kept(Kept::Exported, result)).await;
        }
        _ => return desk.say(list(lister).await).await,
    };
    // The list is sent first, so that it contains the saved profile when its name arrives.
    desk.say(list(lister).await).await;
    desk.say(CleaningNews::Kept(kept, result)).await;
}

fn worded<T>(result: Result<Result<T, ShelfError>, Failure>) -> Result<T, Failure> {
    result?.map_err(|error| Failure {
        what: error.to_string(),
        remedy: String::new(),
    })
}

async fn list(shelf: Shelf) -> CleaningNews {
    let listed = blocking(move || {
        let names = shelf.names()?;
        let load = |name: String| {
            let profile = shelf.load(&name).map_err(|error| error.to_string());
            OwnProfile { name, profile }
        };
        Ok(names.into_iter().map(load).collect())
    });
    CleaningNews::Profiles(worded(listed.await))
}

async fn import(shelf: Shelf, path: Option<PathBuf>) -> Result<Option<String>, Failure> {
    let path = match path {
        Some(path) => path,
        None => {
            let dialog = rfd::AsyncFileDialog::new()
                .set_title("Choose a profile")
                .add_filter("TOML", &["toml"]);
            match dialog.pick_file().await {
                Some(file) => file.path().to_owned(),
                None => return Ok(None),
            }
        }
    };
    let import = move || shelf.import(&path).map(|profile| Some(profile.name));
    worded(blocking(import).await)
}

async fn export(profile: Profile, to: Option<PathBuf>) -> Result<Option<String>, Failure> {
    const DIALOG: Dialog = Dialog {
        title: "Export a profile",
        kind: "TOML",
        ending: "toml",
        what: "The profile was not exported",
    };
    let name = format!("{}.toml", profile.name);
    let make = move || {
        let text = profile.to_toml().map_err(|error| Failure {
            what: error.to_string(),
            remedy: String::new(),
        });
        text.map(String::into_bytes)
    };
    let saved = DIALOG.save(to, name, make).await?;
    Ok(saved.map(|path| path.to_string_lossy().into_owned()))
}

//! What a person can do, and what comes of it.

use std::path::PathBuf;

use uuid::Uuid;

use super::{
    AttributesAction, DeidentifyAction, FoldersAction, LogAction, Model, OrdersAction, Page,
    SettingsAction, ShareAction, TransfersAction, UploadAction, ViewerAction,
};
use crate::message::{Change, Command, View};
use crate::settings::Theme;

/// What a person did. Panels return it, [`Model::act`] executes it.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// On the sign-in page.
    SignIn(SignInAction),
    /// Around the pages: rail, top bar, messages, closing the window.
    Shell(ShellAction),
    /// On the Upload page.
    Upload(UploadAction),
    /// On the De-identify tab.
    Deidentify(DeidentifyAction),
    /// On the Details tab.
    Attributes(AttributesAction),
    /// With a picture.
    Viewer(ViewerAction),
    /// On the Orders page.
    Orders(OrdersAction),
    /// On the Folders page and in its dialogs.
    Folders(FoldersAction),
    /// In the Share dialog.
    Share(ShareAction),
    /// On the Transfers page.
    Transfers(TransfersAction),
    /// On the Log page.
    Log(LogAction),
    /// In the settings dialog.
    Settings(SettingsAction),
    /// Changes orders or folders; any page may ask.
    Change(Change),
    /// Asks for an address to open in the browser; any page may ask.
    View(View),
    /// Pictures are on the screen.
    See {
        /// Thumbnails: file and frame.
        thumbs: Vec<(PathBuf, u32)>,
        /// The longer side of the large picture in physical pixels, where there is one.
        side: Option<u32>,
    },
}

/// What a person did on the sign-in page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each is named after what the person did; the fields say to what"
)]
pub enum SignInAction {
    Submit,
    Cancel,
    OpenPractice,
    ToggleKeyShown,
    ToggleRemember,
    ToggleAdvanced,
}

/// What a person did around the pages.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(
    missing_docs,
    reason = "each is named after what the person did; the fields say to what"
)]
pub enum ShellAction {
    Go(Page),
    PickLocation(Uuid),
    PickUser(Uuid),
    SetTheme(Theme),
    SetScale(f32),
    AskSignOut { forget: bool },
    SignOut { forget: bool },
    AskClose,
    Quit,
    CloseDialog,
    CloseToast(u64),
    Undo(u64),
}

impl Model {
    /// Does what a person asked for; what the worker is to do about it.
    #[must_use]
    pub fn act(&mut self, action: Action) -> Vec<Command> {
        let mut commands = self.execute(action);
        // What is looked at may have changed.
        commands.extend(self.due_pictures());
        commands
    }

    fn execute(&mut self, action: Action) -> Vec<Command> {
        match action {
            Action::SignIn(action) => self.act_sign_in(action),
            Action::Shell(action) => self.act_shell(action),
            Action::Upload(action) => self.act_upload(action),
            Action::Deidentify(action) => self.act_deidentify(action),
            Action::Attributes(action) => self.act_attributes(action),
            Action::See { thumbs, side } => {
                self.pictures.see(thumbs);
                self.viewer.side = side.unwrap_or(self.viewer.side);
                Vec::new()
            }
            Action::Viewer(action) => {
                self.act_viewer(action);
                Vec::new()
            }
            Action::Orders(action) => self.act_orders(&action),
            Action::Folders(action) => self.act_folders(action),
            Action::Share(action) => self.act_share(&action),
            Action::Transfers(action) => self.act_transfers(action),
            Action::Log(action) => self.act_log(action),
            Action::Settings(action) => self.act_settings(action),
            Action::Change(change) => self.change(change),
            Action::View(view) => self.view(view),
        }
    }
}

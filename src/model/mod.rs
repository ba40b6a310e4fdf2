//! Everything the window shows, without a window and without a runtime: [`Model::act`] takes what a person did,
//! [`Model::apply`] what the worker says, and both return what the worker is to do next.

mod action;
mod attributes;
mod deidentify;
mod event;
mod folders;
mod log;
mod orders;
mod remote;
mod selection;
mod share;
pub mod shell;
mod transfers;
mod upload;
mod viewer;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::DateTime;
use uuid::Uuid;

use crate::cloud::Link;
use crate::cloud::model::{Account, Location, User};
use crate::message::{Command, Directory, JobId, Share, Workspace};
use crate::settings::Settings;

pub use crate::logbook::Entry;
pub use action::{Action, ShellAction, SignInAction};
pub use attributes::update::AttributesAction;
pub use attributes::{Attributes, OpenedValue};
pub use deidentify::burned_in::{Looks, Risky};
pub use deidentify::cleaning::profile_title;
pub use deidentify::several::Several;
pub use deidentify::update::DeidentifyAction;
pub use deidentify::{
    Deidentify, Keep, Mode, PathFor, PathForm, ShownPreview, Table as Pseudonyms,
};
pub use folders::update::{FolderForm, FolderKind, FoldersAction};
pub use folders::{FolderSearch, Folders, Node};
pub use log::{LogAction, LogLink, LogPage};
pub use orders::changes::Changes;
pub use orders::dialog::{Choice, OrderAsk, OrderDialog};
pub use orders::documents::{Document, DocumentState, Documents, Sending};
pub use orders::filter::{DateChoice, Form, MODALITIES, parse_day, wrong_days};
pub use orders::new_order::{NewOrderForm, OrderField};
pub use orders::sort::{Column, Sort};
pub use orders::table::{Common, Table};
pub use orders::update::{OrdersAction, WIDTHS};
pub use orders::{OrderTab, Orders};
pub use remote::Remote;
pub use selection::{Select, Selection, Touch};
pub use share::result::{Card, Copied, Qr};
pub use share::{Expiry, ShareAction, ShareForm, ShareState, ShareTab, ShareTarget, Wrong};
pub use shell::directory::OrderDetails;
pub use shell::settings::{SettingsAction, SettingsForm};
pub use shell::sign_in::{KeyState, SignIn, State as SignInState};
pub use shell::toasts::{Toast, Toasts, Tone};
pub use transfers::Transfers;
pub use transfers::receipt::ReceiptForm;
pub use transfers::row::{FEW, Listed, Row};
pub use transfers::update::TransfersAction;
pub use upload::archive_password::{ArchivePasswordAction, UnlockForm};
pub use upload::local_studies::Sent;
pub use upload::order_matches::{Matches, adopting};
pub use upload::removal::{Removal, Removed};
pub use upload::update::UploadAction;
pub use upload::{FolderChoice, Scan, Tab, Upload, Warning, middle};
pub use viewer::picture_cache::{BIG, PictureKey, Pictures, Shown, THUMB};
pub use viewer::update::{RATES, ViewerAction, WHOLE_RANGE};
pub use viewer::window_presets::{Preset, presets};
pub use viewer::{Axis, Front, Stack, Subject, Viewer, ZOOMS, standing_frame};

/// The pages of the rail, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Dropping, looking, sending.
    Upload,
    /// Searching orders.
    Orders,
    /// The account's folders.
    Folders,
    /// What is being sent.
    Transfers,
    /// What this program did.
    Log,
}

impl Page {
    /// All of them.
    pub const ALL: [Page; 5] = [
        Page::Upload,
        Page::Orders,
        Page::Folders,
        Page::Transfers,
        Page::Log,
    ];
}

/// The time of a frame. The model never asks for it by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Since the window opened; never goes back.
    pub running: Duration,
    /// On the wall.
    pub clock: DateTime,
}

/// Signed in, and as whom.
#[derive(Debug, Clone)]
pub struct Session {
    /// The account.
    pub account: Arc<Account>,
    /// In the cloud, or for practice.
    pub workspace: Workspace,
    /// Who works.
    pub user: Uuid,
    /// Where studies go; `None` where the user has no location.
    pub location: Option<Uuid>,
    /// The connection light.
    pub link: Link,
}

impl Session {
    /// Who works.
    pub fn user(&self) -> Option<&User> {
        self.account
            .user_list
            .iter()
            .find(|user| user.user_uuid == self.user)
    }

    /// The locations to choose from.
    pub fn locations(&self) -> &[Location] {
        self.user().map_or(&[], |user| &user.institution_list)
    }

    /// Where studies go.
    pub fn location(&self) -> Option<&Location> {
        let picked = self.location?;
        self.locations()
            .iter()
            .find(|location| location.institution_uuid == picked)
    }
}

/// A question in the middle of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    /// Signing out stops what runs.
    SignOut {
        /// Whether the keys are to be removed from the keychain.
        forget: bool,
        /// What is under way.
        open: Unfinished,
    },
    /// Something about the selected orders.
    Orders(OrderDialog),
    /// The form of a new order.
    NewOrder,
    /// Closing the window stops what runs.
    Close(Unfinished),
}

/// What is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfinished {
    /// Studies that are not sent yet.
    pub studies: usize,
    /// Whether they go on at the next start: they are written down.
    pub kept: bool,
    /// Documents and changes.
    pub others: usize,
}

/// Everything the window shows.
#[derive(Debug)]
pub struct Model {
    /// What the user has chosen.
    pub settings: Settings,
    /// The time of this frame.
    pub now: Now,
    /// The page in front.
    pub page: Page,
    /// `None` while signed out.
    pub session: Option<Session>,
    /// The sign-in page.
    pub sign_in: SignIn,
    /// The Upload page.
    pub upload: Upload,
    /// The attributes of the image that is shown.
    pub attributes: Attributes,
    /// What of the patients leaves this computer.
    pub deidentify: Deidentify,
    /// The Transfers page.
    pub transfers: Transfers,
    /// The Orders page.
    pub orders: Orders,
    /// The Folders page, and the folder pickers.
    pub folders: Folders,
    /// Users, groups, contacts, equipment, flags.
    pub directory: Remote<Arc<Directory>>,
    /// Everything about the order at the right of the Orders page.
    pub details: OrderDetails,
    /// A Share dialog that was closed while the account was asked.
    closed_share: Option<Box<ShareForm>>,
    /// Changes to orders and folders that are under way or can be taken back.
    pub changes: Changes,
    /// An address that the window is to open in the browser.
    pub open_address: Option<String>,
    /// A text that the window is to put into the clipboard.
    pub copy_text: Option<String>,
    /// What was done, oldest first.
    pub log: Vec<Entry>,
    /// The Log page.
    pub log_page: LogPage,
    /// The dialog that saves a receipt, while it is open.
    pub receipt: Option<ReceiptForm>,
    /// The settings dialog, while it is open.
    pub settings_form: Option<SettingsForm>,
    /// The Share dialog, while it is open.
    pub share: Option<Box<ShareForm>>,
    /// Messages at the lower right.
    pub toasts: Toasts,
    /// Pictures of files.
    pub pictures: Pictures,
    /// What is looked at, and how.
    pub viewer: Viewer,
    /// Studies that were sent.
    pub sent: Sent,
    /// The question that waits for an answer.
    pub dialog: Option<Dialog>,
    /// Whether the window is to close.
    pub quit: bool,
    /// What the account is asked to share.
    sharing: BTreeMap<JobId, Share>,
    jobs: u64,
}

impl Model {
    /// Signed out, with these settings.
    pub fn new(settings: Settings, now: Now) -> Self {
        let mut transfers = Transfers::default();
        transfers.begin_day(now.clock.date());
        Model {
            sign_in: SignIn::new(&settings),
            deidentify: Deidentify::new(&settings),
            settings,
            now,
            page: Page::Upload,
            session: None,
            upload: Upload::default(),
            attributes: Attributes::default(),
            transfers,
            orders: Orders::default(),
            folders: Folders::default(),
            directory: Remote::NotAsked,
            details: OrderDetails::default(),
            closed_share: None,
            changes: Changes::default(),
            open_address: None,
            copy_text: None,
            log: Vec::new(),
            log_page: LogPage::default(),
            receipt: None,
            settings_form: None,
            share: None,
            toasts: Toasts::default(),
            pictures: Pictures::default(),
            viewer: Viewer::default(),
            sent: Sent::default(),
            dialog: None,
            quit: false,
            sharing: BTreeMap::new(),
            jobs: 0,
        }
    }

    /// Time goes on: messages go away, a search that waited for more typing starts.
    #[must_use]
    pub fn tick(&mut self, now: Now) -> Vec<Command> {
        self.now = now;
        self.transfers.begin_day(now.clock.date());
        self.toasts.expire(now.running);
        self.play();
        let mut commands = self.due_cleaning();
        commands.extend(self.due_attributes());
        commands.extend(match self.orders.due {
            Some(due) if due <= now.running => self.search(),
            _ => self.due_matches(),
        });
        commands.extend(self.due_pictures());
        commands
    }

    /// How long nothing changes by itself; `None` for ever.
    pub fn next_change(&self) -> Option<Duration> {
        let due = self
            .orders
            .due
            .map(|due| due.saturating_sub(self.now.running));
        let toast = self
            .toasts
            .next_end()
            .map(|end| end.saturating_sub(self.now.running));
        let look = self
            .upload
            .matches
            .due
            .map(|due| due.saturating_sub(self.now.running));
        let play = self.play_due();
        let play = play.map(|due| due.saturating_sub(self.now.running));
        [due, toast, look, play].into_iter().flatten().min()
    }

    fn next_job(&mut self) -> JobId {
        self.jobs += 1;
        JobId(self.jobs)
    }

    /// Whether a dialog is open: then the page below it takes no keys.
    pub fn has_dialog(&self) -> bool {
        self.viewer.dialog.is_some() || self.is_asking()
    }

    /// Whether a dialog with a question or a form is open: no picture below it takes keys.
    pub fn is_asking(&self) -> bool {
        self.dialog.is_some()
            || self.share.is_some()
            || self.receipt.is_some()
            || self.settings_form.is_some()
            || self.upload.unlock.is_some()
            || self.attributes.value.is_some()
            || self.folders.form.is_some()
    }

    /// Says it at the lower right; failures also in the log.
    fn toast(&mut self, tone: Tone, title: impl Into<String>, text: impl Into<String>) {
        self.toasts
            .add(tone, title.into(), text.into(), self.now.running);
    }
}

#[cfg(test)]
#[allow(
    dead_code,
    unused_imports,
    reason = "the tests of the whole window take this in too, and more of it"
)]
pub(crate) mod testing;

#[cfg(test)]
mod tests;

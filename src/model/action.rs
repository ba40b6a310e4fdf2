//! What a person can do, and what comes of it.

use std::path::PathBuf;

use uuid::Uuid;

use super::{
    AttributesAct, Column, DateChoice, DeidentifyAct, Dialog, FolderChoice, FoldersAct, LogAct,
    Model, OrdersAct, Page, Remote, Removal, SettingsAct, ShareAct, ShareTarget, Tab, Tone,
    TransfersAct, Unfinished, UnlockAct, ViewerAct,
};
use crate::dicom::media::ArchivePassword;
use crate::message::{Change, Command, JobId, Journal, Pick, View};
use crate::settings::Theme;

/// What a person did. Panels return it, [`Model::act`] executes it.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "each is named after what the person did; the fields say to what"
)]
pub enum Action {
    SignIn,
    CancelSignIn,
    OpenPractice,
    ToggleKeyShown,
    ToggleRemember,
    ToggleAdvanced,
    Go(Page),
    PickLocation(Uuid),
    PickUser(Uuid),
    SetTheme(Theme),
    SetScale(f32),
    AskSignOut {
        forget: bool,
    },
    SignOut {
        forget: bool,
    },
    AskClose,
    Quit,
    CloseDialog,
    Pick(Pick),
    Dropped(Vec<PathBuf>),
    OpenTypedPath,
    TrySample,
    CancelScan,
    Unlock {
        archive: PathBuf,
        password: ArchivePassword,
    },
    Archives(UnlockAct),
    ClearDrop,
    CheckStudies {
        studies: Vec<String>,
        on: bool,
    },
    SelectStudy(String),
    SelectSeries(String),
    StepImage(i32),
    ShowTab(Tab),
    KeepBoth,
    KeepConflict(String),
    ShowSeries {
        study: String,
        series: String,
    },
    Remove(Removal),
    KeepDiscs,
    ShowSkipped(bool),
    PickFolder(Option<FolderChoice>),
    ChooseOrder {
        study: String,
        order: Option<Uuid>,
    },
    Deidentify(DeidentifyAct),
    Attributes(AttributesAct),
    Upload,
    CancelTransfer(JobId),
    Retry(JobId),
    ClearFinished,
    ShowOrder(JobId),
    Transfers(TransfersAct),
    Settings(SettingsAct),
    FilterTyped,
    Search,
    ToggleModality(&'static str),
    AllModalities,
    SetDates(DateChoice),
    ToggleMore,
    SetAllLocations(bool),
    SortOrders(Column),
    SelectOrder(Uuid),
    CloseOrder,
    ShowFolderInOrders(Uuid),
    Orders(OrdersAct),
    OpenShare(ShareTarget),
    OpenFolder {
        folder: Uuid,
        open: bool,
    },
    SelectFolder(Uuid),
    ReloadFolders,
    CloseToast(u64),
    Undo(u64),
    Change(Change),
    View(View),
    Share(ShareAct),
    Folders(FoldersAct),
    Log(LogAct),
    Viewer(ViewerAct),
    See {
        thumbs: Vec<(PathBuf, u32)>,
        side: Option<u32>,
    },
}

/// The least and the most that text is scaled by.
const SCALES: (f32, f32) = (0.8, 2.0);

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
            Action::SignIn
            | Action::CancelSignIn
            | Action::OpenPractice
            | Action::ToggleKeyShown
            | Action::ToggleRemember
            | Action::ToggleAdvanced => self.act_sign_in(&action),
            Action::Go(page) => self.go(page),
            Action::PickLocation(location) => self.pick_location(location),
            Action::PickUser(user) => self.pick_user(user),
            Action::SetTheme(_) | Action::SetScale(_) => self.set_look(&action),
            Action::AskSignOut { forget } => self.ask_sign_out(forget),
            Action::SignOut { forget } => self.sign_out(forget),
            Action::AskClose | Action::Quit | Action::CloseDialog => {
                self.answer(&action);
                Vec::new()
            }
            Action::CloseToast(id) => {
                self.toasts.close(id);
                Vec::new()
            }
            Action::Undo(id) if self.put_back(id) => self.scan_orphans(),
            Action::Undo(id) => self.undo(id),
            Action::Change(change) => self.change(change),
            Action::View(view) => self.view(view),
            Action::OpenShare(target) => self.open_share(target),
            Action::Share(act) => self.act_share(&act),
            Action::Archives(act) => self.act_unlock(act),
            Action::Folders(act) => self.act_folders(act),
            Action::Deidentify(act) => self.act_deidentify(act),
            Action::Log(act) => self.act_log(act),
            Action::See { .. } => self.see(action),
            Action::Viewer(act) => {
                self.act_viewer(act);
                Vec::new()
            }
            Action::CancelTransfer(_)
            | Action::Retry(_)
            | Action::Transfers(_)
            | Action::ClearFinished
            | Action::ShowOrder(_) => self.act_transfers(&action),
            Action::Settings(act) => self.act_settings(act),
            Action::FilterTyped
            | Action::Search
            | Action::ToggleModality(_)
            | Action::AllModalities
            | Action::SetDates(_)
            | Action::ToggleMore
            | Action::SetAllLocations(_)
            | Action::SortOrders(_)
            | Action::SelectOrder(_)
            | Action::CloseOrder => self.act_orders(&action),
            Action::Orders(act) => self.act_on_orders(&act),
            Action::Attributes(act) => self.act_attributes(act),
            Action::Dropped(paths) => self.dropped(paths),
            Action::ShowFolderInOrders(folder) => self.show_in_orders(folder),
            Action::OpenFolder { folder, open } => self.open_folder(folder, open),
            Action::SelectFolder(folder) => self.select_folder(folder),
            Action::ReloadFolders => self.reload_folders_by_hand(),
            upload => self.act_upload(upload),
        }
    }

    /// Files go to the order in front, else they are studies.
    fn dropped(&mut self, paths: Vec<PathBuf>) -> Vec<Command> {
        let order = match self.page {
            Page::Orders => self.orders.selected().map(|order| order.place()),
            _ => None,
        };
        match order {
            Some(order) => self.send_documents(order, &paths),
            None => self.act_upload(Action::Dropped(paths)),
        }
    }

    fn set_look(&mut self, action: &Action) -> Vec<Command> {
        match action {
            Action::SetTheme(theme) => self.settings.theme = *theme,
            Action::SetScale(scale) => {
                self.settings.text_scale = scale.clamp(SCALES.0, SCALES.1);
            }
            _ => {}
        }
        self.save()
    }

    /// Asks once where something runs.
    fn ask_sign_out(&mut self, forget: bool) -> Vec<Command> {
        match self.under_way() {
            None => return self.sign_out(forget),
            Some(open) => self.dialog = Some(Dialog::SignOut { forget, open }),
        }
        Vec::new()
    }

    fn answer(&mut self, action: &Action) {
        let asked = self.dialog.take();
        match (action, self.under_way()) {
            (Action::AskClose, Some(open)) => {
                // Who closes the window again has read the question: it is asked once where nothing is lost.
                let again = matches!(asked, Some(Dialog::Close(_)));
                self.quit = again && open.kept && open.others == 0;
                self.dialog = (!self.quit).then_some(Dialog::Close(open));
            }
            (Action::AskClose | Action::Quit, _) => self.quit = true,
            _ => {}
        }
    }

    /// Transfers, documents and changes that are under way.
    fn under_way(&self) -> Option<Unfinished> {
        let open = Unfinished {
            studies: self.transfers.unfinished(),
            kept: self.transfers.journal == Journal::Kept,
            others: self.orders.documents.running() + self.changes.running(),
        };
        (open.studies + open.others > 0).then_some(open)
    }

    fn save(&self) -> Vec<Command> {
        vec![Command::SaveSettings(self.settings.clone())]
    }

    fn go(&mut self, page: Page) -> Vec<Command> {
        if self.session.is_none() {
            return Vec::new();
        }
        self.page = page;
        match page {
            Page::Orders
                if self.orders.outdated || matches!(self.orders.found, Remote::NotAsked) =>
            {
                self.search()
            }
            Page::Folders => self.reload_folders(),
            _ => Vec::new(),
        }
    }

    fn pick_location(&mut self, location: Uuid) -> Vec<Command> {
        let Some(session) = &mut self.session else {
            return Vec::new();
        };
        session.location = Some(location);
        self.settings.location = Some(location);
        self.look_for_orders();
        let mut commands = self.save();
        commands.extend(self.start_orders_again());
        commands
    }

    fn pick_user(&mut self, user: Uuid) -> Vec<Command> {
        let Some(session) = &mut self.session else {
            return Vec::new();
        };
        session.user = user;
        let picked = session.location;
        let locations = session.locations();
        session.location = locations
            .iter()
            .find(|location| Some(location.institution_uuid) == picked)
            .or(locations.first())
            .map(|location| location.institution_uuid);
        self.settings.user = Some(user);
        self.settings.location = session.location;
        // What the other user sees is another user's: nothing of it stays on the screen.
        self.share = None;
        self.closed_share = None;
        self.dialog = None;
        self.folders = super::Folders::default();
        self.orders.forget();
        self.details = super::OrderDetails::default();
        self.directory = Remote::NotAsked;
        self.changes = super::Changes::default();
        self.toasts = super::Toasts::default();
        self.upload.folder = None;
        self.upload.matches = super::Matches::default();
        self.look_for_orders();
        let mut commands = self.save();
        commands.extend(self.load_directory());
        commands.extend(self.start_orders_again());
        if self.page == Page::Folders {
            commands.extend(self.load_root());
        }
        commands
    }

    fn start_orders_again(&mut self) -> Vec<Command> {
        self.orders.selection.clear();
        self.orders.look_at_selection();
        self.orders.void_search();
        if self.page == Page::Orders {
            self.search()
        } else {
            Vec::new()
        }
    }

    fn sign_out(&mut self, forget: bool) -> Vec<Command> {
        self.dialog = None;
        if self.session.take().is_none() {
            return Vec::new();
        }
        self.note(Tone::Plain, "Signed out", "");
        // The next account sees nothing of this one's patients.
        self.toasts = super::Toasts::default();
        for entry in &mut self.log {
            entry.whom.clear();
        }
        self.upload = super::Upload::default();
        self.attributes = super::Attributes::default();
        let own = std::mem::take(&mut self.deidentify.own);
        self.deidentify = super::Deidentify::new(&self.settings);
        self.deidentify.listed(own);
        let journal = self.transfers.journal.clone();
        self.transfers = super::Transfers::default();
        self.transfers.journal = journal;
        self.transfers.begin_day(self.now.clock.date());
        self.receipt = None;
        self.settings_form = None;
        self.orders = super::Orders::default();
        self.folders = super::Folders::default();
        self.details = super::OrderDetails::default();
        self.directory = Remote::NotAsked;
        self.changes = super::Changes::default();
        self.share = None;
        self.closed_share = None;
        self.sharing.clear();
        self.pictures = super::Pictures::default();
        self.viewer = super::Viewer::default();
        self.sent = super::Sent::default();
        self.sign_in = super::SignIn::new(&self.settings);
        self.page = Page::Upload;
        let mut commands = vec![Command::SignOut { forget }];
        if !forget {
            commands.push(Command::RecallKeys);
        }
        commands
    }
}

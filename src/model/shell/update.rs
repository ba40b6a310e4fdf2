//! What a person does around the pages: the rail, the top bar, messages, signing out, closing the window.

use uuid::Uuid;

use crate::message::{Command, Journal, SessionCommand};
use crate::model::{Dialog, Model, Page, Remote, ShellAction, Tone, Unfinished};

/// The least and the most that text is scaled by.
const SCALES: (f32, f32) = (0.8, 2.0);

impl Model {
    pub(in crate::model) fn act_shell(&mut self, action: ShellAction) -> Vec<Command> {
        match action {
            ShellAction::Go(page) => return self.go(page),
            ShellAction::PickLocation(location) => return self.pick_location(location),
            ShellAction::PickUser(user) => return self.pick_user(user),
            ShellAction::SetTheme(theme) => {
                self.settings.theme = theme;
                return self.save();
            }
            ShellAction::SetScale(scale) => {
                self.settings.text_scale = scale.clamp(SCALES.0, SCALES.1);
                return self.save();
            }
            ShellAction::AskSignOut { forget } => return self.ask_sign_out(forget),
            ShellAction::SignOut { forget } => return self.sign_out(forget),
            ShellAction::AskClose => self.ask_close(),
            ShellAction::Quit => {
                self.dialog = None;
                self.quit = true;
            }
            ShellAction::CloseDialog => self.dialog = None,
            ShellAction::CloseToast(id) => self.toasts.close(id),
            ShellAction::Undo(id) if self.put_back(id) => return self.scan_orphans(),
            ShellAction::Undo(id) => return self.undo(id),
        }
        Vec::new()
    }

    /// Asks once where something runs.
    fn ask_sign_out(&mut self, forget: bool) -> Vec<Command> {
        match self.under_way() {
            None => return self.sign_out(forget),
            Some(open) => self.dialog = Some(Dialog::SignOut { forget, open }),
        }
        Vec::new()
    }

    /// Closing the window is asked about once while something runs; who closes it again has read the question, and nothing is
    /// lost where the journal keeps it.
    fn ask_close(&mut self) {
        let asked = self.dialog.take();
        match self.under_way() {
            Some(open) => {
                let again = matches!(asked, Some(Dialog::Close(_)));
                self.quit = again && open.kept && open.others == 0;
                self.dialog = (!self.quit).then_some(Dialog::Close(open));
            }
            None => self.quit = true,
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
        vec![Command::Session(SessionCommand::SaveSettings(
            self.settings.clone(),
        ))]
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
            Page::Orders | Page::Upload | Page::Transfers | Page::Log => Vec::new(),
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
        self.folders = crate::model::Folders::default();
        self.orders.forget();
        self.details = crate::model::OrderDetails::default();
        self.directory = Remote::NotAsked;
        self.changes = crate::model::Changes::default();
        self.toasts = crate::model::Toasts::default();
        self.upload.folder = None;
        self.upload.matches = crate::model::Matches::default();
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
        self.toasts = crate::model::Toasts::default();
        for entry in &mut self.log {
            entry.whom.clear();
        }
        self.upload = crate::model::Upload::default();
        self.attributes = crate::model::Attributes::default();
        let own = std::mem::take(&mut self.deidentify.own);
        self.deidentify = crate::model::Deidentify::new(&self.settings);
        self.deidentify.listed(own);
        let journal = self.transfers.journal.clone();
        self.transfers = crate::model::Transfers::default();
        self.transfers.journal = journal;
        self.transfers.begin_day(self.now.clock.date());
        self.receipt = None;
        self.settings_form = None;
        self.orders = crate::model::Orders::default();
        self.folders = crate::model::Folders::default();
        self.details = crate::model::OrderDetails::default();
        self.directory = Remote::NotAsked;
        self.changes = crate::model::Changes::default();
        self.share = None;
        self.closed_share = None;
        self.sharing.clear();
        self.pictures = crate::model::Pictures::default();
        self.viewer = crate::model::Viewer::default();
        self.sent = crate::model::Sent::default();
        self.sign_in = crate::model::SignIn::new(&self.settings);
        self.page = Page::Upload;
        let mut commands = vec![Command::Session(SessionCommand::SignOut { forget })];
        if !forget {
            commands.push(Command::Session(SessionCommand::RecallKeys));
        }
        commands
    }
}

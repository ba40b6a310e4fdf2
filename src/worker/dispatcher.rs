//! Receives commands and starts each as a separate task; nothing blocks here.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::attributes::Attributes;
use super::deidentify::Deidentify;
use super::event_sender::EventSender;
use super::pictures::Pictures;
use super::scans::{self, ScanHandle};
use super::session::{self, Session, SignIn};
use super::transfers::{Sending, Transfers};
use super::{account, documents, log_writer};
use crate::cloud::{Client, Keys, Link, model::OrderQuery};
use crate::dicom::catalogue::Known;
use crate::dicom::media::{self, ArchivePassword};
use crate::dicom::sample;
use crate::keychain;
use crate::message::{
    AccountCommand, AskCleaning, AttributesCommand, Command, Event, Failure, FilesCommand,
    FilesEvent, FoldersCommand, FoldersEvent, JobId, LogCommand, OrdersCommand, OrdersEvent, Pick,
    SessionCommand, SessionEvent,
};
use crate::settings::Settings;

/// The worker's state, on one task.
pub(super) struct Dispatcher {
    data: PathBuf,
    out: EventSender,
    pictures: Pictures,
    attributes: Attributes,
    deidentify: Deidentify,
    signed_in: mpsc::Sender<Session>,
    new_sessions: mpsc::Receiver<Session>,
    signing_in: Option<AbortOnDropHandle<()>>,
    session: Option<Working>,
    scans: HashMap<JobId, ScanHandle>,
    search: Option<(JobId, AbortOnDropHandle<()>)>,
    dialog: Option<AbortOnDropHandle<()>>,
    documents: HashMap<JobId, AbortOnDropHandle<()>>,
    /// Completes when the change requested last has been made.
    change_before: Option<oneshot::Receiver<()>>,
    notes: log_writer::Notes,
    transfers: Transfers,
}

/// What orders are searched by.
enum Search {
    By(OrderQuery),
    InFolder(Uuid),
}

/// Tasks that run while signed in. Dropping it cancels them.
struct Working {
    session: Session,
    sending: Sending,
    _link: AbortOnDropHandle<()>,
}

impl Dispatcher {
    pub(super) fn new(data: PathBuf, out: EventSender) -> Self {
        // One place suffices: there is one signing-in at a time.
        let (signed_in, new_sessions) = mpsc::channel(1);
        Dispatcher {
            pictures: Pictures::new(out.clone()),
            attributes: Attributes::new(out.clone()),
            deidentify: Deidentify::new(data.clone(), out.clone()),
            notes: log_writer::start(data.clone(), out.clone()),
            transfers: Transfers::start(data.clone(), out.clone()),
            data,
            out,
            signed_in,
            new_sessions,
            signing_in: None,
            session: None,
            scans: HashMap::new(),
            search: None,
            dialog: None,
            documents: HashMap::new(),
            change_before: None,
        }
    }

    /// Processes commands until the window is gone.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let _transfers = AbortOnDropHandle::new(tokio::spawn(self.out.clone().pass_on_transfers()));
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.dispatch(command).await,
                    None => break,
                },
                Some(session) = self.new_sessions.recv() => self.begin(session).await,
            }
        }
        drop(self.session);
        self.transfers.finish().await;
        self.notes.finish().await;
    }

    async fn dispatch(&mut self, command: Command) {
        match command {
            Command::Session(command) => self.dispatch_session(command).await,
            Command::Files(command) => self.dispatch_files(command),
            Command::Attributes(AttributesCommand::Read { path }) => self.attributes.request(path),
            Command::Attributes(AttributesCommand::ReadValue {
                path,
                key,
                place,
                stamp,
            }) => self.attributes.value(path, key, *place, stamp),
            Command::Pictures(wishes) => self.pictures.want(*wishes),
            Command::Transfer(command) => match &mut self.session {
                Some(working) => working.sending.dispatch(command, &self.out).await,
                None => self.not_signed_in().await,
            },
            Command::Cancel(job) => self.cancel(job),
            Command::Orders(command) => self.dispatch_orders(command).await,
            Command::Folders(FoldersCommand::List {
                user,
                folder,
                with_orders,
            }) => self.list_folder(user, folder, with_orders).await,
            Command::Account(command) => self.ask_account(command).await,
            Command::Deidentify(ask) => self.deidentify(*ask),
            Command::Log(LogCommand::Append(entries)) => self.notes.append(entries).await,
            Command::Log(LogCommand::Save { to, name, csv }) => self.save_log(to, name, csv),
        }
    }

    async fn dispatch_session(&mut self, command: SessionCommand) {
        match command {
            SessionCommand::RecallKeys => self.recall_keys(),
            SessionCommand::SignIn {
                endpoint,
                keys,
                remember,
            } => {
                let remember = remember.then(|| keys.clone());
                self.sign_in(SignIn::Account { endpoint, keys }, remember);
            }
            SessionCommand::OpenPractice => {
                self.sign_in(SignIn::Practice(self.data.join("practice")), None);
            }
            SessionCommand::CancelSignIn => self.signing_in = None,
            SessionCommand::SignOut { forget } => self.sign_out(forget).await,
            SessionCommand::SaveSettings(settings) => self.save_settings(settings),
        }
    }

    fn dispatch_files(&mut self, command: FilesCommand) {
        match command {
            FilesCommand::Pick(pick) => self.pick(pick),
            FilesCommand::Scan { job, paths, known } => self.scan(job, known, move || paths),
            FilesCommand::Unlock { archive, password } => self.unlock(archive, password),
            FilesCommand::SampleStudy { job } => self.sample_study(job),
        }
    }

    async fn dispatch_orders(&mut self, command: OrdersCommand) {
        let Some(client) = self.client() else {
            return self.not_signed_in().await;
        };
        let out = self.out.clone();
        match command {
            OrdersCommand::Search { job, user, query } => {
                self.search_orders(client, job, user, Search::By(query));
            }
            OrdersCommand::InFolder { job, user, folder } => {
                self.search_orders(client, job, user, Search::InFolder(folder));
            }
            OrdersCommand::Properties { user, order } => {
                tokio::spawn(async move {
                    out.send(account::properties(&client, user, order).await)
                        .await;
                });
            }
            OrdersCommand::FindCandidates {
                user,
                location,
                study,
            } => {
                tokio::spawn(async move {
                    let answer = account::find_candidates(&client, user, location, study);
                    out.send(answer.await).await;
                });
            }
            OrdersCommand::SendDocuments {
                job,
                user,
                order,
                paths,
            } => {
                let task = documents::send_all(client, out, job, (user, order), paths);
                self.documents
                    .insert(job, AbortOnDropHandle::new(tokio::spawn(task)));
            }
        }
    }

    /// Starts a task that asks the account and sends its one answer. Changes are made one after the other, in the order in
    /// which they were asked for.
    async fn ask_account(&mut self, command: AccountCommand) {
        let Some(client) = self.client() else {
            return self.not_signed_in().await;
        };
        let out = self.out.clone();
        let (done, next) = oneshot::channel::<()>();
        let before = match &command {
            AccountCommand::Change { .. } => self.change_before.replace(next),
            AccountCommand::LoadDirectory { .. }
            | AccountCommand::Share { .. }
            | AccountCommand::View { .. } => None,
        };
        tokio::spawn(async move {
            if let Some(before) = before {
                // An error says that the change before ended without an answer.
                let _ = before.await;
            }
            let _done = done;
            out.send(account::answer(&client, command).await).await;
        });
    }

    fn recall_keys(&self) {
        let out = self.out.clone();
        tokio::task::spawn_blocking(move || {
            let unavailable = keychain::unavailable();
            let recalled = if unavailable.is_none() {
                keychain::recall()
            } else {
                Ok(None)
            };
            let event = match recalled {
                Ok(keys) => Event::Session(SessionEvent::Recalled { keys, unavailable }),
                Err(why) => Event::Session(SessionEvent::Recalled {
                    keys: None,
                    unavailable: Some(why),
                }),
            };
            out.send_blocking(event);
        });
    }

    fn sign_in(&mut self, place: SignIn, remember: Option<Keys>) {
        let (out, signed_in) = (self.out.clone(), self.signed_in.clone());
        // The steps are reported by a synchronous callback, hence the separate channel.
        let task = async move {
            let (steps, mut said) = mpsc::unbounded_channel();
            let telling = {
                let out = out.clone();
                async move {
                    while let Some(step) = said.recv().await {
                        out.send(Event::Session(SessionEvent::SigningIn(step)))
                            .await;
                    }
                }
            };
            let opening = session::open(place, move |step| {
                let _ = steps.send(step);
            });
            let (opened, ()) = tokio::join!(opening, telling);
            match opened {
                Ok(session) => {
                    if let Some(keys) = remember {
                        remember_keys(keys, out);
                    }
                    drop(signed_in.send(session).await);
                }
                Err(failed) => {
                    let (failure, cause) = (failed.failure, failed.cause);
                    out.send(Event::Session(SessionEvent::SignInFailed {
                        failure,
                        cause,
                    }))
                    .await;
                }
            }
        };
        self.signing_in = Some(AbortOnDropHandle::new(tokio::spawn(task)));
    }

    async fn begin(&mut self, session: Session) {
        let client = session.client.clone();
        let account = client.account();
        let workspace = session.workspace;
        self.out
            .send(Event::Session(SessionEvent::SignedIn {
                account,
                workspace,
            }))
            .await;
        let sending = self.transfers.begin(&session).await;
        let link = tokio::spawn(tell_link(client, self.out.clone()));
        self.session = Some(Working {
            session,
            sending,
            _link: AbortOnDropHandle::new(link),
        });
    }

    async fn sign_out(&mut self, forget: bool) {
        media::forget_passwords();
        self.signing_in = None;
        self.search = None;
        self.documents.clear();
        if let Some(working) = self.session.take() {
            drop(working.sending);
            working.session.client.close().await;
        }
        self.out
            .send(Event::Session(SessionEvent::Link(Link::Offline)))
            .await;
        if forget {
            let out = self.out.clone();
            tokio::task::spawn_blocking(move || {
                if let Err(what) = keychain::forget() {
                    out.send_blocking(Event::Failed(Failure {
                        what,
                        remedy: String::new(),
                    }));
                }
            });
        }
    }

    /// Whether a system dialog is open. Only one can be open at a time.
    fn has_dialog(&self) -> bool {
        let dialog = self.dialog.as_ref();
        dialog.is_some_and(|dialog| !dialog.is_finished())
    }

    fn save_log(&mut self, to: Option<PathBuf>, name: String, csv: String) {
        if to.is_none() && self.has_dialog() {
            return;
        }
        let task = log_writer::export(self.out.clone(), to, name, csv);
        self.dialog = Some(AbortOnDropHandle::new(tokio::spawn(task)));
    }

    fn deidentify(&mut self, ask: AskCleaning) {
        let opens_dialog = ask.opens_dialog();
        if opens_dialog && self.has_dialog() {
            return;
        }
        let task = tokio::spawn(self.deidentify.task(ask));
        if opens_dialog {
            self.dialog = Some(AbortOnDropHandle::new(task));
        }
    }

    fn pick(&mut self, pick: Pick) {
        if self.has_dialog() {
            return;
        }
        let out = self.out.clone();
        let task = async move {
            let dialog = rfd::AsyncFileDialog::new();
            let picked = match pick {
                Pick::Folders => {
                    dialog
                        .set_title("Choose study folders")
                        .pick_folders()
                        .await
                }
                Pick::Files => dialog.set_title("Choose DICOM files").pick_files().await,
                Pick::Documents(_) => {
                    let kinds = ["pdf", "jpg", "jpeg", "png", "bmp", "mp4"];
                    let dialog = dialog.add_filter("PDF, pictures, MP4", &kinds);
                    dialog.set_title("Choose documents").pick_files().await
                }
            };
            let paths =
                picked.map(|files| files.iter().map(|file| file.path().to_owned()).collect());
            out.send(match pick {
                Pick::Documents(order) => {
                    Event::Orders(OrdersEvent::DocumentsPicked { order, paths })
                }
                Pick::Folders | Pick::Files => Event::Files(FilesEvent::Picked(paths)),
            })
            .await;
        };
        self.dialog = Some(AbortOnDropHandle::new(tokio::spawn(task)));
    }

    fn scan(
        &mut self,
        job: JobId,
        known: Arc<Known>,
        paths: impl FnOnce() -> Vec<PathBuf> + Send + 'static,
    ) {
        self.scans
            .insert(job, scans::start(job, self.out.clone(), known, paths));
    }

    fn unlock(&self, archive: PathBuf, password: ArchivePassword) {
        let out = self.out.clone();
        tokio::task::spawn_blocking(move || {
            let is_right = media::unlock(&archive, &password);
            out.send_blocking(Event::Files(FilesEvent::Unlocked { archive, is_right }));
        });
    }

    fn sample_study(&mut self, job: JobId) {
        let folder = self.data.join("sample").join(Uuid::new_v4().to_string());
        let out = self.out.clone();
        self.scan(
            job,
            Arc::default(),
            move || match sample::write_sample_study(&folder) {
                Ok(_files) => vec![folder],
                Err(error) => {
                    let what = format!("The sample study could not be made: {error}");
                    let remedy =
                        "Make room on the disk, or set STUDYDROP_DATA to another folder.".into();
                    out.send_blocking(Event::Failed(Failure { what, remedy }));
                    Vec::new()
                }
            },
        );
    }

    fn cancel(&mut self, job: JobId) {
        self.scans.remove(&job);
        self.documents.remove(&job);
        if self
            .search
            .as_ref()
            .is_some_and(|(search, _)| *search == job)
        {
            self.search = None;
        }
        if let Some(working) = &self.session {
            working.sending.cancel(job);
        }
    }

    fn search_orders(&mut self, client: Client, job: JobId, user: Uuid, what: Search) {
        let out = self.out.clone();
        let task = async move {
            let start = Instant::now();
            let found = match what {
                Search::By(query) => client.search_orders(user, &query).await,
                Search::InFolder(folder) => {
                    client.get_patient_order_list_in_folder(user, folder).await
                }
            };
            let result = found.map(Arc::new).map_err(|error| Failure::from(&error));
            out.send(Event::Orders(OrdersEvent::Found {
                job,
                result,
                took: start.elapsed(),
            }))
            .await;
        };
        self.search = Some((job, AbortOnDropHandle::new(tokio::spawn(task))));
    }

    async fn list_folder(&self, user: Uuid, folder: Option<Uuid>, with_orders: bool) {
        let Some(client) = self.client() else {
            return self.not_signed_in().await;
        };
        let out = self.out.clone();
        tokio::spawn(async move {
            let listed = client.get_folder_list(user, folder, "", with_orders).await;
            let result = listed.map(Arc::new).map_err(|error| Failure::from(&error));
            out.send(Event::Folders(FoldersEvent::Listed {
                user,
                with_orders,
                folder,
                result,
            }))
            .await;
        });
    }

    fn save_settings(&mut self, settings: Settings) {
        let sending = self.session.as_ref().map(|working| &working.sending);
        self.transfers.set(&settings, sending);
        let (data, out) = (self.data.clone(), self.out.clone());
        tokio::task::spawn_blocking(move || {
            if let Err(error) = settings.save(&data) {
                let remedy = "The change holds until StudyDrop is closed.".to_owned();
                out.send_blocking(Event::Failed(Failure {
                    what: error.to_string(),
                    remedy,
                }));
            }
        });
    }

    fn client(&self) -> Option<Client> {
        self.session
            .as_ref()
            .map(|working| working.session.client.clone())
    }

    async fn not_signed_in(&self) {
        let failure = Failure {
            what: "You are no longer signed in.".to_owned(),
            remedy: "Sign in again, then repeat what you did.".to_owned(),
        };
        self.out.send(Event::Failed(failure)).await;
    }
}

fn remember_keys(keys: Keys, out: EventSender) {
    tokio::task::spawn_blocking(move || {
        let result = keychain::remember(&keys).map_err(|what| Failure {
            what,
            remedy: "You are signed in all the same.".to_owned(),
        });
        out.send_blocking(Event::Session(SessionEvent::Remembered(result)));
    });
}

async fn tell_link(client: Client, out: EventSender) {
    let mut link = client.link();
    loop {
        let now = link.borrow_and_update().clone();
        out.send(Event::Session(SessionEvent::Link(now))).await;
        if link.changed().await.is_err() {
            return;
        }
    }
}

//! The command line interface.
//!
//! Results are printed on standard output (with `--json` as one JSON object per line), progress and errors on standard
//! error. The exit status is 0 only if everything requested was done, 1 if not, 2 for invalid arguments.

mod call;
mod deidentify;
mod files;
mod folders;
mod output;
mod passwords;
mod picture;
mod practice;
mod profiles;
mod progress;
mod scan;
mod search;
mod sending;
mod several;
mod share;
mod show;
mod threads;
mod upload;

use std::cell::RefCell;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::cloud::{DEFAULT_ROUTER, Endpoint, Keys, parse_key};
use crate::dicom::media::{self, ArchivePassword};
use crate::keychain;
use crate::logbook;
use crate::message::Failure;
use crate::settings::{self, Settings, Theme};
use crate::worker::session::{self, Session, SignIn};

pub use call::method_names;

/// Medical images from this workstation into a PostDICOM account.
///
/// Without a command the window opens. Where to sign in: --practice, or the environment (STUDYDROP_ROUTER,
/// STUDYDROP_API_KEY, STUDYDROP_ACCOUNT_KEY), or the keys that the window remembered. STUDYDROP_DATA moves everything
/// that the program keeps to another folder.
#[derive(Debug, Parser)]
#[command(name = "studydrop", version)]
pub struct Cli {
    /// Sign in to the practice workspace: a server inside this program; nothing leaves this computer.
    #[arg(long, global = true)]
    pub practice: bool,
    /// Print one JSON object a line.
    #[arg(long, global = true)]
    pub json: bool,
    /// Open the window dark or light, whatever the settings say.
    #[arg(long, value_parser = parse_theme)]
    pub theme: Option<Theme>,
    /// What to do; nothing opens the window.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What can be done without a window.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the practice server alone; its first line says where it is and which keys it takes.
    Practice(practice::Options),
    /// List the studies found under these paths, and everything skipped, with reasons.
    Scan(Paths),
    /// Print the attributes of a file, one a line; as DICOM JSON with --json.
    Show(show::Options),
    /// Write one frame of a file as a picture (PNG), in full size.
    Picture(picture::Options),
    /// Upload what lies under these paths, and verify it.
    Upload(upload::Options),
    /// Search orders.
    Orders(search::OrdersOptions),
    /// List folders, or create, rename, describe or delete one.
    Folders(folders::Options),
    /// Share orders or a folder.
    Share(share::Options),
    /// Clean the files under a path, into a folder: remove or replace what identifies the patient.
    Deidentify(deidentify::Options),
    /// List the profiles of a de-identification, or show, take in or take away one.
    Profiles(profiles::Options),
    /// Call one Cloud API method by its documented name.
    Call(call::Options),
}

/// Files and folders.
#[derive(Debug, Args)]
pub struct Paths {
    /// Files and folders.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

fn parse_theme(text: &str) -> Result<Theme, String> {
    match text {
        "dark" => Ok(Theme::Dark),
        "light" => Ok(Theme::Light),
        _ => Err("dark or light".to_owned()),
    }
}

/// Options that apply to all commands.
struct Context {
    practice: bool,
    json: bool,
    /// Result for the log: numbers and dates, without names.
    outcome: RefCell<String>,
}

impl Command {
    /// Text for the log; `None` for commands that change nothing.
    fn in_log(&self) -> Option<String> {
        match self {
            Command::Upload(_) => Some("Uploaded by the command line".to_owned()),
            Command::Share(_) => Some("Shared by the command line".to_owned()),
            Command::Folders(options) => options
                .is_change()
                .then(|| "A folder was changed by the command line".to_owned()),
            Command::Call(options) => options.in_log(),
            Command::Deidentify(_) => {
                Some("Files were de-identified by the command line".to_owned())
            }
            Command::Practice(_)
            | Command::Scan(_)
            | Command::Show(_)
            | Command::Picture(_)
            | Command::Orders(_)
            | Command::Profiles(_) => None,
        }
    }
}

/// Runs a command to completion.
pub fn run(command: Command, practice: bool, json: bool) -> ExitCode {
    let runtime = threads::check().and_then(|()| {
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
    });
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            return fail(&format!(
                "The system lets StudyDrop begin too few threads ({}). Close other programs, or raise the limit.",
                output::plain(&error)
            ));
        }
    };
    let context = Context {
        practice,
        json,
        outcome: RefCell::default(),
    };
    if let Some(password) = variable(passwords::VARIABLE) {
        media::offer_password(&ArchivePassword::new(password));
    }
    let in_log = command.in_log();
    let done = runtime.block_on(async {
        match command {
            Command::Practice(options) => practice::run(options).await,
            Command::Scan(paths) => scan::run(&context, paths.paths).await,
            Command::Show(options) => show::run(&context, &options),
            Command::Picture(options) => picture::run(&context, &options),
            Command::Upload(options) => upload::run(&context, options).await,
            Command::Orders(options) => search::orders(&context, options).await,
            Command::Folders(options) => folders::run(&context, options).await,
            Command::Share(options) => share::run(&context, options).await,
            Command::Deidentify(options) => deidentify::run(&context, options).await,
            Command::Profiles(options) => profiles::run(&context, options),
            Command::Call(options) => call::run(&context, options).await,
        }
    });
    runtime.shutdown_background();
    if let Some(what) = in_log {
        context.note(what, matches!(done, Ok(true)));
    }
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => fail(&output::sentence(&failure)),
    }
}

/// Reads the command line; what is wrong with it, or asked about it, is printed.
///
/// # Errors
/// The exit status, where there is nothing to do.
pub fn parsed() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| {
        if !error.use_stderr() {
            let printed = error.print().is_ok();
            return ExitCode::from(u8::from(!printed));
        }
        // It quotes what was typed, or what a shell made of the names of files.
        output::complain(&error.to_string());
        ExitCode::from(2)
    })
}

/// Opens the window.
pub fn open_window(practice: bool, theme: Option<Theme>) -> ExitCode {
    let data = match settings::data_folder() {
        Ok(data) => data,
        Err(error) => return fail(&error.to_string()),
    };
    match crate::app::run(crate::app::Start {
        data,
        practice,
        theme,
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

/// Prints an error on standard error. Returns the exit status for failure.
fn fail(sentence: &str) -> ExitCode {
    output::say(sentence);
    ExitCode::FAILURE
}

/// Prints a message on standard error.
fn say(sentence: &str) {
    output::say(sentence);
}

impl Context {
    /// A copy that does not print a line for each file.
    fn quiet(&self) -> Context {
        Context {
            practice: self.practice,
            json: false,
            outcome: RefCell::default(),
        }
    }

    /// Appends an entry to the log that the window shows.
    fn note(&self, what: String, good: bool) {
        let entry = logbook::Entry {
            at: jiff::Zoned::now().datetime(),
            tone: if good {
                logbook::Tone::Good
            } else {
                logbook::Tone::Bad
            },
            what,
            whom: String::new(),
            detail: self.outcome.take(),
            about: logbook::Subject::default(),
            names: String::new(),
        };
        let kept = settings::data_folder()
            .map_err(|error| error.to_string())
            .and_then(|data| logbook::append(&data, &[entry]).map_err(|error| error.to_string()));
        if let Err(why) = kept {
            // The command itself is done; its exit status is not affected.
            let _ = fail(&format!("The log could not be kept: {why}"));
        }
    }

    /// Signs in as determined by command line, environment or keychain.
    async fn sign_in(&self) -> Result<Session, Failure> {
        let place = tokio::task::block_in_place(|| self.place())?;
        session::open(place, |_step| {})
            .await
            .map_err(|failed| failed.failure)
    }

    fn place(&self) -> Result<SignIn, Failure> {
        let data = settings::data_folder().map_err(|error| failure(error, ""))?;
        if self.practice {
            return Ok(SignIn::Practice(data.join("practice")));
        }
        let settings = Settings::load(&data).map_err(|error| failure(error, ""))?;
        let keys = match keys_of_environment()? {
            Some(keys) => keys,
            None => keychain::recall().ok().flatten().ok_or_else(no_keys)?,
        };
        let router = variable("STUDYDROP_ROUTER").or(settings.router);
        let router = router.unwrap_or_else(|| DEFAULT_ROUTER.to_owned());
        let endpoint = Endpoint::parse(&router, settings.proxy.as_deref().unwrap_or_default());
        Ok(SignIn::Account {
            endpoint: endpoint.map_err(|error| Failure::from(&error))?,
            keys,
        })
    }
}

fn no_keys() -> Failure {
    failure(
        "There are no keys to sign in with.",
        "Set STUDYDROP_ACCOUNT_KEY and STUDYDROP_API_KEY, sign in once in the window, or use --practice.",
    )
}

fn keys_of_environment() -> Result<Option<Keys>, Failure> {
    match (
        variable("STUDYDROP_ACCOUNT_KEY"),
        variable("STUDYDROP_API_KEY"),
    ) {
        (None, None) => Ok(None),
        (Some(account), Some(api)) => {
            let account_key = key("STUDYDROP_ACCOUNT_KEY", &account)?;
            let api_key = key("STUDYDROP_API_KEY", &api)?;
            Ok(Some(Keys {
                account_key,
                api_key,
            }))
        }
        (None, Some(_)) => Err(failure(
            "STUDYDROP_ACCOUNT_KEY is not set.",
            "Set both keys or none.",
        )),
        (Some(_), None) => Err(failure(
            "STUDYDROP_API_KEY is not set.",
            "Set both keys or none.",
        )),
    }
}

fn key(name: &str, text: &str) -> Result<uuid::Uuid, Failure> {
    let parsed = parse_key(text);
    parsed.map_err(|error| {
        failure(
            format!("{name} is no key: {error}"),
            "Copy it again from the account's API settings.",
        )
    })
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name)
        .ok()
        .filter(|value| !value.trim().is_empty())
}

fn failure(what: impl std::fmt::Display, remedy: &str) -> Failure {
    Failure {
        what: what.to_string(),
        remedy: remedy.to_owned(),
    }
}

//! Model of the sign-in page.

use crate::cloud::{DEFAULT_ROUTER, Endpoint, Keys, parse_key};
use crate::message::{Command, Failure, SessionCommand};
use crate::model::{Model, SignInAction};
use crate::settings::Settings;

/// State of signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not started.
    Idle,
    /// In progress; the text describes the current step.
    Working(String),
    /// The attempt failed.
    Failed(Failure),
}

/// Validity of a typed key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    /// No text.
    Empty,
    /// Well-formed.
    Good,
    /// Malformed, with the reason.
    Bad(String),
}

/// Contents of the sign-in form.
#[derive(Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Account key as typed.
    pub account_key: String,
    /// API key as typed.
    pub api_key: String,
    /// Whether the API key is displayed in clear text.
    pub key_shown: bool,
    /// Whether to save the keys in the keychain.
    pub remember: bool,
    /// Why the keychain is not available.
    pub remember_refused: Option<String>,
    /// Whether *Advanced* is expanded.
    pub advanced: bool,
    /// Router address as typed.
    pub router: String,
    /// Proxy address as typed; may be empty.
    pub proxy: String,
    /// State of signing in.
    pub state: State,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl SignIn {
    /// A form without keys, with the addresses from the settings.
    pub fn new(settings: &Settings) -> Self {
        let router = settings.router.clone();
        SignIn {
            account_key: String::new(),
            api_key: String::new(),
            key_shown: false,
            remember: false,
            remember_refused: None,
            advanced: router.is_some() || settings.proxy.is_some(),
            router: router.unwrap_or_else(|| DEFAULT_ROUTER.to_owned()),
            proxy: settings.proxy.clone().unwrap_or_default(),
            state: State::Idle,
        }
    }

    /// Validates a typed key.
    pub fn check(text: &str) -> KeyState {
        if text.trim().is_empty() {
            return KeyState::Empty;
        }
        match parse_key(text) {
            Ok(_) => KeyState::Good,
            Err(error) => KeyState::Bad(error.to_string()),
        }
    }

    /// Validation message for the addresses.
    pub fn address_problem(&self) -> Option<String> {
        Endpoint::parse(&self.router, &self.proxy)
            .err()
            .map(|error| error.to_string())
    }

    /// Why *Sign in* is disabled.
    pub fn refused(&self) -> Option<&'static str> {
        match (Self::check(&self.account_key), Self::check(&self.api_key)) {
            (KeyState::Good, KeyState::Good) if self.address_problem().is_none() => None,
            (KeyState::Good, KeyState::Good) => Some("An address under Advanced is not right yet."),
            (KeyState::Empty, _) => Some("Type or paste the account key first."),
            (_, KeyState::Empty) => Some("Type or paste the API key first."),
            _ => Some("A key is not right yet: see the line below it."),
        }
    }

    /// Whether signing in is in progress.
    pub fn is_working(&self) -> bool {
        matches!(self.state, State::Working(_))
    }
}

impl Model {
    pub(in crate::model) fn act_sign_in(&mut self, action: SignInAction) -> Vec<Command> {
        let form = &mut self.sign_in;
        match action {
            SignInAction::ToggleKeyShown => form.key_shown = !form.key_shown,
            SignInAction::ToggleRemember => {
                form.remember = !form.remember && form.remember_refused.is_none()
            }
            SignInAction::ToggleAdvanced => form.advanced = !form.advanced,
            SignInAction::Cancel => {
                form.state = State::Idle;
                return vec![Command::Session(SessionCommand::CancelSignIn)];
            }
            SignInAction::OpenPractice if !form.is_working() => {
                form.state = State::Working("Opening the practice workspace".to_owned());
                return vec![Command::Session(SessionCommand::OpenPractice)];
            }
            SignInAction::Submit if form.refused().is_none() && !form.is_working() => {
                return self.start_sign_in();
            }
            // Pressed by the keyboard while it cannot be done.
            SignInAction::OpenPractice | SignInAction::Submit => {}
        }
        Vec::new()
    }

    fn start_sign_in(&mut self) -> Vec<Command> {
        let form = &mut self.sign_in;
        let keys = parse_key(&form.account_key)
            .ok()
            .zip(parse_key(&form.api_key).ok());
        let (Some((account_key, api_key)), Ok(endpoint)) =
            (keys, Endpoint::parse(&form.router, &form.proxy))
        else {
            return Vec::new();
        };
        form.state = State::Working("Asking the router".to_owned());
        let router = form.router.trim();
        self.settings.router = (router != DEFAULT_ROUTER).then(|| router.to_owned());
        let proxy = form.proxy.trim();
        self.settings.proxy = (!proxy.is_empty()).then(|| proxy.to_owned());
        let remember = form.remember;
        let keys = Keys {
            account_key,
            api_key,
        };
        vec![
            Command::Session(SessionCommand::SaveSettings(self.settings.clone())),
            Command::Session(SessionCommand::SignIn {
                endpoint,
                keys,
                remember,
            }),
        ]
    }
}

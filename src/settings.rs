//! What the user has chosen, kept as TOML beside the rest of what the program keeps.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Dark or light.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// For dark reading rooms.
    #[default]
    Dark,
    /// For lit rooms.
    Light,
}

/// The settings; missing fields take their defaults, unknown ones are passed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Dark or light.
    pub theme: Theme,
    /// Text scale: 1.0 is as designed; 0.8 to 2.0.
    pub text_scale: f32,
    /// Router's address where it is not the default one.
    pub router: Option<String>,
    /// HTTP proxy.
    pub proxy: Option<String>,
    /// The user picked last.
    pub user: Option<Uuid>,
    /// The location picked last.
    pub location: Option<Uuid>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            theme: Theme::Dark,
            text_scale: 1.0,
            router: None,
            proxy: None,
            user: None,
            location: None,
        }
    }
}

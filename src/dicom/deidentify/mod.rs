//! What leaves this computer about a person: a file's attributes kept, changed and removed in memory, before a byte is
//! sent, by the standard's confidentiality profile (PS3.15, annex E), by values that are asked for, and by rules of one's
//! own.
//!
//! A [`Cleaner`] takes a file but for its pixel data ([`body`]), looks up what decisions hang on ([`facts`]), steps
//! through the whole data set and decides about every element by the [`rules`] ([`decide`]), writes it ([`write`]), and
//! reads the result again beside the original ([`check`]). Pixel data goes through as a place in the original file. It
//! fails closed: a file that one of these cannot make sense of is an [`Error`], never a file with something left in it.
//! [`replace`] sets values and does nothing else.

mod attribute;
mod body;
mod check;
mod cleaned;
mod cleaner;
mod dates;
mod decide;
mod error;
mod facts;
mod glance;
mod meta;
pub mod names;
pub mod pixels;
mod plan;
mod profile;
pub mod profiles;
pub mod pseudonyms;
mod replace;
mod replacement;
pub mod residual;
pub mod risk;
mod rules;
mod scopes;
mod scrub;
mod secret;
pub mod shelf;
mod table;
mod values;
mod whole;
mod write;

use super::{steps, vr};

pub use attribute::{Attribute, UnknownAttribute};
pub use cleaned::{Cleaned, Piece, Report};
pub use cleaner::{Cleaner, Identities, NewIdentity, Wanted};
pub use error::Error;
pub use glance::{Glance, glance};
pub use plan::{Action, Touched, Why};
pub use profile::{Blackened, Dates, Options, Override, OverrideAction, Profile, Rectangle};
pub use replace::{LARGEST, replace};
pub use replacement::{FIELDS, Field, InvalidReplacement, Replacement, value_of};
pub use secret::Secret;
pub use whole::{Outgoing, PixelWork, prepare};

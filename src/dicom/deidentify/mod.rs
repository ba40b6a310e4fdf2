//! What leaves this computer about a person: a file's attributes kept, changed and removed in memory, before a byte is
//! sent, by the standard's confidentiality profile (PS3.15, annex E), by values that are asked for, and by rules of one's
//! own.
//!
//! A [`Cleaner`] takes a file but for its pixel data ([`read`]), looks up what decisions hang on ([`facts`]), steps
//! through the whole data set and decides about every element by the [`rules`] ([`decide`]), writes it ([`write`]), and
//! reads the result again beside the original ([`verify`]). Pixel data goes through as a place in the original file. It
//! fails closed: a file that one of these cannot make sense of is an [`Error`], never a file with something left in it.
//! [`replace`] sets values and does nothing else.

mod attribute;
pub mod attribute_names;
pub mod burned_in;
mod cleaner;
mod dates;
mod decide;
mod error;
mod facts;
mod meta;
mod output;
pub mod pixels;
mod plan;
mod prepare;
mod profile;
pub mod profile_store;
pub mod profiles;
pub mod pseudonyms;
mod read;
mod replace;
mod replacement;
pub mod residual;
mod rules;
mod scopes;
mod scrub;
mod summary;
mod table;
mod uid_key;
mod values;
mod verify;
mod write;

pub use attribute::{Attribute, UnknownAttribute};
pub use cleaner::{Cleaner, Identities, NewIdentity, Wanted};
pub use error::Error;
pub use output::{Cleaned, Piece, Report};
pub use plan::{Action, Touched, Why};
pub use prepare::{Outgoing, PixelWork, prepare};
pub use profile::{Blackened, Dates, Options, Override, OverrideAction, Profile, Rectangle};
pub use replace::{LARGEST, replace};
pub use replacement::{FIELDS, Field, InvalidReplacement, Replacement, value_of};
pub use summary::{Glance, glance};
pub use uid_key::Secret;

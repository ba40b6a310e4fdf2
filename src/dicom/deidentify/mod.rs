//! What leaves this computer about a person: attributes of a file replaced in memory, before a byte is sent.
//!
//! [`replace`] sets values wherever their attributes stand, and is made of three steps that know nothing of each other's
//! reasons: [`survey`] steps through the whole file and decides how it is written, [`write`] writes it, [`check`] reads the
//! result again beside the original. It fails closed: a file that one of them cannot make sense of is an [`Error`], never
//! a file with something left in it.

mod attribute;
mod check;
mod error;
pub mod pixels;
mod profile;
mod replace;
mod replacement;
pub mod residual;
pub mod risk;
mod steps;
mod survey;
mod vr;
mod write;

pub use attribute::{Attribute, UnknownAttribute};
pub use error::Error;
pub use profile::{Blackened, Dates, Options, Override, OverrideAction, Profile, Rectangle};
pub use replace::{LARGEST, replace};
pub use replacement::{FIELDS, Field, InvalidReplacement, Replacement, value_of};

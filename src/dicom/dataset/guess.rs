//! What had to be guessed of how a file is written, because it is not written as the standard has it.

use std::fmt;

/// Something that was guessed. The file is sent byte by byte all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// File meta information without VRs, or big-endian (PS3.10, 7.1: explicit VR little endian).
    Meta,
    /// A value representation that is none of the standard.
    Vr,
    /// Explicit elements in a sequence of VR UN (PS3.5, 6.2.2: implicit VR little endian).
    Unknown,
    /// Elements behind the pixel data that belong before it.
    Order,
    /// The end mark of the pixel data is missing, and every frame is there.
    End,
    /// The end mark of something that is not open.
    Delimiter,
}

impl Guess {
    const ALL: [Guess; 6] = [
        Guess::Meta,
        Guess::Vr,
        Guess::Unknown,
        Guess::Order,
        Guess::End,
        Guess::Delimiter,
    ];

    fn words(self) -> &'static str {
        match self {
            Guess::Meta => "its file meta information is not in explicit VR little endian",
            Guess::Vr => "it names value representations that are not known",
            Guess::Unknown => {
                "a sequence of unknown kind (UN) is written with value representations"
            }
            Guess::Order => "its attributes are not in ascending order",
            Guess::End => "the end mark of its pixel data is missing, though all frames are there",
            Guess::Delimiter => "it marks the end of a sequence that is not open",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Guess::Meta => 1,
            Guess::Vr => 1 << 1,
            Guess::Unknown => 1 << 2,
            Guess::Order => 1 << 3,
            Guess::End => 1 << 4,
            Guess::Delimiter => 1 << 5,
        }
    }
}

/// All that was guessed of one file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Guesses(u8);

impl Guesses {
    /// Whether nothing had to be guessed.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this was guessed.
    #[must_use]
    pub fn has(self, guess: Guess) -> bool {
        self.0 & guess.bit() != 0
    }

    pub(in crate::dicom) fn add(&mut self, guess: Guess) {
        self.0 |= guess.bit();
    }
}

/// One line for a person; empty where nothing was guessed.
impl fmt::Display for Guesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let guessed = Guess::ALL.into_iter().filter(|guess| self.has(*guess));
        for (number, guess) in guessed.enumerate() {
            let before = if number == 0 {
                "Not written as the standard has it: "
            } else {
                "; "
            };
            write!(f, "{before}{}", guess.words())?;
        }
        match self.is_empty() {
            true => Ok(()),
            false => f.write_str("."),
        }
    }
}

//! Pictures of files: what the window asks the worker for, and what comes back.

use std::path::PathBuf;
use std::sync::Arc;

use crate::dicom::attributes::structured_report::Report;
use crate::dicom::image::render::{Facts, Look, NoImage, Picture};
use crate::dicom::media::Stamp;

/// What a picture is for. It decides who waits for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody looks at it now: nothing comes before it.
    View,
    /// It stands for a series.
    Thumbnail,
    /// It will probably be looked at next.
    Ahead,
}

/// One picture that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureAsk {
    /// The file.
    pub path: PathBuf,
    /// Counted from 0.
    pub frame: u32,
    /// How it is shown.
    pub look: Look,
    /// Longest side of the picture in pixels.
    pub side: u32,
    /// What for.
    pub purpose: Purpose,
}

/// Every picture that the window wants.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wishes {
    /// Those that it does not have, the most urgent first.
    pub asks: Vec<PictureAsk>,
    /// The one that is looked at, where the window has it.
    pub watch: Option<Watch>,
}

/// A picture that is on the screen: it is made anew when its file is replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    /// How to make it.
    pub ask: PictureAsk,
    /// What its file was.
    pub stamp: Stamp,
}

/// What can be shown of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A picture.
    Picture(Shot),
    /// A structured report's text.
    Report(Report),
    /// No image: it is named as what it is.
    Other(NoImage),
}

/// A frame as it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Shot {
    /// The picture; its pixels need not be square ([`Facts::aspect`]).
    pub picture: Picture,
    /// What is known of the frame.
    pub facts: Arc<Facts>,
    /// Frames a second, where the file says it and has several.
    pub rate: Option<f32>,
}

/// What came of a [`PictureAsk`].
#[derive(Debug, Clone)]
pub struct PictureNews {
    /// What was asked for.
    pub ask: PictureAsk,
    /// What the file was when it was read.
    pub stamp: Stamp,
    /// What can be shown, or why nothing can.
    pub result: Result<Arc<Content>, String>,
}

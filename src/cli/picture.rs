//! `studydrop picture`: writes one frame of a file as PNG.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use serde_json::json;

use super::{Context, failure, output, say};
use crate::dicom::image::render::{Decoded, Look, PreviewError, Window, decode};
use crate::message::Failure;
use crate::words;

/// Which frame, and how it is shown.
#[derive(Debug, Args)]
pub struct Options {
    /// A DICOM file.
    file: PathBuf,
    /// Where to write the picture; a file that is there is overwritten.
    #[arg(value_name = "OUT.png", value_parser = png)]
    output: PathBuf,
    /// Which frame of an image that has several, counted from 1.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    frame: u32,
    /// Which values are spread over all greys (after rescaling: Hounsfield units in a CT), instead of what the file says.
    #[arg(long, value_name = "CENTER,WIDTH", value_parser = window, allow_hyphen_values = true)]
    window: Option<Window>,
    /// Leave away what is drawn over the image (groups 60xx).
    #[arg(long)]
    no_overlays: bool,
    /// Believe a VOI table whose values fit fewer bits than it says; otherwise its greatest value is white.
    #[arg(long)]
    table_as_declared: bool,
}

fn png(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("png") => Ok(path),
        _ => Err("a name that ends in .png".to_owned()),
    }
}

fn window(text: &str) -> Result<Window, String> {
    let number = |part: &str| {
        part.trim()
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
    };
    let parts = text.split_once(',');
    let parts = parts.and_then(|(center, width)| Some((number(center)?, number(width)?)));
    match parts {
        Some((center, width)) if width > 0.0 => Ok(Window { center, width }),
        _ => Err("two numbers, such as 40,400; the width is above 0".to_owned()),
    }
}

pub(super) fn run(context: &Context, options: &Options) -> Result<bool, Failure> {
    let decoded = decode(&options.file, options.frame - 1).map_err(|error| refused(&error))?;
    let look = Look {
        window: options.window,
        inverted: false,
        overlays: !options.no_overlays,
        table_as_declared: options.table_as_declared,
    };
    let facts = decoded.facts();
    let bytes = encoded(&decoded, &look)?;
    write(&options.file, &options.output, &bytes)?;
    let shown = (!facts.is_colour).then(|| options.window.unwrap_or(facts.shown));
    match context.json {
        true => {
            let mut object = json!({
            "event": "picture",
            "frame": options.frame,
            "frames": facts.frames,
            "columns": facts.columns,
            "rows": facts.rows,
            "notes": facts.notes,
            "window": shown.map(|Window { center, width }| json!({ "center": center, "width": width })),
            });
            if let Some(object) = object.as_object_mut() {
                output::put_path(object, "file", &options.file);
                output::put_path(object, "picture", &options.output);
            }
            output::object(&object);
        }
        false => {
            let window =
                shown.map(|Window { center, width }| format!(", window {center}, {width}"));
            output::line(format!(
                "{}: frame {} of {}, {} × {} pixels{}",
                options.output.display(),
                options.frame,
                facts.frames,
                facts.columns,
                facts.rows,
                window.unwrap_or_default()
            ));
        }
    }
    facts.notes.iter().for_each(|note| say(note));
    if facts.is_cut {
        say("The end of the frame is missing in the file, and black in the picture.");
    }
    Ok(!facts.is_cut)
}

/// The picture in full size, encoded as PNG with one byte per pixel for greyscale and three for colour.
fn encoded(decoded: &Decoded, look: &Look) -> Result<Vec<u8>, Failure> {
    let picture = decoded.picture(look, u32::MAX);
    let (colours, bytes) = match decoded.facts().is_colour {
        true => (ExtendedColorType::Rgb8, 3),
        false => (ExtendedColorType::L8, 1),
    };
    let pixels = picture.rgba.as_chunks::<4>().0.iter();
    let packed: Vec<u8> = pixels
        .flat_map(|pixel| pixel.iter().take(bytes).copied())
        .collect();
    let mut png = Vec::new();
    PngEncoder::new(&mut png)
        .write_image(&packed, picture.width, picture.height, colours)
        .map_err(|error| failure(format!("The picture could not be made: {error}."), ""))?;
    Ok(png)
}

/// Writes the file completely or not at all.
fn write(file: &Path, output: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let is_same = || Some(file.canonicalize().ok()? == output.canonicalize().ok()?);
    if is_same() == Some(true) {
        return Err(failure(
            "The picture would take the place of the image itself.",
            "Write it elsewhere.",
        ));
    }
    let folder = output
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let written =
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).and_then(|mut new| {
            new.write_all(bytes)?;
            readable(new.as_file())?;
            new.persist(output).map_err(|error| error.error)
        });
    match written {
        Ok(_) => Ok(()),
        Err(error) => Err(failure(
            format!("The picture could not be written: {error}."),
            "Check that the folder is there, and that there is room in it.",
        )),
    }
}

/// Gives the file the usual permissions; temporary files are readable by their owner only.
#[cfg(unix)]
fn readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_file: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}

fn refused(error: &PreviewError) -> Failure {
    match error {
        PreviewError::Refused(reason) => failure(words::skip_reason(reason), ""),
        PreviewError::Undecodable(what) => {
            failure(format!("This kind of image cannot be shown ({what})."), "")
        }
        PreviewError::NoFrame { .. } => failure(error, "Frames are counted from 1."),
        PreviewError::NoImage(_) => failure(error, "`studydrop show` prints what is in it."),
        other => failure(other, ""),
    }
}

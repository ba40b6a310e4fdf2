//! Pictures of images: PNG, or, where there is nothing to show, a drawing that says why.

use std::path::Path;
use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use crate::dicom::image::render::{Picture, PreviewError, render};

use super::error_page::Stop;
use super::html::Html;
use super::open::{self, Address};
use super::{Pages, ask, content, off_thread};

/// The longer side of a small picture, in pixels: twice what a page gives it, for sharp screens.
const SMALL: u32 = 320;
/// That of a large one.
const LARGE: u32 = 1600;
/// Letters a line, and lines, of a sentence in a picture's place.
const LINE: usize = 26;
const LINES: usize = 9;

pub(super) async fn small(
    pages: Arc<Pages>,
    address: Address,
    key: String,
) -> Result<Response, Stop> {
    picture(pages, address, key, SMALL).await
}

pub(super) async fn large(
    pages: Arc<Pages>,
    address: Address,
    key: String,
) -> Result<Response, Stop> {
    picture(pages, address, key, LARGE).await
}

async fn picture(
    pages: Arc<Pages>,
    address: Address,
    key: String,
    side: u32,
) -> Result<Response, Stop> {
    let found = ask(&pages, move |pages, work| {
        let opened = open::open(work, pages, &address)?;
        Ok(content::image(work, &opened.scope, &key)?.find(&pages.house))
    });
    let path = match found.await? {
        Ok(path) => path,
        Err(Stop::Lost) => return Ok(instead("The image's file is not on the server any more.")),
        Err(stop) => return Err(stop),
    };
    let _picture = pages.pictures.acquire().await.map_err(|_| Stop::Busy)?;
    let _turn = pages.house.jobs.acquire().await.map_err(|_| Stop::Busy)?;
    let made = off_thread(move || Ok(png(&path, side))).await?;
    Ok(match made {
        Ok(bytes) => {
            let kind = HeaderValue::from_static("image/png");
            ([(header::CONTENT_TYPE, kind)], bytes).into_response()
        }
        Err(why) => instead(&why),
    })
}

/// The picture of a file: of many frames the middle one, which shows more than the first.
fn png(path: &Path, side: u32) -> Result<Vec<u8>, String> {
    let picture = match render(path, u32::MAX, side) {
        // How many frames there are is told by the refusal of one that cannot be there.
        Err(PreviewError::NoFrame { has, .. }) => render(path, has / 2, side),
        other => other,
    };
    encode(&picture.map_err(why)?).map_err(|_| "The picture could not be made.".to_owned())
}

fn why(error: PreviewError) -> String {
    match error {
        PreviewError::Undecodable(what) => format!("This kind of image cannot be shown ({what})."),
        other => other.to_string(),
    }
}

/// One byte a pixel where all are grey, which most are.
fn encode(picture: &Picture) -> Result<Vec<u8>, image::ImageError> {
    let pixels = || picture.rgba.chunks_exact(4);
    let grey = pixels().all(|pixel| matches!(pixel, [r, g, b, _] if r == g && g == b));
    let mut packed: Vec<u8> = Vec::with_capacity(picture.rgba.len() / if grey { 4 } else { 1 });
    for pixel in pixels() {
        packed.extend(pixel.iter().take(if grey { 1 } else { 3 }));
    }
    let colours = if grey {
        ExtendedColorType::L8
    } else {
        ExtendedColorType::Rgb8
    };
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive)
        .write_image(&packed, picture.width, picture.height, colours)?;
    Ok(bytes)
}

/// A sentence, drawn in the picture's place.
fn instead(sentence: &str) -> Response {
    let mut svg = Html::new();
    svg.raw("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"320\" height=\"320\" viewBox=\"0 0 320 320\">")
        .raw("<rect width=\"320\" height=\"320\" fill=\"#1d232b\"/>")
        .raw("<text fill=\"#9aa8b6\" font-family=\"system-ui, sans-serif\" font-size=\"20\" text-anchor=\"middle\">");
    let lines = wrapped(sentence);
    let top = 167_usize.saturating_sub(lines.len() * 13);
    for (number, line) in lines.iter().enumerate() {
        svg.raw("<tspan x=\"160\" y=\"")
            .text(top + number * 26)
            .raw("\">")
            .text(line)
            .raw("</tspan>");
    }
    svg.raw("</text></svg>");
    let kind = HeaderValue::from_static("image/svg+xml");
    ([(header::CONTENT_TYPE, kind)], svg.as_str().to_owned()).into_response()
}

/// A sentence in lines, as far as there is room.
fn wrapped(sentence: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in sentence.split_whitespace() {
        let word: String = word.chars().take(LINE).collect();
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= LINE => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines.truncate(LINES);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_broken_between_its_words() {
        let lines = wrapped("This is no image: there are no pixels to show.");
        assert_eq!(lines, ["This is no image: there", "are no pixels to show."]);
        assert_eq!(wrapped(&"x".repeat(100)), ["x".repeat(LINE)]);
        assert_eq!(wrapped(&"word ".repeat(1000)).len(), LINES);
    }

    #[test]
    fn colours_are_kept_and_greys_take_a_third() {
        let picture = |pixel: [u8; 4]| Picture {
            width: 2,
            height: 1,
            rgba: [pixel, pixel].concat(),
        };
        for (pixel, colours) in [
            ([9, 9, 9, 255], image::ColorType::L8),
            ([9, 8, 9, 255], image::ColorType::Rgb8),
        ] {
            let bytes = encode(&picture(pixel)).unwrap();
            let read = image::load_from_memory(&bytes).unwrap();
            assert_eq!(read.color(), colours);
            assert_eq!(read.to_rgba8().get_pixel(1, 0).0, pixel);
        }
    }
}

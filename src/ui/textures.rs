//! Textures of the pictures on screen; textures that were not painted in a frame are freed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use eframe::egui::{
    Color32, ColorImage, CornerRadius, Pos2, Rect, TextureFilter, TextureHandle, TextureId,
    TextureOptions, Ui, Vec2, pos2, vec2,
};

use super::fonts::icon;
use super::theme;
use super::widgets::icon_at;
use crate::dicom::catalogue::Series;
use crate::dicom::image::render::{NoImage, Picture};
use crate::message::{Content, Shot};
use crate::model::{Action, Model, PictureKey, Pictures, Shown};

/// Mipmaps for pictures drawn smaller than their size, which avoids flickering of fine lines.
const SMOOTH: TextureOptions = TextureOptions {
    mipmap_mode: Some(TextureFilter::Linear),
    ..TextureOptions::LINEAR
};

/// Textures in use, and which pictures this frame and the previous one show.
#[derive(Default)]
pub struct Textures {
    kept: HashMap<PictureKey, Kept>,
    now: OnScreen,
    before: OnScreen,
}

/// One uploaded texture.
struct Kept {
    handle: TextureHandle,
    /// The content that the texture was made from, to notice a replaced file: same key, other
    /// pixels. Weak, so that the address cannot be reused by another answer while the pixels can still be freed.
    made_of: Weak<Content>,
    used: bool,
}

/// What a frame shows: the thumbnails, and the longer side in pixels of the picture in the viewer.
#[derive(Default, Clone, PartialEq)]
struct OnScreen {
    thumbs: Vec<(PathBuf, u32)>,
    side: Option<u32>,
}

impl Textures {
    /// Paints a series' thumbnail: its picture, or an icon for what is no image. The previous one
    /// stays until the new one has loaded.
    pub(super) fn thumb(&mut self, ui: &Ui, rect: Rect, model: &Model, series: &Series) {
        let corner = CornerRadius::same(4);
        ui.painter()
            .rect_filled(rect, corner, theme::PICTURE_GROUND);
        let Some((image, frame)) = model.standing(series) else {
            return;
        };
        self.now.thumbs.push((image.path.clone(), frame));
        if self.small(ui, rect, &model.pictures, &image.path, frame) {
            return;
        }
        if let Some(first) = series.images.first() {
            self.small(ui, rect, &model.pictures, &first.path, frame);
        }
    }

    /// Paints a thumbnail if it has loaded. Returns whether it did.
    fn small(&mut self, ui: &Ui, rect: Rect, pictures: &Pictures, path: &Path, frame: u32) -> bool {
        let key = PictureKey::thumb(path, frame);
        let sign = match pictures.get(&key) {
            Shown::NotYet => return false,
            Shown::None(_) => icon::IMAGE,
            Shown::Content(content) => match content.as_ref() {
                Content::Picture(shot) => {
                    let id = self.texture(ui, &key, content, &shot.picture);
                    let place = fit(rect, shape(shot));
                    paint(ui, rect, id, place);
                    return true;
                }
                Content::Report(_) => icon::FILE_TEXT,
                Content::Other(what) => sign_of(*what),
            },
        };
        let side = (rect.height() * 0.45).min(28.0);
        icon_at(ui, rect.center(), sign, side, theme::DARK.dim);
        true
    }

    /// Paints the viewer's picture into `place`, clipped to `room`.
    pub(super) fn view(
        &mut self,
        ui: &Ui,
        (room, place): (Rect, Rect),
        key: &PictureKey,
        pictures: &Pictures,
    ) {
        let Shown::Content(content) = pictures.get(key) else {
            return;
        };
        if let Content::Picture(shot) = content.as_ref() {
            let id = self.texture(ui, key, content, &shot.picture);
            paint(ui, room, id, place);
        }
    }

    /// Sets the longer side, in pixels, that the viewer's picture is wanted in.
    pub(super) fn wants_side(&mut self, side: u32) {
        self.now.side = Some(side);
    }

    fn texture(
        &mut self,
        ui: &Ui,
        key: &PictureKey,
        content: &Arc<Content>,
        picture: &Picture,
    ) -> TextureId {
        let load = || Kept {
            handle: ui.ctx().load_texture("picture", image_of(picture), SMOOTH),
            made_of: Arc::downgrade(content),
            used: true,
        };
        let kept = self.kept.entry(key.clone()).or_insert_with(load);
        if !std::ptr::eq(kept.made_of.as_ptr(), Arc::as_ptr(content)) {
            kept.handle.set(image_of(picture), SMOOTH);
            kept.made_of = Arc::downgrade(content);
        }
        kept.used = true;
        kept.handle.id()
    }

    /// Frees textures that were not painted in this frame. Returns an action if what is on screen has changed.
    pub(super) fn end_frame(&mut self) -> Option<Action> {
        self.kept
            .retain(|_, kept| std::mem::replace(&mut kept.used, false));
        let mut now = std::mem::take(&mut self.now);
        now.side = now.side.or(self.before.side);
        if now == self.before {
            return None;
        }
        self.before = now.clone();
        let OnScreen { thumbs, side } = now;
        Some(Action::See { thumbs, side })
    }
}

/// Icon for objects that are not images.
pub(super) fn sign_of(what: NoImage) -> &'static str {
    match what {
        NoImage::Report | NoImage::Document | NoImage::KeyObjects => icon::FILE_TEXT,
        NoImage::Pdf => icon::FILE_PDF,
        NoImage::Video(_) => icon::FILM_STRIP,
        NoImage::Waveform | NoImage::Spectroscopy => icon::WAVEFORM,
        NoImage::Model | NoImage::Surfaces => icon::CUBE,
        _ => icon::FILE,
    }
}

/// Displayed size of a picture: its height is corrected by the pixel aspect ratio.
pub(super) fn shape(shot: &Shot) -> Vec2 {
    let side = |value: u32| value as f32;
    let tall = narrow(shot.facts.aspect);
    vec2(side(shot.picture.width), side(shot.picture.height) * tall)
}

/// Pixel height divided by pixel width, clamped to 0.01..=100; 1 if it is invalid.
#[expect(
    clippy::cast_possible_truncation,
    reason = "held within what is sensible"
)]
fn narrow(aspect: f64) -> f32 {
    match aspect.is_finite() && aspect > 0.0 {
        true => aspect.clamp(0.01, 100.0) as f32,
        false => 1.0,
    }
}

fn paint(ui: &Ui, room: Rect, id: TextureId, place: Rect) {
    let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
    ui.painter()
        .with_clip_rect(room.intersect(ui.clip_rect()))
        .image(id, place, whole, Color32::WHITE);
}

fn image_of(picture: &Picture) -> ColorImage {
    let side = |value: u32| usize::try_from(value).unwrap_or_default();
    let size = [side(picture.width), side(picture.height)];
    let needed = size.iter().product::<usize>().checked_mul(4);
    if needed == Some(picture.rgba.len()) {
        // Pictures are opaque, so premultiplied alpha needs no conversion.
        ColorImage::from_rgba_premultiplied(size, &picture.rgba)
    } else {
        ColorImage::filled([1, 1], Color32::BLACK)
    }
}

/// The largest rectangle with the proportions of `size`, centred in `rect`.
pub(super) fn fit(rect: Rect, size: Vec2) -> Rect {
    if size.x <= 0.0 || size.y <= 0.0 {
        return rect;
    }
    let scale = (rect.width() / size.x).min(rect.height() / size.y);
    Rect::from_center_size(rect.center(), vec2(size.x * scale, size.y * scale))
}

//! Pictures on the graphics card: as many as are on the screen.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use eframe::egui::{
    Color32, ColorImage, CornerRadius, Pos2, Rect, TextureHandle, TextureOptions, Ui, Vec2, pos2,
    vec2,
};

use super::fonts::icon;
use super::theme;
use super::widgets::icon_at;
use crate::dicom::preview::Picture;
use crate::model::{Pictures, Shown};

type Key = (PathBuf, u32);

/// The textures in use, and the pictures that are missing.
#[derive(Default)]
pub struct Textures {
    kept: HashMap<Key, (TextureHandle, bool)>,
    wanted: Vec<Key>,
}

/// What a place for a picture shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Painted {
    /// The picture.
    Picture,
    /// Nothing yet.
    Waiting,
    /// Why there is none.
    Refused(String),
}

impl Textures {
    /// Paints a file's picture into a rectangle, whole and centred; asks for it where it is not there.
    pub fn paint(
        &mut self,
        ui: &Ui,
        rect: Rect,
        corner: u8,
        pictures: &Pictures,
        path: &Path,
        size: u32,
    ) -> Painted {
        ui.painter()
            .rect_filled(rect, CornerRadius::same(corner), theme::PICTURE_GROUND);
        let key = (path.to_owned(), size);
        match pictures.get(path, size) {
            Shown::NotYet => {
                self.wanted.push(key);
                Painted::Waiting
            }
            Shown::None(why) => {
                if size <= crate::model::THUMB {
                    let side = (rect.height() * 0.4).min(28.0);
                    icon_at(ui, rect.center(), icon::IMAGE, side, theme::DARK.faint);
                }
                Painted::Refused(why.to_owned())
            }
            Shown::Picture(picture) => {
                let entry = self.kept.entry(key).or_insert_with(|| {
                    let image = image_of(picture);
                    (
                        ui.ctx()
                            .load_texture("picture", image, TextureOptions::LINEAR),
                        true,
                    )
                });
                entry.1 = true;
                let fitted = fit(rect, entry.0.size_vec2());
                let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
                ui.painter()
                    .with_clip_rect(rect.intersect(ui.clip_rect()))
                    .image(entry.0.id(), fitted, whole, Color32::WHITE);
                Painted::Picture
            }
        }
    }

    /// Forgets what was not painted; the pictures that are missing.
    pub fn end_frame(&mut self) -> Vec<Key> {
        self.kept
            .retain(|_, (_, used)| std::mem::replace(used, false));
        std::mem::take(&mut self.wanted)
    }
}

fn image_of(picture: &Picture) -> ColorImage {
    let side = |value: u32| usize::try_from(value).unwrap_or_default();
    let size = [side(picture.width), side(picture.height)];
    let needed = size.iter().product::<usize>().checked_mul(4);
    if needed == Some(picture.rgba.len()) {
        ColorImage::from_rgba_unmultiplied(size, &picture.rgba)
    } else {
        ColorImage::filled([1, 1], Color32::BLACK)
    }
}

/// The largest rectangle of this shape inside another one.
pub(super) fn fit(rect: Rect, size: Vec2) -> Rect {
    if size.x <= 0.0 || size.y <= 0.0 {
        return rect;
    }
    let scale = (rect.width() / size.x).min(rect.height() / size.y);
    Rect::from_center_size(rect.center(), vec2(size.x * scale, size.y * scale))
}

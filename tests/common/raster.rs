//! A small rasteriser of egui's triangles, so that tests can make pictures of the window without a graphics card.

use std::collections::HashMap;

use eframe::egui::epaint::{ImageDelta, Mesh, Primitive, Vertex};
use eframe::egui::{self, ClippedPrimitive, Color32, ImageData, Rect, TextureId, TexturesDelta};

struct Texture {
    size: [usize; 2],
    pixels: Vec<Color32>,
}

/// Textures and how to draw with them.
#[derive(Default)]
pub struct Raster {
    textures: HashMap<TextureId, Texture>,
    given_up: Vec<TextureId>,
}

impl Raster {
    /// Takes in new textures, and parts of old ones. Those that are given up stay for the frame that is drawn next.
    pub fn update(&mut self, mut delta: TexturesDelta) {
        for id in std::mem::take(&mut self.given_up) {
            self.textures.remove(&id);
        }
        for (id, deltas) in delta.set.drain() {
            for delta in &deltas {
                self.set(id, delta);
            }
        }
        self.given_up = delta.free.drain().collect();
    }

    fn set(&mut self, id: TextureId, delta: &ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        let Some([left, top]) = delta.pos else {
            self.textures.insert(
                id,
                Texture {
                    size: image.size,
                    pixels: image.pixels.clone(),
                },
            );
            return;
        };
        let texture = self
            .textures
            .get_mut(&id)
            .expect("a part of a texture that is there");
        for row in 0..image.height() {
            let from = row * image.width();
            let to = (top + row) * texture.size[0] + left;
            texture.pixels[to..to + image.width()]
                .copy_from_slice(&image.pixels[from..from + image.width()]);
        }
    }

    /// Draws at one pixel a point.
    pub fn draw(
        &self,
        primitives: &[ClippedPrimitive],
        width: u32,
        height: u32,
    ) -> image::RgbaImage {
        let mut canvas = vec![[0.0_f32; 3]; (width * height) as usize];
        for ClippedPrimitive {
            clip_rect,
            primitive,
        } in primitives
        {
            let Primitive::Mesh(mesh) = primitive else {
                continue;
            };
            self.draw_mesh(&mut canvas, [width, height], *clip_rect, mesh);
        }
        let mut image = image::RgbaImage::new(width, height);
        for (pixel, colour) in image.pixels_mut().zip(&canvas) {
            let [r, g, b] = colour.map(|value| value.round().clamp(0.0, 255.0) as u8);
            *pixel = image::Rgba([r, g, b, 255]);
        }
        image
    }

    fn draw_mesh(&self, canvas: &mut [[f32; 3]], size: [u32; 2], clip: Rect, mesh: &Mesh) {
        let texture = &self.textures[&mesh.texture_id];
        for corner in mesh.indices.chunks_exact(3) {
            let [a, b, c] =
                [corner[0], corner[1], corner[2]].map(|index| mesh.vertices[index as usize]);
            draw_triangle(canvas, size, clip, texture, [a, b, c]);
        }
    }
}

fn edge(a: egui::Pos2, b: egui::Pos2, p: egui::Pos2) -> f32 {
    (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x)
}

fn draw_triangle(
    canvas: &mut [[f32; 3]],
    [width, height]: [u32; 2],
    clip: Rect,
    texture: &Texture,
    [a, mut b, mut c]: [Vertex; 3],
) {
    let mut area = edge(a.pos, b.pos, c.pos);
    if area < 0.0 {
        (b, c, area) = (c, b, -area);
    }
    let whole = Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(width as f32, height as f32));
    let bounds = Rect::from_points(&[a.pos, b.pos, c.pos])
        .intersect(clip)
        .intersect(whole);
    if area == 0.0 || !bounds.is_positive() {
        return;
    }
    // Most triangles are of one colour.
    let flat = (a.uv == b.uv && b.uv == c.uv && a.color == b.color && b.color == c.color)
        .then(|| shade(texture, [a, b, c], [1.0, 0.0, 0.0]));
    // A pixel on the edge of two triangles belongs to one of them.
    let owns = |from: Vertex, to: Vertex| {
        from.pos.y > to.pos.y || (from.pos.y == to.pos.y && from.pos.x < to.pos.x)
    };
    let owned = [owns(b, c), owns(c, a), owns(a, b)];
    for y in bounds.top().floor() as u32..(bounds.bottom().ceil() as u32).min(height) {
        for x in bounds.left().floor() as u32..(bounds.right().ceil() as u32).min(width) {
            let p = egui::pos2(x as f32 + 0.5, y as f32 + 0.5);
            let weights = [
                edge(b.pos, c.pos, p),
                edge(c.pos, a.pos, p),
                edge(a.pos, b.pos, p),
            ];
            let inside = weights
                .iter()
                .zip(owned)
                .all(|(weight, owned)| *weight > 0.0 || (*weight == 0.0 && owned));
            if inside && clip.contains(p) {
                let shade = flat.unwrap_or_else(|| {
                    shade(texture, [a, b, c], weights.map(|weight| weight / area))
                });
                blend(&mut canvas[(y * width + x) as usize], shade);
            }
        }
    }
}

/// A point's colour, multiplied by its opacity as egui's colours are.
fn shade(texture: &Texture, [a, b, c]: [Vertex; 3], weights: [f32; 3]) -> [f32; 4] {
    let mix =
        |f: &dyn Fn(&Vertex) -> f32| weights[0] * f(&a) + weights[1] * f(&b) + weights[2] * f(&c);
    let texel = sample(texture, mix(&|v| v.uv.x), mix(&|v| v.uv.y));
    std::array::from_fn(|channel| {
        texel[channel] * mix(&|v| f32::from(v.color.to_array()[channel])) / 255.0
    })
}

fn blend(pixel: &mut [f32; 3], shade: [f32; 4]) {
    let rest = 1.0 - shade[3] / 255.0;
    for (channel, new) in pixel.iter_mut().zip(shade) {
        *channel = new + *channel * rest;
    }
}

/// Bilinear, as the graphics card does.
fn sample(texture: &Texture, u: f32, v: f32) -> [f32; 4] {
    let [width, height] = texture.size;
    let (x, y) = (u * width as f32 - 0.5, v * height as f32 - 0.5);
    let (left, top) = (x.floor(), y.floor());
    let (fx, fy) = (x - left, y - top);
    let at = |dx: f32, dy: f32| {
        let x = (left + dx).clamp(0.0, width as f32 - 1.0) as usize;
        let y = (top + dy).clamp(0.0, height as f32 - 1.0) as usize;
        texture.pixels[y * width + x].to_array().map(f32::from)
    };
    let (a, b, c, d) = (at(0.0, 0.0), at(1.0, 0.0), at(0.0, 1.0), at(1.0, 1.0));
    std::array::from_fn(|i| {
        (a[i] * (1.0 - fx) + b[i] * fx) * (1.0 - fy) + (c[i] * (1.0 - fx) + d[i] * fx) * fy
    })
}

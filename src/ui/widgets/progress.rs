//! Progress bars and the spinner.

use eframe::egui::{CornerRadius, Id, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::words;
use crate::ui::theme::{self, ink};
use eframe::egui::Color32;

/// An animated bar that never moves backwards while `key` is the same.
pub fn steady_bar(ui: &mut Ui, rect: Rect, key: Id, share: f32, colour: Color32, name: &str) {
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let far = ui
        .data(|data| data.get_temp::<f32>(key))
        .unwrap_or(0.0)
        .max(share);
    ui.data_mut(|data| data.insert_temp(key, far));
    let shown = ui
        .ctx()
        .animate_value_with_time(key.with("moving"), far, 0.25);
    bar(ui, rect, shown, colour, name);
}

/// A bar without animation.
pub fn bar(ui: &mut Ui, rect: Rect, share: f32, colour: Color32, name: &str) {
    let colours = theme::palette(ui);
    let id = ui.next_auto_id();
    ui.skip_ahead_auto_ids(1);
    let response = ui.interact(rect, id, Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = Some(f64::from((share * 100.0).round()));
        info
    });
    let corner = CornerRadius::same(3);
    ui.painter().rect_filled(rect, corner, colours.raise);
    let width = (rect.width() * share).min(rect.width());
    if width >= 1.0 {
        let done = Rect::from_min_size(rect.min, vec2(width.max(6.0), rect.height()));
        ui.painter().rect_filled(done, corner, colour);
    }
}

/// A spinner with a text that says what is in progress.
pub fn spinner(ui: &mut Ui, word: &str) {
    let colours = theme::palette(ui);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(theme::square(18.0), Sense::hover());
        let turn = turned(ui.input(|input| input.time));
        let points = (0..=18_u8)
            .map(|step| {
                let angle = turn + f32::from(step) * 0.25;
                pos2(
                    rect.center().x + 7.0 * angle.cos(),
                    rect.center().y + 7.0 * angle.sin(),
                )
            })
            .collect();
        ui.painter().line(points, Stroke::new(2.0, colours.accent));
        words::label(ui, word, ink::body(colours.dim));
        ui.ctx().request_repaint_after_secs(1.0 / 30.0);
    });
}

/// Rotation of the spinner, in radians.
#[expect(
    clippy::cast_possible_truncation,
    reason = "at most a turn: f32 has digits enough"
)]
fn turned(seconds: f64) -> f32 {
    (seconds * 4.5 % std::f64::consts::TAU) as f32
}

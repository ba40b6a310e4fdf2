//! Colours, font sizes and measures of the window, and the egui style made from them.

use eframe::egui::{
    self, Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Theme, Ui,
    Vec2, vec2,
};

/// Colours, named after their purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Window background.
    pub bg: Color32,
    /// Background of the rail, top bar, foot and dialogs.
    pub panel: Color32,
    /// Background of cards and fields.
    pub card: Color32,
    /// Background of buttons, tags, empty bars and toasts.
    pub raise: Color32,
    /// Background of a raised widget while hovered.
    pub raise_hover: Color32,
    /// All borders, one point wide.
    pub line: Color32,
    /// Primary text.
    pub text: Color32,
    /// Secondary text.
    pub dim: Color32,
    /// Hints and other text that may be overlooked.
    pub faint: Color32,
    /// Main button, selection, progress.
    pub accent: Color32,
    /// The accent while hovered.
    pub accent_hover: Color32,
    /// Background of selected items.
    pub accent_bg: Color32,
    /// Text on the accent colour.
    pub on_accent: Color32,
    /// Success: verified, checked.
    pub good: Color32,
    /// Background of success labels.
    pub good_bg: Color32,
    /// Warnings and whatever needs attention.
    pub warning: Color32,
    /// Background of warnings.
    pub warning_bg: Color32,
    /// Errors and irreversible actions.
    pub bad: Color32,
    /// Background of errors.
    pub bad_bg: Color32,
}

const fn hex(rgb: u32) -> Color32 {
    let [_, red, green, blue] = rgb.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

/// Dark theme, for reading rooms. The default.
pub const DARK: Palette = Palette {
    bg: hex(0x11151A),
    panel: hex(0x171C22),
    card: hex(0x1D232B),
    raise: hex(0x252D37),
    raise_hover: hex(0x2E3844),
    line: hex(0x2B343F),
    text: hex(0xE8EDF2),
    dim: hex(0x9AA8B6),
    faint: hex(0x6B7986),
    accent: hex(0x2AA9C0),
    accent_hover: hex(0x3DBBD2),
    accent_bg: hex(0x123640),
    on_accent: hex(0x04161A),
    good: hex(0x45B787),
    good_bg: hex(0x12312A),
    warning: hex(0xE0A53C),
    warning_bg: hex(0x372A10),
    bad: hex(0xE8655F),
    bad_bg: hex(0x3A1A1B),
};

/// A flag's colour as given by the account (`#RRGGBB`), or the warning colour if it has none. A
/// flag is never shown by its colour alone.
pub fn flag(colours: &Palette, text: &str) -> Color32 {
    let digits = text.trim().strip_prefix('#').filter(|hex| hex.len() == 6);
    match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
        Some(rgb) => hex(rgb),
        None => colours.warning,
    }
}

/// Light theme, for lit rooms.
pub const LIGHT: Palette = Palette {
    bg: hex(0xF3F5F7),
    panel: hex(0xFFFFFF),
    card: hex(0xFFFFFF),
    raise: hex(0xEAEEF2),
    raise_hover: hex(0xDFE5EB),
    line: hex(0xD7DEE5),
    text: hex(0x17202A),
    dim: hex(0x51606E),
    faint: hex(0x84929F),
    accent: hex(0x0F7F96),
    accent_hover: hex(0x0C6D81),
    accent_bg: hex(0xDFF2F5),
    on_accent: hex(0xFFFFFF),
    good: hex(0x1E8A5D),
    good_bg: hex(0xDEF3EA),
    warning: hex(0xA56A05),
    warning_bg: hex(0xFBEFD7),
    bad: hex(0xC23A34),
    bad_bg: hex(0xFBE3E1),
};

/// Background of pictures, black in both themes.
pub const PICTURE_GROUND: Color32 = Color32::BLACK;
/// Text on pictures, in both themes.
pub const ON_PICTURE: Color32 = Color32::from_rgb(0xD5, 0xDB, 0xE1);

/// A QR code's modules and background: cameras need dark on light in both themes.
pub const QR: (Color32, Color32) = (Color32::BLACK, Color32::WHITE);

/// The palette of the current theme.
pub fn palette(ui: &Ui) -> &'static Palette {
    if ui.visuals().dark_mode {
        &DARK
    } else {
        &LIGHT
    }
}

/// Measures in points.
pub mod measure {
    /// Padding inside a widget.
    pub const INSIDE: f32 = 8.0;
    /// Space between widgets.
    pub const BETWEEN: f32 = 12.0;
    /// Margin at the edges of a page.
    pub const EDGE: f32 = 16.0;
    /// Margin around large elements.
    pub const AROUND: f32 = 24.0;
    /// Height of fields and buttons.
    pub const CONTROL: f32 = 32.0;
    /// Height of the main button, and of the sign-in page's fields.
    pub const MAIN: f32 = 40.0;
    /// Height of table rows.
    pub const ROW: f32 = 34.0;
    /// Width of the navigation rail.
    pub const RAIL: f32 = 76.0;
    /// Height of the top bar.
    pub const TOP: f32 = 48.0;
    /// Height of the foot.
    pub const FOOT: f32 = 64.0;
    /// Corner radius of buttons and fields.
    pub const CORNER: u8 = 6;
    /// Corner radius of cards.
    pub const CARD_CORNER: u8 = 8;
    /// Corner radius of dialogs.
    pub const DIALOG_CORNER: u8 = 10;
    /// Width of the ring around the focused widget.
    pub const FOCUS: f32 = 2.0;
}

/// Inter Regular at `size` points.
pub fn regular(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// Inter Medium at `size` points.
pub fn medium(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(super::fonts::MEDIUM.into()))
}

/// Inter SemiBold at `size` points.
pub fn bold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(super::fonts::BOLD.into()))
}

/// Outlined Phosphor icons at `size` points.
pub fn icon(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(super::fonts::ICONS.into()))
}

/// Filled Phosphor icons at `size` points.
pub fn icon_fill(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(super::fonts::ICONS_FILL.into()))
}

/// Text style: font and colour.
#[derive(Debug, Clone, PartialEq)]
pub struct Ink {
    /// Font family and size.
    pub font: FontId,
    /// Text colour.
    pub colour: Color32,
}

/// The text styles used in the window.
#[expect(missing_docs, reason = "each is named after its font and size")]
pub mod ink {
    use super::{BODY, CHIP, Color32, FontId, HEADING, Ink, SMALL, TINY};

    pub fn of(font: FontId, colour: Color32) -> Ink {
        Ink { font, colour }
    }

    pub fn body(colour: Color32) -> Ink {
        of(super::regular(BODY), colour)
    }

    pub fn small(colour: Color32) -> Ink {
        of(super::regular(SMALL), colour)
    }

    pub fn chip(colour: Color32) -> Ink {
        of(super::regular(CHIP), colour)
    }

    pub fn medium(colour: Color32) -> Ink {
        of(super::medium(BODY), colour)
    }

    pub fn medium_small(colour: Color32) -> Ink {
        of(super::medium(SMALL), colour)
    }

    pub fn tag(colour: Color32) -> Ink {
        of(super::medium(TINY), colour)
    }

    pub fn bold(colour: Color32) -> Ink {
        of(super::bold(BODY), colour)
    }

    pub fn bold_small(colour: Color32) -> Ink {
        of(super::bold(SMALL), colour)
    }

    pub fn heading(colour: Color32) -> Ink {
        of(super::bold(HEADING), colour)
    }
}

/// Body text, in points.
pub const BODY: f32 = 14.0;
/// Small text, in points.
pub const SMALL: f32 = 12.0;
/// Chips and table cells, in points.
pub const CHIP: f32 = 13.0;
/// Page headings, in points.
pub const HEADING: f32 = 18.0;
/// Rail captions and tags, in points.
pub const TINY: f32 = 11.0;

/// Sets egui's dark and light styles.
pub fn install(ctx: &egui::Context) {
    ctx.set_style_of(Theme::Dark, style(&DARK, true));
    ctx.set_style_of(Theme::Light, style(&LIGHT, false));
}

fn style(colours: &Palette, dark: bool) -> egui::Style {
    let text_styles = [
        (TextStyle::Body, regular(BODY)),
        (TextStyle::Button, medium(BODY)),
        (TextStyle::Small, regular(SMALL)),
        (TextStyle::Heading, bold(HEADING)),
        (TextStyle::Monospace, regular(BODY)),
    ];
    let mut style = egui::Style {
        text_styles: text_styles.into(),
        visuals: visuals(colours, dark),
        ..egui::Style::default()
    };
    style.spacing.item_spacing = vec2(8.0, 8.0);
    style.spacing.button_padding = vec2(12.0, 6.0);
    style.spacing.interact_size = vec2(32.0, 32.0);
    style.spacing.menu_margin = Margin::same(4);
    style.spacing.window_margin = Margin::same(16);
    style.spacing.tooltip_width = 360.0;
    style.spacing.scroll.bar_width = 8.0;
    style.spacing.scroll.floating = true;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
    style
}

fn visuals(colours: &Palette, dark: bool) -> egui::Visuals {
    let mut visuals = if dark {
        egui::Visuals::dark()
    } else {
        egui::Visuals::light()
    };
    let line = Stroke::new(1.0, colours.line);
    // No hinting; the gamma thickens light text on dark only slightly.
    visuals.text_options.font_hinting = false;
    let gamma = if dark { 0.85 } else { 1.0 };
    visuals.text_options.color_transfer_function =
        egui::epaint::FontColorTransferFunction::Gamma(gamma);
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(colours.faint);
    visuals.panel_fill = colours.bg;
    visuals.window_fill = colours.panel;
    visuals.window_stroke = line;
    visuals.window_corner_radius = CornerRadius::same(measure::DIALOG_CORNER);
    visuals.menu_corner_radius = CornerRadius::same(measure::CARD_CORNER);
    visuals.extreme_bg_color = colours.card;
    visuals.faint_bg_color = colours.card;
    visuals.selection.bg_fill = colours.accent.gamma_multiply(0.45);
    visuals.selection.stroke = Stroke::new(1.0, colours.text);
    visuals.hyperlink_color = colours.accent;
    visuals.text_cursor.stroke = Stroke::new(1.5, colours.accent);
    let shade = Color32::from_black_alpha(if dark { 110 } else { 36 });
    let shadow = Shadow {
        offset: [0, 6],
        blur: 20,
        spread: 0,
        color: shade,
    };
    visuals.popup_shadow = shadow;
    visuals.window_shadow = shadow;
    dress_widgets(&mut visuals.widgets, colours);
    visuals
}

/// Styles egui's own widgets.
fn dress_widgets(widgets: &mut egui::style::Widgets, colours: &Palette) {
    for (state, fill) in [
        (&mut widgets.noninteractive, colours.panel),
        (&mut widgets.inactive, colours.raise),
        (&mut widgets.hovered, colours.raise_hover),
        (&mut widgets.active, colours.raise_hover),
        (&mut widgets.open, colours.raise),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::new(1.0, colours.line);
        state.fg_stroke = Stroke::new(1.0, colours.text);
        state.corner_radius = CornerRadius::same(measure::CORNER);
        state.expansion = 0.0;
    }
}

/// Icon of an expandable item: caret down if open, else right.
pub fn caret(open: bool) -> &'static str {
    if open {
        super::fonts::icon::CARET_DOWN
    } else {
        super::fonts::icon::CARET_RIGHT
    }
}

/// Text colour of a pressable text: `text` while hovered, else `dim`.
pub fn hot(ui: &Ui, response: &egui::Response) -> Color32 {
    let colours = palette(ui);
    if response.hovered() {
        colours.text
    } else {
        colours.dim
    }
}

/// Size of a square box, such as an icon's.
pub fn square(side: f32) -> Vec2 {
    vec2(side, side)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as defined by WCAG 2.
    fn luminance(colour: Color32) -> f64 {
        let channel = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.039_28 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(colour.r()) + 0.7152 * channel(colour.g()) + 0.0722 * channel(colour.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_on_every_ground() {
        for colours in [&DARK, &LIGHT] {
            for ground in [
                colours.bg,
                colours.panel,
                colours.card,
                colours.raise,
                colours.accent_bg,
            ] {
                assert!(contrast(colours.text, ground) >= 4.5);
                assert!(contrast(colours.dim, ground) >= 4.5, "{ground:?}");
            }
            assert!(contrast(colours.on_accent, colours.accent) >= 4.5);
            assert!(contrast(colours.text, colours.warning_bg) >= 4.5);
            assert!(contrast(colours.text, colours.bad_bg) >= 4.5);
        }
    }
}

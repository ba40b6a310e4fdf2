//! The frame around every page: the navigation rail at the left, the bar at the top.

pub(in crate::ui) mod account_menu;
pub(in crate::ui) mod toasts;

use eframe::egui::{
    Align2, Color32, CornerRadius, CursorIcon, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};

use super::fonts::icon;
use super::theme::{self, ink, measure};
use super::widgets::{self, Button, Kind, filled_icon_at, icon_at, in_rect};
use super::{inside, row, row_from_right};
use crate::cloud::Link;
use crate::message::Workspace;
use crate::model::{Action, Model, Page, Session, ShellAction};

/// An entry of the navigation rail.
struct Item {
    page: Page,
    word: &'static str,
    sign: &'static str,
    badge: usize,
}

fn items(running: usize) -> [Item; 5] {
    let item = |page, word, sign| Item {
        page,
        word,
        sign,
        badge: 0,
    };
    [
        item(Page::Upload, "Upload", icon::UPLOAD_SIMPLE),
        item(Page::Orders, "Orders", icon::LIST_MAGNIFYING_GLASS),
        item(Page::Folders, "Folders", icon::FOLDERS),
        Item {
            badge: running,
            ..item(Page::Transfers, "Transfers", icon::ARROWS_DOWN_UP)
        },
        item(Page::Log, "Log", icon::CLOCK_COUNTER_CLOCKWISE),
    ]
}

/// Paints the rail and the top bar.
pub(super) fn show(ui: &mut Ui, whole: Rect, model: &Model) -> Option<Action> {
    let colours = theme::palette(ui);
    let rail = Rect::from_min_size(whole.min, vec2(measure::RAIL, whole.height()));
    ui.painter().rect_filled(rail, 0.0, colours.panel);
    let top = Rect::from_min_max(
        pos2(rail.right(), whole.top()),
        pos2(whole.right(), whole.top() + measure::TOP),
    );
    ui.painter().rect_filled(top, 0.0, colours.panel);
    widgets::vline(ui, rail.right() - 1.0, whole.y_range());
    widgets::hline(ui, top.x_range(), top.bottom() - 1.0);
    let gone = inside(ui, rail, "rail", |ui| show_rail(ui, rail, model));
    let picked = model
        .session
        .as_ref()
        .and_then(|session| inside(ui, top, "top", |ui| show_top(ui, top, model, session)));
    gone.or(picked)
}

/// The program's logo: an arrow over a line, on the accent colour.
pub(super) fn logo(ui: &Ui, rect: Rect) {
    let colours = theme::palette(ui);
    ui.painter()
        .rect_filled(rect, CornerRadius::same(8), colours.accent);
    let (sign, size) = (icon::ARROW_FAT_LINE_UP, rect.height() * 0.62);
    filled_icon_at(ui, rect.center(), sign, size, colours.on_accent);
}

fn show_rail(ui: &mut Ui, rail: Rect, model: &Model) -> Option<Action> {
    logo(
        ui,
        Rect::from_min_size(rail.min + vec2(22.0, 12.0), theme::square(32.0)),
    );
    let mut asked = None;
    for (item, top) in items(model.transfers.active())
        .iter()
        .zip((0..).map(|index: u8| 58.0 + 58.0 * f32::from(index)))
    {
        let rect = Rect::from_min_size(rail.min + vec2(0.0, top), vec2(measure::RAIL - 1.0, 58.0));
        if rail_item(ui, rect, item, model.page == item.page) {
            asked = Some(Action::Shell(ShellAction::Go(item.page)));
        }
    }
    asked
}

fn rail_item(ui: &mut Ui, rect: Rect, item: &Item, on: bool) -> bool {
    let colours = theme::palette(ui);
    let response = ui.interact(rect, ui.make_persistent_id(item.word), Sense::click());
    let name = match item.badge {
        0 => item.word.to_owned(),
        running => format!("{}, {running} running", item.word),
    };
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, on, &name));
    if on {
        let bar = Rect::from_min_size(rect.min + vec2(0.0, 10.0), vec2(3.0, 38.0));
        ui.painter().rect_filled(
            bar,
            CornerRadius {
                nw: 0,
                sw: 0,
                ne: 2,
                se: 2,
            },
            colours.accent,
        );
    }
    let hot = on || response.hovered();
    let ink = if hot { colours.text } else { colours.dim };
    let sign = pos2(rect.center().x, rect.top() + 21.0);
    icon_at(
        ui,
        sign,
        item.sign,
        21.0,
        if on { colours.accent } else { ink },
    );
    let word = Align2::CENTER_CENTER.anchor_size(
        pos2(rect.center().x, rect.top() + 42.0),
        vec2(rect.width() - 4.0, 14.0),
    );
    let galley = widgets::Words::of(item.word, ink::tag(ink)).galley(ui, word.width());
    let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), word);
    ui.painter().galley(widgets::snap(at.min), galley, ink);
    if item.badge > 0 {
        badge(ui, sign + vec2(15.5, -9.0), item.badge);
    }
    widgets::focus_ring(ui, &response, rect.shrink(6.0), measure::CORNER);
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}

fn badge(ui: &Ui, centre: eframe::egui::Pos2, count: usize) {
    let colours = theme::palette(ui);
    let text = if count > 99 {
        "99+".to_owned()
    } else {
        count.to_string()
    };
    let galley = widgets::Words::of(&text, ink::of(theme::bold(10.0), colours.on_accent))
        .galley(ui, f32::INFINITY);
    let rect = Rect::from_center_size(centre, vec2((galley.size().x + 8.0).max(15.0), 15.0));
    ui.painter()
        .rect_filled(rect, CornerRadius::same(8), colours.accent);
    let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect);
    ui.painter().galley(at.min, galley, Color32::PLACEHOLDER);
}

fn show_top(ui: &mut Ui, top: Rect, model: &Model, session: &Session) -> Option<Action> {
    let room = top.shrink2(vec2(measure::EDGE, 8.0));
    let place = row(ui, room, "place", |ui| {
        location_picker(ui, session, "Location")
    });
    let account = row_from_right(ui, room, "account", |ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        let asked = account_menu::picker(ui, model, session);
        connection_light(ui, session);
        asked
    });
    place.or(account)
}

/// Location picker. `name` is the prefix of its accessible name.
pub(super) fn location_picker(ui: &mut Ui, session: &Session, name: &str) -> Option<Action> {
    let now = session
        .location()
        .map_or("No location", |location| location.institution_name.as_str());
    let name = format!("{name}: {now}");
    let refused = session
        .locations()
        .is_empty()
        .then_some("This user has no location.");
    let button = Button::new(Kind::Field, now)
        .name(&name)
        .icon(icon::BUILDINGS)
        .caret()
        .at_most(240.0)
        .unless(refused);
    widgets::picker(ui, button, 240.0, false, |ui| {
        let mut picked = None;
        for location in session.locations() {
            let on = Some(location.institution_uuid) == session.location;
            if widgets::menu_row(
                ui,
                Some(icon::BUILDINGS),
                &location.institution_name,
                "",
                on,
            )
            .clicked()
            {
                picked = Some(Action::Shell(ShellAction::PickLocation(
                    location.institution_uuid,
                )));
            }
        }
        picked
    })
}

/// Short text and tooltip of the connection light.
fn light(session: &Session) -> (&'static str, String) {
    match (&session.link, session.workspace) {
        (Link::Online, Workspace::Practice) => (
            "Practice workspace",
            "Connected to the practice workspace on this computer.".to_owned(),
        ),
        (Link::Online, Workspace::Cloud) => ("Connected", "Connected to the account.".to_owned()),
        (Link::Reconnecting(why), _) => (
            "Reconnecting",
            format!(
                "The connection is gone ({why}). It is made again by itself; what runs goes on then."
            ),
        ),
        (Link::Offline, _) => (
            "Not connected",
            "There is no connection. Sign out and in again.".to_owned(),
        ),
    }
}

fn connection_light(ui: &mut Ui, session: &Session) {
    let colours = theme::palette(ui);
    let (word, story) = light(session);
    let dot = match session.link {
        Link::Online => colours.good,
        Link::Reconnecting(_) => colours.warning,
        Link::Offline => colours.bad,
    };
    let galley = widgets::Words::of(word, ink::medium_small(colours.dim)).galley(ui, 200.0);
    let (rect, response) =
        ui.allocate_exact_size(vec2(galley.size().x + 17.0, 24.0), Sense::hover());
    ui.painter()
        .circle_filled(pos2(rect.left() + 5.0, rect.center().y), 5.0, dot);
    let text = Rect::from_min_max(pos2(rect.left() + 17.0, rect.top()), rect.max.max(rect.min));
    in_rect(
        ui,
        text.expand2(vec2(1.0, 0.0)),
        Align2::LEFT_CENTER,
        word,
        ink::medium_small(colours.dim),
    );
    response.on_hover_text(story);
}

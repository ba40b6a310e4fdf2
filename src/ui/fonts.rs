//! The bundled fonts, and system fonts as a fallback for scripts that the bundled ones lack.

use std::collections::HashSet;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use eframe::egui::epaint::text::{FallbackRequest, FontInsert, FontProvider};
use eframe::egui::{Context, FontData, FontDefinitions, FontFamily};
use fontdb::Database;

use crate::typefaces;

/// egui family name of Inter Medium.
pub const MEDIUM: &str = "medium";
/// egui family name of Inter SemiBold.
pub const BOLD: &str = "bold";
/// egui family name of the outlined Phosphor icons.
pub const ICONS: &str = "icons";
/// egui family name of the filled Phosphor icons.
pub const ICONS_FILL: &str = "icons-fill";

/// Code points of the Phosphor icons, in both icon families.
#[expect(missing_docs, reason = "each is named as Phosphor names it")]
pub mod icon {
    pub const ARROW_CLOCKWISE: &str = "\u{E036}";
    pub const ARROW_DOWN: &str = "\u{E03E}";
    pub const ARROW_FAT_LINE_UP: &str = "\u{E522}";
    pub const ARROW_UP: &str = "\u{E08E}";
    pub const ARROWS_DOWN_UP: &str = "\u{E098}";
    pub const BUILDINGS: &str = "\u{E102}";
    pub const CALENDAR_BLANK: &str = "\u{E10A}";
    pub const CARET_DOWN: &str = "\u{E136}";
    pub const CARET_RIGHT: &str = "\u{E13A}";
    pub const CHECK: &str = "\u{E182}";
    pub const CHECK_CIRCLE: &str = "\u{E184}";
    pub const CLOCK: &str = "\u{E19A}";
    pub const CLOCK_COUNTER_CLOCKWISE: &str = "\u{E1A0}";
    pub const CLOUD_SLASH: &str = "\u{E1B6}";
    pub const EYE: &str = "\u{E220}";
    pub const EYE_SLASH: &str = "\u{E224}";
    pub const FILE: &str = "\u{E230}";
    pub const FILES: &str = "\u{E710}";
    pub const FOLDER: &str = "\u{E24A}";
    pub const FOLDER_OPEN: &str = "\u{E256}";
    pub const FOLDERS: &str = "\u{E260}";
    pub const FUNNEL: &str = "\u{E266}";
    pub const GRADUATION_CAP: &str = "\u{E62C}";
    pub const IMAGE: &str = "\u{E2CA}";
    pub const INFO: &str = "\u{E2CE}";
    pub const LIST_MAGNIFYING_GLASS: &str = "\u{EBE0}";
    pub const MAGNIFYING_GLASS: &str = "\u{E30C}";
    pub const MOON: &str = "\u{E330}";
    pub const PLUS: &str = "\u{E3D4}";
    pub const PLUGS_CONNECTED: &str = "\u{EB5A}";
    pub const PROHIBIT: &str = "\u{E3DE}";
    pub const SEAL_CHECK: &str = "\u{E606}";
    pub const SIGN_IN: &str = "\u{E428}";
    pub const SIGN_OUT: &str = "\u{E42A}";
    pub const SUN: &str = "\u{E472}";
    pub const TEXT_AA: &str = "\u{E6EE}";
    pub const TRAY_ARROW_DOWN: &str = "\u{E010}";
    pub const UPLOAD_SIMPLE: &str = "\u{E4C0}";
    pub const USER_CIRCLE: &str = "\u{E4C4}";
    pub const USERS_THREE: &str = "\u{E68E}";
    pub const SHARE_NETWORK: &str = "\u{E408}";
    pub const WARNING: &str = "\u{E4E0}";
    pub const WARNING_CIRCLE: &str = "\u{E4E2}";
    pub const X: &str = "\u{E4F6}";
    pub const X_CIRCLE: &str = "\u{E4F8}";
    pub const ARROW_SQUARE_OUT: &str = "\u{E5DE}";
    pub const COLUMNS: &str = "\u{E546}";
    pub const DOTS_THREE: &str = "\u{E1FE}";
    pub const DOTS_THREE_OUTLINE: &str = "\u{E204}";
    pub const FLAG: &str = "\u{E244}";
    pub const FOLDER_PLUS: &str = "\u{E258}";
    pub const FOLDER_SIMPLE_MINUS: &str = "\u{E25C}";
    pub const GLOBE: &str = "\u{E288}";
    pub const LINK: &str = "\u{E2E2}";
    pub const LINK_BREAK: &str = "\u{E2E4}";
    pub const MAP_PIN: &str = "\u{E316}";
    pub const PAPERCLIP: &str = "\u{E39A}";
    pub const PENCIL_SIMPLE: &str = "\u{E3B4}";
    pub const SQUARE_SPLIT_HORIZONTAL: &str = "\u{E870}";
    pub const TRASH: &str = "\u{E4A6}";
    pub const USER_PLUS: &str = "\u{E4D0}";
    pub const COPY: &str = "\u{E1CA}";
    pub const ENVELOPE_SIMPLE: &str = "\u{E218}";
    pub const QR_CODE: &str = "\u{E3E6}";
    pub const KEY: &str = "\u{E2D6}";
    pub const USER: &str = "\u{E4C2}";
    pub const DOWNLOAD_SIMPLE: &str = "\u{E20C}";
    pub const NOTE_PENCIL: &str = "\u{E34C}";
    pub const PAUSE: &str = "\u{E39E}";
    pub const PLAY: &str = "\u{E3D0}";
    pub const RECEIPT: &str = "\u{E3EC}";
    pub const GEAR_SIX: &str = "\u{E272}";
    pub const DOTS_SIX_VERTICAL: &str = "\u{EAE2}";
    pub const FILE_PDF: &str = "\u{E702}";
    pub const BRACKETS_CURLY: &str = "\u{E860}";
    pub const ARROW_LINE_UP: &str = "\u{E066}";
    pub const FILE_MAGNIFYING_GLASS: &str = "\u{E238}";
    pub const CIRCLE_HALF: &str = "\u{E18C}";
    pub const CORNERS_OUT: &str = "\u{E1D0}";
    pub const TEXT_T: &str = "\u{E48A}";
    pub const STACK: &str = "\u{E466}";
    pub const SLIDERS_HORIZONTAL: &str = "\u{E434}";
    pub const KEYBOARD: &str = "\u{E2D8}";
    pub const FILM_STRIP: &str = "\u{E792}";
    pub const FILE_TEXT: &str = "\u{E23A}";
    pub const WAVEFORM: &str = "\u{E802}";
    pub const CUBE: &str = "\u{E1DA}";
    pub const ARROW_COUNTER_CLOCKWISE: &str = "\u{E038}";
}

/// Registers the bundled fonts with egui.
pub fn install(ctx: &Context) {
    let mut fonts = FontDefinitions::empty();
    let mut add = |name: String, bytes: &'static [u8]| {
        let data = Arc::new(FontData::from_static(bytes));
        fonts.font_data.insert(name, data);
    };
    add("regular".to_owned(), typefaces::REGULAR);
    add(MEDIUM.to_owned(), typefaces::MEDIUM);
    add(BOLD.to_owned(), typefaces::SEMI_BOLD);
    let icons = include_bytes!("../../assets/fonts/Phosphor.ttf");
    add(ICONS.to_owned(), icons);
    let filled = include_bytes!("../../assets/fonts/Phosphor-Fill.ttf");
    add(ICONS_FILL.to_owned(), filled);
    for (script, regular, bold) in typefaces::NOTO {
        add(script.to_owned(), regular);
        add(format!("{script} bold"), bold);
    }
    let scripts = |ending: &str| typefaces::NOTO.map(|(script, ..)| format!("{script}{ending}"));
    let mut family = |family: FontFamily, own: &str, others: &[String]| {
        let all = [&[own.to_owned()], others].concat();
        fonts.families.insert(family, all);
    };
    let (regular, bold) = (scripts(""), scripts(" bold"));
    family(FontFamily::Proportional, "regular", &regular);
    family(FontFamily::Monospace, "regular", &regular);
    family(FontFamily::Name("regular".into()), "regular", &regular);
    family(FontFamily::Name(MEDIUM.into()), MEDIUM, &bold);
    family(FontFamily::Name(BOLD.into()), BOLD, &bold);
    family(FontFamily::Name(ICONS.into()), ICONS, &[]);
    family(FontFamily::Name(ICONS_FILL.into()), ICONS_FILL, &[]);
    ctx.set_fonts(fonts);
}

/// Limit on characters without a known font that are searched for in all system fonts.
const MOST_SEARCHES: usize = 100;

/// Lists the system's fonts on a separate thread, and loads one when a character first needs it. No
/// frame waits for either; until the font is loaded the character is drawn as a box.
pub fn find_system_fonts(ctx: &Context) {
    let (wanted, wants) = mpsc::channel::<Want>();
    let found = Arc::new(Found {
        loaded: Mutex::default(),
        asked: Mutex::default(),
        wanted: Mutex::new(wanted),
    });
    let ctx = ctx.clone();
    let spawned = std::thread::Builder::new()
        .name("fonts".to_owned())
        .spawn(move || {
            let mut fonts = Database::new();
            fonts.load_system_fonts();
            ctx.set_font_providers(vec![found.clone()]);
            let weak = Arc::downgrade(&found);
            drop(found);
            let mut in_vain = 0;
            for want in wants {
                let Some(found) = weak.upgrade() else { return };
                if found.font(want).is_some() {
                    continue;
                }
                let font = (in_vain < MOST_SEARCHES)
                    .then(|| typefaces::of_system(&fonts, want.0, want.1))
                    .flatten();
                let Some((data, index)) = font else {
                    in_vain += 1;
                    continue;
                };
                found.load(want.1, data, index);
                // Setting the same provider again makes egui forget which characters it found missing.
                ctx.set_font_providers(vec![found]);
            }
        });
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread for the system's fonts");
    }
}

/// A character and whether its bold face is wanted.
type Want = (char, bool);

struct Found {
    /// Loaded fonts: whether bold, the name registered with egui, the data.
    loaded: Mutex<Vec<(bool, String, FontData)>>,
    asked: Mutex<HashSet<Want>>,
    wanted: Mutex<Sender<Want>>,
}

impl Found {
    /// A loaded font that has the character in the wanted weight.
    fn font(&self, (character, bold): Want) -> Option<FontInsert> {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, name, font) = loaded.iter().find(|(is_bold, _, font)| {
            *is_bold == bold && typefaces::has((*font.font).as_ref(), font.index, character)
        })?;
        Some(FontInsert::new(name, font.clone(), Vec::new()))
    }

    fn load(&self, bold: bool, data: Vec<u8>, index: u32) {
        let mut font = FontData::from_owned(data);
        font.index = index;
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let name = format!("system {}", loaded.len());
        loaded.push((bold, name, font));
    }
}

impl FontProvider for Found {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let bold =
            matches!(&request.family, FontFamily::Name(name) if matches!(&**name, MEDIUM | BOLD));
        if matches!(&request.family, FontFamily::Name(name) if matches!(&**name, ICONS | ICONS_FILL))
        {
            return None;
        }
        let want = (request.cluster.chars().next()?, bold);
        let found = self.font(want);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if found.is_none() && asked.insert(want) {
            let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
            let _the_thread_may_be_gone = wanted.send(want);
        }
        found
    }
}

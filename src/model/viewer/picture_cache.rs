//! Cache of pictures with limited memory. Wanted pictures are requested as one list whenever it changes.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::dicom::image::render::{Look, Window};
use crate::dicom::media::Stamp;
use crate::message::{Content, PictureAsk, PictureNews, Purpose, Watch, Wishes};

/// Longer side of a thumbnail, in pixels.
pub const THUMB: u32 = 128;
/// Longer side of the viewer's picture in pixels, until the size of its area is known.
pub const BIG: u32 = 1024;

/// Memory limits in bytes: for thumbnails (up to 64 KB each), and for other pictures.
const MOST_THUMBS: usize = 96 * 1024 * 1024;
pub(in crate::model) const MOST_VIEWS: usize = 256 * 1024 * 1024;
/// Estimated memory per entry besides the pixels, in bytes.
const OVERHEAD: usize = 1024;

/// Identifies a picture: file, frame, rendering settings and size.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PictureKey {
    path: PathBuf,
    frame: u32,
    look: (Option<(u64, u64)>, bool, bool),
    side: u32,
}

fn bits(look: &Look) -> (Option<(u64, u64)>, bool, bool) {
    let Look {
        window,
        inverted,
        overlays,
    } = look;
    let window = window
        .as_ref()
        .map(|Window { center, width }| (center.to_bits(), width.to_bits()));
    (window, *inverted, *overlays)
}

impl PictureKey {
    /// Key of a requested picture.
    pub fn of(ask: &PictureAsk) -> Self {
        PictureKey {
            path: ask.path.clone(),
            frame: ask.frame,
            look: bits(&ask.look),
            side: ask.side,
        }
    }

    /// Key of a file's thumbnail.
    pub fn thumb(path: &Path, frame: u32) -> Self {
        PictureKey::of(&thumb(path, frame))
    }

    /// Window that it is rendered with; `None`: as stored in the file.
    pub(in crate::model) fn window(&self) -> Option<Window> {
        let (center, width) = self.look.0?;
        Some(Window {
            center: f64::from_bits(center),
            width: f64::from_bits(width),
        })
    }

    /// Whether it shows this frame, with any rendering settings.
    pub(in crate::model) fn is_of(&self, path: &Path, frame: u32) -> bool {
        self.path == path && self.frame == frame
    }
}

fn thumb(path: &Path, frame: u32) -> PictureAsk {
    PictureAsk {
        path: path.to_owned(),
        frame,
        look: Look::default(),
        side: THUMB,
        purpose: Purpose::Thumbnail,
    }
}

/// State of a picture.
#[derive(Debug, Clone)]
pub enum Shown<'a> {
    /// Not loaded yet.
    NotYet,
    /// Loaded.
    Content(&'a Arc<Content>),
    /// Failed, with the reason.
    None(&'a str),
}

#[derive(Debug)]
struct Kept {
    result: Result<Arc<Content>, String>,
    stamp: Stamp,
    bytes: usize,
    came: u64,
    used: u64,
}

/// LRU cache with a limit in bytes.
#[derive(Debug)]
struct Pool {
    kept: HashMap<PictureKey, Kept>,
    bytes: usize,
    most: usize,
}

impl Pool {
    fn new(most: usize) -> Self {
        Pool {
            kept: HashMap::new(),
            bytes: 0,
            most,
        }
    }

    fn remove(&mut self, key: &PictureKey) {
        if let Some(kept) = self.kept.remove(key) {
            self.bytes -= kept.bytes;
        }
    }

    /// Adds a picture, evicting the least recently used. Wanted ones are evicted only for the viewer's picture, which
    /// is always added: if wanted pictures replaced each other, they would be requested again forever.
    fn add(&mut self, key: PictureKey, new: Kept, wanted: &Wanted) {
        self.remove(&key);
        let is_view = wanted.view.as_ref() == Some(&key);
        while self.bytes.saturating_add(new.bytes) > self.most {
            let others = self.kept.iter();
            let may_go = others.filter(|(key, _)| is_view || !wanted.all.contains(key));
            let oldest = may_go.min_by_key(|(key, kept)| (wanted.all.contains(key), kept.used));
            match oldest.map(|(key, _)| key.clone()) {
                Some(oldest) => self.remove(&oldest),
                None if is_view => break,
                None => return,
            }
        }
        self.bytes += new.bytes;
        self.kept.insert(key, new);
    }

    fn forget_others(&mut self, path: &Path, stamp: Stamp) {
        let others = self.kept.iter();
        let others = others.filter(|(key, kept)| key.path == path && kept.stamp != stamp);
        let others: Vec<PictureKey> = others.map(|(key, _)| key.clone()).collect();
        for other in &others {
            self.remove(other);
        }
    }
}

/// Keys that must not be evicted: the displayed picture and the prefetched ones.
#[derive(Debug, Default)]
struct Wanted {
    view: Option<PictureKey>,
    all: HashSet<PictureKey>,
}

/// All loaded pictures.
#[derive(Debug)]
pub struct Pictures {
    thumbs: Pool,
    views: Pool,
    uses: u64,
    /// Visible thumbnails: path and frame.
    on_screen: Vec<(PathBuf, u32)>,
    wanted: Wanted,
    /// List that was last sent to the worker.
    asked: Wishes,
    /// Files that were replaced since they were first read.
    replaced: HashSet<PathBuf>,
    /// Frames other than the first that could not be read: a file may declare more than it contains.
    without: HashMap<PathBuf, BTreeSet<u32>>,
}

impl Default for Pictures {
    fn default() -> Self {
        Pictures {
            thumbs: Pool::new(MOST_THUMBS),
            views: Pool::new(MOST_VIEWS),
            uses: 0,
            on_screen: Vec::new(),
            wanted: Wanted::default(),
            asked: Wishes::default(),
            replaced: HashSet::new(),
            without: HashMap::new(),
        }
    }
}

impl Pictures {
    fn pool(&self, side: u32) -> &Pool {
        match side > THUMB {
            true => &self.views,
            false => &self.thumbs,
        }
    }

    /// State of a picture.
    pub fn get(&self, key: &PictureKey) -> Shown<'_> {
        let kept = self.pool(key.side).kept.get(key);
        match kept.map(|kept| &kept.result) {
            None => Shown::NotYet,
            Some(Ok(content)) => Shown::Content(content),
            Some(Err(why)) => Shown::None(why),
        }
    }

    /// Whether the picture has loaded or failed.
    pub(in crate::model) fn has(&self, key: &PictureKey) -> bool {
        self.pool(key.side).kept.contains_key(key)
    }

    /// Key of the most recently loaded picture of a frame, with any settings. Thumbnails are ignored.
    pub(in crate::model) fn newest_of(&self, path: &Path, frame: u32) -> Option<PictureKey> {
        let of_it = self.views.kept.iter();
        let of_it = of_it.filter(|(key, _)| key.is_of(path, frame));
        let newest = of_it.max_by_key(|(_, kept)| kept.came)?;
        Some(newest.0.clone())
    }

    /// State of the file when the picture was read.
    pub fn stamp(&self, key: &PictureKey) -> Option<Stamp> {
        Some(self.pool(key.side).kept.get(key)?.stamp)
    }

    /// Whether the file was replaced while its picture was shown.
    pub fn was_replaced(&self, path: &Path) -> bool {
        self.replaced.contains(path)
    }

    /// Whether this frame could not be read.
    pub(in crate::model) fn is_without(&self, path: &Path, frame: u32) -> bool {
        let frames = self.without.get(path);
        frames.is_some_and(|frames| frames.contains(&frame))
    }

    fn note_frame(&mut self, ask: &PictureAsk, is_shown: bool) {
        if !is_shown && ask.frame > 0 {
            let frames = self.without.entry(ask.path.clone()).or_default();
            frames.insert(ask.frame);
        } else if let Some(frames) = self.without.get_mut(&ask.path) {
            frames.remove(&ask.frame);
        }
    }

    /// Memory of all pictures, in bytes.
    pub fn bytes(&self) -> usize {
        self.thumbs.bytes + self.views.bytes
    }

    /// Sets the visible thumbnails.
    pub(in crate::model) fn see(&mut self, thumbs: Vec<(PathBuf, u32)>) {
        self.on_screen = thumbs;
    }

    /// Adds a loaded picture.
    pub(in crate::model) fn add(&mut self, news: PictureNews) {
        let PictureNews { ask, stamp, result } = news;
        let key = PictureKey::of(&ask);
        let pixels = match result.as_deref() {
            Ok(Content::Picture(shot)) => shot.picture.rgba.len(),
            _ => 0,
        };
        if self
            .asked
            .watch
            .as_ref()
            .is_some_and(|watch| watch.ask.path == ask.path && watch.stamp != stamp)
        {
            self.replaced.insert(ask.path.clone());
        }
        self.note_frame(&ask, result.is_ok());
        self.views.forget_others(&ask.path, stamp);
        self.thumbs.forget_others(&ask.path, stamp);
        self.uses += 1;
        let kept = Kept {
            result,
            stamp,
            bytes: pixels + OVERHEAD,
            came: self.uses,
            used: self.uses,
        };
        match ask.side > THUMB {
            true => self.views.add(key, kept, &self.wanted),
            false => self.thumbs.add(key, kept, &self.wanted),
        }
    }

    /// The list to send to the worker, if it has changed: displayed picture, visible thumbnails, prefetched pictures.
    pub(in crate::model) fn wish(
        &mut self,
        view: Option<PictureAsk>,
        ahead: Vec<PictureAsk>,
    ) -> Option<Wishes> {
        let watch = view.as_ref().and_then(|ask| {
            let stamp = self.stamp(&PictureKey::of(ask))?;
            let ask = ask.clone();
            Some(Watch { ask, stamp })
        });
        let thumbs = std::mem::take(&mut self.on_screen);
        let all = thumbs.iter().map(|(path, frame)| thumb(path, *frame));
        self.wanted.view = view.as_ref().map(PictureKey::of);
        let all: Vec<PictureAsk> = view.into_iter().chain(all).chain(ahead).collect();
        self.on_screen = thumbs;
        self.touch(&all);
        let mut asks = Vec::new();
        let mut named = HashSet::new();
        for ask in all {
            let key = PictureKey::of(&ask);
            if !self.has(&key) && named.insert(key) {
                asks.push(ask);
            }
        }
        let wishes = Wishes { asks, watch };
        let before = &self.asked;
        // A list that lacks only pictures loaded since is not a change.
        let rest = before.asks.iter();
        let rest = rest.filter(|ask| !self.has(&PictureKey::of(ask)));
        let same = rest.eq(wishes.asks.iter()) && before.watch == wishes.watch;
        if same {
            return None;
        }
        self.asked = wishes.clone();
        Some(wishes)
    }

    /// Marks the wanted pictures as recently used.
    fn touch(&mut self, wanted: &[PictureAsk]) {
        self.uses += 1;
        self.wanted.all.clear();
        for ask in wanted {
            let key = PictureKey::of(ask);
            let pool = match ask.side > THUMB {
                true => &mut self.views,
                false => &mut self.thumbs,
            };
            if let Some(kept) = pool.kept.get_mut(&key) {
                kept.used = self.uses;
            }
            self.wanted.all.insert(key);
        }
    }
}

#[cfg(test)]
#[path = "picture_cache_tests.rs"]
mod tests;

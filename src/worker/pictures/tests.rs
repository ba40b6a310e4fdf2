use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

use super::cache::Entry;
use super::*;
use crate::dicom::image::render::{self, Look};
use crate::dicom::sample::write_sample_study;
use crate::message::{Content, Purpose, Watch};

const PATIENCE: Duration = Duration::from_secs(60);

fn ask(path: &Path, purpose: Purpose) -> PictureAsk {
    PictureAsk {
        path: path.to_owned(),
        frame: 0,
        look: Look::default(),
        side: match purpose {
            Purpose::Thumbnail => 128,
            Purpose::View | Purpose::Ahead => 1024,
        },
        purpose,
    }
}

fn named(number: usize, purpose: Purpose) -> PictureAsk {
    ask(Path::new(&format!("/{number}")), purpose)
}

fn list(asks: Vec<PictureAsk>) -> Wishes {
    let watch = None;
    Wishes { asks, watch }
}

struct Worker {
    pictures: Pictures,
    events: Receiver<Event>,
    files: Vec<PathBuf>,
    folder: tempfile::TempDir,
}

impl Worker {
    fn with_room(most: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = write_sample_study(folder.path()).unwrap();
        let (sender, events) = sync_channel(4096);
        let out = EventSender::new(sender, Box::new(|| {}));
        let pictures = Pictures::within(most, Duration::from_millis(5), out);
        Worker {
            pictures,
            events,
            files,
            folder,
        }
    }

    fn next(&self) -> PictureNews {
        match self.events.recv_timeout(PATIENCE) {
            Ok(Event::Picture(news)) => *news,
            other => panic!("no picture: {other:?}"),
        }
    }

    fn cached(&self) -> usize {
        self.pictures.0.cache.lock().unwrap().bytes()
    }
}

#[test]
fn what_is_looked_at_comes_before_everything_and_one_thread_is_always_free_for_it() {
    let mut queue = Queue::default();
    queue.replace(list(vec![
        named(1, Purpose::Thumbnail),
        named(2, Purpose::Thumbnail),
        named(3, Purpose::Ahead),
    ]));
    assert_eq!(queue.take(), Some(named(1, Purpose::Thumbnail)));
    assert_eq!(queue.take(), None, "the other thread waits for a view");
    queue.replace(list(vec![
        named(4, Purpose::View),
        named(2, Purpose::Thumbnail),
    ]));
    assert_eq!(queue.take(), Some(named(4, Purpose::View)));
    assert!(
        !queue.done(&named(1, Purpose::Thumbnail)),
        "nobody wants it any more"
    );
    assert_eq!(queue.take(), Some(named(2, Purpose::Thumbnail)));
    assert!(queue.done(&named(4, Purpose::View)));
    assert_eq!(queue.take(), None, "3 was dropped");
}

#[test]
fn while_a_window_is_dragged_one_picture_is_under_way_and_the_newest_follows() {
    let mut queue = Queue::default();
    let looks = [40.0, 41.0, 42.0].map(|center| PictureAsk {
        look: Look {
            window: Some(render::Window { center, width: 9.0 }),
            ..Look::default()
        },
        ..named(1, Purpose::View)
    });
    queue.replace(list(vec![looks[0].clone()]));
    assert_eq!(queue.take().as_ref(), Some(&looks[0]));
    queue.replace(list(vec![looks[1].clone()]));
    assert_eq!(queue.take(), None);
    queue.replace(list(vec![looks[2].clone()]));
    assert!(
        queue.done(&looks[0]),
        "it is nearer to what is wanted than the one before"
    );
    assert_eq!(queue.take().as_ref(), Some(&looks[2]), "41 was passed over");
}

#[test]
fn frames_are_kept_up_to_so_many_bytes_and_the_one_used_last_stays() {
    let folder = tempfile::tempdir().unwrap();
    let files = write_sample_study(folder.path()).unwrap();
    let stamp = Stamp::default();
    let frame = Arc::new(render::decode(&files[0], 0).unwrap());
    let rate = None;
    let entry = Entry { frame, stamp, rate };
    let one = entry.frame.bytes();
    let mut cache = Cache::new(one * 3 + one / 2);
    for number in 0..20 {
        cache.put(Path::new("/a"), number, entry.clone());
        assert!(cache.get(Path::new("/a"), 0, stamp).is_some(), "{number}");
        assert!(cache.bytes() <= one * 3 + one / 2);
    }
    assert_eq!(cache.bytes(), one * 3);
    assert!(cache.get(Path::new("/a"), 5, stamp).is_none());
    let replaced = Stamp { size: 1, ..stamp };
    assert!(
        cache.get(Path::new("/a"), 0, replaced).is_none(),
        "another file"
    );
    assert_eq!(cache.bytes(), one * 2);
    let mut small = Cache::new(one / 2);
    small.put(Path::new("/a"), 0, entry);
    assert_eq!(small.bytes(), 0, "larger than all the room");
}

#[test]
fn a_whole_series_is_looked_through_within_the_room_for_it() {
    let worker = Worker::with_room(3 * 1024 * 1024);
    for file in worker.files.clone() {
        worker.pictures.want(list(vec![ask(&file, Purpose::View)]));
        let news = worker.next();
        assert_eq!(news.ask.path, file);
        let content = news.result.unwrap();
        let Content::Picture(shot) = &*content else {
            panic!("a picture")
        };
        assert!(shot.picture.rgba.len() > 100_000 && shot.facts.columns > 100);
        assert!(worker.cached() <= 3 * 1024 * 1024);
    }
    assert!(worker.cached() > 1024 * 1024);
}

#[test]
fn another_window_is_made_of_the_frame_that_is_kept() {
    let worker = Worker::with_room(64 * 1024 * 1024);
    let file = worker.files[3].clone();
    worker.pictures.want(list(vec![ask(&file, Purpose::View)]));
    let stamp = worker.next().stamp;
    let inverted = PictureAsk {
        look: Look {
            inverted: true,
            ..Look::default()
        },
        ..ask(&file, Purpose::View)
    };
    let before = worker.cached();
    worker.pictures.want(list(vec![inverted.clone()]));
    let news = worker.next();
    assert_eq!((news.ask, news.stamp), (inverted, stamp));
    assert_eq!(worker.cached(), before, "it was not decoded again");
}

#[test]
fn what_was_scrolled_past_is_dropped() {
    let worker = Worker::with_room(64 * 1024 * 1024);
    let all = worker.files.iter();
    let all = all.map(|file| ask(file, Purpose::Thumbnail)).collect();
    worker.pictures.want(list(all));
    let last = worker.files.last().unwrap();
    worker.pictures.want(list(vec![ask(last, Purpose::View)]));
    let mut thumbnails = 0;
    while worker.next().ask.purpose != Purpose::View {
        thumbnails += 1;
    }
    // One more picture, so that all running work has ended.
    worker
        .pictures
        .want(list(vec![ask(&worker.files[0], Purpose::View)]));
    while worker.next().ask.purpose != Purpose::View {
        thumbnails += 1;
    }
    assert!(thumbnails < worker.files.len() / 2, "{thumbnails}");
}

#[test]
fn a_file_that_is_replaced_while_it_is_looked_at_is_decoded_anew() {
    let worker = Worker::with_room(64 * 1024 * 1024);
    let file = worker.folder.path().join("shown");
    std::fs::copy(&worker.files[0], &file).unwrap();
    let ask = ask(&file, Purpose::View);
    worker.pictures.want(list(vec![ask.clone()]));
    let first = worker.next();
    let watch = Watch {
        ask: ask.clone(),
        stamp: first.stamp,
    };
    worker.pictures.want(Wishes {
        asks: Vec::new(),
        watch: Some(watch),
    });
    std::fs::write(&file, "no image any more").unwrap();
    let second = worker.next();
    assert_ne!(second.stamp, first.stamp);
    assert_eq!(second.ask, ask);
    assert!(second.result.is_err());
    std::fs::remove_file(&file).unwrap();
    let why = loop {
        let news = worker.next();
        if news.stamp == Stamp::default() {
            break news.result.unwrap_err();
        }
    };
    assert_eq!(why, "The file could not be read: it is no longer there.");
}

use super::*;
use crate::model::testing;

fn ask(number: u32, side: u32) -> PictureAsk {
    PictureAsk {
        path: format!("/{number}").into(),
        frame: 0,
        look: Look::default(),
        side,
        purpose: Purpose::View,
    }
}

fn names(wishes: &Wishes) -> Vec<String> {
    let paths = wishes.asks.iter().map(|ask| ask.path.display().to_string());
    paths.collect()
}

#[test]
fn what_is_wanted_is_asked_for_once_and_the_worker_hears_of_every_change() {
    let mut pictures = Pictures::default();
    pictures.see(vec![("/1".into(), 0), ("/2".into(), 0)]);
    let ahead = vec![ask(4, BIG), ask(5, BIG)];
    let wishes = pictures.wish(Some(ask(3, BIG)), ahead.clone()).unwrap();
    assert_eq!(
        names(&wishes),
        ["/3", "/1", "/2", "/4", "/5"],
        "the view, thumbnails, what is likely"
    );
    assert!(pictures.wish(Some(ask(3, BIG)), ahead.clone()).is_none());
    pictures.add(testing::answer(&ask(5, BIG)));
    assert!(
        pictures.wish(Some(ask(3, BIG)), ahead).is_none(),
        "what has come is crossed off, and nothing else has changed"
    );
    let wishes = pictures.wish(Some(ask(4, BIG)), vec![ask(5, BIG)]).unwrap();
    assert_eq!(
        names(&wishes),
        ["/4", "/1", "/2"],
        "3 is not wanted any more"
    );
}

#[test]
fn pictures_are_kept_up_to_so_many_bytes_and_those_on_the_screen_go_last() {
    let mut pictures = Pictures::default();
    // 1 MB each, so that 256 fit.
    pictures.add(testing::answer(&ask(0, BIG)));
    for number in 1..300 {
        pictures.add(testing::answer(&ask(number, BIG)));
        drop(pictures.wish(Some(ask(0, BIG)), Vec::new()));
        assert!(pictures.bytes() <= MOST_VIEWS);
    }
    assert!(pictures.bytes() > MOST_VIEWS - 2 * 1024 * 1024);
    let has = |number| pictures.has(&PictureKey::of(&ask(number, BIG)));
    assert!(has(0) && has(299) && has(60) && !has(1) && !has(30));
}

#[test]
fn one_picture_in_two_looks_is_two_pictures() {
    let mut pictures = Pictures::default();
    pictures.add(testing::answer(&ask(0, BIG)));
    let inverted = PictureAsk {
        look: Look {
            inverted: true,
            ..Look::default()
        },
        ..ask(0, BIG)
    };
    let key = PictureKey::of(&inverted);
    assert!(matches!(pictures.get(&key), Shown::NotYet));
    pictures.add(testing::answer(&inverted));
    assert!(matches!(pictures.get(&key), Shown::Content(_)));
    assert_eq!(pictures.newest_of(Path::new("/0"), 0), Some(key));
}

#[test]
fn a_file_that_is_replaced_while_it_is_shown_is_said_and_its_older_pictures_go() {
    let mut pictures = Pictures::default();
    pictures.add(testing::answer(&ask(0, BIG)));
    pictures.add(testing::answer(&ask(0, THUMB)));
    let wishes = pictures.wish(Some(ask(0, BIG)), Vec::new()).unwrap();
    assert_eq!(wishes.watch.unwrap().ask, ask(0, BIG));
    let replaced = PictureNews {
        stamp: Stamp {
            size: 7,
            modified: None,
        },
        ..testing::answer(&ask(0, BIG))
    };
    pictures.add(replaced);
    assert!(pictures.was_replaced(Path::new("/0")));
    assert!(!pictures.has(&PictureKey::of(&ask(0, THUMB))));
    let wishes = pictures.wish(Some(ask(0, BIG)), Vec::new()).unwrap();
    assert_eq!(
        wishes.watch.unwrap().stamp.size,
        7,
        "the new one is watched"
    );
}

/// A result with a picture of `bytes` bytes.
fn large(ask: &PictureAsk, bytes: usize) -> PictureNews {
    let mut news = testing::answer(ask);
    if let Some(Content::Picture(shot)) = news.result.as_mut().ok().and_then(Arc::get_mut) {
        shot.picture.rgba = vec![0; bytes];
    }
    news
}

#[test]
fn large_pictures_do_not_drive_each_other_out_without_end_and_the_view_stays() {
    let mut pictures = Pictures::default();
    let ahead: Vec<PictureAsk> = (1..6).map(|number| ask(number, BIG)).collect();
    let mut rounds = 0;
    while let Some(wishes) = pictures.wish(Some(ask(0, BIG)), ahead.clone()) {
        for ask in &wishes.asks {
            pictures.add(large(ask, 60 * 1024 * 1024));
        }
        rounds += 1;
        assert!(rounds < 4, "the same ones are asked for again and again");
        assert!(pictures.has(&PictureKey::of(&ask(0, BIG))));
        assert!(pictures.bytes() <= MOST_VIEWS);
    }
    // The viewer's picture is added even if prefetched ones fill the cache.
    drop(pictures.wish(Some(ask(9, BIG)), ahead));
    pictures.add(large(&ask(9, BIG), 200 * 1024 * 1024));
    assert!(pictures.has(&PictureKey::of(&ask(9, BIG))));
    assert!(pictures.bytes() <= MOST_VIEWS);
}

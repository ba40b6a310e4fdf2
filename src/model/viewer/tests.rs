use std::time::Duration;

use super::*;
use crate::dicom::catalogue::{Found, Image};
use crate::message::{
    Command, Content, Event, FilesEvent, PictureAsk, PictureNews, Purpose, Shot, Wishes,
};
use crate::model::{
    Action, ShellAction, UploadAction,
    testing::{self, Drive},
};
use crate::model::{Now, Page, Tab};

/// A model with the second series of the thorax study selected, which has 312 images.
fn thorax() -> (Model, Vec<Command>) {
    let mut model = testing::with_drop();
    let uid = testing::uid_of(&model, "Thorax with contrast");
    let asked = model.act(Action::Upload(UploadAction::SelectStudy(uid)));
    (model, asked)
}

fn does(model: &mut Model, act: ViewerAction) -> Vec<Command> {
    model.act(Action::Viewer(act))
}

fn wishes(asked: &[Command]) -> &Wishes {
    testing::wishes(asked).expect("pictures are wished for")
}

fn viewed(asked: &[Command]) -> &PictureAsk {
    let first = wishes(asked).asks.first().expect("something is wanted");
    assert_eq!(first.purpose, Purpose::View);
    first
}

/// The number at the end of the file's name.
fn number(ask: &PictureAsk) -> usize {
    let name = ask.path.to_string_lossy();
    name.rsplit('_').next().unwrap().parse().unwrap()
}

fn shown(model: &Model) -> Option<(usize, u32)> {
    model.viewer.front().map(|front| (front.index, front.frame))
}

fn later(model: &mut Model, by: Duration) -> Vec<Command> {
    let now = Now {
        running: model.now.running + by,
        ..model.now
    };
    model.tick(now)
}

/// Time until the next frame.
fn rest(model: &Model) -> Option<Duration> {
    let due = model.play_due()?;
    Some(due.saturating_sub(model.now.running))
}

/// A model with a single file of `frames` frames.
fn clip(frames: u32) -> Model {
    let mut model = testing::model();
    testing::sign_in(&mut model);
    let mut found = testing::files(&testing::THORAX);
    found.truncate(1);
    if let Found::Image(header) = &mut found[0] {
        header.image = Image {
            frames,
            ..header.image.clone()
        };
    }
    testing::drop_folder(&mut model, found);
    model
}

fn answer_frames(model: &mut Model, frames: u32, rate: Option<f32>) {
    let mut asks = vec![model.wanted_view().unwrap()];
    for frame in 0..frames {
        asks.push(PictureAsk {
            frame,
            ..asks[0].clone()
        });
    }
    for ask in asks {
        let shot = Shot {
            picture: (*testing::phantom(64, 0)).clone(),
            facts: std::sync::Arc::new(testing::facts(64, frames)),
            rate,
        };
        let news = PictureNews {
            result: Ok(std::sync::Arc::new(Content::Picture(shot))),
            ..testing::answer(&ask)
        };
        drop(model.apply(Event::Picture(Box::new(news))));
    }
}

#[test]
fn what_is_looked_at_is_asked_for_first_and_its_neighbours_in_the_direction_of_going() {
    let (mut model, asked) = thorax();
    assert_eq!(number(viewed(&asked)), 156, "the middle one");
    let ahead = |asked: &[Command]| -> Vec<usize> {
        let asks = wishes(asked).asks.iter();
        let ahead = asks.filter(|ask| ask.purpose == Purpose::Ahead);
        ahead.map(number).collect()
    };
    assert_eq!(ahead(&asked)[..4], [157, 158, 159, 160]);
    let asked = does(&mut model, ViewerAction::Step(-3));
    assert_eq!(number(viewed(&asked)), 153);
    assert_eq!(ahead(&asked)[..3], [152, 151, 150], "back");
    assert!(
        ahead(&asked).contains(&154),
        "and a little of where it came from"
    );
}

#[test]
fn of_large_pictures_no_more_are_made_ahead_than_there_is_room_for() {
    let (mut model, asked) = thorax();
    let mut news = testing::answer(viewed(&asked));
    let content = news.result.as_mut().ok().and_then(std::sync::Arc::get_mut);
    if let Some(Content::Picture(shot)) = content {
        shot.picture.rgba = vec![0; 3328 * 4096 * 4];
    }
    drop(model.apply(Event::Picture(Box::new(news))));
    let asked = does(&mut model, ViewerAction::Step(1));
    let ahead = wishes(&asked).asks.iter();
    let ahead = ahead.filter(|ask| ask.purpose == Purpose::Ahead);
    let ahead: Vec<usize> = ahead.map(number).collect();
    assert_eq!(ahead, [158, 159], "128 MB of them");
}

#[test]
fn the_last_picture_stays_until_the_next_is_there() {
    let (mut model, asked) = thorax();
    assert_eq!(shown(&model), None);
    drop(model.apply(Event::Picture(Box::new(testing::answer(viewed(&asked))))));
    assert_eq!(shown(&model), Some((156, 0)));
    let asked = does(&mut model, ViewerAction::Step(50));
    assert_eq!(shown(&model), Some((156, 0)), "nothing is black meanwhile");
    drop(model.apply(Event::Picture(Box::new(testing::answer(viewed(&asked))))));
    assert_eq!(shown(&model), Some((206, 0)));
    let other = testing::uid_of(&model, "Knee left");
    drop(model.act(Action::Upload(UploadAction::SelectStudy(other))));
    assert_eq!(shown(&model), None, "another patient's picture does not");
}

#[test]
fn one_goes_to_the_ends_and_no_further() {
    let (mut model, _) = thorax();
    let at = |model: &Model| model.subject().unwrap().index;
    for (act, there) in [
        (ViewerAction::End { last: true }, 311),
        (ViewerAction::Step(10), 311),
        (ViewerAction::End { last: false }, 0),
        (ViewerAction::Step(-1), 0),
        (ViewerAction::Image(147), 147),
        (ViewerAction::Image(9999), 311),
    ] {
        drop(does(&mut model, act.clone()));
        assert_eq!(at(&model), there, "{act:?}");
    }
}

#[test]
fn the_window_follows_the_drag_and_one_that_was_picked_stays_while_stepping() {
    let (mut model, asked) = thorax();
    testing::answer_pictures(&mut model, &asked);
    let shown = |model: &Model| model.viewer.shown_window(&model.pictures).unwrap();
    assert_eq!(shown(&model).center, -600.0, "as the file says");
    let window = |model: &Model| model.viewer.window.unwrap();
    // The values span 4000, so a point changes the window by 4.
    let asked = does(&mut model, ViewerAction::Drag { x: 25.0, y: 10.0 });
    let Window { center, width } = window(&model);
    assert_eq!((center, width), (-560.0, 1600.0));
    assert_eq!(viewed(&asked).look.window, model.viewer.window);
    assert_eq!(
        shown(&model).center,
        -600.0,
        "the new one is not on the screen yet"
    );
    let ahead = wishes(&asked).asks.iter();
    assert_eq!(
        ahead.filter(|ask| ask.purpose == Purpose::Ahead).count(),
        0,
        "nothing else is made with a window that is gone the next moment"
    );
    let asked = does(&mut model, ViewerAction::Dropped);
    assert!(wishes(&asked).asks.len() > 5, "now the neighbours are");
    drop(does(&mut model, ViewerAction::Drag { x: -9e9, y: -9e9 }));
    assert!(window(&model).width > 0.0 && window(&model).center > -9000.0);
    drop(does(&mut model, ViewerAction::Step(1)));
    assert!(model.viewer.window.is_some(), "it stays in the series");
    let series = model.subject().unwrap().study.series[0]
        .series_instance_uid
        .clone();
    drop(model.act(Action::Upload(UploadAction::SelectSeries(series))));
    assert!(model.viewer.window.is_none(), "another series begins anew");
}

#[test]
fn the_whole_range_is_that_of_the_picture_and_reset_takes_it_back() {
    let (mut model, asked) = thorax();
    drop(does(&mut model, ViewerAction::WholeRange));
    assert!(model.viewer.window.is_none(), "there is no picture yet");
    testing::answer_pictures(&mut model, &asked);
    drop(does(&mut model, ViewerAction::WholeRange));
    let Window { center, width } = model.viewer.window.unwrap();
    assert_eq!((center, width), (976.0, 4000.0));
    drop(does(&mut model, ViewerAction::Invert));
    drop(does(&mut model, ViewerAction::Reset));
    assert!(model.viewer.window.is_none() && !model.viewer.inverted);
}

#[test]
fn what_is_seen_whole_is_not_moved_and_nothing_is_moved_out_of_sight() {
    let (mut model, _) = thorax();
    let zoom = |zoom, centre| ViewerAction::Zoom { zoom, centre };
    drop(does(&mut model, zoom(3.0, (7.0, -2.0))));
    assert_eq!((model.viewer.zoom, model.viewer.centre), (3.0, (1.0, 0.0)));
    drop(does(&mut model, zoom(f32::NAN, (0.0, 0.0))));
    assert_eq!(model.viewer.zoom, 3.0);
    drop(does(&mut model, zoom(0.9, (0.1, 0.1))));
    assert_eq!(model.viewer.centre, (0.5, 0.5));
    drop(does(&mut model, zoom(1e9, (0.5, 0.5))));
    assert_eq!(model.viewer.zoom, ZOOMS.1);
}

#[test]
fn the_frames_of_the_only_file_are_what_the_wheel_goes_through() {
    let mut model = clip(30);
    assert_eq!(model.subject().unwrap().frame, 15, "the middle one");
    let asked = does(&mut model, ViewerAction::Step(4));
    assert_eq!(viewed(&asked).frame, 19);
    drop(does(&mut model, ViewerAction::End { last: true }));
    assert_eq!(model.subject().unwrap().frame, 29);
    drop(does(&mut model, ViewerAction::Frame(3)));
    drop(does(&mut model, ViewerAction::StepFrame(-9)));
    assert_eq!(model.subject().unwrap().frame, 0);
}

#[test]
fn a_file_of_fewer_frames_than_it_says_opens_on_its_first_one() {
    let mut model = clip(30);
    let ask = model.wanted_view().unwrap();
    assert_eq!(ask.frame, 15);
    let news = PictureNews {
        result: Err("The image has no frame 16: it has 3.".to_owned()),
        ..testing::answer(&ask)
    };
    let asked = model.apply(Event::Picture(Box::new(news)));
    assert_eq!(viewed(&asked).frame, 0);
    let series = &model.upload.studies().next().unwrap().series[0];
    assert_eq!(model.standing(series).unwrap().1, 0, "the thumbnail too");
    drop(does(&mut model, ViewerAction::Frame(15)));
    assert_eq!(
        model.subject().unwrap().frame,
        15,
        "who goes there is told why"
    );
}

#[test]
fn frames_are_played_at_the_rate_of_the_file_and_from_the_beginning_after_the_last() {
    let mut model = clip(4);
    answer_frames(&mut model, 4, Some(20.0));
    drop(does(&mut model, ViewerAction::Frame(2)));
    drop(does(&mut model, ViewerAction::Play));
    assert_eq!(rest(&model), Some(Duration::from_millis(50)));
    assert_eq!(model.next_change(), rest(&model), "the window wakes for it");
    let frame = |model: &Model| model.subject().unwrap().frame;
    let mut seen = Vec::new();
    for _ in 0..3 {
        drop(later(&mut model, Duration::from_millis(50)));
        seen.push(frame(&model));
    }
    assert_eq!(seen, [3, 0, 1]);
    drop(later(&mut model, Duration::from_millis(20)));
    assert_eq!(frame(&model), 1, "it is not due yet");
    drop(does(&mut model, ViewerAction::Rate(Some(2.0))));
    drop(later(&mut model, Duration::from_millis(40)));
    assert_eq!(rest(&model), Some(Duration::from_millis(490)));
    drop(does(&mut model, ViewerAction::Play));
    assert_eq!(rest(&model), None, "nothing moves any more");
}

#[test]
fn a_frame_that_is_late_is_waited_for_and_nothing_is_repainted_meanwhile() {
    let mut model = clip(30);
    let ask = model.wanted_view().unwrap();
    drop(model.apply(Event::Picture(Box::new(testing::answer(&ask)))));
    drop(does(&mut model, ViewerAction::Play));
    drop(later(&mut model, Duration::from_millis(100)));
    assert_eq!(model.subject().unwrap().frame, 16);
    assert_eq!(rest(&model), None, "the worker's answer wakes it");
    drop(later(&mut model, Duration::from_secs(5)));
    assert_eq!(model.subject().unwrap().frame, 16);
    let ask = model.wanted_view().unwrap();
    drop(model.apply(Event::Picture(Box::new(testing::answer(&ask)))));
    drop(later(&mut model, Duration::ZERO));
    assert_eq!(model.subject().unwrap().frame, 17, "none is passed over");
}

#[test]
fn playing_stops_where_nobody_sees_it() {
    let hides: [fn(&mut Model); 4] = [
        |model| drop(Drive::act(model, Action::Shell(ShellAction::Go(Page::Log)))),
        |model| {
            drop(Drive::act(
                model,
                Action::Upload(UploadAction::ShowTab(Tab::Details)),
            ))
        },
        |model| {
            drop(Drive::act(
                model,
                Action::Upload(UploadAction::StepImage(1)),
            ))
        },
        |model| model.hidden(),
    ];
    for hide in hides {
        let (mut model, asked) = thorax();
        testing::answer_pictures(&mut model, &asked);
        drop(does(&mut model, ViewerAction::Play));
        assert!(model.viewer.is_playing());
        hide(&mut model);
        drop(later(&mut model, Duration::from_secs(1)));
        assert!(!model.viewer.is_playing() && model.play_due().is_none());
    }
    let mut one = clip(1);
    drop(does(&mut one, ViewerAction::Play));
    assert!(!one.viewer.is_playing(), "one image is not played");
}

#[test]
fn a_study_that_was_sent_can_still_be_looked_at_from_its_order() {
    let (mut model, _) = thorax();
    let uid = testing::uid_of(&model, "Thorax with contrast");
    let mut order = testing::orders().remove(0);
    assert!(model.study_of_order(&order, None).is_none());
    order
        .other
        .insert("StudyInstanceUid".into(), uid.clone().into());
    assert!(model.study_of_order(&order, None).is_some(), "in the drop");
    drop(model.act(Action::Upload(UploadAction::Send)));
    assert!(model.upload.catalogue.study(&uid).is_none());
    let (patient, study) = model.study_of_order(&order, None).unwrap();
    assert_eq!(
        (patient.id.as_str(), study.images()),
        ("19510203-1234", 612)
    );
    let series = None;
    let asked = does(&mut model, ViewerAction::Open { study: uid, series });
    assert_eq!(number(viewed(&asked)), 156);
    drop(does(&mut model, ViewerAction::Step(1)));
    assert_eq!(model.subject().unwrap().index, 157);
    drop(does(&mut model, ViewerAction::Close));
    assert!(!model.is_viewing());
    drop(Drive::act(
        &mut model,
        Action::Shell(ShellAction::SignOut { forget: false }),
    ));
    assert!(
        model.study_of_order(&order, None).is_none(),
        "the next account sees none of it"
    );
}

#[test]
fn what_stands_for_a_series_does_not_change_with_every_file_of_a_scan() {
    let mut model = testing::model();
    testing::sign_in(&mut model);
    drop(model.act(Action::Upload(UploadAction::Dropped(vec![
        "/media/disc".into(),
    ]))));
    let job = model.upload.scans[0].job;
    let mut standing = Vec::new();
    for found in testing::files(&testing::THORAX).chunks(50) {
        drop(model.apply(Event::Files(FilesEvent::Scanned {
            job,
            found: found.to_vec(),
            seen: 0,
            known: 0,
        })));
        let study = model.upload.studies().next().unwrap();
        let series = model.standing_series(study).unwrap();
        standing.push(model.standing(series).unwrap().0.path.clone());
    }
    standing.dedup();
    assert_eq!(standing.len(), 1);
    let cancelled = false;
    drop(model.apply(Event::Files(FilesEvent::ScanDone { job, cancelled })));
    let study = model.upload.studies().next().unwrap();
    let series = model.standing_series(study).unwrap();
    assert!(
        model
            .standing(series)
            .unwrap()
            .0
            .path
            .ends_with("IM_1_0156")
    );
}

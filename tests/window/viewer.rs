//! The viewer, control by control, without a worker.

use std::sync::Arc;
use std::time::Duration;

use crate::common::drawn;
use crate::common::drawn::Drive;
use crate::common::window::Window;
use eframe::egui::{
    Event as Input, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, Rect,
    Role, TouchPhase, Vec2, pos2, vec2,
};
use egui_kittest::kittest::{NodeT, Queryable};
use studydrop::dicom::attributes::structured_report::{Line, Report};
use studydrop::dicom::catalogue::Found;
use studydrop::dicom::image::render::NoImage;
use studydrop::message::{
    AccountCommand, Command, Content, Event, PictureAsk, PictureNews, Purpose, Shot, Stamp,
};
use studydrop::model::{
    Action, DeidentifyAction, Mode, OrdersAction, Page, ShellAction, Tab, UploadAction,
};

/// The thorax in front, its pictures there.
fn thorax() -> Window {
    let mut window = Window::with_drop();
    let uid = drawn::uid_of(window.model(), "Thorax with contrast");
    let asked = window.act(Action::Upload(UploadAction::SelectStudy(uid)));
    drawn::answer_pictures(&mut window, &asked);
    settle(&mut window);
    window
}

fn settle(window: &mut Window) {
    for _ in 0..3 {
        window.step();
        let asked = window.asked();
        drawn::answer_pictures(window, &asked);
    }
    window.step();
}

/// Where the picture is.
fn picture(window: &Window) -> Rect {
    let mut nodes = window
        .harness
        .query_all_by_label_contains("Picture: ")
        .filter(|node| node.accesskit_node().role() == Role::Image);
    let found = nodes.next();
    found.expect("a picture").rect()
}

fn wheel(window: &mut Window, notches: f32, modifiers: Modifiers) {
    let at = picture(window).center();
    wheel_at(window, at, notches, modifiers);
}

fn wheel_at(window: &mut Window, at: Pos2, notches: f32, modifiers: Modifiers) {
    window.harness.event(Input::PointerMoved(at));
    window.step();
    window.harness.event_modifiers(
        Input::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: vec2(0.0, notches),
            phase: TouchPhase::Move,
            modifiers,
            source: MouseWheelSource::Wheel,
        },
        modifiers,
    );
    settle(window);
}

fn drag(window: &mut Window, button: PointerButton, from: Pos2, by: Vec2) {
    let press = |pos, pressed| Input::PointerButton {
        pos,
        button,
        pressed,
        modifiers: Modifiers::NONE,
    };
    window.harness.event(Input::PointerMoved(from));
    window.harness.event(press(from, true));
    window.step();
    for part in 1..=4 {
        let at = from + by * (part as f32 / 4.0);
        window.harness.event(Input::PointerMoved(at));
        window.step();
    }
    window.harness.event(press(from + by, false));
    settle(window);
}

fn key(window: &mut Window, key: Key) {
    window.harness.key_press(key);
    settle(window);
}

/// Presses it; every picture that is asked for then comes.
fn press(window: &mut Window, label: &str) {
    let asked = window.press(label);
    drawn::answer_pictures(window, &asked);
    settle(window);
}

fn says(window: &Window, text: &str) {
    assert!(window.shows(text), "{text}");
}

#[test]
fn the_wheel_goes_on_a_notch_an_image_and_back() {
    let mut window = thorax();
    says(&window, "Image 157 of 312");
    wheel(&mut window, -1.0, Modifiers::NONE);
    says(&window, "Image 158 of 312");
    wheel(&mut window, 3.0, Modifiers::NONE);
    says(&window, "Image 155 of 312");
}

#[test]
fn the_wheel_beside_the_picture_does_not() {
    let mut window = thorax();
    let at = pos2(300.0, 400.0);
    window.harness.event(Input::PointerMoved(at));
    window.harness.event(Input::MouseWheel {
        unit: MouseWheelUnit::Line,
        delta: vec2(0.0, -2.0),
        phase: TouchPhase::Move,
        modifiers: Modifiers::NONE,
        source: MouseWheelSource::Wheel,
    });
    settle(&mut window);
    says(&window, "Image 157 of 312");
}

#[test]
fn arrows_pages_home_and_end_go_through_the_series() {
    let mut window = thorax();
    for (pressed, there) in [
        (Key::ArrowRight, 158),
        (Key::ArrowDown, 159),
        (Key::ArrowUp, 158),
        (Key::PageDown, 168),
        (Key::PageUp, 158),
        (Key::End, 312),
        (Key::ArrowRight, 312),
        (Key::Home, 1),
    ] {
        key(&mut window, pressed);
        says(&window, &format!("Image {there} of 312"));
    }
}

#[test]
fn the_slider_goes_where_it_is_pressed_and_takes_the_keyboard() {
    let mut window = thorax();
    let slider = |window: &Window| {
        let node = window.harness.get_by_role(Role::Slider);
        assert_eq!(node.accesskit_node().label().as_deref(), Some("Image"));
        (node.rect(), node.accesskit_node().numeric_value())
    };
    let (rect, value) = slider(&window);
    assert_eq!(value, Some(157.0));
    let right = pos2(rect.right() - 2.0, rect.center().y);
    drag(
        &mut window,
        PointerButton::Primary,
        rect.center(),
        right - rect.center(),
    );
    says(&window, "Image 312 of 312");
    window.harness.get_by_role(Role::Slider).focus();
    settle(&mut window);
    key(&mut window, Key::ArrowLeft);
    assert_eq!(slider(&window).1, Some(311.0));
    key(&mut window, Key::Home);
    says(&window, "Image 1 of 312");
    assert!(window.harness.get_by_role(Role::Slider).is_focused());
}

#[test]
fn a_number_in_the_corner_is_that_of_the_picture_until_the_next_is_there() {
    let mut window = thorax();
    window.harness.key_press(Key::End);
    window.step();
    says(&window, "Image 157 of 312");
    says(&window, "Image 312 is loading …");
    let asked = window.asked();
    let first = &drawn::wishes(&asked).unwrap().asks[0];
    assert_eq!(first.purpose, Purpose::View);
    assert!(first.path.ends_with("IM_1_0311"));
    drawn::answer_pictures(&mut window, &asked);
    window.step();
    says(&window, "Image 312 of 312");
}

#[test]
fn the_right_button_drags_the_window_wider_and_darker() {
    let mut window = thorax();
    says(&window, "C −600 W 1500");
    let at = picture(&window).center();
    drag(&mut window, PointerButton::Secondary, at, vec2(100.0, 50.0));
    // 4 units a point over 4000.
    let now = window.model().viewer.window.unwrap();
    assert!((now.width - 1900.0).abs() < 30.0, "{now:?}");
    assert!((now.center + 400.0).abs() < 30.0, "{now:?}");
    key(&mut window, Key::R);
    says(&window, "C −600 W 1500");
}

#[test]
fn a_window_is_picked_from_the_files_own_those_of_the_body_part_and_the_whole_range() {
    let mut window = thorax();
    press(&mut window, "Window");
    for name in [
        "As the file says",
        "LUNG (the file's)",
        "The file's window 2",
        "Lung",
        "Bone",
        "Brain",
    ] {
        says(&window, name);
    }
    let rows = window.places(&["Lung", "Mediastinum", "Brain"]);
    assert!(rows[0].top() < rows[1].top() && rows[1].top() < rows[2].top());
    press(&mut window, "Liver");
    says(&window, "C 30 W 150");
    press(&mut window, "Window");
    press(&mut window, "Whole range");
    says(&window, "C 976 W 4000");
    press(&mut window, "Window");
    press(&mut window, "As the file says");
    assert!(window.model().viewer.window.is_none());
}

#[test]
fn a_magnetic_resonance_has_no_presets_of_a_ct() {
    let mut window = Window::with_drop();
    let uid = drawn::uid_of(window.model(), "Knee left");
    let asked = window.act(Action::Upload(UploadAction::SelectStudy(uid)));
    drawn::answer_pictures(&mut window, &asked);
    settle(&mut window);
    press(&mut window, "Window");
    says(&window, "Whole range");
    assert!(!window.shows("Bone"));
}

#[test]
fn tools_and_letters_do_the_same() {
    let mut window = thorax();
    type State = (bool, bool, bool);
    let state = |window: &Window| -> State {
        let viewer = &window.model().viewer;
        (viewer.inverted, viewer.text, viewer.overlays)
    };
    assert_eq!(state(&window), (false, true, true));
    press(&mut window, "Invert");
    assert_eq!(state(&window), (true, true, true));
    for pressed in [Key::I, Key::T, Key::O] {
        key(&mut window, pressed);
    }
    assert_eq!(state(&window), (false, false, false));
    assert!(!window.shows("Image 157 of 312"), "the corners are empty");
    press(&mut window, "Text");
    says(&window, "Image 157 of 312");
}

#[test]
fn what_is_brought_nearer_is_moved_by_the_left_and_the_middle_button_and_fitted_again() {
    let mut window = thorax();
    let at = picture(&window).center();
    drag(&mut window, PointerButton::Primary, at, vec2(60.0, 0.0));
    assert_eq!(window.model().viewer.centre, (0.5, 0.5), "it is seen whole");
    for _ in 0..4 {
        key(&mut window, Key::Plus);
    }
    let zoom = window.model().viewer.zoom;
    assert!((zoom - 2.44).abs() < 0.01, "{zoom}");
    says(&window, "zoom 2.4");
    for button in [PointerButton::Primary, PointerButton::Middle] {
        let before = window.model().viewer.centre.0;
        drag(&mut window, button, at, vec2(60.0, 0.0));
        assert!(window.model().viewer.centre.0 < before - 0.02, "{button:?}");
    }
    key(&mut window, Key::F);
    says(&window, "zoom 1.0");
    key(&mut window, Key::Num1);
    let zoom = window.model().viewer.zoom;
    assert!(
        (zoom * picture(&window).height() - 512.0).abs() < 2.0,
        "{zoom}"
    );
    press(&mut window, "Fit");
    assert_eq!(window.model().viewer.zoom, 1.0);
}

#[test]
fn the_wheel_with_control_brings_what_is_under_the_pointer_nearer() {
    let mut window = thorax();
    wheel(&mut window, 4.0, Modifiers::COMMAND);
    assert!(window.model().viewer.zoom > 1.05);
    says(&window, "Image 157 of 312");
    let (x, y) = window.model().viewer.centre;
    assert!(
        (x - 0.5).abs() < 0.01 && (y - 0.5).abs() < 0.01,
        "the middle stays"
    );
}

#[test]
fn a_picture_is_asked_for_as_large_as_it_is_seen() {
    let mut window = thorax();
    for _ in 0..8 {
        window.harness.key_press(Key::Plus);
        window.step();
    }
    let asked = window.asked();
    let side = drawn::wishes(&asked).unwrap().asks[0].side;
    assert!(side > 1024, "{side}");
}

/// A file of so many frames, alone in its series.
fn clip(frames: u32) -> Window {
    let mut window = Window::signed_in();
    let mut found = drawn::files(&drawn::THORAX);
    found.truncate(1);
    if let Found::Image(header) = &mut found[0] {
        header.image.frames = frames;
    }
    drawn::drop_folder(&mut window, found);
    settle(&mut window);
    window
}

#[test]
fn frames_are_gone_through_by_the_wheel_and_played_by_space() {
    let mut window = clip(24);
    says(&window, "Frame 13 of 24");
    says(&window, "24 frames");
    wheel(&mut window, -2.0, Modifiers::NONE);
    says(&window, "Frame 15 of 24");
    key(&mut window, Key::Space);
    says(&window, "Stop playing");
    for _ in 0..3 {
        window
            .later
            .set(window.later.get() + Duration::from_millis(100));
        settle(&mut window);
    }
    says(&window, "Frame 18 of 24");
    press(&mut window, "Stop playing");
    window
        .later
        .set(window.later.get() + Duration::from_secs(1));
    settle(&mut window);
    says(&window, "Frame 18 of 24");
    press(&mut window, "Frames a second");
    press(&mut window, "25/s");
    assert_eq!(window.model().rate(), 25.0);
}

#[test]
fn playing_stops_when_another_page_is_in_front() {
    let mut window = clip(24);
    press(&mut window, "Play");
    assert!(window.model().viewer.is_playing());
    window.act(Action::Upload(UploadAction::ShowTab(Tab::Details)));
    window.step();
    assert!(!window.model().viewer.is_playing());
}

#[test]
fn shift_and_the_wheel_go_through_the_frames_of_one_image_of_several() {
    let mut window = Window::signed_in();
    let mut found = drawn::files(&drawn::THORAX);
    found.truncate(2);
    for found in &mut found {
        if let Found::Image(header) = found {
            header.image.frames = 8;
        }
    }
    drawn::drop_folder(&mut window, found);
    settle(&mut window);
    says(&window, "Image 2 of 2");
    says(&window, "Frame 1 of 8");
    wheel(&mut window, -3.0, Modifiers::SHIFT);
    says(&window, "Frame 4 of 8");
    key(&mut window, Key::ArrowRight);
    says(&window, "Frame 5 of 8");
    wheel(&mut window, 1.0, Modifiers::NONE);
    says(&window, "Image 1 of 2");
    says(&window, "Frame 1 of 8");
    assert_eq!(window.harness.get_all_by_role(Role::Slider).count(), 2);
}

fn answer_with(window: &mut Window, asked: &[Command], result: &Result<Content, String>) {
    let asks: Vec<PictureAsk> = drawn::wishes(asked).unwrap().asks.clone();
    for ask in asks {
        let news = PictureNews {
            result: result.clone().map(Arc::new),
            ..drawn::answer(&ask)
        };
        window.apply(Event::Picture(Box::new(news)));
    }
    window.step();
}

#[test]
fn what_cannot_be_shown_says_why_and_the_rest_goes_on() {
    let mut window = thorax();
    let asked = window.act(Action::Upload(UploadAction::StepImage(40)));
    let why = "This kind of image cannot be shown here (the data is damaged). It is uploaded all the same.";
    answer_with(&mut window, &asked, &Err(why.to_owned()));
    says(&window, why);
    says(&window, "Image 197 of 312");
    let asked = window.act(Action::Upload(UploadAction::StepImage(40)));
    answer_with(
        &mut window,
        &asked,
        &Ok(Content::Other(NoImage::Video("MPEG-4"))),
    );
    says(
        &window,
        "This is a video (MPEG-4). It is uploaded all the same.",
    );
    key(&mut window, Key::Home);
    says(&window, "Image 1 of 312");
    says(&window, "C −600 W 1500");
}

#[test]
fn a_file_that_was_replaced_while_it_is_shown_says_so() {
    let mut window = thorax();
    let ask = window.model().wanted_view().unwrap();
    let modified = Some(std::time::SystemTime::UNIX_EPOCH);
    let news = PictureNews {
        stamp: Stamp { size: 7, modified },
        ..drawn::answer(&ask)
    };
    window.apply(Event::Picture(Box::new(news)));
    window.step();
    assert!(window.shows_part("The file was replaced since it was read."));
    key(&mut window, Key::ArrowRight);
    assert!(!window.shows_part("The file was replaced since it was read."));
}

#[test]
fn a_file_that_was_replaced_shows_its_new_pixels() {
    let mut window = thorax();
    let sides = |window: &Window| -> Vec<[usize; 2]> {
        let manager = window.harness.ctx.tex_manager();
        let manager = manager.read();
        let pictures = manager
            .allocated()
            .filter(|(_, meta)| meta.name == "picture");
        pictures.map(|(_, meta)| meta.size).collect()
    };
    assert!(sides(&window).contains(&[512, 512]));
    let ask = window.model().wanted_view().unwrap();
    let shot = Shot {
        picture: (*drawn::phantom(300, 0)).clone(),
        facts: Arc::new(drawn::facts(300, 1)),
        rate: None,
    };
    let modified = Some(std::time::SystemTime::UNIX_EPOCH);
    window.apply(Event::Picture(Box::new(PictureNews {
        ask,
        stamp: Stamp { size: 7, modified },
        result: Ok(Arc::new(Content::Picture(shot))),
    })));
    window.step();
    let sides = sides(&window);
    assert!(sides.contains(&[300, 300]), "{sides:?}");
    assert!(!sides.contains(&[512, 512]), "{sides:?}");
}

/// Answers with a file that was cut off: so many lines of it are there.
fn answer_cut(window: &mut Window, asked: &[Command], lines: usize) {
    let mut picture = (*drawn::phantom(300, 0)).clone();
    for pixel in picture.rgba.chunks_exact_mut(4).skip(lines * 300) {
        pixel.copy_from_slice(&[0, 0, 0, 255]);
    }
    let mut facts = drawn::facts(300, 1);
    facts.is_cut = true;
    let shot = Shot {
        picture,
        facts: Arc::new(facts),
        rate: None,
    };
    answer_with(window, asked, &Ok(Content::Picture(shot)));
}

#[test]
fn an_image_that_is_cut_off_says_so_and_one_of_which_hardly_anything_is_there_is_not_shown() {
    let cut = "The end of this image is missing in the file.";
    let mut window = thorax();
    assert!(!window.shows_part(cut));
    let asked = window.act(Action::Upload(UploadAction::StepImage(40)));
    answer_cut(&mut window, &asked, 200);
    assert!(window.shows_part(cut));
    says(&window, "C −600 W 1500");
    let asked = window.act(Action::Upload(UploadAction::StepImage(40)));
    answer_cut(&mut window, &asked, 3);
    assert!(window.shows_part("Hardly anything of this image is in the file"));
    assert!(!window.shows_part(cut));
}

#[test]
fn the_wheel_scrolls_a_report_of_several_and_stays_at_it() {
    let mut window = thorax();
    let at = picture(&window).center();
    let report = Report {
        title: "Radiology report".into(),
        lines: vec![],
        is_cut: false,
    };
    let asked = window.act(Action::Upload(UploadAction::StepImage(40)));
    answer_with(&mut window, &asked, &Ok(Content::Report(report)));
    wheel_at(&mut window, at, -3.0, Modifiers::NONE);
    assert_eq!(window.model().subject().unwrap().index, 196);
    key(&mut window, Key::ArrowRight);
    assert_eq!(window.model().subject().unwrap().index, 197);
}

#[test]
fn of_a_long_report_only_the_lines_that_are_seen_are_built() {
    let mut window = thorax();
    let at = picture(&window).center();
    let lines = (0..20_000).map(|number| Line {
        depth: 1,
        name: format!("Finding number {number}"),
        value: "none ".repeat(1 + number % 50),
    });
    let report = Report {
        title: "Radiology report".into(),
        lines: lines.collect(),
        is_cut: true,
    };
    let asked = window.act(Action::Upload(UploadAction::StepImage(40)));
    answer_with(&mut window, &asked, &Ok(Content::Report(report)));
    let built = |window: &Window| {
        let all = window.harness.query_all_by_label_contains("Finding number");
        all.count()
    };
    assert!(window.shows_part("Finding number 0:"));
    assert!((3..60).contains(&built(&window)), "{}", built(&window));
    wheel_at(&mut window, at, -90.0, Modifiers::NONE);
    for _ in 0..30 {
        window.step();
    }
    assert!(!window.shows_part("Finding number 0:"));
    assert!((3..60).contains(&built(&window)), "{}", built(&window));
    wheel_at(&mut window, at, -100_000.0, Modifiers::NONE);
    for _ in 0..60 {
        window.step();
    }
    assert!(window.shows_part("Finding number 19999:"));
    assert!(window.shows_part("only its beginning is shown"));
}

#[test]
fn a_report_is_shown_as_text() {
    let mut window = thorax();
    let line = |depth, name: &str, value: &str| Line {
        depth,
        name: name.into(),
        value: value.into(),
    };
    let report = Report {
        title: "Radiology report".into(),
        lines: vec![line(0, "Findings", ""), line(1, "Diameter", "12.5 mm")],
        is_cut: true,
    };
    let asked = window.act(Action::Upload(UploadAction::StepImage(40)));
    answer_with(&mut window, &asked, &Ok(Content::Report(report)));
    says(&window, "Radiology report");
    says(&window, "Findings");
    says(&window, "Diameter: 12.5 mm");
    assert!(window.shows_part("only its beginning is shown"));
}

#[test]
fn areas_are_drawn_where_they_are_on_a_picture_that_was_brought_nearer() {
    let mut window = thorax();
    window.act(Action::Deidentify(DeidentifyAction::Choose(Mode::Profile)));
    window.step();
    let asked = window.asked();
    drawn::answer_cleaning(&mut window, &asked, "");
    window.act(Action::Deidentify(DeidentifyAction::ToggleDrawing));
    settle(&mut window);
    for _ in 0..4 {
        key(&mut window, Key::Plus);
    }
    let zoom = window.model().viewer.zoom;
    // The middle of what is seen is the middle of the image, 256 pixels from its edge.
    let middle = picture(&window).center();
    drag(
        &mut window,
        PointerButton::Primary,
        middle,
        vec2(50.0, 30.0),
    );
    let areas = window.model().deidentify.areas.values().next().unwrap();
    let area = areas[0];
    let scale = 512.0 / (whole_side(&window) * zoom);
    let near = |value: u32, wanted: f32| (value as f32 - wanted).abs() < 2.5;
    assert!(near(area.x, 256.0) && near(area.y, 256.0), "{area:?}");
    assert!(
        near(area.width, 50.0 * scale) && near(area.height, 30.0 * scale),
        "{area:?}"
    );
    // The other buttons still move it.
    let before = window.model().viewer.centre;
    drag(&mut window, PointerButton::Middle, middle, vec2(-40.0, 0.0));
    assert!(window.model().viewer.centre.0 > before.0);
    assert_eq!(
        window
            .model()
            .deidentify
            .areas
            .values()
            .next()
            .unwrap()
            .len(),
        1
    );
}

/// The side of the square picture when it is seen whole.
fn whole_side(window: &Window) -> f32 {
    let place = picture(window);
    place.width().min(place.height())
}

#[test]
fn the_keys_can_be_looked_up() {
    let mut window = thorax();
    press(&mut window, "Keys and mouse");
    says(&window, "Ctrl + wheel, + −");
    says(&window, "play, stop");
}

#[test]
fn letters_that_are_typed_into_a_field_are_not_the_pictures() {
    let mut window = thorax();
    press(&mut window, "Folder");
    if window.shows("Find a folder") {
        window.type_into("Find a folder", "if");
    }
    assert!(!window.model().viewer.inverted);
}

#[test]
fn an_order_shows_the_pictures_that_are_on_this_computer_and_a_press_opens_them() {
    let mut window = thorax();
    let uid = drawn::uid_of(window.model(), "Thorax with contrast");
    let asked = window.act(Action::Shell(ShellAction::Go(Page::Orders)));
    let mut orders = drawn::orders();
    orders[0]
        .other
        .insert("StudyInstanceUid".into(), uid.into());
    drawn::answer_search(&mut window, &asked, orders.clone());
    window.act(Action::Orders(OrdersAction::SelectOrder(
        orders[1].patient_order_uuid,
    )));
    settle(&mut window);
    says(&window, "Pictures on this computer");
    let asked = window.press("Open this order in viewer");
    assert!(
        asked
            .iter()
            .any(|command| matches!(command, Command::Account(AccountCommand::View { .. })))
    );
    window.act(Action::Orders(OrdersAction::SelectOrder(
        orders[0].patient_order_uuid,
    )));
    settle(&mut window);
    press(&mut window, "Look at Bone, 112 images");
    says(&window, "Öberg, Märta · Thorax with contrast");
    says(&window, "Image 57 of 112");
    wheel(&mut window, -1.0, Modifiers::NONE);
    says(&window, "Image 58 of 112");
    press(&mut window, "Series Mediastinum");
    says(&window, "Image 94 of 186");
    key(&mut window, Key::Escape);
    assert!(window.model().viewer.dialog.is_none());
    assert!(!window.shows("Image 94 of 186"));
}

#[test]
fn series_cards_show_a_sign_for_what_is_no_picture() {
    let mut window = Window::signed_in();
    let mut found = drawn::files(&drawn::THORAX);
    found.truncate(1);
    drawn::drop_folder(&mut window, found);
    window.step();
    let asked = window.asked();
    answer_with(&mut window, &asked, &Ok(Content::Other(NoImage::Pdf)));
    says(
        &window,
        "This is a PDF document. It is uploaded all the same.",
    );
    let node = window.harness.get_by_label("Window");
    assert!(
        node.accesskit_node().is_disabled(),
        "there is no window to choose"
    );
}

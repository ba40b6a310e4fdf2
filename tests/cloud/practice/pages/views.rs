//! What an address for viewing shows, to whom, and how long.

use reqwest::Method;

use super::browser::Place;
use crate::common::studies::StudyBuilder;
use crate::practice::studies::Image;

fn study(name: &str) -> StudyBuilder {
    StudyBuilder::new().patient(name, "P-7").pixels(64, 32)
}

#[tokio::test]
async fn a_view_shows_its_orders_in_their_order_with_all_that_is_known() {
    let mut place = Place::new().await;
    let (first, _) = place.study(&study("Zorn^Anders").description("Knee")).await;
    let (second, _) = place
        .study(&study("Yamada^Tarou=山田^太郎").modality("MR"))
        .await;
    let (other, _) = place.study(&study("Berg^Nils")).await;
    let page = place.get(&place.view(&[&first, &second])).await;
    assert_eq!(page.status, 200);
    let text = page.text();
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"));
    assert!(at("Zorn, Anders") < at("山田 太郎 (Yamada Tarou)"));
    for known in ["P-7", "23 Nov 2026", ">CT<", ">MR<", ">Knee<", "2 orders"] {
        at(known);
    }
    assert!(!text.contains("Berg"), "{text}");
    assert!(!text.contains(&other));
    assert_eq!(page.links("/picture/").len(), 2);
}

#[tokio::test]
async fn pictures_are_png_small_and_large_and_the_middle_one_of_many_frames() {
    let mut place = Place::new().await;
    let (order, _) = place.study(&study("A^B").pixels(1000, 500)).await;
    let (frames, _) = place.study(&study("C^D").frames(5)).await;
    let page = place.get(&place.view(&[&order, &frames])).await;
    for (kind, width) in [("/picture/", 320), ("/image/", 1000)] {
        let picture = place.get(&page.links(kind)[0]).await;
        assert_eq!(picture.header("content-type"), "image/png");
        let read = image::load_from_memory(&picture.bytes).unwrap().to_luma8();
        assert_eq!((read.width(), read.height()), (width, width / 2));
        let (dark, light) = (
            read.get_pixel(0, 0).0[0],
            read.pixels().next_back().unwrap().0[0],
        );
        assert!(dark < 20 && light > 235, "a ramp from black to white");
    }
    let middle = place.get(&page.links("/picture/")[1]).await;
    assert_eq!(middle.header("content-type"), "image/png");
}

#[tokio::test]
async fn what_cannot_be_shown_says_why_in_the_pictures_place() {
    let mut place = Place::new().await;
    let order = place.send(&Image::of("1.2.1", 1).bytes(10, 1)).await;
    let view = place.view(&[&order]);
    let link = place.get(&view).await.links("/picture/").remove(0);
    let picture = place.get(&link).await;
    assert_eq!(
        (picture.status, picture.header("content-type")),
        (200, "image/svg+xml")
    );
    assert!(picture.text().contains("no image"), "{}", picture.text());
    std::fs::remove_dir_all(place.folder.path().join("files")).unwrap();
    let picture = place.get(&link).await;
    assert_eq!(picture.status, 200);
    assert!(
        picture.text().contains("file is not on"),
        "{}",
        picture.text()
    );
}

#[tokio::test]
async fn an_order_of_many_images_shows_some_and_leads_to_the_rest_page_by_page() {
    let mut place = Place::new().await;
    let (order, _) = place
        .study(&study("A^B").pixels(4, 4).series(2).images(40))
        .await;
    let view = place.view(&[&order]);
    let page = place.get(&view).await;
    assert_eq!(page.links("/picture/").len(), 12);
    assert!(page.text().contains("All 80 pictures"));
    let all = page.links("/order/").remove(0);
    let first = place.get(&all).await;
    let second = place.get(&first.links("?page=2")[0]).await;
    let mut pictures = first.links("/picture/");
    assert_eq!(pictures.len(), 60);
    assert_eq!(first.text().matches("Series of CT").count(), 2);
    pictures.extend(second.links("/picture/"));
    pictures.sort_unstable();
    pictures.dedup();
    assert_eq!(pictures.len(), 80, "each of them, and once");
    for odd in [
        "?page=0",
        "?page=-1",
        "?page=x",
        "?page=",
        "?page=99999999999999999999",
    ] {
        let page = place.get(&format!("{all}{odd}")).await;
        assert_eq!(
            (page.status, page.links("/picture/").len()),
            (200, 60),
            "{odd}"
        );
    }
    let beyond = place.get(&format!("{all}?page=4294967295")).await;
    assert_eq!((beyond.status, beyond.links("/picture/").len()), (200, 0));
}

#[tokio::test]
async fn pictures_stand_in_the_places_that_their_files_number() {
    let mut place = Place::new().await;
    let mut order = String::new();
    // The lower the number, the wider the picture; UIDs say nothing, and files come as they will.
    for (series, number, width) in [(2, 1, 10), (1, 10, 20), (1, 2, 30), (1, 1, 40)] {
        let uids = (format!("1.2.9.{series}"), format!("1.2.9.{series}.{width}"));
        let image = study("A^B").study_uid("1.2.9").pixels(width, 4);
        order = place
            .send(&image.file(&uids.0, &uids.1, series, number))
            .await;
    }
    let page = place.get(&place.view(&[&order])).await;
    let mut widths = Vec::new();
    for link in page.links("/picture/") {
        let picture = place.get(&link).await;
        widths.push(image::load_from_memory(&picture.bytes).unwrap().width());
    }
    assert_eq!(widths, [40, 30, 20, 10]);
}

#[tokio::test]
async fn a_folder_shows_all_below_it_page_by_page_and_none_of_the_trash() {
    let mut place = Place::new().await;
    let mut orders = Vec::new();
    for number in 0..12 {
        let image = Image::of(&format!("1.2.{number}"), 1);
        orders.push(place.send(&image.bytes(10, 1)).await);
        place.put(
            &orders[number],
            if number % 2 == 0 { "Trauma" } else { "Week 48" },
        );
    }
    let outside = place.send(&Image::of("1.3.1", 1).bytes(10, 1)).await;
    place.put(&outside, "Teaching");
    let view = place.view_folder("Trauma");
    let first = place.get(&view).await;
    let second = place.get(&format!("{view}?page=2")).await;
    assert!(first.text().contains("12 orders"), "{}", first.text());
    let shown = |page: &super::browser::Page| page.links("/picture/").len();
    assert_eq!((shown(&first), shown(&second)), (10, 2));
    assert_eq!(shown(&place.get(&place.view_folder("Week 48")).await), 6);

    let picture = first.links("/picture/").remove(0);
    for order in &orders {
        let sql = "UPDATE patient_order SET trashed = 1 WHERE uuid = ?1";
        place.change(sql, &[order]);
        let page = place.get(&format!("{view}/order/{order}")).await;
        assert_eq!(page.status, 404);
    }
    assert_eq!(place.get(&picture).await.status, 404);
    assert!(place.get(&view).await.text().contains("No orders here"));

    place.change("DELETE FROM folder WHERE name = 'Trauma'", &[]);
    let gone = place.get(&view).await;
    assert_eq!(gone.status, 410);
    assert!(gone.text().contains("deleted"), "{}", gone.text());
}

#[tokio::test]
async fn a_view_shows_what_its_user_sees_and_no_more() {
    let mut place = Place::new().await;
    let here = place.send(&Image::of("1.2.1", 1).bytes(10, 1)).await;
    place.client.location = place.location(1).into();
    let there = place.send(&Image::of("1.2.2", 1).bytes(10, 1)).await;
    place.put(&here, "Trauma");
    place.put(&there, "Week 48");
    let (nils, trauma) = (place.user(2), place.folder("Trauma"));
    let view = place.view_by(&nils, Some(&trauma), &[]);
    let seen = async |view: &str| {
        let page = place.get(view).await;
        [&here, &there].map(|order| page.text().contains(order.as_str()))
    };
    // Few pictures have no page of their own, so the orders are told apart by one.
    let has = async |view: &str, order: &str| {
        place.get(&format!("{view}/order/{order}")).await.status == 200
    };
    assert_eq!(seen(&view).await, [false, false]);
    assert!(has(&view, &here).await && !has(&view, &there).await);
    place.change("INSERT INTO order_user VALUES (?1, ?2)", &[&there, &nils]);
    assert!(has(&view, &there).await, "assigned");

    place.change("UPDATE user SET restricted = 1 WHERE uuid = ?1", &[&nils]);
    assert!(!has(&view, &here).await && has(&view, &there).await);
    let share = "INSERT INTO share (uuid, kind, folder, user, expires, created)
        VALUES ('s', 'User', ?1, ?2, '2020-01-01', 0)";
    place.change(share, &[&trauma, &place.user(0)]);
    place.change("INSERT INTO share_user VALUES ('s', ?1)", &[&nils]);
    assert!(!has(&view, &here).await, "the share is over");
    place.change("UPDATE share SET expires = ''", &[]);
    assert!(has(&view, &here).await, "shared");
}

#[tokio::test]
async fn an_unknown_or_old_address_says_so() {
    let mut place = Place::new().await;
    let order = place.send(&Image::of("1.2.1", 1).bytes(10, 1)).await;
    let view = place.view(&[&order]);
    let picture = place.get(&view).await.links("/picture/").remove(0);
    assert_eq!(place.get(&format!("{view}/")).await.status, 200);
    let unknown = place.get("/view/0123456789").await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.text().contains("not known"), "{}", unknown.text());
    place.change("UPDATE view SET created = unixepoch() - 43190", &[]);
    assert_eq!(place.get(&view).await.status, 200);
    place.change("UPDATE view SET created = unixepoch() - 43210", &[]);
    for path in [&view, &picture] {
        let old = place.get(path).await;
        assert_eq!(old.status, 410);
        assert!(old.text().contains("12 hours"), "{}", old.text());
    }
}

#[tokio::test]
async fn nothing_outside_the_view_is_reached_through_it() {
    let mut place = Place::new().await;
    let inside = place.send(&Image::of("1.2.1", 1).bytes(10, 1)).await;
    let outside = place.send(&Image::of("1.2.2", 1).bytes(10, 1)).await;
    let secret = place.document(&outside, "report", "application/pdf", b"%PDF secret");
    let (view, other) = (place.view(&[&inside]), place.view(&[&outside]));
    let foreign = place.get(&other).await.links("/picture/").remove(0);
    let mut paths = vec![
        foreign.replace(&other, &view),
        format!("{view}/order/{outside}"),
        format!("{view}/document/{secret}"),
        format!("{view}/save/{secret}"),
        format!("{view}/download/{inside}"),
        format!("{view}/upload"),
        "/view".to_owned(),
        "/view/".to_owned(),
        "/share/".to_owned(),
    ];
    for trick in [
        "picture/..%2f..%2fpractice.sqlite",
        "picture/%2e%2e",
        "picture/aa-bb-cc",
        "document/..%2f..%2flock",
        "document/'%20OR%20'1'='1",
        "../../lock",
        "picture/../../../practice.sqlite",
        "order/%00",
        "order/",
        "picture",
        "picture/a/b",
        "nothing",
        "/order",
    ] {
        paths.push(format!("{view}/{trick}"));
    }
    for path in paths {
        let answer = place.raw(&path).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
        assert!(!answer.contains("secret"));
    }
}

#[tokio::test]
async fn methods_are_those_of_pages() {
    let mut place = Place::new().await;
    let order = place.send(&Image::of("1.2.1", 1).bytes(10, 1)).await;
    let view = place.view(&[&order]);
    let ask = async |method, path: &str| place.ask(method, path, &[], Vec::new()).await;
    let head = ask(Method::HEAD, &view).await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let refused = ask(method, &view).await;
        assert_eq!(
            (refused.status, refused.header("allow")),
            (405, "GET, HEAD")
        );
    }
    let share = place.share(None, &[&order], &[]);
    assert_eq!(
        ask(Method::PUT, &share).await.header("allow"),
        "GET, HEAD, POST"
    );
    let upload = format!("{share}/upload");
    assert_eq!(ask(Method::GET, &upload).await.header("allow"), "POST");
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_it_in_its_place() {
    let mut place = Place::new().await;
    let (order, _) = place.study(&study("A^B")).await;
    let document = place.document(&order, "report", "application/pdf", b"%PDF");
    let view = place.view(&[&order]);
    let picture = place.get(&view).await.links("/picture/").remove(0);
    let document = format!("{view}/document/{document}");
    for path in [&view, &picture, &document, "/view/none", "/share/none"] {
        let page = place.get(path).await;
        let policy = page.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; img-src 'self'"),
            "{path}"
        );
        assert!(policy.contains("form-action 'self'") && !policy.contains("script"));
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn whatever_a_file_says_of_itself_is_text_on_the_page() {
    let mut place = Place::new().await;
    let bad = "\"><script>alert(1)</script>'&lt;";
    let (order, _) = place
        .study(&study(bad).description("<img src=x onerror=alert(2)>"))
        .await;
    place.document(
        &order,
        "</bdi><script>3</script>",
        "text/html",
        b"<script>4</script>",
    );
    place.put(&order, "Teaching");
    place.change(
        "UPDATE folder SET name = '<script>5</script>', description = '</p><script>6' WHERE name = 'Teaching'",
        &[],
    );
    let view = place.view_folder("<script>5</script>");
    for page in [
        place.get(&view).await,
        place.get(&format!("{view}/order/{order}")).await,
    ] {
        let text = page.text();
        assert_eq!(page.status, 200);
        assert!(
            !text.contains("<script") && !text.contains("<img src=x"),
            "{text}"
        );
        assert!(text.contains("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;lt;"));
        assert!(text.contains("&lt;img src=x onerror=alert(2)&gt;"));
        let title = text
            .split("<title>")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap();
        assert!(
            ["Orders", "Order"].contains(&title),
            "no name in a title: {title}"
        );
    }
}

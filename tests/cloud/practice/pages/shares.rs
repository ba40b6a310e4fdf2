//! Shares: their passwords, their last day, and what they allow.

use std::io::{Cursor, Read};

use reqwest::Method;

use super::browser::Place;
use crate::common::studies::StudyBuilder;
use crate::practice::studies::Image;

async fn place() -> (Place, String) {
    let mut place = Place::new().await;
    let order = place.send(&Image::of("1.2.1", 1).bytes(10, 1)).await;
    (place, order)
}

#[tokio::test]
async fn a_share_without_a_password_shows_its_title_and_orders_at_once() {
    let (place, order) = place().await;
    let share = place.share(
        None,
        &[&order],
        &[
            ("title", "For Dr <Berg>"),
            ("description", "Please look at\nthe left knee & more"),
            ("expires", "2999-12-31"),
        ],
    );
    let page = place.get(&share).await;
    assert_eq!(page.status, 200);
    for part in [
        "For Dr &lt;Berg&gt;",
        "the left knee &amp; more",
        "Öberg, Märta",
        "1 order, until 31 Dec 2999",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    assert_eq!(place.get(&page.links("/picture/")[0]).await.status, 200);
    assert!(page.links("/upload").is_empty() && page.all("action").is_empty());
}

#[tokio::test]
async fn a_share_of_a_folder_is_named_by_it_and_shows_all_below() {
    let (place, order) = place().await;
    place.put(&order, "Week 48");
    let page = place.get(&place.share(Some("Trauma"), &[], &[])).await;
    assert!(
        page.text().contains("<h1><bdi>Trauma</bdi></h1>"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("Öberg, Märta"));
}

#[tokio::test]
async fn a_password_is_asked_for_and_opens_this_share_alone() {
    let (place, order) = place().await;
    let set = [
        ("password", "Kn\u{e4}ck & 7"),
        ("title", "Title"),
        ("can_download", "1"),
    ];
    let share = place.share(None, &[&order], &set);
    let other = place.share(None, &[&order], &set);
    let question = place.get(&share).await;
    assert_eq!(question.status, 200);
    assert!(question.text().contains("type=\"password\""));
    for hidden in ["Öberg", "Title", &order] {
        assert!(!question.text().contains(hidden), "{hidden}");
    }
    let entered = place.enter(&share, "Kn\u{e4}ck & 7").await;
    assert_eq!(
        (entered.status, entered.header("location")),
        (303, share.as_str())
    );
    let cookie = entered.header("set-cookie");
    let (value, attributes) = cookie.split_once(';').unwrap();
    assert_eq!(
        attributes,
        format!(" Path={share}; HttpOnly; SameSite=Strict")
    );
    let page = place.get_as(&share, value).await;
    assert!(page.text().contains("Öberg, Märta"), "{}", page.text());
    let inner = [page.links("/picture/"), page.links("/download/")].concat();
    assert_eq!(inner.len(), 2);
    for link in &inner {
        assert_eq!(place.get_as(link, value).await.status, 200, "{link}");
        let locked = place.get(link).await;
        assert_eq!(
            (locked.status, locked.links(&share).len()),
            (403, 1),
            "{link}"
        );
        let elsewhere = link.replace(&share, &other);
        assert_eq!(place.get_as(&elsewhere, value).await.status, 403, "{link}");
    }
    let page = place.get_as(&other, value).await;
    assert!(page.text().contains("type=\"password\""));
}

#[tokio::test]
async fn a_wrong_password_is_refused_without_a_hint_and_often_wrong_ones_must_wait() {
    let (place, order) = place().await;
    let share = place.share(None, &[&order], &[("password", "secret")]);
    for wrong in ["Secret", "", "secre", "secret ", "secrets"] {
        let page = place.enter(&share, wrong).await;
        assert_eq!(page.status, 403, "{wrong}");
        assert!(page.text().contains("not the password"), "{}", page.text());
        assert!(page.header("set-cookie").is_empty());
        assert!(!page.text().contains("secret"));
    }
    let page = place.enter(&share, "secret").await;
    assert_eq!(page.status, 429, "not even the right one");
    let seconds: u64 = page.header("retry-after").parse().unwrap();
    assert!((1..=15).contains(&seconds), "{seconds}");
    // Another share is not held up by it, and forms that are none are refused.
    let other = place.share(None, &[&order], &[("password", "secret")]);
    assert_eq!(place.enter(&other, "secret").await.status, 303);
    for body in [b"x=1".to_vec(), vec![b'x'; 20_000], Vec::new()] {
        let page = place.ask(Method::POST, &other, &[], body).await;
        assert_eq!(page.status, 400);
    }
    let made_up = "studydrop_share=0123; studydrop_share=";
    assert!(
        place
            .get_as(&other, made_up)
            .await
            .text()
            .contains("type=\"password\"")
    );
}

#[tokio::test]
async fn a_share_ends_with_its_last_day() {
    let (place, order) = place().await;
    let set = |day: &'static str| [("expires", day), ("can_download", "1"), ("password", "x")];
    let over = place.share(None, &[&order], &set("2025-03-04"));
    for path in [
        over.clone(),
        format!("{over}/order/{order}"),
        format!("{over}/download/{order}"),
    ] {
        let page = place.get(&path).await;
        assert_eq!(page.status, 410);
        assert!(page.text().contains("4 Mar 2025"), "{}", page.text());
    }
    assert_eq!(place.enter(&over, "x").await.status, 410);
    let today = jiff::Zoned::now().date(); // as the database sees it, but for midnight
    let share = place.share(None, &[&order], &[]);
    for (day, status) in [(today, 200), (today.tomorrow().unwrap(), 200)] {
        let sql = "UPDATE share SET expires = ?1 WHERE password = ''";
        place.change(sql, &[&day.to_string()]);
        assert_eq!(place.get(&share).await.status, status, "{day}");
    }
}

#[tokio::test]
async fn shares_with_people_and_unknown_ones_have_no_address() {
    let (place, order) = place().await;
    let share = place.share(None, &[&order], &[("kind", "User")]);
    assert_eq!(place.get(&share).await.status, 404);
    assert_eq!(place.get("/share/none").await.status, 404);
    assert_eq!(place.enter("/share/none", "x").await.status, 404);
    place.change("UPDATE share SET kind = 'Email'", &[]);
    assert_eq!(place.get(&share).await.status, 200);
    let folder = place.share(Some("Teaching"), &[], &[]);
    place.change("DELETE FROM folder WHERE name = 'Teaching'", &[]);
    assert_eq!(place.get(&folder).await.status, 410);
}

#[tokio::test]
async fn a_download_holds_every_file_byte_for_byte_and_no_name() {
    let mut place = Place::new().await;
    let made = StudyBuilder::new()
        .patient("Secret^Person", "P-9")
        .images(3);
    let (order, mut files) = place.study(&made).await;
    place.document(
        &order,
        "Report of Secret Person",
        "application/pdf",
        b"%PDF-1.7",
    );
    let large = Image::of("1.2.9", 1).bytes(3 << 20, 7);
    let second = place.send(&large).await;
    let share = place.share(None, &[&order, &second], &[("can_download", "1")]);
    let page = place.get(&share).await;
    let link = page.links(&format!("/download/{order}")).remove(0);
    let archive = place.get(&link).await;
    assert_eq!(archive.status, 200);
    assert_eq!(archive.header("content-type"), "application/zip");
    // The other study is a day younger.
    assert_eq!(
        archive.header("content-disposition"),
        "attachment; filename=\"study-2.zip\""
    );
    let mut zip = zip::ZipArchive::new(Cursor::new(archive.bytes)).unwrap();
    let mut names: Vec<String> = zip
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    names.sort_unstable();
    let expected = [
        "DOC00001.pdf",
        "IMG00001.dcm",
        "IMG00002.dcm",
        "IMG00003.dcm",
    ];
    assert_eq!(names, expected.map(|name| format!("STUDY-2/{name}")));
    let mut unpacked = Vec::new();
    for name in &names {
        let mut bytes = Vec::new();
        zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        unpacked.push(bytes);
    }
    assert_eq!(unpacked.remove(0), b"%PDF-1.7");
    unpacked.sort_unstable();
    files.sort_unstable();
    assert_eq!(unpacked, files);

    let archive = place.get(&format!("{share}/download/{second}")).await;
    let mut zip = zip::ZipArchive::new(Cursor::new(archive.bytes)).unwrap();
    let mut bytes = Vec::new();
    zip.by_name("STUDY-1/IMG00001.dcm")
        .unwrap()
        .read_to_end(&mut bytes)
        .unwrap();
    assert_eq!(bytes, large);
}

#[tokio::test]
async fn an_archive_that_would_not_be_whole_is_not_given() {
    let (place, order) = place().await;
    let share = place.share(None, &[&order], &[("can_download", "1")]);
    std::fs::remove_dir_all(place.folder.path().join("files")).unwrap();
    let page = place.get(&format!("{share}/download/{order}")).await;
    assert_eq!(page.status, 500);
    assert!(page.text().contains("missing"), "{}", page.text());
}

#[tokio::test]
async fn without_the_right_nothing_is_given_to_keep() {
    let (mut place, order) = place().await;
    let document = place.document(&order, "report", "application/pdf", b"%PDF");
    let odd = place.document(&order, "notes", "text/plain", b"notes");
    let other = place.send(&Image::of("1.2.2", 1).bytes(10, 1)).await;
    let share = place.share(None, &[&order], &[]);
    let page = place.get(&share).await;
    assert!(page.links("/download/").is_empty() && page.links("/save/").is_empty());
    let paths = [
        format!("/download/{order}"),
        format!("/save/{document}"),
        format!("/save/{odd}"),
        format!("/document/{odd}"),
    ];
    for path in &paths {
        assert_eq!(
            place.get(&format!("{share}{path}")).await.status,
            403,
            "{path}"
        );
    }
    assert_eq!(
        place
            .get(&format!("{share}/document/{document}"))
            .await
            .status,
        200
    );

    place.change("UPDATE share SET can_download = 1", &[]);
    let page = place.get(&share).await;
    assert_eq!(
        (page.links("/download/").len(), page.links("/save/").len()),
        (1, 2)
    );
    let saved = place.get(&format!("{share}/save/{odd}")).await;
    assert_eq!(saved.header("content-type"), "application/octet-stream");
    assert_eq!(
        saved.header("content-disposition"),
        "attachment; filename=\"document.bin\""
    );
    assert_eq!(saved.bytes, b"notes");
    for path in [
        format!("/download/{other}"),
        "/download/x".into(),
        "/save/x".into(),
    ] {
        assert_eq!(
            place.get(&format!("{share}{path}")).await.status,
            404,
            "{path}"
        );
    }
}

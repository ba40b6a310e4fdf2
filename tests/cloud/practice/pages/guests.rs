//! Uploads by a guest through a share.

use dicom_core::VR;
use dicom_dictionary_std::tags;
use reqwest::Method;
use serde_json::json;

use super::browser::Place;
use crate::practice::client::stored;
use crate::practice::studies::Image;

/// A share of a folder that takes uploads.
fn open_share(place: &Place) -> String {
    let location = place.location(0);
    place.share(Some("Trauma"), &[], &[("upload_location", &location)])
}

#[tokio::test]
async fn files_of_a_form_become_orders_in_the_shares_folder() {
    let mut place = Place::new().await;
    let share = open_share(&place);
    let form = place.get(&share).await;
    assert_eq!(form.all("action"), [format!("{share}/upload")]);
    assert_eq!(form.all("enctype"), ["multipart/form-data"]);
    let large = Image::of("1.2.1", 1).bytes(3 << 20, 5);
    let small = Image::of("1.2.1", 2).bytes(10, 5);
    let page = place
        .offer(
            &share,
            &[
                ("IM1", &large),
                ("C:/mine/<b>letter.doc", b"no image"),
                ("IM2", &small),
                ("empty", b""),
            ],
        )
        .await;
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(
        text.contains("2 files were stored, 2 were refused."),
        "{text}"
    );
    let lines: Vec<&str> = text.split("<li>").skip(1).collect();
    assert!(
        lines[0].contains("IM1")
            && lines[0].contains("Stored")
            && lines[0].contains("Öberg, Märta")
    );
    assert!(lines[1].contains("<bdi>&lt;b&gt;letter.doc") && lines[1].contains("no DICOM file"));
    assert!(lines[2].contains("Stored"));
    assert!(
        lines[3].contains("empty") && lines[3].contains("Refused"),
        "{}",
        lines[3]
    );

    let orders = place
        .client
        .orders(json!({"FolderUuid": place.folder("Trauma")}))
        .await;
    assert_eq!((orders.len(), &orders[0]["ImagesCount"]), (1, &json!(2)));
    let (files, left) = stored(place.folder.path());
    assert_eq!((files.len(), left), (2, 0));
    assert!(files.contains(&large) && files.contains(&small));
    assert_eq!(place.get(&share).await.links("/picture/").len(), 2);
    // The same file is known again, whichever way it comes.
    place.offer(&share, &[("IM1", &large)]).await;
    place.send(&large).await;
    assert_eq!(stored(place.folder.path()).0.len(), 2);
}

#[tokio::test]
async fn only_a_share_that_takes_uploads_takes_them() {
    let mut place = Place::new().await;
    let image = Image::of("1.2.1", 1).bytes(10, 1);
    let order = place.send(&image).await;
    let location = place.location(0);
    let takes = ("upload_location", location.as_str());
    let shares = [
        (place.share(Some("Trauma"), &[], &[]), 403),
        (place.share(None, &[&order], &[takes]), 403),
        (
            place.share(Some("Trauma"), &[], &[takes, ("password", "x")]),
            403,
        ),
        (
            place.share(Some("Trauma"), &[], &[takes, ("expires", "2020-01-01")]),
            410,
        ),
        ("/share/none".to_owned(), 404),
    ];
    let new = Image::of("1.2.9", 1).bytes(10, 1);
    for (share, status) in shares {
        assert_eq!(place.offer(&share, &[("a", &new)]).await.status, status);
    }
    assert_eq!(stored(place.folder.path()), (vec![image], 0));
}

#[tokio::test]
async fn a_guest_changes_nothing_and_draws_nothing_in() {
    let mut place = Place::new().await;
    let hidden = Image::of("1.2.1", 1).bytes(10, 1);
    let order = place.send(&hidden).await;
    let share = open_share(&place);
    // Another image of a study that is not part of the share, and the image itself.
    let claims = Image::of("1.2.1", 2).bytes(10, 2);
    let moved = Image::of("1.2.1", 1)
        .set(tags::STUDY_INSTANCE_UID, VR::UI, "1.2.77")
        .bytes(10, 3);
    let page = place
        .offer(
            &share,
            &[("claims", &claims), ("same", &hidden), ("moved", &moved)],
        )
        .await;
    let text = page.text();
    assert!(
        text.contains("0 files were stored, 3 were refused."),
        "{text}"
    );
    assert_eq!(text.matches("not part of this share").count(), 3, "{text}");
    assert!(place.get(&share).await.text().contains("No orders here"));
    // In the share: images may be added, none replaced.
    place.put(&order, "Week 48");
    let changed = Image::of("1.2.1", 1).bytes(10, 9);
    let page = place
        .offer(&share, &[("claims", &claims), ("changed", &changed)])
        .await;
    assert!(page.text().contains("left as it is"), "{}", page.text());
    let (files, left) = stored(place.folder.path());
    assert_eq!((files.len(), left), (2, 0));
    assert!(files.contains(&hidden) && files.contains(&claims));
}

#[tokio::test]
async fn a_form_that_is_none_or_breaks_off_leaves_nothing_behind() {
    let place = Place::new().await;
    let share = open_share(&place);
    let path = format!("{share}/upload");
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let page = place
        .ask(Method::POST, &path, &kind, b"file=x".to_vec())
        .await;
    assert_eq!(page.status, 400);
    assert_eq!(place.offer(&share, &[]).await.status, 400);
    assert_eq!(
        place.offer(&share, &[("", b"")]).await.status,
        400,
        "nothing was chosen"
    );
    let image = Image::of("1.2.1", 1).bytes(10, 1);
    let mut cut =
        b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n".to_vec();
    cut.extend(&image);
    assert_eq!(place.post_form(&share, cut).await.status, 400);
    let mut second =
        b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n".to_vec();
    second.extend(&image);
    second.extend(
        b"\r\n--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b\"\r\n\r\nxyz",
    );
    let page = place.post_form(&share, second).await;
    assert!(
        page.text().contains("ended before all files"),
        "{}",
        page.text()
    );
    assert_eq!(stored(place.folder.path()), (vec![image], 0));
}

#[tokio::test]
async fn a_form_larger_than_the_most_is_refused_before_it_is_read() {
    let place = Place::new().await;
    let share = open_share(&place);
    let head = format!(
        "POST {share}/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: 5000000000\r\nConnection: close\r\n\r\n"
    );
    let mut stream = tokio::net::TcpStream::connect(place.server.address())
        .await
        .unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes())
        .await
        .unwrap();
    let mut answer = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer)
        .await
        .unwrap();
    assert!(
        answer.starts_with(b"HTTP/1.1 413"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}

#[tokio::test]
async fn a_file_that_does_not_fit_is_refused_and_the_next_one_taken() {
    let place = Place::with(Some(200_000)).await;
    let share = open_share(&place);
    let large = Image::of("1.2.1", 1).bytes(300_000, 1);
    let small = Image::of("1.2.1", 2).bytes(10, 1);
    let page = place
        .offer(&share, &[("large", &large), ("small", &small)])
        .await;
    assert!(page.text().contains("disk is full"), "{}", page.text());
    assert_eq!(stored(place.folder.path()), (vec![small], 0));
}

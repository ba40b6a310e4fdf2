//! Documents in the browser.

use reqwest::Method;

use super::browser::Place;
use crate::practice::studies::Image;

#[tokio::test]
async fn documents_are_shown_in_the_browser_as_what_they_are() {
    let mut place = Place::new().await;
    let order = place.send(&Image::of("1.2.1", 1).bytes(10, 1)).await;
    let film: Vec<u8> = (0..200_000_u32).map(|at| (at % 253) as u8).collect();
    let view = place.view(&[&order]);
    for mime in [
        "application/pdf",
        "image/jpeg",
        "image/png",
        "image/bmp",
        "video/mp4",
    ] {
        let document = place.document(&order, "It", mime, &film);
        let page = place.get(&view).await;
        let link = page.links(&document).remove(0);
        let shown = place.get(&link).await;
        assert_eq!(shown.status, 200);
        assert_eq!(shown.header("content-type"), mime);
        assert_eq!(shown.header("content-disposition"), "inline");
        assert_eq!(shown.bytes, film);
    }
    let last = place.get(&view).await.links("/document/").pop().unwrap();
    let piece = place
        .ask(
            Method::GET,
            &last,
            &[("range", "bytes=100000-100009")],
            Vec::new(),
        )
        .await;
    assert_eq!(piece.status, 206);
    assert_eq!(piece.header("content-range"), "bytes 100000-100009/200000");
    assert_eq!(piece.bytes, film[100_000..100_010]);
    let beyond = place
        .ask(
            Method::GET,
            &last,
            &[("range", "bytes=200000-")],
            Vec::new(),
        )
        .await;
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, "bytes */200000")
    );
    // What a browser might run is named, and neither linked nor given.
    let odd = place.document(&order, "odd", "text/html", b"<script>");
    assert!(place.get(&view).await.links(&odd).is_empty());
    let refused = place.get(&format!("{view}/document/{odd}")).await;
    assert_eq!(refused.status, 403);
}

//! HTML that cannot be written unescaped: markup is what stands in this program's text, every value is escaped.

use std::fmt::{Display, Write as _};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::practice::seed;

/// The colours are the window's (`ui/theme`); dark unless the reader's system says light.
const STYLE: &str = include_str!("style.css");

/// A piece of a page.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    pub(super) fn new() -> Self {
        Html::default()
    }

    /// Markup, word for word. Only what stands in the program's own text can be given.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// A value, escaped for text and for quoted attributes alike.
    pub(super) fn text(&mut self, value: impl Display) -> &mut Self {
        // Writing to a text does not fail.
        let _ = write!(Escaped(&mut self.0), "{value}");
        self
    }

    /// A piece that was made before.
    pub(super) fn add(&mut self, piece: &Html) -> &mut Self {
        self.0.push_str(&piece.0);
        self
    }

    /// The text of the markup.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Escapes what is written through it. Control characters and those that turn the direction of the text around them
/// are left away: they could make a name read as something else.
struct Escaped<'a>(&'a mut String);

impl std::fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' => self.0.push('\n'),
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
                letter if letter.is_control() => {}
                letter => self.0.push(letter),
            }
        }
        Ok(())
    }
}

/// A whole page. Its title names no patient: titles are kept in the browser's history.
pub(super) fn page(status: StatusCode, title: &str, body: &Html) -> Response {
    let mut all = Html::new();
    all.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .raw("<meta name=\"color-scheme\" content=\"dark light\">\n<title>")
        .text(title)
        .raw("</title>\n<style>")
        .raw(STYLE)
        .raw("</style>\n</head>\n<body>\n<div class=\"bar\"><strong>")
        .text(seed::ACCOUNT)
        .raw("</strong><span>Practice server</span></div>\n<main>\n")
        .add(body)
        .raw("</main>\n")
        .raw("</body>\n</html>\n");
    (
        status,
        [(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        )],
        all.0,
    )
        .into_response()
}

/// A page of a heading and a sentence or two.
pub(super) fn notice(status: StatusCode, heading: &str, sentence: &str) -> Response {
    let mut body = Html::new();
    body.raw("<section class=\"notice\"><h1>")
        .text(heading)
        .raw("</h1><p>")
        .text(sentence)
        .raw("</p></section>\n");
    page(status, heading, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_text_whatever_stands_in_it() {
        let mut html = Html::new();
        html.raw("<b title=\"")
            .text("\"><script>alert('1')</script>&amp;")
            .raw("\">");
        assert_eq!(
            html.as_str(),
            "<b title=\"&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;\">"
        );
    }

    #[test]
    fn what_would_turn_a_name_around_is_left_away() {
        let mut html = Html::new();
        html.text("Berg\u{202e}\u{0}, Nils\u{2066}");
        assert_eq!(html.as_str(), "Berg, Nils");
    }
}

//! What the proxy is told to do about the messages that pass, and how it tells them apart.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use studydrop::cloud::wire::{Kind, Request, Response, Upload};

/// How a connection ends before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Cut: the other side is told that it is no more.
    Reset,
    /// Closed, in the midst of whatever was being said.
    End,
}

/// What becomes of a message.
#[derive(Debug, Clone)]
pub enum Deed {
    /// It passes.
    Pass,
    /// It does not arrive.
    Drop,
    /// It arrives twice.
    Twice,
    /// An answer arrives as one to this request.
    AnswerTo(u32),
    /// These bits of this byte of it arrive turned over.
    Flip(usize, u8),
    /// Its frame's header is one that no WebSocket takes.
    SpoilHeader,
    /// An answer's frame promises so many bytes more than follow; what comes after is taken for them.
    PromiseMore(usize),
    /// A request goes no further and gets this answer; an answer arrives as this one.
    Answer(Response),
    /// It does not arrive, and its connection is cut.
    Cut(How),
    /// It does not arrive, and nothing more does on its connection, which stays open.
    Swallow,
}

/// A request on its way.
pub struct Asked {
    /// The number of its connection, from 0.
    pub connection: usize,
    pub request: Request,
}

/// An answer on its way.
pub struct Answered {
    /// The number of its connection, from 0.
    pub connection: usize,
    pub response: Response,
}

pub type OnRequest = Arc<dyn Fn(&Asked) -> Deed + Send + Sync>;
pub type OnAnswer = Arc<dyn Fn(&Answered) -> Deed + Send + Sync>;

impl Asked {
    pub fn is_part(&self) -> bool {
        self.is(Upload::ProcessFile)
    }

    pub fn is_check(&self) -> bool {
        self.is(Upload::CheckFileExist)
    }

    fn is(&self, message: Upload) -> bool {
        self.request.kind == Kind::Upload && self.request.management == message.number()
    }

    fn number(&self, field: &str) -> u64 {
        let given: Value = serde_json::from_slice(&self.request.json).expect("JSON");
        given[field].as_u64().expect(field)
    }

    /// The number of its file.
    pub fn file(&self) -> u64 {
        self.number("FileIndex")
    }

    /// Which part of its file it is, from 0.
    pub fn part(&self) -> u64 {
        self.number("CurrentFilePartIndex")
    }

    /// Whether the file's bytes in it hold this text.
    pub fn holds(&self, text: &str) -> bool {
        let mut windows = self.request.payload.windows(text.len());
        windows.any(|window| window == text.as_bytes())
    }

    /// Acknowledged as the server does it, and forgotten.
    pub fn forgotten(&self) -> Deed {
        let fields = json!({"Success": true, "Message": ""});
        self.answered(true, &json!({"ResponseCode": 1, "ResponseMessage": fields}))
    }

    /// Refused as the server does it.
    pub fn refused(&self, words: &str) -> Deed {
        let fields = json!({"Success": false, "Message": words});
        self.answered(
            false,
            &json!({"ResponseCode": 0, "ResponseMessage": fields, "Message": words}),
        )
    }

    fn answered(&self, success: bool, json: &Value) -> Deed {
        Deed::Answer(Response {
            kind: self.request.kind.answer(),
            id: self.request.id,
            request_id: self.request.id,
            success,
            message: String::new(),
            management: self.request.management,
            json: json.to_string().into(),
        })
    }
}

impl Answered {
    /// Whether it is about a part of a file.
    pub fn is_of_part(&self) -> bool {
        self.response.kind == Kind::Upload.answer()
            && self.response.management == Upload::ProcessFile.number()
    }
}

/// The deed for those answers about parts whose numbers, from 0, are named; the others pass.
pub fn to_answers_of_parts(
    which: impl Fn(u64) -> bool + Send + Sync,
    deed: impl Fn(&Answered) -> Deed + Send + Sync,
) -> impl Fn(&Answered) -> Deed + Send + Sync {
    let count = AtomicU64::new(0);
    move |answer| {
        if answer.is_of_part() && which(count.fetch_add(1, Ordering::SeqCst)) {
            deed(answer)
        } else {
            Deed::Pass
        }
    }
}

//! The frames that travel on a WebSocket, and nothing else: no sockets, no meaning.
//!
//! Every message is binary and little-endian (`docs/protocol.md`, "Frames"). A *blob* is an `i32` length and that many bytes,
//! a *string* a `u8` length and that many bytes. Both directions are here, for the client writes requests and reads
//! responses and the practice server does the reverse. Decoding never allocates more than it was handed, and every
//! malformed frame is a [`WireError`].

use bytes::{BufMut, Bytes, BytesMut};
use thiserror::Error;

/// The most bytes of a file that one upload message carries (512 KiB).
pub const MAX_PART: usize = 512 * 1024;
/// The longest parameters that a server should accept, JSON in bytes: a part of a document that is written as a list of
/// numbers takes 2 MiB.
pub const MAX_PARAMETERS: usize = 4 * 1024 * 1024;
/// The longest response that a client accepts. A search that finds 100,000 orders takes about 60 MB.
pub const MAX_RESPONSE: usize = 128 * 1024 * 1024;

/// The first field of a request: what kind of message follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Session messages (type 3, answered by 4).
    Session,
    /// Everything that is neither of the others (type 17, answered by 18).
    General,
    /// Upload messages, which carry bytes of a file (type 23, answered by 6: inferred).
    Upload,
}

impl Kind {
    /// The number on the wire.
    pub const fn number(self) -> u16 {
        match self {
            Kind::Session => 3,
            Kind::General => 17,
            Kind::Upload => 23,
        }
    }

    /// The number by which an answer to this kind is marked. The client matches answers by their request's id alone
    /// and takes any of them; that an upload is answered by 6 is *inferred*.
    pub const fn answer(self) -> u16 {
        match self {
            Kind::Session => 4,
            Kind::General => 18,
            Kind::Upload => 6,
        }
    }

    fn from_number(number: u16) -> Option<Self> {
        match number {
            3 => Some(Kind::Session),
            17 => Some(Kind::General),
            23 => Some(Kind::Upload),
            _ => None,
        }
    }
}

/// Declares an enum of management numbers with its way back from a number.
macro_rules! managements {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $number:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(i32)]
        pub enum $name { $($(#[$variant_meta])* $variant = $number,)* }

        impl $name {
            /// The message with this number, if there is one.
            pub const fn from_number(number: i32) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }

            /// The number on the wire.
            pub const fn number(self) -> i32 { self as i32 }

            /// The message's name as the documentation of the wire spells it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)* }
            }
        }
    };
}

managements! {
    /// Management numbers of session messages.
    Session {
        /// Never sent by the vendor's library.
        CreateSession = 1,
        /// First message on every further socket of a session.
        RegisterSession = 2,
        /// Never sent by the vendor's library.
        ForceRegister = 3,
        /// First message on the main socket; its answer is the account.
        CreateApiSession = 4,
    }
}

managements! {
    /// Management numbers of upload messages. 5 to 7 are never sent by the vendor's library.
    Upload {
        /// Begins an upload; the answer names it.
        Initialize = 1,
        /// Asks whether the server holds an image.
        CheckFileExist = 2,
        /// One part of a DICOM file.
        ProcessFile = 3,
        /// One part of a clinical document.
        ProcessDocuments = 4,
        /// Unused.
        AttachDocument = 5,
        /// Unused.
        Cancel = 6,
        /// Unused.
        Error = 7,
    }
}

managements! {
    /// Management numbers of general messages.
    #[allow(missing_docs, reason = "the names are the documentation")]
    General {
        SearchPatientOrder = 1,
        CreateFolder = 2,
        SearchFolder = 3,
        DeleteFolder = 4,
        GetViewUrl = 5,
        DeletePatientOrder = 6,
        CreatePatientOrder = 7,
        AddOrderToFolder = 8,
        RemoveOrderFromFolder = 9,
        CreateOrderGroup = 10,
        AddOrdersToOrderGroup = 11,
        RemoveOrdersFromGroup = 12,
        GetPatientOrderProperties = 13,
        ShareFolderWithEmail = 14,
        ShareFolderWithURL = 15,
        ShareFolderToUploadWithEmail = 16,
        ShareFolderToUploadWithUrl = 17,
        ShareFolderWithAccountUser = 18,
        ShareFolderWithAccountUserGroup = 19,
        SharePatientOrderWithEmail = 20,
        SharePatientOrderWithUrl = 21,
        GetUserGroupList = 22,
        GetDicomNodeList = 23,
        GetContactList = 24,
        CreatePatientOrderWithJson = 25,
        GetFolderViewUrl = 26,
        UpdateFolderWithJson = 27,
        AssignPatientOrderToUser = 28,
        AssignPatientOrderToUserGroup = 29,
        GetAccountFlagDictionary = 30,
        SetFlagToPatientOrder = 31,
        UnassignPatientOrderFromUser = 32,
        UnassignPatientOrderFromUserGroup = 33,
        GetUserList = 34,
        AssignPatientOrderToInstitution = 35,
        SharePatientOrderWithEmailWithExpireDate = 36,
        SharePatientOrderWithUrlWithExpireDate = 37,
    }
}

/// Why bytes are not a frame.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WireError {
    /// The frame ends inside a field.
    #[error("the message ends inside its {0}")]
    Truncated(&'static str),
    /// A length field is negative or points past the end of the frame.
    #[error("the length of its {field} is {length}, but only {left} bytes follow")]
    BadLength {
        /// The field.
        field: &'static str,
        /// What the length field says.
        length: i32,
        /// How many bytes follow it.
        left: usize,
    },
    /// The first field is no type that this side of the connection receives.
    #[error("messages of type {0} are not known")]
    UnknownType(u16),
    /// A text is not UTF-8.
    #[error("its {0} is not UTF-8 text")]
    NotText(&'static str),
    /// A part is longer than its length field can say.
    #[error("its {0} is too long to be sent")]
    TooLong(&'static str),
    /// Bytes follow where the frame should have ended.
    #[error("{0} bytes follow its end")]
    Trailing(usize),
}

/// A message from the client to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which of the three kinds.
    pub kind: Kind,
    /// The message's number within the client: 1, 2, 3 …
    pub id: u32,
    /// What is asked for; see [`Session`], [`General`] and [`Upload`].
    pub management: i32,
    /// The parameters, JSON text.
    pub json: Bytes,
    /// Upload messages only: bytes of the file, at most [`MAX_PART`].
    pub payload: Bytes,
    /// Upload messages only: the UserUuid.
    pub user: String,
}

impl Request {
    /// The bytes that travel.
    ///
    /// # Errors
    /// [`WireError::TooLong`] when a field does not fit its length field.
    pub fn encode(&self) -> Result<Bytes, WireError> {
        let mut out =
            BytesMut::with_capacity(32 + self.json.len() + self.payload.len() + self.user.len());
        out.put_u16_le(self.kind.number());
        out.put_u32_le(self.id);
        out.put_i32_le(self.management);
        put_blob(&mut out, &self.json, "parameters")?;
        if self.kind == Kind::Upload {
            put_blob(&mut out, &self.payload, "file part")?;
            let length = u8::try_from(self.user.len()).map_err(|_| WireError::TooLong("user"))?;
            out.put_u8(length);
            out.put_slice(self.user.as_bytes());
        }
        if self.kind != Kind::Session {
            out.put_u8(0);
        }
        Ok(out.freeze())
    }

    /// Reads what a client sent.
    ///
    /// # Errors
    /// Any [`WireError`]: the frame is cut, lies about a length, is of a type that clients do not send, or has bytes
    /// behind its end.
    pub fn decode(frame: Bytes) -> Result<Self, WireError> {
        let mut reader = Reader(frame);
        let number = reader.u16("type")?;
        let kind = Kind::from_number(number).ok_or(WireError::UnknownType(number))?;
        let id = reader.u32("message id")?;
        let management = reader.i32("management number")?;
        let json = reader.blob("parameters")?;
        let (mut payload, mut user) = (Bytes::new(), String::new());
        if kind == Kind::Upload {
            payload = reader.blob("file part")?;
            let length = usize::from(reader.u8("user")?);
            user = text(&reader.take(length, "user")?, "user")?.to_owned();
        }
        if kind != Kind::Session {
            reader.u8("last byte")?;
        }
        reader.end()?;
        Ok(Request {
            kind,
            id,
            management,
            json,
            payload,
            user,
        })
    }
}

/// A message from the server to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// 4, 6 or 18; see [`Kind::answer`].
    pub kind: u16,
    /// The message's number within the server.
    pub id: u32,
    /// The id of the request that this answers.
    pub request_id: u32,
    /// Whether the server says that it went well. The JSON's `ResponseCode` says it too, and has the last word.
    pub success: bool,
    /// A text beside the JSON; mostly empty.
    pub message: String,
    /// The request's management number.
    pub management: i32,
    /// The answer, JSON text.
    pub json: Bytes,
}

impl Response {
    /// The bytes that travel.
    ///
    /// # Errors
    /// [`WireError::TooLong`] when a field does not fit its length field.
    pub fn encode(&self) -> Result<Bytes, WireError> {
        let mut out = BytesMut::with_capacity(32 + self.json.len() + self.message.len());
        out.put_u16_le(self.kind);
        out.put_u32_le(self.id);
        out.put_u32_le(self.request_id);
        out.put_u8(u8::from(self.success));
        put_blob(&mut out, self.message.as_bytes(), "message")?;
        out.put_i32_le(self.management);
        put_blob(&mut out, &self.json, "answer")?;
        Ok(out.freeze())
    }

    /// Reads what a server sent. Bytes behind the end are passed over: a later server may add fields there.
    ///
    /// # Errors
    /// Any [`WireError`]: the frame is cut, lies about a length, or is of a type that servers do not send.
    pub fn decode(frame: Bytes) -> Result<Self, WireError> {
        let mut reader = Reader(frame);
        let kind = reader.u16("type")?;
        if !matches!(kind, 4 | 6 | 18) {
            return Err(WireError::UnknownType(kind));
        }
        let id = reader.u32("message id")?;
        let request_id = reader.u32("request's id")?;
        let success = reader.u8("success mark")? == 1;
        let message = text(&reader.blob("message")?, "message")?.to_owned();
        let management = reader.i32("management number")?;
        let json = reader.blob("answer")?;
        Ok(Response {
            kind,
            id,
            request_id,
            success,
            message,
            management,
            json,
        })
    }
}

fn put_blob(out: &mut BytesMut, bytes: &[u8], field: &'static str) -> Result<(), WireError> {
    let length = i32::try_from(bytes.len()).map_err(|_| WireError::TooLong(field))?;
    out.put_i32_le(length);
    out.put_slice(bytes);
    Ok(())
}

fn text<'a>(bytes: &'a [u8], field: &'static str) -> Result<&'a str, WireError> {
    std::str::from_utf8(bytes).map_err(|_| WireError::NotText(field))
}

/// What is left of a frame. Slices share the frame's memory.
struct Reader(Bytes);

impl Reader {
    fn take(&mut self, length: usize, field: &'static str) -> Result<Bytes, WireError> {
        if length > self.0.len() {
            return Err(WireError::Truncated(field));
        }
        Ok(self.0.split_to(length))
    }

    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], WireError> {
        let bytes = self.take(N, field)?;
        bytes
            .as_ref()
            .try_into()
            .map_err(|_| WireError::Truncated(field))
    }

    fn u8(&mut self, field: &'static str) -> Result<u8, WireError> {
        self.array::<1>(field).map(|[byte]| byte)
    }

    fn u16(&mut self, field: &'static str) -> Result<u16, WireError> {
        self.array(field).map(u16::from_le_bytes)
    }

    fn u32(&mut self, field: &'static str) -> Result<u32, WireError> {
        self.array(field).map(u32::from_le_bytes)
    }

    fn i32(&mut self, field: &'static str) -> Result<i32, WireError> {
        self.array(field).map(i32::from_le_bytes)
    }

    fn blob(&mut self, field: &'static str) -> Result<Bytes, WireError> {
        let length = self.i32(field)?;
        let left = self.0.len();
        match usize::try_from(length) {
            Ok(size) if size <= left => self.take(size, field),
            _ => Err(WireError::BadLength {
                field,
                length,
                left,
            }),
        }
    }

    fn end(&self) -> Result<(), WireError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(WireError::Trailing(self.0.len()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(kind: Kind) -> Request {
        let upload = kind == Kind::Upload;
        Request {
            kind,
            id: 7,
            management: 3,
            json: Bytes::from_static(b"{\"A\":1}"),
            payload: if upload {
                Bytes::from_static(b"part")
            } else {
                Bytes::new()
            },
            user: if upload { "user".into() } else { String::new() },
        }
    }

    #[test]
    fn a_request_of_every_kind_comes_back_as_it_was_sent() {
        for kind in [Kind::Session, Kind::General, Kind::Upload] {
            let sent = request(kind);
            assert_eq!(Request::decode(sent.encode().unwrap()), Ok(sent));
        }
    }

    #[test]
    fn every_cut_of_a_frame_is_an_error_and_no_panic() {
        let whole = request(Kind::Upload).encode().unwrap();
        for end in 0..whole.len() {
            assert!(Request::decode(whole.slice(..end)).is_err(), "cut at {end}");
        }
        let response = Response {
            kind: 18,
            id: 1,
            request_id: 7,
            success: true,
            message: "ok".into(),
            management: 1,
            json: Bytes::from_static(b"{}"),
        };
        let whole = response.encode().unwrap();
        for end in 0..whole.len() {
            assert!(
                Response::decode(whole.slice(..end)).is_err(),
                "cut at {end}"
            );
        }
        assert_eq!(Response::decode(whole), Ok(response));
    }

    #[test]
    fn a_length_that_lies_is_named() {
        let mut bytes = BytesMut::from(request(Kind::General).encode().unwrap().as_ref());
        bytes[10..14].copy_from_slice(&i32::MAX.to_le_bytes());
        assert!(matches!(
            Request::decode(bytes.clone().freeze()),
            Err(WireError::BadLength {
                field: "parameters",
                ..
            })
        ));
        bytes[10..14].copy_from_slice(&(-1i32).to_le_bytes());
        assert!(matches!(
            Request::decode(bytes.freeze()),
            Err(WireError::BadLength { length: -1, .. })
        ));
    }
}

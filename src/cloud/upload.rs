//! Sending files: beginning an upload, asking what is there already, and sending the parts
//! (`docs/protocol.md`, "Uploading").

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;
use uuid::Uuid;

use super::client::{Core, Main};
use super::message::{Answer, Message, read};
use super::parts::{
    CheckFile, DocumentPart, FileCheck, FilePart, begin, check, file_check, order_of,
    process_document, process_file,
};
use super::socket::Socket;
use super::{Client, Error, session};

/// The longest answer on an upload socket; real ones tell of one order.
const MAX_UPLOAD_ANSWER: usize = 4 * 1024 * 1024;

/// An upload that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadSession {
    /// Names the upload in its messages (`SessionUniqueUuid`).
    pub uuid: Uuid,
}

impl Client {
    /// Upload `Initialize`: begins an upload of `total_bytes` bytes by this user to this location. `user_full_name` is
    /// what the account shows as the uploader.
    ///
    /// # Errors
    /// What any request can meet, and an answer that names no upload.
    pub async fn begin_upload(
        &self,
        user: Uuid,
        user_full_name: &str,
        location: Uuid,
        total_bytes: u64,
    ) -> Result<UploadSession, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Begun {
            session_unique_uuid: Uuid,
        }
        let message = begin(self.keys(), user, user_full_name, location, total_bytes)?;
        let begun: Begun = self.ask(message).await?;
        Ok(UploadSession {
            uuid: begun.session_unique_uuid,
        })
    }

    /// `CheckFileExist` on the main socket.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn check_file_exist(&self, file: &CheckFile) -> Result<FileCheck, Error> {
        Ok(file_check(&self.ask(check(self.keys(), file)?).await?))
    }

    /// `ProcessDocuments`: one part of a document. Answers with its order where the server tells it.
    ///
    /// # Errors
    /// A part that is too long or out of its count, and what any request can meet. A part whose connection broke is not
    /// sent again by itself; sending it again does no harm.
    pub async fn process_documents(&self, part: &DocumentPart) -> Result<Option<Uuid>, Error> {
        let message = process_document(self.keys(), part)?;
        Ok(order_of(&self.ask(message).await?))
    }

    /// Opens a further WebSocket for parts and registers it with the session. Where the server has forgotten the session,
    /// a new one is made first.
    ///
    /// # Errors
    /// Everything that opening a connection can meet, and a session that is refused twice.
    pub async fn upload_socket(&self) -> Result<UploadSocket, Error> {
        let core = self.core();
        let before = core.session().uuid;
        let socket = match session::register(core, MAX_UPLOAD_ANSWER).await {
            Err(Error::Refused { what, words }) => {
                core.renew(before, Error::Refused { what, words }).await?;
                session::register(core, MAX_UPLOAD_ANSWER).await
            }
            other => other,
        }?;
        Ok(UploadSocket {
            core: Arc::clone(core),
            socket,
        })
    }
}

impl Core {
    /// Has a new session made in place of `old`, unless somebody was quicker, and waits for it.
    async fn renew(&self, old: Uuid, refusal: Error) -> Result<(), Error> {
        let mut main = self.main.subscribe();
        self.stale.send_replace(Some(old));
        let renewed = main.wait_for(|main| match main {
            Main::Up(_) => self.session().uuid != old,
            Main::Down(_) => false,
            Main::Over(_) => true,
        });
        match timeout(self.timeouts.request, renewed).await {
            Ok(Ok(main)) => match &*main {
                Main::Over(why) => Err(why.clone()),
                Main::Up(_) | Main::Down(_) => Ok(()),
            },
            Ok(Err(_)) => Err(Error::SignedOut),
            Err(_) => Err(refusal),
        }
    }
}

/// A WebSocket for parts of files. It does not mend itself: when [`Error::is_connection`] says so, open another with
/// [`Client::upload_socket`]. Several requests may be in flight; the time of each runs from its call.
pub struct UploadSocket {
    core: Arc<Core>,
    socket: Socket,
}

impl UploadSocket {
    /// `CheckFileExist`.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn check_file_exist(&self, file: &CheckFile) -> Result<FileCheck, Error> {
        Ok(file_check(&self.ask(check(&self.core.keys, file)?).await?))
    }

    /// `ProcessFile`: one part of a file, acknowledged when this returns. Answers with the order where the server can
    /// tell it already.
    ///
    /// # Errors
    /// A part that is too long or out of its count, and what any request can meet. Sending a part again does no harm.
    pub async fn process_file(&self, part: FilePart) -> Result<Option<Uuid>, Error> {
        let message = process_file(&self.core.keys, part)?;
        Ok(order_of(&self.ask(message).await?))
    }

    /// Whether the connection stands, as far as is known.
    pub fn is_alive(&self) -> bool {
        self.socket.is_alive()
    }

    /// Says goodbye to the server.
    pub async fn close(self) {
        self.socket.close().await;
    }

    async fn ask(&self, message: Message) -> Result<Answer<Value>, Error> {
        let limit = self.core.timeouts.of(message.patience);
        let response = match timeout(limit, self.socket.request(&message)).await {
            Ok(response) => response.map_err(|broken| broken.error)?,
            Err(_) => {
                return Err(Error::Timeout {
                    what: message.what,
                    seconds: limit.as_secs(),
                });
            }
        };
        read(message.what, response, &self.core.keys).await
    }
}

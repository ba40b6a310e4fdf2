//! What an arriving file is: an image, which names its order itself, or a document, whose message names its order.
//! Both come in parts and are stored alike ([`super::assemble`]).

use std::io::{Read, Seek};

use rusqlite::Transaction;
use uuid::Uuid;

use super::account;
use super::documents::{self, Kind, Place};
use super::error::Refusal;
use super::header::{self, Header};
use super::orders::Order;
use super::parameters::Parameters;
use super::store::{Store, Sum};
use super::store_image;
use super::upload::{self, Part};

/// What a message sends a file for.
pub(super) enum Purpose {
    /// `ProcessFile`: an image, and the folders that its order is put into.
    Image(Vec<Uuid>),
    /// `ProcessDocuments`: a document of an order.
    Document(Place),
}

/// A file that is stored.
pub(super) struct Stored {
    pub(super) order: Order,
    /// The document's GUID; an image has none.
    pub(super) document: Option<String>,
}

impl Purpose {
    pub(super) fn image(given: &Parameters) -> Result<Self, Refusal> {
        given.guids("FolderUuidList").map(Purpose::Image)
    }

    pub(super) fn document(given: &Parameters) -> Result<Self, Refusal> {
        Place::read(given).map(Purpose::Document)
    }

    /// Whether the user may do this.
    pub(super) fn check(&self, work: &Transaction<'_>, user: Uuid) -> Result<(), Refusal> {
        match self {
            Purpose::Image(folders) => account::check_folders(work, folders),
            Purpose::Document(place) => place.check(work, user),
        }
    }

    /// Within what the numbers of files are told apart, besides the upload: an image's location, a document's order.
    pub(super) fn scope(&self, location: Uuid) -> Uuid {
        match self {
            Purpose::Image(_) => location,
            Purpose::Document(place) => place.order,
        }
    }

    /// The file that was stored under a key (an image's SOP Instance UID, a document's GUID), where it is truly there.
    pub(super) fn find(
        &self,
        work: &Transaction<'_>,
        store: &Store,
        location: Uuid,
        key: &str,
    ) -> Result<Option<Stored>, Refusal> {
        Ok(match self {
            Purpose::Image(_) => upload::stored(work, store, location, key)?.map(|order| Stored {
                order,
                document: None,
            }),
            Purpose::Document(place) => {
                documents::stored(work, store, key, place)?.map(|order| Stored {
                    order,
                    document: Some(key.to_owned()),
                })
            }
        })
    }

    /// Reads what a whole file is.
    ///
    /// # Errors
    /// A sentence that names what is wrong with it.
    pub(super) fn read<R: Read + Seek>(&self, source: &mut R) -> Result<Content, String> {
        match self {
            Purpose::Image(_) => {
                header::read(source).map(|header| Content::Image(Box::new(header)))
            }
            Purpose::Document(place) => place.judge(source).map(Content::Document),
        }
    }
}

/// What a file turned out to be.
pub(super) enum Content {
    Image(Box<Header>),
    Document(Kind),
}

/// What became of a file.
pub(super) struct Outcome {
    pub(super) stored: Stored,
    /// What [`Purpose::find`] finds it by.
    pub(super) key: String,
    /// A stored file that nobody needs once this is committed.
    pub(super) surplus: Option<String>,
}

impl Outcome {
    fn new(order: Order, document: Option<String>, key: &str, surplus: Option<String>) -> Self {
        Outcome {
            stored: Stored { order, document },
            key: key.to_owned(),
            surplus,
        }
    }
}

impl Content {
    /// A new name in the store, relative to [`Store::files`].
    pub(super) fn path(&self, part: &Part) -> String {
        match self {
            Content::Image(header) => Store::image_name(&header.study_uid, &header.sop_uid),
            Content::Document(kind) => {
                Store::document_name(part.purpose.scope(part.location), kind.extension())
            }
        }
    }

    /// Enters the file, which lies in the store, as what it is.
    pub(super) fn record(
        &self,
        work: &Transaction<'_>,
        store: &Store,
        part: &Part,
        (path, digest, size): (&str, Sum, i64),
    ) -> Result<Outcome, Refusal> {
        match (self, &part.purpose) {
            (Content::Image(header), Purpose::Image(folders)) => {
                let arrival = store_image::Arrival {
                    user: part.user,
                    location: part.location,
                    header,
                    digest,
                    size,
                    path,
                    folders,
                };
                let outcome = store_image::record(work, store, &arrival)?;
                Ok(Outcome::new(
                    outcome.order,
                    None,
                    &header.sop_uid,
                    outcome.surplus,
                ))
            }
            (Content::Document(kind), Purpose::Document(place)) => {
                let arrival = documents::Arrival {
                    place,
                    kind: *kind,
                    digest,
                    size,
                    path,
                };
                let outcome = documents::record(work, store, &arrival)?;
                let key = &outcome.document;
                Ok(Outcome::new(
                    outcome.order,
                    Some(key.clone()),
                    key,
                    outcome.surplus,
                ))
            }
            // A purpose reads its own content only.
            _ => Err(Refusal::File(
                "The file is not what it was sent as.".to_owned(),
            )),
        }
    }
}

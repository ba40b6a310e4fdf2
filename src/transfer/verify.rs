//! Asking the account what it holds: before sending, so that nothing travels twice, and afterwards, so that
//! "Verified" is known and not assumed.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::TransferState;
use super::ledger::Outcome;
use super::socket_pool::{Ask, Reply};
use super::study::Study;
use super::study_task::Context;
use crate::cloud::model::OrderQuery;
use crate::cloud::{Error, FileCheck};
use crate::receipt::VerifiedBy;

/// An account may need a moment between the last acknowledgement and holding the image: these are the waits between
/// the questions.
const WAITS: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

const NOT_HELD: &str =
    "The account acknowledged it but does not hold it. Press Retry to send it again.";

/// Whether a study may go on; a study that is held may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    GoOn,
    Held,
}

/// A study with what it needs to ask.
pub(super) struct Asking<'a> {
    pub(super) context: &'a Context,
    pub(super) study: &'a Study,
    pub(super) session: Uuid,
    pub(super) hold: &'a CancellationToken,
}

impl Asking<'_> {
    /// Finds the files that the account holds already. One question is enough where it knows nothing of the study
    /// (`docs/protocol.md`, "Uploading", step 3).
    ///
    /// # Errors
    /// When the account cannot be asked at all. A question that it refuses leaves the file to be sent.
    pub(super) async fn before(&self) -> Result<Flow, Error> {
        let pending = self.study.files(|outcome| *outcome == Outcome::Pending);
        let Some((first, rest)) = pending.split_first() else {
            return Ok(Flow::GoOn);
        };
        let known = match self.ask(*first).await {
            Ok(None) => return Ok(Flow::Held),
            Ok(Some(check)) => {
                self.study.first_asked(check.order);
                self.note_there(*first, &check);
                check.exists || check.order.is_some()
            }
            Err(error) if error.is_connection() => return Err(error),
            Err(_refused) => return Ok(Flow::GoOn),
        };
        if !known {
            return Ok(Flow::GoOn);
        }
        let mut answers = stream::iter(rest.iter().copied())
            .map(|file| async move { (file, self.ask(file).await) })
            .buffer_unordered(self.context.lanes.most_in_flight());
        while let Some((file, answer)) = answers.next().await {
            match answer {
                Ok(None) => return Ok(Flow::Held),
                Ok(Some(check)) => self.note_there(file, &check),
                Err(error) if error.is_connection() => return Err(error),
                Err(_refused) => {}
            }
        }
        Ok(Flow::GoOn)
    }

    fn note_there(&self, file: usize, check: &FileCheck) {
        self.study.found_order(check.order);
        if check.exists {
            self.study.already_there(file);
        }
    }

    /// Finds out whether the account holds what it acknowledged: by its count where the order came into being with this
    /// transfer, else, and where the counts differ, by asking for every image. What it does not hold fails by name.
    ///
    /// # Errors
    /// When the account cannot be asked.
    pub(super) async fn after(&self) -> Result<Flow, Error> {
        self.study.enter(TransferState::Verifying);
        if self.open().is_empty() {
            return Ok(Flow::GoOn);
        }
        if self.counts_agree().await {
            self.study.verified_by(VerifiedBy::Counts);
            self.open()
                .into_iter()
                .for_each(|file| self.study.held(file));
            return Ok(Flow::GoOn);
        }
        self.study.verified_by(VerifiedBy::EachImage);
        for wait in WAITS {
            if self.hold.run_until_cancelled(sleep(wait)).await.is_none() {
                return Ok(Flow::Held);
            }
            let open = self.open();
            if open.is_empty() {
                return Ok(Flow::GoOn);
            }
            let mut answers = stream::iter(open)
                .map(|file| async move { (file, self.ask(file).await) })
                .buffer_unordered(self.context.lanes.most_in_flight());
            while let Some((file, answer)) = answers.next().await {
                let Some(check) = answer? else {
                    return Ok(Flow::Held);
                };
                self.study.found_order(check.order);
                if check.exists {
                    self.study.held(file);
                }
            }
        }
        for file in self.open() {
            self.study.fail(file, NOT_HELD.to_owned());
        }
        Ok(Flow::GoOn)
    }

    fn open(&self) -> Vec<usize> {
        self.study
            .files(|outcome| *outcome == Outcome::Acknowledged)
    }

    /// Whether the account's order has exactly the images of this transfer. Says nothing, and so no, where the order is
    /// older than the transfer, or cannot be found by the patient's ID.
    async fn counts_agree(&self) -> bool {
        let upload = &self.study.upload;
        let id = upload.sent_patient_id().trim();
        let (true, Some(order), false) = (
            self.study.order_is_new() == Some(true),
            self.study.order(),
            id.is_empty(),
        ) else {
            return false;
        };
        let query = OrderQuery {
            patient_id: id.to_owned(),
            locations: vec![upload.target.location],
            ..OrderQuery::default()
        };
        let search = self
            .context
            .client
            .search_orders(upload.target.user, &query);
        let Some(Ok(orders)) = self.hold.run_until_cancelled(search).await else {
            return false;
        };
        let ledger_count = self.study.files(|outcome| {
            matches!(
                outcome,
                Outcome::Acknowledged | Outcome::Held | Outcome::AlreadyThere
            )
        });
        // With some missing here, equal numbers may be of different images.
        ledger_count.len() == upload.files.len()
            && orders.iter().any(|found| {
                found.patient_order_uuid == order && found.images_count == ledger_count.len() as u64
            })
    }

    /// `None` when it was held.
    pub(super) async fn ask(&self, file: usize) -> Result<Option<FileCheck>, Error> {
        let Some(check) = self.study.check(file, self.session) else {
            return Ok(Some(FileCheck::default()));
        };
        let reply = self
            .context
            .lanes
            .ask(&Ask::Check(check), self.hold)
            .await?;
        Ok(reply.map(|reply| match reply {
            Reply::Check(check) => check,
            Reply::Part(_) => FileCheck::default(),
        }))
    }
}

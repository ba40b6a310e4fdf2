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
use crate::cloud::model::{Order, OrderQuery};
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

const TOO_FEW: &str = "The account says that it holds it, but counts fewer images in the study's order than that, so it is not verified. Press Retry to send it again, and look into the order.";
const NOT_HELD: &str =
    "The account acknowledged it but does not hold it. Press Retry to send it again.";

/// Whether a study may go on; a study that is held may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    GoOn,
    Held,
    /// The person wants nothing of it sent.
    Cancelled,
}

/// A study with what it needs to ask.
pub(super) struct Asking<'a> {
    pub(super) context: &'a Context,
    pub(super) study: &'a Study,
    pub(super) session: Uuid,
    pub(super) hold: &'a CancellationToken,
}

impl Asking<'_> {
    /// Finds the files whose numbers the account holds already; `None` when it was held. One question is enough where it knows nothing of the study
    /// (`docs/protocol.md`, "Uploading", step 3).
    ///
    /// # Errors
    /// When the account cannot be asked at all, or answers about something else. A question that it refuses leaves the
    /// file to be sent.
    pub(super) async fn before(&self) -> Result<Option<Vec<usize>>, Error> {
        let mut there = Vec::new();
        let pending = self.study.files(|outcome| *outcome == Outcome::Pending);
        let Some((first, rest)) = pending.split_first() else {
            return Ok(Some(there));
        };
        let known = match self.ask(*first).await {
            Ok(None) => return Ok(None),
            Ok(Some(check)) => {
                self.study.first_asked(check.order);
                self.note_there(*first, &check, &mut there);
                check.exists || check.order.is_some()
            }
            Err(Error::Refused { .. }) => return Ok(Some(there)),
            Err(error) => return Err(error),
        };
        if !known {
            return Ok(Some(there));
        }
        let mut answers = stream::iter(rest.iter().copied())
            .map(|file| async move { (file, self.ask(file).await) })
            .buffer_unordered(self.context.lanes.most_in_flight());
        while let Some((file, answer)) = answers.next().await {
            match answer {
                Ok(None) => return Ok(None),
                Ok(Some(check)) => self.note_there(file, &check, &mut there),
                Err(Error::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        there.sort_unstable();
        Ok(Some(there))
    }

    fn note_there(&self, file: usize, check: &FileCheck, there: &mut Vec<usize>) {
        self.study.found_order(check.order);
        if check.exists {
            there.push(file);
        }
    }

    /// Finds out whether the account holds what it acknowledged: by its count where the order came into being with this
    /// transfer, else, and where the counts differ, by asking for every image. What it does not hold fails by name. An
    /// account that says yes to every image and counts fewer of them in its order is not believed.
    ///
    /// # Errors
    /// When the account cannot be asked, or its answers cannot be understood.
    pub(super) async fn after(&self) -> Result<Flow, Error> {
        self.study.enter(TransferState::Verifying);
        if self.there().is_empty() {
            return Ok(Flow::GoOn);
        }
        let flow = self.each_or_all().await?;
        match flow {
            Flow::GoOn => self.hold_against_count().await,
            Flow::Held | Flow::Cancelled => Ok(flow),
        }
    }

    /// Asks for what was acknowledged.
    async fn each_or_all(&self) -> Result<Flow, Error> {
        if self.open().is_empty() {
            return Ok(Flow::GoOn);
        }
        let Some(count) = self.count().await? else {
            return Ok(Flow::Held);
        };
        if self.counts_agree(count) {
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

    /// Whether the account's order has room for every image that it says it holds. It may need a moment to count them.
    async fn hold_against_count(&self) -> Result<Flow, Error> {
        for wait in WAITS {
            if self.hold.run_until_cancelled(sleep(wait)).await.is_none() {
                return Ok(Flow::Held);
            }
            match self.count().await? {
                None => return Ok(Flow::Held),
                Some(Some(count)) if count < self.there().len() as u64 => {}
                // Where the order cannot be found there is nothing to hold against.
                Some(_) => return Ok(Flow::GoOn),
            }
        }
        self.study.verified_by(VerifiedBy::Nothing);
        for file in self.there() {
            self.study.fail(file, TOO_FEW.to_owned());
        }
        Ok(Flow::GoOn)
    }

    /// Files that the account has, as far as it says so.
    fn there(&self) -> Vec<usize> {
        self.study.files(|outcome| {
            matches!(
                outcome,
                Outcome::Acknowledged | Outcome::Held | Outcome::AlreadyThere
            )
        })
    }

    fn open(&self) -> Vec<usize> {
        self.study
            .files(|outcome| *outcome == Outcome::Acknowledged)
    }

    /// Whether an order of so many images has exactly those of this transfer. Says nothing, and so no, where the order is
    /// older than the transfer, or its count is not known.
    fn counts_agree(&self, count: Option<u64>) -> bool {
        let there = self.there().len();
        // With some missing here, equal numbers may be of different images.
        self.study.order_is_new() == Some(true)
            && there == self.study.upload.files.len()
            && count == Some(there as u64)
    }

    /// How many images the account counts in the study's order: within it nothing where the order cannot be found by the
    /// patient's ID. `None` when it was held.
    ///
    /// # Errors
    /// When the account cannot be asked, or its answer is no list of orders.
    async fn count(&self) -> Result<Option<Option<u64>>, Error> {
        let upload = &self.study.upload;
        let id = upload.sent_patient_id().trim();
        let (Some(order), false) = (self.study.order(), id.is_empty()) else {
            return Ok(Some(None));
        };
        let query = OrderQuery {
            patient_id: id.to_owned(),
            locations: vec![upload.target.location],
            ..OrderQuery::default()
        };
        let client = &self.context.client;
        let search = || client.search_orders(upload.target.user, &query);
        let found = match self.context.lanes.patiently(self.hold, search).await {
            Ok(found) => found,
            // Who may send need not be one who may search.
            Err(Error::Refused { .. }) => return Ok(Some(None)),
            Err(error) => return Err(error),
        };
        let count_in = |orders: Vec<Order>| {
            let mut orders = orders.into_iter();
            let order = orders.find(|found| found.patient_order_uuid == order);
            order.map(|order| order.images_count)
        };
        Ok(found.map(count_in))
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

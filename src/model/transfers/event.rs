//! What the worker says about the queue of transfers.

use crate::message::{Command, TransferEvent};
use crate::model::Model;

impl Model {
    pub(in crate::model) fn apply_transfer(&mut self, event: TransferEvent) -> Vec<Command> {
        match event {
            TransferEvent::Status(status) => self.transfer_news(status),
            TransferEvent::Restored(transfers) => self.transfers.restore(transfers),
            TransferEvent::Journal(journal) => self.journal_news(journal),
            TransferEvent::ReceiptSaved(result) => self.receipt_news(result),
        }
        Vec::new()
    }
}

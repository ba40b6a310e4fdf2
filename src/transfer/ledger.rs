//! What became of each file of a transfer. The numbers on the screen are counted from here and from nowhere else, so
//! that they cannot disagree with the files.

use std::sync::Arc;

use super::{FileFailure, Ledger, Upload};

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Not yet known.
    Pending,
    /// The account held it before this transfer.
    AlreadyThere,
    /// Every part was acknowledged; not yet asked for.
    Acknowledged,
    /// Acknowledged, and the account says that it holds it.
    Held,
    /// Not sent or not held, and why.
    Failed(String),
    /// Not sent, because the account holds something under its number that is to stay, as the person said; and what.
    Left(String),
}

/// The outcomes of a transfer's files, in the order of [`Upload::files`].
#[derive(Debug, Clone)]
pub struct Book {
    outcomes: Vec<Outcome>,
    skipped: u64,
}

impl Book {
    /// Everything pending.
    pub fn new(upload: &Upload) -> Self {
        Book {
            outcomes: vec![Outcome::Pending; upload.files.len()],
            skipped: upload.skipped.len() as u64,
        }
    }

    /// What became of the file with this index; a file that is not there is pending for ever.
    pub fn outcome(&self, file: usize) -> &Outcome {
        self.outcomes.get(file).unwrap_or(&Outcome::Pending)
    }

    /// All outcomes, in the order of the files.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Writes down what became of a file.
    pub fn set(&mut self, file: usize, outcome: Outcome) {
        if let Some(entry) = self.outcomes.get_mut(file) {
            *entry = outcome;
        }
    }

    /// Indexes of the files for which this holds.
    pub fn files(&self, wanted: impl Fn(&Outcome) -> bool) -> Vec<usize> {
        let matching = self
            .outcomes
            .iter()
            .enumerate()
            .filter(|(_, outcome)| wanted(outcome));
        matching.map(|(file, _)| file).collect()
    }

    /// Fails every file that is pending, so that the ledger closes.
    pub fn fail_pending(&mut self, reason: &str) {
        for outcome in &mut self.outcomes {
            if *outcome == Outcome::Pending {
                *outcome = Outcome::Failed(reason.to_owned());
            }
        }
    }

    /// Makes failed files pending again; says how many.
    pub fn reopen_failed(&mut self) -> usize {
        let mut reopened = 0;
        for outcome in &mut self.outcomes {
            if matches!(outcome, Outcome::Failed(_)) {
                *outcome = Outcome::Pending;
                reopened += 1;
            }
        }
        reopened
    }

    /// The numbers.
    pub fn ledger(&self) -> Ledger {
        let count = |wanted: fn(&Outcome) -> bool| {
            self.outcomes
                .iter()
                .filter(|outcome| wanted(outcome))
                .count() as u64
        };
        Ledger {
            found: self.outcomes.len() as u64 + self.skipped,
            sent: count(|outcome| matches!(outcome, Outcome::Acknowledged | Outcome::Held)),
            already_there: count(|outcome| matches!(outcome, Outcome::AlreadyThere)),
            skipped: self.skipped + count(|outcome| matches!(outcome, Outcome::Left(_))),
            failed: count(|outcome| matches!(outcome, Outcome::Failed(_))),
        }
    }

    /// Images of which the account said that it holds them.
    pub fn verified(&self) -> u64 {
        let held = |outcome: &&Outcome| matches!(outcome, Outcome::Held | Outcome::AlreadyThere);
        self.outcomes.iter().filter(held).count() as u64
    }

    /// The failed files by name.
    pub fn failures(&self, upload: &Upload) -> Arc<[FileFailure]> {
        let failed = |(file, outcome): (&super::UploadFile, &Outcome)| match outcome {
            Outcome::Failed(reason) => Some(FileFailure {
                path: file.path.clone(),
                reason: reason.clone(),
            }),
            _ => None,
        };
        upload
            .files
            .iter()
            .zip(&self.outcomes)
            .filter_map(failed)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::upload::tests::upload_of;

    #[test]
    fn the_ledger_closes_whatever_becomes_of_the_files() {
        let upload = upload_of(4);
        let mut book = Book::new(&upload);
        assert_eq!(book.ledger().pending(), 4);
        book.set(0, Outcome::AlreadyThere);
        book.set(1, Outcome::Acknowledged);
        book.set(2, Outcome::Failed("refused".into()));
        assert!(!book.ledger().is_closed());
        book.fail_pending("cancelled");
        let ledger = book.ledger();
        assert!(ledger.is_closed());
        assert_eq!(
            (ledger.sent, ledger.already_there, ledger.failed),
            (1, 1, 2)
        );
        let failures = book.failures(&upload);
        assert_eq!(
            failures
                .iter()
                .map(|f| f.reason.as_str())
                .collect::<Vec<_>>(),
            ["refused", "cancelled"]
        );
    }

    #[test]
    fn only_what_failed_is_opened_again_for_a_retry() {
        let upload = upload_of(3);
        let mut book = Book::new(&upload);
        book.set(0, Outcome::Held);
        book.set(1, Outcome::Failed("cut".into()));
        book.set(2, Outcome::AlreadyThere);
        assert_eq!(book.reopen_failed(), 1);
        assert_eq!(book.files(|outcome| *outcome == Outcome::Pending), [1]);
    }
}

//! The dialog that saves the receipt of a finished transfer.

use std::path::PathBuf;

use crate::message::{Command, Failure, JobId, ReceiptFormat, TransferCommand};
use crate::model::{Model, Tone};
use crate::receipt;

/// Contents of the dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptForm {
    /// The transfer.
    pub job: JobId,
    /// File format.
    pub format: ReceiptFormat,
    /// Path as typed.
    pub path: String,
    /// Whether the path field is shown, because there was no file dialog.
    pub asks_path: bool,
    /// Error message.
    pub wrong: Option<String>,
    /// Whether the receipt is being saved.
    pub saving: bool,
}

impl ReceiptForm {
    pub(in crate::model) fn new(job: JobId) -> Self {
        ReceiptForm {
            job,
            format: ReceiptFormat::Pdf,
            path: String::new(),
            asks_path: false,
            wrong: None,
            saving: false,
        }
    }

    /// The typed path, if the path field is shown and not empty.
    fn typed(&self) -> Option<PathBuf> {
        let typed = self.path.trim().trim_matches('"');
        (self.asks_path && !typed.is_empty()).then(|| PathBuf::from(typed))
    }

    /// File name extension of the format.
    pub fn ending(&self) -> &'static str {
        match self.format {
            ReceiptFormat::Pdf => "pdf",
            ReceiptFormat::Json => "json",
        }
    }
}

impl Model {
    pub(in crate::model) fn save_receipt(&mut self) -> Vec<Command> {
        let name = receipt::file_name(self.now.clock);
        let Some(form) = self.receipt.as_mut().filter(|form| !form.saving) else {
            return Vec::new();
        };
        let mut to = form.typed();
        if let Some(path) = &mut to {
            if path.is_relative() {
                let words = "Type the whole path, from the root or the drive letter on.";
                form.wrong = Some(words.to_owned());
                return Vec::new();
            }
            if path.extension().is_none() {
                path.set_extension(form.ending());
            }
        }
        form.saving = true;
        form.wrong = None;
        vec![Command::Transfer(TransferCommand::SaveReceipt {
            job: form.job,
            to,
            name,
            format: form.format,
        })]
    }

    pub(in crate::model) fn receipt_news(&mut self, result: Result<Option<PathBuf>, Failure>) {
        if let Some(form) = &mut self.receipt {
            form.saving = false;
        }
        match result {
            Ok(Some(path)) => {
                self.receipt = None;
                self.note(Tone::Plain, "A receipt was saved", "");
                let path = path.to_string_lossy().into_owned();
                self.toast(Tone::Good, "The receipt is saved", path);
            }
            Ok(None) => {
                if let Some(form) = &mut self.receipt {
                    form.asks_path = true;
                }
            }
            Err(failure) => match &mut self.receipt {
                Some(form) => {
                    form.asks_path = true;
                    form.wrong = Some(format!("{} {}", failure.what, failure.remedy));
                }
                None => self.failed(failure),
            },
        }
    }
}

//! Which documented methods were done, counted by name. Several of them are one message with more or fewer fields
//! (`docs/protocol.md`, "Methods and messages").

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::cloud::wire::{General, Upload};

use super::parameters::Parameters;

/// The counts.
#[derive(Debug, Default)]
pub(super) struct Served(Mutex<BTreeMap<&'static str, u64>>);

impl Served {
    pub(super) fn add(&self, method: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(method).or_default() += 1;
    }

    pub(super) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The documented method that a general message comes from.
pub(super) fn general(message: General, given: &Parameters) -> &'static str {
    use General as G;
    let any = |fields: &[&str]| fields.iter().any(|field| given.has(field));
    match message {
        G::SearchPatientOrder if any(&["FolderUuid"]) => "GetPatientOrderListInFolder",
        G::SearchPatientOrder if any(&["StartBirthdate", "EndBirthdate"]) => {
            "GetPatientOrderListWithBirthdate"
        }
        G::SearchPatientOrder if any(&["StartDate", "EndDate"]) => {
            "GetPatientOrderListWithDateRange"
        }
        G::SearchPatientOrder => "GetPatientOrderList",
        G::SearchFolder => "GetFolderList",
        G::CreateFolder if any(&["FolderDescription"]) => "CreateFolderWithDescription",
        G::UpdateFolderWithJson => "UpdateFolderWithJSON",
        G::GetViewUrl if any(&["BirthDate"]) => "GetViewUrlWithPatientNameAndBirthDate",
        G::GetViewUrl if any(&["PatientName"]) => "GetViewUrlWithPatientName",
        G::DeletePatientOrder => "DeleteOrder",
        G::CreatePatientOrder if any(&["PatientSex", "ReferringPhysiciansName"]) => {
            "CreateOrderWithFullParameters2"
        }
        G::CreatePatientOrder if any(&FULL) => "CreateOrderWithFullParameters",
        G::CreatePatientOrder => "CreateOrderWithMinimumParameters",
        G::CreatePatientOrderWithJson => "CreateOrderWithJSON",
        G::AssignPatientOrderToInstitution => "AssignPatientOrderToLocation",
        G::SharePatientOrderWithEmail => "SharePatientOrder",
        G::SharePatientOrderWithEmailWithExpireDate => "SharePatientOrderWithExpireDate",
        G::SharePatientOrderWithUrl => "CreateQuickShareLink",
        G::SharePatientOrderWithUrlWithExpireDate => "CreateQuickShareLinkWithExpireDate",
        // The others are called as they are documented.
        other => other.name(),
    }
}

/// What `CreateOrderWithFullParameters` has and the method of few parameters has not.
const FULL: [&str; 7] = [
    "OtherPatientId",
    "PatientsBirthDate",
    "OrderAccessionNumber",
    "PatientComplaints",
    "RequestedProcedureId",
    "RequestingProcedureDescription",
    "ScheduledEquipmentUuid",
];

/// The documented method that a part of a file comes from. Questions for a file belong to all of them, and are counted by
/// the message's name; the other upload messages are not counted.
pub(super) fn upload(message: Upload, given: &Parameters) -> Option<&'static str> {
    match message {
        Upload::ProcessDocuments => Some("UploadDocumentFiles"),
        Upload::ProcessFile if given.has("FolderUuidList") => Some("UploadDicomFilesIntoFolder"),
        Upload::ProcessFile => Some("UploadDicomFiles"),
        Upload::CheckFileExist => Some(message.name()),
        _ => None,
    }
}

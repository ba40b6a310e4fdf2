//! Where in the window each method is at hand, and the table in `docs/methods.md`.

use std::collections::BTreeSet;

/// The documented methods, each with its place in the window. The test of the whole window presses its way to each.
pub const PLACES: [(&str, &str); 52] = [
    ("Initialize", "Sign in"),
    ("ReadDicomFiles", "Upload: drop files"),
    ("UploadDicomFiles", "Upload: Upload 1 study"),
    (
        "UploadDicomFilesIntoFolder",
        "Upload: Folder, Upload 1 study",
    ),
    ("UploadDicomFilesWithAnonymization", "Upload: De-identify"),
    (
        "UploadDicomFilesIntoFolderWithAnonymization",
        "Upload: Folder, De-identify",
    ),
    ("UploadDocumentFiles", "Orders, an order: Add document…"),
    ("GetPatientOrderList", "Orders: search, Any date"),
    (
        "GetPatientOrderListWithDateRange",
        "Orders: Today … 30 days, Dates…",
    ),
    ("GetPatientOrderListWithBirthdate", "Orders: More, Born"),
    (
        "GetPatientOrderListInFolder",
        "Folders, a folder: Show in Orders",
    ),
    ("CreateOrderWithMinimumParameters", "Orders: New order…"),
    ("CreateOrderWithFullParameters", "Orders: New order…"),
    ("CreateOrderWithFullParameters2", "Orders: New order…"),
    ("CreateOrderWithJSON", "Orders: New order…, More"),
    ("CreateFolder", "Folders: New folder…"),
    ("CreateFolderWithDescription", "Folders: New folder…"),
    ("DeleteFolder", "Folders, a folder: Delete…"),
    ("GetFolderList", "Folders"),
    (
        "UpdateFolderWithJSON",
        "Folders, a folder: Rename…, Describe…",
    ),
    ("GetFolderViewUrl", "Folders, a folder: Open viewer"),
    ("GetViewUrl", "Orders, an order: Open viewer"),
    (
        "GetViewUrlWithPatientName",
        "Orders, an order: Open all of this patient",
    ),
    (
        "GetViewUrlWithPatientNameAndBirthDate",
        "Orders, an order: Open all of this patient",
    ),
    ("DeleteOrder", "Orders: Delete…"),
    ("GetDicomNodeList", "Orders: New order…, Equipment"),
    ("AddOrderToFolder", "Orders: Add to folder…"),
    (
        "RemoveOrderFromFolder",
        "Folders: Take out; Orders, an order: Folders",
    ),
    ("CreateOrderGroup", "Orders: Group"),
    ("AddOrdersToOrderGroup", "Orders: Group"),
    ("RemoveOrdersFromGroup", "Orders: Ungroup"),
    ("GetPatientOrderProperties", "Orders, an order"),
    ("AssignPatientOrderToUser", "Orders: Assign…"),
    ("UnassignPatientOrderFromUser", "Orders: Assign…"),
    ("AssignPatientOrderToUserGroup", "Orders: Assign…"),
    ("UnassignPatientOrderFromUserGroup", "Orders: Assign…"),
    ("AssignPatientOrderToLocation", "Orders: Move…"),
    ("SetFlagToPatientOrder", "Orders: Flag…"),
    ("GetAccountFlagDictionary", "Orders: Flag…"),
    ("SharePatientOrder", "Orders: Share…, E-mail"),
    (
        "SharePatientOrderWithExpireDate",
        "Orders: Share…, E-mail, Ends",
    ),
    ("CreateQuickShareLink", "Orders: Share…, Link"),
    (
        "CreateQuickShareLinkWithExpireDate",
        "Orders: Share…, Link, Ends",
    ),
    ("ShareFolderWithEmail", "Folders: Share…, E-mail"),
    ("ShareFolderWithURL", "Folders: Share…, Link"),
    (
        "ShareFolderToUploadWithEmail",
        "Folders: Share…, E-mail, May upload",
    ),
    (
        "ShareFolderToUploadWithUrl",
        "Folders: Share…, Link, May upload",
    ),
    ("ShareFolderWithAccountUser", "Folders: Share…, Users"),
    ("ShareFolderWithAccountUserGroup", "Folders: Share…, Groups"),
    (
        "GetUserGroupList",
        "Orders: Assign…; Folders: Share…, Groups",
    ),
    ("GetContactList", "Share…, E-mail"),
    ("GetUserList", "Orders: Assign…; Folders: Share…, Users"),
];

/// Whether all that is to be known about a method was seen.
pub struct Seen {
    /// Methods whose frame was recorded; `tests/cloud/wire` compares each.
    pub recorded: BTreeSet<String>,
    /// Methods that the practice server has counted as done.
    pub served: BTreeSet<String>,
    /// Methods whose effect was read from elsewhere.
    pub end_to_end: BTreeSet<String>,
}

/// The table as `docs/methods.md` has it.
pub fn written(seen: &Seen) -> String {
    let mark = |set: &BTreeSet<String>, name: &str| if set.contains(name) { "yes" } else { "–" };
    let mut table = String::from(
        "| method | frame equals the recording | served by practice | tested end to end | place in the window |\n\
         | --- | --- | --- | --- | --- |\n",
    );
    for (name, place) in PLACES {
        let (frame, served) = (mark(&seen.recorded, name), mark(&seen.served, name));
        let whole = mark(&seen.end_to_end, name);
        table.push_str(&format!(
            "| {name} | {frame} | {served} | {whole} | {place} |\n"
        ));
    }
    table
}

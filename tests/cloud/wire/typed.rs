//! The typed methods, played with what the recordings gave them.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time};
use serde_json::Value;
use studydrop::cloud::model::{DateFilter, FolderUpdate, OrderQuery, OrderRef};
use studydrop::cloud::{
    Client, Email, Error, FolderName, FolderPath, FolderShare, MailTo, Modality, MoreOfOrder,
    NewOrder, Sex, methods,
};
use uuid::Uuid;

use crate::wire::recordings::{compare, frames, guid, recorded, signed_in, text, the_only_frame};

/// What a recording gave to a method.
struct Given<'a>(&'a Value);

impl Given<'_> {
    fn guid(&self, name: &str) -> Uuid {
        guid(self.0, name)
    }

    fn parent(&self) -> Option<Uuid> {
        self.text("parentFolderUuid").parse().ok()
    }

    fn guids(&self, name: &str) -> Vec<Uuid> {
        let list = self.0[name].as_array().unwrap().iter();
        list.map(|one| one.as_str().unwrap().parse().unwrap())
            .collect()
    }

    fn text(&self, name: &str) -> String {
        text(self.0, name)
    }

    fn flag(&self, name: &str) -> bool {
        self.0[name].as_bool().unwrap()
    }

    fn day(&self, name: &str) -> Date {
        self.text(name).parse().unwrap()
    }

    fn order(&self) -> OrderRef {
        OrderRef {
            location: self.guid("patientOrderInstitutionUuid"),
            order: self.guid("patientOrderUuid"),
        }
    }

    fn path(&self) -> FolderPath {
        FolderPath::parse("folderName", &self.text("folderName")).unwrap()
    }

    fn mail(&self) -> MailTo {
        let email = |name| Email::parse("email", &self.text(name)).unwrap();
        MailTo {
            email: email("email"),
            password_to: Some(email("emailForSendingSharePassword")),
        }
    }

    fn share(&self) -> FolderShare {
        FolderShare {
            folder: self.guid("folderUuid"),
            password: self.text("sharePassword"),
            title: self.text("shareTitle"),
            description: self.text("shareDescription"),
            expires: Some(self.day("expireDate")),
            can_download: self.flag("userCanDownloadStudies"),
        }
    }

    fn query(&self) -> OrderQuery {
        OrderQuery {
            locations: self.guids("institutionUuidList"),
            patient_name: self.text("patientName"),
            accession_number: self.text("accessionNumber"),
            patient_id: self.text("patientId"),
            other_patient_id: self.text("otherPatientId"),
            modalities: self.0["modalities"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| Modality::parse("modalities", one.as_str().unwrap()).unwrap())
                .collect(),
            dates: DateFilter::Any,
        }
    }

    /// As far as the method has it: what a list of parameters lacks is empty.
    fn new_order(&self) -> NewOrder {
        let may = |name: &str| self.0.get(name).and_then(Value::as_str).unwrap_or("");
        NewOrder {
            location: self.guid("institutionUuid"),
            patient_name: self.text("patientName"),
            patient_id: self.text("patientId"),
            other_patient_id: may("patientOtherId").to_owned(),
            patient_sex: Sex::parse("patientSex", may("patientSex")).unwrap(),
            patient_birth_date: may("patientBirthdate").parse().ok(),
            modality: Some(Modality::parse("modality", &self.text("modality")).unwrap()),
            study_description: self.text("studyDescription"),
            accession_number: may("accessionNumber").to_owned(),
            patient_complaints: may("complaints").to_owned(),
            date: Some(self.day("orderDate")),
            time: Some(Time::strptime("%H:%M", self.text("orderTime")).unwrap()),
            requested_procedure_id: may("procedureId").to_owned(),
            requested_procedure_description: may("procedureDescription").to_owned(),
            scheduled_equipment: may("scheduledEquipmentUuid").parse().ok(),
            referring_physician: may("referringPhysiciansName").to_owned(),
            more: MoreOfOrder::default(),
        }
    }

    /// The order of `CreateOrderWithJSON`, without what the library drops.
    fn json_order(&self) -> NewOrder {
        let json = Given(&self.0["jsonParameters"]);
        NewOrder {
            location: self.guid("institutionUuid"),
            patient_name: json.text("PatientName"),
            patient_id: json.text("PatientID"),
            other_patient_id: json.text("OtherPatientId"),
            patient_sex: Some(Sex::Other),
            patient_birth_date: Some(json.day("PatientsBirthDate")),
            modality: Some(Modality::parse("modality", &json.text("OrderModality")).unwrap()),
            study_description: json.text("StudyDescription"),
            accession_number: json.text("OrderAccessionNumber"),
            patient_complaints: String::new(),
            date: Some(jiff::civil::date(2000, 1, 1)),
            time: Some(jiff::civil::time(16, 0, 0, 0)),
            requested_procedure_id: json.text("RequestedProcedureId"),
            requested_procedure_description: json.text("RequestingProcedureDescription"),
            scheduled_equipment: Some(json.guid("ScheduledEquipmentUuid")),
            referring_physician: json.text("ReferringPhysiciansName"),
            more: MoreOfOrder {
                requesting_physician: json.text("RequestingPhysician"),
                institution_name: json.text("InstitutionNameInDicom"),
                ..MoreOfOrder::default()
            },
        }
    }
}

/// Forgets what a method answers: here only what was sent counts.
async fn sent<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<(), Error> {
    answer.await.map(drop)
}

/// Calls the typed method of this name.
async fn call(client: &Client, name: &str, given: &Given<'_>) -> Result<(), Error> {
    let user = given.guid("userUuid");
    if name.starts_with("Share") || name.contains("ShareLink") {
        return share(client, name, user, given).await;
    }
    if name.contains("Assign") || name.contains("assign") {
        return assign(client, name, user, given).await;
    }
    let folder = || given.guid("folderUuid");
    let location = || given.guid("patientOrderInstitutionUuid");
    let orders = || given.guids("patientOrderUuidList");
    match name {
        "GetPatientOrderList" => sent(client.get_patient_order_list(user, &given.query())).await,
        "GetPatientOrderListWithDateRange" => {
            let (from, to) = (Some(given.day("startDate")), Some(given.day("endDate")));
            let query = given.query();
            sent(client.get_patient_order_list_with_date_range(user, &query, from, to)).await
        }
        "GetPatientOrderListWithBirthdate" => {
            let from = Some(given.day("startBirthdate"));
            let to = Some(given.day("endBirthdate"));
            let query = given.query();
            sent(client.get_patient_order_list_with_birthdate(user, &query, from, to)).await
        }
        "GetPatientOrderListInFolder" => {
            sent(client.get_patient_order_list_in_folder(user, folder())).await
        }
        "CreateFolder" => sent(client.create_folder(user, given.parent(), &given.path())).await,
        "CreateFolderWithDescription" => {
            let (path, about) = (given.path(), given.text("folderDescription"));
            let parent = given.parent();
            sent(client.create_folder_with_description(user, parent, &path, &about)).await
        }
        "GetFolderList" => sent(client.get_folder_list(user, None, "", true)).await,
        "DeleteFolder" => client.delete_folder(user, folder()).await,
        "UpdateFolderWithJSON" => {
            let change = FolderUpdate {
                name: Some(FolderName::parse("n", "New name").unwrap()),
                description: Some("New text".to_owned()),
            };
            client
                .update_folder_with_json(user, folder(), &change)
                .await
        }
        "GetFolderViewUrl" => sent(client.get_folder_view_url(user, folder())).await,
        "GetViewUrl" => sent(client.get_view_url(user, given.guid("patientOrderUuid"))).await,
        "GetViewUrlWithPatientName" => {
            let name = given.text("patientName");
            sent(client.get_view_url_with_patient_name(user, &name)).await
        }
        "GetViewUrlWithPatientNameAndBirthDate" => {
            let (name, born) = (given.text("patientName"), given.day("birthDate"));
            sent(client.get_view_url_with_patient_name_and_birth_date(user, &name, born)).await
        }
        "DeleteOrder" => client.delete_order(user, given.order()).await,
        "CreateOrderWithMinimumParameters" => {
            let order = given.new_order();
            sent(client.create_order_with_minimum_parameters(user, &order)).await
        }
        "CreateOrderWithFullParameters" => {
            let order = given.new_order();
            sent(client.create_order_with_full_parameters(user, &order)).await
        }
        "CreateOrderWithFullParameters2" => {
            let order = given.new_order();
            sent(client.create_order_with_full_parameters2(user, &order)).await
        }
        "CreateOrderWithJSON" => {
            sent(client.create_order_with_json(user, &given.json_order())).await
        }
        "AddOrderToFolder" => {
            let folders = given.guids("folderUuidList");
            client
                .add_order_to_folder(user, given.order(), &folders)
                .await
        }
        "RemoveOrderFromFolder" => {
            client
                .remove_order_from_folder(user, folder(), &orders())
                .await
        }
        "CreateOrderGroup" => sent(client.create_order_group(user, location(), &orders())).await,
        "AddOrdersToOrderGroup" => {
            let group = given.guid("connectedGroupUuid");
            client
                .add_orders_to_order_group(user, location(), group, &orders())
                .await
        }
        "RemoveOrdersFromGroup" => {
            client
                .remove_orders_from_group(user, location(), &orders())
                .await
        }
        "GetPatientOrderProperties" => {
            sent(client.get_patient_order_properties(user, given.order())).await
        }
        "SetFlagToPatientOrder" => {
            let order = given.guid("patientOrderUuid");
            client.set_flag_to_patient_order(user, order, 1, 3).await
        }
        "GetAccountFlagDictionary" => sent(client.get_account_flag_dictionary(user)).await,
        "GetUserGroupList" => sent(client.get_user_group_list(user)).await,
        "GetDicomNodeList" => sent(client.get_dicom_node_list(user)).await,
        "GetContactList" => sent(client.get_contact_list(user)).await,
        "GetUserList" => sent(client.get_user_list(user)).await,
        other => panic!("{other} is not played"),
    }
}

async fn assign(client: &Client, name: &str, user: Uuid, given: &Given<'_>) -> Result<(), Error> {
    let order = given.guid("patientOrderUuid");
    match name {
        "AssignPatientOrderToUser" => {
            let whom = given.guid("assignedUserUuid");
            client.assign_patient_order_to_user(user, order, whom).await
        }
        "UnassignPatientOrderFromUser" => {
            let whom = given.guid("unassignedUserUuid");
            client
                .unassign_patient_order_from_user(user, order, whom)
                .await
        }
        "AssignPatientOrderToUserGroup" => {
            let whom = given.guid("assignedUserGroupUuid");
            client
                .assign_patient_order_to_user_group(user, order, whom)
                .await
        }
        "UnassignPatientOrderFromUserGroup" => {
            let whom = given.guid("unassignedUserGroupUuid");
            client
                .unassign_patient_order_from_user_group(user, order, whom)
                .await
        }
        "AssignPatientOrderToLocation" => {
            let location = given.guid("institutionUuid");
            client
                .assign_patient_order_to_location(user, order, location)
                .await
        }
        other => panic!("{other} is not played"),
    }
}

async fn share(client: &Client, name: &str, user: Uuid, given: &Given<'_>) -> Result<(), Error> {
    let list = || given.guids("orderUuidList");
    let may = || given.flag("userCanDownloadStudies");
    let day = || given.day("expireDate");
    let location = || given.guid("institutionUuid");
    let folder = || given.guid("folderUuid");
    match name {
        "SharePatientOrder" => {
            sent(client.share_patient_order(user, &list(), &given.mail(), may())).await
        }
        "SharePatientOrderWithExpireDate" => {
            let (list, to) = (list(), given.mail());
            sent(client.share_patient_order_with_expire_date(user, &list, &to, may(), day())).await
        }
        "CreateQuickShareLink" => sent(client.create_quick_share_link(user, &list(), may())).await,
        "CreateQuickShareLinkWithExpireDate" => {
            let list = list();
            sent(client.create_quick_share_link_with_expire_date(user, &list, may(), day())).await
        }
        "ShareFolderWithEmail" => {
            sent(client.share_folder_with_email(user, &given.share(), &given.mail())).await
        }
        "ShareFolderWithURL" => sent(client.share_folder_with_url(user, &given.share())).await,
        "ShareFolderToUploadWithEmail" => {
            let (share, to) = (given.share(), given.mail());
            sent(client.share_folder_to_upload_with_email(user, &share, &to, location())).await
        }
        "ShareFolderToUploadWithUrl" => {
            let share = given.share();
            sent(client.share_folder_to_upload_with_url(user, &share, location())).await
        }
        "ShareFolderWithAccountUser" => {
            let with = given.guids("sharedUserUuidList");
            sent(client.share_folder_with_account_user(user, folder(), &with, Some(day()))).await
        }
        "ShareFolderWithAccountUserGroup" => {
            let with = given.guids("sharedUserGroupUuidList");
            let day = Some(day());
            sent(client.share_folder_with_account_user_group(user, folder(), &with, day)).await
        }
        other => panic!("{other} is not played"),
    }
}

#[tokio::test]
async fn every_typed_method_sends_what_was_recorded() {
    let (fake, client) = signed_in().await;
    let mut played = BTreeSet::new();
    for trace in recorded(|name| name != "Initialize" && methods().any(|m| m.name == name)) {
        let name = trace["method"].as_str().unwrap();
        // The fake server knows no addresses: what cannot be read of an answer is no matter here.
        match call(&client, name, &Given(&trace["parameters"])).await {
            Ok(()) => {}
            Err(Error::Unreadable { .. }) if name.contains("ViewUrl") => {}
            Err(error) => panic!("{name}: {error}"),
        }
        compare(name, &the_only_frame(&fake), &frames(&trace)[0], b"");
        played.insert(name.to_owned());
    }
    let all: BTreeSet<String> = methods()
        .map(|method| method.name.to_owned())
        .filter(|name| name != "Initialize")
        .collect();
    assert_eq!(played, all);
}

#[tokio::test]
async fn the_search_by_dates_is_whichever_documented_one_fits() {
    let (fake, client) = signed_in().await;
    for name in [
        "GetPatientOrderList",
        "GetPatientOrderListWithDateRange",
        "GetPatientOrderListWithBirthdate",
    ] {
        let trace = &recorded(|method| method == name)[0];
        let given = Given(&trace["parameters"]);
        let day = |name: &str| {
            let text = given.0.get(name)?.as_str()?;
            text.parse::<Date>().ok()
        };
        let dates = match name {
            "GetPatientOrderList" => DateFilter::Any,
            "GetPatientOrderListWithDateRange" => DateFilter::Performed {
                from: day("startDate"),
                to: day("endDate"),
            },
            _ => DateFilter::Birth {
                from: day("startBirthdate"),
                to: day("endBirthdate"),
            },
        };
        let query = OrderQuery {
            dates,
            ..given.query()
        };
        client
            .search_orders(given.guid("userUuid"), &query)
            .await
            .unwrap();
        compare(name, &the_only_frame(&fake), &frames(trace)[0], b"");
    }
}

#[tokio::test]
async fn what_is_known_to_be_wrong_is_not_sent_by_any_typed_method() {
    let (fake, client) = signed_in().await;
    let user = Uuid::nil();
    let over = jiff::civil::date(2026, 11, 23);
    let share = FolderShare {
        expires: Some(over),
        ..FolderShare::default()
    };
    let mail = MailTo {
        email: Email::parse("email", "a@example.org").unwrap(),
        password_to: None,
    };
    let one = [Uuid::nil()];
    let complete = NewOrder {
        patient_name: "Öberg^Åsa".to_owned(),
        patient_id: "P1".to_owned(),
        modality: Some(Modality::parse("modality", "CT").unwrap()),
        date: Some(over),
        ..NewOrder::default()
    };
    let order = |change: fn(&mut NewOrder)| {
        let mut order = complete.clone();
        change(&mut order);
        order
    };
    let wrong = [
        order(|o| o.patient_name = "  ".into()),
        order(|o| o.patient_id.clear()),
        order(|o| o.modality = None),
        order(|o| o.date = None),
        order(|o| o.accession_number = "12345678901234567".into()),
        order(|o| o.study_description = "x".repeat(65)),
        order(|o| o.patient_name = "a\u{1b}b".into()),
    ];
    let mut errors = Vec::new();
    for order in &wrong {
        errors.push(
            client
                .create_order_with_full_parameters2(user, order)
                .await
                .unwrap_err(),
        );
    }
    errors.extend([
        client
            .share_folder_with_url(user, &share)
            .await
            .unwrap_err(),
        client
            .share_folder_with_email(user, &share, &mail)
            .await
            .unwrap_err(),
        client
            .create_quick_share_link(user, &[], true)
            .await
            .unwrap_err(),
        client
            .create_quick_share_link_with_expire_date(user, &one, true, over)
            .await
            .unwrap_err(),
        client
            .share_folder_with_account_user(user, user, &one, Some(over))
            .await
            .unwrap_err(),
        client
            .share_folder_with_account_user_group(user, user, &[], None)
            .await
            .unwrap_err(),
        client
            .create_order_group(user, user, &one)
            .await
            .unwrap_err(),
        client
            .add_order_to_folder(
                user,
                OrderRef {
                    location: user,
                    order: user,
                },
                &[],
            )
            .await
            .unwrap_err(),
        client
            .get_view_url_with_patient_name(user, " ")
            .await
            .unwrap_err(),
    ]);
    for error in errors {
        assert!(matches!(error, Error::InvalidParameter { .. }), "{error}");
    }
    assert!(fake.take().is_empty());
    client
        .create_order_with_minimum_parameters(user, &complete)
        .await
        .unwrap();
    let today = FolderShare {
        expires: Some(jiff::civil::date(2026, 11, 24)),
        ..share
    };
    client.share_folder_with_url(user, &today).await.unwrap();
    assert_eq!(fake.take().len(), 2);
}

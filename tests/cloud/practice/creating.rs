//! Orders made by hand, and the studies that belong to them.

use dicom_core::VR;
use dicom_dictionary_std::tags;
use serde_json::{Value, json};
use studydrop::cloud::wire::General;
use uuid::Uuid;

use crate::practice::client::{Client, server};
use crate::practice::studies::Image;

/// A scheduled order of the patient P1.
async fn scheduled(client: &mut Client, accession: &str) -> Value {
    let given = json!({
        "PatientName": "Öberg^Märta", "PatientID": "P1", "OrderModality": "CT", "StudyDescription": "Chest",
        "PerformedDatetime": "2026-11-23 09:30", "OrderAccessionNumber": accession,
    });
    client.done(General::CreatePatientOrder, given).await["PatientOrderUuid"].clone()
}

#[tokio::test]
async fn an_order_with_full_parameters_is_found_by_all_of_them() {
    let (_data, _server, mut client) = server().await;
    let nodes = client.done(General::GetDicomNodeList, json!({})).await["DicomNodeList"].clone();
    let given = json!({
        "PatientName": "DOE^JANE", "PatientID": "P1", "OtherPatientId": "OP1", "PatientsBirthDate": "1980-05-17",
        "OrderModality": "mr", "StudyDescription": "Knee", "OrderAccessionNumber": "ACC-9", "PatientComplaints": "pain",
        "PerformedDatetime": "2026-11-23 10:00", "RequestedProcedureId": "PROC1",
        "RequestingProcedureDescription": "Knee MR", "ScheduledEquipmentUuid": nodes[1]["DicomNodeUuid"],
        "PatientSex": "F", "ReferringPhysiciansName": "HOUSE^G",
    });
    let made = client.done(General::CreatePatientOrder, given).await;
    for filter in [
        json!({"PatientName": "doe^j*"}),
        json!({"PatientId": "P1", "OtherPatientId": "op1"}),
        json!({"AccessionNumber": "ACC-9"}),
        json!({"Modalities": ["MR"]}),
        json!({"StartDate": "2026-11-23", "EndDate": "2026-11-23"}),
        json!({"StartBirthdate": "1980-05-17", "EndBirthdate": "1980-05-17"}),
    ] {
        let found = client.orders(filter.clone()).await;
        assert_eq!(found.len(), 1, "{filter}");
        assert_eq!(found[0], made["PatientOrder"], "{filter}");
    }
    let order = client.properties(&made["PatientOrderUuid"]).await;
    for (field, wanted) in [
        ("PatientOrderUuid", made["PatientOrderUuid"].clone()),
        ("OrderStatus", json!(0)),
        ("ImagesCount", json!(0)),
        ("PatientBirthDate", json!("1980-05-17")),
        ("PatientSex", json!("F")),
        ("PerformedDatetime", json!("2026-11-23 10:00")),
        ("RequestingProcedureDescription", json!("Knee MR")),
        ("RequestedProcedureId", json!("PROC1")),
        ("PatientComplaints", json!("pain")),
        ("ReferringPhysiciansName", json!("HOUSE^G")),
        ("PatientHistory", json!("")),
        ("ScheduledEquipmentName", json!("MR knee")),
        ("ScheduledEquipmentUuid", nodes[1]["DicomNodeUuid"].clone()),
        ("ConnectedGroupUuid", json!("")),
        ("FlagList", json!([])),
        ("SeriesList", json!([])),
    ] {
        assert_eq!(order[field], wanted, "{field}");
    }
}

#[tokio::test]
async fn an_order_made_of_json_keeps_every_text() {
    let (_data, _server, mut client) = server().await;
    let given = json!({"JsonParameters": {
        "IdentityInformation": {"OtherId": "O", "Name": "DOE^J", "Birthdate": "2000-01-01", "Id": "P2", "Sex": "O"},
        "StudyInformation": {
            "StudyDate": "2000-01-01 16:00", "StudyDescription": "sd", "InstitutionNameInDicom": "Clinic",
        },
        "OtherInformation": {
            "RequestingPhysician": "rp", "RequestedProcedureDescription": "rpd", "ReferringPhysiciansName": "ref",
            "RequestedProcedureId": "rid", "Priority": "high", "PatientHistory": "long\nand winding",
            "PatientComplaints": "pc", "PatientSymptom": "ps", "RequestingDepartment": "dep", "OrderNote1": "1",
            "OrderNote2": "2",
        },
        "Modality": "CT", "AccessionNumber": "AN-12345",
    }});
    let made = client
        .done(General::CreatePatientOrderWithJson, given)
        .await;
    let order = client.properties(&made["PatientOrderUuid"]).await;
    for (field, wanted) in [
        ("PatientName", "DOE^J"),
        ("PatientId", "P2"),
        ("OtherPatientId", "O"),
        ("PatientSex", "O"),
        ("PatientBirthDate", "2000-01-01"),
        ("PerformedDatetime", "2000-01-01 16:00"),
        ("StudyDescription", "sd"),
        ("InstitutionNameInDicom", "Clinic"),
        ("RequestingPhysician", "rp"),
        ("RequestingProcedureDescription", "rpd"),
        ("ReferringPhysiciansName", "ref"),
        ("RequestedProcedureId", "rid"),
        ("Priority", "high"),
        ("PatientHistory", "long\nand winding"),
        ("PatientComplaints", "pc"),
        ("PatientSymptom", "ps"),
        ("RequestingDepartment", "dep"),
        ("OrderNote1", "1"),
        ("OrderNote2", "2"),
        ("AccessionNumber", "AN-12345"),
        ("OrderModality", "CT"),
    ] {
        assert_eq!(order[field], wanted, "{field}");
    }
}

#[tokio::test]
async fn what_makes_no_order_is_refused_by_name() {
    let (_data, _server, mut client) = server().await;
    for (change, says) in [
        (json!({"PatientName": " "}), "PatientName is missing"),
        (json!({"PatientID": ""}), "PatientID is missing"),
        (
            json!({"PatientName": "a".repeat(195)}),
            "PatientName has more than 194",
        ),
        (
            json!({"PatientName": "a\u{0}b"}),
            "PatientName must be one line",
        ),
        (
            json!({"PatientsBirthDate": "2026-02-30"}),
            "PatientsBirthDate must be a day",
        ),
        (
            json!({"PerformedDatetime": "2026-11-23 9:30x"}),
            "PerformedDatetime must be a day and time",
        ),
        (
            json!({"PerformedDatetime": "2026-11-23 24:10"}),
            "PerformedDatetime must be a day and time",
        ),
        (json!({"PatientSex": "X"}), "PatientSex must be M, F, O"),
        (
            json!({"OrderModality": "C-T"}),
            "OrderModality \"C-T\" is no modality",
        ),
        (
            json!({"ScheduledEquipmentUuid": Uuid::new_v4()}),
            "DICOM node",
        ),
        (
            json!({"InstitutionUuid": Uuid::new_v4()}),
            "location does not exist",
        ),
        (
            json!({"UserUuid": client.person(2), "InstitutionUuid": client.place(1)}),
            "may not use the location \"Outpatient clinic\"",
        ),
        (
            json!({"UserUuid": Uuid::new_v4()}),
            "user is not in this account",
        ),
    ] {
        let mut given = json!({
            "PatientName": "DOE^JANE", "PatientID": "P1", "OrderModality": "CT",
            "PerformedDatetime": "2026-11-23 10:00",
        });
        given
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let why = client.refused(General::CreatePatientOrder, given).await;
        assert!(why.contains(says), "{change}: {why}");
    }
    let why = client
        .refused(
            General::CreatePatientOrderWithJson,
            json!({"JsonParameters": []}),
        )
        .await;
    assert!(why.contains("JsonParameters must be an object"), "{why}");
    let why = client
        .refused(General::CreatePatientOrderWithJson, json!({}))
        .await;
    assert!(why.contains("Name is missing"), "{why}");
    assert!(client.orders(json!({})).await.is_empty());
}

#[tokio::test]
async fn a_study_goes_into_the_order_that_was_made_for_it() {
    let (_data, _server, mut client) = server().await;
    let order = scheduled(&mut client, "ACC-1").await;
    let image = Image::of("1.2.1", 1).set(tags::ACCESSION_NUMBER, VR::SH, "ACC-1");
    assert_eq!(client.send_image(&image).await, order);
    let orders = client.orders(json!({})).await;
    assert_eq!(orders.len(), 1);
    for (field, wanted) in [
        ("ImagesCount", json!(1)),
        ("OrderStatus", json!(1)),
        ("StudyInstanceUid", json!("1.2.1")),
        ("StudyDescription", json!("Chest")),
        ("PerformedDatetime", json!("2026-11-23 09:30")),
    ] {
        assert_eq!(orders[0][field], wanted, "{field}");
    }
    // The study's next image follows; another study of the same numbers is an order of its own.
    let next = Image::of("1.2.1", 2).set(tags::ACCESSION_NUMBER, VR::SH, "ACC-1");
    assert_eq!(client.send_image(&next).await, order);
    let other = Image::of("1.2.2", 1).set(tags::ACCESSION_NUMBER, VR::SH, "ACC-1");
    assert_ne!(client.send_image(&other).await, order);
    assert_eq!(client.orders(json!({})).await.len(), 2);
}

#[tokio::test]
async fn a_study_goes_into_no_order_that_might_be_another_patients() {
    let (_data, _server, mut client) = server().await;
    let blank = scheduled(&mut client, "").await;
    let order = scheduled(&mut client, "ACC-1").await;
    let with = |study: &str, accession: &str, id: &str| {
        Image::of(study, 1)
            .set(tags::ACCESSION_NUMBER, VR::SH, accession)
            .set(tags::PATIENT_ID, VR::LO, id)
    };
    for image in [
        with("1.2.1", "", "P1"),
        with("1.2.2", "ACC-1", "P2"),
        with("1.2.3", "ACC-2", "P1"),
        with("1.2.4", "ACC-1", ""),
    ] {
        let made = client.send_image(&image).await;
        assert!(made != order && made != blank);
    }
    let first = client.location.clone();
    client.location = client.place(1);
    assert_ne!(
        client.send_image(&with("1.2.5", "ACC-1", "P1")).await,
        order
    );
    client.location = first;
    // One in the trash takes nothing either.
    client
        .done(
            General::DeletePatientOrder,
            json!({"PatientOrderUuid": order}),
        )
        .await;
    assert_ne!(
        client.send_image(&with("1.2.6", "ACC-1", "P1")).await,
        order
    );
}

#[tokio::test]
async fn an_order_made_by_hand_stays_when_its_images_go() {
    let (_data, _server, mut client) = server().await;
    let order = scheduled(&mut client, "ACC-1").await;
    let image = Image::of("1.2.1", 1).set(tags::ACCESSION_NUMBER, VR::SH, "ACC-1");
    assert_eq!(client.send_image(&image).await, order);
    // The same image, now of another study and another patient.
    let moved =
        image
            .set(tags::STUDY_INSTANCE_UID, VR::UI, "1.2.9")
            .set(tags::PATIENT_ID, VR::LO, "P9");
    assert_ne!(client.send_image(&moved).await, order);
    let left = client.properties(&order).await;
    assert_eq!(
        (&left["ImagesCount"], &left["OrderStatus"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(
        (&left["StudyInstanceUid"], &left["OrderModality"]),
        (&json!(""), &json!("CT"))
    );
    // It waits again.
    let again = Image::of("1.2.3", 1).set(tags::ACCESSION_NUMBER, VR::SH, "ACC-1");
    assert_eq!(client.send_image(&again).await, order);
}

//! Every filter of the searches against a plain reading of the same orders.

use serde_json::{Value, json};
use studydrop::cloud::wire::General;

use crate::practice::client::{Client, server};

const NAMES: [(&str, &str); 5] = [
    ("Öberg^Märta", "oberg marta"),
    ("Oberg^Mia", "oberg mia"),
    ("Berg^Anna", "berg anna"),
    ("Strøm^Bjørn", "strom bjorn"),
    ("山田^太郎", "山田 太郎"),
];
const MODALITIES: [&str; 4] = ["CT", "MR", "CT\\SR", "US"];

/// What an order is made of, by its number.
struct Made {
    number: usize,
    name: (&'static str, &'static str),
    modality: &'static str,
    location: usize,
    day: u32,
    born: String,
}

fn made(number: usize) -> Made {
    Made {
        number,
        name: NAMES[number % 5],
        modality: MODALITIES[number / 5 % 4],
        location: number / 20 % 2,
        day: (number / 40 % 28) as u32 + 1,
        born: if number.is_multiple_of(7) {
            String::new()
        } else {
            format!("19{:02}-05-17", number % 90 + 10)
        },
    }
}

/// 1,000 orders written straight into the database.
async fn many(data: &std::path::Path, client: &Client) {
    let mut database = rusqlite::Connection::open(data.join("practice.sqlite")).unwrap();
    let work = database.transaction().unwrap();
    for number in 0..1000_usize {
        let order = made(number);
        work.execute(
            "INSERT INTO patient_order (uuid, location, study_uid, patient_name, name_key, patient_id,
                 other_patient_id, birth_date, accession, modality, performed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            rusqlite::params![
                format!("00000000-0000-4000-8000-{number:012}"),
                client.place(order.location).as_str().unwrap(),
                format!("1.2.{number}"),
                order.name.0,
                order.name.1,
                format!("P{number}"),
                format!("O\\X{}", number % 10),
                order.born,
                format!("ACC-{number:04}"),
                order.modality,
                if number.is_multiple_of(11) { String::new() } else { format!("2026-10-{:02} 23:59", order.day) },
            ],
        )
        .unwrap();
    }
    work.commit().unwrap();
}

#[tokio::test]
async fn a_search_finds_what_a_plain_reading_finds() {
    let (data, _server, mut client) = server().await;
    many(data.path(), &client).await;
    let places = [client.place(0), client.place(1)];
    type Rule = Box<dyn Fn(&Made) -> bool>;
    let cases: Vec<(Value, Rule)> = vec![
        (json!({}), Box::new(|_| true)),
        (
            json!({"PatientName": "OBERG"}),
            Box::new(|o| o.name.1.starts_with("oberg")),
        ),
        (
            json!({"PatientName": "öb?rg*"}),
            Box::new(|o| o.name.1.starts_with("oberg")),
        ),
        (
            json!({"PatientName": "*berg*"}),
            Box::new(|o| o.name.1.contains("berg")),
        ),
        (
            json!({"PatientName": "bjorn"}),
            Box::new(|o| o.name.1.ends_with("bjorn")),
        ),
        (
            json!({"PatientName": "太"}),
            Box::new(|o| o.name.1.contains('太')),
        ),
        (json!({"PatientName": "%"}), Box::new(|_| false)),
        (
            json!({"PatientId": "p12?"}),
            Box::new(|o| (120..130).contains(&o.number)),
        ),
        (
            json!({"PatientId": "P12*"}),
            Box::new(|o| o.number.to_string().starts_with("12")),
        ),
        (json!({"PatientId": "P12"}), Box::new(|o| o.number == 12)),
        (
            json!({"OtherPatientId": "x3"}),
            Box::new(|o| o.number % 10 == 3),
        ),
        (
            json!({"AccessionNumber": "acc-00?1"}),
            Box::new(|o| o.number < 100 && o.number % 10 == 1),
        ),
        (
            json!({"Modalities": ["SR"]}),
            Box::new(|o| o.modality == "CT\\SR"),
        ),
        (
            json!({"Modalities": ["us", " MR "]}),
            Box::new(|o| matches!(o.modality, "US" | "MR")),
        ),
        (json!({"Modalities": ["C"]}), Box::new(|_| false)),
        (
            json!({"InstitutionUuidList": [places[1]]}),
            Box::new(|o| o.location == 1),
        ),
        (json!({"InstitutionUuidList": places}), Box::new(|_| true)),
        (
            json!({"StartDate": "2026-10-03", "EndDate": "2026-10-05"}),
            Box::new(|o| !o.number.is_multiple_of(11) && (3..=5).contains(&o.day)),
        ),
        (
            json!({"StartDate": "2026-10-20"}),
            Box::new(|o| !o.number.is_multiple_of(11) && o.day >= 20),
        ),
        (
            json!({"EndDate": "2026-10-02"}),
            Box::new(|o| !o.number.is_multiple_of(11) && o.day <= 2),
        ),
        (
            json!({"StartBirthdate": "1950-05-17", "EndBirthdate": "1959-05-17"}),
            Box::new(|o| ("1950-05-17"..="1959-05-17").contains(&&*o.born)),
        ),
        (
            json!({"EndBirthdate": "1930-01-01"}),
            Box::new(|o| !o.born.is_empty() && *o.born <= *"1930-01-01"),
        ),
        (
            json!({"PatientName": "berg*", "Modalities": ["CT"], "StartDate": "2026-10-10", "InstitutionUuidList": [places[0]]}),
            Box::new(|o| {
                o.name.1 == "berg anna"
                    && o.modality.starts_with("CT")
                    && o.day >= 10
                    && o.location == 0
                    && !o.number.is_multiple_of(11)
            }),
        ),
    ];
    for (filter, rule) in cases {
        let found = client.found(filter.clone()).await;
        let mut wanted: Vec<_> = (0..1000)
            .filter(|number| rule(&made(*number)))
            .map(|number| format!("1.2.{number}"))
            .collect();
        wanted.sort();
        assert_eq!(found, wanted, "{filter}");
    }
    let all = client.orders(json!({})).await;
    let days: Vec<_> = all
        .iter()
        .map(|order| order["PerformedDatetime"].as_str().unwrap())
        .collect();
    assert!(days.is_sorted_by(|a, b| a >= b), "newest first");
}

#[tokio::test]
async fn ranges_the_wrong_way_round_are_refused() {
    let (_data, _server, mut client) = server().await;
    for (from, to) in [("StartDate", "EndDate"), ("StartBirthdate", "EndBirthdate")] {
        let given = json!({from: "2026-11-24", to: "2026-11-23"});
        let why = client.refused(General::SearchPatientOrder, given).await;
        assert_eq!(
            why,
            format!("{from} (2026-11-24) lies after {to} (2026-11-23).")
        );
        let same = json!({from: "2026-11-24", to: "2026-11-24"});
        assert!(client.orders(same).await.is_empty());
        let why = client
            .refused(General::SearchPatientOrder, json!({to: "2026-02-30"}))
            .await;
        assert!(why.contains(&format!("{to} must be a day")), "{why}");
    }
}

//! The methods that are about files, called as a script calls them: by the program itself.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use studydrop::dicom::sample::write_sample_study;

use crate::common::program::{Practice, Run, stored};

fn call(practice: &Practice, home: &Path, method: &str, parameters: &Value) -> Value {
    let run: Run = practice.run(home, &["call", method, &parameters.to_string()]);
    assert_eq!(run.status, 0, "{method}: {}", run.says());
    serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{method}: {}", run.says()))
}

/// One text of the server's database.
fn read(practice: &Practice, sql: &str) -> String {
    let database = rusqlite::Connection::open(practice.data.join("practice.sqlite")).unwrap();
    database
        .query_row(sql, [], |row| row.get(0))
        .unwrap_or_default()
}

/// Calls each, checks on the server what came of it, and says whether it travels at all.
pub fn methods_of_files() -> BTreeMap<String, bool> {
    let [data, home, files] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let practice = Practice::start(data.path());
    let mut done = BTreeMap::new();
    let account = call(&practice, home.path(), "Initialize", &json!({}));
    let location = &account["Account"]["UserList"][0]["InstitutionList"][0]["InstitutionUuid"];
    let listed = call(&practice, home.path(), "GetFolderList", &json!({}));
    let folder = &listed["Folder"]["SubFolderList"][0]["FolderUuid"];

    let mut sent = 0;
    for (method, in_folder, anonymous, orders_in_folder) in [
        ("UploadDicomFiles", false, false, "0"),
        ("UploadDicomFilesIntoFolder", true, false, "1"),
        ("UploadDicomFilesWithAnonymization", false, true, "1"),
        (
            "UploadDicomFilesIntoFolderWithAnonymization",
            true,
            true,
            "2",
        ),
    ] {
        let study = files.path().join(method);
        let written = write_sample_study(&study).unwrap();
        let before = stored(&practice.data).len();
        let mut parameters = json!({"institutionUuid": location, "selectedFiles": [study]});
        if in_folder {
            parameters["folderUuid"] = folder.clone();
        }
        if anonymous {
            parameters["anonymizedData"] = json!([
                {"Tag": "x00100010", "Value": format!("Anon^{method}")},
                {"Tag": "PatientID", "Value": "A-1"},
            ]);
        }
        call(&practice, home.path(), method, &parameters);
        let after = stored(&practice.data);
        assert_eq!(after.len() - before, written.len(), "{method}");
        sent += written.len();
        let newest = "SELECT patient_name FROM patient_order WHERE patient_name LIKE 'Anon^%' \
            ORDER BY length(patient_name) DESC";
        let name = read(&practice, newest);
        if anonymous {
            assert!(name.starts_with("Anon^Upload"), "{method}: {name}");
        } else {
            assert_eq!(name, "", "{method}");
        }
        let held = read(&practice, "SELECT CAST(count(*) AS TEXT) FROM order_folder");
        assert_eq!(held, orders_in_folder, "{method}");
        done.insert(method.to_owned(), true);
    }
    assert_eq!(stored(&practice.data).len(), sent);

    let study = files.path().join("UploadDicomFiles");
    let told = call(
        &practice,
        home.path(),
        "ReadDicomFiles",
        &json!({"selectedFiles": [study]}),
    );
    let name = read(
        &practice,
        "SELECT patient_name FROM patient_order WHERE patient_name NOT LIKE 'Anon%'",
    );
    let family = name.split('^').next().unwrap();
    assert!(told.to_string().contains(family), "{told}");
    done.insert("ReadDicomFiles".to_owned(), false);

    let report = files.path().join("report.pdf");
    std::fs::write(&report, b"%PDF-1.7 made up").unwrap();
    let order = read(&practice, "SELECT uuid FROM patient_order LIMIT 1");
    let parameters =
        json!({"institutionUuid": location, "patientOrderUuid": order, "selectedFiles": [report]});
    call(&practice, home.path(), "UploadDocumentFiles", &parameters);
    assert_eq!(
        read(&practice, "SELECT mime FROM document"),
        "application/pdf"
    );
    done.insert("UploadDocumentFiles".to_owned(), true);
    done
}

//! The whole window on a practice server of the test's own: every method of the Cloud API pressed for where the table of
//! methods says that it is, and what came of it read from the server's database.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::common::method_table;
use eframe::egui::{self, Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, Node};
use rusqlite::{Connection, OpenFlags};
use studydrop::app::{App, Start};
use studydrop::dicom::sample::write_sample_study;
use studydrop::model::{Action, OrdersAction, Page, ShellAction, SignInAction};
use studydrop::practice::{self, Config, Server};
use studydrop::worker;

/// A file dropped on the window, as winit would tell.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

struct Window {
    harness: Harness<'static, App>,
    database: Connection,
    server: Server,
    _runtime: tokio::runtime::Runtime,
    _home: tempfile::TempDir,
    _data: tempfile::TempDir,
}

impl Window {
    fn open() -> Self {
        studydrop::cloud::install_crypto();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let [home, data] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let server = runtime
            .block_on(practice::start(Config::local(data.path())))
            .unwrap();
        let path = data.path().join("practice.sqlite");
        let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let start = Start {
            data: home.path().to_owned(),
            practice: false,
            theme: None,
        };
        let harness = Harness::builder()
            .with_size([1280.0, 1000.0])
            .allow_missing_glyphs()
            .build_eframe(move |creation| {
                let ctx = creation.egui_ctx.clone();
                let wake = ctx.clone();
                let handle =
                    worker::start(start.data.clone(), Box::new(move || wake.request_repaint()));
                studydrop::ui::fonts::find_system_fonts(&ctx);
                App::new(&ctx, handle, &start)
            });
        let mut window = Window {
            harness,
            database,
            server,
            _runtime: runtime,
            _home: home,
            _data: data,
        };
        window.sign_in();
        window
    }

    fn sign_in(&mut self) {
        // The page moves a little when the keychain has answered: no press is aimed at it.
        self.harness
            .state_mut()
            .act(Action::SignIn(SignInAction::ToggleAdvanced));
        let keys = [
            ("Account key", self.server.account_key().to_string()),
            ("API key", self.server.api_key().to_string()),
            ("Router address", self.server.router()),
        ];
        for (label, text) in keys {
            self.write(label, &text);
        }
        self.harness
            .state_mut()
            .act(Action::SignIn(SignInAction::Submit));
        self.until_label("Drop study folders here");
    }

    /// Steps until something is so. The bound is for a program that hangs, not for a slow one.
    fn until(&mut self, what: &str, so: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        loop {
            self.harness.step();
            if so(self) {
                return;
            }
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "{what} never came:\n{}\n{:?}",
                self.texts().join("\n"),
                self.harness.state().model().orders.form
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn until_label(&mut self, label: &str) {
        self.until(label, |window| {
            window
                .harness
                .query_all_by_label_contains(label)
                .next()
                .is_some()
        });
    }

    /// Presses what has exactly this name, or else what has it in its name.
    fn press_with(&mut self, label: &str, modifiers: Modifiers) {
        self.until_label(label);
        // What was just shown may still find its place.
        self.harness.run_steps(2);
        // The name in a line of a tree is not the line itself.
        let is_line = |node: &Node<'_>| node.accesskit_node().role() == Role::TreeItem;
        let line = self.harness.query_all_by_label(label).find(is_line);
        let exact = line.or_else(|| self.harness.query_all_by_label(label).last());
        let part = || self.harness.query_all_by_label_contains(label).next();
        exact.or_else(part).unwrap().click_modifiers(modifiers);
        self.harness.step();
    }

    fn press(&mut self, label: &str) {
        self.press_with(label, Modifiers::NONE);
    }

    fn key(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.step();
    }

    /// Writes into a field, in place of what stands there.
    fn write(&mut self, label: &str, text: &str) {
        let is_field = |role| {
            matches!(
                role,
                Role::TextInput
                    | Role::PasswordInput
                    | Role::MultilineTextInput
                    | Role::SearchInput
            )
        };
        self.until_label(label);
        {
            let fields = self.harness.query_all_by_label_contains(label);
            let mut fields = fields.filter(|node| is_field(node.accesskit_node().role()));
            let field = fields.next();
            field.unwrap_or_else(|| panic!("a field {label}")).focus();
        }
        self.harness.step();
        self.key(Modifiers::COMMAND, Key::A);
        self.harness.event(egui::Event::Paste(text.to_owned()));
        self.harness.step();
    }

    fn drop_on_it(&mut self, path: &Path) {
        let file = std::sync::Arc::new(Dropped(path.to_owned()));
        self.harness.input_mut().dropped_files.push(file);
        self.harness.step();
    }

    fn texts(&self) -> Vec<String> {
        let nodes = self.harness.root().children_recursive();
        nodes
            .filter_map(|node| {
                let node = node.accesskit_node();
                node.label().or(node.value())
            })
            .collect()
    }

    /// One text of the server's database.
    fn read(&self, sql: &str) -> String {
        let read = self.database.query_row(sql, [], |row| {
            let value: rusqlite::types::Value = row.get(0)?;
            Ok(match value {
                rusqlite::types::Value::Text(text) => text,
                rusqlite::types::Value::Integer(number) => number.to_string(),
                _ => String::new(),
            })
        });
        read.unwrap_or_default()
    }

    fn until_held(&mut self, sql: &str, text: &str) {
        self.until(&format!("“{text}” of {sql}"), |window| {
            window.read(sql) == text
        });
    }

    fn served(&self, method: &str) -> u64 {
        self.server.served().get(method).copied().unwrap_or(0)
    }

    /// Does something that makes the server do a method, once more than before.
    fn serves(&mut self, method: &str, does: impl FnOnce(&mut Self)) {
        let before = self.served(method);
        does(self);
        self.until(method, |window| window.served(method) > before);
        let quiet = |window: &Self| !window.harness.state().model().orders.found.is_loading();
        self.until("the orders", quiet);
    }

    fn go(&mut self, page: Page) {
        self.harness
            .state_mut()
            .act(Action::Shell(ShellAction::Go(page)));
        self.harness.step();
    }

    fn new_order(&mut self, name: &str, more: &[(&str, &str)], sex: Option<&str>) {
        self.press("New order…");
        self.write("Patient name of the new order", name);
        self.write("Patient ID of the new order", "P-1");
        self.write("Modality of the new order", "CT");
        for (field, text) in more {
            self.write(&format!("{field} of the new order"), text);
        }
        if let Some(sex) = sex {
            self.press(sex);
        }
        self.press("Make order");
        self.until("the form closes", |window| {
            window.harness.state().model().dialog.is_none()
        });
    }

    /// Selects the order of this patient alone.
    fn select(&mut self, patient: &str) {
        self.key(Modifiers::NONE, Key::Escape);
        self.press_row(patient, Modifiers::NONE);
    }

    fn press_row(&mut self, patient: &str, modifiers: Modifiers) {
        let rows = |window: &Self| {
            let rows = window.harness.query_all_by_label_contains(patient);
            rows.filter(|node| node.accesskit_node().role() == Role::Row)
                .count()
        };
        self.until(patient, |window| rows(window) > 0);
        {
            let mut nodes = self.harness.query_all_by_label_contains(patient);
            let row = nodes.find(|node| node.accesskit_node().role() == Role::Row);
            row.unwrap().click_modifiers(modifiers);
        }
        self.harness.step();
    }
}

#[test]
fn every_method_is_where_the_table_says() {
    let mut window = Window::open();
    orders(&mut window);
    properties(&mut window);
    folders(&mut window);
    sharing(&mut window);
    uploads(&mut window);
    endings(&mut window);

    let served = window.server.served();
    // On the wire a study with replaced values looks like one without; what is read from files is not sent at all.
    let elsewhere = [
        "Initialize",
        "ReadDicomFiles",
        "UploadDicomFilesWithAnonymization",
        "UploadDicomFilesIntoFolderWithAnonymization",
    ];
    let missing: BTreeSet<&str> = method_table::PLACES
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !elsewhere.contains(name) && !served.contains_key(name))
        .collect();
    assert!(missing.is_empty(), "nobody pressed for {missing:?}");
}

/// Searching, and making orders by each of the four ways.
fn orders(window: &mut Window) {
    window.serves("GetPatientOrderList", |window| window.go(Page::Orders));
    window.serves("CreateOrderWithMinimumParameters", |window| {
        window.new_order("Adams^Anna", &[], None);
    });
    window.serves("CreateOrderWithFullParameters", |window| {
        window.new_order(
            "Berg^Bo",
            &[("Accession number", "A-1"), ("Birth date", "1951-02-03")],
            None,
        );
    });
    window.serves("CreateOrderWithFullParameters2", |window| {
        window.new_order("Carls^Cia", &[], Some("Female"));
    });
    window.serves("CreateOrderWithJSON", |window| {
        window.new_order("Dahl^Dag", &[("Note", "fasting")], None);
    });
    let names = "SELECT group_concat(patient_name, ' ') FROM (SELECT patient_name FROM patient_order ORDER BY 1)";
    window.until_held(names, "Adams^Anna Berg^Bo Carls^Cia Dahl^Dag");
    assert_eq!(
        window.read("SELECT sex FROM patient_order WHERE patient_name LIKE 'Carls%'"),
        "F"
    );
    assert!(window.served("GetDicomNodeList") > 0);

    window.serves("GetPatientOrderListWithDateRange", |window| {
        window.press("30 days")
    });
    window.press("More");
    window.serves("GetPatientOrderListWithBirthdate", |window| {
        window.write("Birth date from", "1951-02-03");
        window.write("Birth date to", "1951-02-03");
        window.key(Modifiers::NONE, Key::Enter);
    });
    window.until_label("1 order");
    window.press("Any date");
    window.until_label("4 orders");
}

/// What is done to orders that are selected.
fn properties(window: &mut Window) {
    window.serves("GetPatientOrderProperties", |window| {
        window.select("Berg, Bo")
    });
    window.serves("GetViewUrl", |window| window.press("Open viewer"));
    window.press("More actions");
    window.serves("GetViewUrlWithPatientNameAndBirthDate", |window| {
        window.press("Open all of this patient");
    });
    window.select("Adams, Anna");
    window.press("More actions");
    window.serves("GetViewUrlWithPatientName", |window| {
        window.press("Open all of this patient")
    });

    assigning(window);
    window.press("More actions");
    window.press("Move to location…");
    window.press("Outpatient clinic");
    window.serves("AssignPatientOrderToLocation", |window| {
        window.press("Move to Outpatient clinic");
    });
    let place = "SELECT l.name FROM patient_order o JOIN location l ON l.uuid = o.location \
        WHERE patient_name LIKE 'Adams%'";
    window.until_held(place, "Outpatient clinic");
    window.until_label("moved to the other location");
    window.serves("AssignPatientOrderToLocation", |window| {
        window.press("Undo")
    });
    window.until_held(place, "Main hospital");

    window.select("Berg, Bo");
    window.press("More actions");
    window.press("Flag…");
    window.press("Urgent");
    window.serves("SetFlagToPatientOrder", |window| {
        window.press("Set flag “Urgent”")
    });
    let flag = "SELECT f.name FROM order_flag o JOIN flag f ON f.id = o.flag AND f.flag_group = o.flag_group";
    window.until_held(flag, "Urgent");
    undo(window, "Flag set", flag, "");

    grouping(window);
}

fn assigning(window: &mut Window) {
    for (whom, assigned, back, count) in [
        (
            "Mia Lund",
            "AssignPatientOrderToUser",
            "UnassignPatientOrderFromUser",
            "SELECT count(*) FROM order_user",
        ),
        (
            "Radiology A",
            "AssignPatientOrderToUserGroup",
            "UnassignPatientOrderFromUserGroup",
            "SELECT count(*) FROM order_user_group",
        ),
    ] {
        window.press("Assign…");
        window.press(whom);
        window.serves(assigned, |window| {
            window.press(&format!("Assign to {whom}"))
        });
        window.until_held(count, "1");
        window.press("Assign…");
        window.press(whom);
        window.serves(back, |window| window.press("Take back"));
        window.until_held(count, "0");
        undo(window, "taken back", count, "1");
        // Assigned already: nothing of it is taken back by an undo.
        window.press("Assign…");
        window.press(whom);
        window.press(&format!("Assign to {whom}"));
        window.until_label("1 order assigned");
        assert_eq!(window.read(count), "1");
        window.press("Assign…");
        window.press(whom);
        window.press("Take back");
        window.until_held(count, "0");
    }
}

/// Waits until the table, too, knows how many orders are in groups: what is offered depends on it.
fn until_grouped(window: &mut Window, count: usize) {
    window.until("the group", |window| {
        let model = window.harness.state().model();
        model.orders.found.value().is_some_and(|table| {
            let orders = table.orders.iter();
            orders.filter(|order| order.group().is_some()).count() == count
        })
    });
}

fn grouping(window: &mut Window) {
    let grouped = "SELECT count(*) FROM patient_order WHERE connected_group <> ''";
    window.press_row("Carls, Cia", Modifiers::COMMAND);
    window.serves("CreateOrderGroup", |window| {
        window.key(Modifiers::COMMAND, Key::G)
    });
    window.until_held(grouped, "2");
    until_grouped(window, 2);
    window.press_row("Dahl, Dag", Modifiers::COMMAND);
    window.serves("AddOrdersToOrderGroup", |window| {
        window.key(Modifiers::COMMAND, Key::G)
    });
    window.until_held(grouped, "3");
    until_grouped(window, 3);
    undo(window, "added to the group", grouped, "2");
    until_grouped(window, 2);
    // All three are still selected.
    window.key(Modifiers::COMMAND, Key::G);
    window.until_held(grouped, "3");
    until_grouped(window, 3);
    window.select("Dahl, Dag");
    window.press("More actions");
    window.serves("RemoveOrdersFromGroup", |window| window.press("Ungroup"));
    window.until_held(grouped, "2");
}

/// Presses *Undo* on the message that says so, and waits until the server holds it.
fn undo(window: &mut Window, says: &str, sql: &str, text: &str) {
    let newest = |window: &Window| {
        let toasts = window.harness.state().model().toasts.shown();
        toasts.last().map(|toast| (toast.title.clone(), toast.undo))
    };
    window.until(says, |window| {
        newest(window).is_some_and(|(title, undo)| undo && title.contains(says))
    });
    window.press("Undo");
    window.until_held(sql, text);
    window.until("the answer", |window| {
        newest(window).is_some_and(|(title, _)| title.starts_with("Undone"))
    });
    window.until("the orders", |window| {
        !window.harness.state().model().orders.found.is_loading()
    });
}

fn folders(window: &mut Window) {
    window.select("Berg, Bo");
    window.press("Add to folder…");
    window.press("Teaching");
    window.serves("AddOrderToFolder", |window| window.press("Add 1 order"));
    let inside = "SELECT count(*) FROM order_folder";
    window.until_held(inside, "1");
    undo(window, "put into the folder", inside, "0");
    window.press("Add to folder…");
    window.press("Teaching");
    window.press("Add 1 order");
    window.until_held(inside, "1");

    window.go(Page::Folders);
    window.until_label("Teaching");
    assert!(window.served("GetFolderList") > 0);
    window.press("New folder…");
    window.write("Name", "Emergency/2026");
    window.serves("CreateFolder", |window| {
        window.key(Modifiers::NONE, Key::Enter)
    });
    window.until_held(
        "SELECT count(*) FROM folder WHERE name IN ('Emergency', '2026')",
        "2",
    );
    window.until_label("Emergency");
    window.press("New folder…");
    window.write("Name", "Described");
    window.write("Description", "MR knees");
    window.serves("CreateFolderWithDescription", |window| {
        window.press("Make the folder");
    });
    window.until_held(
        "SELECT description FROM folder WHERE name = 'Described'",
        "MR knees",
    );

    // The new folder is shown when the tree knows of it.
    window.until_label("MR knees");
    window.press("Teaching");
    window.until_label("Berg, Bo");
    window.key(Modifiers::NONE, Key::F2);
    window.write("Name", "Lessons");
    window.serves("UpdateFolderWithJSON", |window| window.press("Rename"));
    window.until_held("SELECT count(*) FROM folder WHERE name = 'Lessons'", "1");
    window.until_label("Lessons");
    window.press("More for this folder");
    window.press("Describe…");
    window.write("Description", "For students");
    window.press("Save the description");
    let about = "SELECT description FROM folder WHERE name IN ('Lessons', 'Teaching')";
    window.until_held(about, "For students");
    undo(window, "description was changed", about, "");
    let name = "SELECT count(*) FROM folder WHERE name = 'Lessons'";
    assert_eq!(
        window.read(name),
        "1",
        "the name is not taken back with the description"
    );
    window.serves("GetFolderViewUrl", |window| window.press("Open viewer"));
    window.press("More for this folder");
    window.serves("GetPatientOrderListInFolder", |window| {
        window.press("Show in Orders")
    });
    window.until_label("1 order");
    window.go(Page::Folders);
    window.press("Berg, Bo");
    window.serves("RemoveOrderFromFolder", |window| {
        window.press("Take 1 order out of the folder");
    });
    window.until_held(inside, "0");
}

fn sharing(window: &mut Window) {
    let kinds = "SELECT count(*) FROM share";
    let mut count = 0;
    let mut shared = |window: &mut Window| {
        count += 1;
        window.until_held(kinds, &count.to_string());
        window.press("Done");
    };
    for (tab, ends, method) in [
        ("Link", "Never", "CreateQuickShareLink"),
        ("Link", "7 days", "CreateQuickShareLinkWithExpireDate"),
        ("E-mail", "Never", "SharePatientOrder"),
        ("E-mail", "30 days", "SharePatientOrderWithExpireDate"),
    ] {
        window.go(Page::Orders);
        window
            .harness
            .state_mut()
            .act(Action::Orders(OrdersAction::SetDates(
                studydrop::model::DateChoice::Any,
            )));
        window.until_label("4 orders");
        window.select("Carls, Cia");
        window.press("Share…");
        send(window, tab, ends, false, method);
        shared(window);
    }
    for (tab, upload, method) in [
        ("Link", false, "ShareFolderWithURL"),
        ("Link", true, "ShareFolderToUploadWithUrl"),
        ("E-mail", false, "ShareFolderWithEmail"),
        ("E-mail", true, "ShareFolderToUploadWithEmail"),
    ] {
        window.go(Page::Folders);
        window.press("Lessons");
        window.press("Share…");
        send(window, tab, "30 days", upload, method);
        shared(window);
    }
    assert!(window.served("GetContactList") > 0);
    for (tab, whom, button, method) in [
        (
            "Users",
            "Mia Lund",
            "Share with 1 user",
            "ShareFolderWithAccountUser",
        ),
        (
            "Groups",
            "Radiology A",
            "Share with 1 group",
            "ShareFolderWithAccountUserGroup",
        ),
    ] {
        window.press("Share…");
        window.press(tab);
        window.press(whom);
        window.serves(method, |window| window.press(button));
        shared(window);
    }
}

fn send(window: &mut Window, tab: &str, ends: &str, upload: bool, method: &str) {
    window.press(tab);
    window.press(ends);
    if upload {
        window.press("May upload");
    }
    let button = match tab {
        "E-mail" => {
            window.write("E-mail address", "doctor@example.org");
            "Send the e-mail"
        }
        _ => "Make the link",
    };
    window.serves(method, |window| window.press(button));
}

fn uploads(window: &mut Window) {
    let files = tempfile::tempdir().unwrap();
    let report = files.path().join("report.pdf");
    std::fs::write(&report, b"%PDF-1.7 made up").unwrap();
    window.go(Page::Orders);
    window.until_label("4 orders");
    window.select("Carls, Cia");
    window.serves("UploadDocumentFiles", |window| window.drop_on_it(&report));
    window.until_held("SELECT mime FROM document", "application/pdf");

    let study = files.path().join("study");
    let written = write_sample_study(&study).unwrap();
    window.go(Page::Upload);
    window.drop_on_it(&study);
    window.until_label("1 patient, 1 study");
    window.serves("UploadDicomFiles", |window| window.press("Upload 1 study"));
    window.until_label("Verified");
    let images = "SELECT count(*) FROM image";
    window.until_held(images, &written.len().to_string());

    // Another study, into a folder, under another name.
    let study = files.path().join("second");
    let more = write_sample_study(&study).unwrap();
    window.go(Page::Upload);
    window.drop_on_it(&study);
    window.until_label("1 patient, 1 study");
    window.press("Folder: None");
    // The list opens upwards once it knows how tall it is.
    window.harness.run_steps(4);
    window.press("Lessons");
    window.until_label("Folder: Lessons");
    window.press("De-identify");
    window.press("Replace these values");
    window.write("Patient name", "Nobody^N");
    window.serves("UploadDicomFilesIntoFolder", |window| {
        window.press("Upload 1 study")
    });
    let name = "SELECT o.patient_name FROM patient_order o JOIN order_folder f ON f.patient_order = o.uuid";
    window.until_held(name, "Nobody^N");
    window.until_held(images, &(written.len() + more.len()).to_string());
}

fn endings(window: &mut Window) {
    window.go(Page::Orders);
    window.select("Adams, Anna");
    window.press("Delete 1…");
    window.serves("DeleteOrder", |window| window.press("Delete 1 order"));
    window.until_held(
        "SELECT count(*) FROM patient_order WHERE trashed IS NOT NULL",
        "1",
    );
    window.go(Page::Folders);
    window.press("Emergency");
    window.key(Modifiers::NONE, Key::Delete);
    window.serves("DeleteFolder", |window| window.press("Delete 2 folders"));
    window.until_held("SELECT count(*) FROM folder WHERE name = 'Emergency'", "0");
    // And back, with what was in it.
    let both = "SELECT count(*) FROM folder WHERE name IN ('Emergency', '2026')";
    undo(window, "was deleted", both, "2");
}

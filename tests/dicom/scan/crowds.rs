//! Much at once: drops that overlap, crowds of files, hostile depth, and what grouping makes of it.

use super::*;

#[test]
fn what_was_dropped_twice_is_told_once() {
    let folder = tempdir().unwrap();
    let images = StudyBuilder::new()
        .images(2)
        .write_to(folder.path().join("inner"));
    let paths = [
        images[1].path.clone(),
        folder.path().to_owned(),
        folder.path().join("inner"),
        images[0].path.clone(),
    ];
    assert_eq!(catalogue(everything(&paths)).images(), 2);
}

#[test]
fn a_path_that_is_gone_is_named() {
    let gone = tempdir().unwrap().path().join("gone");
    assert!(
        matches!(reason(&gone), SkipReason::Unreadable(words) if words.contains("no longer there"))
    );
    assert!(scanned(tempdir().unwrap().path()).is_empty());
}

#[test]
fn a_folder_of_fifty_thousand_texts_is_passed_through() {
    let folder = tempdir().unwrap();
    let text = "Nothing to see here.\n".repeat(20);
    for number in 0..50_000 {
        let inner = folder.path().join((number / 30_000).to_string());
        fs::create_dir_all(&inner).unwrap();
        fs::write(inner.join(format!("{number}.txt")), &text).unwrap();
    }
    let image = one(folder.path(), StudyBuilder::new());
    let catalogue = scanned(folder.path());
    assert_eq!(catalogue.skipped.len(), 50_000);
    assert!(
        catalogue
            .skipped
            .iter()
            .all(|file| file.reason == SkipReason::NotDicom)
    );
    assert_eq!(
        catalogue.patients[0].studies[0].series[0].images[0].path,
        image
    );
}

#[test]
fn a_cancelled_scan_ends_soon_and_says_so() {
    struct Stop(AtomicBool, AtomicU64);
    impl Sink for Stop {
        fn found(&self, _found: Found) {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.store(true, Ordering::Relaxed);
        }
    }
    /// Lends a sink its own flag.
    fn run(stop: &Stop, folder: &Path) -> ScanEnd {
        scan(&[folder.to_owned()], stop, &stop.0)
    }
    let folder = tempdir().unwrap();
    StudyBuilder::new().images(400).write_to(folder.path());
    let stop = Stop(AtomicBool::new(false), AtomicU64::new(0));
    let end = run(&stop, folder.path());
    let seen = stop.1.into_inner();
    assert_eq!(
        end,
        ScanEnd {
            cancelled: true,
            seen
        }
    );
    assert!((1..100).contains(&seen), "{seen} of 400 were told");
}

#[test]
fn hostile_nesting_is_followed_without_exhausting_the_stack() {
    let folder = tempdir().unwrap();
    let item = b"\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF";
    let deeper = [&item[..], b"\x40\0\x30\xA7SQ\0\0\xFF\xFF\xFF\xFF"].concat();
    let study = StudyBuilder::new()
        .padded(Vec::new())
        .without((0x7FE0, 0x10));
    for depth in [10, 100_000] {
        let bomb = [
            &b"\x40\0\x30\xA7SQ\0\0\xFF\xFF\xFF\xFF"[..],
            &deeper.repeat(depth),
        ]
        .concat();
        let path = one(folder.path(), study.clone().padded(bomb));
        match reason(&path) {
            SkipReason::Truncated { needs: None, .. } => assert_eq!(depth, 10),
            SkipReason::Damaged(words) => {
                assert!(depth > 10 && words.contains("nested"), "{words}")
            }
            other => panic!("{other:?}"),
        }
        assert!(studydrop::dicom::image::render::render(&path, 0, 64).is_err());
    }
}

#[test]
fn a_study_of_two_patients_stays_one_and_is_reported_the_same_way_every_time() {
    let folder = tempdir().unwrap();
    let study = StudyBuilder::new().study_uid("1.2.3").images(2);
    study
        .clone()
        .patient("Öberg^Märta", "1")
        .write_to(folder.path().join("a"));
    study
        .clone()
        .patient("ÖBERG^MÄRTA^", "1")
        .write_to(folder.path().join("b"));
    study
        .patient("Öberg^Märta", "2")
        .write_to(folder.path().join("c"));
    for turn in 0..6 {
        let mut found = everything(&[folder.path().to_owned()]);
        found.rotate_left(turn);
        let catalogue = catalogue(found);
        let [patient] = &*catalogue.patients else {
            panic!("{:?}", catalogue.patients)
        };
        assert_eq!((patient.id.as_str(), patient.studies[0].images()), ("1", 6));
        assert_eq!(patient.name.alphabetic, "Öberg^Märta");
        let [conflict] = &*catalogue.conflicts else {
            panic!("{:?}", catalogue.conflicts)
        };
        assert_eq!(
            (conflict.listed.0.as_str(), conflict.other.0.as_str()),
            ("1", "2")
        );
    }
}

#[test]
fn a_study_taken_off_the_list_can_be_dropped_again() {
    let folder = tempdir().unwrap();
    let gone = StudyBuilder::new()
        .images(2)
        .write_to(folder.path().join("a"));
    StudyBuilder::new()
        .images(3)
        .patient("Other^Person", "2")
        .write_to(folder.path().join("b"));
    let mut catalogue = scanned(folder.path());
    catalogue.remove_study(&gone[0].study);
    assert_eq!((catalogue.images(), catalogue.patients.len()), (3, 1));
    everything(&[folder.path().to_owned()])
        .into_iter()
        .for_each(|found| catalogue.add(found));
    catalogue.settle();
    assert_eq!((catalogue.images(), catalogue.skipped.len()), (5, 0));
    catalogue.clear();
    assert!(catalogue.is_empty() && catalogue.study(&gone[0].study).is_none());
}

#[test]
fn a_hundred_thousand_images_and_as_many_duplicates_are_grouped_without_a_search() {
    let folder = tempdir().unwrap();
    let Header {
        patient,
        study,
        series,
        image,
    } = header(&one(folder.path(), StudyBuilder::new()));
    let mut catalogue = Catalogue::default();
    let uids: Vec<String> = (0..100_000).map(|_| new_uid()).collect();
    // The second round has the smaller paths: each of its images takes the place of the first round's.
    for round in ["b", "a"] {
        for (number, uid) in uids.iter().enumerate() {
            let image = studydrop::dicom::catalogue::Image {
                path: PathBuf::from(format!("{round}/{number:06}")),
                sop_instance_uid: uid.clone(),
                ..image.clone()
            };
            let (patient, study, series) = (patient.clone(), study.clone(), series.clone());
            catalogue.add(Found::Image(Box::new(Header {
                patient,
                study,
                series,
                image,
            })));
        }
    }
    catalogue.settle();
    assert_eq!(
        (catalogue.images(), catalogue.skipped.len(), catalogue.len()),
        (100_000, 100_000, 200_000)
    );
    let images = &catalogue.patients[0].studies[0].series[0].images;
    assert!(images.iter().all(|image| image.path.starts_with("a")));
}

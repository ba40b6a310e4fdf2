//! More that is dropped, what is taken off the list and put back, and images that seem to be missing.

use std::io::Write;
use std::time::{Duration, SystemTime};

use crate::common;
use studydrop::dicom::catalogue::Known;
use studydrop::dicom::catalogue::gaps;
use studydrop::dicom::scan::scan_more;

use super::*;

#[derive(Default)]
struct Counting {
    read: Mutex<Vec<Found>>,
    again: AtomicU64,
}

impl Sink for Counting {
    fn found(&self, found: Found) {
        self.read.lock().unwrap().push(found);
    }

    fn again(&self, _path: &Path) {
        self.again.fetch_add(1, Ordering::Relaxed);
    }
}

/// Drops a folder on a catalogue; how many files were read, and how many were known.
fn drop_on(catalogue: &mut Catalogue, folder: &Path) -> (usize, u64) {
    let sink = Counting::default();
    let known = catalogue.known();
    let end = scan_more(&[folder.to_owned()], &known, &sink, &AtomicBool::new(false));
    let read = sink.read.into_inner().unwrap();
    let counts = (read.len(), sink.again.into_inner());
    assert_eq!(end.seen, counts.0 as u64 + counts.1, "every file is told");
    read.into_iter().for_each(|found| catalogue.add(found));
    catalogue.settle();
    counts
}

/// Three images, a text, a duplicate and a file that is cut off.
fn mixed() -> tempfile::TempDir {
    let folder = tempdir().unwrap();
    let study = StudyBuilder::new().images(3);
    let files = study.write_to(folder.path());
    fs::copy(&files[0].path, folder.path().join("zz-copy.dcm")).unwrap();
    fs::write(folder.path().join("notes.txt"), "hello").unwrap();
    let cut = StudyBuilder::new().cut_off(10).prefix("cut");
    cut.write_to(folder.path());
    folder
}

/// Gives a file a time that it has not had.
fn touch(path: &Path) {
    let file = fs::File::options().write(true).open(path).unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    file.set_modified(time).unwrap();
}

#[test]
fn what_is_dropped_again_is_not_read_again() {
    let folder = mixed();
    let mut catalogue = Catalogue::default();
    assert_eq!(drop_on(&mut catalogue, folder.path()), (6, 0));
    let before = format!("{:?} {:?}", catalogue.patients, catalogue.skipped);
    assert_eq!(drop_on(&mut catalogue, folder.path()), (0, 6));
    assert_eq!(
        before,
        format!("{:?} {:?}", catalogue.patients, catalogue.skipped)
    );
    StudyBuilder::new().prefix("more").write_to(folder.path());
    assert_eq!(drop_on(&mut catalogue, folder.path()), (1, 6));
    assert_eq!(catalogue.images(), 4);
}

#[test]
fn what_is_in_an_archive_that_is_dropped_again_is_not_read_again() {
    let folder = tempdir().unwrap();
    let files = StudyBuilder::new()
        .images(3)
        .write_to(folder.path().join("files"));
    let pack = |count: usize| {
        let archive = fs::File::create(folder.path().join("study.zip")).unwrap();
        let mut zip = zip::ZipWriter::new(archive);
        for (number, file) in files.iter().take(count).enumerate() {
            let options = zip::write::SimpleFileOptions::default();
            zip.start_file(format!("IM{number}"), options).unwrap();
            zip.write_all(&fs::read(&file.path).unwrap()).unwrap();
        }
        zip.finish().unwrap();
    };
    pack(2);
    let archive = folder.path().join("study.zip");
    let mut catalogue = Catalogue::default();
    assert_eq!(drop_on(&mut catalogue, &archive), (2, 0));
    assert_eq!(drop_on(&mut catalogue, &archive), (0, 2));
    pack(3);
    touch(&archive);
    assert_eq!(
        drop_on(&mut catalogue, &archive),
        (3, 0),
        "its time is theirs"
    );
    assert_eq!(catalogue.images(), 3);
}

#[test]
fn a_file_that_has_changed_is_read_again_and_takes_its_old_place() {
    let folder = tempdir().unwrap();
    let files = StudyBuilder::new().images(3).write_to(folder.path());
    let mut catalogue = Catalogue::default();
    drop_on(&mut catalogue, folder.path());
    let other = tempdir().unwrap();
    let another = one(
        other.path(),
        StudyBuilder::new().patient("Somebody^Else", "P-2"),
    );
    fs::copy(another, &files[1].path).unwrap();
    assert_eq!(drop_on(&mut catalogue, folder.path()), (1, 2));
    assert_eq!((catalogue.images(), catalogue.patients.len()), (3, 2));
    // Now it is damaged, and then no DICOM at all.
    let bytes = fs::read(&files[1].path).unwrap();
    fs::write(&files[1].path, &bytes[..bytes.len() - 20]).unwrap();
    assert_eq!(drop_on(&mut catalogue, folder.path()), (1, 2));
    assert_eq!((catalogue.images(), catalogue.skipped.len()), (2, 1));
    assert_eq!(
        catalogue.patients.len(),
        1,
        "nothing of the other one is left"
    );
    fs::write(&files[1].path, &bytes).unwrap();
    assert_eq!(drop_on(&mut catalogue, folder.path()), (1, 2));
    assert_eq!((catalogue.images(), catalogue.skipped.len()), (3, 0));
}

#[test]
fn a_file_of_which_only_the_time_has_changed_is_read_again_and_counted_once() {
    let folder = mixed();
    let mut catalogue = Catalogue::default();
    drop_on(&mut catalogue, folder.path());
    let image = catalogue.patients[0].studies[0].series[0].images[0].clone();
    touch(&image.path);
    touch(&folder.path().join("notes.txt"));
    // The original of the duplicate may be another image now.
    let (read, known) = drop_on(&mut catalogue, folder.path());
    assert!(
        (2..=3).contains(&read) && read as u64 + known == 6,
        "{read}"
    );
    assert_eq!((catalogue.images(), catalogue.len()), (3, 6));
    assert_eq!(drop_on(&mut catalogue, folder.path()), (0, 6));
}

#[test]
fn what_was_taken_off_the_list_comes_back_when_it_is_dropped_again() {
    let folder = mixed();
    let mut catalogue = Catalogue::default();
    drop_on(&mut catalogue, folder.path());
    let uid = catalogue.patients[0].studies[0].study_instance_uid.clone();
    let taken = catalogue.take_study(&uid).unwrap();
    assert_eq!(taken.study().images(), 3);
    assert_eq!(catalogue.images(), 0);
    // Its three images and the copy of one; the text and the file that is cut off stayed.
    assert_eq!(drop_on(&mut catalogue, folder.path()), (4, 2));
    assert_eq!(catalogue.images(), 3);
}

#[test]
fn what_is_put_back_is_as_it_was() {
    let folder = mixed();
    let two = StudyBuilder::new().series(2).images(2).prefix("two");
    two.patient("Öberg^Märta", "P-2").write_to(folder.path());
    let mut catalogue = scanned(folder.path());
    let said = |catalogue: &Catalogue| {
        format!(
            "{:?} {:?} {:?}",
            catalogue.patients, catalogue.skipped, catalogue.conflicts
        )
    };
    let before = said(&catalogue);
    let all: Vec<String> = catalogue
        .patients
        .iter()
        .flat_map(|patient| &patient.studies)
        .map(|study| study.study_instance_uid.clone())
        .collect();
    for uid in &all {
        let taken = catalogue.take_study(uid).unwrap();
        assert!(taken.is_whole() && catalogue.study(uid).is_none());
        catalogue.put_back(taken);
        assert_eq!(before, said(&catalogue));
    }
    let study = catalogue.study(&all[0]).unwrap().clone();
    let study = match study.series.len() {
        2 => study,
        _ => catalogue.study(&all[1]).unwrap().clone(),
    };
    let (study, series) = (&study.study_instance_uid, &study.series[1]);
    let taken = catalogue
        .take_series(study, &series.series_instance_uid)
        .unwrap();
    assert!(!taken.is_whole());
    assert_eq!(catalogue.study(study).unwrap().series.len(), 1);
    catalogue.put_back(taken);
    assert_eq!(before, said(&catalogue));
    assert!(catalogue.take_series(study, "1.2.3").is_none());
    assert!(Known::default().is_empty() && catalogue.known().len() == catalogue.len());
}

#[test]
fn a_study_whose_files_name_two_patients_is_put_back_with_both() {
    let folder = tempdir().unwrap();
    let study = StudyBuilder::new().study_uid("1.2.3");
    study.clone().prefix("a").write_to(folder.path());
    let other = study.patient("Somebody^Else", "P-2").prefix("b");
    other.write_to(folder.path());
    let mut catalogue = scanned(folder.path());
    let before = format!("{:?} {:?}", catalogue.patients, catalogue.conflicts);
    assert_eq!(catalogue.conflicts.len(), 1);
    let taken = catalogue.take_study("1.2.3").unwrap();
    assert!(catalogue.conflicts.is_empty());
    catalogue.put_back(taken);
    assert_eq!(
        before,
        format!("{:?} {:?}", catalogue.patients, catalogue.conflicts)
    );
}

/// A study of two series that name two patients, the first file X, the second Y; their folder and the series of each.
fn two_owners() -> (tempfile::TempDir, [String; 2]) {
    let folder = tempdir().unwrap();
    let study = StudyBuilder::new().study_uid("1.2.3").images(2);
    let x = study.clone().patient("Ex^Xaver", "X").prefix("a");
    let y = study.patient("Why^Yvonne", "Y").prefix("b");
    let [x, y] = [x, y].map(|study| study.write_to(folder.path())[0].series.clone());
    (folder, [x, y])
}

fn owners(catalogue: &Catalogue) -> Vec<(&str, usize)> {
    let patients = catalogue.patients.iter();
    let images = |study: &studydrop::dicom::catalogue::Study| study.images();
    patients
        .map(|patient| {
            (
                patient.id.as_str(),
                patient.studies.iter().map(images).sum(),
            )
        })
        .collect()
}

#[test]
fn what_is_left_of_a_study_is_the_patients_whom_its_own_files_name() {
    let (folder, [x, y]) = two_owners();
    let mut catalogue = scanned(folder.path());
    let before = format!("{:?} {:?}", catalogue.patients, catalogue.conflicts);
    assert_eq!(owners(&catalogue), [("X", 4)]);
    assert_eq!(catalogue.conflicts.len(), 1);
    let taken = catalogue.take_series("1.2.3", &x).unwrap();
    assert_eq!(owners(&catalogue), [("Y", 2)]);
    assert!(catalogue.conflicts.is_empty(), "only Y is named any more");
    catalogue.settle();
    assert_eq!(owners(&catalogue), [("Y", 2)]);
    catalogue.put_back(taken);
    let now = format!("{:?} {:?}", catalogue.patients, catalogue.conflicts);
    assert_eq!(before, now);
    // And the other way round, both, and dropped again.
    let taken = catalogue.take_series("1.2.3", &y).unwrap();
    assert_eq!(owners(&catalogue), [("X", 2)]);
    assert!(catalogue.conflicts.is_empty());
    let rest = catalogue.take_series("1.2.3", &x).unwrap();
    assert!(rest.is_whole() && catalogue.is_empty());
    catalogue.put_back(taken);
    assert_eq!(owners(&catalogue), [("Y", 2)]);
    assert_eq!(drop_on(&mut catalogue, folder.path()), (2, 2));
    let now = format!("{:?} {:?}", catalogue.patients, catalogue.conflicts);
    assert_eq!(before, now);
}

#[test]
fn what_is_put_back_does_not_overwrite_what_came_meanwhile() {
    let folder = tempdir().unwrap();
    let files = StudyBuilder::new().images(2).write_to(folder.path());
    let mut catalogue = scanned(folder.path());
    let taken = catalogue.take_study(&files[0].study).unwrap();
    // One file is another image by now, the other one none.
    let other = tempdir().unwrap();
    let another = one(other.path(), StudyBuilder::new().patient("Else^Eva", "E"));
    fs::copy(another, &files[0].path).unwrap();
    fs::write(&files[1].path, "hello").unwrap();
    drop_on(&mut catalogue, folder.path());
    let before = format!("{:?} {:?}", catalogue.patients, catalogue.skipped);
    catalogue.put_back(taken);
    let now = format!("{:?} {:?}", catalogue.patients, catalogue.skipped);
    assert_eq!(before, now);
    assert!(catalogue.conflicts.is_empty());
}

#[test]
fn a_copy_is_read_again_when_its_original_is_another_image() {
    let folder = tempdir().unwrap();
    let original = StudyBuilder::new().write_to(folder.path()).remove(0).path;
    let copy = folder.path().join("zz-copy.dcm");
    fs::copy(&original, &copy).unwrap();
    let mut catalogue = scanned(folder.path());
    assert_eq!((catalogue.images(), catalogue.skipped.len()), (1, 1));
    let other = tempdir().unwrap();
    let another = one(other.path(), StudyBuilder::new().patient("Else^Eva", "E"));
    fs::copy(another, &original).unwrap();
    drop_on(&mut catalogue, &original);
    assert_eq!(catalogue.take_orphans(), std::slice::from_ref(&copy));
    assert_eq!(drop_on(&mut catalogue, &copy), (1, 0));
    assert_eq!((catalogue.images(), catalogue.skipped.len()), (2, 0));
}

#[test]
fn of_an_archive_that_is_unlocked_only_what_waited_is_read() {
    let folder = tempdir().unwrap();
    let files = StudyBuilder::new().images(3).write_to(folder.path());
    let archive = folder.path().join("study.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&archive).unwrap());
    for (number, file) in files.iter().enumerate() {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(format!("IM{number}"), options).unwrap();
        zip.write_all(&fs::read(&file.path).unwrap()).unwrap();
    }
    zip.finish().unwrap();
    let known = Catalogue::default().known();
    let known = known.but_for(archive.clone(), vec![archive.join("IM1")]);
    let sink = Counting::default();
    scan_more(&[archive], &known, &sink, &AtomicBool::new(false));
    assert_eq!(sink.read.into_inner().unwrap().len(), 1);
    assert_eq!(sink.again.into_inner(), 2);
}

#[test]
fn no_image_of_the_real_studies_seems_to_be_missing() {
    let Some(shared) = common::shared_dicom() else {
        return;
    };
    let mut told = Vec::new();
    for study in [
        "study_mr_ge_nih",
        "study_ct_philips_S21570",
        "study_mr_dcm4che",
        "multiframe_us_nm_dcm4che",
    ] {
        for patient in &scanned(&shared.join(study)).patients {
            let all = patient.studies.iter().flat_map(|study| &study.series);
            let gaps = all.filter_map(|series| Some((series.number, gaps::missing(series)?)));
            told.extend(gaps.map(|gap| (study, gap)));
        }
    }
    assert!(told.is_empty(), "{told:?}");
}

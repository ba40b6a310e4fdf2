//! Pictures of real files beside those of two independent programs: pydicom with its pixel handlers, and dcmtk's dcm2pnm.
//! Every frame that one of them renders is rendered here, to within one grey level on average.
//!
//! `.ci/judges` installs them. What cannot be the same, and why, stands in `tests/data/pictures.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common;
use crate::common::judges::{dcmtk, program, python_with_handlers};
use serde_json::Value;
use studydrop::dicom::image::render::{Decoded, Look, PreviewError, Window, decode};

const REFERENCE: &str = include_str!("pictures_agree/reference.py");
const DIFFERENCES: &str = include_str!("../data/pictures.md");
/// Frames of one file, at most: all, or the first, the one in the middle and the last.
const MOST_FRAMES: u32 = 20;
/// On average, in grey levels.
const MOST_DIFFERENCE: f64 = 1.0;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}

/// One frame of one file, and what becomes of it here.
struct Shot {
    path: PathBuf,
    frame: u32,
    ours: Result<Option<Window>, String>,
    has_overlays: bool,
    /// Whether dcmtk's programs, which are started anew for each, are asked too.
    is_for_dcmtk: bool,
}

/// A window that leaves something out at both ends, so that it matters where they are.
fn window_of(decoded: &Decoded) -> Option<Window> {
    let facts = decoded.facts();
    let spread = facts.brightest - facts.darkest;
    (!facts.is_colour).then_some(Window {
        center: facts.darkest + spread * 0.45,
        width: (spread * 0.8).max(2.0),
    })
}

fn frames_of(frames: u32) -> Vec<u32> {
    match frames {
        ..=MOST_FRAMES => (0..frames).collect(),
        frames => vec![0, frames / 2, frames - 1],
    }
}

/// Runs for every one of `all`, on both cores.
fn on_both<T: Sync>(all: &[T], run: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    run(one);
                }
            });
        }
    });
}

fn shots(files: &[PathBuf]) -> Vec<Shot> {
    let shots = Mutex::new(Vec::new());
    on_both(files, |path| {
        let mut first = Some(decode(path, 0));
        let frames = match &first {
            Some(Ok(first)) => first.facts().frames,
            _ => 1,
        };
        let mut own = Vec::new();
        for frame in frames_of(frames) {
            let decoded = match first.take() {
                Some(first) => first,
                None => decode(path, frame),
            };
            own.push(Shot {
                path: path.clone(),
                frame,
                has_overlays: decoded.as_ref().is_ok_and(|one| one.facts().has_overlays),
                is_for_dcmtk: frame == 0 || frame == frames / 2 || frame + 1 == frames,
                ours: decoded.as_ref().map(window_of).map_err(ToString::to_string),
            });
        }
        shots.lock().unwrap().extend(own);
    });
    let mut shots = shots.into_inner().unwrap();
    shots.sort_by(|a, b| (&a.path, a.frame).cmp(&(&b.path, b.frame)));
    shots
}

/// Red, green and blue, or one value a pixel.
fn ours(path: &Path, frame: u32, look: &Look, colours: bool) -> Result<Vec<u8>, PreviewError> {
    let picture = decode(path, frame)?.picture(look, u32::MAX);
    let pixels = picture.rgba.chunks_exact(4);
    Ok(match colours {
        true => pixels
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect(),
        false => pixels.map(|pixel| pixel[0]).collect(),
    })
}

fn difference(ours: &[u8], theirs: &[u8]) -> f64 {
    if ours.len() != theirs.len() {
        return f64::INFINITY;
    }
    let all = ours.iter().zip(theirs);
    let sum: u64 = all
        .map(|(one, other)| u64::from(one.abs_diff(*other)))
        .sum();
    sum as f64 / ours.len().max(1) as f64
}

/// What was found, by file.
#[derive(Default)]
struct Found {
    compared: usize,
    /// The largest difference of all that are the same.
    largest: f64,
    /// Rendered there and not here, or otherwise.
    otherwise: BTreeMap<String, String>,
    /// Rendered here and not there.
    only_here: BTreeMap<String, String>,
}

impl Found {
    fn note(&mut self, file: &str, frame: u32, what: &str, difference: f64) {
        self.compared += 1;
        if difference <= MOST_DIFFERENCE {
            self.largest = self.largest.max(difference);
            return;
        }
        let words = self.otherwise.entry(file.to_owned()).or_default();
        let _ = write!(words, "frame {frame}, {what}: {difference:.2} levels; ");
    }

    fn is_not_here(&mut self, file: &str, why: &str) {
        self.otherwise.insert(file.to_owned(), why.to_owned());
    }
}

fn look(window: Option<Window>, overlays: bool) -> Look {
    Look {
        window,
        inverted: false,
        overlays,
        table_as_declared: false,
    }
}

/// All shots as pydicom renders them.
fn by_pydicom(python: &Path, root: &Path, shots: &[Shot]) -> Found {
    let folder = tempfile::tempdir().unwrap();
    let (list, pixels) = (folder.path().join("list"), folder.path().join("pixels"));
    let mut lines = String::new();
    for shot in shots {
        let window = shot.ours.as_ref().ok().copied().flatten();
        let window = window.map_or("\t".to_owned(), |Window { center, width }| {
            format!("{center}\t{width}")
        });
        writeln!(lines, "{}\t{}\t{window}", shot.path.display(), shot.frame).unwrap();
    }
    fs::write(&list, lines).unwrap();
    let run = Command::new(python)
        .args(["-c", REFERENCE])
        .arg(&pixels)
        .stdin(Stdio::from(File::open(&list).unwrap()))
        .output()
        .unwrap();
    let answers: Vec<Value> = String::from_utf8_lossy(&run.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let errors = String::from_utf8_lossy(&run.stderr);
    assert_eq!(answers.len(), shots.len(), "{errors}");
    let pixels = fs::read(&pixels).unwrap();
    let found = Mutex::new(Found::default());
    let all: Vec<(&Shot, &Value)> = shots.iter().zip(&answers).collect();
    on_both(&all, |(shot, answer)| {
        let file = name(root, &shot.path);
        if let Some(error) = answer["error"].as_str() {
            if shot.ours.is_ok() {
                let mut found = found.lock().unwrap();
                found.only_here.insert(file, error.to_owned());
            }
            return;
        }
        let Some(places) = answer["at"].as_array() else {
            return;
        };
        let window = match &shot.ours {
            Ok(window) => *window,
            Err(why) => return found.lock().unwrap().is_not_here(&file, why),
        };
        let colours = answer["kind"] == "colour";
        let size = |at: usize| answer["size"][at].as_u64().unwrap() as usize;
        let bytes = size(0) * size(1) * if colours { 3 } else { 1 };
        for (place, what) in places
            .iter()
            .zip(["at the same window", "as the file says"])
        {
            let Some(start) = place.as_u64() else {
                continue;
            };
            let theirs = &pixels[start as usize..start as usize + bytes];
            let window = window.filter(|_| what == "at the same window");
            let ours = ours(&shot.path, shot.frame, &look(window, false), colours).unwrap();
            let difference = difference(&ours, theirs);
            found
                .lock()
                .unwrap()
                .note(&file, shot.frame, what, difference);
        }
    });
    found.into_inner().unwrap()
}

/// A picture in one of the two simple formats that dcmtk writes: its colours, and its bytes.
fn pnm(bytes: &[u8]) -> Option<(bool, &[u8])> {
    let colours = match bytes.get(..2)? {
        b"P5" => false,
        b"P6" => true,
        _ => return None,
    };
    let mut lines = bytes.splitn(5, |byte| *byte == b'\n');
    let mut rest = None;
    // Comments stand between the head's three lines.
    let mut left = 3;
    let mut at = 0;
    while left > 0 {
        let line = lines.next()?;
        at += line.len() + 1;
        left -= usize::from(!line.starts_with(b"#"));
        rest = bytes.get(at..);
    }
    rest.map(|rest| (colours, rest))
}

/// All shots as dcmtk's three programs render them, which differ in what they unpack.
fn by_dcmtk(root: &Path, shots: &[Shot]) -> Option<Found> {
    let programs = ["dcmj2pnm", "dcml2pnm"].into_iter().map(dcmtk);
    let programs = programs.collect::<Option<Vec<PathBuf>>>()?;
    let found = Mutex::new(Found::default());
    let folder = tempfile::tempdir().unwrap();
    let shots: Vec<&Shot> = shots.iter().filter(|shot| shot.is_for_dcmtk).collect();
    on_both(&shots, |shot| {
        let file = name(root, &shot.path);
        let window = shot.ours.as_ref().ok().copied().flatten();
        for overlays in [false, true] {
            if overlays && !(window.is_some() && shot.has_overlays) {
                continue;
            }
            let out = folder
                .path()
                .join(format!("{:?}", std::thread::current().id()));
            let rendered = programs.iter().find_map(|program| {
                let _ = fs::remove_file(&out);
                let mut run = Command::new(program);
                run.args(["-q", "+F", &(shot.frame + 1).to_string()]);
                if let Some(Window { center, width }) = window {
                    run.args(["+Ww", &center.to_string(), &width.to_string()]);
                }
                run.arg(if overlays { "+O" } else { "-O" });
                if overlays {
                    run.arg("0");
                }
                run.arg(&shot.path).arg(&out);
                let run = run.stdout(Stdio::null()).stderr(Stdio::null()).status();
                run.is_ok_and(|status| status.success())
                    .then(|| fs::read(&out).ok())
                    .flatten()
            });
            let Some(rendered) = rendered else {
                if shot.ours.is_ok() {
                    let mut found = found.lock().unwrap();
                    found.only_here.insert(file, "dcmtk does not".to_owned());
                }
                return;
            };
            if let Err(why) = &shot.ours {
                return found.lock().unwrap().is_not_here(&file, why);
            }
            let (colours, theirs) = pnm(&rendered).unwrap();
            let ours = ours(&shot.path, shot.frame, &look(window, overlays), colours).unwrap();
            let what = if overlays {
                "with overlays"
            } else {
                "without overlays"
            };
            let difference = difference(&ours, theirs);
            found
                .lock()
                .unwrap()
                .note(&file, shot.frame, what, difference);
        }
    });
    Some(found.into_inner().unwrap())
}

fn name(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap().display().to_string()
}

/// The files that a table of the list names.
fn named(heading: &str) -> BTreeSet<String> {
    let part = DIFFERENCES
        .split("\n## ")
        .find(|part| part.starts_with(heading));
    let rows = part
        .unwrap_or_else(|| panic!("no part “{heading}”"))
        .lines();
    let rows = rows.filter_map(|row| row.strip_prefix("| `"));
    rows.filter_map(|row| Some(row.split_once('`')?.0.to_owned()))
        .collect()
}

fn report(program: &str, found: &Found) {
    println!(
        "{program}: {} pictures compared, {:.3} levels at most where they agree",
        found.compared, found.largest
    );
    for (file, what) in &found.otherwise {
        println!("  otherwise: {file}: {what}");
    }
    for (file, what) in &found.only_here {
        println!("  only here: {file}: {what}");
    }
}

fn agrees(program: &str, found: &Found) {
    report(program, found);
    let listed = named(&format!("Otherwise than {program}"));
    let new: Vec<_> = found
        .otherwise
        .iter()
        .filter(|(file, _)| !listed.contains(*file))
        .collect();
    assert!(new.is_empty(), "{program}: {new:#?}");
    let settled: Vec<_> = listed
        .iter()
        .filter(|file| !found.otherwise.contains_key(*file))
        .collect();
    assert!(
        settled.is_empty(),
        "the same by now, and still in the list: {settled:#?}"
    );
}

#[test]
fn every_image_looks_as_it_does_in_other_programs() {
    let Some(root) = common::shared_dicom() else {
        return;
    };
    let shots = shots(&files(&root));
    let rendered = shots.iter().filter(|shot| shot.ours.is_ok()).count();
    println!("{rendered} of {} frames are rendered here", shots.len());
    if let Some(python) = python_with_handlers() {
        agrees("pydicom", &by_pydicom(&python, &root, &shots));
    }
    if let Some(found) = by_dcmtk(&root, &shots) {
        agrees("dcmtk", &found);
    }
}

/// Real files, each of another kind, and the ways in which dcmtk packs them.
const ORIGINALS: [&str; 4] = [
    "multiframe_us_nm_dcm4che/ovly_p01.dcm",
    "pydicom_data/US1_UNCR.dcm",
    "pydicom_data/JPGLosslessP14SV1_1s_1f_8b.dcm",
    "pydicom_test_files/test_files/MR_small.dcm",
];
const PACKINGS: [(&str, &str, &[&str]); 19] = [
    ("dcmcjpeg", "dcmdjpeg", &["+e1"]),
    ("dcmcjpeg", "dcmdjpeg", &["+el", "+sv", "2"]),
    ("dcmcjpeg", "dcmdjpeg", &["+el", "+sv", "3"]),
    ("dcmcjpeg", "dcmdjpeg", &["+el", "+sv", "4"]),
    ("dcmcjpeg", "dcmdjpeg", &["+el", "+sv", "5"]),
    ("dcmcjpeg", "dcmdjpeg", &["+el", "+sv", "6"]),
    ("dcmcjpeg", "dcmdjpeg", &["+el", "+sv", "7"]),
    ("dcmcjpeg", "dcmdjpeg", &["+eb"]),
    ("dcmcjpeg", "dcmdjpeg", &["+eb", "+s4", "+q", "70"]),
    ("dcmcjpeg", "dcmdjpeg", &["+ee", "+bt"]),
    ("dcmcjpeg", "dcmdjpeg", &["+ee", "+be"]),
    ("dcmcjpeg", "dcmdjpeg", &["+ep"]),
    ("dcmcjpeg", "dcmdjpeg", &["+es"]),
    ("dcmcjpls", "dcmdjpls", &["+el"]),
    ("dcmcjpls", "dcmdjpls", &["+en", "+md", "3"]),
    ("dcmcjpls", "dcmdjpls", &["+el", "+il"]),
    ("dcmcjpls", "dcmdjpls", &["+el", "+is"]),
    ("dcmcjpls", "dcmdjpls", &["+en", "+is"]),
    ("dcmcrle", "dcmdrle", &[]),
];

#[test]
fn what_dcmtk_packs_is_unpacked_here_as_it_is_there() {
    let Some(root) = common::shared_dicom() else {
        return;
    };
    if dcmtk("dcmcjpls").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let runs = |name: &str, options: &[&str], from: &Path, to: &Path| {
        let mut run = Command::new(program(name).unwrap());
        run.arg("-q").args(options).arg(from).arg(to);
        run.status().unwrap().success()
    };
    let (mut same, mut wrong) = (0, Vec::new());
    for original in ORIGINALS {
        let plain = path("plain");
        assert!(runs("dcmdjpeg", &[], &root.join(original), &plain));
        let is_byte = !matches!(decode(&plain, 0).unwrap().facts().brightest, 256.0..);
        for (pack, unpack, options) in PACKINGS {
            // Progressive JPEG of 12 bits, which has been retired, is refused by its name.
            if matches!(options, ["+ep" | "+es"]) && !is_byte {
                continue;
            }
            let (packed, theirs) = (path("packed"), path("theirs"));
            // Some ways are not for every depth.
            if !runs(pack, options, &plain, &packed) || !runs(unpack, &[], &packed, &theirs) {
                continue;
            }
            let shown = |path: &Path| {
                let decoded = decode(path, 0)?;
                let picture = decoded.picture(&look(window_of(&decoded), false), u32::MAX);
                Ok::<_, PreviewError>(picture.rgba)
            };
            let expected = shown(&theirs).unwrap();
            match shown(&packed).map(|ours| difference(&ours, &expected)) {
                Ok(difference) if difference <= 0.5 => same += 1,
                other => wrong.push((original, pack, options, other)),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(same >= 50, "{same}");
    println!("{same} packed files are the same here and there");
}

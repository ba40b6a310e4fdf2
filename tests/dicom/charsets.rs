//! Names and texts in every script: of files made here, and of pydicom's files as pydicom itself decodes them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use crate::common;
use crate::common::aloud;
use crate::common::judges::python_with_pydicom;
use crate::common::scripts::{FROM_THE_RIGHT, Name, OF_PYDICOM, OTHERS};
use dicom_core::VR;
use dicom_core::header::Header as _;
use dicom_dictionary_std::tags::SPECIFIC_CHARACTER_SET;
use dicom_object::FileMetaTable;
use dicom_parser::dataset::LazyDataToken;
use dicom_parser::dataset::lazy_read::LazyDataSetReader;
use dicom_transfer_syntax_registry::TransferSyntaxIndex as _;
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;
use studydrop::charset::{CharacterSet, Form};
use studydrop::dicom::catalogue::{Found, Header};
use studydrop::dicom::scan::{Sink, scan};
use studydrop::words;

#[derive(Default)]
struct Headers(Mutex<Vec<Header>>);

impl Sink for Headers {
    fn found(&self, found: Found) {
        if let Found::Image(header) = found {
            self.0.lock().unwrap().push(*header);
        }
    }
}

fn headers(paths: &[PathBuf]) -> Vec<Header> {
    let headers = Headers::default();
    scan(paths, &headers, &AtomicBool::new(false));
    headers.0.into_inner().unwrap()
}

fn whole(header: &Header) -> String {
    let name = &header.patient.name;
    let whole = [&*name.alphabetic, &name.ideographic, &name.phonetic].join("=");
    whole.trim_end_matches('=').to_owned()
}

#[test]
fn names_of_every_script_are_read_and_shown() {
    let names: Vec<&Name> = OF_PYDICOM
        .iter()
        .map(|(_, name)| name)
        .chain(&OTHERS)
        .chain(&FROM_THE_RIGHT)
        .collect();
    let folder = tempfile::tempdir().unwrap();
    for (number, name) in names.iter().enumerate() {
        let to = folder.path().join(format!("{number}"));
        name.study(&number.to_string()).write_to(to);
    }
    let headers = headers(&[folder.path().to_owned()]);
    assert_eq!(headers.len(), names.len());
    for header in headers {
        let name = names[header.patient.id.parse::<usize>().unwrap()];
        assert_eq!(
            whole(&header),
            name.text.trim_end_matches('='),
            "{}",
            name.term
        );
        assert_eq!(words::patient_name(&header.patient.name), name.shown);
        assert_eq!(words::person_name(name.text), name.shown);
    }
}

/// The folder of pydicom's files, where it is.
fn files() -> Option<Vec<PathBuf>> {
    let folder = common::shared_dicom()?.join("pydicom_test_files/charset_files");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "dcm"))
        .collect();
    files.sort();
    Some(files)
}

#[test]
fn the_names_of_pydicoms_files_are_those_that_are_known() {
    let Some(files) = files() else { return };
    let mut read = 0;
    for file in files {
        let stem = file.file_stem().unwrap().to_str().unwrap().to_owned();
        for header in headers(&[file]) {
            let (_, name) = OF_PYDICOM.iter().find(|(of, _)| *of == stem).unwrap();
            assert_eq!(whole(&header), name.text.trim_end_matches('='), "{stem}");
            read += 1;
        }
    }
    assert_eq!(read, OF_PYDICOM.len());
}

const READS: &str = r#"
import json, sys, warnings, logging
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
import pydicom
from pydicom.multival import MultiValue

def walk(data, path):
    for element in data:
        here = f"{path}{element.tag.group:04X}{element.tag.elem:04X}"
        if element.tag.is_private:  # their VR is known to pydicom alone
            continue
        if element.VR == "SQ":
            for number, item in enumerate(element.value):
                walk(item, f"{here}[{number}].")
        elif element.VR in ("PN", "LO", "SH", "ST", "LT", "UT", "UC"):
            value = element.value
            many = value if isinstance(value, MultiValue) else [value]
            print(json.dumps([path_of_file, here, "\\".join(str(one or "") for one in many)]))

for path_of_file in sys.argv[1:]:
    walk(pydicom.dcmread(path_of_file), "")
"#;

type Texts = BTreeMap<(PathBuf, String), String>;

fn as_pydicom_reads(python: &Path, files: &[PathBuf]) -> Texts {
    let run = Command::new(python)
        .args(["-c", READS])
        .args(files)
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let lines = String::from_utf8(run.stdout).unwrap();
    let triple = |line: &str| {
        let (file, path, text): (PathBuf, String, String) = serde_json::from_str(line).unwrap();
        ((file, path), text)
    };
    lines.lines().map(triple).collect()
}

/// Every text of a file, each in the character set of the item that it stands in.
fn as_read_here(file: &Path, texts: &mut Texts) {
    let mut source = std::io::BufReader::new(std::fs::File::open(file).unwrap());
    std::io::Read::read_exact(&mut source, &mut [0; 128]).unwrap();
    let meta = FileMetaTable::from_reader(&mut source).unwrap();
    let syntax = TransferSyntaxRegistry.get(meta.transfer_syntax()).unwrap();
    let mut reader = LazyDataSetReader::new_with_ts(source, syntax).unwrap();
    let mut sets = vec![CharacterSet::DEFAULT];
    // Each open sequence and the number of its item.
    let mut around: Vec<(String, usize)> = Vec::new();
    while let Some(token) = reader.advance() {
        match token.unwrap() {
            LazyDataToken::SequenceStart { tag, .. } => {
                around.push((format!("{:04X}{:04X}", tag.group(), tag.element()), 0));
            }
            LazyDataToken::SequenceEnd => drop(around.pop()),
            LazyDataToken::ItemStart { .. } => sets.push(*sets.last().unwrap()),
            LazyDataToken::ItemEnd => {
                sets.pop();
                around.last_mut().unwrap().1 += 1;
            }
            token @ LazyDataToken::LazyValue { header, .. } => {
                let mut value = Vec::new();
                token.read_value_into(&mut value).unwrap();
                let (tag, set) = (header.tag(), sets.last_mut().unwrap());
                if tag == SPECIFIC_CHARACTER_SET {
                    *set = set.in_item(Some(&value));
                }
                let form = match header.vr() {
                    VR::PN => Form::Name,
                    VR::LO | VR::SH | VR::UC => Form::Values,
                    VR::ST | VR::LT | VR::UT => Form::Text,
                    _ => continue,
                };
                let path: String = around
                    .iter()
                    .map(|(tag, number)| format!("{tag}[{number}]."))
                    .collect();
                let path = format!("{path}{:04X}{:04X}", tag.group(), tag.element());
                texts.insert((file.to_owned(), path), set.decode_as(form, &value));
            }
            _ => {}
        }
    }
}

#[test]
fn every_text_of_pydicoms_files_is_what_pydicom_decodes() {
    let (Some(files), Some(python)) = (files(), python_with_pydicom()) else {
        return;
    };
    let theirs = as_pydicom_reads(&python, &files);
    let mut ours = Texts::new();
    for file in &files {
        as_read_here(file, &mut ours);
    }
    let nested = theirs.keys().filter(|(_, path)| path.contains('[')).count();
    assert!(
        nested >= 4,
        "texts in items of sequences are among them: {nested}"
    );
    let lacking: Vec<_> = theirs
        .keys()
        .filter(|place| !ours.contains_key(place))
        .collect();
    assert!(lacking.is_empty(), "{lacking:#?}");
    for (place, text) in &theirs {
        // pydicom leaves an empty last group and blanks at the end of a name away.
        let ours = ours[place].trim_end_matches(['=', ' ']);
        assert_eq!(ours, text.trim_end_matches(['=', ' ']), "{place:?}");
    }
    aloud::aloud(&format!(
        "equal to pydicom: {} texts of {} files, {nested} of them in sequences",
        theirs.len(),
        files.len()
    ));
}

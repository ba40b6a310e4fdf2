//! Which room may use which: the tables of `docs/ARCHITECTURE.md`, held against every path in `src/`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Room to the rooms that it may use.
type Rules = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Reads the rows "| `room` | … | `a`, `b` |" that stand below a heading; the last cell holds what may be used.
fn rules(page: &str, heading: &str) -> Rules {
    let begin = page.find(heading).expect("the heading");
    let section = &page[begin + heading.len()..];
    let section = section.split("\n## ").next().unwrap_or_default();
    let names = |cell: &str| -> Vec<String> {
        let quoted = cell.split('`').skip(1).step_by(2);
        quoted.map(str::to_owned).collect()
    };
    let mut rules = Rules::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        let room = names(cells[0]).remove(0);
        let may = cells.last().map(|cell| names(cell)).unwrap_or_default();
        rules.insert(room, may.into_iter().collect());
    }
    assert!(rules.len() > 5, "no table below {heading}");
    rules
}

/// The source without comments, strings and modules of tests; lines stay where they are.
fn code(source: &str) -> String {
    let source = match source.find("#[cfg(test)]\nmod tests {") {
        Some(tests) => &source[..tests],
        None => source,
    };
    let mut out = String::with_capacity(source.len());
    for line in source.lines() {
        let code = line.find("//").map_or(line, |comment| &line[..comment]);
        let mut is_code = true;
        for part in code.split('"') {
            if is_code {
                out.push_str(part);
            }
            is_code = !is_code;
        }
        out.push('\n');
    }
    out
}

/// Where a path that begins at a byte leads to: `a::b` and each branch of `a::{b, c::d}`, up to two names deep.
fn targets(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    follow(text, &mut Vec::new(), &mut found);
    found
}

fn follow(text: &str, before: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let text = text.trim_start();
    if let Some(group) = text.strip_prefix('{') {
        let mut depth = 0_usize;
        let mut begin = 0;
        for (at, letter) in group.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    follow(&group[begin..at], before, found);
                    begin = at + 1;
                    if letter == '}' {
                        return;
                    }
                }
                _ => {}
            }
        }
        return;
    }
    let end = text
        .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .unwrap_or(text.len());
    if end == 0 {
        return;
    }
    before.push(text[..end].to_owned());
    match text[end..].strip_prefix("::") {
        Some(rest) if before.len() < 3 && !rest.starts_with('<') => follow(rest, before, found),
        _ => found.push(before.clone()),
    }
    before.pop();
}

/// Each path of a file that begins at the crate's root, absolute, with its line.
fn paths(file: &[String], source: &str) -> Vec<(usize, Vec<String>)> {
    let code = code(source);
    let mut found = Vec::new();
    for (at, _) in code
        .match_indices("crate::")
        .chain(code.match_indices("studydrop::"))
    {
        let is_word =
            code[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
        if is_word || code[..at].ends_with("pub(in ") {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let begin = at + code[at..].find("::").expect("it was found") + 2;
        found.extend(targets(&code[begin..]).into_iter().map(|to| (line, to)));
    }
    for (at, _) in code.match_indices("super::") {
        if code[..at].ends_with("super::") {
            continue;
        }
        let chain = code[at..].match_indices("super::");
        let up = chain
            .enumerate()
            .take_while(|(index, (place, _))| *place == index * 7);
        let up = up.count();
        let Some(base) = file.len().checked_sub(up) else {
            continue;
        };
        let line = code[..at].matches('\n').count() + 1;
        for to in targets(&code[at + up * 7..]) {
            let mut path = file[..base].to_vec();
            path.extend(to);
            found.push((line, path));
        }
    }
    found
}

/// `src/model/orders/mod.rs` is `["model", "orders"]`.
fn module(file: &Path) -> Vec<String> {
    let file = file.with_extension("");
    let mut parts: Vec<String> = file
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// What breaks the rules, a line each. `depth` is 1 for rooms of the crate, 2 for rooms in one of them, named `within`.
fn broken(rules: &Rules, within: Option<&str>) -> Vec<String> {
    let src = root().join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut broken = BTreeSet::new();
    let known = |name: &String| rules.contains_key(name);
    for path in files {
        let file = path.strip_prefix(&src).expect("it lies there");
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let is_test = name == "tests" || name.ends_with("_tests") || name == "arrows";
        let module = module(file);
        if is_test
            || module
                .iter()
                .any(|part| part == "testing" || part == "tests")
        {
            continue;
        }
        let room = |path: &[String]| match within {
            None => path.first().cloned(),
            Some(within) if path.first().is_some_and(|first| first == within) => {
                path.get(1).cloned()
            }
            Some(_) => None,
        };
        let Some(from) = room(&module) else { continue };
        if from == "lib" || (within.is_some() && !known(&from)) {
            continue;
        }
        let Some(may) = rules.get(&from) else {
            broken.insert(format!(
                "src/{}: the room {from} is not in the table",
                file.display()
            ));
            continue;
        };
        let source = fs::read_to_string(&path).expect("a source");
        for (line, to) in paths(&module, &source) {
            let Some(to) = room(&to) else { continue };
            if to != from && known(&to) && !may.contains(&to) {
                broken.insert(format!("src/{}:{line}: {from} uses {to}", file.display()));
            }
        }
    }
    broken.into_iter().collect()
}

fn page() -> String {
    fs::read_to_string(root().join("docs/ARCHITECTURE.md")).expect("docs/ARCHITECTURE.md")
}

#[test]
fn rooms_use_only_what_the_table_lets_them() {
    let broken = broken(&rules(&page(), "## Who may use whom\n"), None);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn rooms_of_dicom_use_only_what_their_table_lets_them() {
    let broken = broken(&rules(&page(), "## Within dicom\n"), Some("dicom"));
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_wrong_path_is_found_however_it_is_written() {
    let file = ["cloud".to_owned(), "client".to_owned()];
    let found = |source: &str| -> Vec<(usize, String)> {
        let paths = paths(&file, source).into_iter();
        paths.map(|(line, path)| (line, path.join("::"))).collect()
    };
    assert_eq!(
        found("use crate::model::Model;"),
        [(1, "model::Model".to_owned())]
    );
    assert_eq!(
        found("\nuse crate::{\n    ui,\n    worker::start,\n};"),
        [(2, "ui".to_owned()), (2, "worker::start".to_owned())]
    );
    assert_eq!(
        found("fn f() { super::super::ui::show(); }"),
        [(1, "ui::show".to_owned())]
    );
    assert_eq!(
        found("let x = crate::app::run();"),
        [(1, "app::run".to_owned())]
    );
    assert_eq!(found("// crate::ui\nlet x = \"crate::ui\";"), []);
}

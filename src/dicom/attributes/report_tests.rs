use super::*;

/// An element in explicit VR little endian.
fn element(Tag(group, element): Tag, vr: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = [group.to_le_bytes(), element.to_le_bytes()].concat();
    bytes.extend(vr.as_bytes());
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(b' ');
    }
    match vr {
        "SQ" | "UT" => {
            bytes.extend([0, 0]);
            bytes.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
        }
        _ => bytes.extend(u16::try_from(value.len()).unwrap().to_le_bytes()),
    }
    bytes.extend(value);
    bytes
}

fn sequence(tag: Tag, items: &[Vec<u8>]) -> Vec<u8> {
    let item = |content: &Vec<u8>| {
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        [&[0xFE, 0xFF, 0x00, 0xE0], &length[..], content].concat()
    };
    let items: Vec<u8> = items.iter().flat_map(item).collect();
    element(tag, "SQ", &items)
}

fn code(tag: Tag, value: &str, meaning: &str) -> Vec<u8> {
    let value = element(CODE_VALUE, "SH", value.as_bytes());
    let meaning = element(CODE_MEANING, "LO", meaning.as_bytes());
    sequence(tag, &[[value, meaning].concat()])
}

fn item(kind: &str, name: &str, rest: &[u8]) -> Vec<u8> {
    let kind = element(VALUE_TYPE, "CS", kind.as_bytes());
    [kind, code(CONCEPT, "1", name), rest.to_vec()].concat()
}

fn report(content: &[u8]) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report");
    let class = element(Tag(8, 0x16), "UI", b"1.2.840.10008.5.1.4.1.1.88.33");
    let set = element(Tag(8, 5), "CS", b"ISO_IR 192");
    std::fs::write(&path, [set, class, content.to_vec()].concat()).unwrap();
    read(&path).unwrap()
}

fn lines(report: &Report) -> Vec<String> {
    let words = |line: &Line| {
        let inset = "  ".repeat(line.depth.into());
        match line.value.is_empty() {
            true => format!("{inset}{}", line.name),
            false => format!("{inset}{}: {}", line.name, line.value),
        }
    };
    report.lines.iter().map(words).collect()
}

#[test]
fn a_report_is_told_in_the_order_of_its_tree_with_its_values_as_people_read_them() {
    let number = [
        code(UNITS, "mm", "millimeter"),
        element(NUMBER, "DS", b"12.5"),
    ]
    .concat();
    let reference = element(SOP_INSTANCE, "UI", b"1.2.3.4");
    let finding = item("NUM", "Diameter", &sequence(MEASURED, &[number]));
    let children = [
        item(
            "PNAME",
            "Observer",
            &element(PERSON, "PN", "Läkare^Åke".as_bytes()),
        ),
        item("DATE", "Day", &element(DATE, "DA", b"20261123")),
        item(
            "CONTAINER",
            "Findings",
            &sequence(
                CONTENT,
                &[
                    item("CODE", "Finding", &code(CODE, "M-1", "Nodule")),
                    finding,
                    item("IMAGE", "Source", &sequence(REFERENCED, &[reference])),
                ],
            ),
        ),
        item(
            "TEXT",
            "Conclusion",
            &element(Tag(0x40, 0xA160), "UT", "Näsa".as_bytes()),
        ),
    ];
    let report = report(&item(
        "CONTAINER",
        "CT report",
        &sequence(CONTENT, &children),
    ));
    assert_eq!(report.title, "CT report");
    assert!(!report.is_cut);
    assert_eq!(
        lines(&report),
        [
            "Observer: Läkare, Åke",
            "Day: 23 Nov 2026",
            "Findings",
            "  Finding: Nodule",
            "  Diameter: 12.5 mm",
            "  Source: image 1.2.3.4",
            "Conclusion: Näsa",
        ]
    );
}

#[test]
fn a_report_of_a_thousand_levels_or_a_hundred_thousand_lines_costs_a_moment() {
    let mut deep = item("TEXT", "Bottom", &element(Tag(0x40, 0xA160), "UT", b"here"));
    for _ in 0..300 {
        deep = item("CONTAINER", "Section", &sequence(CONTENT, &[deep]));
    }
    let told = report(&deep);
    assert_eq!(told.lines.last().unwrap().value, "here");
    let one = item("TEXT", "Line", &element(Tag(0x40, 0xA160), "UT", b"text"));
    let many = vec![one; 25_000];
    let told = report(&item("CONTAINER", "Long", &sequence(CONTENT, &many)));
    assert!(told.is_cut && told.lines.len() == MOST_LINES);
}

#[test]
fn what_is_cut_off_says_so() {
    let child = item("TEXT", "Line", &element(Tag(0x40, 0xA160), "UT", b"text"));
    let mut content = item(
        "CONTAINER",
        "Report",
        &sequence(CONTENT, &[child.clone(), child]),
    );
    content.truncate(content.len() - 40);
    let told = report(&content);
    assert!(told.is_cut);
    assert_eq!(lines(&told)[0], "Line: text");
}

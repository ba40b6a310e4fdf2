#!/usr/bin/env python3
"""Makes the tables in this folder: what dicom::deidentify embeds. README.md says where they come from.

usage: make.py SOURCES DICTIONARY
SOURCES    a folder with E1-1_2025a.json, E1-1_2024b_innolitics.json and E3.10-1_safe_private_c2020.json
DICTIONARY the src folder of the crate dicom-dictionary-std, whose version is named in Cargo.lock
Needs: pip install pydicom==3.0.2
"""
import json, os, re, sys

HERE = os.path.dirname(os.path.abspath(__file__))
OPTIONS = ["rtnSafePrivOpt", "rtnUIDsOpt", "rtnDevIdOpt", "rtnInstIdOpt", "rtnPatCharsOpt", "rtnLongFullDatesOpt",
           "rtnLongModifDatesOpt", "cleanDescOpt", "cleanStructContOpt", "cleanGraphOpt"]
COLUMNS = ["tag", "vr", "keyword", "basic", "safe-private", "uids", "device", "institution", "patient", "full-dates",
           "modified-dates", "descriptors", "structured", "graphics"]


def dictionary(folder):
    """Tag to VR and keyword, by the crate's own table."""
    text = open(os.path.join(folder, "tags.rs")).read()
    entry = re.compile(r"^/// (\w+) \(([0-9A-F]{4}),([0-9A-F]{4})\) (\w+) ", re.M)
    return {g + e: (vr, name) for name, g, e, vr in entry.findall(text)}


def table(sources, known):
    rows = json.load(open(os.path.join(sources, "E1-1_2025a.json")))
    second = {r["id"].upper(): r for r in json.load(open(os.path.join(sources, "E1-1_2024b_innolitics.json")))}
    lines = []
    for row in rows:
        tag = row["id"].upper()
        vr, keyword = row["vr"], row["keyword"]
        if re.fullmatch("[0-9A-F]{8}", tag):
            by_dictionary = known.get(tag)
            if not vr or not keyword:
                vr, keyword = by_dictionary
            if by_dictionary and by_dictionary != (vr, keyword):
                print("differs from the dictionary:", tag, vr, keyword, by_dictionary)
        else:
            tag, vr, keyword = {"50": "50XXXXXX", "60": tag, "GG": "PRIVATE"}[tag[:2]], "-", row["name"].replace(" ", "")
        other = second.pop(row["id"].upper(), None)
        if other:
            for column in ["basicProfile"] + OPTIONS:
                if other.get(column) != row.get(column):
                    print("differs from 2024b:", tag, column, other.get(column), row.get(column))
        elif not row["new_in_2025a"]:
            print("not in 2024b:", tag)
        lines.append([tag, vr, keyword, row["basicProfile"]] + [row.get(option, "-") for option in OPTIONS])
    if second:
        print("only in 2024b:", sorted(second))
    lines.sort()
    return lines


def safe_private(sources):
    kept, left = [], []
    for row in json.load(open(os.path.join(sources, "E3.10-1_safe_private_c2020.json"))):
        group, element = re.fullmatch(r"\(([0-9A-F]{4}),xx([0-9A-F]{2})\)", row["tag"].replace("XX", "xx").upper().replace("XX", "xx")).groups()
        line = [group, element, row["vr"], row["privateCreator"].strip()]
        # Not known what it is, or free text: such an attribute goes.
        doubtful = not row["vr"] or not row["meaning"].strip() or row["vr"] in ("LT", "ST", "UT")
        (left if doubtful else kept).append(line)
    print("left out as doubtful:", *(",".join(line) for line in left), sep="\n  ")
    return sorted(kept)


def write(name, lines):
    with open(os.path.join(HERE, name), "w") as file:
        file.writelines("\t".join(line) + "\n" for line in lines)
    print(name, len(lines))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sources, crate = sys.argv[1:]
    write("e1_1.tsv", [COLUMNS] + table(sources, dictionary(crate)))
    write("e3_10_1.tsv", [["group", "element", "vr", "creator"]] + safe_private(sources))
    # The crate has no frames of reference; pydicom has.
    from pydicom.uid import UID_dictionary
    uids = {uid for uid in UID_dictionary if uid.startswith("1.2.840.10008.")} | set(re.findall(r'&str = "(1\.2\.840\.10008\.[0-9.]+)"', open(os.path.join(crate, "uids.rs")).read()))
    write("well_known_uids.txt", [[uid] for uid in sorted(uids)])

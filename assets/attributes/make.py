#!/usr/bin/env python3
"""Makes the tables in this folder: what dicom::attributes embeds. README.md says where they come from.

usage: make.py
Needs: pip install pydicom==3.0.2
"""
import os

from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom._uid_dict import UID_dictionary

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, rows):
    with open(os.path.join(HERE, name), "w") as file:
        file.writelines(f"{key}\t{text}\n" for key, text in sorted(rows))


names = [(f"{tag:08X}", entry[2]) for tag, entry in DicomDictionary.items()]
names += [(mask.upper().replace("X", "x"), entry[2]) for mask, entry in RepeatersDictionary.items()]
write("names.tsv", [(tag, name.strip()) for tag, name in names if name.strip()])
write("uids.tsv", [(uid, entry[0].strip()) for uid, entry in UID_dictionary.items() if entry[0].strip()])

#!/usr/bin/env python3
"""Holds the dependencies against deny.toml: licences, sources and banned crates.

An equal check for machines without cargo-deny. Reads `cargo metadata`, so it sees exactly what Cargo.lock pins.
"""
import json
import re
import subprocess
import sys
import tomllib

with open("deny.toml", "rb") as file:
    rules = tomllib.load(file)
allowed = set(rules["licenses"]["allow"])
exceptions = {e["crate"]: set(e["allow"]) for e in rules["licenses"].get("exceptions", [])}
banned = {entry["crate"] for entry in rules["bans"]["deny"]}
sources = tuple("registry+" + url for url in rules["sources"]["allow-registry"])

command = ["cargo", "metadata", "--format-version", "1", "--locked"]
metadata = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def used() -> set[str]:
    """What the package is built from: Cargo.lock also names what features that are off would bring."""
    nodes = {node["id"]: node["dependencies"] for node in metadata["resolve"]["nodes"]}
    seen, todo = set(), [metadata["resolve"]["root"]]
    while todo:
        package = todo.pop()
        if package not in seen:
            seen.add(package)
            todo.extend(nodes[package])
    return seen


in_use = used()
packages = [package for package in metadata["packages"] if package["id"] in in_use]


def satisfied(expression: str, licences: set[str]) -> bool:
    """Whether an SPDX expression can be met with these licences (`OR` chooses, `AND` needs both)."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))
    position = 0

    def either() -> bool:
        nonlocal position
        good = both()
        while position < len(tokens) and tokens[position].upper() == "OR":
            position += 1
            good = both() or good
        return good

    def both() -> bool:
        nonlocal position
        good = one()
        while position < len(tokens) and tokens[position].upper() == "AND":
            position += 1
            good = one() and good
        return good

    def one() -> bool:
        nonlocal position
        token = tokens[position]
        position += 1
        if token == "(":
            good = either()
            position += 1
            return good
        if position < len(tokens) and tokens[position].upper() == "WITH":
            token = f"{token} WITH {tokens[position + 1]}"
            position += 2
        return token in licences

    return either()


wrong = []
for package in packages:
    name = package["name"]
    if package["source"] is None:
        continue
    if name in banned:
        wrong.append(f"{name} is banned")
    if not package["source"].startswith(sources):
        wrong.append(f"{name} comes from {package['source']}")
    licence = package["license"]
    if licence is None:
        wrong.append(f"{name} names no licence")
    elif not satisfied(licence, allowed | exceptions.get(name, set())):
        wrong.append(f"{name} is under {licence}")
if wrong:
    print("\n".join(sorted(wrong)), file=sys.stderr)
    sys.exit(1)
print(f"{len(packages)} packages: licences, sources and bans as deny.toml has them")

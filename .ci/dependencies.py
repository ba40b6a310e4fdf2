#!/usr/bin/env python3
"""Holds the dependencies against deny.toml: licences, sources and banned crates.

An equal check for machines without cargo-deny. Reads `cargo tree`, so it sees exactly what Cargo.lock pins.
"""
import re
import subprocess
import sys
import tomllib

with open("deny.toml", "rb") as file:
    rules = tomllib.load(file)
allowed = set(rules["licenses"]["allow"])
banned = {entry["crate"] for entry in rules["bans"]["deny"]}

# What is really built, for every target: Cargo.lock also names what features that are off would bring.
command = ["cargo", "tree", "--locked", "--target", "all", "--edges", "normal,build,dev", "--prefix", "none"]
command += ["--no-dedupe", "--format", "{p}|{l}"]
lines = set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines())
packages = sorted(line.split("|") for line in lines if line)


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
for package, licence in packages:
    name = package.split()[0]
    if package.startswith("studydrop "):
        continue
    if name in banned:
        wrong.append(f"{name} is banned")
    # Cargo names a source only where it is not crates.io.
    if "(" in package.replace("(proc-macro)", ""):
        wrong.append(f"{package} does not come from crates.io")
    if not licence:
        wrong.append(f"{name} names no licence")
    elif not satisfied(licence, allowed):
        wrong.append(f"{name} is under {licence}")
if wrong:
    print("\n".join(wrong), file=sys.stderr)
    sys.exit(1)
print(f"{len(packages)} packages: licences, sources and bans as deny.toml has them")

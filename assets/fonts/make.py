#!/usr/bin/env python3
"""Makes the fonts in this folder from Inter, Phosphor and Noto Sans as their packages have them.

    npm pack @expo-google-fonts/inter@0.4.2 @phosphor-icons/web@2.1.2     # unpack each into a folder of its own
    npm pack @fontsource/noto-sans-arabic@5.3.0 @fontsource/noto-sans-hebrew@5.3.0 @fontsource/noto-sans-thai@5.3.0
    pip install fonttools brotli
    python3 make.py INTER PHOSPHOR NOTO_ARABIC NOTO_HEBREW NOTO_THAI      # the packages' folders
"""
import re
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent

# Latin with its extensions, Greek, Cyrillic, punctuation, arrows, a few signs.
TEXT = [
    (0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x2FF), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x52F),
    (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x20A0, 0x20BF), (0x2100, 0x214F), (0x2190, 0x21FF),
    (0x2200, 0x22FF), (0x25A0, 0x25FF), (0x2713, 0x2717), (0xFFFD, 0xFFFD),
]
# Arabic as Arabic, Persian and Urdu write it, Hebrew with its points, Thai.
NOTO = {
    "Arabic": [(0x600, 0x6FF), (0x750, 0x77F), (0xFB50, 0xFBFF), (0x200C, 0x200D)],
    "Hebrew": [(0x591, 0x5F4), (0xFB1D, 0xFB4F)],
    "Thai": [(0xE01, 0xE5B)],
}
ICONS = (HERE / "icons.txt").read_text().split()


def bake(font, feature, only=lambda name: True):
    """Makes what the feature substitutes one for one the font's usual form, for those characters that are wanted."""
    gsub = font["GSUB"].table
    lookups = {i for r in gsub.FeatureList.FeatureRecord if r.FeatureTag == feature for i in r.Feature.LookupListIndex}
    swap = {}
    for index in lookups:
        for table in gsub.LookupList.Lookup[index].SubTable:
            table = getattr(table, "ExtSubTable", table)
            swap.update(getattr(table, "mapping", {}))
    for table in font["cmap"].tables:
        if hasattr(table, "cmap"):
            table.cmap = {
                code: swap.get(name, name) if only(chr(code)) else name for code, name in table.cmap.items()
            }


def true_bearings(path):
    """Phosphor's left bearings are all 0, which moves every icon to the left: writes what the outlines have."""
    font = TTFont(path)
    for name, (advance, _) in list(font["hmtx"].metrics.items()):
        glyph = font["glyf"][name]
        glyph.recalcBounds(font["glyf"])
        font["hmtx"].metrics[name] = (advance, glyph.xMin)
    font.save(path)


def plain_one(font):
    """The 1 of equal width has a foot: draws the one without it in the middle of that width."""
    glyphs, metrics = font["glyf"], font["hmtx"].metrics
    width = metrics["one.tf"][0]
    plain = glyphs["one"]
    plain.recalcBounds(glyphs)
    shift = (width - (plain.xMax - plain.xMin)) // 2 - plain.xMin
    plain.coordinates.translate((shift, 0))
    plain.recalcBounds(glyphs)
    metrics["one"] = (width, plain.xMin)


def write(font, codes, features, path, names=(0, 1, 2, 5, 13, 14)):
    options = subset.Options(layout_features=features, hinting=False, notdef_outline=True, name_IDs=list(names))
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(font)
    font.save(path)
    print(path.name, path.stat().st_size)


def main(inter, phosphor, *noto):
    for (script, ranges), package in zip(NOTO.items(), noto, strict=True):
        codes = [code for first, last in ranges for code in range(first, last + 1)]
        for weight, name in ((400, "Regular"), (600, "SemiBold")):
            low = script.lower()
            font = TTFont(Path(package) / "files" / f"noto-sans-{low}-{low}-{weight}-normal.woff2")
            font.flavor = None
            write(font, codes, ["*"], HERE / f"Noto{script}-{name}.ttf", (0, 1, 2, 5, 6, 13, 14))
    codes = [code for first, last in TEXT for code in range(first, last + 1)]
    for weight, name in ((400, "Regular"), (500, "Medium"), (600, "SemiBold")):
        font = TTFont(next(Path(inter).glob(f"{weight}{name}/*.ttf")))
        bake(font, "tnum", lambda character: character in "023456789")
        plain_one(font)
        bake(font, "cv11")
        write(font, codes, ["kern", "ccmp", "locl", "mark", "mkmk"], HERE / f"Inter-{name}.ttf")
    css = (Path(phosphor) / "src/regular/style.css").read_text()
    points = dict(re.findall(r"\.ph\.ph-([a-z0-9-]+):before \{\s*content: \"\\([0-9a-f]+)\"", css))
    codes = [int(points[name], 16) for name in ICONS]
    for folder, source, name in (("regular", "Phosphor.ttf", "Phosphor"), ("fill", "Phosphor-Fill.ttf", "Phosphor-Fill")):
        font = TTFont(Path(phosphor) / "src" / folder / source)
        write(font, codes, [], HERE / f"{name}.ttf")
        true_bearings(HERE / f"{name}.ttf")
    for icon, code in zip(ICONS, codes):
        constant = icon.upper().replace("-", "_")
        print(f'    pub const {constant}: &str = "\\u{{{code:X}}}";')


main(*sys.argv[1:])

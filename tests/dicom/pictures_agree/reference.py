"""Frames as pydicom and its pixel handlers render them.

Reads lines of "path <tab> frame <tab> center <tab> width" (the window may be empty), and answers each with a line of JSON;
the pixels, a byte a sample, are appended to the file that is named as the argument.
"""

import json
import logging
import sys
import warnings

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.pixels import pixel_array
from pydicom.pixels.processing import (
    apply_color_lut,
    apply_modality_lut,
    apply_voi_lut,
    apply_windowing,
)

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
pydicom.config.settings.reading_validation_mode = 0


def grouped(data, frame, sequence):
    """The item of a functional group that is meant for this frame, or the data set itself."""
    for groups, number in (
        ("PerFrameFunctionalGroupsSequence", frame),
        ("SharedFunctionalGroupsSequence", 0),
    ):
        items = data.get(groups) or []
        if number < len(items) and items[number].get(sequence):
            return items[number][sequence].value[0]
    return data


def spread(values, low, high):
    """From the darkest to the brightest."""
    values = np.asarray(values, dtype="f8")
    width = high - low
    if width == 0:
        return np.full(values.shape, 127.5)
    return np.clip((values - low) / width, 0, 1) * 255


def window(values, data, how, center, width):
    """pydicom's window, its output made a byte."""
    if values.dtype.kind == "f" and "BitsStored" not in data:
        values = (values - (center - 0.5)) / (width - 1) + 0.5
        return np.clip(values, 0, 1) * 255
    fake = Dataset()
    for name in ("PhotometricInterpretation", "BitsStored", "PixelRepresentation"):
        setattr(fake, name, data.get(name))
    for name in ("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence"):
        if name in how[0]:
            setattr(fake, name, how[0].get(name))
    fake.WindowCenter, fake.WindowWidth = center, width
    if how[1].get("VOILUTFunction"):
        fake.VOILUTFunction = how[1].VOILUTFunction
    shown = apply_windowing(values, fake)
    # What every value becomes lies between those that far smaller and far larger ones become.
    ends = apply_windowing(np.array([-1e12, 1e12]), fake)
    return spread(shown, ends[0], ends[1])


def own_look(values, data, voi, how):
    """As the file says: a table, a window, or the whole range."""
    if voi.get("VOILUTSequence"):
        item = voi.VOILUTSequence[0]
        bits = item.LUTDescriptor[2]
        shown = apply_voi_lut(values, voi, index=0, prefer_lut=True)
        return spread(shown, 0, 2**bits - 1)
    center, width = voi.get("WindowCenter"), voi.get("WindowWidth")
    if center is not None and width is not None:
        first = lambda value: float(value if not isinstance(value, (list, pydicom.multival.MultiValue)) else value[0])
        center, width = first(center), first(width)
        if width >= 1:
            return window(values, data, how, center, width)
    return None


def grey(data, frame, pixels, center, width):
    transformation = grouped(data, frame, "PixelValueTransformationSequence")
    voi = grouped(data, frame, "FrameVOILUTSequence")
    values = apply_modality_lut(pixels, transformation)
    how = (transformation, voi)
    shown = window(values, data, how, center, width) if width > 1 else None
    own = own_look(values, data, voi, how)
    turned = data.get("PhotometricInterpretation") == "MONOCHROME1"
    turned |= data.get("PresentationLUTShape") == "INVERSE"
    byte = lambda shades: np.rint(255 - shades if turned else shades).astype("u1")
    return [byte(shades) if shades is not None else None for shades in (shown, own)]


def colour(data, pixels):
    if data.PhotometricInterpretation == "PALETTE COLOR":
        pixels = apply_color_lut(pixels, data)
        bits = max(data.RedPaletteColorLookupTableDescriptor[2], pixels.dtype.itemsize * 8)
        # Tables that announce 16 bits and hold 8 are known.
        if bits == 16 and pixels.max() <= 255:
            bits = 8
    else:
        bits = data.BitsStored
    return (pixels >> (bits - 8)).astype("u1")


def main():
    out = open(sys.argv[1], "wb")
    path, data = None, None
    for line in sys.stdin:
        wanted, frame, center, width = line.rstrip("\n").split("\t")
        frame = int(frame)
        answer = {"path": wanted, "frame": frame}
        try:
            if wanted != path:
                path, data = wanted, pydicom.dcmread(wanted, force=True)
            if not any(name in data for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
                answer["no_image"] = True
                print(json.dumps(answer))
                continue
            pixels = pixel_array(data, index=frame)
            if data.get("SamplesPerPixel", 1) == 3 or data.get("PhotometricInterpretation") == "PALETTE COLOR":
                shown = [colour(data, pixels)]
                answer["kind"] = "colour"
            else:
                shown = grey(data, frame, pixels, float(center or 0), float(width or 0))
                answer["kind"] = "grey"
            answer["size"] = [int(pixels.shape[1]), int(pixels.shape[0])]
            answer["at"] = []
            for shades in shown:
                answer["at"].append(out.tell() if shades is not None else None)
                if shades is not None:
                    out.write(np.ascontiguousarray(shades).tobytes())
        except BaseException as error:
            answer["error"] = f"{type(error).__name__}: {error}".replace("\n", " ")[:200]
        print(json.dumps(answer))
    out.close()


main()

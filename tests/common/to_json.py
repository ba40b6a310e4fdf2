"""Reads paths from standard input; prints for each a line: what pydicom makes of the file in the DICOM JSON Model, or null.

Its dictionary of private attributes is put aside: the standard's model has their bytes. Values are made alike: no
padding, no empty groups of names, empty values null.
"""
import base64, json, logging, math, sys, warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import pydicom
import pydicom._private_dict

pydicom.config.settings.reading_validation_mode = 0
pydicom._private_dict.private_dictionaries.clear()


def value(one):
    if isinstance(one, dict):
        return {name: group for name, group in one.items() if group} or None
    if isinstance(one, str):
        return one.rstrip(" \0") or None
    if isinstance(one, float) and not math.isfinite(one):
        return "NaN" if math.isnan(one) else "Infinity" if one > 0 else "-Infinity"
    # In full: readers of JSON differ in the last digit.
    return "f64 " + repr(float(one)) if isinstance(one, float) else one


def model(data, outer="", made=None):
    """By the path of each element: what holds it comes before it, "00081140[0].00081150"."""
    made = {} if made is None else made
    for tag in data.keys():
        if tag.element == 0:
            continue
        element = data[tag]
        if element.VR == "SQ":
            made[f"{outer}{int(tag):08X}"] = {"vr": "SQ", "items": len(element.value)}
            for number, item in enumerate(element.value):
                model(item, f"{outer}{int(tag):08X}[{number}].", made)
            continue
        one = element.to_json_dict(None, 0)
        one["vr"] = str(one["vr"])
        values = [value(one) for one in one.get("Value", [])]
        if any(value is not None for value in values):
            one["Value"] = values
        else:
            one.pop("Value", None)
        if "InlineBinary" in one:
            one["bytes"] = len(base64.b64decode(one["InlineBinary"]))
            if one["bytes"] > 4 * 65536:
                del one["InlineBinary"]
        made[f"{outer}{int(tag):08X}"] = one
    return made


for line in sys.stdin:
    try:
        data = pydicom.dcmread(line.rstrip("\n"), force=True)
        made = model(data)
        made = made if len(made) > 1 else None
    except Exception:
        made = None
    print(json.dumps(made, default=float), flush=True)

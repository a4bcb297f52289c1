"""Tell what a network tells of a number: whether it exists, and whose it is."""

import re
from enum import StrEnum

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
VIETNAMESE_MOBILE = re.compile(r"\+84[35789][0-9]{8}")
VIETNAMESE_LANDLINE = re.compile(r"\+842[0-9]{8,9}")

PREFIXES = {
    "Viettel": "32 33 34 35 36 37 38 39 86 96 97 98",
    "VinaPhone": "81 82 83 84 85 88 91 94",
    "MobiFone": "70 76 77 78 79 89 90 93",
    "Vietnamobile": "52 56 58 92",
    "Gmobile": "59 99",
    "iTel": "87",
    "Wintel": "55",
}
CARRIERS = tuple(PREFIXES)
CARRIER_OF = {
    prefix: carrier for carrier, many in PREFIXES.items() for prefix in many.split()
}


class NumberKind(StrEnum):
    """What stands behind a number, before any handset is asked."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    ABROAD = "abroad"
    INVALID = "invalid"


def kind_of(number: str) -> NumberKind:
    """Classify a number written as E.164; only Vietnam is served."""
    if VIETNAMESE_MOBILE.fullmatch(number):
        return NumberKind.MOBILE
    if VIETNAMESE_LANDLINE.fullmatch(number):
        return NumberKind.LANDLINE
    if number.startswith("+84") or not E164.fullmatch(number):
        return NumberKind.INVALID
    return NumberKind.ABROAD


def carrier_of(number: str) -> str:
    """Name the carrier by prefix, or an empty string when none is known."""
    return CARRIER_OF.get(number[3:5], "") if number.startswith("+84") else ""


def read_number(written: str) -> str:
    """Turn what a person types (0912 345 678, 84912…, +84…) into E.164, unchecked."""
    digits = re.sub(r"[^0-9+]", "", written)
    if digits.startswith("+"):
        return digits
    if digits.startswith("84"):
        return f"+{digits}"
    return f"+84{digits.removeprefix('0')}"

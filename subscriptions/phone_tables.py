"""The national numbering plan as tables, so that a change of plan is a change of data.

Sources: the carriers' 2018 conversion of 11-digit mobiles (old prefixes moved from
2018-09-15), the 2017 conversion of area codes (11 February, 15 April, 17 June), and
the prefixes in service. Rows of carriers.csv marked `from memory` are not used.
"""

import csv
import datetime as dt
import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from string import Formatter

VSAT_PREFIX = "0992"
"""Satellite terminals kept this block of the mobile prefix 099."""

HCMC_OLD_CODE = "08"
# Ho Chi Minh City's code had two digits, so every 08x looks like it. Its landlines
# began with these; 086-089 were mobile before the city's code changed.
_HCMC_STARTS = ("1", "2", "3", "4", "5", "62", "66", "73")


class PhoneCode(enum.StrEnum):
    """What was found in a phone cell; stable, for machines."""

    OK = "ok"
    REPAIRED = "repaired"
    MIGRATED_2018 = "migrated_2018"
    LANDLINE = "landline"
    SHORT = "short"
    SERVICE = "service"
    FOREIGN = "foreign"
    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    TWO_NUMBERS = "two_numbers"
    LETTER_IN_NUMBER = "letter_in_number"
    NOTE_IN_CELL = "note_in_cell"
    SCIENTIFIC = "scientific"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNKNOWN_PREFIX = "unknown_prefix"
    VSAT = "vsat"
    AMBIGUOUS_OLD_LANDLINE = "ambiguous_old_landline"


@dataclass(frozen=True, slots=True, kw_only=True)
class OldLandline:
    """A landline written before 2017: its number now, and the province of the code."""

    number: str
    province: str


def _rows(name: str) -> Iterator[dict[str, str]]:
    source = resources.files("subscriptions") / "data" / name
    yield from csv.DictReader(source.read_text(encoding="utf-8").splitlines())


def _mobile_carriers() -> dict[str, str]:
    return {
        row["prefix"]: re.sub(r" \(.*\)", "", row["carrier"])
        for row in _rows("carriers.csv")
        if row["source"] == "verified" and row["can_receive_sms"] == "yes"
    }


MOBILE_CARRIERS = _mobile_carriers()
"""Three-digit mobile prefix with its zero → carrier that was given it."""

MOBILE_MIGRATION = {
    row["old_prefix"]: row["new_prefix"] for row in _rows("phone_migration.csv")
}
"""`0123` → `083`: the first digits of an 11-digit mobile and what they became."""

NEW_MOBILES_FROM = min(
    dt.date.fromisoformat(row["convert_from"]) for row in _rows("phone_migration.csv")
)
"""No mobile of the new prefixes existed before this day."""

_AREAS = list(_rows("landline_migration_2017.csv"))
AREA_CODES = frozenset(row["new_code"] for row in _AREAS)
OLD_AREA_CODES = {
    row["old_code"]: (row["new_code"], row["province_old_63"])
    for row in _AREAS
    if row["changed"] == "yes"
}
"""`0511` → (`0236`, `Đà Nẵng`)."""

_HELP = {row["key"]: row["help"] for row in _rows("phone_help.csv")}


def _subscriber_digits(old_code: str) -> int:
    return 8 if old_code in ("04", HCMC_OLD_CODE) else 7


def find_old_landline(national: str) -> OldLandline | None:
    """Find what a number would be as a landline of the plan before 2017.

    The length decides: 04 and 08 took eight more digits, longer codes seven.
    Four digits go first: no number of Hanoi or Ho Chi Minh City begins with 0 or 1,
    so 0240, 0241, 0280 and 0281 can only be the old codes.
    """
    for width in (4, 3, 2):
        code, subscriber = national[:width], national[width:]
        if code not in OLD_AREA_CODES or len(subscriber) != _subscriber_digits(code):
            continue
        if code == HCMC_OLD_CODE and not subscriber.startswith(_HCMC_STARTS):
            continue
        new_code, province = OLD_AREA_CODES[code]
        return OldLandline(number=new_code + subscriber, province=province)
    return None


def find_carrier(national: str) -> str | None:
    """Find who was given the prefix of a ten-digit mobile."""
    if len(national) != len("0912345678"):
        return None
    return MOBILE_CARRIERS.get(national[:3])


def is_landline(national: str) -> bool:
    """Tell whether this is a landline of the plan in force since June 2017."""
    if national[:4] in OLD_AREA_CODES:
        return False
    if national[:3] in AREA_CODES:
        return len(national) == len("02436577024")
    return national[:4] in AREA_CODES and len(national) == len("02363829123")


def say(key: str, facts: dict[str, str]) -> str:
    """Give the Vietnamese sentence of `key`, filled with `facts`.

    Raises KeyError when the table and its caller disagree.
    """
    return Formatter().vformat(_HELP[key], (), facts)

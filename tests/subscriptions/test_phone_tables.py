"""The numbering plan's own tables agree with one another."""

import csv
import datetime as dt
from importlib import resources

import pytest

from subscriptions.phone_tables import (
    MOBILE_CARRIERS,
    NEW_MOBILES_FROM,
    PhoneCode,
    say,
)
from subscriptions.phones import carrier_of, read_phone


def _rows(name: str) -> list[dict[str, str]]:
    source = resources.files("subscriptions") / "data" / name
    return list(csv.DictReader(source.read_text(encoding="utf-8").splitlines()))


MOVED = _rows("phone_migration.csv")
AREAS = [row for row in _rows("landline_migration_2017.csv") if row["changed"] == "yes"]


@pytest.mark.parametrize("row", MOVED, ids=lambda row: row["old_prefix"])
def test_a_moved_mobile_stays_with_its_carrier(row: dict[str, str]) -> None:
    reading = read_phone(row["example_old_11"])

    assert reading.e164 == row["example_e164"] == read_phone(row["example_new_10"]).e164
    assert carrier_of(row["example_e164"]) == row["carrier"]


@pytest.mark.parametrize("row", AREAS, ids=lambda row: row["province_old_63"])
def test_an_old_landline_is_read_with_its_new_code(row: dict[str, str]) -> None:
    subscriber = "38291234" if row["old_code"] in ("04", "08") else "3829123"
    new = f"+84{row['new_code'][1:]}{subscriber}"
    long_ago = dt.date(2016, 5, 1)

    reading = read_phone(row["old_code"] + subscriber, list_date=long_ago)

    if reading.kind == "mobile":
        assert reading.code is PhoneCode.AMBIGUOUS_OLD_LANDLINE
        assert row["province_old_63"] in reading.help
    else:
        assert (reading.e164, reading.code) == (new, PhoneCode.LANDLINE)
        assert reading.repaired


def test_the_new_mobiles_date_is_that_of_the_conversion() -> None:
    assert dt.date(2018, 9, 15) == NEW_MOBILES_FROM


def test_prefixes_known_only_from_memory_or_metadata_are_not_used() -> None:
    assert not {"030", "051", "095", "0777", "0775"} & set(MOBILE_CARRIERS)


def test_every_code_has_its_words() -> None:
    facts = dict.fromkeys(
        ["typed", "display", "count", "prefix", "province", "landline"], "…"
    )

    assert all(say(code, facts) for code in PhoneCode)

"""The handsets file, and what a number tells by itself."""

import json
from pathlib import Path

import pytest

from broadcaster.simulator.handsets import (
    BadHandsetsError,
    HandsetState,
    Skin,
    read_town,
)
from broadcaster.simulator.numbers import (
    NumberKind,
    carrier_of,
    kind_of,
    read_number,
)


def _file(folder: Path, facts: object) -> Path:
    path = folder / "handsets.json"
    path.write_text(json.dumps(facts), "utf-8")
    return path


def test_the_town_that_comes_along_has_24_phones_of_both_kinds() -> None:
    wall = read_town().wall()
    assert len(wall) == 24
    assert {handset.skin for handset in wall} == set(Skin)
    assert all(kind_of(handset.e164) is NumberKind.MOBILE for handset in wall)
    assert all(handset.carrier for handset in wall)


def test_a_file_names_phones_prices_and_senders(tmp_path: Path) -> None:
    facts = {
        "service_number": "+84899000111",
        "senders": ["PHUONG A"],
        "rates": {"Viettel": 810},
        "esms_rates": {"Viettel": 760},
        "handsets": [{"e164": "+84912345678", "label": "Bà Ba, 70", "state": "off"}],
    }
    town = read_town(_file(tmp_path, facts))
    assert (town.rates, town.esms_rates) == ({"Viettel": 810}, {"Viettel": 760})
    assert town.senders == ("PHUONG A",)
    handset = town.get("+84912345678")
    assert (handset.carrier, handset.state) == ("VinaPhone", HandsetState.OFF)


@pytest.mark.parametrize(
    ("entry", "has_zalo"),
    [
        ({}, True),
        ({"skin": "feature"}, False),
        ({"has_zalo": False}, False),
        ({"skin": "feature", "has_zalo": True}, True),
    ],
)
def test_a_smartphone_has_zalo_unless_the_file_says_otherwise(
    tmp_path: Path, entry: dict[str, object], has_zalo: bool
) -> None:
    phone = {"e164": "+84912345678", "label": "Bà Ba"} | entry
    town = read_town(_file(tmp_path, {"service_number": "8", "handsets": [phone]}))
    assert town.get("+84912345678").has_zalo is has_zalo
    assert town.get("+84912345679").has_zalo is None


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ([], "handsets.json"),
        ({"handsets": []}, "service_number"),
        ({"service_number": "8", "handsets": [{"label": "x"}]}, "handset 1: .*e164"),
        (
            {"service_number": "8", "handsets": [{"e164": "0912", "label": "x"}]},
            "handset 1: 0912 is no Vietnamese number",
        ),
        ({"service_number": "8", "handsets": ["x"]}, "handset 1"),
        ({"service_number": "8", "handsets": [], "rates": {"V": "x"}}, "json"),
    ],
)
def test_a_bad_file_says_where(tmp_path: Path, facts: object, words: str) -> None:
    with pytest.raises(BadHandsetsError, match=words):
        read_town(_file(tmp_path, facts))


def test_a_number_that_nobody_named_is_an_ordinary_phone() -> None:
    handset = read_town().get("+84912345678")
    assert handset.state is HandsetState.OK
    assert not handset.on_wall


@pytest.mark.parametrize(
    ("number", "kind", "carrier"),
    [
        ("+84365550101", NumberKind.MOBILE, "Viettel"),
        ("+84836030999", NumberKind.MOBILE, "VinaPhone"),
        ("+84872345678", NumberKind.MOBILE, "iTel"),
        ("+842436577024", NumberKind.LANDLINE, ""),
        ("+841236030999", NumberKind.INVALID, ""),
        ("+8436555010", NumberKind.INVALID, "Viettel"),
        ("0365550101", NumberKind.INVALID, ""),
        ("+14155550100", NumberKind.ABROAD, ""),
    ],
)
def test_a_number_tells_its_kind_and_carrier(
    number: str, kind: NumberKind, carrier: str
) -> None:
    assert kind_of(number) is kind
    assert carrier_of(number) == carrier


@pytest.mark.parametrize(
    "written", ["0912 345 678", "84912345678", "+84912345678", "0912.345.678"]
)
def test_a_number_reads_as_people_write_it(written: str) -> None:
    assert read_number(written) == "+84912345678"

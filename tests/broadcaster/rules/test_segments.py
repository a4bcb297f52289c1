"""Segments are counted as the phone companies count them."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.rules.segments import Encoding, measure, split

DATA = Path(__file__).parents[2] / "data"
CONTROLS = {r"\t": "\t", r"\r": "\r", r"\n": "\n"}
EXTENSION = "\f^{}\\[~]|€"

gsm7_texts = st.text(alphabet=f"abc @\n{EXTENSION}", max_size=700)
ucs2_texts = st.text(alphabet="aộđ🎉𠀀 [", max_size=400)


def _vectors() -> list[dict[str, str]]:
    path = DATA / "gsm7_vectors.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        for written, control in CONTROLS.items():
            row["text"] = row["text"].replace(written, control)
    return rows


VECTORS = _vectors()


def _units(part: str, encoding: Encoding) -> int:
    if encoding is Encoding.UCS2:
        return len(part.encode("utf-16-be")) // 2
    return len(part) + sum(character in EXTENSION for character in part)


def test_all_the_vectors_are_here() -> None:
    assert len(VECTORS) == 55


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["id"])
def test_a_vector_measures_as_it_should(row: dict[str, str]) -> None:
    assert len(row["text"]) == int(row["py_len"])

    measured = measure(row["text"])

    assert measured.encoding == row["encoding"]
    assert measured.units == int(row["units(septets_or_utf16)"])
    assert measured.segments == int(row["segments"])
    assert len(split(row["text"])) == int(row["segments"])


def test_the_characters_that_force_ucs2_come_once_in_their_order() -> None:
    assert measure("Họp “tổ” họp é").forcing == ("ọ", "“", "ổ", "”")


def test_a_gsm7_text_is_forced_by_nothing() -> None:
    assert measure("Hop to dan pho [19h]").forcing == ()


@given(st.one_of(gsm7_texts, ucs2_texts))
def test_the_parts_joined_are_the_text(text: str) -> None:
    assert "".join(split(text)) == text


@given(st.one_of(gsm7_texts, ucs2_texts))
def test_there_are_as_many_parts_as_segments(text: str) -> None:
    assert len(split(text)) == measure(text).segments


@given(st.one_of(gsm7_texts, ucs2_texts))
def test_no_part_holds_more_than_a_segment_can(text: str) -> None:
    measured = measure(text)
    single, part = (160, 153) if measured.encoding is Encoding.GSM7 else (70, 67)
    limit = single if measured.segments == 1 else part

    assert all(_units(piece, measured.encoding) <= limit for piece in split(text))


@given(st.one_of(gsm7_texts, ucs2_texts))
def test_units_are_those_on_the_wire(text: str) -> None:
    measured = measure(text)

    assert measured.units == _units(text, measured.encoding)


@given(st.text(alphabet="aộ[🎉", max_size=400))
def test_one_more_character_never_costs_less(text: str) -> None:
    assert measure(text).segments <= measure(text + "a").segments

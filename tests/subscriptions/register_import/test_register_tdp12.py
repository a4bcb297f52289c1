"""The leader's workbook of group 12 is read exactly as its facts say."""

import json
from pathlib import Path
from typing import Any

import pytest

from subscriptions.register_import import Reading
from tests.subscriptions.register_import.reading import read

DATA = Path(__file__).parents[2] / "data"
CODES = {
    "two numbers": "two_numbers",
    "letter in number": "letter_in_number",
    "not a number": "not_a_number",
    "too short": "too_short",
    "landline": "landline",
    "note in phone cell": "note_in_cell",
}


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    known: dict[str, Any] = json.loads((DATA / "register_tdp12.facts.json").read_text())
    return known


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read((DATA / "register_tdp12.xlsx").read_bytes())


def test_every_household_resident_and_good_line_is_found(
    reading: Reading, facts: dict[str, Any]
) -> None:
    counted = (reading.households, reading.residents, reading.lines)

    assert counted == (facts["households"], facts["residents"], facts["good_lines"])


def test_every_faulty_cell_is_found_with_its_row_value_and_kind(
    reading: Reading, facts: dict[str, Any]
) -> None:
    found = [(fault.row, fault.value, fault.code) for fault in reading.faults]

    assert found == [
        (fault["row"], fault["value"], CODES[fault["kind"]])
        for fault in facts["faults"]
    ]
    assert len(found) == facts["faulty"]


def test_every_fault_names_its_cell_and_says_what_to_do(reading: Reading) -> None:
    assert {fault.column for fault in reading.faults} == {"Số điện thoại"}
    assert all(fault.cell == f"F{fault.row}" for fault in reading.faults)
    assert all(fault.help.endswith((".", "?")) for fault in reading.faults)


def test_the_duplicate_is_named_with_the_row_that_keeps_it(
    reading: Reading, facts: dict[str, Any]
) -> None:
    (duplicate,) = reading.duplicates

    assert duplicate.value == facts["duplicate"]
    assert (duplicate.row, duplicate.first_row) == (169, 87)


def test_a_household_whose_phone_is_faulty_or_taken_enters_without_it(
    reading: Reading,
) -> None:
    phones_of = {home.row: home.head.phones for home in reading.entries}

    assert phones_of[7] == phones_of[169] == ()


def test_phones_that_were_mended_are_counted_apart(reading: Reading) -> None:
    mended = {repair.row: (repair.value, repair.became) for repair in reading.repaired}

    assert mended == {
        11: ("971345564", "0971 345 564"),
        16: ("01997754727", "0597 754 727"),
        35: ("346869512", "0346 869 512"),
        125: ("768101278.0", "0768 101 278"),
    }


def test_the_draft_sheet_and_the_signature_are_left_out_and_mentioned(
    reading: Reading,
) -> None:
    said = [(remark.row, remark.value, remark.code) for remark in reading.remarks]

    assert said == [
        (None, "nháp", "sheet_hidden"),
        (171, "Tổng cộng: 61 hộ", "row_skipped"),
        (173, "TỔ TRƯỞNG", "row_skipped"),
        (174, "(đã ký)", "row_skipped"),
    ]


def test_the_title_says_when_the_list_was_written(reading: Reading) -> None:
    assert reading.list_date is not None
    assert reading.list_date.isoformat() == "2026-09-05"


def test_people_keep_their_year_tags_relation_and_note(reading: Reading) -> None:
    people = {p.row: p for home in reading.entries for p in home.residents}

    row_34 = people[34]
    assert (row_34.full_name, row_34.birth_year) == ("Võ Kim Hoa", 1945)
    assert (row_34.relation, set(row_34.tags)) == ("Con dâu", {"pensioner"})
    assert people[13].note == "chuyển đến 3/2026"

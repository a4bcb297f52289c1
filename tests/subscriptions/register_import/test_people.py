"""The cells of one person: name, year of birth, tags, note, phones, list date."""

import datetime as dt

import pytest

from subscriptions.tables.households import Tag
from tests.subscriptions.register_import.reading import faults, phones, read, table


@pytest.mark.parametrize("written", ["1950", "01/05/1950", "5/1950", "sinh 1950"])
def test_a_year_of_birth_is_found_in_a_date(written: str) -> None:
    reading = read(f"Họ tên;Năm sinh;SĐT\nAn;{written};0912000001\n")

    assert reading.entries[0].head.birth_year == 1950


@pytest.mark.parametrize("written", ["1899", "2027", "50", "không rõ", "19500"])
def test_an_impossible_year_is_a_fault_and_the_person_enters_without(
    written: str,
) -> None:
    reading = read(f"Họ tên;Năm sinh;SĐT\nAn;{written};0912000001\n")

    assert faults(reading) == [(2, "birth_year")]
    assert reading.faults[0].value == written
    assert reading.entries[0].head.birth_year is None


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("hưu trí", {Tag.PENSIONER}),
        ("Lương hưu; NCT", {Tag.PENSIONER, Tag.ELDERLY}),
        ("NCC, hộ nghèo", {Tag.MERITORIOUS, Tag.POOR}),
        ("Hộ cận nghèo", {Tag.NEAR_POOR}),
        ("BTXH và người cao tuổi", {Tag.SOCIAL_PROTECTION, Tag.ELDERLY}),
        ("Trẻ em dưới 6 tuổi", {Tag.CHILD_UNDER_6}),
    ],
)
def test_the_words_of_leaders_become_tags(written: str, tags: set[Tag]) -> None:
    reading = read(f"Họ tên\tĐối tượng\tSĐT\nAn\t{written}\t\n")

    assert reading.entries[0].head.tags == tags
    assert reading.remarks == ()


def test_an_unknown_tag_is_kept_in_the_note_and_mentioned() -> None:
    reading = read("Họ tên;Đối tượng;SĐT;Ghi chú\nAn;hưu trí, đảng viên;;đi xa\n")

    assert reading.entries[0].head.note == "đảng viên; đi xa"
    assert [(r.value, r.code) for r in reading.remarks] == [
        ("đảng viên", "unknown_tag")
    ]
    assert faults(reading) == []


@pytest.mark.parametrize("name", ["12", "0912000001", "—", "A" * 121])
def test_what_cannot_be_a_name_is_a_fault(name: str) -> None:
    reading = read(table([name, "0912000001"]))

    assert [fault.code for fault in reading.faults] == [
        "too_long" if len(name) > 120 else "not_a_name"
    ]
    assert reading.households == 0


def test_invisible_characters_and_loose_accents_are_tidied_in_names() -> None:
    reading = read(table(["\u200b Nguye\u0302\u0303n\u00a0 Văn\tAn\u0007 ", ""]))

    assert reading.entries[0].head.full_name == "Nguyễn Văn An"


@pytest.mark.parametrize("mark", ["\u2028", "\x0b", "\x85"])
def test_every_kind_of_line_break_in_a_name_is_a_fault(mark: str) -> None:
    assert faults(read(table([f"An{mark}Bình", "0912000001"]))) == [
        (2, "line_break_in_name")
    ]


def test_a_note_too_long_to_keep_is_a_fault_not_cut() -> None:
    reading = read(f"Họ tên;SĐT;Ghi chú\nAn;;{'x' * 400}\n")

    assert faults(reading) == [(2, "too_long")]
    assert len(reading.faults[0].value) == 80


def test_a_fault_offers_the_number_it_most_likely_is() -> None:
    (fault,) = read(table(["An", "O912345678"])).faults

    assert fault.suggestion == "0912345678"


@pytest.mark.parametrize("written", ["", "-", "—", " . "])
def test_a_cell_that_says_nothing_is_no_fault(written: str) -> None:
    reading = read(f"Họ tên;SĐT;Tổ\nAn;{written};5\n")

    assert faults(reading) == []
    assert reading.residents == 1


@pytest.mark.parametrize(
    "title",
    ["Lập ngày 01/5/2016", "Hà Nội, ngày 1 tháng 5 năm 2016", "Ngày 1-5-2016"],
)
def test_an_old_landline_in_an_old_list_is_asked_about(title: str) -> None:
    reading = read(f"{title}\nHọ tên;SĐT\nAn;0838291234\n")

    assert reading.list_date == dt.date(2016, 5, 1)
    assert faults(reading) == [(3, "ambiguous_old_landline")]


def test_the_given_date_counts_more_than_the_title() -> None:
    text = "Lập ngày 01/5/2016\nHọ tên;SĐT\nAn;0838291234\n"

    assert phones(read(text, list_date=dt.date(2026, 9, 1))) == ["0838291234"]


def test_an_undated_list_is_asked_for_its_date_only_if_it_matters() -> None:
    matters = read("Họ tên;SĐT\nAn;0838291234\nBình;0912000001\n")
    does_not = read("Họ tên;SĐT\nAn;0912000001\n")

    assert [(r.code, r.value) for r in matters.remarks] == [("list_date_needed", "1")]
    assert does_not.remarks == ()


def test_the_latest_day_of_a_title_is_the_lists() -> None:
    reading = read("Theo công văn ngày 01/5/2016, lập 5.9.2026\nHọ tên;SĐT\nAn;\n")

    assert reading.list_date == dt.date(2026, 9, 5)

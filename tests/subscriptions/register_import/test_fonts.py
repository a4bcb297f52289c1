"""Lists typed before Unicode: recognised by their columns, read anew, and shown."""

from collections.abc import Callable

import pytest

from subscriptions.register_import import Reading
from tests.builders.old_fonts import in_tcvn3, in_vni
from tests.builders.spreadsheets import a_csv, an_xls, an_xlsx
from tests.subscriptions.register_import.reading import faults, homes, phones, read

ROWS = [
    ["TT", "Họ và tên", "Quan hệ", "Địa chỉ", "Số điện thoại", "Ghi chú"],
    ["1", "Nguyễn Văn Tú", "Chủ hộ", "Số 5, ngõ 12 phố Hàng Bột", "0912000001", ""],
    ["", "Trần Thị Hường", "Vợ", "", "0912000002", "đi làm xa"],
    ["2", "Bế Tó", "Chủ hộ", "Số 7", "01236030999", ""],
]
HOMES = [["Nguyễn Văn Tú", "Trần Thị Hường"], ["Bế Tó"]]
PHONES = ["0912000001", "0912000002", "0836030999"]
Typed = Callable[[str], str]
FONTS = [
    pytest.param(in_tcvn3, "TCVN3 (ABC)", id="TCVN3"),
    pytest.param(in_vni, "VNI-Windows", id="VNI"),
]


def typed_rows(typed: Typed) -> list[list[str]]:
    return [[typed(cell) for cell in row] for row in ROWS]


def mended(reading: Reading) -> list[tuple[str, str, str]]:
    return [(repair.cell, repair.value, repair.became) for repair in reading.mended]


@pytest.mark.parametrize(("typed", "font"), FONTS)
@pytest.mark.parametrize("write", [an_xlsx, an_xls], ids=["xlsx", "xls"])
def test_a_workbook_of_an_old_font_gives_the_people_it_means(
    typed: Typed, font: str, write: Callable[[list[list[str]]], bytes]
) -> None:
    reading = read(write(typed_rows(typed)))

    assert homes(reading) == HOMES
    assert phones(reading) == PHONES
    assert faults(reading) == []
    assert reading.entries[0].address == "Số 5, ngõ 12 phố Hàng Bột"
    assert reading.entries[0].residents[1].relation == "Vợ"
    assert reading.entries[0].residents[1].note == "đi làm xa"
    assert ("B2", typed("Nguyễn Văn Tú"), "Nguyễn Văn Tú") in mended(reading)
    assert all(font in repair.help for repair in reading.mended)
    assert len(reading.repaired) == 1


@pytest.mark.parametrize(("typed", "font"), FONTS)
@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_a_text_file_of_an_old_font_gives_the_people_it_means(
    typed: Typed, font: str, encoding: str
) -> None:
    reading = read(a_csv(typed_rows(typed), separator=";").encode(encoding))

    assert homes(reading) == HOMES
    assert {repair.column for repair in reading.mended} >= {"Họ và tên", "Địa chỉ"}
    assert all(font in repair.help for repair in reading.mended)


@pytest.mark.parametrize(("typed", "font"), FONTS)
def test_headings_typed_anew_do_not_hide_the_font_below(
    typed: Typed, font: str
) -> None:
    reading = read(an_xlsx([ROWS[0], *typed_rows(typed)[1:]]))

    assert homes(reading) == HOMES
    assert font in reading.mended[0].help


def test_a_list_in_unicode_is_taken_as_it_is() -> None:
    reading = read(an_xlsx(ROWS))

    assert homes(reading) == HOMES
    assert reading.mended == ()
    assert reading.remarks == ()


def test_where_both_spellings_meet_only_what_is_sure_is_read_anew() -> None:
    old = [in_tcvn3("Nguyễn Văn Tú"), "Bé Tó", in_tcvn3("Trần Thị Hường")]
    new = ["Lê Quốc Dũng", "Hà Lý"]
    rows = [
        [place, name, f"091200000{place}"]
        for place, name in enumerate([*old, *new], start=1)
    ]
    reading = read(an_xlsx([["STT", "Họ tên", "SĐT"], *rows]))

    assert [home.head.full_name for home in reading.entries] == [
        "Nguyễn Văn Tú",
        "Bé Tó",
        "Trần Thị Hường",
        "Lê Quốc Dũng",
        "Hà Lý",
    ]
    assert [(r.row, r.code, r.value) for r in reading.remarks] == [
        (3, "two_fonts", "Bé Tó")
    ]
    assert "Bộ Tú" in reading.remarks[0].help

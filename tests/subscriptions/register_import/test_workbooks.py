"""Workbooks: all kinds that programs make, and all that only look like one."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from subscriptions.register_import import MAX_BYTES
from tests.builders.spreadsheets import (
    HEADINGS,
    PEOPLE,
    a_compound_file,
    a_zip,
    an_ods,
    an_xls,
    an_xlsx,
    saved,
)
from tests.subscriptions.register_import.reading import (
    faults,
    homes,
    phones,
    read,
    refusal_of,
)


@pytest.mark.parametrize("make", [an_xlsx, an_xls, an_ods])
def test_every_kind_of_workbook_gives_the_same_people(make: object) -> None:
    assert callable(make)
    reading = read(make([["Danh sách"], [""], HEADINGS, *PEOPLE]))

    assert homes(reading) == [["Nguyễn Văn An", "Lê Thị Bình"], ["Trần Văn Chí"]]
    assert phones(reading) == ["0912000001", "0912000002", "0912000003"]
    assert [home.row for home in reading.entries] == [4, 6]


def test_rows_and_letters_are_excels_when_the_list_does_not_begin_at_a1() -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    for column, heading in enumerate(["Họ tên", "SĐT"], start=3):
        page.cell(row=5, column=column, value=heading)
    page["C8"], page["D8"] = "An", "098858181"

    (fault,) = read(saved(book)).faults

    assert (fault.row, fault.cell, fault.column) == (8, "D8", "SĐT")


def test_numbers_and_days_of_excel_are_read_as_people_meant_them() -> None:
    reading = read(
        an_xlsx(
            [["Họ tên", "Ngày sinh", "SĐT"], ["An", dt.date(1950, 5, 1), 912000001]]
        )
    )

    assert reading.entries[0].head.birth_year == 1950
    assert phones(reading) == ["0912000001"]
    assert [repair.value for repair in reading.repaired] == ["912000001"]


def test_a_formula_without_a_result_is_a_fault_never_an_empty_cell() -> None:
    reading = read(
        an_xlsx(
            [
                ["Họ tên", "SĐT"],
                ["An", "=A1&B1"],
                ['=HYPERLINK("http://x","B")', "0912000002"],
            ]
        )
    )

    assert faults(reading) == [(2, "excel_error"), (3, "excel_error")]
    assert reading.faults[1].value.startswith("=HYPERLINK")
    assert homes(reading) == [["An"]]


def test_an_error_value_of_excel_is_a_fault() -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(an_xlsx([["Họ tên", "SĐT"], ["An", "#REF!"]]))
    )
    assert book.worksheets[0]["B2"].data_type == "e"

    (fault,) = read(saved(book)).faults

    assert (fault.cell, fault.value, fault.code) == ("B2", "#REF!", "excel_error")


@pytest.mark.parametrize("name", ["=1+1 An", "+An", "-An", "@An"])
def test_a_name_that_looks_like_a_formula_stays_the_text_it_is(name: str) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(["Họ tên", "SĐT"])
    page.append([None, "0912000001"])
    page["A2"].value = name
    page["A2"].data_type = "s"

    assert homes(read(saved(book))) == [[name]]


def test_two_people_in_one_cell_are_not_made_one() -> None:
    reading = read(an_xlsx([["Họ tên", "SĐT"], ["An\nBình", "0912000001"]]))

    assert faults(reading) == [(2, "line_break_in_name")]
    assert reading.households == 0


def test_the_first_sheet_that_is_a_list_is_read_and_the_others_are_named() -> None:
    book = openpyxl.load_workbook(io.BytesIO(an_xlsx([["Ghi chú chung"]], sheet="Bìa")))
    for name in ("Tổ 5", "Tổ 6"):
        page = book.create_sheet(name)
        page.append(["Họ tên", "SĐT"])
        page.append(["An", "0912000001"])
    reading = read(saved(book))

    assert reading.sheet == "Tổ 5"
    assert [(r.code, r.value) for r in reading.remarks] == [
        ("sheet_ignored", "Bìa"),
        ("sheet_ignored", "Tổ 6"),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (a_zip({"a.txt": "x"}), "not_a_workbook"),
        (a_zip({"word/document.xml": "<w/>"}), "not_a_workbook"),
        (a_zip({}), "not_a_workbook"),
        (a_zip({"xl/workbook.xml": "<workbook"}), "broken_workbook"),
        (an_xlsx([HEADINGS])[:-200], "broken_workbook"),
        (b"PK\x03\x04" + bytes(100), "broken_workbook"),
        (b"%PDF-1.7 \xe2\xe3", "not_a_workbook"),
        (b"\x89PNG\r\n\x1a\n\0", "not_a_workbook"),
        (b"\xff\xd8\xff\xe0\0", "not_a_workbook"),
        (b"{\\rtf1 }", "not_a_workbook"),
        (b"<html><table><tr><td>H", "web_page"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "web_page"),
        (a_compound_file("EncryptedPackage", b"\1" * 5_000), "password"),
        (an_xls([HEADINGS], with_password=True), "password"),
        (a_compound_file("WordDocument", b"\1" * 5_000), "broken_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3_000), "broken_workbook"),
        (an_xlsx([]), "empty_file"),
    ],
    ids=[
        "zip", "docx", "empty zip", "no sheets", "cut off", "zip head", "pdf", "png",
        "jpeg", "rtf", "html", "xml of 2003", "encrypted", "xls with password", "doc",
        "ole of zeros", "no cell",
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_refused_with_what_to_do(
    data: bytes, reason: str
) -> None:
    refusal = refusal_of(data)

    assert refusal.reason == reason
    assert refusal.help.endswith(".")


def test_a_file_of_40_megabytes_is_refused_unread() -> None:
    refusal = refusal_of(b"PK\x03\x04" + bytes(40_000_000))

    assert refusal.reason == "too_large"
    assert f"{MAX_BYTES // 1_000_000} MB" in refusal.help


def test_a_zip_that_unpacks_to_hundreds_of_megabytes_is_refused_unpacked() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            for _ in range(210):
                part.write(bytes(1_000_000))

    assert len(file.getvalue()) < MAX_BYTES
    assert refusal_of(file.getvalue()).reason == "too_large_inside"


def test_a_zip_that_lies_about_what_it_unpacks_to_costs_only_its_own_process() -> None:
    bomb = "<workbook><sheets><sheet>" + " " * 250_000_000
    data = bytearray(a_zip({"xl/workbook.xml": bomb, "xl/a": "x"}))
    honest = len(bomb).to_bytes(4, "little")
    assert data.count(honest) == 2
    data = bytearray(bytes(data).replace(honest, (1000).to_bytes(4, "little")))

    assert refusal_of(bytes(data)).reason in ("broken_workbook", "too_wide")


def test_two_cells_at_the_far_corners_of_a_sheet_are_refused() -> None:
    book = openpyxl.load_workbook(io.BytesIO(an_xlsx([HEADINGS, *PEOPLE])))
    book.worksheets[0]["XFD1048576"] = "x"

    assert refusal_of(saved(book)).reason == "too_wide"


def test_a_list_of_16384_columns_is_read_by_its_headings() -> None:
    book = openpyxl.load_workbook(io.BytesIO(an_xlsx([HEADINGS, *PEOPLE])))
    for column in range(7, 16_385):
        book.worksheets[0].cell(row=1, column=column, value="x")
    reading = read(saved(book))

    assert len(homes(reading)) == 2


def test_a_sheet_longer_than_any_list_is_refused_not_cut() -> None:
    book = openpyxl.load_workbook(io.BytesIO(an_xlsx([HEADINGS, *PEOPLE])))
    book.worksheets[0]["B50001"] = "Lê Văn Xa"

    assert refusal_of(saved(book)).reason == "too_many_rows"

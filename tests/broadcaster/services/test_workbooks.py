import io
from collections.abc import Iterable, Sequence
from typing import IO

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from broadcaster.services.statement_workbook import statement_workbook
from broadcaster.services.statements import statement
from broadcaster.services.workbooks import (
    LONGEST_TEXT,
    Cell,
    Column,
    Sheet,
    Style,
    workbook,
)
from broadcaster.store.session import Database
from tests.builders.ledger import (
    OCTOBER,
    a_paying_household,
    a_tariff,
    a_text,
    charge,
    in_month,
    pay,
)
from tests.builders.people import a_group, a_ward
from tests.builders.usage import BY_ZALO, a_price, a_template, a_way_out

DANGEROUS = [
    "=1+1",
    '=HYPERLINK("http://example.com")',
    "+84912345678",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "{=1+1}",
    "http://example.com",
]


def a_table(
    columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, sheet: str
) -> IO[bytes]:
    return workbook([Sheet(name=sheet, columns=columns, rows=rows)])


def sheets(file: IO[bytes]) -> dict[str, Worksheet]:
    with file:
        book = openpyxl.load_workbook(io.BytesIO(file.read()))
    return {name: book[name] for name in book.sheetnames}


def rows(sheet: Worksheet) -> list[tuple[object, ...]]:
    return [tuple(row) for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("name", DANGEROUS)
def test_no_name_is_ever_computed(name: str) -> None:
    file = a_table([Column(header="Họ tên")], [(name,)], sheet="Tổ 5")

    cell = sheets(file)["Tổ 5"]["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (name, "s", None)


def test_numbers_are_numbers_and_nothing_is_an_empty_cell() -> None:
    columns = [
        Column(header="Tổ"),
        Column(header="Số tin", style=Style.NUMBER),
        Column(header="Tiền", style=Style.VND),
    ]
    file = a_table(columns, [("Tổ 1", 12, None), ("Tổ 2", 0, 3000)], sheet="A")

    sheet = sheets(file)["A"]
    assert rows(sheet) == [
        ("Tổ", "Số tin", "Tiền"),
        ("Tổ 1", 12, None),
        ("Tổ 2", 0, 3000),
    ]
    assert sheet["C3"].number_format == '#,##0"đ"'


def test_a_text_longer_than_a_cell_is_cut_not_lost() -> None:
    file = a_table([Column(header="Tin")], [("a" * 40_000,)], sheet="A")

    assert sheets(file)["A"]["A2"].value == "a" * LONGEST_TEXT


def test_a_control_character_does_not_break_the_file() -> None:
    file = a_table([Column(header="Tên")], [("An\x00\x0bBình",)], sheet="A")

    assert str(sheets(file)["A"]["A2"].value).startswith("An")


def test_rows_are_taken_one_by_one() -> None:
    many = ((f"Tổ {number}", number) for number in range(5000))
    columns = [Column(header="Tổ"), Column(header="Số", style=Style.NUMBER)]

    assert len(rows(sheets(a_table(columns, many, sheet="A"))["A"])) == 5001


def test_a_statement_says_what_came_in_and_what_it_cost(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        home = a_paying_household(session, in_group=group, lines=2, head="=cmd|'/c'!A1")
        charge(session, ward, OCTOBER)
        pay(session, home, 4000, now=in_month(OCTOBER))
        a_tariff(session, 550)
        a_text(session, ward, day=OCTOBER, segments=2)
        a_price(session, 200, kind=BY_ZALO.kind)
        a_template(session, name="Lịch chi trả")
        a_way_out(session, ward, BY_ZALO)

        found = sheets(
            statement_workbook(session, statement(session, ward.id, OCTOBER))
        )

    assert list(found) == ["Tổng hợp", "Thu theo tổ", "Chi phí nhắn tin", "Phải thu"]
    summary = {label: (count, vnd) for label, count, vnd in rows(found["Tổng hợp"])}
    assert summary["Phường Hoa Sữa – tháng 10/2026"] == (None, None)
    assert summary["Phải thu trong kỳ"] == (2, 6000)
    assert summary["Đã thu trong kỳ"] == (None, 4000)
    assert summary["Chi phí nhắn tin trong kỳ"] == (2, 1300)
    assert summary["Còn lại sau chi phí"] == (None, 4700)
    assert rows(found["Thu theo tổ"])[1:] == [
        ("Tổ 5", 2, 0, 6000, 4000, 4000, 0, 0, 0, 4000),
        ("Cộng", 2, 0, 6000, 4000, 4000, 0, 0, 0, 4000),
    ]
    assert rows(found["Chi phí nhắn tin"])[1:] == [
        ("Viettel", "Zalo – mẫu 214 – Lịch chi trả", "zalo", 1, 1, 200),
        ("Viettel", "SMS chăm sóc khách hàng", "memory", 1, 2, 1100),
        ("Cộng", None, None, 2, 3, 1300),
    ]
    (due,) = rows(found["Phải thu"])[1:]
    assert due == ("Tổ 5", "=cmd|'/c'!A1", home.address, 2, 0, 6000, 4000, 2000, 0)
    assert found["Phải thu"]["B2"].data_type == "s"


def test_a_statement_of_no_groups_and_no_texts_is_a_workbook_too(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)

        found = sheets(
            statement_workbook(session, statement(session, ward.id, OCTOBER))
        )

    assert rows(found["Chi phí nhắn tin"])[1:] == [("Cộng", None, None, 0, 0, 0)]
    assert rows(found["Thu theo tổ"])[1][0] == "Cộng"

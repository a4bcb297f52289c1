"""The leader's list given back with its faults: as it came, marked, safe to open."""

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet
from werkzeug.test import TestResponse

from tests.broadcaster.web.leaders.conftest import Browser, Round, shown, words_of
from tests.broadcaster.web.leaders.test_import import confirm, upload
from tests.builders.old_fonts import in_tcvn3
from tests.builders.spreadsheets import a_csv

DATA = Path(__file__).parents[3] / "data"
WORKBOOK = DATA / "register_tdp12.xlsx"
FACTS: dict[str, Any] = json.loads((DATA / "register_tdp12.facts.json").read_text())
HEADINGS = ["Họ và tên", "Số điện thoại", "Ghi chú"]


def given_back(browser: Browser, preview: TestResponse) -> Worksheet:
    """Press "Tải tệp kèm cột lỗi" and open the workbook."""
    assert "Tải tệp kèm cột lỗi" in shown(preview)
    answer = browser.client.get(f"{preview.request.path}/faults.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    return book[book.sheetnames[0]]


def values(sheet: Worksheet) -> list[list[Any]]:
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def is_marked(cell: Cell) -> bool:
    return bool(cell.fill.fill_type)


def test_every_row_keeps_its_place_and_every_fault_stands_beside_its_row(
    browser_of_leader: Browser, rounds: Round
) -> None:
    preview = upload(browser_of_leader, rounds, WORKBOOK.read_bytes())
    sheet = given_back(browser_of_leader, preview)
    source = openpyxl.load_workbook(WORKBOOK).worksheets[0]
    (added,) = [
        cell.column for row in sheet.iter_rows() for cell in row if cell.value == "Dòng"
    ]
    texts = {
        cell.coordinate: cell.value
        for row in source.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and not cell.value.startswith("=")
    }
    assert {place: sheet[place].value for place in texts} == texts
    for fault in FACTS["faults"]:
        row = fault["row"]
        number, wrong, help_ = (sheet.cell(row, added + k).value for k in range(3))
        assert number == row
        assert fault["value"] in str(wrong)
        assert help_
        assert is_marked(sheet[f"F{row}"])
        assert not is_marked(sheet[f"B{row}"])


def test_what_was_put_right_in_it_can_be_sent_again(
    browser_of_leader: Browser, rounds: Round
) -> None:
    content = a_csv([HEADINGS, ["Lê Văn Bảy", "09123", ""], ["Bà Ba", "0912000002"]])
    preview = upload(browser_of_leader, rounds, content.encode(), "a.csv")
    sheet = given_back(browser_of_leader, preview)
    assert values(sheet)[0][3:] == ["Dòng", "Lỗi", "Cần làm gì"]
    sheet["B2"] = "0912000001"
    mended = io.BytesIO()
    assert sheet.parent is not None
    sheet.parent.save(mended)
    page = words_of(upload(browser_of_leader, rounds, mended.getvalue()))
    assert "2 số đúng" in page
    assert "0 cần ông/bà xem" in page
    assert "Ghi chú:" not in page


@pytest.mark.parametrize("text", ["=1+1", "+84 x", "-2+3", "@SUM(A1)"])
def test_a_text_like_a_formula_stays_a_text(
    browser_of_leader: Browser, rounds: Round, text: str
) -> None:
    content = a_csv([HEADINGS, ["Lê Văn Bảy", text, text]])
    preview = upload(browser_of_leader, rounds, content.encode(), "a.csv")
    sheet = given_back(browser_of_leader, preview)
    assert values(sheet)[1][1:3] == [text, text]
    assert [sheet[name].data_type for name in ("B2", "C2", "E2")] == ["s"] * 3


def test_a_list_in_an_old_font_comes_back_readable(
    browser_of_leader: Browser, rounds: Round
) -> None:
    typed = in_tcvn3("Họ và tên;Số điện thoại\nNguyễn Văn Tú;09123\n")
    preview = upload(browser_of_leader, rounds, typed.encode(), "a.csv")
    sheet = given_back(browser_of_leader, preview)
    assert values(sheet)[1][:4] == [
        "Nguyễn Văn Tú",
        "09123",
        2,
        "Số điện thoại: 09123",
    ]


def test_a_list_without_faults_is_not_given_back(
    browser_of_leader: Browser, rounds: Round
) -> None:
    content = a_csv([HEADINGS, ["Lê Văn Bảy", "0912000001", ""]])
    preview = upload(browser_of_leader, rounds, content.encode(), "a.csv")
    assert "Tải tệp kèm cột lỗi" not in shown(preview)


def test_once_the_list_is_in_its_file_is_gone(
    browser_of_leader: Browser, rounds: Round
) -> None:
    content = a_csv([HEADINGS, ["Lê Văn Bảy", "09123", ""]])
    preview = upload(browser_of_leader, rounds, content.encode(), "a.csv")
    confirm(browser_of_leader, preview, "none")
    answer = browser_of_leader.client.get(f"{preview.request.path}/faults.xlsx")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/done")

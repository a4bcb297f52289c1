"""What is printed is what the books hold, in letters that people can read."""

import io
import re

import pytest
from pypdf import PdfReader

from broadcaster.services.collecting_paper import collecting_paper
from broadcaster.services.paper import MARGIN, TICK, Paper
from broadcaster.services.statement_paper import statement_paper
from broadcaster.services.statement_sheets import statement_sheets
from broadcaster.services.statements import statement
from broadcaster.services.workbooks import Column, Style
from broadcaster.store.session import Database
from tests.builders.ledger import (
    OCTOBER,
    a_paying_household,
    a_tariff,
    a_text,
    an_exemption,
    charge,
    in_month,
    pay,
)
from tests.builders.people import a_group, a_ward

PANGRAM = "Đỗ Thị Ựa, Nguyễn Vĩnh Quỳ, Lữ Hoàng Ổn, Ksor H'Bữm, 1.842đ – 3.000₫"
MM = 72 / 25.4


def read(paper: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(paper))


def words_of(paper: bytes) -> str:
    """Return what stands on all pages, single-spaced."""
    return " ".join(" ".join(page.extract_text().split()) for page in read(paper).pages)


def boxes(paper: bytes) -> int:
    """Count the empty boxes to tick: squares, where cells are wider than high."""
    contents = [page.get_contents() for page in read(paper).pages]
    drawn = b"".join(each.get_data() for each in contents if each is not None)
    sizes = re.findall(rb"[\d.]+ [\d.]+ ([\d.]+) -?([\d.]+) re", drawn)
    return sum(float(width) == float(height) for width, height in sizes)


def a_long_table(rows: int) -> bytes:
    paper = Paper("Danh sách")
    columns = [Column(header="Chủ hộ"), Column(header="Số tiền", style=Style.VND)]
    paper.ruled_table(
        columns, ((f"Hộ {n}", n * 1000) for n in range(rows)), total=("Cộng", 42)
    )
    return paper.finished()


def test_every_vietnamese_letter_is_printed() -> None:
    paper = Paper("Thử")
    paper.paragraph(PANGRAM)
    assert words_of(paper.finished()) == f"{PANGRAM} Trang 1/1"


def test_letters_that_came_apart_are_put_together() -> None:
    assert Paper("Thử").printable("Tu\u031b\u0300  cho\u0302\u0301i\n") == "Từ chối"


def test_a_letter_that_the_font_lacks_is_seen_to_be_missing() -> None:
    assert Paper("Thử").printable("An \U0001f600 王") == "An ? ?"


def test_the_fonts_travel_in_the_file() -> None:
    paper = a_long_table(1)
    assert len(re.findall(rb"/FontFile2 \d+ 0 R", paper)) == 2
    assert len(re.findall(rb"/Type /Font\b", paper)) == 4


def test_a_long_table_says_its_header_and_its_number_on_every_page() -> None:
    pages = [" ".join(p.extract_text().split()) for p in read(a_long_table(120)).pages]
    assert len(pages) == 3
    for number, page in enumerate(pages, start=1):
        assert page.startswith("Chủ hộ Số tiền")
        assert page.endswith(f"Trang {number}/3")
    words = " ".join(pages)
    assert all(f"Hộ {n} " in words for n in range(120))
    assert "119.000 Cộng 42" in words


def test_a_long_text_goes_on_in_its_cell_and_loses_no_word() -> None:
    address = "Số 12 ngách 34 ngõ 567 đường Nguyễn Trãi, tập thể Cao su Sao Vàng nhà B2"
    paper = Paper("Thử")
    columns = [Column(header="Số nhà"), Column(header="Thu"), Column(header="Ghi")]
    paper.ruled_table(columns, [(address, TICK, None)])
    words = words_of(paper.finished())
    assert all(word in words for word in address.split())
    assert TICK not in words


@pytest.mark.parametrize("size", ["A4", "A5"])
def test_a_table_stays_within_the_margins(size: str) -> None:
    paper = Paper("Thử", size="A4" if size == "A4" else "A5")
    assert paper.epw == pytest.approx(210 - 2 * MARGIN)
    box = read(paper.finished()).pages[0].mediabox
    assert float(box.width) == pytest.approx(210 * MM, abs=0.1)


def test_the_printed_statement_has_every_figure_of_the_workbook(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        home = a_paying_household(session, in_group=group, lines=2)
        charge(session, ward, OCTOBER)
        pay(session, home, 4000, now=in_month(OCTOBER))
        a_tariff(session, 550)
        a_text(session, ward, day=OCTOBER, segments=2)
        found = statement(session, ward.id, OCTOBER)
    words = words_of(statement_paper(found))
    assert "Phường Hoa Sữa – tháng 10/2026" in words
    assert "Chưa khóa kỳ" in words
    assert "Phải thu trong kỳ 2 6.000" in words
    assert "Chi phí nhắn tin trong kỳ 1 1.100" in words
    assert "Còn lại sau chi phí 4.900" in words
    assert "Tổ 5 2 0 6.000 4.000 4.000 0 0 0 4.000" in words
    assert "Viettel SMS chăm sóc khách hàng memory 1 2 1.100" in words
    labels = [str(row[0]) for row in statement_sheets(found)[0].rows]
    assert [label for label in labels if label not in words] == []
    assert "Người lập biểu Kế toán Thủ trưởng đơn vị" in words


def test_a_month_without_anything_is_printed_too(database: Database) -> None:
    with database.writing() as session:
        found = statement(session, a_ward(session).id, OCTOBER)
    assert "Cộng" in words_of(statement_paper(found))


def test_a_collecting_list_has_every_home_in_vietnamese_order(
    database: Database,
) -> None:
    heads = ["Lê Văn Dũng", "Đỗ Thị Ựa", "Trần Văn Đức", "Ngô Bảo An", "Vũ Thị Ánh"]
    with database.writing() as session:
        ward = a_ward(session)
        group, other = a_group(session, ward, number=12), a_group(session, ward)
        for head in heads:
            a_paying_household(session, in_group=group, head=head, lines=2)
        a_paying_household(session, in_group=other, head="Người Tổ Khác")
        charge(session, ward, OCTOBER)
        words = words_of(
            collecting_paper(session, group, OCTOBER, now=in_month(OCTOBER))
        )
    in_order = ["Ngô Bảo An", "Vũ Thị Ánh", "Lê Văn Dũng", "Trần Văn Đức", "Đỗ Thị Ựa"]
    found = sorted(heads, key=words.index)
    assert found == in_order
    assert "Người Tổ Khác" not in words
    assert "Tổ 12 – Phường Hoa Sữa – tháng 10/2026" in words
    assert "Số liệu lúc 09:00" in words
    assert "Cộng 5 hộ 5 hộ chưa trả 10 0 30.000 30.000" in words


def test_a_home_that_owes_has_a_box_and_the_others_say_why_not(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        spared, settled, _ = (
            a_paying_household(session, in_group=group, head=head, since=OCTOBER)
            for head in ("Bùi Văn Anh", "Bùi Văn Bình", "Bùi Văn Cường")
        )
        an_exemption(session, spared)
        charge(session, ward, OCTOBER)
        pay(session, settled, 3000, now=in_month(OCTOBER))
        paper = collecting_paper(session, group, OCTOBER, now=in_month(OCTOBER))
    words = words_of(paper)
    assert "1 0 0 0 miễn" in words
    assert "1 0 0 0 đã trả" in words
    assert "1 0 3.000 3.000 Cộng 3 hộ 1 hộ chưa trả 3 0 3.000 3.000" in words
    assert boxes(paper) == 1

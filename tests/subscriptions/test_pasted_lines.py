"""What neighbours write in a chat is read into names, doors and phones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.pasted_lines import PastedLine, read_pasted
from subscriptions.phones import read_phone


def only(text: str) -> PastedLine:
    (line,) = read_pasted(text)
    return line


@pytest.mark.parametrize(
    ("text", "name", "address", "phones"),
    [
        ("Anh Tú 0912345678", "Tú", "", ["0912345678"]),
        ("P1204 - cô Lan: 01236030999", "Lan", "P1204", ["01236030999"]),
        ("cô Lan P1204 0912345678", "Lan", "P1204", ["0912345678"]),
        ("1204 Lan 0912 345 678", "Lan", "1204", ["0912 345 678"]),
        ("A1-1204 Đỗ Thị Ựa: 0912.345.678", "Đỗ Thị Ựa", "A1-1204", ["0912.345.678"]),
        ("A1 · 1204, Đỗ Thị Ựa, 0912345678", "Đỗ Thị Ựa", "A1 · 1204", ["0912345678"]),
        ("0912345678 Lê Văn Bảy", "Lê Văn Bảy", "", ["0912345678"]),
        ("nguyễn văn tú - 0912-345-678", "Nguyễn Văn Tú", "", ["0912-345-678"]),
        ("12. Chị Hoa, phòng 305, ĐT: 0912345678", "Hoa", "phòng 305", ["0912345678"]),
        (
            "Số 69 ngách 12/4 Nguyễn Tuân, bà Lan 0912345678",
            "Lan",
            "Số 69 ngách 12/4 Nguyễn Tuân",
            ["0912345678"],
        ),
        (
            "nhà số 5 ngõ 12: chị Hoa 0912345678",
            "Hoa",
            "nhà số 5 ngõ 12",
            ["0912345678"],
        ),
        ("[21:05, 12/10/2026] Tú 0912345678", "Tú", "", ["0912345678"]),
        ("Chu Văn An sđt0912345678", "Chu Văn An", "", ["0912345678"]),
        ("Tú0912345678", "Tú", "", ["0912345678"]),
        ("Tú +84 912 345 678", "Tú", "", ["+84 912 345 678"]),
        ("Tú +84 (0) 912 345 678", "Tú", "", ["+84 (0) 912 345 678"]),
        ("Tú 84 912 345 678 zalo", "Tú", "", ["84 912 345 678"]),
        ("Tú O912345678", "Tú", "", ["O912345678"]),
        ("Tú 912345678", "Tú", "", ["912345678"]),
        ("Tú (024) 3657 7024", "Tú", "", ["(024) 3657 7024"]),
        ("P1204\tLan\t0912345678", "Lan", "P1204", ["0912345678"]),
    ],
)
def test_a_line_gives_who_where_and_how_to_reach_them(
    text: str, name: str, address: str, phones: list[str]
) -> None:
    line = only(text)
    assert (line.full_name, line.address) == (name, address)
    assert list(line.phones) == phones


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("Tú 0912345678/0987654321", ["0912345678", "0987654321"]),
        ("Tú 0912345678 0987654321", ["0912345678", "0987654321"]),
        ("Tú 0912 345 678 0987 654 321", ["0912 345 678", "0987 654 321"]),
        ("0912.345.678 (bố), 01236 030 999 (mẹ)", ["0912.345.678", "01236 030 999"]),
        ("Tú 0912 345 678 2 người", ["0912 345 678"]),
        ("Tú 0912 345 6789", ["0912 345 6789"]),
        ("Tú sinh 02.09.1960, 0912345678", ["0912345678"]),
        ("Tú 1960 0912345678", ["0912345678"]),
        ("Nhà 02 báo cháy 15 phút", []),
    ],
)
def test_each_number_of_a_line_is_found_and_nothing_else_is(
    text: str, phones: list[str]
) -> None:
    assert list(only(text).phones) == phones


def test_what_is_no_name_door_or_number_is_kept_as_a_note() -> None:
    line = only("P1204 Lan 0912345678 (bố), 0987654321 con gái, sinh 1960")
    assert (line.full_name, line.address) == ("Lan", "P1204")
    assert line.note == "con gái; sinh 1960; bố"


def test_a_year_of_birth_is_no_door() -> None:
    assert only("Nguyễn Văn Tú 1960 0912345678").address == ""


def test_a_number_on_a_line_of_its_own_belongs_to_the_name_above() -> None:
    line = only("Cô Lan P1204\n0912345678")
    assert (line.full_name, line.address) == ("Lan", "P1204")
    assert line.phones == ("0912345678",)
    assert line.text == "Cô Lan P1204 0912345678"


def test_two_numbers_without_a_name_are_two_lines() -> None:
    lines = read_pasted("0912345678\n0987654321")
    assert [line.phones for line in lines] == [("0912345678",), ("0987654321",)]


def test_empty_lines_are_skipped_and_rows_keep_their_place() -> None:
    lines = read_pasted("\n--\nTú 0912345678\r\n\r\nChào cả nhà\n")
    assert [(line.row, line.text) for line in lines] == [
        (3, "Tú 0912345678"),
        (5, "Chào cả nhà"),
    ]


def test_decomposed_letters_and_odd_spaces_are_read_as_any() -> None:
    line = only("Tu\u0301\u00a00912\u00a0345\u00a0678\u200b")
    assert (line.full_name, line.phones) == ("Tú", ("0912 345 678",))


def test_a_line_shows_nobody_in_a_log() -> None:
    assert repr(only("P1204 Tú 0912345678 con gái")) == "PastedLine(row=1)"


@given(
    name=st.sampled_from(["Anh Tú", "Đỗ Thị Ựa", "Lê Văn Bảy"]),
    digits=st.integers(min_value=900_000_000, max_value=989_999_999),
    shape=st.sampled_from(["{0}{1}{2}", "{0} {1} {2}", "{0}.{1}.{2}", "{0}-{1}-{2}"]),
    before=st.sampled_from(["P1204 - {}: {}", "{} {}", "{}, ĐT {}", "3) {} - {}"]),
)
def test_a_mobile_is_found_however_it_is_spaced(
    name: str, digits: int, shape: str, before: str
) -> None:
    typed = f"0{digits}"
    spaced = shape.format(typed[:4], typed[4:7], typed[7:])
    line = only(before.format(name, spaced))
    assert [read_phone(phone).input for phone in line.phones] == [spaced]
    assert name.endswith(line.full_name)


@given(st.text(max_size=200))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    for line in read_pasted(text):
        assert line.row >= 1
        assert all(any(c.isdigit() for c in phone) for phone in line.phones)

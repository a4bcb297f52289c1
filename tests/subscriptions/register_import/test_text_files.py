"""Text files: encodings, separators, line ends and quotes as programs leave them."""

import codecs

import pytest

from tests.builders.spreadsheets import HEADINGS, PEOPLE, a_csv
from tests.subscriptions.register_import.reading import (
    faults,
    homes,
    phones,
    read,
    refusal_of,
    table,
)

HOMES = [["Nguyễn Văn An", "Lê Thị Bình"], ["Trần Văn Chí"]]
PHONES = ["0912000001", "0912000002", "0912000003"]
TEXT = a_csv([HEADINGS, *PEOPLE])


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8 mark", "utf-16 le mark", "utf-16 be mark", "le", "be"],
)
def test_every_unicode_encoding_gives_the_same_people(data: bytes) -> None:
    reading = read(data)

    assert homes(reading) == HOMES
    assert phones(reading) == PHONES


def test_the_vietnamese_code_page_of_windows_gives_composed_letters() -> None:
    # as Excel of a Vietnamese Windows saves: letters and marks apart
    written = "Họ và tên;SĐT\r\nTrần Thị Hậu;0912000001\r\n"
    marks = {"ọ": "o\u0323", "ầ": "â\u0300", "ị": "i\u0323", "ậ": "â\u0323"}
    for letter, parts in marks.items():
        written = written.replace(letter, parts)

    assert homes(read(written.encode("cp1258"))) == [["Trần Thị Hậu"]]


def test_a_file_saved_by_a_western_windows_is_read_if_no_letter_was_lost() -> None:
    reading = read("Ho ten;SDT;Ghi chu\nMai Van A;0912000001;café Þ".encode("cp1252"))

    assert homes(reading) == [["Mai Van A"]]


def test_letters_that_a_save_as_ansi_lost_are_told_for_the_whole_file() -> None:
    refusal = refusal_of("H? và tên,S? ?i?n tho?i\nNguy?n V?n H?ng,0912000001\n")

    assert refusal.reason == "lost_letters_file"


def test_a_name_that_lost_letters_never_enters() -> None:
    assert faults(read(table(["Nguy?n V?n An", "0912000001"]))) == [(2, "lost_letters")]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"], ids=["crlf", "lf", "cr"])
def test_every_separator_and_line_end_gives_the_same_people(
    separator: str, line_end: str
) -> None:
    reading = read(a_csv([HEADINGS, *PEOPLE], separator=separator, line_end=line_end))

    assert homes(reading) == HOMES
    assert [home.row for home in reading.entries] == [2, 4]


def test_the_separator_is_not_the_commonest_sign_but_the_one_that_fits() -> None:
    reading = read("Họ tên;SĐT;Địa chỉ\nAn;0912000001;Số 1, ngõ 2, phố 3, tổ 4\n")

    assert reading.entries[0].address == "Số 1, ngõ 2, phố 3, tổ 4"


def test_excels_own_hint_of_the_separator_counts_as_a_line() -> None:
    reading = read("sep=;\nHọ tên;SĐT\nAn;098858181\n")

    assert faults(reading) == [(3, "too_short")]


def test_a_quoted_cell_may_hold_the_separator() -> None:
    reading = read('Họ tên,SĐT,Địa chỉ\nAn,0912000001,"Số 1, ngõ ""2"""\n')

    assert reading.entries[0].address == 'Số 1, ngõ "2"'


def test_headings_may_be_broken_over_lines_and_rows_keep_the_files_numbers() -> None:
    reading = read('STT,"Họ và\ntên","Số\nđiện thoại"\n1,An,098858181\n')

    assert faults(reading) == [(4, "too_short")]


@pytest.mark.parametrize(
    "lines",
    [
        ['1,"Nguyễn Văn An,Chủ hộ,0912000001', '2,"Lê Văn Bé",Chủ hộ,0912000002'],
        ['1,"Nguyễn Văn An', '2,Lê Văn Bé",Chủ hộ,0912000002'],
        ['1,Nguyễn Văn An,"Chủ hộ,0912000001', '2,Lê Văn Bé,Chủ hộ",0912000002'],
        ['1,"Nguyễn "Tèo" An",Chủ hộ,0912000001', '2,"Lê Bé",Chủ hộ,"0912000002'],
    ],
)
def test_an_unclosed_quote_is_a_fault_of_its_line_and_never_joins_two_people(
    lines: list[str],
) -> None:
    text = "\n".join(
        ["STT,Họ tên,Quan hệ,SĐT", *lines, "3,Vũ Thị Cúc,Chủ hộ,0912000003"]
    )
    reading = read(text)

    assert (2, "broken_quotes") in faults(reading)
    assert all("An" not in name for home in homes(reading) for name in home)
    assert homes(reading)[-1] == ["Vũ Thị Cúc"]


def test_the_members_after_an_unreadable_head_join_nobody_else() -> None:
    reading = read(
        "STT,Họ tên,Quan hệ,SĐT\n"
        "1,An,Chủ hộ,0912000001\n"
        '2,"Bình,Chủ hộ,0912000002\n'
        ",Vợ của Bình,Vợ,0912000003\n"
        "3,Chí,Chủ hộ,0912000004\n"
    )

    assert homes(reading) == [["An"], ["Chí"]]
    assert faults(reading) == [(3, "broken_quotes"), (4, "household_left_out")]
    assert "dòng 3" in reading.faults[1].help


def test_a_line_with_more_cells_than_headings_is_a_fault_not_a_shift() -> None:
    reading = read("Họ tên,Địa chỉ,SĐT\nAn,Số 1, ngõ 2,0912000001\n")

    assert faults(reading) == [(2, "too_many_cells")]
    assert reading.households == 0


def test_a_null_byte_is_told_with_its_line() -> None:
    refusal = refusal_of("Họ tên,SĐT\nA\0n,0912000001\n")

    assert refusal.reason == "nul_bytes"
    assert "Dòng 2" in refusal.help


@pytest.mark.parametrize(
    "data",
    [b"", b" \r\n\t\n", codecs.BOM_UTF8, codecs.BOM_UTF16_LE + b"\n\0"],
    ids=["no byte", "blanks", "only a mark", "only a mark in UTF-16"],
)
def test_a_file_with_nothing_in_it_is_called_empty(data: bytes) -> None:
    assert refusal_of(data).reason == "empty_file"


def test_half_a_utf16_file_is_refused() -> None:
    assert (
        refusal_of(codecs.BOM_UTF16_LE + b"\x00\xd8\x41").reason == "unknown_encoding"
    )


def test_a_list_longer_than_any_group_is_refused_before_it_is_read() -> None:
    assert refusal_of("Họ tên,SĐT\n" + "An,\n" * 50_001).reason == "too_many_rows"

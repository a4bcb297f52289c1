"""Whatever a text file holds, reading ends in people or in a clear refusal."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from subscriptions.errors import RegisterError
from subscriptions.register_import import Reading, read_register

TODAY = dt.date(2026, 10, 5)
NAMES = ["Nguyễn Văn An", "Lê Thị Bình", "Trần Văn Chí", "Phạm Thị Dung"]
CELLS = ["0912000001", "Chủ hộ", "Vợ", "1", "1950", "không có", "Số 1, ngõ 2", "=", ""]
MARKS = ['"', '""', ",", ";", "\t", "\n", "\r", "\r\n", "\x0b", "\u2028", " "]
WORDS = ["STT", "Họ và tên", "SĐT", "Tổng cộng:", "ngày 05/9/2026"]
LINE_BREAKS = "\n\r\v\f\x85\u2028\u2029"


def _read(data: bytes) -> Reading | None:
    try:
        return read_register(data, today=TODAY)
    except RegisterError:
        return None


def _check(reading: Reading) -> None:
    for home in reading.entries:
        for person in home.residents:
            assert not set(LINE_BREAKS) & set(person.full_name)
            assert sum(name in person.full_name for name in NAMES) <= 1


@given(st.lists(st.sampled_from([*NAMES, *CELLS, *MARKS, *WORDS]), max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_text_under_headings_puts_a_line_break_into_a_name(parts: list[str]) -> None:
    reading = _read(f"STT,Họ tên,Quan hệ,Năm sinh,SĐT\n{''.join(parts)}".encode())

    for home in reading.entries if reading else ():
        for person in home.residents:
            assert not set(LINE_BREAKS) & set(person.full_name)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(NAMES),
            st.sampled_from(["", '"', '""', 'x"', '"x']),
            st.sampled_from(["", '"', '""', 'x"', '"x', ' "']),
        ),
        max_size=8,
    ),
    st.sampled_from(["\n", "\r", "\r\n"]),
)
@settings(max_examples=300, deadline=None)
def test_no_quotes_make_one_person_of_two(
    people: list[tuple[str, str, str]], line_end: str
) -> None:
    lines = ["Họ tên,SĐT,Ghi chú"]
    lines += [f"{before}{name}{after},," for name, before, after in people]
    reading = _read(line_end.join(lines).encode())

    if reading:
        _check(reading)
        entered = {home.row: home.head.full_name for home in reading.entries}
        assert all(people[row - 2][0] in name for row, name in entered.items())


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_bytes_end_in_anything_but_a_reading_or_a_refusal(data: bytes) -> None:
    reading = _read(data)

    assert reading is None or reading.residents >= reading.households


@given(st.text(max_size=200), st.sampled_from(["utf-8", "utf-16", "utf-16-le"]))
@settings(max_examples=300, deadline=None)
def test_no_text_in_any_encoding_crashes_the_reader(text: str, encoding: str) -> None:
    data = f"Họ tên;SĐT\n{text}".encode(encoding, "surrogatepass")
    reading = _read(data)

    if reading:
        _check(reading)

"""Each fault of a cell has a code, and its one likely repair is offered."""

import datetime as dt

import pytest

from subscriptions.phones import PhoneCode, read_phone

BEFORE_THE_CHANGES = dt.date(2016, 5, 1)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("0569380927/0940931856", "two_numbers"),
        ("0569380927 hoặc 0940931856", "two_numbers"),
        ("0569380927 0940931856", "two_numbers"),
        ("0569380927 (bố), 0940931856 (mẹ)", "two_numbers"),
        ("04.36575205; 0912345678", "two_numbers"),
        ("O387852339", "letter_in_number"),
        ("09x2345678", "letter_in_number"),
        ("không có", "not_a_number"),
        ("nhà số 5", "not_a_number"),
        ("#N/A", "not_a_number"),
        ("098858181", "too_short"),
        ("36577024", "too_short"),
        ("0243657702", "too_short"),
        ("09123456789", "too_long"),
        ("079201001234", "too_long"),
        ("04.36575205", "landline"),
        ("436575205", "landline"),
        ("02403829123", "landline"),
        ("0900891246 (con gái)", "note_in_cell"),
        ("ĐT: 0912.345.678", "note_in_cell"),
        ("9.12345678E8", "scientific"),
        ("0511382912", "unknown_prefix"),
        ("01111234567", "too_long"),
        ("0992123456", "vsat"),
        ("+66812345678", "foreign"),
        ("0066812345678", "foreign"),
        ("12", "too_short"),
        ("-", "empty"),
        ("\u200b", "empty"),
    ],
)
def test_a_fault_has_its_own_code(typed: str, code: str) -> None:
    reading = read_phone(typed)

    assert reading.code == code
    assert not reading.sms


@pytest.mark.parametrize(
    ("typed", "suggestion", "says"),
    [
        ("O912345678", "0912345678", "Có chữ O thay số 0: có phải 0912345678?"),
        ("09l2345678", "0912345678", "Có chữ l thay số 1: có phải 0912345678?"),
        ("O9l2345678", "0912345678", "Có chữ O, l thay chữ số: có phải 0912345678?"),
        ("О912345678", "0912345678", "Có chữ О thay số 0: có phải 0912345678?"),
        (
            "0912 345 678 (con gái)",
            "0912345678",
            "Có ghi chú lẫn với số: có phải 0912345678? Ghi chú chuyển sang cột khác.",
        ),
        (
            "9.12345678E8",
            "0912345678",
            "Excel đã đổi số thành 9.12345678E8: có phải 0912345678?",
        ),
        (
            "9.12E8",
            None,
            "Excel đã đổi số thành 9.12E8. Đặt cột dạng Văn bản rồi nhập lại số.",
        ),
        (
            "O91234567",
            None,
            "Có chữ lẫn trong số. Hỏi lại rồi nhập đủ 10 chữ số.",
        ),
        (
            "0912345678/0987654321",
            None,
            "Có hai số trong một ô. Mỗi ô chỉ để một số; số kia ghi sang dòng khác.",
        ),
    ],
)
def test_a_faulty_cell_offers_the_one_repair_that_is_likely(
    typed: str, suggestion: str | None, says: str
) -> None:
    reading = read_phone(typed)

    assert (reading.suggestion, reading.help) == (suggestion, says)
    assert reading.number is None


def test_an_old_list_suggests_no_number_that_would_itself_be_asked_about() -> None:
    assert read_phone("O836030999", list_date=BEFORE_THE_CHANGES).suggestion is None


@pytest.mark.parametrize(
    ("raw", "shown", "repaired"),
    [
        (912345678, "912345678", True),
        (912345678.0, "912345678", True),
        (84912345678, "84912345678", False),
        (1236030999, "1236030999", True),
        ("\u00a00912\u00a0345\u00a0678 ", "\u00a00912\u00a0345\u00a0678 ", False),
        ("\u202a+84 912 345 678\u202c", "\u202a+84 912 345 678\u202c", False),
        ("0912–345–678", "0912–345–678", False),
        ("’0912345678", "’0912345678", True),
        ("0912345678.0", "0912345678.0", True),
    ],
)
def test_what_excel_and_the_web_leave_in_a_cell_is_read(
    raw: object, shown: str, *, repaired: bool
) -> None:
    reading = read_phone(raw)

    assert reading.sms
    assert (reading.input, reading.repaired) == (shown, repaired)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "empty"),
        (float("nan"), "empty"),
        (float("inf"), "not_a_number"),
        (True, "not_a_number"),
        (dt.datetime(1990, 10, 5, tzinfo=dt.UTC), "two_numbers"),
        ("0912\x00345678", "letter_in_number"),
        ("0" * 40_000, "two_numbers"),
    ],
)
def test_a_value_of_any_other_sort_is_refused(raw: object, code: str) -> None:
    assert read_phone(raw).code == code


@pytest.mark.parametrize("typed", ["0912345678", "+84 (0) 912 345 678", "091.234.5678"])
def test_spacing_and_the_form_of_the_country_code_are_no_repair(typed: str) -> None:
    reading = read_phone(typed)

    assert (reading.code, reading.repaired) == (PhoneCode.OK, False)


@pytest.mark.parametrize("typed", ["912345678", "'0912345678", "０９１２３４５６７８"])
def test_a_repair_is_told(typed: str) -> None:
    reading = read_phone(typed)

    assert (reading.code, reading.repaired) == (PhoneCode.REPAIRED, True)
    assert "0912 345 678" in reading.help

"""Every number that a list may hold, and what may be texted."""

import csv
import datetime as dt
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.errors import NotAPhoneNumberError
from subscriptions.phones import (
    PhoneCode,
    PhoneKind,
    PhoneNumber,
    carrier_of,
    phone_from_e164,
    read_phone,
)

DATA = Path(__file__).parents[1] / "data"
BEFORE_THE_CHANGES = dt.date(2016, 5, 1)


def _vectors() -> list[dict[str, str]]:
    text = (DATA / "phone_vectors.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


VECTORS = _vectors()
every_vector = pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["input"])


def test_all_the_vectors_are_here() -> None:
    assert len(VECTORS) == 58


@every_vector
def test_a_vector_is_read_as_it_should_be(row: dict[str, str]) -> None:
    reading = read_phone(row["input"])

    assert reading.e164 == (row["expected_e164"] or None)
    assert reading.kind == row["expected_kind"]
    assert reading.sms is (row["sms_ok"] == "yes")
    assert reading.input == row["input"]
    assert reading.help.endswith((".", "?"))


@every_vector
def test_the_second_opinion_differs_where_it_is_known_to(row: dict[str, str]) -> None:
    reading = read_phone(row["input"])

    differs = reading.second_opinion is not reading.sms

    assert differs is (row["differs_from_phonenumbers"] == "DIFFERS")


@every_vector
def test_an_old_list_asks_exactly_where_a_landline_now_looks_mobile(
    row: dict[str, str],
) -> None:
    reading = read_phone(row["input"], list_date=BEFORE_THE_CHANGES)

    asks = reading.code is PhoneCode.AMBIGUOUS_OLD_LANDLINE

    assert asks is row["note"].startswith("AMBIGUOUS")


@pytest.mark.parametrize("typed", ["0838291234", "+84838291234", "838291234"])
def test_an_ambiguous_number_is_not_texted_until_a_person_has_said_which(
    typed: str,
) -> None:
    reading = read_phone(typed, list_date=BEFORE_THE_CHANGES)

    assert reading.code is PhoneCode.AMBIGUOUS_OLD_LANDLINE
    assert not reading.sms
    assert "Hồ Chí Minh (nay là 028 3829 1234)" in reading.help
    assert reading.help.endswith("đây có phải số di động không?")


@pytest.mark.parametrize(
    ("list_date", "sms"),
    [(dt.date(2018, 9, 14), False), (dt.date(2018, 9, 15), True), (None, True)],
)
def test_the_new_mobiles_exist_from_the_day_of_the_conversion(
    list_date: dt.date | None, *, sms: bool
) -> None:
    assert read_phone("0836030999", list_date=list_date).sms is sms


@pytest.mark.parametrize(
    ("typed", "is_asked"),
    [("0862901234", True), ("0868123456", False), ("0886123456", False)],
)
def test_saigon_landlines_are_told_from_the_mobiles_that_were_there_before(
    typed: str, *, is_asked: bool
) -> None:
    reading = read_phone(typed, list_date=BEFORE_THE_CHANGES)

    assert (reading.code is PhoneCode.AMBIGUOUS_OLD_LANDLINE) is is_asked


def test_an_eleven_digit_mobile_of_an_old_list_is_simply_migrated() -> None:
    reading = read_phone("01236030999", list_date=BEFORE_THE_CHANGES)

    assert (reading.e164, reading.sms) == ("+84836030999", True)


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


@given(st.one_of(st.text(), st.integers(), st.floats(), st.from_regex(r"[0-9O+./ -]*")))
def test_only_a_vietnamese_mobile_may_be_texted(raw: object) -> None:
    reading = read_phone(raw)

    if reading.sms:
        assert reading.e164 is not None
        assert reading.e164.startswith("+84")
        assert len(reading.e164) == len("+84912345678")
        assert carrier_of(reading.e164)
    assert reading.help


@given(st.from_regex(r"0[35789][0-9]{8}", fullmatch=True))
def test_a_mobile_read_once_reads_the_same_again(typed: str) -> None:
    first = read_phone(typed)

    if first.sms and first.e164:
        assert read_phone(first.e164).e164 == first.e164


def test_a_stored_number_comes_back_as_it_was() -> None:
    number = phone_from_e164("+84912345678")

    assert (number.kind, number.carrier) == (PhoneKind.MOBILE, "VinaPhone")


@pytest.mark.parametrize("text", ["0912345678", "+841236030999", "", "+849123"])
def test_what_is_not_e164_is_no_stored_number(text: str) -> None:
    with pytest.raises(NotAPhoneNumberError):
        phone_from_e164(text)


def test_a_number_is_masked_wherever_it_is_printed() -> None:
    reading = read_phone("0912345678")

    assert str(reading.number) == "091***5678"
    assert "2345" not in f"{reading!r} {reading.number!r}"


@pytest.mark.parametrize(
    ("e164", "shown"),
    [
        ("+84912345678", "0912 345 678"),
        ("+84521123456", "0521 123 456"),
        ("+842436577024", "024 3657 7024"),
        ("+842363829123", "0236 3829 123"),
    ],
)
def test_a_number_is_shown_as_people_write_it(e164: str, shown: str) -> None:
    assert phone_from_e164(e164).national == shown


def test_a_short_number_is_shown_bare() -> None:
    assert PhoneNumber(e164="1080", kind=PhoneKind.SHORT).national == "1080"


@pytest.mark.parametrize(
    ("e164", "carrier"),
    [
        ("+84381234567", "Viettel"),
        ("+84836030999", "VinaPhone"),
        ("+84777123456", "MobiFone"),
        ("+84891123456", "MobiFone"),
        ("+84522123456", "Vietnamobile"),
        ("+84591234567", "Gmobile"),
        ("+84871234567", "iTel"),
        ("+84559123456", "Wintel"),
        ("+842436577024", None),
        ("+66812345678", None),
        ("1080", None),
    ],
)
def test_the_carrier_is_estimated_by_verified_prefixes(
    e164: str, carrier: str | None
) -> None:
    assert carrier_of(e164) == carrier


def test_phonenumbers_alone_would_text_a_stranger() -> None:
    theirs = phonenumbers.parse("O912345678", "VN")

    assert phonenumbers.is_valid_number(theirs)
    assert read_phone("O912345678").number is None

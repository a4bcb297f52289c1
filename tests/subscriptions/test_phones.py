"""Every number that a list may hold, and what may be texted."""

import csv
import datetime as dt
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.phones import PhoneCode, carrier_of, read_phone

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


def test_phonenumbers_alone_would_text_a_stranger() -> None:
    theirs = phonenumbers.parse("O912345678", "VN")

    assert phonenumbers.is_valid_number(theirs)
    assert read_phone("O912345678").number is None

"""A household is found in what banks make of the text of its transfer."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.transfer_texts import find_code, find_codes, transfer_text

CODE = "7K2M9QXD"
OTHER = "1A3B5C7D"
KNOWN = frozenset({CODE, OTHER})
NOVEMBER = dt.date(2026, 11, 1)

codes = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=8, max_size=8)
months = st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31))


def test_the_text_names_the_household_and_the_month() -> None:
    assert transfer_text("7K2M-9QXD", NOVEMBER) == "LP7K2M9QXD T11"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("LP7K2M9QXD T11", id="as it was asked for"),
        pytest.param("lp7k2m9qxd t11", id="lower case"),
        pytest.param("LP7K2M9QXDT11", id="spaces lost"),
        pytest.param("LP 7K2M 9QXD T11", id="spaces put in"),
        pytest.param("LP7K2M-9QXD T11", id="with the dash that people read"),
        pytest.param("LP.7K2M.9QXD", id="dots for spaces"),
        pytest.param("MBVCB.8123456789.LP7K2M9QXD T11.CT tu 0", id="Vietcombank's way"),
        pytest.param("CUSTOMER LP7K2M9QXD T11   Ma giao dich", id="before and after"),
        pytest.param("IBFT 970436 1017595600LP7K2M9QXDT11", id="glued to a number"),
        pytest.param("Nguyễn Văn Đức chuyển LP7K2M9QXD", id="accented words before"),
        pytest.param("1P7K2M9QXD T11", id="one for the letter L"),
        pytest.param("HELP LP7K2M9QXD", id="the mark in a word before"),
        pytest.param("LP7K2M9QXD gui lai LP7K2M9QXD", id="the same code twice"),
        pytest.param("MBBANK QR TRANSFER 20261105 0987 LP7K2M9QXD", id="cut behind it"),
    ],
)
def test_a_household_is_found(text: str) -> None:
    assert find_code(text, KNOWN) == CODE


@pytest.mark.parametrize("typed", ["LPOA3B5C7D", "lpoa3b5c7d", "LP0A3B5C7D"])
def test_letters_that_are_no_part_of_a_code_are_read_as_their_digits(
    typed: str,
) -> None:
    assert find_codes(typed) == ("0A3B5C7D",)
    assert find_codes("LPIA3B5C7D") == find_codes("LPLA3B5C7D") == (OTHER,)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("tien cuoc thang 11", id="no code"),
        pytest.param("7K2M9QXD T11", id="no mark before it"),
        pytest.param("MBVCB.8123456789.012345.chuyen tien LP7K2M9", id="cut within it"),
        pytest.param("LP7K2M9QXE T11", id="a code of nobody here"),
        pytest.param("LP7K2M9QXD LP1A3B5C7D", id="two households"),
        pytest.param("LPNGUYENVANAN", id="a name that begins like the mark"),
    ],
)
def test_a_doubtful_text_is_nobodys(text: str) -> None:
    assert find_code(text, KNOWN) is None


@given(codes, months)
def test_every_text_that_was_asked_for_leads_back(code: str, month: dt.date) -> None:
    text = transfer_text(f"{code[:4]}-{code[4:]}", month)
    assert find_code(text, {code}) == code
    assert find_code(text.lower().replace(" ", ""), {code}) == code
    assert re.fullmatch(r"[A-Z0-9 ]{1,14}", text)


@given(st.text(max_size=80), codes)
def test_any_words_around_a_code_leave_it_there(words: str, code: str) -> None:
    assert code in find_codes(f"{words} LP{code}")
    assert code in find_codes(f"LP{code} {words}")

"""What is spelled on a receipt is the amount in its digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.rules.amounts import HIGHEST_VND, in_words

UNITS = {
    "không": 0,
    "một": 1,
    "mốt": 1,
    "hai": 2,
    "ba": 3,
    "bốn": 4,
    "tư": 4,
    "năm": 5,
    "lăm": 5,
    "sáu": 6,
    "bảy": 7,
    "tám": 8,
    "chín": 9,
}


def heard(sentence: str) -> int:
    """Add up a spelled amount as a listener does, word for word."""
    total = group = unit = 0
    for word in sentence.lower().removesuffix(" đồng").split():
        if word in {"nghìn", "triệu"}:
            total += (group + unit) * (1000 if word == "nghìn" else 1_000_000)
            group = unit = 0
        elif word in {"trăm", "mươi"}:
            group, unit = group + unit * (100 if word == "trăm" else 10), 0
        elif word == "mười":
            group += 10
        elif word != "linh":
            unit = UNITS[word]
    return total + group + unit


@pytest.mark.parametrize(
    ("vnd", "words"),
    [
        (0, "Không đồng"),
        (5, "Năm đồng"),
        (10, "Mười đồng"),
        (15, "Mười lăm đồng"),
        (21, "Hai mươi mốt đồng"),
        (105, "Một trăm linh năm đồng"),
        (3_000, "Ba nghìn đồng"),
        (6_500, "Sáu nghìn năm trăm đồng"),
        (11_000, "Mười một nghìn đồng"),
        (24_000, "Hai mươi tư nghìn đồng"),
        (36_000, "Ba mươi sáu nghìn đồng"),
        (72_005, "Bảy mươi hai nghìn không trăm linh năm đồng"),
        (115_000, "Một trăm mười lăm nghìn đồng"),
        (301_050, "Ba trăm linh một nghìn không trăm năm mươi đồng"),
        (1_000_500, "Một triệu không nghìn năm trăm đồng"),
        (1_500_000, "Một triệu năm trăm nghìn đồng"),
        (2_036_000, "Hai triệu không trăm ba mươi sáu nghìn đồng"),
        (10_000_000, "Mười triệu đồng"),
    ],
)
def test_an_amount_is_spelled_as_people_say_it(vnd: int, words: str) -> None:
    assert in_words(vnd) == words


@given(st.integers(min_value=0, max_value=10_000_000))
def test_what_is_heard_is_the_amount(vnd: int) -> None:
    assert heard(in_words(vnd)) == vnd


@given(st.integers(min_value=1, max_value=10_000))
def test_whole_thousands_are_heard_too(thousands: int) -> None:
    assert heard(in_words(thousands * 1000)) == thousands * 1000


@pytest.mark.parametrize("vnd", [-1, HIGHEST_VND + 1])
def test_an_amount_that_no_receipt_has_is_refused(vnd: int) -> None:
    with pytest.raises(ValueError, match="no receipt"):
        in_words(vnd)

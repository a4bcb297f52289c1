"""Names are found without accents and listed as Vietnamese readers expect."""

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.names import SORT_KEY_LENGTH, search_key, sort_key

IN_ORDER = [
    "Lê An",
    "Nguyễn An",
    "Trần Án",
    "Anh",
    "Lê Ánh",
    "Ăn",
    "Ân",
    "Bình",
    "Nguyễn Văn Cường",
    "Lê Dũng",
    "Ba Đức",
    "Em",
    "Ê",
    "Nguyễn Thị Hoa",
    "Nguyễn Thị Hòa",
    "Nguyễn Thị Hỏa",
    "Nguyễn Thị Hõa",
    "Nguyễn Thị Hóa",
    "Nguyễn Thị Họa",
    "Nguyễn Văn Hoan",
    "Lê Ơn",
    "Lê Uyên",
    "Lê Ưng",
    "Lê Yến",
]


def test_people_are_listed_by_given_name_in_the_order_of_the_dictionary() -> None:
    shuffled = random.Random(1).sample(IN_ORDER, len(IN_ORDER))

    assert sorted(shuffled, key=sort_key) == IN_ORDER


@pytest.mark.parametrize(
    ("first", "second"),
    [("Đỗ Văn An", "Lê Thị An"), ("Nguyễn Bá An", "Nguyễn Bình An"), ("An", "Lê An")],
)
def test_one_given_name_is_listed_by_family_name(first: str, second: str) -> None:
    assert sort_key(first) < sort_key(second)


def test_case_spacing_and_the_form_of_unicode_do_not_matter() -> None:
    decomposed = unicodedata.normalize("NFD", "  NGUYỄN  văn ĐỨC ")

    assert sort_key(decomposed) == sort_key("Nguyễn Văn Đức")
    assert search_key(decomposed) == "nguyen van duc"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Nguyễn Thị Đào", "nguyen thi dao"),
        ("ĐỖ ƯNG", "do ung"),
        ("Tổ\u00a012", "to 12"),
        ("", ""),
    ],
)
def test_a_search_key_has_no_accents(name: str, key: str) -> None:
    assert search_key(name) == key


@given(st.text())
def test_a_sort_key_is_digits_that_fit_the_column(name: str) -> None:
    key = sort_key(name)

    assert not key.strip("0123456789")
    assert len(key) <= SORT_KEY_LENGTH


@given(st.text())
def test_a_search_key_of_a_search_key_is_itself(name: str) -> None:
    key = search_key(name)

    assert search_key(key) == key

"""Words of Vietnamese are told from letters that spell none."""

import pytest

from subscriptions.syllables import is_syllable


@pytest.mark.parametrize(
    "word",
    [
        "Nguyễn",
        "Quốc",
        "Huỳnh",
        "Khuê",
        "Giếng",
        "gìn",
        "giữa",
        "Nguyệt",
        "Quýt",
        "Thuở",
        "Hoằng",
        "Ý",
        "Uyên",
        "yêu",
        "khuỷu",
        "NGHIÊM",
        "Đường",
        "Quảng",
        "Xuyến",
        "thoại",
        "điện",
    ],
)
def test_words_of_vietnamese_are_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize(
    "word",
    ["NguyÔn", "Quèc", "Tuù", "café", "Müller", "thoai\u0301\u0300", "quoc", "môt", ""],
)
def test_other_letters_are_none(word: str) -> None:
    assert not is_syllable(word)

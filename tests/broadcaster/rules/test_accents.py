"""Accents go without a trace, and words that change their meaning are named."""

import csv
import unicodedata
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.rules.accents import ambiguous_words, strip_accents
from broadcaster.rules.segments import Encoding, measure

DATA = Path(__file__).parents[2] / "data"
VOWELS = "aăâeêioôơuưy"
TONES = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]
LETTERS = [
    unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in TONES
]
VIETNAMESE = "".join([*LETTERS, *(x.upper() for x in LETTERS), "đĐbcdghklmnpqrstvx"])
SIGNS = " .,:;!?()/%'\"-–—‑“”‘’…\u00a0\u2009\u200b\ufeff\u00ad₫•0123456789"

vietnamese_texts = st.text(alphabet=VIETNAMESE + SIGNS)


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


ANNOUNCEMENTS = _rows((DATA / "sample_announcements.csv").read_text(encoding="utf-8"))
ENTRIES = _rows(
    (resources.files("broadcaster.rules") / "ambiguous_words.csv").read_text(
        encoding="utf-8"
    )
)
AMBIGUOUS = [
    (word, row)
    for row in ENTRIES
    if row["suggestion"]
    for word in row["words"].split("|")
]
CLEAR = [row["words"] for row in ENTRIES if not row["suggestion"]]


@pytest.mark.parametrize("row", ANNOUNCEMENTS, ids=lambda row: row["id"])
def test_a_sample_announcement_strips_and_measures_as_known(
    row: dict[str, str],
) -> None:
    stripped = strip_accents(row["text_vi"])

    assert stripped == row["text_unaccented"]
    assert len(stripped) == int(row["len_unaccented"])
    assert measure(stripped).segments == int(row["segments_unaccented"])
    assert measure(row["text_vi"]).segments == int(row["segments_vi"])
    assert measure(row["text_vi"]).encoding == row["enc_vi"]


def test_all_the_announcements_are_here() -> None:
    assert len(ANNOUNCEMENTS) == 39


@given(vietnamese_texts)
def test_any_vietnamese_text_becomes_gsm7(text: str) -> None:
    assert measure(strip_accents(text)).encoding is Encoding.GSM7


@given(vietnamese_texts)
def test_the_form_of_unicode_does_not_matter(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)

    assert strip_accents(decomposed) == strip_accents(text)


@given(st.text())
def test_stripping_twice_changes_nothing_more(text: str) -> None:
    once = strip_accents(text)

    assert strip_accents(once) == once


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("đường Đê", "duong De"),
        ("Ðống Ða ɖƉ ð", "Dong Da dD d"),
        ("3.000₫", "3.000d"),
        ("“Họp” ‘tổ’ «12»", '"Hop" \'to\' "12"'),
        ("8h–11h — 5−3", "8h-11h - 5-3"),
        ("Chi tiết…", "Chi tiet..."),
        ("Ngày\u00a005/10\u202f2026", "Ngay 05/10 2026"),
        ("\ufeffHồ\u200b sơ", "Ho so"),
        ("`UBND`", "'UBND'"),
        ("STT\tHọ tên\nAn", "STT Ho ten\nAn"),
        ("75 m²", "75 m2"),
        ("０９", "09"),
        ("Phí 3 € [QC]", "Phi 3 € [QC]"),
    ],
)
def test_a_sign_has_its_plain_form(text: str, stripped: str) -> None:
    assert strip_accents(text) == stripped


def test_what_has_no_plain_form_stays_to_be_named() -> None:
    assert measure(strip_accents("Chúc mừng 🎉")).forcing == ("🎉",)


@pytest.mark.parametrize(("word", "row"), AMBIGUOUS, ids=[w for w, _ in AMBIGUOUS])
def test_an_ambiguous_word_is_found_in_a_notice(word: str, row: dict[str, str]) -> None:
    text = f"Phường {word}: ngày 05/10"

    (found,) = ambiguous_words(text)

    assert found.word == word == text[found.start : found.end]
    assert found.unaccented == strip_accents(word)
    assert (found.may_read, found.suggestion) == (row["may_read"], row["suggestion"])


@pytest.mark.parametrize(("word", "row"), AMBIGUOUS, ids=[w for w, _ in AMBIGUOUS])
def test_what_a_word_may_be_read_as_is_spelt_the_same_without_accents(
    word: str, row: dict[str, str]
) -> None:
    readings = strip_accents(row["may_read"]).lower().split(", ")
    first = readings[0].partition(" (")[0]

    assert first == strip_accents(word).lower()


@pytest.mark.parametrize(("word", "row"), AMBIGUOUS, ids=[w for w, _ in AMBIGUOUS])
def test_a_suggestion_is_not_ambiguous_itself(word: str, row: dict[str, str]) -> None:
    assert ambiguous_words(row["suggestion"]) == []
    assert strip_accents(row["suggestion"]) != strip_accents(word)


@pytest.mark.parametrize("phrase", CLEAR)
def test_a_phrase_in_which_the_word_is_clear_is_left_alone(phrase: str) -> None:
    assert ambiguous_words(f"Về {phrase} ngày 05/10") == []


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("HOÃN: chi trả", "DỜI LỊCH"),
        ("Hoãn chi trả", "Dời lịch"),
        ("đã hoãn chi trả", "dời lịch"),
    ],
)
def test_a_suggestion_keeps_the_case_of_the_word(text: str, suggestion: str) -> None:
    assert [found.suggestion for found in ambiguous_words(text)] == [suggestion]


def test_a_phrase_goes_before_the_words_in_it() -> None:
    found = ambiguous_words("Tạm  hoãn phát quà, khẩn cấp chữa cháy")

    assert [each.word for each in found] == ["Tạm  hoãn", "phát quà", "chữa cháy"]


def test_a_decomposed_notice_is_read_like_a_composed_one() -> None:
    decomposed = unicodedata.normalize("NFD", "HOÃN chi trả")

    assert [each.word for each in ambiguous_words(decomposed)] == ["HOÃN"]


def test_a_word_inside_another_is_not_taken_for_it() -> None:
    assert ambiguous_words("Đồng bào chạy bộ, bảo vệ sang tên") == []

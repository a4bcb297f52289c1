"""Vietnamese names, to be found without accents and listed in their own order.

Kept apart from the stripping of accents in texts: a search key may drop what a text
must keep, and neither room has to import the other for three lines.
"""

import unicodedata

SORT_KEY_LENGTH = 400
"""The most characters of a sort key: a name of 120 letters fits."""

# The order of Vietnamese dictionaries, as the Vietnam Lexicography Centre states it
# (Vũ Xuân Lương, "Quy tắc ABC"); CLDR's `vi` collation gives tones the same order.
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_ORDER = {
    character: f"{place:02d}"
    for place, character in enumerate("0123456789" + _ALPHABET, start=1)
}
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_END_OF_WORD = "00"  # sorts before every letter, so that An comes before Anh


def search_key(text: str) -> str:
    """Fold accents, case and spacing, so that `nguyen` finds `Nguyễn`."""
    bare = "".join(
        c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)
    )
    return " ".join(bare.lower().replace("đ", "d").split())


def sort_key(name: str) -> str:
    """Give a string of digits whose order is that of a Vietnamese list of people.

    The given name (the last word) goes first, then the rest from the left. Letters
    decide before tones within a word: Anh < Ánh < Ăn < Ân < Dũng < Đức, and tones go
    ngang, huyền, hỏi, ngã, sắc, nặng. Only digits, so that every collation of every
    database agrees; at most SORT_KEY_LENGTH of them.
    """
    words = name.lower().split()
    in_order = [*words[-1:], *words[:-1]]
    return "".join(_word_key(word) for word in in_order)[:SORT_KEY_LENGTH]


def _word_key(word: str) -> str:
    letters: list[str] = []
    tones: list[str] = []
    for character in unicodedata.normalize("NFC", word):
        marks = unicodedata.normalize("NFD", character)
        tone = "".join(mark for mark in marks if mark in _TONES)
        letter = unicodedata.normalize("NFC", "".join(m for m in marks if m != tone))
        if letter in _ORDER:
            letters.append(_ORDER[letter])
            tones.append(_TONES.get(tone, "0"))
    return "".join([*letters, _END_OF_WORD, *tones])

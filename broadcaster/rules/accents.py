"""Vietnamese without accents: what it becomes, and where it stops meaning the same.

Phones are texted without accents because those cost half (see rules/segments). The
officer must then be told which words a reader may take for their opposite: these are
rows of ambiguous_words.csv beside this file, chosen for ward notices. A row without a
suggestion is a phrase in which its word is clear.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from importlib import resources

# What decomposition leaves alone. Ð (eth) and Ɖ are typed for Đ by those whose
# keyboard lacks it. NFKD would turn the lone accents into a space and a mark.
_PLAIN = str.maketrans(
    {
        "đ": "d",
        "ð": "d",
        "ɖ": "d",
        "ƌ": "d",
        "Đ": "D",
        "Ð": "D",
        "Ɖ": "D",
        "Ƌ": "D",
        "₫": "d",
        "‘": "'",
        "’": "'",
        "‚": "'",
        "‛": "'",
        "′": "'",
        "´": "'",
        "`": "'",
        "ʼ": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "‟": '"',
        "″": '"',
        "«": '"',
        "»": '"',
        "−": "-",
        "•": "-",
        "·": "-",
        "×": "x",
        "⁄": "/",
        "\t": " ",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguity:
    """A word of a notice that changes its meaning when its accents go.

    `start` and `end` count characters of the composed (NFC) text.
    """

    word: str
    unaccented: str
    may_read: str
    suggestion: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    may_read: str
    suggestion: str


def strip_accents(text: str) -> str:
    """Write `text` with the letters every phone has; the rest of it stays.

    All Vietnamese, its quotes, dashes, odd spaces and invisible marks become GSM-7.
    What has no plain form (an emoji, Chinese) is left: `measure` names it.
    """
    composed = unicodedata.normalize("NFC", text)
    decomposed = unicodedata.normalize("NFKD", composed.translate(_PLAIN))
    return "".join(map(_plain_character, decomposed)).translate(_PLAIN)


def ambiguous_words(text: str) -> list[Ambiguity]:
    """List the words of `text` that stripping may turn into others, in their order.

    A longer phrase goes before the words in it. A suggestion keeps the case of the
    word: HOÃN gives DỜI LỊCH, Hoãn gives Dời lịch.
    """
    composed = unicodedata.normalize("NFC", text)
    found = []
    for match in _PATTERN.finditer(composed):
        entry = _ENTRIES[_spaced(match.group()).lower()]
        if entry.suggestion:
            found.append(_ambiguity(match, entry))
    return found


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Mn", "Cf"):
        return ""
    return {"Zs": " ", "Pd": "-"}.get(category, character)


def _spaced(phrase: str) -> str:
    return " ".join(phrase.split())


def _ambiguity(match: re.Match[str], entry: _Entry) -> Ambiguity:
    word = match.group()
    return Ambiguity(
        word=word,
        unaccented=strip_accents(word),
        may_read=entry.may_read,
        suggestion=_in_case_of(word, entry.suggestion),
        start=match.start(),
        end=match.end(),
    )


def _in_case_of(word: str, suggestion: str) -> str:
    if word.isupper():
        return suggestion.upper()
    if word[0].isupper():
        return suggestion[0].upper() + suggestion[1:]
    return suggestion


def _entries() -> dict[str, _Entry]:
    source = resources.files("broadcaster.rules") / "ambiguous_words.csv"
    rows = csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    return {
        word: _Entry(may_read=row["may_read"], suggestion=row["suggestion"])
        for row in rows
        for word in row["words"].split("|")
    }


_ENTRIES = _entries()
# Longest first: at one place of the text the phrase is tried before its first word.
_PATTERN = re.compile(
    r"\b(?:{})\b".format(
        "|".join(
            r"\s+".join(map(re.escape, phrase.split()))
            for phrase in sorted(_ENTRIES, key=len, reverse=True)
        )
    ),
    re.IGNORECASE,
)

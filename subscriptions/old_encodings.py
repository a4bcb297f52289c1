"""Vietnamese typed before Unicode, recognised and read anew.

Lists of the years before 2005 or so were typed in fonts that drew Vietnamese letters
in the places of Western ones: TCVN3 (ABC, TCVN 5712:1993 VN3) a letter in each place,
VNI-Windows a letter and its mark in two. Programs of today show the Western letters:
"NguyÔn V¨n Tó", "Nguyeãn Vaên Tuù". Windows-1258 read as Western is the third.

Nothing is changed unless it is sure: the letters must spell no Vietnamese as they
stand, and Vietnamese when read as the font meant them.
"""

import csv
import enum
import functools
import itertools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

from subscriptions.syllables import is_syllable

_FEWEST = 2
"""Words that only the font explains, before a whole column is taken to be in it."""
_STRANGE_SHARE = 4
"""Of so many words that the font explains, one may be no Vietnamese in any reading."""
# TCVN3 has letters in the places of signs (¸ is á); none of them is a sign of ASCII.
_SIGNS = "–—‘’“”…•"
_INITIAL = re.compile(r"(?<!\S)\w")
_WORD = re.compile(rf"[^\s{_SIGNS}\x00-\x40\x5b-\x60\x7b-\x7f]+")


class OldEncoding(enum.StrEnum):
    """How a text was spelled; the values are what people call it."""

    TCVN3 = "TCVN3 (ABC)"
    VNI = "VNI-Windows"
    WINDOWS_1258 = "Windows-1258"
    DECOMPOSED = "Unicode tổ hợp"


FONTS = (OldEncoding.TCVN3, OldEncoding.VNI, OldEncoding.WINDOWS_1258)
"""Those in which a text shows the letters of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A text in composed Unicode, and what it was spelled in."""

    text: str
    encoding: OldEncoding


def repair(text: str) -> Repaired | None:
    """Return the text as it was meant; None when it is good or its meaning is unsure.

    A single short word can be Vietnamese both ways ("Tó", "Tú") and is left alone: give
    the whole column to `find_encoding`.
    """
    encoding = find_encoding([text]) if _is_western(text) else None
    if encoding is not None:
        read = decode(text, encoding)
        return Repaired(text=read, encoding=encoding) if read else None
    composed = unicodedata.normalize("NFC", text)
    if composed != text and all(map(is_syllable, _marked(composed))):
        return Repaired(text=composed, encoding=OldEncoding.DECOMPOSED)
    return None


def find_encoding(
    texts: Iterable[str], *, expected: OldEncoding | None = None
) -> OldEncoding | None:
    """Return what texts that belong together were typed in; None unless it is sure.

    Sure: words that spell nothing as they stand become Vietnamese, and no word that is
    Vietnamese as it stands would be harmed. Of a font that is `expected`, as the rest
    of the file is in it, one word that may be either way is enough.
    """
    known = list(texts)
    fewest = 1 if expected else _FEWEST
    weights = {
        font: _weigh(known, font, fewest=fewest)
        for font in ((expected,) if expected else FONTS)
    }
    best = max(weights.values())
    fonts = [font for font, weight in weights.items() if weight == best]
    return fonts[0] if best and len(fonts) == 1 else None


def has_two_readings(text: str, font: OldEncoding) -> bool:
    """Tell whether a text is Vietnamese as it stands, and another as the font's."""
    verdicts = {_verdict(word, font) for word in _marked(text)}
    return _Verdict.EITHER in verdicts and verdicts <= {_Verdict.EITHER, _Verdict.SAME}


def decode(text: str, encoding: OldEncoding) -> str | None:
    """Return the text read as typed in a font; None when it holds what the font lacks.

    TCVN3 has capitals of seven letters only: the others were drawn by a second font
    that is gone, so what is typed in capitals around a small letter makes it one.
    """
    if encoding is OldEncoding.WINDOWS_1258:
        return _from_1258(text)
    if encoding is OldEncoding.DECOMPOSED:
        return unicodedata.normalize("NFC", text)
    letters = _letters()[encoding]
    parts = _splitter(encoding).findall(text)
    if not all(part in letters or _is_in_every_font(part) for part in parts):
        return None
    read = "".join(letters.get(part, part) for part in parts)
    return _with_capitals(read, text) if encoding is OldEncoding.TCVN3 else read


def _is_in_every_font(character: str) -> bool:
    return character.isascii() or character.isspace() or character in _SIGNS


def _weigh(texts: Iterable[str], font: OldEncoding, *, fewest: int) -> int:
    """Count the words that become Vietnamese; 0 when the font is not sure."""
    explained = either = strange = 0
    for word in itertools.chain.from_iterable(map(_marked, texts)):
        verdict = _verdict(word, font)
        if verdict is _Verdict.HARMED:
            return 0
        explained += verdict is _Verdict.EXPLAINED
        either += verdict is _Verdict.EITHER
        strange += verdict is _Verdict.STRANGE
    total = explained + either
    if total < fewest or (not explained and fewest == _FEWEST):
        return 0
    return total if strange * _STRANGE_SHARE <= total else 0


class _Verdict(enum.Enum):
    """What reading a word as a font's would do to it."""

    SAME = enum.auto()
    EXPLAINED = enum.auto()
    EITHER = enum.auto()
    HARMED = enum.auto()
    STRANGE = enum.auto()


@functools.lru_cache(maxsize=1 << 16)
def _verdict(word: str, font: OldEncoding) -> _Verdict:
    read = decode(word, font)
    if read == word:
        return _Verdict.SAME
    is_good = is_syllable(unicodedata.normalize("NFC", word))
    if read is None or not is_syllable(read):
        return _Verdict.HARMED if is_good else _Verdict.STRANGE
    return _Verdict.EITHER if is_good else _Verdict.EXPLAINED


def _marked(text: str) -> list[str]:
    """Return the words that hold more than ASCII: only they tell anything."""
    if text.isascii():
        return []
    return [word for word in _WORD.findall(text) if not word.isascii()]


def _is_western(text: str) -> bool:
    """Tell whether only letters of the West are shown, as of every old font."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _from_1258(text: str) -> str | None:
    try:
        read = text.encode("cp1252").decode("cp1258")
    except UnicodeError:
        return None
    return unicodedata.normalize("NFC", read)


def _with_capitals(read: str, typed: str) -> str:
    """Return the text in capitals where its plain letters say so.

    A lone initial ("Tó") says nothing of the letters after it; the initials of the
    other words do of a word that begins with a marked letter.
    """
    plain = "".join(re.findall("[A-Za-z]", typed))
    words = _WORD.findall(typed)
    initials = "".join(word[0] for word in words if word[0].isascii())
    if plain.isupper() and any(sum(c.isascii() for c in w) > 1 for w in words):
        return read.upper()
    if initials.isupper():
        return _INITIAL.sub(lambda found: found[0].upper(), read)
    return read


@functools.cache
def _letters() -> dict[OldEncoding, dict[str, str]]:
    """Return what each font's codes stand for, capitals included."""
    source = resources.files("subscriptions") / "data" / "old_encodings.csv"
    tcvn3: dict[str, str] = {}
    vni: dict[str, str] = {}
    for row in csv.DictReader(source.read_text(encoding="utf-8").splitlines()):
        letter, code = row["letter"], row["vni"]
        tcvn3[chr(int(row["tcvn3"], 16))] = letter
        if row["tcvn3_capital"]:
            tcvn3[chr(int(row["tcvn3_capital"], 16))] = letter.upper()
        vni[code] = letter
        # a capital with the small mark, as typed with Shift for one letter only
        vni[code.upper()] = vni[code.capitalize()] = letter.upper()
    return {OldEncoding.TCVN3: tcvn3, OldEncoding.VNI: vni}


@functools.cache
def _splitter(encoding: OldEncoding) -> re.Pattern[str]:
    """Return the pattern that splits a text into the font's codes and the rest."""
    codes = sorted(_letters()[encoding], key=len, reverse=True)
    return re.compile("|".join([*map(re.escape, codes), "."]), re.DOTALL)

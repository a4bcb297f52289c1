"""What is written in a phone cell, before asking which number it is.

People type, paste and let Excel rewrite: this separates the digits of one number
from all that makes a cell unreadable, and never guesses between the two.
"""

import math
import re
import unicodedata
from dataclasses import dataclass

from subscriptions.phone_tables import PhoneCode

# Letters that keyboards, scanners and tired eyes put for a digit; Greek and
# Cyrillic twins of O come in by copying from web pages.
LOOK_ALIKES = {"O": "0", "o": "0", "Ο": "0", "О": "0", "о": "0", "l": "1", "I": "1"}

_SCIENTIFIC = re.compile(r"[0-9]([.,][0-9]+)?[eE]\+?[0-9]{1,2}")
_FLOAT_TAIL = re.compile(r"(\+?[0-9]{8,})\.0+")
_SEPARATORS = re.compile(r"[/,;:|&\n\r]|\bhoặc\b|\bvà\b")
_ONLY_NUMBER = re.compile(r"[0-9+().,;:/|&_\-\s]*")
_NUMBER_IN_TEXT = re.compile(r"(?<![0-9A-Za-z])\+?[0-9(][0-9 .()\-]{6,}[0-9]")
_NUMBER_DIGITS = 8  # the fewest that can be a number somebody wants texted
_TWO_NUMBERS_DIGITS = 18  # E.164 stops at 15, so these are two numbers run together


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One phone cell: `digits` (with `+` if typed) of one number, or a `fault`.

    `candidate` is what the digits would be if the fault were mended as it most
    likely should be; empty when nothing is likely. `letters` are those taken for
    digits. `repaired` says that more than spacing was changed.
    """

    typed: str
    digits: str = ""
    repaired: bool = False
    fault: PhoneCode | None = None
    candidate: str = ""
    letters: tuple[str, ...] = ()


def read_cell(raw: object) -> Cell:
    """Separate the digits of a cell from what else is in it."""
    typed = _as_typed(raw)
    text, repaired = _plain(typed)
    if not any(character.isalnum() for character in text):
        return Cell(typed=typed, fault=PhoneCode.EMPTY)
    if _SCIENTIFIC.fullmatch(text):
        return _scientific(typed, text)
    if not _ONLY_NUMBER.fullmatch(text):
        return _with_letters(typed, text)
    if _holds_two_numbers(text):
        return Cell(typed=typed, fault=PhoneCode.TWO_NUMBERS)
    return Cell(typed=typed, digits=_digits(text), repaired=repaired)


def _as_typed(raw: object) -> str:
    """Show a cell's value as the person who typed it would."""
    if raw is None or (isinstance(raw, float) and math.isnan(raw)):
        return ""
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw)


def _plain(typed: str) -> tuple[str, bool]:
    """Fold wide digits, odd spaces, invisible marks, Excel's quote and `.0`."""
    visible = "".join(c for c in typed if unicodedata.category(c) != "Cf")
    folded = "".join(map(_plain_character, visible)).strip()
    repaired = folded != "".join(map(_plain_space, visible)).strip()
    unquoted = folded.strip("'\"`").strip()
    untailed = (
        _FLOAT_TAIL.sub(r"\1", unquoted)
        if _FLOAT_TAIL.fullmatch(unquoted)
        else unquoted
    )
    return untailed, repaired or untailed != folded


def _plain_character(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return _plain_space(unicodedata.normalize("NFKC", character))


def _plain_space(character: str) -> str:
    if character in "‘’ʼ´":
        return "'"
    category = unicodedata.category(character) if len(character) == 1 else ""
    return {"Zs": " ", "Pd": "-"}.get(category, character)


def _digits(text: str) -> str:
    digits = re.sub(r"[^0-9]", "", text)
    return f"+{digits}" if text.lstrip(" (").startswith("+") else digits


def _holds_two_numbers(text: str) -> bool:
    if len(_digits(text)) >= _TWO_NUMBERS_DIGITS:
        return True
    parts = [_digits(part) for part in _SEPARATORS.split(text)]
    return sum(len(part) >= _NUMBER_DIGITS for part in parts) > 1


def _scientific(typed: str, text: str) -> Cell:
    """Read Excel's 9.12345678E8; its digits are whole only if none was rounded."""
    mantissa, exponent = re.split("[eE]", text.replace(",", "."))
    decimals = len(mantissa.partition(".")[2])
    whole = decimals == int(exponent)
    candidate = _digits(mantissa) if whole else ""
    return Cell(typed=typed, fault=PhoneCode.SCIENTIFIC, candidate=candidate)


def _with_letters(typed: str, text: str) -> Cell:
    """Tell a letter typed for a digit, a note beside a number, and mere words."""
    letters = tuple(dict.fromkeys(c for c in text if c.isalpha()))
    count = sum(c.isdigit() for c in text)
    if letters and count and all(letter in LOOK_ALIKES for letter in letters):
        candidate = _digits("".join(LOOK_ALIKES.get(c, c) for c in text))
        return Cell(
            typed=typed,
            fault=PhoneCode.LETTER_IN_NUMBER,
            candidate=candidate,
            letters=letters,
        )
    numbers = _NUMBER_IN_TEXT.findall(text)
    if _holds_two_numbers(text) or len(numbers) > 1:
        return Cell(typed=typed, fault=PhoneCode.TWO_NUMBERS)
    if numbers:
        candidate = _digits(numbers[0])
        return Cell(typed=typed, fault=PhoneCode.NOTE_IN_CELL, candidate=candidate)
    inside_number = count >= _NUMBER_DIGITS
    fault = PhoneCode.LETTER_IN_NUMBER if inside_number else PhoneCode.NOT_A_NUMBER
    return Cell(typed=typed, fault=fault)

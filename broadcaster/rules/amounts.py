"""Amounts spelled out, as receipts say them: "Ba mươi sáu nghìn đồng"."""

from collections.abc import Mapping

from templates import read_words

HIGHEST_VND = 999_999_999
"""Far above any payment; milliards are never spelled."""

_THOUSAND, _HUNDRED, _TEN = 1000, 100, 10


def in_words(vnd: int) -> str:
    """Spell a whole amount of 0 to HIGHEST_VND, its first letter a capital.

    Thousands that are missing before a rest are said ("một triệu không nghìn năm
    trăm"): without them people hear one and a half million. Raises ValueError for
    an amount out of bounds.
    """
    if not 0 <= vnd <= HIGHEST_VND:
        raise ValueError("no receipt is made out for this amount")
    words = read_words("amounts")
    number = " ".join(_number(vnd, words)) or words["0"]
    return words["amount"].format(number=number).capitalize()


def _number(value: int, words: Mapping[str, str]) -> list[str]:
    millions, below = divmod(value, _THOUSAND * _THOUSAND)
    thousands, rest = divmod(below, _THOUSAND)
    said: list[str] = []
    if millions:
        said += [*_three(millions, words, after_more=False), words["million"]]
    if thousands:
        said += [*_three(thousands, words, after_more=bool(said)), words["thousand"]]
    elif millions and rest:
        said += [words["0"], words["thousand"]]
    if rest:
        said += _three(rest, words, after_more=bool(said))
    return said


def _three(value: int, words: Mapping[str, str], *, after_more: bool) -> list[str]:
    """Spell three digits; after larger ones their hundreds are said, even if none."""
    hundreds, rest = divmod(value, _HUNDRED)
    said: list[str] = []
    if hundreds or after_more:
        said += [words[str(hundreds)], words["hundred"]]
    if 0 < rest < _TEN:
        return [*said, *([words["and"]] if said else []), words[str(rest)]]
    return said + _tens(rest, words)


def _tens(value: int, words: Mapping[str, str]) -> list[str]:
    tens, unit = divmod(value, _TEN)
    if not tens:
        return []
    after = "after_ten" if tens == 1 else "after_tens"
    said = [words["ten"]] if tens == 1 else [words[str(tens)], words["tens"]]
    if unit:
        said.append(words.get(f"{after}.{unit}", words[str(unit)]))
    return said

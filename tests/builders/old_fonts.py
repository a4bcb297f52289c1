"""Vietnamese as fonts older than Unicode spelled it, from the fonts' own rules.

Written apart from the tables of the project, so that one may be held against the other.
"""

import unicodedata

LETTERS = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ"
"""Every small letter that ASCII lacks."""

_TCVN3_IN_ORDER = (
    "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊË®ÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\u00adõö÷øùúûüýþ"
)
_TCVN3_CAPITALS = dict(zip("ĂÂÊÔƠƯĐ", "¡¢£¤¥¦§", strict=True))
_TONES = "\u0300\u0309\u0303\u0301\u0323"
_SHAPES = {"\u0302": "âàåãáä", "\u0306": "êèúüéë"}
_HORNED = {"o": "ô", "u": "ö"}


def in_tcvn3(text: str) -> str:
    """Return what a Western program shows of a text typed in TCVN3."""
    codes = dict(zip(LETTERS, _TCVN3_IN_ORDER, strict=True))
    return "".join(
        _TCVN3_CAPITALS.get(letter) or codes.get(letter.lower(), letter)
        for letter in text
    )


def in_vni(text: str) -> str:
    """Return what a Western program shows of a text typed in VNI-Windows."""
    return "".join(map(_vni, text))


def _vni(letter: str) -> str:
    if letter.isupper():
        return _vni(letter.lower()).upper()
    if letter in "íìỉĩị":
        return "íìæóò"["íìỉĩị".index(letter)]
    if letter in "đỵ":
        return "ñ" if letter == "đ" else "î"
    marks = unicodedata.normalize("NFD", letter)
    base, rest = marks[:1], marks[1:]
    tone = next((_TONES.index(mark) + 1 for mark in rest if mark in _TONES), 0)
    shape = next((mark for mark in rest if mark in _SHAPES), "")
    if shape:
        return base + _SHAPES[shape][tone]
    if "\u031b" in rest:
        base = _HORNED[base]
    return base + " øûõùï"[tone].strip()

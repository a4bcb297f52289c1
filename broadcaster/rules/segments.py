"""How many segments a text costs, and which characters made it so.

Source: 3GPP TS 23.038 (the GSM 7-bit default alphabet and its extension table) and
TS 23.040 9.2.3.24.1 (a concatenated text loses 7 septets or 3 units to its header).
"""

import enum
from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM7 = _BASIC | _EXTENSION
_LAST_OF_THE_BMP = "\uffff"


class Encoding(enum.StrEnum):
    """The two alphabets of SMS."""

    GSM7 = "GSM7"
    UCS2 = "UCS2"


_SINGLE = {Encoding.GSM7: 160, Encoding.UCS2: 70}
_PART = {Encoding.GSM7: 153, Encoding.UCS2: 67}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """What a text costs to send.

    `units` are septets in GSM7 and UTF-16 units in UCS2. `forcing` are the distinct
    characters that forced UCS2, in their order of appearance. An empty text has no
    segments and must be refused before it is sent.
    """

    encoding: Encoding
    units: int
    segments: int
    forcing: tuple[str, ...] = ()


def measure(text: str) -> Segments:
    """Measure `text` exactly as given: not composed (NFC), accents cost double."""
    characters = set(text)
    if characters <= _GSM7:
        encoding = Encoding.GSM7
        forcing: tuple[str, ...] = ()
        wide = characters & _EXTENSION
    else:
        encoding = Encoding.UCS2
        forcing = tuple(dict.fromkeys(c for c in text if c not in _GSM7))
        wide = {c for c in characters if c > _LAST_OF_THE_BMP}
    units = len(text) + sum(text.count(c) for c in wide)
    return Segments(
        encoding=encoding,
        units=units,
        segments=_count(text, units, encoding=encoding, wide=frozenset(wide)),
        forcing=forcing,
    )


def split(text: str) -> list[str]:
    """Cut `text` where a phone company would: joined again, the parts are `text`.

    An escape pair of GSM7 and a surrogate pair of UCS2 stay in one part.
    """
    measured = measure(text)
    if measured.segments <= 1:
        return [text] if text else []
    wide = frozenset(c for c in text if _is_wide(c, measured.encoding))
    starts = _starts(text, _PART[measured.encoding], wide=wide)
    return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def _is_wide(character: str, encoding: Encoding) -> bool:
    if encoding is Encoding.GSM7:
        return character in _EXTENSION
    return character > _LAST_OF_THE_BMP


def _count(text: str, units: int, *, encoding: Encoding, wide: frozenset[str]) -> int:
    if units <= _SINGLE[encoding]:
        return 1 if text else 0
    part = _PART[encoding]
    if not wide:
        return -(-units // part)
    return len(_starts(text, part, wide=wide))


def _starts(text: str, limit: int, *, wide: frozenset[str]) -> list[int]:
    """Find where each part begins when none may hold more than `limit` units."""
    starts = [0]
    used = 0
    for place, character in enumerate(text):
        size = 2 if character in wide else 1
        if used + size > limit:
            starts.append(place)
            used = 0
        used += size
    return starts

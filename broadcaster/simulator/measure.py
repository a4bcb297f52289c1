"""Measure a text as a network does: a second opinion on our own measuring."""

from dataclasses import dataclass
from enum import StrEnum

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_ESCAPED = frozenset("\f^{}\\[~]|€")

LAST_SINGLE_UNIT = 0xFFFF


class Encoding(StrEnum):
    """How the letters of a text travel."""

    GSM7 = "GSM7"
    UCS2 = "UCS2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What one text weighs: septets or UTF-16 units, bytes on air, and parts."""

    encoding: Encoding
    units: int
    bytes: int
    parts: int


def _parts(widths: list[int], *, alone: int, joined: int) -> int:
    """Count parts; a pair (escape or surrogate) never straddles two of them."""
    if sum(widths) <= alone:
        return 1 if widths else 0
    parts, room = 1, joined
    for width in widths:
        if width > room:
            parts, room = parts + 1, joined
        room -= width
    return parts


def measure(body: str) -> Measure:
    """Measure a text after 3GPP TS 23.038 (160/153 septets, 70/67 UTF-16 units)."""
    if all(letter in GSM_BASIC or letter in GSM_ESCAPED for letter in body):
        widths = [2 if letter in GSM_ESCAPED else 1 for letter in body]
        units = sum(widths)
        return Measure(
            encoding=Encoding.GSM7,
            units=units,
            bytes=(units * 7 + 7) // 8,
            parts=_parts(widths, alone=160, joined=153),
        )
    widths = [2 if ord(letter) > LAST_SINGLE_UNIT else 1 for letter in body]
    units = sum(widths)
    return Measure(
        encoding=Encoding.UCS2,
        units=units,
        bytes=units * 2,
        parts=_parts(widths, alone=70, joined=67),
    )

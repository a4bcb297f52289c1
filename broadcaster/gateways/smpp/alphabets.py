"""Texts as octets and back, by what a route calls its codings.

Source: 3GPP TS 23.038, 6.2.1 and 6.2.1.1. SMPP carries the default alphabet unpacked,
an octet a septet.
"""

from broadcaster.rules.segments import Encoding, measure

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE = 0x1B
_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_TO_GSM = {ord(letter): bytes([place]) for place, letter in enumerate(_BASIC)} | {
    ord(letter): bytes([_ESCAPE, place]) for place, letter in _EXTENSION.items()
}
_PLAIN = {code for code, octets in _TO_GSM.items() if list(octets) == [code]}
LATIN1 = "latin1"
UCS2 = 8
DEFAULT = 0


def is_gsm7(text: str, *, charset: str) -> bool:
    """Tell whether a text travels in the route's default coding."""
    if measure(text).encoding is not Encoding.GSM7:
        return False
    return charset != LATIN1 or all(letter <= "\xff" for letter in text)


def encode_default(text: str, *, charset: str) -> bytes:
    """Return the octets of a text that `is_gsm7` in the route's default coding."""
    if charset == LATIN1:
        return text.encode("latin-1")
    codes = [ord(letter) for letter in text]
    if _PLAIN.issuperset(codes):
        return text.encode("ascii")
    return b"".join(_TO_GSM[code] for code in codes)


def encode_ucs2(text: str) -> bytes:
    """Return the octets of any text; what lies beyond 16 bits takes two units."""
    return text.encode("utf-16-be", "surrogatepass")


def decode(octets: bytes, *, coding: int, charset: str) -> str:
    """Return the text of octets that came; what cannot be read is a question mark."""
    if coding == UCS2:
        return octets.decode("utf-16-be", "replace")
    if coding == DEFAULT and charset != LATIN1:
        return _decode_gsm7(octets)
    return octets.decode("latin-1")


def _decode_gsm7(octets: bytes) -> str:
    letters = []
    is_escaped = False
    for octet in octets:
        if is_escaped:
            letters.append(_EXTENSION.get(octet, " "))
        elif octet != _ESCAPE:
            letters.append(_BASIC[octet] if octet < len(_BASIC) else "?")
        is_escaped = octet == _ESCAPE and not is_escaped
    return "".join(letters)

"""What residents write, its parts joined.

A part is answered for as soon as it is held here, for some SMSCs bring the next one
only then: a process that dies in between loses a long text, and only that.
"""

import hashlib
from dataclasses import dataclass, field

from broadcaster.gateways.smpp.alphabets import decode
from broadcaster.gateways.smpp.pdus import Delivery
from broadcaster.ports import Inbound

UDHI = 0x40
WAITS_S = 60.0
"""After that a text whose parts did not all come is read as far as it came."""
SAME_S = 600
"""A text that comes again within so many seconds, word for word, is a repetition."""
MOST_WAITING = 10_000
_CONCAT = {0x00: 3, 0x08: 4}
"""The elements that say which part this is, and their lengths: 23.040, 9.2.3.24."""

Key = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One deliver_sm of a resident's text. `place` counts from 1."""

    sender: str
    to: str
    text: str
    number: int = 0
    total: int = 1
    place: int = 1

    @property
    def key(self) -> Key:
        """Return what the parts of one text have in common."""
        return self.sender, self.to, self.number, self.total


@dataclass(slots=True, kw_only=True)
class _Waiting:
    since: float
    texts: dict[int, str] = field(default_factory=dict)


class Joiner:
    """Holds parts until their text is whole. `now` is monotonic seconds."""

    def __init__(self) -> None:
        self._waiting: dict[Key, _Waiting] = {}

    def add(self, part: Part, *, now: float) -> str | None:
        """Return the whole text once this part completes it; it is held until `done`.

        What is not held after all is asked for by its key again: repeating a part
        changes nothing.
        """
        if part.total == 1:
            return part.text
        if part.key not in self._waiting and len(self._waiting) >= MOST_WAITING:
            return part.text
        held = self._waiting.setdefault(part.key, _Waiting(since=now))
        held.texts[part.place] = part.text
        return _joined(held) if len(held.texts) >= part.total else None

    def done(self, part: Part) -> None:
        """Let go of a text that is kept for good."""
        self._waiting.pop(part.key, None)

    def overdue(self, *, now: float) -> list[tuple[Part, str]]:
        """Return the texts whose other parts do not come, each by one part."""
        return [
            (Part(sender=s, to=t, text="", number=number, total=total), _joined(held))
            for (s, t, number, total), held in self._waiting.items()
            if now - held.since >= WAITS_S
        ]


def read_part(delivery: Delivery, *, charset: str) -> Part:
    """Read a resident's text, or the part of it that this is."""
    header, data = b"", delivery.data
    if delivery.esm_class & UDHI and data:
        header, data = data[1 : 1 + data[0]], data[1 + data[0] :]
    number, total, place = _place(delivery, header)
    return Part(
        sender=e164(delivery.sender),
        to=e164(delivery.to),
        text=decode(data, coding=delivery.data_coding, charset=charset),
        number=number,
        total=total,
        place=place,
    )


def as_inbound(part: Part, text: str, *, now: float) -> Inbound:
    """Return a whole text. SMPP gives it no id: it has one of its words and hour.

    `now` is in seconds since 1970: brought again, it is the same text.
    """
    facts = "\0".join((part.sender, part.to, text, str(int(now // SAME_S))))
    digest = hashlib.sha256(facts.encode("utf-8", "replace")).hexdigest()
    return Inbound(provider_id=digest[:40], sender=part.sender, to=part.to, text=text)


def e164(address: str) -> str:
    """Return a Vietnamese phone with its country; a short number stays as it is."""
    digits = address.lstrip("+")
    if digits.startswith("84") and len(digits) >= len("84912345678"):
        return f"+{digits}"
    if digits.startswith("0") and len(digits) >= len("0912345678"):
        return f"+84{digits[1:]}"
    return address


def _place(delivery: Delivery, header: bytes) -> tuple[int, int, int]:
    number = delivery.number("sar_msg_ref_num")
    total = delivery.number("sar_total_segments") or 1
    place = delivery.number("sar_segment_seqnum") or 1
    while len(header) > 1:
        kind, length, *rest = header
        value, header = bytes(rest[:length]), bytes(rest[length:])
        if length == len(value) == _CONCAT.get(kind):
            number, total, place = int.from_bytes(value[:-2], "big"), *value[-2:]
    if not 1 <= place <= total:
        return 0, 1, 1
    return number or 0, total, place


def _joined(held: _Waiting) -> str:
    return "".join(held.texts[place] for place in sorted(held.texts))

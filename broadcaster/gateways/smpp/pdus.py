"""What an SMSC writes, read: a frame is cut out by its length, then taken apart.

smpplib's own reader is not used: it raises on any optional parameter that it does not
list for a command, and reads on from the body's beginning where a string has no end,
so an id may be corrupted (read in 2.2.4). Source: SMPP 3.4, issue 1.2.
"""

import asyncio
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from smpplib import consts
from smpplib.command_codes import get_command_code

LONGEST = 70_000
"""A message_payload has 64 KiB at most: what claims to be longer is no frame."""
_HEADER = struct.Struct(">4L")
_TLV = struct.Struct(">2H")
RESPONSE = 0x8000_0000

GENERIC_NACK = int(get_command_code("generic_nack"))
SUBMIT_SM_RESP = int(get_command_code("submit_sm_resp"))
DELIVER_SM = int(get_command_code("deliver_sm"))
DATA_SM = int(get_command_code("data_sm"))
UNBIND = int(get_command_code("unbind"))
ENQUIRE_LINK = int(get_command_code("enquire_link"))
TAG: Mapping[str, int] = consts.OPTIONAL_PARAMS


class StreamLostError(Exception):
    """What came is no SMPP: nothing after it can be understood."""


class BrokenPduError(Exception):
    """A frame's body does not hold what its command says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pdu:
    """One frame as it came."""

    command: int
    status: int
    sequence: int
    body: bytes = b""

    @property
    def is_response(self) -> bool:
        """Tell whether it answers a request of ours."""
        return bool(self.command & RESPONSE)

    @property
    def message_id(self) -> str | None:
        """Return the id that a submit_sm_resp begins with, None when it has none."""
        word = self.body.partition(b"\0")[0]
        return word.decode("latin-1").strip() or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A deliver_sm or data_sm: a receipt, or what a resident wrote."""

    sender: str
    to: str
    esm_class: int
    data_coding: int
    data: bytes
    tlvs: Mapping[int, bytes] = field(default_factory=dict)

    def tlv(self, name: str) -> bytes | None:
        """Return an optional parameter by its name in the specification."""
        return self.tlvs.get(TAG[name])

    def number(self, name: str) -> int | None:
        """Return an optional parameter that is a whole number."""
        found = self.tlv(name)
        return int.from_bytes(found, "big") if found else None


async def read_pdu(reader: asyncio.StreamReader) -> Pdu:
    """Read one frame. Raises StreamLostError, IncompleteReadError at its end."""
    header = _HEADER.unpack(await reader.readexactly(_HEADER.size))
    length, command, status, sequence = header
    if not _HEADER.size <= length <= LONGEST:
        raise StreamLostError(f"a frame of {length} octets")
    body = await reader.readexactly(length - _HEADER.size)
    return Pdu(command=command, status=status, sequence=sequence, body=body)


def read_delivery(pdu: Pdu) -> Delivery:
    """Take a deliver_sm or a data_sm apart. Raises BrokenPduError."""
    body = _Body(pdu.body)
    body.word()  # service_type
    body.octets(2)
    sender = body.word()
    body.octets(2)
    to = body.word()
    if pdu.command == DATA_SM:
        esm_class, _registered, coding = body.octets(3)
        data = b""
    else:
        esm_class, _protocol, _priority = body.octets(3)
        body.word()  # schedule_delivery_time
        body.word()  # validity_period
        _registered, _replace, coding, _canned, length = body.octets(5)
        data = body.octets(length)
    tlvs = body.tlvs()
    return Delivery(
        sender=sender,
        to=to,
        esm_class=esm_class,
        data_coding=coding,
        data=data or tlvs.get(TAG["message_payload"], b""),
        tlvs=tlvs,
    )


class _Body:
    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def word(self) -> str:
        end = self._octets.find(b"\0", self._at)
        if end < 0:
            raise BrokenPduError("a string without an end")
        word, self._at = self._octets[self._at : end], end + 1
        return word.decode("latin-1")

    def octets(self, count: int) -> bytes:
        found = self._octets[self._at : self._at + count]
        if len(found) < count:
            raise BrokenPduError("shorter than it says")
        self._at += count
        return found

    def tlvs(self) -> dict[int, bytes]:
        """Return what is left as parameters by tag; a last one cut short is let go."""
        found: dict[int, bytes] = {}
        while self._at + _TLV.size <= len(self._octets):
            tag, length = _TLV.unpack_from(self._octets, self._at)
            self._at += _TLV.size
            value = self._octets[self._at : self._at + length]
            if len(value) == length:
                found.setdefault(tag, value)
            self._at += length
        return found

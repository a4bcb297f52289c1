"""A delivery receipt as routes write it: by parameters, or as words in a text.

Source: SMPP 3.4, appendix B, and what trunks were seen to do: ids in hexadecimal in one
place and decimal in the other, any case, raw UCS-2 after `text:`, words of their own.
"""

import re

from broadcaster.gateways.smpp.alphabets import UCS2
from broadcaster.gateways.smpp.pdus import Delivery
from broadcaster.ports import Receipt, ReceiptKind, ReceiptStatus

_TYPE_BITS = 0x3C
_RECEIPT, _INTERMEDIATE = 0x04, 0x20
_ID = re.compile(r"(?:^|\s)id:\s*(\S+)", re.IGNORECASE)
_WORD = re.compile(r"\bstat:\s*(\w+)", re.IGNORECASE)
_ERROR = re.compile(r"\berr:\s*(\w+)", re.IGNORECASE)
_TEXT = re.compile(r"\btext:", re.IGNORECASE)
_NO_ERROR = frozenset({"", "0", "00", "000", "0000"})

WORDS = {
    "ENROUTE": ReceiptStatus.ACCEPTED,
    "ACCEPTD": ReceiptStatus.ACCEPTED,
    "DELIVRD": ReceiptStatus.DELIVERED,
    "EXPIRED": ReceiptStatus.EXPIRED,
    "DELETED": ReceiptStatus.UNDELIVERED,
    "UNDELIV": ReceiptStatus.UNDELIVERED,
    "REJECTD": ReceiptStatus.REFUSED,
}
"""A word that is not here is kept as it came, and moves nothing; UNKNOWN is one."""
STATES = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
"""The values of message_state, 5.2.28, by the words of appendix B."""


def is_receipt(delivery: Delivery) -> bool:
    """Tell whether the SMSC itself speaks; a resident may write like a receipt."""
    kind = delivery.esm_class & _TYPE_BITS
    return kind in (_RECEIPT, _INTERMEDIATE)


def read_receipt(delivery: Delivery, *, ids: str, kind: ReceiptKind) -> Receipt | None:
    """Read a receipt; None when it names no id. `ids` is the route's `receipt_ids`."""
    text = _words(delivery)
    named = delivery.tlv("receipted_message_id")
    id_ = (named or b"").partition(b"\0")[0].decode("latin-1").strip()
    id_ = id_ or _find(_ID, text)
    if not id_:
        return None
    word = _find(_WORD, text).upper() or STATES.get(
        delivery.number("message_state") or 0, ""
    )
    status = WORDS.get(word)
    if status is ReceiptStatus.DELIVERED and kind is ReceiptKind.NETWORK:
        status = ReceiptStatus.ACKNOWLEDGED
    error = _find(_ERROR, text)
    return Receipt(
        reference=None,
        provider_id=receipted_id(id_, ids),
        status=status,
        raw_status=word or "no word",
        code=None if error in _NO_ERROR else error,
    )


def receipted_id(id_: str, ids: str) -> str:
    """Return a receipt's id as the answer to the text wrote it."""
    if ids == "hex_to_decimal":
        return _rewritten(id_, read=16, write="d")
    if ids == "decimal_to_hex":
        return _rewritten(id_, read=10, write="x")
    return id_


def answered_id(id_: str, ids: str) -> str:
    """Return an answer's id without what tells two spellings of a number apart."""
    if ids == "hex_to_decimal":
        return _rewritten(id_, read=10, write="d")
    if ids == "decimal_to_hex":
        return _rewritten(id_, read=16, write="x")
    return id_


def _rewritten(id_: str, *, read: int, write: str) -> str:
    try:
        return format(int(id_, read), write)
    except ValueError:
        return id_


def _words(delivery: Delivery) -> str:
    text = delivery.data.decode("latin-1")
    if not _ID.search(text) and delivery.data_coding == UCS2:
        text = delivery.data.decode("utf-16-be", "replace")
    # what a resident was sent must not be read as what the SMSC says of it
    return _TEXT.split(text, maxsplit=1)[0]


def _find(wanted: re.Pattern[str], text: str) -> str:
    found = wanted.search(text)
    return found.group(1) if found else ""

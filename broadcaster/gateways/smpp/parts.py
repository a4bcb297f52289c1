"""A text as the requests that carry it: one, or as many as it has segments.

Only the last part asks for a receipt, and the last part's id is the text's own: it
comes back in the receipt, is short enough to be kept, and is known after a restart.
Parts leave in order and each waits for the one before, so an SMSC that has the last has
them all. The price: that an earlier part never reached the handset is not reported.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from broadcaster.gateways.smpp.alphabets import encode_default, encode_ucs2, is_gsm7
from broadcaster.gateways.smpp.options import Account
from broadcaster.ports import Submission
from broadcaster.rules.segments import Encoding, measure, split

UDHI = 0x40
_NO_RECEIPT = 0
MOST_PARTS = 255
ADDRESS_LENGTH = 20
INTERNATIONAL, ISDN = 1, 1
_UCS2_WHOLE, _UCS2_PART = 70, 67

Fields = dict[str, Any]


class UnsendableError(Exception):
    """This route cannot carry the text: `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parts_of(text: Submission, account: Account) -> list[Fields]:
    """Return the fields of each submit_sm of a text. Raises UnsendableError."""
    is_plain = is_gsm7(text.text, charset=account.charset)
    common = _envelope(text, account)
    common["data_coding"] = account.gsm_coding if is_plain else account.ucs2_coding
    pieces = split(text.text) if is_plain else _split_ucs2(text.text)
    if not 1 <= len(pieces) <= MOST_PARTS:
        raise UnsendableError("length")
    if len(pieces) > 1 and account.long_texts == "payload":
        whole = _octets(text.text, account, is_plain=is_plain)
        parts: list[Fields] = [{"message_payload": whole}]
    else:
        octets = [_octets(piece, account, is_plain=is_plain) for piece in pieces]
        parts = _concatenated(octets, text.message_id, by=account.long_texts)
    receipts = [_NO_RECEIPT] * (len(parts) - 1) + [account.registered_delivery]
    return [
        common | part | {"registered_delivery": receipt}
        for part, receipt in zip(parts, receipts, strict=True)
    ]


def _concatenated(octets: Sequence[bytes], number: int, *, by: str) -> list[Fields]:
    """Say of each part which it is. `number` joins them: the same when tried again."""
    total = len(octets)
    if total == 1:
        return [{"short_message": octets[0]}]
    if by == "sar":
        return [
            {
                "short_message": part,
                "sar_msg_ref_num": number & 0xFFFF,
                "sar_total_segments": total,
                "sar_segment_seqnum": place,
            }
            for place, part in enumerate(octets, start=1)
        ]
    return [
        {
            "short_message": bytes([5, 0, 3, number & 0xFF, total, place]) + part,
            "esm_class": UDHI,
        }
        for place, part in enumerate(octets, start=1)
    ]


def _envelope(text: Submission, account: Account) -> Fields:
    if not (text.sender.isascii() and len(text.sender) <= ADDRESS_LENGTH):
        raise UnsendableError("sender")
    number = text.to.removeprefix("+")
    if not (number.isascii() and number.isdigit() and len(number) <= ADDRESS_LENGTH):
        raise UnsendableError("recipient")
    is_number = text.sender.startswith("+")
    fields: Fields = {
        "source_addr": text.sender.removeprefix("+"),
        "source_addr_ton": INTERNATIONAL if is_number else account.source_ton,
        "source_addr_npi": ISDN if is_number else account.source_npi,
        "destination_addr": number,
        "dest_addr_ton": account.dest_ton,
        "dest_addr_npi": account.dest_npi,
    }
    if text.valid_until is not None and account.validity != "none":
        fields["validity_period"] = _validity(text, account.validity)
    return fields


def _validity(text: Submission, form: str) -> str:
    """Write the end of a text's time as SMPP 3.4, 7.1.1, in UTC or as a span."""
    until = text.valid_until or text.submitted_at
    until = max(until, text.submitted_at + dt.timedelta(minutes=1))
    if form == "absolute":
        return until.astimezone(dt.UTC).strftime("%y%m%d%H%M%S000+")
    minutes = int((until - text.submitted_at).total_seconds()) // 60
    days, rest = divmod(minutes, 24 * 60)
    months, days = divmod(days, 30)
    return f"00{min(months, 11):02}{days:02}{rest // 60:02}{rest % 60:02}00000R"


def _octets(piece: str, account: Account, *, is_plain: bool) -> bytes:
    if is_plain:
        return encode_default(piece, charset=account.charset)
    return encode_ucs2(piece)


def _split_ucs2(text: str) -> list[str]:
    if measure(text).encoding is Encoding.UCS2:
        return split(text)
    # each letter of GSM7 is one unit, so nothing can be cut in two
    if len(text) <= _UCS2_WHOLE:
        return [text] if text else []
    return [text[at : at + _UCS2_PART] for at in range(0, len(text), _UCS2_PART)]

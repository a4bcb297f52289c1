"""The QR that any bank's application reads as a transfer: NAPAS's VietQR.

EMVCo's merchant-presented code, as NAPAS fills it for transfers between banks: fields
of two digits of tag, two of length, then the value; the last is a CRC of all before.
"""

import binascii
import enum
import re
from dataclasses import dataclass

from subscriptions.banks import BANKS
from subscriptions.errors import LedgerInputError

MAX_VND = 9_999_999_999_999
"""Thirteen digits: what the field of the amount takes."""
MAX_TEXT = 25
"""Of a purpose and of a bill's number, in characters."""

_NAPAS = "A000000727"
_VND = "704"
_STATIC, _DYNAMIC = "11", "12"
_CRC_HEAD = "6304"
_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,19}")
_TEXT = re.compile(rf"[0-9A-Za-z][0-9A-Za-z ./_-]{{0,{MAX_TEXT - 1}}}")
_FIELD = re.compile(r"([0-9]{2})([0-9]{2})")


class Service(enum.StrEnum):
    """Whether the number is that of an account or of a card."""

    ACCOUNT = "QRIBFTTA"
    CARD = "QRIBFTTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A transfer as a QR asks for it.

    Without an amount the payer types it. `purpose` and `bill` are plain ASCII.
    """

    bank_bin: str
    account: str
    amount_vnd: int | None = None
    purpose: str = ""
    bill: str = ""
    service: Service = Service.ACCOUNT


def encode(transfer: Transfer) -> str:
    """Return the characters of the QR. Raises LedgerInputError, naming the field."""
    _check(transfer)
    holder = _field("00", transfer.bank_bin) + _field("01", transfer.account)
    merchant = (
        _field("00", _NAPAS) + _field("01", holder) + _field("02", transfer.service)
    )
    amount = "" if transfer.amount_vnd is None else str(transfer.amount_vnd)
    extra = _field("01", transfer.bill) + _field("08", transfer.purpose)
    body = "".join(
        (
            _field("00", "01"),
            _field("01", _DYNAMIC if amount else _STATIC),
            _field("38", merchant),
            _field("53", _VND),
            _field("54", amount),
            _field("58", "VN"),
            _field("62", extra),
            _CRC_HEAD,
        )
    )
    return body + _crc(body)


def decode(payload: str) -> Transfer:
    """Return the transfer that a QR asks for.

    Raises LedgerInputError for a wrong CRC, broken fields, or anything that is not
    written as `encode` writes it.
    """
    if not payload.isascii() or payload[-4:] != _crc(payload[:-4]):
        raise LedgerInputError("payload", "crc")
    try:
        fields = _fields(payload)
        merchant = _fields(fields["38"])
        holder, extra = _fields(merchant["01"]), _fields(fields.get("62", ""))
        transfer = Transfer(
            bank_bin=holder["00"],
            account=holder["01"],
            amount_vnd=int(fields["54"]) if "54" in fields else None,
            purpose=extra.get("08", ""),
            bill=extra.get("01", ""),
            service=Service(merchant["02"]),
        )
    except (KeyError, ValueError) as error:
        raise LedgerInputError("payload", "not_a_transfer") from error
    if encode(transfer) != payload:
        raise LedgerInputError("payload", "not_a_transfer")
    return transfer


def check_account(bank_bin: str, account: str) -> None:
    """Refuse an unknown bank and what cannot be an account's number.

    Raises LedgerInputError for `bank_bin` or `account_number`.
    """
    if bank_bin not in BANKS:
        raise LedgerInputError("bank_bin", "choose")
    if not _ACCOUNT.fullmatch(account):
        raise LedgerInputError("account_number", "unusable")


def _check(transfer: Transfer) -> None:
    check_account(transfer.bank_bin, transfer.account)
    amount = transfer.amount_vnd
    if amount is not None and not 1 <= amount <= MAX_VND:
        raise LedgerInputError("amount_vnd", "out_of_bounds")
    for name, text in (("purpose", transfer.purpose), ("bill", transfer.bill)):
        if text and not _TEXT.fullmatch(text):
            raise LedgerInputError(name, "unusable")


def _field(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}" if value else ""


def _fields(text: str) -> dict[str, str]:
    """Take fields apart. Raises ValueError when they do not end where the text does."""
    found: dict[str, str] = {}
    while text:
        head = _FIELD.match(text)
        if head is None or head[1] in found:
            raise ValueError("no field")
        value, text = text[4 : 4 + int(head[2])], text[4 + int(head[2]) :]
        if len(value) != int(head[2]):
            raise ValueError("cut short")
        found[head[1]] = value
    return found


def _crc(body: str) -> str:
    """Return CRC-16 of CCITT (0x1021, from 0xFFFF) as four capitals of hex."""
    return f"{binascii.crc_hqx(body.encode('ascii'), 0xFFFF):04X}"

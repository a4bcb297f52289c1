"""Kannel's reports: a kind of report, and with it what the SMSC told."""

from urllib.parse import parse_qs

from broadcaster.errors import InputError
from broadcaster.gateways.kannel_words import STATUSES
from broadcaster.ports import Callback, Receipt, ReceiptKind, ReceiptStatus

SMPP = "smpp"
ERROR = "dlr_err"


def read_report(callback: Callback, *, reference: str, kind: ReceiptKind) -> Receipt:
    """Read one report of a text. Raises InputError when it is none."""
    raw_status = callback.query.get("d", "")
    if not raw_status:
        raise InputError("d", "missing")
    status = STATUSES.get(raw_status)
    if status is ReceiptStatus.DELIVERED and kind is ReceiptKind.NETWORK:
        status = ReceiptStatus.ACKNOWLEDGED
    return Receipt(
        reference=reference,
        provider_id=None,
        status=status,
        raw_status=raw_status,
        code=_error_in(callback.query.get("m", "")),
    )


def _error_in(told: str) -> str | None:
    """Return the SMSC's own error of `?group?name=value&…?group?…`; 000 is none."""
    groups = told.split("?")
    for name, facts in zip(groups[1::2], groups[2::2], strict=False):
        word = parse_qs(facts).get(ERROR, [""])[0]
        if name == SMPP and word.strip("0"):
            return word
    return None

"""eSMS's words as ours: its answers, its silences and its reports."""

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

from broadcaster.gateways.codes import read_codes
from broadcaster.gateways.http_exchange import HttpAnswer, Settled
from broadcaster.gateways.http_outcomes import (
    LONGEST_CODE,
    by_table,
    read_object,
    without_word,
)
from broadcaster.ports import Callback, Outcome, ReceiptStatus, Submission

DONE = "5"
STATUSES = {
    # waits for approval, waits to be sent, sent and waits for the network's word
    "1": ReceiptStatus.ACCEPTED,
    "2": ReceiptStatus.ACCEPTED,
    "7": ReceiptStatus.ACCEPTED,
    "4": ReceiptStatus.REFUSED,
}
FINAL = frozenset(
    {ReceiptStatus.DELIVERED, ReceiptStatus.UNDELIVERED, ReceiptStatus.REFUSED}
)
ENCODED_AT_MOST = 3
STAMP = "____"
"""What stands between an error and the time that is sometimes written after it."""

CODES = read_codes("esms_codes.csv")


def read_answer(text: Submission, answer: Settled) -> Outcome:
    """Return what the answer to a text, or the lack of one, means.

    eSMS answers everything with 200 and a CodeResult; whatever has none is not eSMS's.
    """
    told = read_object(answer.body) if isinstance(answer, HttpAnswer) else {}
    code, sms_id = told.get("CodeResult"), told.get("SMSID")
    if not isinstance(code, str | int) or not str(code):
        return without_word(text, answer)
    return by_table(
        text, str(code), table=CODES, provider_id=str(sms_id) if sms_id else None
    )


def read_status(query: Mapping[str, str]) -> ReceiptStatus | None:
    """Return how far a report, or an answer of their records, says a text has come.

    Done says nothing by itself: it is delivered when one was sent and none failed.
    """
    raw = query.get("SendStatus", "")
    if raw != DONE:
        return STATUSES.get(raw)
    if query.get("SendFailed", "0") not in ("", "0"):
        return ReceiptStatus.UNDELIVERED
    is_sent = query.get("SendSuccess", "0") not in ("", "0")
    return ReceiptStatus.DELIVERED if is_sent else None


def raw_status(query: Mapping[str, str]) -> str:
    """Return their own words for a status, short enough to keep."""
    words = (query.get(n, "") for n in ("SendStatus", "SendSuccess", "SendFailed"))
    return "/".join(word[:10] for word in words)


def asked(callback: Callback) -> dict[str, str]:
    """Return the fields of a report.

    Whoever adds them to an address that has fields already may begin with a second
    question mark: it then stands in the last value of ours.
    """
    query = dict(callback.query)
    key, mark, rest = query.get("k", "").partition("?")
    return query | {"k": key} | dict(parse_qsl(rest)) if mark else query


def read_error(written: str) -> str | None:
    """Return the code in error_info: JSON that was encoded once, twice or more."""
    for _ in range(ENCODED_AT_MOST):
        bare = written.partition(STAMP)[0]
        try:
            told = json.loads(bare)
        except (ValueError, RecursionError):
            written = unquote(written)
            continue
        if isinstance(told, dict):
            code = told.get("error")
            return str(code)[:LONGEST_CODE] if code else None
        if not isinstance(told, str):
            break
        written = told
    return None

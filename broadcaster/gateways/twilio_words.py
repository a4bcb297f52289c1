"""Twilio's words as ours: its statuses, its codes, its refusals and its silences."""

import datetime as dt
from http import HTTPStatus

from broadcaster.gateways.codes import read_codes
from broadcaster.gateways.http_exchange import HttpAnswer, Settled
from broadcaster.gateways.http_outcomes import (
    by_table,
    in_doubt,
    read_object,
    without_word,
)
from broadcaster.ports import Blame, Outcome, ReceiptStatus, Submission, Verdict

LONGEST_VALIDITY_S = 36_000
TOO_MANY = HTTPStatus.TOO_MANY_REQUESTS
TIMED_OUT = HTTPStatus.REQUEST_TIMEOUT

STATUSES = {
    "accepted": ReceiptStatus.ACCEPTED,
    "scheduled": ReceiptStatus.ACCEPTED,
    "queued": ReceiptStatus.ACCEPTED,
    "sending": ReceiptStatus.ACCEPTED,
    # an upstream carrier has it, which is not yet the resident's own network
    "sent": ReceiptStatus.ACCEPTED,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.DELIVERED,
    "undelivered": ReceiptStatus.UNDELIVERED,
    "failed": ReceiptStatus.REFUSED,
    "canceled": ReceiptStatus.REFUSED,
}


CODES = read_codes("twilio_codes.csv")


def blame_of(code: str) -> Blame | None:
    """Return who has to mend what this code names."""
    return CODES.facts(code).blame


def validity(left: dt.timedelta) -> int:
    """Return the seconds Twilio may keep trying."""
    return min(max(int(left.total_seconds()), 1), LONGEST_VALIDITY_S)


def read_answer(text: Submission, answer: Settled) -> Outcome:
    """Return what the answer to a create call, or the lack of one, means.

    What cannot be read, 200 with a proxy's page included, may have been taken.
    """
    if not isinstance(answer, HttpAnswer) or answer.status == TOO_MANY:
        return without_word(text, answer)
    told = read_object(answer.body)
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return _refused(text, status=answer.status, code=told.get("code"))
    sid = told.get("sid")
    if not isinstance(sid, str) or not sid:
        return in_doubt(text, "unreadable")
    return Outcome(
        message_id=text.message_id, verdict=Verdict.ACCEPTED, provider_id=sid
    )


def _refused(text: Submission, *, status: int, code: object) -> Outcome:
    """Read a refusal; who failed on the way may have handed the text on."""
    word = str(code or status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == TIMED_OUT:
        return in_doubt(text, word)
    return by_table(text, word, table=CODES, provider_id=None)

"""Twilio's words as ours: its statuses, its codes, its refusals and its silences."""

import datetime as dt
import json
from http import HTTPStatus

from broadcaster.gateways.codes import read_codes
from broadcaster.gateways.http_exchange import Settled, Unanswered
from broadcaster.ports import Blame, Outcome, ReceiptStatus, Submission, Verdict

LONGEST_VALIDITY_S = 36_000
TELCO_DOWN_S = 30.0
WAIT_S = 5.0
"""Where a 429 does not say how long to wait."""
LONGEST_WAIT_S = 3_600.0
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
    if isinstance(answer, Unanswered):
        return _unanswered(text, answer)
    if answer.status == TOO_MANY:
        wait = min(answer.retry_after or WAIT_S, LONGEST_WAIT_S)
        return Outcome(
            message_id=text.message_id,
            verdict=Verdict.LATER,
            code="20429",
            blame=Blame.THEIRS,
            retry_after=wait,
        )
    told = _read_json(answer.body)
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return _refused(text, status=answer.status, code=told.get("code"))
    sid = told.get("sid")
    if not isinstance(sid, str) or not sid:
        return _in_doubt(text, "unreadable")
    return Outcome(
        message_id=text.message_id, verdict=Verdict.ACCEPTED, provider_id=sid
    )


def _read_json(body: bytes) -> dict[str, object]:
    try:
        told = json.loads(body.decode())  # bytes would have their encoding guessed
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _unanswered(text: Submission, why: Unanswered) -> Outcome:
    if why is Unanswered.LOST:
        return _in_doubt(text, why)
    unreachable = why is Unanswered.UNREACHABLE
    return Outcome(
        message_id=text.message_id,
        verdict=Verdict.NOT_SENT,
        code=why,
        blame=Blame.THEIRS if unreachable else None,
        retry_after=TELCO_DOWN_S if unreachable else None,
    )


def _in_doubt(text: Submission, code: str) -> Outcome:
    return Outcome(
        message_id=text.message_id,
        verdict=Verdict.IN_DOUBT,
        code=code,
        blame=Blame.THEIRS,
    )


def _refused(text: Submission, *, status: int, code: object) -> Outcome:
    """Read a refusal; who failed on the way may have handed the text on."""
    word = str(code or status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == TIMED_OUT:
        return _in_doubt(text, word)
    facts = CODES.facts(word)
    return Outcome(
        message_id=text.message_id,
        verdict=facts.verdict,
        code=word,
        blame=facts.blame,
    )

"""Twilio's words as ours: its statuses, its codes, its refusals and its silences."""

import csv
import datetime as dt
from dataclasses import dataclass
from importlib import resources

from twilio.base.exceptions import TwilioRestException

from broadcaster.gateways.twilio_http import NotSentError, ThrottledError, WireError
from broadcaster.ports import Blame, Outcome, ReceiptStatus, Submission, Verdict

LONGEST_VALIDITY_S = 36_000
TELCO_DOWN_S = 30.0
FAILED_ON_THE_WAY = 500
TIMED_OUT = 408
UNKNOWN = "unknown"

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


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFacts:
    """What one of Twilio's codes lets us do next, and who has to mend it."""

    verdict: Verdict
    blame: Blame


def read_codes() -> dict[str, CodeFacts]:
    """Read the table of codes beside this file."""
    path = resources.files("broadcaster.gateways") / "twilio_codes.csv"
    with path.open(encoding="utf-8") as file:
        return {
            row["code"]: CodeFacts(
                verdict=Verdict(row["verdict"]), blame=Blame(row["blame"])
            )
            for row in csv.DictReader(file)
        }


CODES = read_codes()


def blame_of(code: str) -> Blame:
    """Return who has to mend what this code names."""
    return CODES.get(code, CODES[UNKNOWN]).blame


def validity(left: dt.timedelta) -> int:
    """Return the seconds Twilio may keep trying."""
    return min(max(int(left.total_seconds()), 1), LONGEST_VALIDITY_S)


def failed(text: Submission, err: Exception) -> Outcome:
    """Return what a failed create call means for its text.

    What cannot be read, 200 with a proxy's page included, may have been taken.
    """
    if isinstance(err, ThrottledError):
        return _later(text, "20429", err.retry_after)
    if isinstance(err, NotSentError):
        return _later(text, "unreachable", TELCO_DOWN_S)
    if isinstance(err, TwilioRestException):
        return _refused(text, status=err.status, code=err.code)
    return in_doubt(text, "lost" if isinstance(err, WireError) else "unreadable")


def _later(text: Submission, code: str, retry_after: float) -> Outcome:
    return Outcome(
        message_id=text.message_id,
        verdict=Verdict.LATER,
        code=code,
        blame=Blame.THEIRS,
        retry_after=retry_after,
    )


def in_doubt(text: Submission, code: str) -> Outcome:
    """Say that nobody knows whether the text was taken."""
    return Outcome(
        message_id=text.message_id,
        verdict=Verdict.IN_DOUBT,
        code=code,
        blame=Blame.THEIRS,
    )


def _refused(text: Submission, *, status: int, code: int | None) -> Outcome:
    """Read a refusal; who failed on the way may have handed the text on."""
    if status >= FAILED_ON_THE_WAY or status == TIMED_OUT:
        return in_doubt(text, str(code or status))
    word = str(code or status)
    facts = CODES.get(word, CODES[UNKNOWN])
    return Outcome(
        message_id=text.message_id,
        verdict=facts.verdict,
        code=word,
        blame=facts.blame,
    )

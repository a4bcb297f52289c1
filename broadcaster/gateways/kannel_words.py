"""Kannel's words as ours: its answers, its refusals, its silences, its reports."""

import re
from collections.abc import Sequence
from http import HTTPStatus

from broadcaster.gateways.codes import read_codes
from broadcaster.gateways.http_exchange import HttpAnswer, Settled, Unanswered
from broadcaster.ports import Blame, Outcome, ReceiptStatus, Submission, Verdict

CODES = read_codes("kannel_codes.csv")
CODE_LETTERS = 24
TELCO_DOWN_S = 30.0
WAIT_S = 30.0
"""Where nobody says how long to wait."""
LONGEST_WAIT_S = 3_600.0
TAKEN = ("0:", "3:", "Sent.")
"""Delivered to the SMSC's queue; kept until it is back; taken on trust.

The last is what a Kannel says that answers before its bearerbox has the text.
"""
DENIED = re.compile(r"Denied receivers are:([\d+ ]*)")
TEMPORAL = "temporal-failure-try-aga"
TOO_MANY = "too-many-requests"
DENIED_CODE = "number-s-has-have-been-d"
ONE_OF_MANY = frozenset({TEMPORAL, "not-routable-do-not-try"})
"""Said of the first number that failed: the others of its request may be taken."""

STATUSES = {
    "1": ReceiptStatus.DELIVERED,
    "2": ReceiptStatus.UNDELIVERED,
    "4": ReceiptStatus.ACCEPTED,
    # the SMSC has it, which may be an aggregator's and not the resident's network
    "8": ReceiptStatus.ACCEPTED,
    "16": ReceiptStatus.REFUSED,
    "34": ReceiptStatus.EXPIRED,
}


def read_answer(texts: Sequence[Submission], answer: Settled) -> list[Outcome]:
    """Return what the answer to a request, or the lack of one, means for each text.

    What cannot be read, a proxy's page with 200 included, may have been taken.
    """
    if isinstance(answer, Unanswered):
        return [_unanswered(text, answer) for text in texts]
    words = answer.body.decode(errors="replace").strip()
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return _refused(texts, answer, code=_code_of(answer, words))
    if not words.startswith(TAKEN):
        return [_in_doubt(text, "unreadable") for text in texts]
    found = DENIED.search(words)
    denied = set(found[1].split()) if found else set()
    return [_denied(text) if text.to in denied else _taken(text) for text in texts]


def _code_of(answer: HttpAnswer, words: str) -> str:
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return TOO_MANY
    letters = "-".join(re.findall("[a-z]+", words.lower()))
    return letters[:CODE_LETTERS].strip("-") or str(answer.status)


def _refused(
    texts: Sequence[Submission], answer: HttpAnswer, *, code: str
) -> list[Outcome]:
    """Read a refusal; who failed on the way may have handed the texts on."""
    is_failure = (
        answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        or answer.status == HTTPStatus.REQUEST_TIMEOUT
    )
    if (is_failure and code != TEMPORAL) or (len(texts) > 1 and code in ONE_OF_MANY):
        return [_in_doubt(text, code) for text in texts]
    wait = None
    if code in (TEMPORAL, TOO_MANY):
        wait = min(answer.retry_after or WAIT_S, LONGEST_WAIT_S)
    return [_refusal(text, code, retry_after=wait) for text in texts]


def _refusal(
    text: Submission, code: str, *, retry_after: float | None = None
) -> Outcome:
    facts = CODES.facts(code)
    return Outcome(
        message_id=text.message_id,
        verdict=facts.verdict,
        code=code,
        blame=facts.blame,
        retry_after=retry_after,
    )


def _denied(text: Submission) -> Outcome:
    return _refusal(text, DENIED_CODE)


def _taken(text: Submission) -> Outcome:
    """Name it by our own reference: Kannel tells no id."""
    return Outcome(
        message_id=text.message_id,
        verdict=Verdict.ACCEPTED,
        provider_id=text.reference.hex,
    )


def _in_doubt(text: Submission, code: str) -> Outcome:
    return Outcome(
        message_id=text.message_id,
        verdict=Verdict.IN_DOUBT,
        code=code,
        blame=Blame.THEIRS,
    )


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

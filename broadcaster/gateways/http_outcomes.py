"""What silence, or an answer that is not the telco's own, means over HTTP."""

import json
from http import HTTPStatus

from broadcaster.gateways.codes import CodeTable
from broadcaster.gateways.http_exchange import HttpAnswer, Settled, Unanswered
from broadcaster.ports import Blame, Outcome, Submission, Verdict

TELCO_DOWN_S = 30.0
WAIT_S = 5.0
"""Where a 429 does not say how long to wait."""
LONGEST_WAIT_S = 3_600.0
LONGEST_CODE = 24


def read_object(body: bytes) -> dict[str, object]:
    """Read a JSON object; whatever is none reads as empty."""
    try:
        told = json.loads(body.decode())  # bytes would have their encoding guessed
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def without_word(text: Submission, answer: Settled) -> Outcome:
    """Return the outcome of a text of which the telco itself said nothing.

    A 429 was never processed. Any other answer came from somebody on the way, who may
    have handed the text on.
    """
    if isinstance(answer, HttpAnswer):
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return _asked_to_wait(text, answer)
        is_ok = answer.status == HTTPStatus.OK
        return in_doubt(text, "unreadable" if is_ok else str(answer.status))
    if answer is Unanswered.LOST:
        return in_doubt(text, answer)
    is_down = answer is Unanswered.UNREACHABLE
    return Outcome(
        message_id=text.message_id,
        verdict=Verdict.NOT_SENT,
        code=answer,
        blame=Blame.THEIRS if is_down else None,
        retry_after=TELCO_DOWN_S if is_down else None,
    )


def by_table(
    text: Submission, code: str, *, table: CodeTable, provider_id: str | None
) -> Outcome:
    """Return the outcome that a telco's code stands for.

    `provider_id` is kept where the text was taken.
    """
    facts = table.facts(code)
    is_taken = facts.verdict is Verdict.ACCEPTED
    return Outcome(
        message_id=text.message_id,
        verdict=facts.verdict,
        provider_id=provider_id if is_taken else None,
        code=None if is_taken else code[:LONGEST_CODE],
        blame=facts.blame,
        retry_after=facts.wait_s,
    )


def _asked_to_wait(text: Submission, answer: HttpAnswer) -> Outcome:
    return Outcome(
        message_id=text.message_id,
        verdict=Verdict.LATER,
        code=str(answer.status),
        blame=Blame.THEIRS,
        retry_after=min(answer.retry_after or WAIT_S, LONGEST_WAIT_S),
    )


def in_doubt(text: Submission, code: str) -> Outcome:
    """Say of a text that it may have been taken, and why nobody knows."""
    return Outcome(
        message_id=text.message_id,
        verdict=Verdict.IN_DOUBT,
        code=code,
        blame=Blame.THEIRS,
    )

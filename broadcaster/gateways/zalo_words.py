"""Zalo's words as ours: its codes, its refusals, and what is used up."""

import datetime as dt
import time
from dataclasses import replace
from http import HTTPStatus

from broadcaster.gateways.codes import UNKNOWN, read_codes
from broadcaster.gateways.http_exchange import HttpAnswer, Settled
from broadcaster.gateways.http_outcomes import by_table, read_object, without_word
from broadcaster.ports import Blame, Outcome, Submission, Verdict
from broadcaster.rules.timing import ward_moment, ward_today

CODES = read_codes("zalo_codes.csv")
TOKEN_CODES = frozenset({"-124", "-216", "-220"})
"""The access token does not open, so the message was certainly not taken."""
TEMPLATE_QUOTA = "-147"
OA = "oa:"
"""Before a code that means something else where messages go by user id."""
MORNING = dt.time(6)
SPREAD_S = 900
"""What waited for the morning, or for midnight, leaves over so many seconds."""
TRY_AGAIN_S = 600.0
"""So long no text is tried once a quota or a wallet was empty."""


def read_answer(text: Submission, answer: Settled, *, is_by_user_id: bool) -> Outcome:
    """Return what the answer, or the lack of one, means.

    Refusals come with HTTP 200; what cannot be read may have been taken.
    """
    if not isinstance(answer, HttpAnswer):
        return without_word(text, answer)
    told = read_object(answer.body)
    error = told.get("error")
    is_broken = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if is_broken or isinstance(error, bool) or not isinstance(error, int):
        return without_word(text, answer)
    if error == 0:
        return _taken(text, told.get("data"), answer=answer)
    return _refused(text, code_of(error, is_by_user_id=is_by_user_id))


def code_of(error: int, *, is_by_user_id: bool) -> str:
    """Return the code under which the table has an error."""
    special = f"{OA}{error}"
    return special if is_by_user_id and special in CODES.rows else str(error)


def ours(text: Submission, code: str) -> Outcome:
    """Return the outcome of what cannot be asked of Zalo: nobody but us mends it."""
    return Outcome(
        message_id=text.message_id,
        verdict=Verdict.ELSEWHERE,
        code=code,
        blame=Blame.OURS,
    )


def not_sent(text: Submission, code: str, *, retry_after: float) -> Outcome:
    """Return the outcome of a text for which there is no token just now."""
    return Outcome(
        message_id=text.message_id,
        verdict=Verdict.NOT_SENT,
        code=code,
        blame=Blame.THEIRS,
        retry_after=retry_after,
    )


def over_quota(text: Submission, code: str) -> Outcome:
    """Return the outcome of a text that a used-up quota holds back."""
    return _refused(text, code)


def _taken(text: Submission, data: object, *, answer: HttpAnswer) -> Outcome:
    facts = data if isinstance(data, dict) else {}
    message_id = facts.get("msg_id") or facts.get("message_id")
    if isinstance(message_id, bool) or not isinstance(message_id, str | int):
        return without_word(text, answer)
    return Outcome(
        message_id=text.message_id,
        verdict=Verdict.ACCEPTED,
        provider_id=str(message_id),
    )


def _refused(text: Submission, code: str) -> Outcome:
    outcome = by_table(text, code, table=CODES, provider_id=None)
    if outcome.retry_after is not None:
        return outcome
    if outcome.verdict is Verdict.NIGHT:
        return replace(outcome, retry_after=_until(text, MORNING))
    if outcome.verdict is Verdict.OVER_QUOTA:
        return replace(outcome, retry_after=_until(text, dt.time(0)))
    return outcome


def _until(text: Submission, at: dt.time) -> float:
    """Return the seconds until the ward's clock next shows `at`, and some more.

    How many more is drawn by the text's reference: thousands waited for that moment.
    """
    now = text.submitted_at
    day = ward_today(now)
    moment = ward_moment(day, at)
    if moment <= now:
        moment = ward_moment(day + dt.timedelta(days=1), at)
    return (moment - now).total_seconds() + text.reference.int % SPREAD_S


class Spent:
    """What this process has learnt to be used up: texts need not ask for it again."""

    def __init__(self) -> None:
        self._account: tuple[str, float] | None = None
        self._templates: dict[str, float] = {}

    def learn(self, text: Submission, outcome: Outcome) -> None:
        """Note that a quota or a wallet was found empty."""
        if outcome.verdict is not Verdict.OVER_QUOTA or outcome.code is None:
            return
        until = time.monotonic() + min(TRY_AGAIN_S, outcome.retry_after or TRY_AGAIN_S)
        if outcome.code == TEMPLATE_QUOTA:
            self._templates[str(text.template_id)] = until
        else:
            self._account = (outcome.code, until)

    def why(self, text: Submission) -> str | None:
        """Return the code that such a text would get now, None when it may try."""
        if text.template_id is None:
            return None
        now = time.monotonic()
        if self._account is not None and self._account[1] > now:
            return self._account[0]
        if self._templates.get(text.template_id, 0.0) > now:
            return TEMPLATE_QUOTA
        return None


__all__ = [
    "CODES",
    "TOKEN_CODES",
    "UNKNOWN",
    "Spent",
    "code_of",
    "not_sent",
    "ours",
    "over_quota",
    "read_answer",
]

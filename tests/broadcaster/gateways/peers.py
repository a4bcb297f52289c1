"""What a gateway's contract asks of the other end of its wire."""

import datetime as dt
import enum
import uuid
from collections.abc import Callable
from itertools import count
from threading import Lock
from typing import Protocol

from broadcaster.ports import Callback, Gateway, Outcome, ReceiptStatus, Submission

_PHONES = count(2_000_000)
BODY = "Thong bao: sang mai tra luong huu tai nha van hoa."


class Answer(enum.StrEnum):
    """What the telco does with a text that is handed in."""

    ACCEPTED = "accepted"
    NEVER = "never"
    ELSEWHERE = "elsewhere"
    LATER = "later"
    LATER_UNTIMED = "later_untimed"
    SLOW = "slow"
    LOST = "lost"
    GARBAGE = "garbage"
    HTML_502 = "html_502"
    UNKNOWN_CODE = "unknown_code"
    UNREACHABLE = "unreachable"


class Doubts(enum.StrEnum):
    """How a text whose answer was lost can be settled at this telco."""

    FOUND = "found"
    """Its records show the text, or that there is none."""
    REPEATED = "repeated"
    """It may be handed in again: the telco takes our reference once."""
    UNCLEAR = "unclear"
    """By a report that comes by itself, or not at all."""


WAIT_S = 7
"""What the peer asks for with LATER."""
SLOW_S = 1.5
"""How long the peer takes over an answer with SLOW."""


class Peer(Protocol):
    """The other end of the wire, in the test's hands."""

    def when(self, answer: Answer) -> Gateway:
        """Return the gateway, its telco now answering like this.

        The same gateway as before where it can be: it has connections by now.
        """

    def named(self, name: str) -> Gateway:
        """Return another gateway, called like this."""

    def received(self, to: str) -> list[str]:
        """List what this handset received."""

    def sign(self, status: ReceiptStatus, *, reference: str) -> Callback:
        """Return a report of how far a text has come, as the telco itself sends it.

        Of DELIVERED and ACCEPTED at least.
        """

    def forge(self, good: Callback) -> list[Callback]:
        """Return reports like this one that the telco never sent."""


def a_submission(number: int = 1, *, body: str = BODY) -> Submission:
    return Submission(
        message_id=number,
        reference=uuid.uuid4(),
        to=f"+8491{next(_PHONES):07}",
        text=body,
        sender="PHOASUA",
        submitted_at=dt.datetime.now(dt.UTC),
    )


def always() -> bool:
    return True


def at_most(allowed: int) -> Callable[[], bool]:
    """Return a `may_start` that says yes so many times; any thread may ask."""
    asked, lock = count(1), Lock()

    def may_start() -> bool:
        with lock:
            return next(asked) <= allowed

    return may_start


def submit_one(gateway: Gateway, text: Submission) -> Outcome:
    [outcome] = gateway.submit([text], may_start=always)
    assert outcome.message_id == text.message_id
    return outcome

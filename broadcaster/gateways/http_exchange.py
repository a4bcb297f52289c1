"""What goes to a telco over HTTP, what comes back, and one call's worth of both."""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

GIVE_UP_AFTER = 16
"""Requests without an answer in a row before the rest of a call is not tried.

Each that is lost leaves a text in doubt, after ten seconds at worst.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One POST. `headers` are whole lines; alike requests share one tuple."""

    url: str
    headers: tuple[str, ...]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """A whole answer. `retry_after` is in seconds, read from a number or a date."""

    status: int
    body: bytes
    retry_after: float | None = None


class Unanswered(enum.StrEnum):
    """Why a request has no answer; only LOST may have arrived."""

    STOPPED = "stopped"
    """`may_start` said no before it left."""
    UNREACHABLE = "unreachable"
    """No connection came about for it to leave by, or those before it met none."""
    LOST = "lost"
    """It began to leave, and no whole answer came back."""


Settled = HttpAnswer | Unanswered


class Exchange:
    """The requests of one call, and what became of them in the same order.

    Only the engine's thread changes it; the caller waits for `done`.
    """

    def __init__(
        self, requests: Sequence[HttpRequest], *, may_start: Callable[[], bool]
    ) -> None:
        self.requests = requests
        self.settled: list[Settled] = [Unanswered.UNREACHABLE] * len(requests)
        self.done = Event()
        self._may_start = may_start
        self._next = 0
        self._given_back: list[int] = []
        self._open = len(requests)
        self._failed_in_a_row = 0
        self._halted_by: Unanswered | None = None

    @property
    def has_more(self) -> bool:
        """Tell whether a request has not been taken yet."""
        return bool(self._given_back) or self._next < len(self.requests)

    def take(self) -> int:
        """Return the number of the next request."""
        if self._given_back:
            return self._given_back.pop()
        self._next += 1
        return self._next - 1

    def give_back(self, index: int) -> None:
        """Take back a request that certainly did not leave, to be taken again."""
        if self._halted_by is None:
            self._given_back.append(index)
        else:
            self.settle(index, None)

    def may_leave(self) -> bool:
        """Ask whether one more may leave; after the first no, none may."""
        if self._halted_by is None and not self._may_start():
            self._halt(Unanswered.STOPPED)
        return self._halted_by is None

    def settle(self, index: int, answer: Settled | None) -> None:
        """Write down what became of a request; None never left."""
        if isinstance(answer, HttpAnswer):
            self._failed_in_a_row = 0
        else:
            self._failed_in_a_row += 1
            if self._halted_by is None and self._failed_in_a_row >= GIVE_UP_AFTER:
                self._halt(Unanswered.UNREACHABLE)
        self.settled[index] = answer or self._halted_by or Unanswered.UNREACHABLE
        self._close(1)

    def abandon(self) -> None:
        """Settle whatever was not taken: it never left."""
        self._halt(Unanswered.UNREACHABLE)

    def _halt(self, why: Unanswered) -> None:
        rest = [*self._given_back, *range(self._next, len(self.requests))]
        for index in rest:
            self.settled[index] = why
        self._halted_by = why
        self._given_back.clear()
        self._next = len(self.requests)
        self._close(len(rest))

    def _close(self, count: int) -> None:
        self._open -= count
        if not self._open:
            self.done.set()

"""Tell watchers what changed since they last looked, and how fast the network works."""

import time
from collections import deque
from dataclasses import dataclass, field

WINDOW_S = 5.0


class Changes:
    """Number every change, so that a page asks only for what it has not seen.

    Numbers start at the clock's milliseconds: a page that outlives a restart holds a
    number below every later one, and is told everything.
    """

    def __init__(self) -> None:
        self._first = time.time_ns() // 1_000_000
        self._of: dict[str, int] = {}
        self.version = self._first

    def touch(self, e164: str) -> None:
        """Note that something changed for a number."""
        self.version += 1
        self._of[e164] = self.version

    def touch_all(self) -> None:
        """Note that everything may have changed."""
        self.version += 1
        self._first = self.version
        self._of.clear()

    def is_new(self, e164: str, *, since: int) -> bool:
        """Tell whether a number changed after `since`."""
        if since > self.version:
            return True
        return self._of.get(e164, self._first) > since


@dataclass(slots=True)
class Pace:
    """Count events over the last five seconds."""

    marks: deque[float] = field(default_factory=lambda: deque(maxlen=100_000))

    def mark(self) -> None:
        """Count one event now."""
        self.marks.append(time.monotonic())

    def per_second(self) -> float:
        """Return events per second over the window."""
        oldest = time.monotonic() - WINDOW_S
        while self.marks and self.marks[0] < oldest:
            self.marks.popleft()
        return round(len(self.marks) / WINDOW_S, 1)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What the network has done since it was last reset."""

    taken: int = 0
    delivered: int = 0
    failed: int = 0
    parts: int = 0
    receipts_posted: int = 0
    receipts_given_up: int = 0
    taken_pace: Pace = field(default_factory=Pace)
    delivered_pace: Pace = field(default_factory=Pace)

    @property
    def waiting(self) -> int:
        """Return how many texts are still on their way."""
        return self.taken - self.delivered - self.failed

"""One window between its claim and its last recorded outcome, slice by slice."""

import datetime as dt
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from broadcaster.ports import Capabilities, Outcome, Submission, Verdict
from broadcaster.rules.breaking import is_down
from broadcaster.store.windows import Window

AHEAD_S = 0.5
"""How much of the telco's pace a window may hold: an emergency waits for two."""
SLICE = 100
SLICE_S = 0.1
LEASE = dt.timedelta(seconds=20)
FENCE_S = 3.0
"""So long before its lease ends nothing more of a window may leave."""
UNREACHABLE = "unreachable"


@dataclass(slots=True, kw_only=True, eq=False)
class Flight:
    """A claimed window. `fence` is when nothing more of it may leave, monotonic s."""

    window_id: int
    claimed_at: dt.datetime
    ward_ids: frozenset[int]
    is_started: bool
    fence: float
    slices: deque[list[Submission]]
    open: int
    """Texts whose outcome is not recorded yet."""
    is_lost: bool = False
    """Its lease ran out: others have put back what had not left."""

    @classmethod
    def of(
        cls,
        window: Window,
        *,
        window_id: int,
        size: int,
        is_started: bool,
        fence: float,
    ) -> "Flight":
        """Cut a claimed window into slices of `size` texts."""
        texts = window.submissions
        return cls(
            window_id=window_id,
            claimed_at=texts[0].submitted_at,
            ward_ids=window.ward_ids,
            is_started=is_started,
            fence=fence,
            slices=deque(texts[at : at + size] for at in range(0, len(texts), size)),
            open=len(texts),
        )

    def give_back(self) -> list[Outcome]:
        """Take out what was not handed over: it never left."""
        unsent = [text for texts in self.slices for text in texts]
        self.slices.clear()
        if self.is_lost:
            self.open -= len(unsent)
            return []
        return not_sent(unsent)


def fence_from(moment: float) -> float:
    """Return when a lease that is written now must not be relied on any more."""
    return moment + LEASE.total_seconds() - FENCE_S


def answers(texts: Sequence[Submission], told: Sequence[Outcome]) -> list[Outcome]:
    """Return one outcome for each text: of what was not told, nobody knows."""
    known = {outcome.message_id: outcome for outcome in told}
    return [
        known.get(text.message_id)
        or Outcome(message_id=text.message_id, verdict=Verdict.IN_DOUBT, code="error")
        for text in texts
    ]


def not_sent(texts: Sequence[Submission]) -> list[Outcome]:
    """Say of these texts that they never left."""
    return [
        Outcome(message_id=text.message_id, verdict=Verdict.NOT_SENT) for text in texts
    ]


@dataclass(slots=True, kw_only=True)
class Speed:
    """How fast this gateway lets us send, so that no window holds too much."""

    capabilities: Capabilities
    began: float = field(default_factory=time.monotonic)
    done: int = 0

    def window(self) -> int:
        """Return how many texts the next window may hold."""
        most = self.capabilities.window
        per_second = self.capabilities.segments_per_second
        if per_second is not None:
            return max(1, min(most, int(per_second * AHEAD_S)))
        at_once = self.capabilities.connections
        if not self.done:
            return min(most, 2 * at_once)
        elapsed = max(time.monotonic() - self.began, 0.001)
        return min(most, max(at_once // 2, 1, int(self.done / elapsed * AHEAD_S)))

    def slice(self) -> int:
        """Return how many texts are handed over at a time."""
        per_second = self.capabilities.segments_per_second
        return SLICE if per_second is None else max(1, int(per_second * SLICE_S))


@dataclass(slots=True)
class Tally:
    """What became of texts since it was last looked at."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    unreachable: int = 0

    def count(self, outcomes: Sequence[Outcome]) -> None:
        """Add outcomes; what never left for reasons of ours says nothing."""
        for outcome in outcomes:
            if outcome.verdict is Verdict.NOT_SENT:
                self.unreachable += outcome.code == UNREACHABLE
            else:
                self.verdicts[outcome.verdict] += 1

    def is_down(self, *, probing: bool) -> bool:
        """Tell whether the telco counts as down by these."""
        return is_down(
            tried=self.verdicts.total() + self.unreachable,
            unreachable=self.unreachable,
            lost=self.verdicts[Verdict.IN_DOUBT],
            probing=probing,
        )

    def came_through(self) -> bool:
        """Tell whether any text met a telco that answered."""
        return any(v is not Verdict.IN_DOUBT for v in self.verdicts)

    def as_facts(self) -> dict[str, int]:
        """Return the counts by word, for logs and the operator."""
        facts = {verdict.value: count for verdict, count in self.verdicts.items()}
        return facts | ({UNREACHABLE: self.unreachable} if self.unreachable else {})

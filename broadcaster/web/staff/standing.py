"""How an announcement stands, in a sentence and in numbers that add up."""

import datetime as dt
import enum
import math
from dataclasses import dataclass

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.reports import Progress
from broadcaster.store.tables.announcements import Announcement, AnnouncementState
from broadcaster.web.formats import count, moment
from broadcaster.web.wording import say

PACE_OVER = dt.timedelta(minutes=1)
"""How far back the pace is measured by which the rest is going to leave."""
PACE_NEEDS_S = 5
"""A pace of fewer seconds says nothing."""

_TO_THE_SECOND, _TO_THE_MINUTE = 10, 120
"""Up to how many minutes a time to wait is said to ten seconds, and to a minute."""

_A = AnnouncementState


class Phase(enum.StrEnum):
    """What is told aloud when it changes: a word of the table `live`."""

    SETTLED = "settled"
    STOPPED = "stopped"
    STOPPING = "stopping"
    PAUSING = "pausing"
    """Paused, and some texts are still on the wire."""
    PAUSED = "paused"
    SCHEDULED = "scheduled"
    LATER = "later"
    """What is left waits for its moment: the morning, or another try."""
    SENDING = "sending"
    DOUBTFUL = "doubtful"
    TAKEN = "taken"


LOOKS = {
    Phase.SETTLED: ("ok", "check"),
    Phase.STOPPED: ("ok", "check"),
    Phase.STOPPING: ("", "minus"),
    Phase.PAUSING: ("warn", "pause"),
    Phase.PAUSED: ("warn", "pause"),
    Phase.SCHEDULED: ("", "wait"),
    Phase.LATER: ("warn", "wait"),
    Phase.SENDING: ("warn", "send"),
    Phase.DOUBTFUL: ("warn", "question"),
    Phase.TAKEN: ("warn", "wait"),
}
MOVING = frozenset({Phase.STOPPING, Phase.PAUSING, Phase.SENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The line above the figures; `told` is the same without what changes by itself."""

    phase: Phase
    sentence: str
    told: str
    sums: str | None
    """After a stop, what left and what did not: "Đã gửi 812 · tạm dừng 966"."""
    are_final: bool
    """Whether these stay so: nothing is on the wire or in doubt any more."""

    @property
    def look(self) -> tuple[str, str]:
        """Return the tone and the icon."""
        return LOOKS[self.phase]


def stand(
    announcement: Announcement, reached: Progress, *, settled: bool, now: dt.datetime
) -> Standing:
    """Say how an announcement stands whose audience is frozen."""
    phase = _phase(announcement, reached, settled=settled, now=now)
    at = announcement.due_at if phase is Phase.SCHEDULED else reached.next_due_at
    told = say(
        f"phase.{phase}",
        "live",
        waiting=count(reached.waiting),
        in_doubt=count(reached.in_doubt),
        at=moment(at) if at else "",
    )
    left = seconds_left(reached, now=now) if phase is Phase.SENDING else None
    sentence = told
    if left is not None:
        sentence = say("phase.sending.left", "live", left=duration(left))
    is_paused = announcement.state is _A.PAUSED
    has_stopped = is_paused or announcement.state is _A.CALLED_OFF
    moving = reached.unsent - (reached.waiting if is_paused else 0)
    return Standing(
        phase=phase,
        sentence=sentence,
        told=told,
        sums=stop_sums(reached, is_paused=is_paused) if has_stopped else None,
        are_final=has_stopped and not moving,
    )


def stop_sums(reached: Progress, *, is_paused: bool) -> str:
    """Say exactly what a pause or a stop came to; the numbers add up to the total."""
    sent = reached.network_has_it + reached.delivered
    undelivered = reached.by_state.get(MessageState.UNDELIVERED, 0)
    parts = {
        "sent": sent + undelivered,
        "on_wire": reached.on_wire,
        "in_doubt": reached.in_doubt,
        "paused" if is_paused else "coming_back": reached.waiting,
        "not_taken": reached.failed - undelivered,
        "withheld": reached.withheld,
    }
    always = {"sent", "paused" if is_paused else "withheld"}
    return " · ".join(
        say(f"sum.{name}", "live", number=count(number))
        for name, number in parts.items()
        if number or name in always
    )


def seconds_left(reached: Progress, *, now: dt.datetime) -> float | None:
    """Return how long the rest takes at the last minute's pace; None if unknown."""
    if reached.lately_from is None or not reached.waiting:
        return None
    taken = (now - reached.lately_from).total_seconds()
    if taken < PACE_NEEDS_S:
        return None
    return reached.waiting * taken / reached.lately


def duration(seconds: float) -> str:
    """Write a time to wait: "1 phút 40 giây", the longer the rounder."""
    tens = max(10, 10 * math.ceil(seconds / 10))
    minutes, rest = divmod(tens, 60)
    if minutes == 0:
        return say("duration.seconds", "live", seconds=rest)
    if minutes < _TO_THE_SECOND and rest:
        return say("duration.both", "live", minutes=minutes, seconds=rest)
    if minutes < _TO_THE_MINUTE:
        return say("duration.minutes", "live", minutes=minutes + (rest > 0))
    return say("duration.hours", "live", hours=math.ceil(minutes / 60))


def _phase(
    announcement: Announcement, reached: Progress, *, settled: bool, now: dt.datetime
) -> Phase:
    state = announcement.state
    if state is _A.CALLED_OFF:
        return Phase.STOPPED if settled else Phase.STOPPING
    if settled:
        return Phase.SETTLED
    if state is _A.PAUSED:
        return Phase.PAUSING if reached.on_wire else Phase.PAUSED
    if announcement.due_at is not None and announcement.due_at > now:
        return Phase.SCHEDULED
    return _phase_of_going(reached, now=now)


def _phase_of_going(reached: Progress, *, now: dt.datetime) -> Phase:
    waits = reached.next_due_at is not None and reached.next_due_at > now
    held = reached.by_state.get(MessageState.HELD, 0)
    if waits and not reached.on_wire and not held:
        return Phase.LATER
    if reached.waiting or reached.on_wire:
        return Phase.SENDING
    return Phase.DOUBTFUL if reached.in_doubt else Phase.TAKEN

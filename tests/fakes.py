"""A clock that tests turn by hand."""

import datetime as dt


class HandClock:
    """Stands still until it is turned."""

    def __init__(self, now: dt.datetime) -> None:
        self._now = now

    def now(self) -> dt.datetime:
        return self._now

    def turn(self, **by: float) -> dt.datetime:
        """Move on by hours=, minutes=, seconds= and return the new moment."""
        self._now += dt.timedelta(**by)
        return self._now


class FreePace:
    """A pace at which everybody's turn is now; it keeps what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, float]] = []

    def reserve(self, account: str, *, segments: int, per_second: float) -> float:
        """Note who asked for what, and let them go."""
        self.asked.append((account, segments, per_second))
        return 0.0

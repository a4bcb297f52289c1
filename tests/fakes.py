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

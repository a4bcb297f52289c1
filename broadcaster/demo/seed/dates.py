"""The demo's calendar: it all happened in the last three months, whatever today is."""

import datetime as dt
from dataclasses import dataclass

from subscriptions.months import WARD_ZONE, month_of, previous_month

ENROLLED_DAYS_BEFORE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A month that is closed, one to be closed, and the current one so far."""

    now: dt.datetime

    @property
    def this(self) -> dt.date:
        """Return the month that is being collected."""
        return month_of(self.now)

    @property
    def last(self) -> dt.date:
        """Return the month that is over and still open."""
        return previous_month(self.this)

    @property
    def first(self) -> dt.date:
        """Return the ward's first month, closed soon after it was over."""
        return previous_month(self.last)

    @property
    def began(self) -> dt.datetime:
        """Return when the register was taken over."""
        return self.at(self.first, 1, hour=9) - dt.timedelta(days=ENROLLED_DAYS_BEFORE)

    def at(
        self, month: dt.date, day: int, *, hour: int, minute: int = 0
    ) -> dt.datetime:
        """Return a moment by the ward's clock. `day` is at most 28."""
        on = month.replace(day=day)
        return dt.datetime.combine(on, dt.time(hour, minute), tzinfo=WARD_ZONE)

    def into_this(self, part: float) -> dt.datetime:
        """Return the moment when a part of the current month so far had passed."""
        start = self.at(self.this, 1, hour=0)
        return start + (self.now - start) * part

    def morning(self, days: int) -> dt.datetime:
        """Return 9:15 of the ward's morning some days from today."""
        today = self.now.astimezone(WARD_ZONE).date()
        day = today + dt.timedelta(days=days)
        return dt.datetime.combine(day, dt.time(9, 15), tzinfo=WARD_ZONE)

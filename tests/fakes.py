"""A clock that tests turn by hand, and parts of the world that fail when told to."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from broadcaster.errors import PaceUnknownError
from broadcaster.store.session import Database


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


class LostPace(FreePace):
    """A pace that nobody can tell any more once it was asked so many times."""

    def __init__(self, *, after: int = 0) -> None:
        super().__init__()
        self._after = after

    def reserve(self, account: str, *, segments: int, per_second: float) -> float:
        """Let them go at first. Raises PaceUnknownError later on."""
        if len(self.asked) >= self._after:
            raise PaceUnknownError(account)
        return super().reserve(account, segments=segments, per_second=per_second)


class FlakyDatabase(Database):
    """Goes away at the commit, as often as it is told to.

    What was written is undone, unless `commits_first`: then only the answer is lost.
    """

    fails = 0
    commits_first = False

    @contextmanager
    def writing(self) -> Iterator[Session]:
        fails, self.fails = self.fails > 0, self.fails - 1
        away = OperationalError("away", None, Exception())
        with super().writing() as session:
            yield session
            if fails and not self.commits_first:
                raise away
        if fails:
            raise away

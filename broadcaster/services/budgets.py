"""What a ward may still spend on texts this month, taken when a send is confirmed."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import false, func, select
from sqlalchemy.orm import Session

from broadcaster.errors import InputError
from broadcaster.rules.permissions import Act
from broadcaster.rules.segments import measure
from broadcaster.rules.timing import month_of, ward_today
from broadcaster.services import journal
from broadcaster.services.accounts import Actor
from broadcaster.store.budgets import find_limit, hold_limit, set_limit
from broadcaster.store.forecasts import read_forecast
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement, Topic
from broadcaster.store.taken import taken_vnd
from broadcaster.store.zalo_terms import can_be_told_by_zalo, zalo_terms
from subscriptions.audience import Audience, recipients
from subscriptions.places import get_ward

MAX_LIMIT_VND = 2_000_000_000
NEAR_PERCENT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a month leaves for one more send, all in VND."""

    month: dt.date
    limit_vnd: int
    taken_vnd: int
    """Spent, or promised to what is confirmed and not over yet."""
    wanted_vnd: int
    stops: bool
    """False for an emergency: it goes out over any limit."""

    @property
    def left_vnd(self) -> int:
        """What is left before this send; below nothing once an emergency took more."""
        return self.limit_vnd - self.taken_vnd

    @property
    def is_over(self) -> bool:
        """Tell whether the month has no room for this send."""
        return self.wanted_vnd > self.left_vnd

    @property
    def is_refused(self) -> bool:
        """Tell whether the send is stopped by that."""
        return self.is_over and self.stops

    @property
    def percent(self) -> int:
        """What of a hundred would be taken with this send, rounded down."""
        return 100 * (self.taken_vnd + self.wanted_vnd) // self.limit_vnd

    @property
    def is_near(self) -> bool:
        """Tell whether to warn: this send takes the month to 80 % or more."""
        return self.percent >= NEAR_PERCENT


def find_room(
    session: Session,
    announcement: Announcement,
    *,
    due_at: dt.datetime,
    now: dt.datetime,
) -> Room | None:
    """Return what a month leaves for an announcement; None when there is no limit.

    The month is that in which its first text is due.
    """
    limit = find_limit(session, announcement.ward_id)
    if limit is None:
        return None
    return _room(session, announcement, limit, due_at=due_at, now=now)


def require_room(
    session: Session,
    announcement: Announcement,
    *,
    due_at: dt.datetime,
    now: dt.datetime,
) -> None:
    """Raise InputError unless the month has room for it now; take nothing."""
    room = find_room(session, announcement, due_at=due_at, now=now)
    if room is not None and room.is_refused:
        raise InputError("budget", "exceeded")


def reserve(
    session: Session,
    announcement: Announcement,
    *,
    due_at: dt.datetime,
    now: dt.datetime,
) -> None:
    """Take an announcement's cost from its month, in the transaction that freezes it.

    For a session of `snapshot`. Two sends that race for the last of a month cannot
    both have it. An emergency waits for nobody: it is counted and never refused.
    Raises InputError when there is no room.
    """
    if announcement.topic is Topic.EMERGENCY:
        return
    limit = hold_limit(session, announcement.ward_id)
    if limit is None:
        return
    room = _room(session, announcement, limit, due_at=due_at, now=now)
    if room.is_refused:
        raise InputError("budget", "exceeded")


def set_monthly_limit(
    database: Database,
    ward_id: int,
    limit_vnd: int | None,
    *,
    actor: Actor | None,
    now: dt.datetime,
) -> None:
    """Set what a ward's texts of a month may cost, from now on; None lifts the limit.

    `actor` is None for the command line. What is confirmed already goes out whatever
    the limit. Raises InputError, NotInRegisterError.
    """
    if actor is not None:
        actor.require(Act.OPERATE)
    if limit_vnd is not None and not 0 < limit_vnd <= MAX_LIMIT_VND:
        raise InputError("limit_vnd", "out_of_range")
    with database.writing() as session:
        get_ward(session, ward_id)
        set_limit(session, ward_id, limit_vnd)
        act = "ward.budget_lifted" if limit_vnd is None else "ward.budget_set"
        facts = {} if limit_vnd is None else {"limit_vnd": limit_vnd}
        journal.write(session, act, actor=actor, ward_id=ward_id, facts=facts, now=now)


def _room(
    session: Session,
    announcement: Announcement,
    limit: int,
    *,
    due_at: dt.datetime,
    now: dt.datetime,
) -> Room:
    today, month = ward_today(now), month_of(ward_today(due_at))
    return Room(
        month=month,
        limit_vnd=limit,
        taken_vnd=taken_vnd(session, announcement.ward_id, month, today=today),
        wanted_vnd=_cost(session, announcement, now=now),
        stops=announcement.topic is not Topic.EMERGENCY,
    )


def _cost(session: Session, announcement: Announcement, *, now: dt.datetime) -> int:
    """Return the most that an announcement may come to, whichever way its texts go."""
    told = recipients(
        Audience.from_json(announcement.audience),
        ward_id=announcement.ward_id,
        purpose=announcement.purpose,
    ).subquery()
    zalo = zalo_terms(session, announcement)
    has_zalo = can_be_told_by_zalo(told.c.line_id, now=now) if zalo else false()
    lines = select(told.c.carrier, has_zalo.label("has_zalo")).subquery()
    columns = lines.c.carrier, lines.c.has_zalo
    counted = session.execute(select(*columns, func.count()).group_by(*columns)).all()
    segments = measure(announcement.text).segments
    forecast = read_forecast(session, day=ward_today(now))
    return sum(
        forecast.notice_vnd(
            number, carrier=carrier, segments=segments, zalo=zalo if by_zalo else None
        )
        for carrier, by_zalo, number in counted
    )

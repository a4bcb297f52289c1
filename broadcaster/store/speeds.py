"""How fast telcos take our texts, read off the texts themselves.

No index knows when a text was taken: one would cost a write for every text. So the
announcements that move are read whole while they are small, and of the big ones what
left just before the text that leaves next.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from broadcaster.store.queues import Queue
from broadcaster.store.tables.announcements import Announcement
from broadcaster.store.tables.messages import Message

MINUTE = dt.timedelta(minutes=1)
MOMENT = dt.timedelta(seconds=10)
"""Long enough for a speed, short enough to be the present one."""
WHOLE_ROWS = 50_000
"""Texts of announcements that are read whole, the newest announcements first."""
BACK_ROWS = 40_000
FEWEST_BACK = 100
FULL = 0.9
"""Where so much of what was looked at is new, older texts are new as well."""


@dataclass(slots=True)
class Taken:
    """Segments that a gateway's telco took just now. At least so many if `is_more`."""

    in_a_minute: int = 0
    in_a_moment: int = 0
    is_more: bool = False

    @property
    def per_second(self) -> float:
        """Return the speed over the last moment, in segments a second."""
        return self.in_a_moment / MOMENT.total_seconds()


@dataclass(slots=True)
class Speeds:
    """What each gateway's telco took just now."""

    by_gateway: dict[str, Taken] = field(default_factory=dict)

    def of(self, gateway: str) -> Taken:
        """Return what one of them took; nothing when it is not known."""
        return self.by_gateway.setdefault(gateway, Taken())

    def add(self, gateway: str, minute: int, moment: int) -> Taken:
        """Add segments to what a gateway took."""
        taken = self.of(gateway)
        taken.in_a_minute += minute
        taken.in_a_moment += moment
        return taken


def read_speeds(
    session: Session, queues: Sequence[Queue], *, now: dt.datetime
) -> Speeds:
    """Read how many segments each gateway's telco took in the last minute."""
    speeds = Speeds()
    whole, others = _moving(session, now=now)
    for row in session.execute(
        select(Message.gateway, *_sums(now))
        .where(_is_new(now), Message.announcement_id.is_(None))
        .group_by(Message.gateway)
    ):
        speeds.add(*row)
    if whole:
        for row in session.execute(
            select(Message.gateway, *_sums(now))
            .where(_is_new(now), Message.announcement_id.in_(whole))
            .group_by(Message.gateway)
        ):
            speeds.add(*row)
    _look_back(session, speeds, _heads(queues, others), now=now)
    return speeds


def _moving(session: Session, *, now: dt.datetime) -> tuple[list[int], set[int]]:
    """Return which announcements to read whole, and which are too many for that."""
    rows = session.execute(
        select(Announcement.id, func.coalesce(Announcement.recipients, 0))
        .where(
            Announcement.due_at <= now,
            or_(
                Announcement.finished_at.is_(None),
                Announcement.finished_at > now - MINUTE,
            ),
        )
        .order_by(Announcement.due_at.desc(), Announcement.id.desc())
    )
    whole, others, read = list[int](), set[int](), 0
    for announcement_id, recipients in rows:
        if read + recipients <= WHOLE_ROWS:
            read += recipients
            whole.append(announcement_id)
        else:
            others.add(announcement_id)
    return whole, others


def _heads(queues: Iterable[Queue], others: Collection[int]) -> list[tuple[int, int]]:
    return [
        (queue.first_id, of)
        for queue in queues
        if queue.first_id is not None
        and (of := queue.first_announcement_id) is not None
        and of in others
    ]


def _look_back(
    session: Session,
    speeds: Speeds,
    heads: Sequence[tuple[int, int]],
    *,
    now: dt.datetime,
) -> None:
    """Add what left just before these: a ward's texts leave in the order of ids."""
    if not heads:
        return
    back = max(FEWEST_BACK, BACK_ROWS // len(heads))
    ranges = (and_(Message.id >= id_ - back, Message.id < id_) for id_, _of in heads)
    for gateway, minute, moment, number in session.execute(
        select(Message.gateway, *_sums(now), func.count())
        .where(
            or_(*ranges),
            Message.announcement_id.in_({of for _id, of in heads}),
            _is_new(now),
        )
        .group_by(Message.gateway, Message.announcement_id)
    ):
        is_full = number >= back * FULL
        speeds.add(gateway, minute, moment).is_more |= is_full


def _sums(now: dt.datetime) -> tuple[ColumnElement[int], ColumnElement[int]]:
    just_now = case((Message.accepted_at > now - MOMENT, Message.segments), else_=0)
    return func.sum(Message.segments), func.sum(just_now)


def _is_new(now: dt.datetime) -> ColumnElement[bool]:
    return Message.accepted_at > now - MINUTE

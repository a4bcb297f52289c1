"""A ward's limit on a month of texts, and what of it is spent or promised."""

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import BigInteger, cast, delete, func, select, update
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import LIFECYCLE
from broadcaster.rules.tariffs import NoTariffError, cost, rate_on
from broadcaster.rules.timing import next_month, ward_moment
from broadcaster.store.insertion import insert_unless_there
from broadcaster.store.tables.announcements import Announcement
from broadcaster.store.tables.budgets import WardBudget
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.usage import Tariff

COSTS_NOTHING = [
    state for state, facts in LIFECYCLE.items() if facts.final and not facts.billable
]
MIDNIGHT = dt.time()


def find_limit(session: Session, ward_id: int) -> int | None:
    """Return what a ward's texts of a month may cost in VND; None is any amount."""
    return session.scalar(
        select(WardBudget.limit_vnd).where(WardBudget.ward_id == ward_id)
    )


def list_limits(session: Session) -> dict[int, int]:
    """Return the limit in VND of each ward that has one, by the ward's id."""
    rows = session.execute(select(WardBudget.ward_id, WardBudget.limit_vnd))
    return dict(rows.all())


def set_limit(session: Session, ward_id: int, limit_vnd: int | None) -> None:
    """Set or lift a ward's limit."""
    if limit_vnd is None:
        session.execute(delete(WardBudget).where(WardBudget.ward_id == ward_id))
        return
    values = {"ward_id": ward_id, "limit_vnd": limit_vnd, "reservations": 0}
    if not insert_unless_there(session, WardBudget, values):
        session.execute(
            update(WardBudget)
            .where(WardBudget.ward_id == ward_id)
            .values(limit_vnd=limit_vnd)
        )


def hold_limit(session: Session, ward_id: int) -> int | None:
    """Return a ward's limit, and let no other send take from it meanwhile.

    For a session of `snapshot`: whoever held it since the snapshot was taken makes
    this one fail with a serialization error, so what is then read is the latest.
    """
    return session.scalar(
        update(WardBudget)
        .where(WardBudget.ward_id == ward_id)
        .values(reservations=WardBudget.reservations + 1)
        .returning(WardBudget.limit_vnd)
    )


def taken_vnd(session: Session, ward_id: int, month: dt.date, *, today: dt.date) -> int:
    """Return what of a month is spent or promised, in VND. `month` is its first day.

    An announcement belongs to the month in which its first text is due. What was
    accepted is priced at the tariff of its day, what may still be at today's; a
    carrier without a tariff counts nothing, as in every sum that people see.
    """
    start, end = (ward_moment(day, MIDNIGHT) for day in (month, next_month(month)))
    segments = cast(func.sum(Message.segments), BigInteger)
    columns = (Message.carrier, Message.usage_day)
    announced = (
        select(*columns, segments)
        .join(Announcement, Announcement.id == Message.announcement_id)
        .where(
            Announcement.ward_id == ward_id,
            Announcement.due_at >= start,
            Announcement.due_at < end,
            Message.state.not_in(COSTS_NOTHING),
        )
    )
    others = select(*columns, segments).where(
        Message.announcement_id.is_(None),
        Message.ward_id == ward_id,
        Message.accepted_at >= start,
        Message.accepted_at < end,
    )
    tariffs = session.scalars(select(Tariff)).all()
    return sum(
        price(tariffs, carrier, number, day=day or today)
        for query in (announced, others)
        for carrier, day, number in session.execute(query.group_by(*columns))
    )


def price(
    tariffs: Iterable[Tariff], carrier: str, segments: int, *, day: dt.date
) -> int:
    """Return what segments cost on a day, in VND: nothing while nobody set a price."""
    try:
        return cost(segments, rate_on(tariffs, carrier, day=day))
    except NoTariffError:
        return 0

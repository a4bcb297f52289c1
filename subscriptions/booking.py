"""Which month a row is booked in, and the locks that keep closed months closed."""

import datetime as dt

from sqlalchemy import ColumnElement, Select, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from subscriptions.months import next_month
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import BillingMonth, MonthState, NumberSeries


def find_month(session: Session, ward_id: int, month: dt.date) -> BillingMonth | None:
    """Return a ward's billing month, fresh from the database, or None."""
    row = select(BillingMonth).where(_is(ward_id, month))
    return session.scalar(row.execution_options(populate_existing=True))


def last_closed(session: Session, ward_id: int) -> dt.date | None:
    """Return the latest closed month; every month before it is closed too."""
    closed = select(func.max(BillingMonth.month)).where(
        BillingMonth.ward_id == ward_id, BillingMonth.state == MonthState.CLOSED
    )
    return session.scalar(closed)


def next_to_close(session: Session, ward_id: int) -> dt.date | None:
    """Return the only month that may be closed next; None when none was begun."""
    closed = last_closed(session, ward_id)
    if closed is not None:
        return next_month(closed)
    first = select(func.min(BillingMonth.month)).where(BillingMonth.ward_id == ward_id)
    return session.scalar(first)


def open_month(
    session: Session, ward_id: int, month: dt.date, *, now: dt.datetime
) -> None:
    """Begin a ward's billing month unless it was begun already, by anyone."""
    if session.scalar(_state_of(ward_id, month)) is not None:
        return
    new = insert(BillingMonth).values(ward_id=ward_id, month=month, opened_at=now)
    try:
        with session.begin_nested():
            session.execute(new)
    except IntegrityError:
        pass  # another transaction began it in between: that one counts


def lock_month(
    session: Session, ward_id: int, month: dt.date, *, now: dt.datetime
) -> BillingMonth:
    """Begin the month if need be, and keep everyone else from booking in it."""
    open_month(session, ward_id, month, now=now)
    session.execute(_state_of(ward_id, month).with_for_update())
    row = find_month(session, ward_id, month)
    if row is None:
        raise LookupError(month)
    return row


def booking_month(
    session: Session,
    ward_id: int,
    month: dt.date,
    *,
    now: dt.datetime,
    alone: bool = False,
) -> dt.date:
    """Return the month in which a row of `month` is booked, and hold it open.

    It is `month` itself while that is open, else the first open one after it; a
    month before the ward's first counts as closed. Until the transaction ends the
    month cannot be closed; with `alone`, nobody else books in it either. Take it
    before any other lock, and within one transaction for one month of a ward.
    """
    while True:
        floor = next_to_close(session, ward_id)
        booked = max(month, floor) if floor else month
        open_month(session, ward_id, booked, now=now)
        state = session.scalar(
            _state_of(ward_id, booked).with_for_update(read=not alone)
        )
        if state is MonthState.COLLECTING:
            return booked


def lock_households(session: Session, household_ids: list[int]) -> None:
    """Keep others from settling the charges of these households meanwhile."""
    session.execute(
        select(Household.id)
        .where(Household.id.in_(household_ids))
        .order_by(Household.id)
        .with_for_update(key_share=True)
    )


def next_number(session: Session, ward_id: int, series: str) -> int:
    """Count one further in a series, without gaps.

    Others wait until the transaction ends: if it fails, the number is theirs.
    """
    row = NumberSeries.ward_id == ward_id, NumberSeries.name == series
    here = select(NumberSeries).where(*row).execution_options(populate_existing=True)
    if session.scalar(here) is None:
        new = insert(NumberSeries).values(ward_id=ward_id, name=series, last=0)
        try:
            with session.begin_nested():
                session.execute(new)
        except IntegrityError:
            pass  # another transaction began the series in between
    counted = session.scalars(here.with_for_update()).one()
    counted.last += 1
    session.flush()
    return counted.last


def _is(ward_id: int, month: dt.date) -> ColumnElement[bool]:
    return (BillingMonth.ward_id == ward_id) & (BillingMonth.month == month)


def _state_of(ward_id: int, month: dt.date) -> Select[MonthState]:
    return select(BillingMonth.state).where(_is(ward_id, month))

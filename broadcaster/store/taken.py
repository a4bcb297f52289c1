"""What of a ward's month is spent, and what is promised to texts still on their way."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    SQLColumnExpression,
    Subquery,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.rules.lifecycle import LIFECYCLE, MessageState
from broadcaster.rules.segments import measure
from broadcaster.rules.tariffs import at_most, template_of
from broadcaster.rules.timing import next_month, ward_moment
from broadcaster.store.billed import billed, segment_sum
from broadcaster.store.forecasts import Forecast, read_forecast
from broadcaster.store.tables.announcements import Announcement
from broadcaster.store.tables.messages import Message
from broadcaster.store.tariffs import Prices

COSTS_NOTHING = [
    state for state, facts in LIFECYCLE.items() if facts.final and not facts.billable
]
MIDNIGHT = dt.time()

Waiting: TypeAlias = Row[*tuple[Any, ...]]


def taken_vnd(session: Session, ward_id: int, month: dt.date, *, today: dt.date) -> int:
    """Return what of a month is spent or promised, in VND. `month` is its first day.

    An announcement belongs to the month in which its first text is due. What was
    taken is priced at the tariff of its day, each leg by its own gateway and class.
    What may still be is priced at the most it can come to today, as when it was
    confirmed; what has no tariff counts nothing, as in every sum that people see.
    """
    forecast = read_forecast(session, day=today)
    spent = _spent_vnd(session, ward_id, month, prices=forecast.prices)
    return spent + _promised_vnd(session, ward_id, month, forecast=forecast)


def _spent_vnd(
    session: Session, ward_id: int, month: dt.date, *, prices: Prices
) -> int:
    announced = select(Announcement.id).where(
        Announcement.ward_id == ward_id, _falls_in(month, Announcement.due_at)
    )
    of_notices = billed(ward_id, Message.announcement_id.in_(announced))
    others = billed(ward_id, Message.announcement_id.is_(None))
    return sum(
        prices.cost_of(segments, gateway=gateway, carrier=carrier, kind=kind, day=day)
        for query in (
            _by_price(of_notices),
            _by_price(others).where(_falls_in(month, others.c.accepted_at)),
        )
        for gateway, carrier, kind, day, segments in session.execute(query)
    )


def _by_price(attempts: Subquery) -> Select[*tuple[Any, ...]]:
    columns = (
        attempts.c.gateway,
        attempts.c.carrier,
        attempts.c.tariff_kind,
        attempts.c.usage_day,
    )
    return (
        select(*columns, segment_sum(attempts))
        .where(attempts.c.usage_day.is_not(None))
        .group_by(*columns)
    )


def _promised_vnd(
    session: Session, ward_id: int, month: dt.date, *, forecast: Forecast
) -> int:
    is_taken = Message.usage_day.is_not(None)
    is_followed = Message.fall_back_at.is_not(None)
    columns = (
        Message.announcement_id,
        Message.channel,
        Message.gateway,
        Message.carrier,
        Message.tariff_kind,
        is_taken.label("is_taken"),
        is_followed.label("is_followed"),
    )
    rows = session.execute(
        select(
            *columns,
            cast(func.sum(Message.segments), BigInteger).label("segments"),
            func.count().label("lines"),
        )
        .join(Announcement, Announcement.id == Message.announcement_id)
        .where(
            Announcement.ward_id == ward_id,
            _falls_in(month, Announcement.due_at),
            Message.state.not_in(COSTS_NOTHING),
            or_(~is_taken, is_followed & (Message.state == MessageState.ACCEPTED)),
        )
        .group_by(*columns)
    ).all()
    segments = _sms_segments(session, rows)
    return sum(_promise(row, forecast, segments) for row in rows)


def _promise(row: Waiting, forecast: Forecast, segments: Mapping[int, int]) -> int:
    if row.channel is not Channel.ZALO:
        return forecast.sms_vnd(row.segments, carrier=row.carrier, gateway=row.gateway)
    sms_vnd = forecast.sms_vnd(
        segments[row.announcement_id] * row.lines, carrier=row.carrier
    )
    if row.is_taken:
        return sms_vnd
    zalo_vnd = forecast.zalo_vnd(
        row.segments,
        carrier=row.carrier,
        gateway=row.gateway,
        template_id=template_of(row.tariff_kind) or row.tariff_kind,
    )
    return at_most(zalo_vnd=zalo_vnd, sms_vnd=sms_vnd, may_go_by_both=row.is_followed)


def _sms_segments(session: Session, rows: Sequence[Waiting]) -> dict[int, int]:
    """Return the segments of the SMS that may follow, by announcement."""
    ids = {row.announcement_id for row in rows if row.channel is Channel.ZALO}
    if not ids:
        return {}
    notices = session.execute(
        select(Announcement.id, Announcement.text).where(
            Announcement.id.in_(sorted(ids))
        )
    )
    return {notice.id: measure(notice.text).segments for notice in notices}


def _falls_in(
    month: dt.date, moment: SQLColumnExpression[dt.datetime | None]
) -> ColumnElement[bool]:
    start, end = (ward_moment(day, MIDNIGHT) for day in (month, next_month(month)))
    return (moment >= start) & (moment < end)

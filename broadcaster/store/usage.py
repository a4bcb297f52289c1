"""What texts came to in a month: segments and VND, as booked and as frozen."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import BigInteger, cast, func, insert, or_, select
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.tariffs import cost
from broadcaster.rules.timing import next_month, ward_moment
from broadcaster.store.billed import billed, segment_sum
from broadcaster.store.tables.usage import UsageLine
from broadcaster.store.tariffs import Prices, read_prices
from subscriptions.tables.ledger import Adjustment, AdjustmentKind

MIDNIGHT = dt.time()

_Key: TypeAlias = tuple[str, str, str]
"""Carrier, class of price, gateway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """What one carrier's texts of one class of price came to through one gateway.

    `messages` counts what was taken: a notice that went by Zalo and then by SMS is
    two. `unpriced_segments` were taken on a day without a tariff: not in `cost_vnd`.
    """

    carrier: str
    kind: str
    gateway: str
    messages: int
    segments: int
    cost_vnd: int
    unpriced_segments: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentSum:
    """What came to light in a month about an earlier one: income, or cost of usage."""

    kind: AdjustmentKind
    concerns_month: dt.date
    entries: int
    amount_vnd: int


def month_usage(session: Session, ward_id: int, month: dt.date) -> list[UsageRow]:
    """Return a month's own usage, each segment at the tariff of its local day.

    Live, from the messages. What was accepted after its month was closed is not in
    it: that is an adjustment of a later month.
    """
    attempts = billed(ward_id)
    columns = (
        attempts.c.carrier,
        attempts.c.tariff_kind,
        attempts.c.gateway,
        attempts.c.usage_day,
    )
    days = session.execute(
        select(*columns, func.count(), segment_sum(attempts))
        .where(
            attempts.c.usage_month == month,
            attempts.c.usage_day >= month,
            attempts.c.usage_day < next_month(month),
        )
        .group_by(*columns)
    )
    prices = read_prices(session)
    rows: dict[_Key, list[UsageRow]] = {}
    for carrier, kind, gateway, day, messages, segments in days:
        key = carrier, kind, gateway
        row = _price(prices, key, day=day, messages=messages, segments=segments)
        rows.setdefault(key, []).append(row)
    return [_sum(those) for _, those in sorted(rows.items())]


def frozen_usage(session: Session, ward_id: int, month: dt.date) -> list[UsageRow]:
    """Return the usage that a closed month was closed on."""
    lines = session.scalars(
        select(UsageLine).where(UsageLine.ward_id == ward_id, UsageLine.month == month)
    )
    rows = [
        UsageRow(
            carrier=line.carrier,
            kind=line.kind,
            gateway=line.gateway,
            messages=line.messages,
            segments=line.segments,
            cost_vnd=line.cost_vnd,
        )
        for line in lines
    ]
    # databases differ in which letter comes first
    return sorted(rows, key=lambda row: (row.carrier, row.kind, row.gateway))


def freeze_usage(
    session: Session, ward_id: int, month: dt.date, *, rows: Iterable[UsageRow]
) -> None:
    """Keep the usage that a month is closed on."""
    values = [
        {
            "ward_id": ward_id,
            "month": month,
            "carrier": row.carrier,
            "kind": row.kind,
            "gateway": row.gateway,
            "messages": row.messages,
            "segments": row.segments,
            "cost_vnd": row.cost_vnd,
        }
        for row in rows
    ]
    if values:
        session.execute(insert(UsageLine), values)


def month_adjustments(
    session: Session, ward_id: int, month: dt.date
) -> list[AdjustmentSum]:
    """Return what a month's books hold about earlier months, by kind and month."""
    rows = session.execute(
        select(
            Adjustment.kind,
            Adjustment.concerns_month,
            func.count(),
            cast(func.sum(Adjustment.amount_vnd), BigInteger),
        )
        .where(Adjustment.ward_id == ward_id, Adjustment.booked_month == month)
        .group_by(Adjustment.kind, Adjustment.concerns_month)
        .order_by(Adjustment.kind, Adjustment.concerns_month)
    )
    return [
        AdjustmentSum(
            kind=kind, concerns_month=concerns, entries=entries, amount_vnd=amount
        )
        for kind, concerns, entries, amount in rows
    ]


def count_undecided(
    session: Session, ward_id: int, month: dt.date
) -> dict[MessageState, int]:
    """Count the texts due up to a month's end of which nobody knows the cost yet.

    One in doubt counts by when it was submitted: its due time is the next question.
    An earlier leg counts only in doubt: it goes nowhere any more.
    """
    undecided = MessageState.QUEUED, MessageState.HELD, MessageState.SUBMITTING
    end = ward_moment(next_month(month), MIDNIGHT)
    attempts = billed(ward_id)
    rows = session.execute(
        select(attempts.c.state, func.count())
        .where(
            attempts.c.begun_at < end,
            or_(
                attempts.c.state == MessageState.IN_DOUBT,
                attempts.c.state.in_(undecided) & attempts.c.leg_id.is_(None),
            ),
        )
        .group_by(attempts.c.state)
    )
    return dict(rows.all())


def _price(
    prices: Prices, key: _Key, *, day: dt.date, messages: int, segments: int
) -> UsageRow:
    carrier, kind, gateway = key
    rate = prices.find_rate(gateway=gateway, carrier=carrier, kind=kind, day=day)
    return UsageRow(
        carrier=carrier,
        kind=kind,
        gateway=gateway,
        messages=messages,
        segments=segments,
        cost_vnd=cost(segments, rate or 0),
        unpriced_segments=segments if rate is None else 0,
    )


def _sum(days: list[UsageRow]) -> UsageRow:
    return UsageRow(
        carrier=days[0].carrier,
        kind=days[0].kind,
        gateway=days[0].gateway,
        messages=sum(day.messages for day in days),
        segments=sum(day.segments for day in days),
        cost_vnd=sum(day.cost_vnd for day in days),
        unpriced_segments=sum(day.unpriced_segments for day in days),
    )

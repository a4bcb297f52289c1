"""What texts came to in a month: segments and VND, as booked and as frozen."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import BigInteger, Date, cast, func, insert, select, type_coerce
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.tariffs import NoTariffError, TariffKind, cost, rate_on
from broadcaster.rules.timing import next_month, ward_moment
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.usage import Tariff, UsageLine
from subscriptions.tables.ledger import Adjustment, AdjustmentKind

MIDNIGHT = dt.time()


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """What the texts of one carrier through one gateway came to.

    `unpriced_segments` were taken on a day without a tariff: not in `cost_vnd`.
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
    days = session.execute(
        select(
            Message.carrier,
            Message.gateway,
            type_coerce(Message.usage_day, Date),
            func.count(),
            cast(func.sum(Message.segments), BigInteger),
        )
        .where(
            Message.ward_id == ward_id,
            Message.usage_month == month,
            Message.usage_day >= month,
            Message.usage_day < next_month(month),
        )
        .group_by(Message.carrier, Message.gateway, Message.usage_day)
    )
    tariffs = session.scalars(select(Tariff)).all()
    rows: dict[tuple[str, str], list[UsageRow]] = {}
    for carrier, gateway, day, messages, segments in days:
        rate = _rate(tariffs, carrier, day)
        priced = UsageRow(
            carrier=carrier,
            kind=TariffKind.CARE,
            gateway=gateway,
            messages=messages,
            segments=segments,
            cost_vnd=cost(segments, rate or 0),
            unpriced_segments=segments if rate is None else 0,
        )
        rows.setdefault((carrier, gateway), []).append(priced)
    return [_sum(those) for _, those in sorted(rows.items())]


def frozen_usage(session: Session, ward_id: int, month: dt.date) -> list[UsageRow]:
    """Return the usage that a closed month was closed on."""
    lines = session.scalars(
        select(UsageLine)
        .where(UsageLine.ward_id == ward_id, UsageLine.month == month)
        .order_by(UsageLine.carrier, UsageLine.gateway)
    )
    return [
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
    """
    undecided = MessageState.QUEUED, MessageState.HELD, MessageState.SUBMITTING
    waiting = {*undecided, MessageState.IN_DOUBT}
    end = ward_moment(next_month(month), MIDNIGHT)
    rows = session.execute(
        select(Message.state, func.count())
        .where(
            Message.ward_id == ward_id,
            Message.state.in_(waiting),
            func.coalesce(Message.submitted_at, Message.due_at) < end,
        )
        .group_by(Message.state)
    )
    return dict(rows.all())


def _rate(tariffs: Iterable[Tariff], carrier: str, day: dt.date) -> int | None:
    try:
        return rate_on(tariffs, carrier, day=day)
    except NoTariffError:
        return None


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

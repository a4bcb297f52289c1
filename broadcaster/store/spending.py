"""What a ward's texts come to: a month in VND, and the last days in outcomes."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.tariffs import cost
from broadcaster.rules.timing import ward_moment, ward_today
from broadcaster.store.billed import billed, segment_sum
from broadcaster.store.reports import Counts, count_states
from broadcaster.store.tables.announcements import Announcement
from broadcaster.store.tables.messages import Message
from broadcaster.store.tariffs import read_prices

MIDNIGHT = dt.time()


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSpend:
    """What the segments taken by the telcos in a month cost, up to now."""

    messages: int
    """Taken: a notice that went by Zalo and then by SMS counts twice."""
    segments: int
    vnd_by_carrier: Mapping[str, int]
    unpriced_segments: int
    """Taken on a day for which their carrier has no tariff: not in the sum."""

    @property
    def total_vnd(self) -> int:
        """The sum over all carriers, in whole VND."""
        return sum(self.vnd_by_carrier.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The announcements that began on one ward-local day."""

    day: dt.date
    counts: Counts


def month_spend(session: Session, ward_id: int, month: dt.date) -> MonthSpend:
    """Return what a ward's usage of a month costs, each segment at its day's tariff.

    `month` is its first day. Live, from the messages: a closed month's sums are in
    its statement.
    """
    attempts = billed(ward_id)
    columns = (
        attempts.c.carrier,
        attempts.c.tariff_kind,
        attempts.c.gateway,
        attempts.c.usage_day,
    )
    rows = session.execute(
        select(
            *columns,
            func.count().label("messages"),
            segment_sum(attempts).label("segments"),
        )
        # the day is asked for too: what was never taken has none
        .where(attempts.c.usage_month == month, attempts.c.usage_day.is_not(None))
        .group_by(*columns)
    ).all()
    prices = read_prices(session)
    by_carrier: dict[str, int] = {}
    unpriced = 0
    for carrier, kind, gateway, day, _, segments in rows:
        rate = prices.find_rate(gateway=gateway, carrier=carrier, kind=kind, day=day)
        if rate is None:
            unpriced += segments
            continue
        by_carrier[carrier] = by_carrier.get(carrier, 0) + cost(segments, rate)
    return MonthSpend(
        messages=sum(row.messages for row in rows),
        segments=sum(row.segments for row in rows),
        vnd_by_carrier=dict(sorted(by_carrier.items())),
        unpriced_segments=unpriced,
    )


def last_days(
    session: Session, ward_id: int, *, days: int = 7, now: dt.datetime
) -> list[Day]:
    """Return a ward's last days, today last, with the counts of their announcements.

    An announcement belongs to the ward-local day on which its first text was due.
    """
    today = ward_today(now)
    dates = [today - dt.timedelta(days=ago) for ago in range(days - 1, -1, -1)]
    starts = [ward_moment(day, MIDNIGHT) for day in dates]
    end = ward_moment(today + dt.timedelta(days=1), MIDNIGHT)
    place = case(
        *(
            (Announcement.due_at >= start, place)
            for place, start in reversed(list(enumerate(starts)))
        )
    ).label("place")
    rows = session.execute(
        select(place, Message.state, func.count())
        .join(Message, Message.announcement_id == Announcement.id)
        .where(
            Announcement.ward_id == ward_id,
            Announcement.due_at >= starts[0],
            Announcement.due_at < end,
        )
        .group_by(place, Message.state)
    )
    found: list[dict[MessageState, int]] = [{} for _ in dates]
    for at, state, number in rows:
        found[at][state] = number
    return [
        Day(day=day, counts=count_states(states))
        for day, states in zip(dates, found, strict=True)
    ]

"""The demo's three months: what happened when, each thing as its person did it."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from broadcaster.demo.seed import books, sends
from broadcaster.demo.seed.collecting import collect
from broadcaster.demo.seed.delivery import (
    TAKES_AT_MOST,
    deliver,
    hear_of_lost_texts,
)
from broadcaster.demo.seed.homes import Home
from broadcaster.demo.seed.notices import (
    PENSION_DAY,
    PENSION_HOUR,
    repeat_pension,
    residents_stop,
)
from broadcaster.demo.seed.register import enrol_late
from broadcaster.demo.seed.world import World

HANDED_IN_THIS_MONTH = (1, 2, 3, 5, 8)
MATCHED_THIS_MONTH = (1, 2, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened at a moment; it is told the moment as `now`."""

    at: dt.datetime
    act: Callable[..., None]


def tell(world: World, late: Sequence[Home]) -> None:
    """Let everything happen that is over by now, in the order of its time."""
    events = [
        *_first_month(world),
        *_last_month(world, late),
        *_this_month(world),
        *_these_days(world),
    ]
    for event in sorted(events, key=lambda event: event.at):
        event.act(world, now=event.at)


def _first_month(world: World) -> Iterator[Event]:
    c, month = world.calendar, world.calendar.first
    yield _on(c.began, books.exempt_the_poor)
    yield _on(c.began + dt.timedelta(days=1), repeat_pension)
    yield _on(c.at(month, 1, hour=8), books.charge, month=month)
    yield from _pension_day(world, month)
    leaves = c.at(month, 11, hour=19)
    yield _on(c.at(month, 11, hour=14), sends.power_cut, send_at=leaves)
    yield _on(c.at(month, 11, hour=16), residents_stop, people=5)
    yield _on(leaves, deliver)
    yield _on(c.at(month, 14, hour=10), residents_stop, people=12, with_wall=True)
    start = c.at(month, 1, hour=9)
    yield _on(
        c.at(month, 24, hour=18),
        collect,
        month=month,
        start=start,
        share=0.97,
        ahead=0.04,
    )
    yield from _all_handed_in(world, month)
    yield _on(c.at(month, 28, hour=8, minute=30), sends.checkup)


def _last_month(world: World, late: Sequence[Home]) -> Iterator[Event]:
    """Let everything be ready for closing: that is left to who looks at the demo."""
    c, month = world.calendar, world.calendar.last
    yield _on(c.at(month, 1, hour=8), books.charge, month=month)
    yield _on(c.at(month, 2, hour=9), books.close, month=c.first)
    yield _on(c.at(month, 2, hour=15), hear_of_lost_texts)
    paid_at = c.at(c.first, 28, hour=18)
    yield _on(c.at(month, 2, hour=16), books.pay_late, paid_at=paid_at)
    yield from _pension_day(world, month)
    for day, home in enumerate(late, start=5):
        yield _on(c.at(month, day, hour=17), enrol_late, home=home)
    yield _on(c.at(month, 9, hour=10), sends.meeting)
    yield _on(c.at(month, 15, hour=9), sends.water_cut)
    yield _on(c.at(month, 16, hour=14), residents_stop, people=10)
    start = c.at(month, 1, hour=9)
    yield _on(c.at(month, 24, hour=18), collect, month=month, start=start, share=0.91)
    yield _on(c.at(month, 24, hour=19), books.undo_one, month=month)
    yield from _all_handed_in(world, month)
    yield _on(c.at(month, 27, hour=17), books.leave_gap, month=month)


def _this_month(world: World) -> Iterator[Event]:
    c, month = world.calendar, world.calendar.this
    charged = min(c.at(month, 1, hour=8), c.into_this(0.02))
    yield _on(charged, books.charge, month=month)
    yield from _pension_day(world, month)
    start, end = c.into_this(0.08), c.into_this(0.55)
    yield _on(end, collect, month=month, start=start, share=0.42)
    yield _on(c.into_this(0.6), books.hand_in, numbers=HANDED_IN_THIS_MONTH)
    yield _on(c.into_this(0.7), books.match, numbers=MATCHED_THIS_MONTH)
    start, end = c.into_this(0.72), c.into_this(0.97)
    yield _on(end, collect, month=month, start=start, share=0.22)


def _these_days(world: World) -> Iterator[Event]:
    c = world.calendar
    yield _on(c.morning(-1), sends.fraud_warning)
    yield _on(c.morning(-1) + dt.timedelta(hours=2), residents_stop, people=3)
    yield _on(c.now - dt.timedelta(hours=2), sends.cleaning)
    yield _on(c.now - dt.timedelta(minutes=50), sends.rubbish)
    yield _on(c.now - dt.timedelta(minutes=30), sends.unfinished)


def _pension_day(world: World, month: dt.date) -> Iterator[Event]:
    """Give the month's pension notice; one still to come the demo's clock will fire."""
    moment = world.calendar.at(month, PENSION_DAY, hour=PENSION_HOUR)
    if moment + TAKES_AT_MOST <= world.calendar.now:
        yield _on(moment, sends.pensions)


def _all_handed_in(world: World, month: dt.date) -> Iterator[Event]:
    everyone = tuple(world.groups)
    handed_in = world.calendar.at(month, 25, hour=15)
    matched = world.calendar.at(month, 26, hour=10)
    yield _on(handed_in, books.hand_in, numbers=everyone)
    yield _on(matched, books.match, numbers=everyone)


def _on(at: dt.datetime, act: Callable[..., None], **how: Any) -> Event:
    return Event(at=at, act=partial(act, **how))

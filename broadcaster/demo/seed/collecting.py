"""Money at the doors: payments of a month as bulk rows, settled by the real ledger."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from broadcaster.demo.seed.world import World
from subscriptions.allocations import settle
from subscriptions.collecting import DueRow, due_list
from subscriptions.months import WARD_ZONE
from subscriptions.places import Scope
from subscriptions.tables.ledger import NumberSeries, Payment, PaymentMethod

BY_TRANSFER = 0.12
IN_PART = 0.15
"""Of the homes that owe for two lines, how many pay for one."""
TWICE = 0.004
YEAR = 12
DOORS_OPEN, DOORS_CLOSE = 7, 20
_Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    month: dt.date
    start: dt.datetime
    end: dt.datetime
    share: float
    ahead: float


def collect(
    world: World,
    *,
    month: dt.date,
    start: dt.datetime,
    now: dt.datetime,
    share: float,
    ahead: float = 0.0,
) -> None:
    """Book what a walk from door to door brought in from `start` until now.

    `share` is how many of those who owe pay, `ahead` how many of them for a year.
    Receipts are numbered in the order of paying, as single payments are.
    """
    tour = _Round(month=month, start=start, end=now, share=share, ahead=ahead)
    numbers = {group_id: number for number, group_id in world.groups.items()}
    with world.database.writing() as session:
        rows = [
            row
            for due in due_list(session, Scope(ward_id=world.ward_id), month)
            for row in _payments(world, tour, due, group=numbers[due.group_id])
        ]
        rows.sort(key=lambda row: row["paid_at"])
        _number(session, world, rows)
        session.execute(insert(Payment), rows)
        settle(session, sorted({row["household_id"] for row in rows}))


def _payments(world: World, tour: _Round, due: DueRow, *, group: int) -> Iterator[_Row]:
    dice = world.dice
    if due.to_collect_vnd == 0 or dice.random() >= tour.share:
        return
    amount = due.to_collect_vnd
    if dice.random() < tour.ahead:
        amount = YEAR * due.due_vnd
    elif due.lines > 1 and dice.random() < IN_PART:
        amount = due.due_vnd // due.lines
    yield _payment(world, tour, due, group=group, amount=amount)
    if dice.random() < TWICE:
        yield _payment(world, tour, due, group=group, amount=amount)


def _payment(
    world: World, tour: _Round, due: DueRow, *, group: int, amount: int
) -> _Row:
    is_transfer = world.dice.random() < BY_TRANSFER
    receiver = world.accountant if is_transfer else world.leaders[group]
    return {
        "ward_id": world.ward_id,
        "household_id": due.household_id,
        "group_id": due.group_id,
        "amount_vnd": amount,
        "method": PaymentMethod.TRANSFER if is_transfer else PaymentMethod.CASH,
        "receipt_number": f"T{group}",
        "paid_at": _by_day(world, tour),
        "month": tour.month,
        "booked_month": tour.month,
        "received_by": receiver.account_id,
        "idempotency_key": f"{world.dice.getrandbits(128):032x}",
    }


def _by_day(world: World, tour: _Round) -> dt.datetime:
    """Return a moment of the round, by daylight if the round has any."""
    for _ in range(50):
        moment = tour.start + (tour.end - tour.start) * world.dice.random()
        if DOORS_OPEN <= moment.astimezone(WARD_ZONE).hour < DOORS_CLOSE:
            return moment
    return tour.start


def _number(session: Session, world: World, rows: list[_Row]) -> None:
    """Count the receipts of each group and year on, as single payments do."""
    series: dict[str, NumberSeries] = {}
    for row in rows:
        paid_at: dt.datetime = row["paid_at"]
        name = f"{row['receipt_number']}-{paid_at.astimezone(WARD_ZONE).year}"
        if name not in series:
            key = (world.ward_id, name)
            series[name] = session.get(NumberSeries, key) or NumberSeries(
                ward_id=world.ward_id, name=name, last=0
            )
            session.add(series[name])
        series[name].last += 1
        row["receipt_number"] = f"{name}-{series[name].last:04}"
    session.flush()

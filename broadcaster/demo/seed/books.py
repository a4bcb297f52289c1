"""The ward's books of three months: closed, ready for closing, half collected."""

import datetime as dt
import uuid
from collections.abc import Collection

from sqlalchemy import select

from broadcaster.demo.seed.homes import RELIEF
from broadcaster.demo.seed.world import World
from broadcaster.services import closing, ledger
from subscriptions.collecting import due_list
from subscriptions.exemptions import NewExemption
from subscriptions.payments import NewPayment
from subscriptions.places import Scope
from subscriptions.remittances import list_remittances
from subscriptions.tables.households import Household, Resident, ResidentTag
from subscriptions.tables.ledger import ExemptionReason, Payment, PaymentMethod

PRICE_VND = 3000
GAP_GROUP = 7
GAP_PAYMENTS = 2
WAITING_EXEMPTIONS = 2
"""Decisions that nobody has approved yet."""


def exempt_the_poor(world: World, *, now: dt.datetime) -> None:
    """Write a decision for every home on a list of relief; the last ones wait."""
    with world.database.reading() as session:
        homes = session.execute(
            select(Household.public_id, ResidentTag.tag)
            .join(Resident, Resident.household_id == Household.id)
            .join(ResidentTag, ResidentTag.resident_id == Resident.id)
            .where(
                Resident.ward_id == world.ward_id,
                Resident.is_head,
                ResidentTag.tag.in_(RELIEF),
            )
            .order_by(Household.id)
        ).all()
    for number, (household_id, tag) in enumerate(homes, start=1):
        waits = number > len(homes) - WAITING_EXEMPTIONS
        new = NewExemption(
            reason=ExemptionReason(tag),
            decision=f"{number}/QĐ-UBND {now:%d/%m/%Y}",
            first_month=world.calendar.this if waits else world.calendar.first,
        )
        exemption = ledger.exempt(
            world.database, household_id, new, actor=world.accountant, now=now
        )
        if not waits:
            ledger.approve_exemption(
                world.database, exemption.id, actor=world.approver, now=now
            )


def charge(world: World, *, month: dt.date, now: dt.datetime) -> None:
    """Charge a month as the accountant does on its first morning."""
    ledger.charge(world.database, month, actor=world.accountant, now=now)


def close(world: World, *, month: dt.date, now: dt.datetime) -> None:
    """Close a month as the accountant does."""
    closing.close_month(
        world.database, world.ward_id, month, actor=world.accountant, now=now
    )


def hand_in(world: World, *, numbers: Collection[int], now: dt.datetime) -> None:
    """Let the leaders of these groups hand in all the cash they have."""
    for number in numbers:
        ledger.hand_in(
            world.database, world.groups[number], actor=world.leaders[number], now=now
        )


def match(world: World, *, numbers: Collection[int], now: dt.datetime) -> None:
    """Let the accountant say that the ward has what these groups handed in."""
    groups = [world.groups[number] for number in numbers]
    with world.database.reading() as session:
        handed_in = list_remittances(session, world.ward_id, group_ids=groups)
    for remittance in handed_in:
        if remittance.matched_at is None:
            ledger.match_remittance(
                world.database, remittance.id, actor=world.accountant, now=now
            )


def leave_gap(world: World, *, month: dt.date, now: dt.datetime) -> None:
    """Take two more payments after the hand-in: cash that the ward has not seen."""
    for household_id in _owing_one_line(world, GAP_GROUP, month=month)[:GAP_PAYMENTS]:
        _take(world, household_id, GAP_GROUP, now=now)


def undo_one(world: World, *, month: dt.date, now: dt.datetime) -> None:
    """Let a leader take a slip of the finger back."""
    number = min(world.groups)
    household_id = _owing_one_line(world, number, month=month)[0]
    slip = _take(world, household_id, number, now=now)
    ledger.undo_payment(
        world.database, slip.public_id, actor=world.leaders[number], now=now
    )


def pay_late(world: World, *, paid_at: dt.datetime, now: dt.datetime) -> None:
    """Book money of a month that is closed: an adjustment of the next one."""
    number = max(world.groups)
    month = paid_at.date().replace(day=1)
    household_id = _owing_one_line(world, number, month=month)[0]
    _take(world, household_id, number, paid_at=paid_at, now=now)


def _take(
    world: World,
    household_id: uuid.UUID,
    number: int,
    *,
    now: dt.datetime,
    paid_at: dt.datetime | None = None,
) -> Payment:
    leader = world.leaders[number]
    new = NewPayment(
        amount_vnd=PRICE_VND,
        method=PaymentMethod.CASH,
        received_by=leader.account_id,
        idempotency_key=f"{world.dice.getrandbits(128):032x}",
        paid_at=paid_at,
    )
    return ledger.take_payment(world.database, household_id, new, actor=leader, now=now)


def _owing_one_line(world: World, number: int, *, month: dt.date) -> list[uuid.UUID]:
    """Return the homes of a group that owe one line's charge of a month."""
    scope = Scope(ward_id=world.ward_id, group_ids=frozenset({world.groups[number]}))
    with world.database.reading() as session:
        return [
            due.public_id
            for due in due_list(session, scope, month)
            if due.to_collect_vnd == PRICE_VND
        ]

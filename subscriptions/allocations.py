"""Which payment settles which charge: the oldest charge first, no đồng twice."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, func, insert, select
from sqlalchemy.orm import Session, aliased

from subscriptions.booking import lock_households
from subscriptions.tables.ledger import Allocation, Charge, Payment

HOUSEHOLDS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What is still open of a charge, or still unspent of a payment. In VND."""

    id: int
    household_id: int
    amount_vnd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of a payment that settles a part of a charge. In VND."""

    payment_id: int
    charge_id: int
    amount_vnd: int


def spread(charges: Iterable[Rest], payments: Iterable[Rest]) -> list[Share]:
    """Spend one household's payments on its charges, both in the order given."""
    shares: list[Share] = []
    purse = iter(payments)
    payment, left = None, 0
    for charge in charges:
        open_vnd = charge.amount_vnd
        while open_vnd > 0:
            if left == 0:
                payment = next(purse, None)
                left = payment.amount_vnd if payment else 0
            if payment is None:
                return shares
            amount = min(open_vnd, left)
            shares.append(
                Share(payment_id=payment.id, charge_id=charge.id, amount_vnd=amount)
            )
            open_vnd -= amount
            left -= amount
    return shares


def settle(session: Session, household_ids: Sequence[int]) -> None:
    """Spend what these households have paid and not spent on what they owe.

    Locks the households; safe to call again: it does what is left to do.
    """
    ordered = sorted(household_ids)
    for start in range(0, len(ordered), HOUSEHOLDS_AT_ONCE):
        some = ordered[start : start + HOUSEHOLDS_AT_ONCE]
        lock_households(session, some)
        charges = _by_household(open_charges(session, Charge.household_id.in_(some)))
        payments = _by_household(unspent_payments(session, some))
        rows = [
            {
                "payment_id": share.payment_id,
                "charge_id": share.charge_id,
                "amount_vnd": share.amount_vnd,
            }
            for household, owed in charges.items()
            for share in spread(owed, payments[household])
        ]
        if rows:
            session.execute(insert(Allocation), rows)


def settled() -> ScalarSelect[int]:
    """Return what is settled of the `Charge` that the query is on. In VND.

    Correlated, so that it walks the index whatever the planner knows: joined as an
    aggregate it took PostgreSQL a minute for 20,000 charges just added (it scanned
    them all for each, having no statistics yet).
    """
    return (
        select(func.coalesce(func.sum(Allocation.amount_vnd), 0))
        .where(Allocation.charge_id == Charge.id)
        .correlate(Charge)
        .scalar_subquery()
    )


def spent() -> ScalarSelect[int]:
    """Return what is spent of the `Payment` that the query is on; see `settled`."""
    return (
        select(func.coalesce(func.sum(Allocation.amount_vnd), 0))
        .where(Allocation.payment_id == Payment.id)
        .correlate(Payment)
        .scalar_subquery()
    )


def open_charges(session: Session, condition: ColumnElement[bool]) -> list[Rest]:
    """Return the charges that are not settled in full, the oldest first."""
    rest = Charge.amount_vnd - settled()
    rows = session.execute(
        select(Charge.id, Charge.household_id, rest)
        .where(condition, rest > 0)
        .order_by(Charge.month, Charge.id)
    )
    return [_rest(*row) for row in rows]


def unspent_payments(session: Session, household_ids: Sequence[int]) -> list[Rest]:
    """Return the payments with something left, the oldest first; undone ones not."""
    undoing = aliased(Payment)
    rest = Payment.amount_vnd - spent()
    rows = session.execute(
        select(Payment.id, Payment.household_id, rest)
        .outerjoin(undoing, undoing.reverses_id == Payment.id)
        .where(
            Payment.household_id.in_(household_ids),
            Payment.amount_vnd > 0,
            undoing.id.is_(None),
            rest > 0,
        )
        .order_by(Payment.id)
    )
    return [_rest(*row) for row in rows]


def households_with_credit(session: Session, ward_id: int) -> list[int]:
    """Return the households of a ward that have paid more than was spent."""
    return list(
        session.scalars(
            select(Payment.household_id)
            .where(Payment.ward_id == ward_id)
            .group_by(Payment.household_id)
            .having(func.sum(Payment.amount_vnd - spent()) > 0)
        )
    )


def _by_household(rests: Iterable[Rest]) -> defaultdict[int, list[Rest]]:
    grouped: defaultdict[int, list[Rest]] = defaultdict(list)
    for rest in rests:
        grouped[rest.household_id].append(rest)
    return grouped


def _rest(row_id: int, household_id: int, amount: int) -> Rest:
    return Rest(id=row_id, household_id=household_id, amount_vnd=int(amount))

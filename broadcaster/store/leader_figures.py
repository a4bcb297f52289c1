"""What a leader's money pages ask of the books beyond the ledger's own lists."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscriptions.places import Scope
from subscriptions.tables.households import Household, Resident
from subscriptions.tables.ledger import Charge, Payment


def is_charged(session: Session, ward_id: int, month: dt.date) -> bool:
    """Tell whether the ward has charged a month."""
    charge = select(Charge.id).where(Charge.ward_id == ward_id, Charge.month == month)
    return session.scalar(charge.limit(1)) is not None


def find_by_key(session: Session, scope: Scope, key: str) -> Payment | None:
    """Return the payment that a form's key stands for already, or None."""
    payment = session.scalar(
        select(Payment).where(
            Payment.ward_id == scope.ward_id, Payment.idempotency_key == key
        )
    )
    return payment if payment and scope.covers(payment.group_id) else None


def doors_of(session: Session, payments: list[Payment]) -> dict[int, tuple[str, str]]:
    """Return the head's name and the address for each payment's household."""
    rows = session.execute(
        select(Household.id, Resident.full_name, Household.address)
        .join(Resident, Resident.household_id == Household.id)
        .where(
            Household.id.in_({payment.household_id for payment in payments}),
            Resident.is_head,
        )
    )
    return {household_id: (name, address) for household_id, name, address in rows}

"""Cash on its way to the ward: in the leader's hand, handed in, matched."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.orm import Session

from subscriptions.booking import next_number
from subscriptions.errors import LedgerStateError, NotInRegisterError
from subscriptions.months import month_of
from subscriptions.tables.ledger import (
    Payment,
    PaymentMethod,
    Remittance,
    RemittedPayment,
)
from subscriptions.tables.places import ResidentialGroup


def cash_in_hand(session: Session, group_id: int) -> int:
    """Return the cash of a group that is not handed in yet. In VND.

    Below zero when a payment was undone after it had been handed in: the next
    hand-in is less by as much.
    """
    total = select(func.sum(Payment.amount_vnd)).where(_in_hand(group_id))
    return int(session.scalar(total) or 0)


def list_in_hand(session: Session, group_id: int) -> list[Payment]:
    """Return the cash payments of a group that are not handed in, oldest first."""
    return list(
        session.scalars(select(Payment).where(_in_hand(group_id)).order_by(Payment.id))
    )


def hold_cash(session: Session, group_id: int) -> None:
    """Let nobody else hand in a group's cash, or give it back, meanwhile.

    Without it a leader could give back what another phone is just handing in, which
    only the ward may. Take it before the lock of a month.
    """
    session.execute(
        select(ResidentialGroup.id)
        .where(ResidentialGroup.id == group_id)
        .with_for_update(key_share=True)
    )


def is_handed_in(session: Session, payment_id: int) -> bool:
    """Tell whether a payment has left the leader's hand; ask under `hold_cash`."""
    return session.get(RemittedPayment, payment_id) is not None


def hand_in(
    session: Session, group: ResidentialGroup, *, handed_by: int, now: dt.datetime
) -> Remittance:
    """Hand in all the cash of a group and give it a code such as TO12-T11-1.

    The running number goes on from year to year, so that a code is never used
    twice. Raises LedgerStateError when there is nothing to hand in.
    """
    # first of all: whoever taps twice waits here and then finds nothing in hand
    hold_cash(session, group.id)
    series = f"TO{group.number}-T{month_of(now).month}"
    number = next_number(session, group.ward_id, series)
    payments = list_in_hand(session, group.id)
    amount = sum(payment.amount_vnd for payment in payments)
    if amount <= 0:
        raise LedgerStateError("nothing_in_hand")
    remittance = Remittance(
        ward_id=group.ward_id,
        group_id=group.id,
        code=f"{series}-{number}",
        amount_vnd=amount,
        handed_by=handed_by,
        handed_at=now,
    )
    session.add(remittance)
    session.flush()
    session.execute(
        insert(RemittedPayment),
        [
            {"payment_id": payment.id, "remittance_id": remittance.id}
            for payment in payments
        ],
    )
    return remittance


def match_remittance(
    session: Session,
    ward_id: int,
    remittance_id: int,
    *,
    matched_by: int,
    now: dt.datetime,
) -> Remittance:
    """Say that the ward has the money. Only once, never by who handed it in.

    Raises NotInRegisterError or LedgerStateError.
    """
    remittance = session.scalar(
        select(Remittance)
        .where(Remittance.id == remittance_id, Remittance.ward_id == ward_id)
        .with_for_update()
    )
    if remittance is None:
        raise NotInRegisterError("remittance")
    if remittance.matched_by is not None:
        raise LedgerStateError("already_matched")
    if remittance.handed_by == matched_by:
        raise LedgerStateError("same_person")
    remittance.matched_by = matched_by
    remittance.matched_at = now
    session.flush()
    return remittance


def list_remittances(
    session: Session, ward_id: int, *, group_ids: Sequence[int] | None = None
) -> list[Remittance]:
    """Return a ward's hand-ins, or those of some groups, the latest first."""
    found = select(Remittance).where(Remittance.ward_id == ward_id)
    if group_ids is not None:
        found = found.where(Remittance.group_id.in_(group_ids))
    return list(session.scalars(found.order_by(Remittance.id.desc())))


def _in_hand(group_id: int) -> ColumnElement[bool]:
    handed_in = select(RemittedPayment.payment_id).where(
        RemittedPayment.payment_id == Payment.id
    )
    return (
        (Payment.group_id == group_id)
        & (Payment.method == PaymentMethod.CASH)
        & ~handed_in.exists()
    )

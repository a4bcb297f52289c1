"""Money received from households, its receipts, and the undoing of both."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import and_, func, insert, literal, select
from sqlalchemy.orm import Session, aliased

from subscriptions.allocations import open_charges, settle
from subscriptions.booking import booking_month, lock_households, next_number
from subscriptions.errors import LedgerInputError, LedgerStateError, PaidMeanwhileError
from subscriptions.months import WARD_ZONE, month_of
from subscriptions.tables.base import BigId
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import (
    Adjustment,
    AdjustmentKind,
    Allocation,
    Charge,
    Payment,
    PaymentMethod,
)
from subscriptions.tables.places import ResidentialGroup

MAX_PAYMENT_VND = 10_000_000
"""More than 250 years of one line: a slip of the finger, not a payment."""
MAX_KEY_LENGTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a form showed as open when it was drawn, of the months up to one. In VND."""

    open_vnd: int
    last_month: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """Money as it was received. `idempotency_key` is made with the form.

    `asked` is what the form showed, None where nothing was asked for. `paid_at` is
    None for right now; a moment to come counts as now, too: a phone's clock may be
    wrong, but nobody has received money that is yet to be paid.
    """

    amount_vnd: int
    method: PaymentMethod
    received_by: int
    idempotency_key: str
    paid_at: dt.datetime | None = None
    asked: Asked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A payment, and whether it was added now or was there under the same key."""

    payment: Payment
    is_new: bool


def record_payment(
    session: Session, household: Household, new: NewPayment, *, now: dt.datetime
) -> Payment:
    """Book money as `book_payment` does, and return the payment, new or known."""
    return book_payment(session, household, new, now=now).payment


def book_payment(
    session: Session, household: Household, new: NewPayment, *, now: dt.datetime
) -> Booked:
    """Book money, number its receipt, settle the oldest charges first.

    What is left over stays the household's credit and settles the charges to come.
    The same key gives the same payment again. Money of a closed month is booked in
    the first open one, with an adjustment. Raises LedgerInputError for an amount
    below 1 or above MAX_PAYMENT_VND, or a key that cannot be kept or stands for
    another payment; PaidMeanwhileError when less is open than `asked` says.
    """
    if not 0 < new.amount_vnd <= MAX_PAYMENT_VND:
        raise LedgerInputError("amount_vnd", "out_of_bounds")
    key = new.idempotency_key
    if len(key) > MAX_KEY_LENGTH or not key.isprintable():
        raise LedgerInputError("idempotency_key", "unusable")
    paid_at = min(new.paid_at or now, now)
    month = month_of(paid_at)
    booked = booking_month(session, household.ward_id, month, now=now)
    lock_households(session, [household.id])
    known = _find_by_key(session, household.ward_id, key)
    if known is not None:
        return Booked(payment=_same(known, household, new), is_new=False)
    if new.asked is not None:
        _refuse_paid_meanwhile(session, household, new.asked)
    payment = Payment(
        ward_id=household.ward_id,
        household_id=household.id,
        group_id=household.group_id,
        amount_vnd=new.amount_vnd,
        method=new.method,
        receipt_number=_next_receipt(session, household, paid_at),
        paid_at=paid_at,
        month=month,
        booked_month=booked,
        received_by=new.received_by,
        idempotency_key=key,
    )
    _book(session, payment, now=now)
    settle(session, [household.id])
    return Booked(payment=payment, is_new=True)


def reverse_payment(
    session: Session, payment: Payment, *, reversed_by: int, now: dt.datetime
) -> Payment:
    """Undo a payment, once: add minus as much, and open again what it settled.

    Other credit of the household then settles what it can. Booked in the payment's
    own month, or in the first open one with an adjustment. Raises LedgerStateError
    when it is undone already or itself undoes another.
    """
    if payment.reverses_id is not None:
        raise LedgerStateError("is_a_reversal")
    booked = booking_month(session, payment.ward_id, payment.month, now=now)
    lock_households(session, [payment.household_id])
    if find_reversal(session, payment.id) is not None:
        raise LedgerStateError("already_reversed")
    reversal = Payment(
        ward_id=payment.ward_id,
        household_id=payment.household_id,
        group_id=payment.group_id,
        amount_vnd=-payment.amount_vnd,
        method=payment.method,
        receipt_number=f"{payment.receipt_number}-H",
        paid_at=now,
        month=payment.month,
        booked_month=booked,
        received_by=reversed_by,
        idempotency_key=f"reverses:{payment.public_id}",
        reverses_id=payment.id,
    )
    _book(session, reversal, now=now)
    _take_back(session, payment, reversal)
    settle(session, [payment.household_id])
    return reversal


def find_payment(
    session: Session, ward_id: int, public_id: uuid.UUID
) -> Payment | None:
    """Return a ward's payment, or None."""
    return session.scalar(
        select(Payment).where(
            Payment.ward_id == ward_id, Payment.public_id == public_id
        )
    )


def find_reversal(session: Session, payment_id: int) -> Payment | None:
    """Return the row that undoes a payment, or None."""
    return session.scalar(select(Payment).where(Payment.reverses_id == payment_id))


def list_payments(session: Session, household_id: int) -> list[Payment]:
    """Return what a household has paid and what of it was undone, the latest first."""
    return list(
        session.scalars(
            select(Payment)
            .where(Payment.household_id == household_id)
            .order_by(Payment.id.desc())
        )
    )


def _find_by_key(session: Session, ward_id: int, key: str) -> Payment | None:
    return session.scalar(
        select(Payment).where(
            Payment.ward_id == ward_id, Payment.idempotency_key == key
        )
    )


def _same(known: Payment, household: Household, new: NewPayment) -> Payment:
    if (known.household_id, known.amount_vnd, known.method) != (
        household.id,
        new.amount_vnd,
        new.method,
    ):
        raise LedgerInputError("idempotency_key", "stands_for_another")
    return known


def _refuse_paid_meanwhile(
    session: Session, household: Household, asked: Asked
) -> None:
    """Refuse when others took money since; their household's lock must be held."""
    charges = and_(
        Charge.household_id == household.id, Charge.month <= asked.last_month
    )
    open_vnd = sum(rest.amount_vnd for rest in open_charges(session, charges))
    if open_vnd >= asked.open_vnd:
        return
    undoing = aliased(Payment)
    last = session.scalars(
        select(Payment)
        .outerjoin(undoing, undoing.reverses_id == Payment.id)
        .where(
            Payment.household_id == household.id,
            Payment.amount_vnd > 0,
            undoing.id.is_(None),
        )
        .order_by(Payment.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return
    raise PaidMeanwhileError(
        last.receipt_number,
        amount_vnd=last.amount_vnd,
        paid_at=last.paid_at,
        open_vnd=open_vnd,
    )


def _next_receipt(session: Session, household: Household, paid_at: dt.datetime) -> str:
    group = session.get_one(ResidentialGroup, household.group_id)
    series = f"{group.code}-{paid_at.astimezone(WARD_ZONE).year}"
    return f"{series}-{next_number(session, household.ward_id, series):04}"


def _book(session: Session, payment: Payment, *, now: dt.datetime) -> None:
    session.add(payment)
    session.flush()
    if payment.booked_month > payment.month:
        session.add(
            Adjustment(
                ward_id=payment.ward_id,
                booked_month=payment.booked_month,
                concerns_month=payment.month,
                kind=AdjustmentKind.PAYMENT,
                amount_vnd=payment.amount_vnd,
                reason="paid_late" if payment.amount_vnd > 0 else "undone_late",
                reference=f"payment:{payment.id}",
                created_at=now,
            )
        )
        session.flush()


def _take_back(session: Session, payment: Payment, reversal: Payment) -> None:
    session.execute(
        insert(Allocation).from_select(
            ["payment_id", "charge_id", "amount_vnd"],
            select(
                literal(reversal.id, BigId),
                Allocation.charge_id,
                -func.sum(Allocation.amount_vnd),
            )
            .where(Allocation.payment_id == payment.id)
            .group_by(Allocation.charge_id),
        )
    )

"""What must hold of a ward's books at any moment, read from their rows alone."""

import datetime as dt
import re
from collections import defaultdict
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from broadcaster.services.statements import Sums, recompute, stored_sums
from subscriptions.collecting import due_list
from subscriptions.places import Scope
from subscriptions.remittances import cash_in_hand
from subscriptions.tables.ledger import (
    Adjustment,
    AdjustmentKind,
    Allocation,
    BillingMonth,
    Charge,
    MonthState,
    NumberSeries,
    Payment,
    PaymentMethod,
    Remittance,
    RemittedPayment,
)
from subscriptions.tables.places import ResidentialGroup

RECEIPT = re.compile(r"(T\d+-\d{4})-(\d{4,})")
HAND_IN = re.compile(r"(TO\d+-T\d+)-(\d+)")


def books_add_up(session: Session, ward_id: int, *, today: dt.date) -> None:
    """Claim that every đồng of a ward is where it should be, once."""
    homes_add_up(session, ward_id, today=today)
    allocations_keep_inside(session, ward_id)
    cash_adds_up(session, ward_id)
    months_add_up(session, ward_id)
    numbers_have_no_gap(session, ward_id)


def homes_add_up(session: Session, ward_id: int, *, today: dt.date) -> None:
    """Claim that what a home paid settles what it owes, and only the rest is credit."""
    charged = _sums(session, _by(Charge, Charge.household_id, ward_id))
    paid = _sums(session, _by(Payment, Payment.household_id, ward_id))
    spent = _sums(session, _allocated(Payment, ward_id))
    settled = _sums(session, _allocated(Charge, ward_id))
    assert settled == spent, "one home's money settles another's charges"
    for home in charged.keys() | paid.keys() | settled.keys():
        assert paid[home] >= 0
        assert settled[home] == min(charged[home], paid[home]), "credit lies idle"
    for row in due_list(session, Scope(ward_id=ward_id), today.replace(day=1)):
        home = row.household_id
        assert row.to_collect_vnd == charged[home] - settled[home]


def allocations_keep_inside(session: Session, ward_id: int) -> None:
    """Claim that no charge and no payment is spent over, nor what was undone at all."""
    root = func.coalesce(Payment.reverses_id, Payment.id)
    shares = session.execute(
        select(root, Allocation.charge_id, func.sum(Allocation.amount_vnd))
        .join(Payment, Payment.id == Allocation.payment_id)
        .where(Payment.ward_id == ward_id)
        .group_by(root, Allocation.charge_id)
    )
    by_payment: defaultdict[int, int] = defaultdict(int)
    by_charge: defaultdict[int, int] = defaultdict(int)
    for payment, charge, vnd in shares:
        assert vnd >= 0
        by_payment[payment] += vnd
        by_charge[charge] += vnd
    standing = _sums(session, _by(Payment, root, ward_id))
    assert all(by_payment[key] <= standing[key] for key in by_payment)
    owed = _sums(session, _by(Charge, Charge.id, ward_id))
    assert all(by_charge[key] <= owed[key] for key in by_charge)


def cash_adds_up(session: Session, ward_id: int) -> None:
    """Claim that cash is in a leader's hand or in one hand-in, and in no two."""
    collected = _sums(
        session,
        _by(Payment, Payment.group_id, ward_id).where(
            Payment.method == PaymentMethod.CASH
        ),
    )
    handed_in = _sums(session, _by(Remittance, Remittance.group_id, ward_id))
    groups = select(ResidentialGroup.id).where(ResidentialGroup.ward_id == ward_id)
    for group in session.scalars(groups):
        assert cash_in_hand(session, group) == collected[group] - handed_in[group]
    carried = session.execute(
        select(Remittance.amount_vnd, func.sum(Payment.amount_vnd))
        .join(RemittedPayment, RemittedPayment.remittance_id == Remittance.id)
        .join(Payment, Payment.id == RemittedPayment.payment_id)
        .where(Remittance.ward_id == ward_id)
        .group_by(Remittance.id)
    )
    assert all(amount == int(payments) for amount, payments in carried)


def months_add_up(session: Session, ward_id: int) -> None:
    """Claim that each row is in one month's sums, its own or a later one's."""
    for table, kind in (
        (Charge, AdjustmentKind.CHARGE),
        (Payment, AdjustmentKind.PAYMENT),
    ):
        is_late = table.booked_month > table.month
        late = _sums(session, _by(table, table.booked_month, ward_id).where(is_late))
        adjusted = _sums(
            session,
            _by(Adjustment, Adjustment.booked_month, ward_id).where(
                Adjustment.kind == kind
            ),
        )
        assert {m: vnd for m, vnd in late.items() if vnd} == {
            m: vnd for m, vnd in adjusted.items() if vnd
        }
    for month, sums in closed_months(session, ward_id).items():
        assert recompute(session, ward_id, month) == sums


def closed_months(session: Session, ward_id: int) -> dict[dt.date, Sums]:
    """Return the sums that the closed months of a ward are stored with."""
    rows = select(BillingMonth).where(
        BillingMonth.ward_id == ward_id, BillingMonth.state == MonthState.CLOSED
    )
    return {row.month: stored_sums(row) for row in session.scalars(rows)}


def numbers_have_no_gap(session: Session, ward_id: int) -> None:
    """Claim that receipts and hand-ins count 1, 2, 3 in each series."""
    counted: defaultdict[str, list[int]] = defaultdict(list)
    receipts = select(Payment.receipt_number).where(
        Payment.ward_id == ward_id, Payment.reverses_id.is_(None)
    )
    codes = select(Remittance.code).where(Remittance.ward_id == ward_id)
    for pattern, numbers in ((RECEIPT, receipts), (HAND_IN, codes)):
        for number in session.scalars(numbers):
            found = pattern.fullmatch(number)
            assert found, number
            counted[found[1]].append(int(found[2]))
    series = session.execute(
        select(NumberSeries.name, NumberSeries.last).where(
            NumberSeries.ward_id == ward_id
        )
    )
    assert {name: list(range(1, last + 1)) for name, last in series} == {
        name: sorted(numbers) for name, numbers in counted.items()
    }


def _by(table: Any, key: Any, ward_id: int) -> Select[Any, int]:
    return (
        select(key, func.sum(table.amount_vnd))
        .where(table.ward_id == ward_id)
        .group_by(key)
    )


def _allocated(table: type[Charge] | type[Payment], ward_id: int) -> Select[int, int]:
    link = Allocation.charge_id if table is Charge else Allocation.payment_id
    vnd = func.sum(Allocation.amount_vnd)
    return (
        select(table.household_id, vnd)
        .join(Allocation, link == table.id)
        .where(table.ward_id == ward_id)
        .group_by(table.household_id)
        .having(vnd != 0)
    )


def _sums(session: Session, query: Select[Any, int]) -> defaultdict[Any, int]:
    rows = session.execute(query)
    return defaultdict(int, {key: int(vnd) for key, vnd in rows})

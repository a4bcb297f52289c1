"""What each group brings into a month's books."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Cast,
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    func,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from subscriptions.allocations import settled
from subscriptions.places import Scope
from subscriptions.tables.ledger import (
    Charge,
    Payment,
    PaymentMethod,
    Remittance,
    RemittedPayment,
)
from subscriptions.tables.places import ResidentialGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTotals:
    """What one group brings into a month's books; what came late is not in it.

    Lines and VND. `handed_in_vnd` and `matched_vnd` are of the month's own cash,
    whenever that was handed in; the rest of the cash is in the leader's hand.
    """

    group_id: int
    name: str
    lines: int = 0
    exempt_lines: int = 0
    due_vnd: int = 0
    exempted_vnd: int = 0
    settled_vnd: int = 0
    cash_vnd: int = 0
    transfer_vnd: int = 0
    handed_in_vnd: int = 0
    matched_vnd: int = 0

    @property
    def collected_vnd(self) -> int:
        """What households paid, in cash and by transfer."""
        return self.cash_vnd + self.transfer_vnd

    @property
    def difference_vnd(self) -> int:
        """Cash that was collected and that the ward has not matched."""
        return self.cash_vnd - self.matched_vnd


def group_totals(session: Session, scope: Scope, month: dt.date) -> list[GroupTotals]:
    """Return what each group in scope brings into a month's books, by group number.

    Groups that were merged into another appear while they still have rows.
    """
    sums: dict[int, dict[str, int]] = {}
    for query in (_charge_sums(scope, month), _payment_sums(scope, month)):
        for row in session.execute(query).mappings():
            of_group = sums.setdefault(row["group_id"], {})
            of_group.update({k: v for k, v in row.items() if k != "group_id"})
    groups = (
        select(ResidentialGroup)
        .where(ResidentialGroup.ward_id == scope.ward_id)
        .order_by(ResidentialGroup.number, ResidentialGroup.id)
    )
    return [
        GroupTotals(group_id=group.id, name=group.name, **sums.get(group.id, {}))
        for group in session.scalars(groups)
        if group.id in sums or (not group.merged_into_id and scope.covers(group.id))
    ]


def total(vnd: ColumnElement[Any] | InstrumentedAttribute[int]) -> Cast[int]:
    """Return the sum of a column as a whole number, 0 when there is nothing."""
    # PostgreSQL sums bigints into numeric, which would come back as Decimal
    return cast(func.coalesce(func.sum(vnd), 0), BigInteger)


def _charge_sums(scope: Scope, month: dt.date) -> Select[*tuple[Any, ...]]:
    own = and_(
        Charge.ward_id == scope.ward_id,
        Charge.booked_month == month,
        Charge.month == month,
    )
    return (
        select(
            Charge.group_id,
            func.count().label("lines"),
            func.count(Charge.exemption_id).label("exempt_lines"),
            total(Charge.amount_vnd).label("due_vnd"),
            total(Charge.tariff_vnd - Charge.amount_vnd).label("exempted_vnd"),
            total(settled()).label("settled_vnd"),
        )
        .where(own, _in_groups(scope, Charge.group_id))
        .group_by(Charge.group_id)
    )


def _payment_sums(scope: Scope, month: dt.date) -> Select[*tuple[Any, ...]]:
    in_cash = Payment.method == PaymentMethod.CASH
    vnd = Payment.amount_vnd
    return (
        select(
            Payment.group_id,
            total(case((in_cash, vnd), else_=0)).label("cash_vnd"),
            total(case((in_cash, 0), else_=vnd)).label("transfer_vnd"),
            total(case((Remittance.id.is_not(None), vnd))).label("handed_in_vnd"),
            total(case((Remittance.matched_at.is_not(None), vnd))).label("matched_vnd"),
        )
        .outerjoin(RemittedPayment, RemittedPayment.payment_id == Payment.id)
        .outerjoin(Remittance, Remittance.id == RemittedPayment.remittance_id)
        .where(
            Payment.ward_id == scope.ward_id,
            Payment.booked_month == month,
            Payment.month == month,
            _in_groups(scope, Payment.group_id),
        )
        .group_by(Payment.group_id)
    )


def _in_groups(
    scope: Scope, group_id: InstrumentedAttribute[int]
) -> ColumnElement[bool]:
    if scope.group_ids is None:
        return true()
    return group_id.in_(sorted(scope.group_ids))

"""What households owe and have paid: the list that leaders collect by."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, fields

from sqlalchemy import ScalarSelect, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from subscriptions.allocations import settled
from subscriptions.places import Scope
from subscriptions.tables.households import Household, Resident
from subscriptions.tables.ledger import Allocation, Charge, Payment
from subscriptions.tables.places import ResidentialGroup
from subscriptions.totals import total

ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdBalance:
    """Where a household stands, over all months. In VND."""

    charged_vnd: int
    paid_vnd: int
    settled_vnd: int

    @property
    def owed_vnd(self) -> int:
        """What is open of its charges."""
        return self.charged_vnd - self.settled_vnd

    @property
    def credit_vnd(self) -> int:
        """What it has paid ahead."""
        return self.paid_vnd - self.settled_vnd


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow:
    """One household on the collecting list of a month. In VND.

    `lines` are those charged in the month, `exempt_lines` those of them spared;
    `arrears_vnd` is what is open of earlier months.
    """

    household_id: int
    public_id: uuid.UUID
    group_id: int
    group_name: str
    head: str
    search_key: str
    address: str
    lines: int
    exempt_lines: int
    due_vnd: int
    paid_vnd: int
    arrears_vnd: int

    @property
    def open_vnd(self) -> int:
        """What is left to collect for the month."""
        return self.due_vnd - self.paid_vnd

    @property
    def to_collect_vnd(self) -> int:
        """What is left to collect for the month and those before it."""
        return self.open_vnd + self.arrears_vnd

    @property
    def exempt(self) -> bool:
        """Whether every line of the household is spared."""
        return self.lines == self.exempt_lines


def household_balance(session: Session, household_id: int) -> HouseholdBalance:
    """Return where a household stands, over all months."""
    charged = select(func.sum(Charge.amount_vnd)).where(
        Charge.household_id == household_id
    )
    paid = select(func.sum(Payment.amount_vnd)).where(
        Payment.household_id == household_id
    )
    allocated = (
        select(func.sum(Allocation.amount_vnd))
        .join(Charge, Charge.id == Allocation.charge_id)
        .where(Charge.household_id == household_id)
    )
    return HouseholdBalance(
        charged_vnd=int(session.scalar(charged) or 0),
        paid_vnd=int(session.scalar(paid) or 0),
        settled_vnd=int(session.scalar(allocated) or 0),
    )


def months_paid_by(session: Session, payment_id: int) -> dict[dt.date, int]:
    """Return what a payment settles of which months, the oldest first. In VND.

    What is missing to its amount is paid ahead, or settles charges to come.
    """
    paid = func.sum(Allocation.amount_vnd)
    rows = session.execute(
        select(Charge.month, paid)
        .join(Allocation, Allocation.charge_id == Charge.id)
        .where(Allocation.payment_id == payment_id)
        .group_by(Charge.month)
        .order_by(Charge.month)
    )
    return {month: int(vnd) for month, vnd in rows}


def due_list(session: Session, scope: Scope, month: dt.date) -> Iterator[DueRow]:
    """Give the households charged for a month, as a leader walks: door by door.

    They come as the database yields them: a ward's list never lies in memory whole.
    """
    of_month, before = Charge.month == month, Charge.month < month
    rows = session.execute(
        select(
            Household.id,
            Household.public_id,
            Household.group_id,
            ResidentialGroup.name,
            func.coalesce(_of_head(Resident.full_name), ""),
            func.coalesce(_of_head(Resident.search_key), ""),
            Household.address,
            func.count(case((of_month, Charge.id))),
            func.count(case((of_month, Charge.exemption_id))),
            total(case((of_month, Charge.amount_vnd))),
            total(case((of_month, settled()))),
            total(case((before, Charge.amount_vnd - settled()))),
        )
        .join(Charge, Charge.household_id == Household.id)
        .join(ResidentialGroup, ResidentialGroup.id == Household.group_id)
        .where(scope.households(), Charge.month <= month)
        .group_by(Household.id, ResidentialGroup.id)
        .having(func.count(case((of_month, Charge.id))) > 0)
        .order_by(
            ResidentialGroup.number,
            ResidentialGroup.id,
            Household.street,
            Household.block,
            Household.address,
            Household.id,
        )
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    names = [field.name for field in fields(DueRow)]
    for row in rows:
        yield DueRow(**dict(zip(names, row, strict=True)))


def _of_head(column: InstrumentedAttribute[str]) -> ScalarSelect[str]:
    return (
        select(column)
        .where(Resident.household_id == Household.id, Resident.is_head)
        .order_by(Resident.id)
        .limit(1)
        .scalar_subquery()
    )

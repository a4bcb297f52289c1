"""Who is spared the charge: by a dated decision that a second person approves."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from subscriptions.errors import LedgerInputError, LedgerStateError, NotInRegisterError
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import Exemption, ExemptionReason

LONGEST_DECISION = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExemption:
    """What the paper says. Months are their first days; no last month: until told."""

    reason: ExemptionReason
    decision: str
    first_month: dt.date
    last_month: dt.date | None = None


def record_exemption(
    session: Session,
    household: Household,
    new: NewExemption,
    *,
    recorded_by: int,
    now: dt.datetime,
) -> Exemption:
    """Write a decision down; it spares nothing until someone else approves it.

    Raises LedgerInputError when the decision is not named, or not in words that can
    be kept, or the months are no span.
    """
    decision = " ".join(new.decision.split())
    if not decision:
        raise LedgerInputError("decision", "missing")
    if len(decision) > LONGEST_DECISION or not decision.isprintable():
        raise LedgerInputError("decision", "unusable")
    if new.last_month is not None and new.last_month < new.first_month:
        raise LedgerInputError("last_month", "before_first")
    exemption = Exemption(
        ward_id=household.ward_id,
        household_id=household.id,
        reason=new.reason,
        decision=decision,
        first_month=new.first_month.replace(day=1),
        last_month=new.last_month.replace(day=1) if new.last_month else None,
        recorded_by=recorded_by,
        recorded_at=now,
    )
    session.add(exemption)
    session.flush()
    return exemption


def approve_exemption(
    session: Session,
    ward_id: int,
    exemption_id: int,
    *,
    approved_by: int,
    now: dt.datetime,
) -> Exemption:
    """Let a decision count for the charges made from now on.

    Raises NotInRegisterError, or LedgerStateError when it was approved before or
    the same person wrote it down.
    """
    exemption = session.scalar(
        select(Exemption)
        .where(Exemption.id == exemption_id, Exemption.ward_id == ward_id)
        .with_for_update()
    )
    if exemption is None:
        raise NotInRegisterError("exemption")
    if exemption.approved_by is not None:
        raise LedgerStateError("already_approved")
    if exemption.recorded_by == approved_by:
        raise LedgerStateError("same_person")
    exemption.approved_by = approved_by
    exemption.approved_at = now
    session.flush()
    return exemption


def list_waiting(session: Session, ward_id: int) -> list[Exemption]:
    """Return the decisions that wait for a second person, the oldest first."""
    return list(
        session.scalars(
            select(Exemption)
            .where(Exemption.ward_id == ward_id, Exemption.approved_by.is_(None))
            .order_by(Exemption.id)
        )
    )


def list_exemptions(session: Session, household_id: int) -> list[Exemption]:
    """Return all decisions about a household, approved or not, the latest first."""
    return list(
        session.scalars(
            select(Exemption)
            .where(Exemption.household_id == household_id)
            .order_by(Exemption.id.desc())
        )
    )


def count_waiting(session: Session, ward_id: int, month: dt.date) -> int:
    """Count the decisions on this month that wait for a second person."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Exemption)
            .where(
                Exemption.ward_id == ward_id,
                Exemption.approved_by.is_(None),
                covers(month),
            )
        )
        or 0
    )


def covers(month: dt.date) -> ColumnElement[bool]:
    """Return the condition that an exemption spans a month."""
    return and_(
        Exemption.first_month <= month,
        or_(Exemption.last_month.is_(None), Exemption.last_month >= month),
    )

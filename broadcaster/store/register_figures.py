"""How many households and phones a group has: the figures on a leader's first page."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from subscriptions.places import Scope
from subscriptions.tables.households import (
    Household,
    Resident,
    Subscription,
    SubscriptionStatus,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFigures:
    """Households that live there, and the phones they are served through."""

    households: int
    lines: int


def register_figures(session: Session, scope: Scope) -> RegisterFigures:
    """Count what a scope holds now; a phone that homes share counts once."""
    here = scope.households(), Household.left_on.is_(None)
    households = session.scalar(
        select(func.count()).select_from(Household).where(*here)
    )
    lines = session.scalar(
        select(func.count(Subscription.line_id.distinct()))
        .join(Resident, Resident.id == Subscription.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .where(*here, Subscription.status != SubscriptionStatus.ENDED)
    )
    return RegisterFigures(households=households or 0, lines=lines or 0)

"""Households as a leader enrols them at a door, in the trade's words."""

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from subscriptions.enrolments import Enrolment, NewLine, NewResident
from subscriptions.places import Scope
from subscriptions.registry import enrol_household
from subscriptions.tables.households import Household, Line, Resident, Subscription
from subscriptions.tables.places import ResidentialGroup
from tests.builders.people import NOW, number_of

NGA = "0912345678"


def an_enrolment(
    group: ResidentialGroup,
    *lines: NewLine,
    head: str = "Nguyễn Thị Nga",
    address: str = "A1 · 1204",
) -> Enrolment:
    """Return what a leader writes at a door: one head, and the phones given."""
    return Enrolment(
        group_id=group.id,
        head=NewResident(full_name=head, lines=lines),
        address=address,
    )


def enrol(
    session: Session, enrolment: Enrolment, *, scope: Scope, now: dt.datetime = NOW
) -> Household:
    """Enrol a household, by the leader of the scope."""
    return enrol_household(session, scope, enrolment, recorded_by=7, now=now)


def a_phone(number: str = NGA, *, shared: bool = False) -> NewLine:
    """Return a phone without any consent, shared or not."""
    return NewLine(phone=number_of(number), shared=shared)


def count_of(session: Session, table: type[Household | Resident | Line]) -> int:
    """Count the rows of a table."""
    return session.scalar(select(func.count()).select_from(table)) or 0


def subscription_of(session: Session, household: Household) -> Subscription:
    """Return the one subscription that a household has."""
    return session.scalars(
        select(Subscription)
        .join(Resident, Resident.id == Subscription.resident_id)
        .where(Resident.household_id == household.id)
    ).one()

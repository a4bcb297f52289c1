"""Serving a resident through a phone, alone or shared with another home."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscriptions.consents import Evidence, grant
from subscriptions.enrolments import NewLine
from subscriptions.errors import EnrolmentError, HouseholdFacts, LineTakenError
from subscriptions.lines import find_line, line_for, line_holders
from subscriptions.months import month_of, next_month
from subscriptions.places import Scope
from subscriptions.tables.households import (
    Household,
    Resident,
    Subscription,
    SubscriptionChange,
    SubscriptionStatus,
)
from subscriptions.tables.places import ResidentialGroup

RUNS_AGAIN = "enrolled_again"
"""The reason kept when an ended subscription runs again by enrolment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who writes into which register, and when."""

    scope: Scope
    recorded_by: int | None
    now: dt.datetime

    def first_month(self, line: NewLine) -> dt.date:
        """Return the month from which a line is charged: by default the next."""
        return line.first_month or next_month(month_of(self.now))


def refuse_taken(
    session: Session, entry: Entry, line: NewLine, *, household_id: int | None = None
) -> None:
    """Refuse a phone that other homes hold, unless the line is said to be shared.

    `household_id` is the home that asks, None while it is not enrolled. Raises
    LineTakenError with the homes' addresses as far as the scope shows them.
    """
    found = find_line(session, entry.scope.ward_id, line.phone.e164)
    if found is None or line.shared:
        return
    others = {
        holder.household.id: holder.household
        for holder in line_holders(session, found.id)
        if holder.household.id != household_id
    }
    if others:
        raise LineTakenError(
            tuple(facts_of(session, entry.scope, other) for other in others.values())
        )


def facts_of(session: Session, scope: Scope, household: Household) -> HouseholdFacts:
    """Return what someone of this scope may be told of a household in an error."""
    group = session.get_one(ResidentialGroup, household.group_id)
    if not scope.covers(group.id):
        return HouseholdFacts(group_name=group.name)
    return HouseholdFacts(
        group_name=group.name,
        public_id=household.public_id,
        address=household.address,
    )


def subscribe(
    session: Session, entry: Entry, resident: Resident, *, line: NewLine
) -> Subscription:
    """Serve a resident through a phone and keep the agreement that came with it.

    The first of a phone's subscriptions pays, the others do not. An ended one runs
    again. Raises EnrolmentError `twice` when the phone serves the resident already.
    """
    line_id = line_for(session, resident.ward_id, line.phone).id
    subscription = session.scalars(
        select(Subscription).where(
            Subscription.line_id == line_id, Subscription.resident_id == resident.id
        )
    ).one_or_none()
    if subscription is None:
        subscription = Subscription(
            ward_id=resident.ward_id,
            line_id=line_id,
            resident_id=resident.id,
            first_month=entry.first_month(line),
            created_at=entry.now,
        )
    elif subscription.status is SubscriptionStatus.ENDED:
        session.add(_run_again(entry, subscription, line=line))
    else:
        raise EnrolmentError("phone", "twice")
    holders = line_holders(session, line_id)
    subscription.pays = not any(holder.subscription.pays for holder in holders)
    subscription.status = SubscriptionStatus.ACTIVE
    subscription.relation = line.relation
    subscription.last_month = None
    session.add(subscription)
    session.flush()
    _keep_agreement(session, entry, line, line_id=line_id)
    return subscription


def _run_again(
    entry: Entry, subscription: Subscription, *, line: NewLine
) -> SubscriptionChange:
    return SubscriptionChange(
        ward_id=subscription.ward_id,
        subscription_id=subscription.id,
        status=SubscriptionStatus.ACTIVE,
        from_month=entry.first_month(line),
        reason=RUNS_AGAIN,
        recorded_by=entry.recorded_by,
        recorded_at=entry.now,
    )


def _keep_agreement(
    session: Session, entry: Entry, line: NewLine, *, line_id: int
) -> None:
    if line.agreement is None:
        return
    evidence = Evidence(
        method=line.agreement.method,
        wording_version=line.agreement.wording_version,
        recorded_by=entry.recorded_by,
    )
    grant(session, line_id, line.agreement.purposes, evidence=evidence, now=entry.now)

"""Mending a wrong number: the person stays, the phone changes."""

import datetime as dt
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscriptions.consents import Evidence, withdraw
from subscriptions.enrolments import NewLine
from subscriptions.errors import EnrolmentError, NotInRegisterError
from subscriptions.lines import line_holders
from subscriptions.months import month_of, next_month
from subscriptions.places import Scope
from subscriptions.registry import add_line
from subscriptions.subscription_changes import Decision, end_subscription
from subscriptions.tables.consents import ConsentMethod, Purpose
from subscriptions.tables.households import Household, Line, Resident, Subscription

REPLACED = "number_replaced"
"""The reason kept with the ended subscription, and the wording of the withdrawal."""


def replace_number(
    session: Session,
    scope: Scope,
    public_id: uuid.UUID,
    *,
    line: NewLine,
    recorded_by: int | None,
    now: dt.datetime,
) -> Subscription:
    """Serve someone through another number instead of this one; return the new line.

    This month stays with the old number's charge and the next is the new one's: no
    month is charged twice. The old number is nobody's then, unless another home
    holds it, and what it agreed to is withdrawn. Raises EnrolmentError (`same` for
    the same number), NotInRegisterError, LineTakenError, SubscriptionStateError.
    """
    old, resident = _get(session, scope, public_id)
    if session.get_one(Line, old.line_id).e164 == line.phone.e164:
        raise EnrolmentError("phone", "same")
    following = next_month(month_of(now))
    decision = Decision(reason=REPLACED, from_month=following, recorded_by=recorded_by)
    end_subscription(session, scope, public_id, decision=decision, now=now)
    if not line_holders(session, old.line_id):
        evidence = Evidence(
            method=ConsentMethod.LEADER_SCREEN,
            wording_version=REPLACED,
            recorded_by=recorded_by,
        )
        withdraw(session, old.line_id, Purpose, evidence=evidence, now=now)
    first_month = max(old.first_month, following)
    return add_line(
        session,
        scope,
        resident.public_id,
        line=NewLine(
            phone=line.phone,
            relation=line.relation,
            shared=line.shared,
            agreement=line.agreement,
            first_month=first_month,
        ),
        recorded_by=recorded_by,
        now=now,
    )


def _get(
    session: Session, scope: Scope, public_id: uuid.UUID
) -> tuple[Subscription, Resident]:
    found = session.execute(
        select(Subscription, Resident)
        .join(Resident, Resident.id == Subscription.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .where(Subscription.public_id == public_id, scope.households())
    ).one_or_none()
    if found is None:
        raise NotInRegisterError("subscription")
    subscription, resident = found
    return subscription, resident

"""Taking back an enrolment that was a slip: nothing of it is charged or texted."""

import datetime as dt
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscriptions.consents import Evidence, withdraw
from subscriptions.errors import SubscriptionStateError
from subscriptions.lines import hold_register
from subscriptions.months import WARD_ZONE, month_of, previous_month
from subscriptions.places import Scope
from subscriptions.registry import get_household
from subscriptions.subscription_changes import Decision, end_subscription
from subscriptions.tables.consents import ConsentAction, ConsentMethod, ConsentRecord
from subscriptions.tables.households import (
    Household,
    Resident,
    Subscription,
    SubscriptionStatus,
)
from subscriptions.tables.ledger import Charge

UNDO_WITHIN = dt.timedelta(days=1)
UNDONE = "enrolment_undone"
"""The reason kept with each ended subscription, and the wording of the withdrawal."""


def undo_enrolment(
    session: Session,
    scope: Scope,
    public_id: uuid.UUID,
    *,
    recorded_by: int | None,
    now: dt.datetime,
) -> Household:
    """Take back a household enrolled within the last day; a second time is nothing.

    The rows stay, so that the books and the consents tell what happened, but the
    household is in no list and its phones go back to what they had agreed to
    before. Raises NotInRegisterError, SubscriptionStateError `too_late` or `charged`.
    """
    hold_register(session, scope)
    household = get_household(session, scope, public_id)
    if household.left_on is not None:
        return household
    if now - household.created_at > UNDO_WITHIN:
        raise SubscriptionStateError("too_late")
    if session.scalar(select(Charge.id).where(Charge.household_id == household.id)):
        raise SubscriptionStateError("charged")
    for subscription in _running(session, household):
        decision = Decision(
            reason=UNDONE, from_month=month_of(now), recorded_by=recorded_by
        )
        end_subscription(
            session, scope, subscription.public_id, decision=decision, now=now
        )
        # an evening's enrolment undone on the first of a month is not charged either
        subscription.last_month = previous_month(subscription.first_month)
        _take_back_consents(session, subscription, recorded_by=recorded_by, now=now)
    household.left_on = now.astimezone(WARD_ZONE).date()
    session.flush()
    return household


def _running(session: Session, household: Household) -> list[Subscription]:
    return list(
        session.scalars(
            select(Subscription)
            .join(Resident, Resident.id == Subscription.resident_id)
            .where(
                Resident.household_id == household.id,
                Subscription.status != SubscriptionStatus.ENDED,
            )
            .order_by(Subscription.id)
        )
    )


def _take_back_consents(
    session: Session,
    subscription: Subscription,
    *,
    recorded_by: int | None,
    now: dt.datetime,
) -> None:
    """Withdraw what came with the subscription, unless it was agreed to before."""
    records = list(
        session.scalars(
            select(ConsentRecord)
            .where(
                ConsentRecord.line_id == subscription.line_id,
                ConsentRecord.channel.is_(None),
            )
            .order_by(ConsentRecord.id)
        )
    )
    came = subscription.created_at
    before = {r.purpose: r.action for r in records if r.recorded_at < came}
    given = {
        r.purpose
        for r in records
        if r.recorded_at == came and before.get(r.purpose) != ConsentAction.GRANTED
    }
    evidence = Evidence(
        method=ConsentMethod.LEADER_SCREEN,
        wording_version=UNDONE,
        recorded_by=recorded_by,
    )
    withdraw(session, subscription.line_id, given, evidence=evidence, now=now)

"""Suspending, resuming and ending: texts follow at once, the charge by the month."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscriptions.enrolments import tidy
from subscriptions.errors import (
    EnrolmentError,
    NotInRegisterError,
    SubscriptionStateError,
)
from subscriptions.lines import hold_register, line_holders
from subscriptions.months import month_of, previous_month
from subscriptions.places import Scope
from subscriptions.tables.households import (
    Household,
    Resident,
    Subscription,
    SubscriptionChange,
    SubscriptionStatus,
)

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Why a subscription changes, and the first of the month from which it counts."""

    reason: str
    from_month: dt.date
    recorded_by: int | None


def suspend_subscription(
    session: Session,
    scope: Scope,
    public_id: uuid.UUID,
    *,
    decision: Decision,
    now: dt.datetime,
) -> Subscription:
    """Stop texting someone for a while; their line stays theirs.

    Raises EnrolmentError, NotInRegisterError, SubscriptionStateError.
    """
    subscription = _to_change(session, scope, public_id)
    if subscription.status is not SubscriptionStatus.ACTIVE:
        raise SubscriptionStateError(f"is_{subscription.status}")
    _change(session, subscription, SubscriptionStatus.SUSPENDED, decision, now=now)
    return subscription


def resume_subscription(
    session: Session,
    scope: Scope,
    public_id: uuid.UUID,
    *,
    decision: Decision,
    now: dt.datetime,
) -> Subscription:
    """Text someone again who was suspended; one that has ended is enrolled again.

    Raises EnrolmentError, NotInRegisterError, SubscriptionStateError.
    """
    subscription = _to_change(session, scope, public_id)
    if subscription.status is not SubscriptionStatus.SUSPENDED:
        raise SubscriptionStateError(f"is_{subscription.status}")
    _change(session, subscription, SubscriptionStatus.ACTIVE, decision, now=now)
    return subscription


def end_subscription(
    session: Session,
    scope: Scope,
    public_id: uuid.UUID,
    *,
    decision: Decision,
    now: dt.datetime,
) -> Subscription:
    """Stop serving someone through a line; their last month is the one before.

    Where others share the phone and this one paid, the longest served of them pays
    from that month on. Raises EnrolmentError, NotInRegisterError,
    SubscriptionStateError.
    """
    subscription = _to_change(session, scope, public_id)
    if subscription.status is SubscriptionStatus.ENDED:
        raise SubscriptionStateError(f"is_{subscription.status}")
    _change(session, subscription, SubscriptionStatus.ENDED, decision, now=now)
    subscription.last_month = previous_month(decision.from_month)
    session.flush()
    if subscription.pays:
        _hand_on_payment(session, subscription.line_id, from_month=decision.from_month)
    return subscription


def list_changes(session: Session, subscription_id: int) -> list[SubscriptionChange]:
    """Return what happened to a subscription since it began, the oldest first."""
    return list(
        session.scalars(
            select(SubscriptionChange)
            .where(SubscriptionChange.subscription_id == subscription_id)
            .order_by(SubscriptionChange.id)
        )
    )


def _to_change(session: Session, scope: Scope, public_id: uuid.UUID) -> Subscription:
    hold_register(session, scope)
    subscription = session.scalars(
        select(Subscription)
        .join(Resident, Resident.id == Subscription.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .where(Subscription.public_id == public_id, scope.households())
        .execution_options(populate_existing=True)
    ).one_or_none()
    if subscription is None:
        raise NotInRegisterError("subscription")
    return subscription


def _change(
    session: Session,
    subscription: Subscription,
    status: SubscriptionStatus,
    decision: Decision,
    *,
    now: dt.datetime,
) -> None:
    reason = tidy(decision.reason)
    if not reason:
        raise EnrolmentError("reason", "empty")
    if len(reason) > LONGEST_REASON:
        raise EnrolmentError("reason", "too_long")
    if not reason.isprintable():
        raise EnrolmentError("reason", "control_character")
    if decision.from_month.day != 1:
        raise EnrolmentError("from_month", "not_first_of_month")
    if decision.from_month < month_of(now):
        raise EnrolmentError("from_month", "is_past")
    subscription.status = status
    session.add(
        SubscriptionChange(
            ward_id=subscription.ward_id,
            subscription_id=subscription.id,
            status=status,
            from_month=decision.from_month,
            reason=reason,
            recorded_by=decision.recorded_by,
            recorded_at=now,
        )
    )
    session.flush()


def _hand_on_payment(session: Session, line_id: int, *, from_month: dt.date) -> None:
    heirs = line_holders(session, line_id)
    if heirs:
        heir = heirs[0].subscription
        heir.pays = True
        heir.first_month = max(heir.first_month, from_month)
        session.flush()

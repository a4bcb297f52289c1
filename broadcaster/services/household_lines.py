"""What a leader does for a phone of a household after it is enrolled."""

import datetime as dt
import enum
import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.rules.permissions import Act
from broadcaster.services import journal
from broadcaster.services.accounts import Actor
from broadcaster.services.greetings import greet
from broadcaster.store.session import Database
from subscriptions.consents import Evidence, grant, withdraw
from subscriptions.enrolments import NewLine
from subscriptions.errors import NotInRegisterError
from subscriptions.lines import mark_usable
from subscriptions.registry import add_line
from subscriptions.replacing import replace_number
from subscriptions.subscription_changes import (
    Decision,
    end_subscription,
    resume_subscription,
    suspend_subscription,
)
from subscriptions.tables.consents import ConsentMethod, Purpose
from subscriptions.tables.households import Household, Line, Resident, Subscription


class ServiceChange(enum.StrEnum):
    """What may be done with a subscription that runs or rests."""

    SUSPEND = "suspend"
    RESUME = "resume"
    END = "end"


_CHANGES = {
    ServiceChange.SUSPEND: suspend_subscription,
    ServiceChange.RESUME: resume_subscription,
    ServiceChange.END: end_subscription,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentDecision:
    """Which purposes the phone's holder agrees to from now on, and how they said so.

    Those of `asked` that are not in `agreed` are withdrawn.
    """

    asked: frozenset[Purpose]
    agreed: frozenset[Purpose]
    method: ConsentMethod
    wording_version: str


def add_phone(
    database: Database,
    resident_id: uuid.UUID,
    *,
    line: NewLine,
    gateway: str,
    actor: Actor,
    now: dt.datetime,
) -> Subscription:
    """Serve a resident through one more phone, confirmed by text if agreed on screen.

    Raises NotAllowedError and what `add_line` raises.
    """
    actor.require(Act.EDIT_REGISTER)
    with database.writing() as session:
        subscription = add_line(
            session,
            actor.scope,
            resident_id,
            line=line,
            recorded_by=actor.account_id,
            now=now,
        )
        _greet(session, subscription, line, gateway=gateway, now=now)
        _write(session, "line.added", subscription, actor=actor, now=now)
    return subscription


def change_number(
    database: Database,
    subscription_id: uuid.UUID,
    *,
    line: NewLine,
    gateway: str,
    actor: Actor,
    now: dt.datetime,
) -> Subscription:
    """Serve someone through the right number instead of a wrong one.

    Raises NotAllowedError and what `replace_number` raises.
    """
    actor.require(Act.EDIT_REGISTER)
    with database.writing() as session:
        subscription = replace_number(
            session,
            actor.scope,
            subscription_id,
            line=line,
            recorded_by=actor.account_id,
            now=now,
        )
        _greet(session, subscription, line, gateway=gateway, now=now)
        _write(session, "line.number_replaced", subscription, actor=actor, now=now)
    return subscription


def decide_consent(
    database: Database,
    subscription_id: uuid.UUID,
    *,
    decision: ConsentDecision,
    actor: Actor,
    now: dt.datetime,
) -> int:
    """Write down what a phone's holder agrees to now; return how many words changed.

    Raises NotAllowedError, NotInRegisterError.
    """
    actor.require(Act.EDIT_REGISTER)
    evidence = Evidence(
        method=decision.method,
        wording_version=decision.wording_version,
        recorded_by=actor.account_id,
    )
    with database.writing() as session:
        subscription, _ = get_served(session, actor, subscription_id)
        line_id = subscription.line_id
        granted = grant(session, line_id, decision.agreed, evidence=evidence, now=now)
        withdrawn = withdraw(
            session,
            line_id,
            decision.asked - decision.agreed,
            evidence=evidence,
            now=now,
        )
        for act, records in (("granted", granted), ("withdrawn", withdrawn)):
            if records:
                _write(session, f"consent.{act}", subscription, actor=actor, now=now)
    return len(granted) + len(withdrawn)


def change_service(
    database: Database,
    subscription_id: uuid.UUID,
    *,
    change: ServiceChange,
    decision: Decision,
    actor: Actor,
    now: dt.datetime,
) -> Subscription:
    """Suspend, resume or end: texts follow at once, the charge from the month named.

    Raises NotAllowedError, EnrolmentError, NotInRegisterError,
    SubscriptionStateError.
    """
    actor.require(Act.EDIT_REGISTER)
    with database.writing() as session:
        subscription = _CHANGES[change](
            session, actor.scope, subscription_id, decision=decision, now=now
        )
        _write(session, f"subscription.{change}", subscription, actor=actor, now=now)
    return subscription


def trust_number(
    database: Database, subscription_id: uuid.UUID, *, actor: Actor, now: dt.datetime
) -> Subscription:
    """Text a number again that was marked unusable: the leader has asked, it works.

    Raises NotAllowedError, NotInRegisterError.
    """
    actor.require(Act.EDIT_REGISTER)
    with database.writing() as session:
        subscription, _ = get_served(session, actor, subscription_id)
        mark_usable(session, subscription.line_id)
        _write(session, "line.trusted", subscription, actor=actor, now=now)
    return subscription


def get_served(
    session: Session, actor: Actor, subscription_id: uuid.UUID
) -> tuple[Subscription, Household]:
    """Return a subscription and its household. Raises NotInRegisterError."""
    found = session.execute(
        select(Subscription, Household)
        .join(Resident, Resident.id == Subscription.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .where(Subscription.public_id == subscription_id, actor.scope.households())
    ).one_or_none()
    if found is None:
        raise NotInRegisterError("subscription")
    subscription, household = found
    return subscription, household


def _greet(
    session: Session,
    subscription: Subscription,
    line: NewLine,
    *,
    gateway: str,
    now: dt.datetime,
) -> None:
    agreed = line.agreement
    if agreed is not None and agreed.method is ConsentMethod.LEADER_SCREEN:
        served = session.get_one(Line, subscription.line_id)
        greet(session, served, gateway=gateway, now=now)


def _write(
    session: Session,
    act: str,
    subscription: Subscription,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    journal.write(
        session,
        act,
        actor=actor,
        ward_id=subscription.ward_id,
        facts={
            "subscription_id": subscription.id,
            "line_id": subscription.line_id,
            "status": str(subscription.status),
        },
        now=now,
    )

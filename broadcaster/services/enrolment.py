"""A leader enrols a household at its door, and may take the slip back."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.errors import InputError
from broadcaster.rules.permissions import Act
from broadcaster.services import journal
from broadcaster.services.accounts import Actor
from broadcaster.services.greetings import greet
from broadcaster.store.session import Database
from subscriptions.enrolments import Enrolment
from subscriptions.errors import SubscriptionStateError
from subscriptions.lines import hold_register
from subscriptions.payments import (
    NewPayment,
    find_reversal,
    list_payments,
    record_payment,
    reverse_payment,
)
from subscriptions.places import get_ward
from subscriptions.registry import enrol_household, get_household
from subscriptions.remittances import hold_cash, is_handed_in
from subscriptions.tables.consents import ConsentMethod
from subscriptions.tables.households import Household, Line, Resident, Subscription
from subscriptions.tables.ledger import Payment, PaymentMethod
from subscriptions.undoing import undo_enrolment


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a leader did at a door besides writing names and numbers down.

    `key` is made when the form is shown and becomes the household's public id: the
    same form sent twice enrols once. `gateway` takes the confirming texts.
    """

    key: uuid.UUID
    collected: bool
    gateway: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """What was saved. `texts` counts the confirming texts; amounts in VND."""

    household: Household
    texts: int
    payment: Payment | None


def enrol(
    database: Database,
    enrolment: Enrolment,
    *,
    visit: Visit,
    actor: Actor,
    now: dt.datetime,
) -> Enrolled:
    """Enrol a household, take the first month's money if it was given, confirm by text.

    The confirming text goes to the phones whose holders agreed on the leader's
    screen, once each. Raises NotAllowedError, InputError when the key stands for a
    household out of scope or undone, and what `enrol_household` raises; nothing is
    saved then.
    """
    actor.require(Act.EDIT_REGISTER)
    with database.writing() as session:
        hold_register(session, actor.scope)
        known = _find_saved(session, actor, visit.key)
        if known is not None:
            return Enrolled(
                household=known, texts=0, payment=_last_payment(session, known)
            )
        household = enrol_household(
            session, actor.scope, enrolment, recorded_by=actor.account_id, now=now
        )
        household.public_id = visit.key
        session.flush()
        payment = None
        if visit.collected:
            payment = _collect(session, household, visit, actor=actor, now=now)
        texts = _confirm(session, household, enrolment, visit=visit, now=now)
        journal.write(
            session,
            "household.enrolled",
            actor=actor,
            ward_id=actor.ward_id,
            facts={
                "household_id": household.id,
                "group_id": household.group_id,
                "lines": len(enrolment.lines),
                "collected_vnd": payment.amount_vnd if payment else 0,
                "texts": texts,
            },
            now=now,
        )
    return Enrolled(household=household, texts=texts, payment=payment)


def undo(
    database: Database, public_id: uuid.UUID, *, actor: Actor, now: dt.datetime
) -> Household:
    """Take back an enrolment of the last day, and the money taken with it.

    A confirming text that has not left is withheld, since the consent is withdrawn.
    Raises NotAllowedError, NotInRegisterError, SubscriptionStateError.
    """
    actor.require(Act.EDIT_REGISTER)
    with database.writing() as session:
        hold_register(session, actor.scope)
        household = get_household(session, actor.scope, public_id)
        if household.left_on is not None:
            return household
        returned = _give_back(session, household, actor=actor, now=now)
        undo_enrolment(
            session, actor.scope, public_id, recorded_by=actor.account_id, now=now
        )
        journal.write(
            session,
            "household.enrolment_undone",
            actor=actor,
            ward_id=actor.ward_id,
            facts={"household_id": household.id, "returned_vnd": returned},
            now=now,
        )
    return household


def _find_saved(session: Session, actor: Actor, key: uuid.UUID) -> Household | None:
    known = session.scalar(select(Household).where(Household.public_id == key))
    if known is None:
        return None
    seen = known.ward_id == actor.ward_id and actor.scope.covers(known.group_id)
    if not seen or known.left_on is not None:
        raise InputError("key", "stands_for_another")
    return known


def _last_payment(session: Session, household: Household) -> Payment | None:
    payments = list_payments(session, household.id)
    return payments[0] if payments else None


def _collect(
    session: Session,
    household: Household,
    visit: Visit,
    *,
    actor: Actor,
    now: dt.datetime,
) -> Payment | None:
    paying = session.scalar(
        select(func.count())
        .select_from(Subscription)
        .join(Resident, Resident.id == Subscription.resident_id)
        .where(Resident.household_id == household.id, Subscription.pays.is_(True))
    )
    if not paying:
        return None
    new = NewPayment(
        amount_vnd=paying * get_ward(session, household.ward_id).price_vnd,
        method=PaymentMethod.CASH,
        received_by=actor.account_id,
        idempotency_key=f"enrol:{visit.key}",
    )
    return record_payment(session, household, new, now=now)


def _confirm(
    session: Session,
    household: Household,
    enrolment: Enrolment,
    *,
    visit: Visit,
    now: dt.datetime,
) -> int:
    agreed = {
        line.phone.e164
        for line in enrolment.lines
        if line.agreement and line.agreement.method is ConsentMethod.LEADER_SCREEN
    }
    lines = session.scalars(
        select(Line).where(Line.ward_id == household.ward_id, Line.e164.in_(agreed))
    )
    return sum(greet(session, line, gateway=visit.gateway, now=now) for line in lines)


def _give_back(
    session: Session, household: Household, *, actor: Actor, now: dt.datetime
) -> int:
    """Undo every payment that stands; return what goes back, in VND.

    Raises SubscriptionStateError when the cash is not in the leader's hand any more.
    """
    returned = 0
    payments = list_payments(session, household.id)
    for group_id in sorted({payment.group_id for payment in payments}):
        hold_cash(session, group_id)
    for payment in payments:
        if payment.amount_vnd < 0 or find_reversal(session, payment.id) is not None:
            continue
        if is_handed_in(session, payment.id):
            raise SubscriptionStateError("handed_in")
        reverse_payment(session, payment, reversed_by=actor.account_id, now=now)
        returned += payment.amount_vnd
    return returned

"""What leaders and accountants do in the books: one transaction and one entry each."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.orm import Session

from broadcaster.errors import NotAllowedError, NotFoundError
from broadcaster.rules.permissions import Act, may
from broadcaster.services import journal
from broadcaster.services.accounts import Actor
from broadcaster.store.session import Database
from subscriptions import exemptions, payments, remittances
from subscriptions.charges import Charged, charge_month
from subscriptions.exemptions import NewExemption
from subscriptions.payments import NewPayment
from subscriptions.places import get_group
from subscriptions.registry import get_household
from subscriptions.tables.ledger import Exemption, Payment, PaymentMethod, Remittance


def charge(
    database: Database, month: dt.date, *, actor: Actor, now: dt.datetime
) -> Charged:
    """Charge a month of the actor's ward once for every line; for accountants.

    Raises NotAllowedError, LedgerStateError for a month to come.
    """
    actor.require(Act.KEEP_LEDGER)
    with database.writing() as session:
        charged = charge_month(session, actor.ward_id, month, now=now)
        facts = {
            "month": month.isoformat(),
            "lines": charged.lines,
            "amount_vnd": charged.amount_vnd,
        }
        _note(session, "month.charged", facts, actor=actor, now=now)
        return charged


def take_payment(
    database: Database,
    household_id: uuid.UUID,
    new: NewPayment,
    *,
    actor: Actor,
    now: dt.datetime,
) -> Payment:
    """Take money from a household in the actor's scope; `household_id` is public.

    The same key again gives the same payment and leaves no second entry. Raises
    NotAllowedError (a transfer is booked only by who keeps the ledger, cash only by
    who took it), NotInRegisterError, LedgerInputError, PaidMeanwhileError.
    """
    _require_collector(actor)
    if new.received_by != actor.account_id:
        raise NotAllowedError("cash is booked by who took it")
    if new.method is PaymentMethod.TRANSFER:
        actor.require(Act.KEEP_LEDGER)
    with database.writing() as session:
        household = get_household(session, actor.scope, household_id)
        booked = payments.book_payment(session, household, new, now=now)
        if booked.is_new:
            facts = _facts_of(booked.payment)
            _note(session, "payment.taken", facts, actor=actor, now=now)
        return booked.payment


def undo_payment(
    database: Database, payment_id: uuid.UUID, *, actor: Actor, now: dt.datetime
) -> Payment:
    """Undo a payment in the actor's scope and return the row that undoes it.

    Once the cash is handed in, only who keeps the ledger may. Raises
    NotAllowedError, NotFoundError, LedgerStateError when it is undone already.
    """
    _require_collector(actor)
    with database.writing() as session:
        payment = payments.find_payment(session, actor.ward_id, payment_id)
        if payment is None or not actor.scope.covers(payment.group_id):
            raise NotFoundError("payment")
        remittances.hold_cash(session, payment.group_id)
        if remittances.is_handed_in(session, payment.id):
            actor.require(Act.KEEP_LEDGER)
        reversal = payments.reverse_payment(
            session, payment, reversed_by=actor.account_id, now=now
        )
        facts = _facts_of(reversal)
        _note(session, "payment.undone", facts, actor=actor, now=now)
        return reversal


def hand_in(
    database: Database, group_id: int, *, actor: Actor, now: dt.datetime
) -> Remittance:
    """Hand in all the cash of a group in the actor's scope; for leaders.

    Raises NotAllowedError, NotInRegisterError, LedgerStateError when none is there.
    """
    actor.require(Act.COLLECT)
    with database.writing() as session:
        group = get_group(session, actor.scope, group_id)
        remittance = remittances.hand_in(
            session, group, handed_by=actor.account_id, now=now
        )
        facts = {"code": remittance.code, "amount_vnd": remittance.amount_vnd}
        _note(session, "cash.handed_in", facts, actor=actor, now=now)
        return remittance


def match_remittance(
    database: Database, remittance_id: int, *, actor: Actor, now: dt.datetime
) -> Remittance:
    """Say that the ward has the money of a hand-in; for accountants.

    Raises NotAllowedError, NotInRegisterError, LedgerStateError.
    """
    actor.require(Act.KEEP_LEDGER)
    with database.writing() as session:
        remittance = remittances.match_remittance(
            session, actor.ward_id, remittance_id, matched_by=actor.account_id, now=now
        )
        facts = {"code": remittance.code, "amount_vnd": remittance.amount_vnd}
        _note(session, "cash.matched", facts, actor=actor, now=now)
        return remittance


def exempt(
    database: Database,
    household_id: uuid.UUID,
    new: NewExemption,
    *,
    actor: Actor,
    now: dt.datetime,
) -> Exemption:
    """Write down a decision to spare a household; it waits for a second person.

    `household_id` is public. Raises NotAllowedError, NotInRegisterError,
    LedgerInputError.
    """
    actor.require(Act.KEEP_LEDGER)
    with database.writing() as session:
        household = get_household(session, actor.scope, household_id)
        exemption = exemptions.record_exemption(
            session, household, new, recorded_by=actor.account_id, now=now
        )
        facts = {"exemption_id": exemption.id, "decision": exemption.decision}
        _note(session, "exemption.recorded", facts, actor=actor, now=now)
        return exemption


def approve_exemption(
    database: Database, exemption_id: int, *, actor: Actor, now: dt.datetime
) -> Exemption:
    """Let a decision count for the charges made from now on; for approvers.

    Raises NotAllowedError, NotInRegisterError, LedgerStateError for one's own.
    """
    actor.require(Act.APPROVE_EXEMPTIONS)
    with database.writing() as session:
        exemption = exemptions.approve_exemption(
            session, actor.ward_id, exemption_id, approved_by=actor.account_id, now=now
        )
        facts = {"exemption_id": exemption.id, "decision": exemption.decision}
        _note(session, "exemption.approved", facts, actor=actor, now=now)
        return exemption


def _require_collector(actor: Actor) -> None:
    if not may(actor.role, Act.KEEP_LEDGER):
        actor.require(Act.COLLECT)


def _facts_of(payment: Payment) -> dict[str, Any]:
    return {
        "payment_id": payment.id,
        "receipt": payment.receipt_number,
        "amount_vnd": payment.amount_vnd,
        "method": str(payment.method),
    }


def _note(
    session: Session,
    act: str,
    facts: dict[str, Any],
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    journal.write(
        session, act, actor=actor, ward_id=actor.ward_id, facts=facts, now=now
    )

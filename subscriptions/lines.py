"""Lines: one row for a phone in a ward, however many homes share it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscriptions.errors import NotInRegisterError
from subscriptions.phones import PhoneNumber
from subscriptions.places import Scope
from subscriptions.tables.households import (
    Household,
    Line,
    LineStatus,
    Resident,
    Subscription,
    SubscriptionStatus,
)
from subscriptions.tables.places import Ward

UNKNOWN_CARRIER = "unknown"
"""For a mobile of a prefix that was in service once and is not in the plan now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineHolder:
    """Someone served through a line; a line has as many as share the phone."""

    subscription: Subscription
    resident: Resident
    household: Household


def hold_register(session: Session, scope: Scope) -> None:
    """Let no other transaction change the ward's register until this one ends.

    Without it two leaders who enter one phone in the same second would both be told
    that it is free. Texts and charges are written meanwhile.
    """
    session.execute(
        select(Ward.id).where(Ward.id == scope.ward_id).with_for_update(key_share=True)
    )


def find_line(session: Session, ward_id: int, e164: str) -> Line | None:
    """Return the ward's line of this number, if it has one."""
    return session.scalars(
        select(Line).where(Line.ward_id == ward_id, Line.e164 == e164)
    ).one_or_none()


def line_for(session: Session, ward_id: int, phone: PhoneNumber) -> Line:
    """Return the ward's line of this mobile, adding it when it is new.

    Hold the ward's register first: see `hold_register`.
    """
    line = find_line(session, ward_id, phone.e164)
    if line is None:
        line = Line(
            ward_id=ward_id, e164=phone.e164, carrier=phone.carrier or UNKNOWN_CARRIER
        )
        session.add(line)
        session.flush()
    return line


def line_holders(session: Session, line_id: int) -> list[LineHolder]:
    """Return who is served through a line now, the longest served first.

    Suspended subscriptions hold their line; ended ones do not.
    """
    rows = session.execute(
        select(Subscription, Resident, Household)
        .join(Resident, Resident.id == Subscription.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .where(
            Subscription.line_id == line_id,
            Subscription.status != SubscriptionStatus.ENDED,
        )
        .order_by(Subscription.id)
    )
    return [
        LineHolder(subscription=subscription, resident=resident, household=household)
        for subscription, resident, household in rows
    ]


def mark_unusable(session: Session, line_id: int, reason: str) -> None:
    """Stop texting a number that cannot be reached; `reason` is a stable word.

    Raises NotInRegisterError when there is no such line.
    """
    line = _get_line(session, line_id)
    line.status = LineStatus.UNUSABLE
    line.status_reason = reason
    session.flush()


def mark_usable(session: Session, line_id: int) -> None:
    """Text a number again that was marked unusable.

    Raises NotInRegisterError when there is no such line.
    """
    line = _get_line(session, line_id)
    line.status = LineStatus.USABLE
    line.status_reason = None
    session.flush()


def _get_line(session: Session, line_id: int) -> Line:
    line = session.get(Line, line_id)
    if line is None:
        raise NotInRegisterError("line")
    return line

"""Charges, payments and usage for tests, in the trade's words.

The ward's months here are August to December 2026; `in_month` gives a moment in one.
"""

import datetime as dt
import uuid
from itertools import count

from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.tables.messages import Message, MessageKind
from broadcaster.store.tables.usage import Tariff
from subscriptions.charges import Charged, charge_month
from subscriptions.enrolments import Enrolment, NewLine, NewResident
from subscriptions.exemptions import NewExemption, approve_exemption, record_exemption
from subscriptions.months import WARD_ZONE, month_of, next_month
from subscriptions.payments import NewPayment, record_payment
from subscriptions.places import Scope
from subscriptions.registry import enrol_household
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import (
    Exemption,
    ExemptionReason,
    Payment,
    PaymentMethod,
)
from subscriptions.tables.places import ResidentialGroup, Ward
from tests.builders.people import NOW, a_group, a_number, a_ward, number_of

AUGUST = dt.date(2026, 8, 1)
SEPTEMBER = dt.date(2026, 9, 1)
OCTOBER = dt.date(2026, 10, 1)
NOVEMBER = dt.date(2026, 11, 1)
DECEMBER = dt.date(2026, 12, 1)

LEADER = 11
ACCOUNTANT = 12
APPROVER = 13

_doors = count(1)


def in_month(month: dt.date, day: int = 10, hour: int = 9) -> dt.datetime:
    """Return a moment of a day of the month, by the ward's clock."""
    return dt.datetime(month.year, month.month, day, hour, tzinfo=WARD_ZONE)


def a_paying_household(
    session: Session,
    *,
    in_group: ResidentialGroup,
    lines: int = 1,
    head: str = "Nguyễn Văn An",
    since: dt.date = AUGUST,
) -> Household:
    """Enrol a household whose lines are charged from a month on."""
    phones = tuple(
        NewLine(phone=number_of(a_number()), first_month=since) for _ in range(lines)
    )
    return enrol_household(
        session,
        Scope(ward_id=in_group.ward_id),
        Enrolment(
            group_id=in_group.id,
            head=NewResident(full_name=head, lines=phones),
            address=f"Số {next(_doors)} ngõ Hoa Ban",
        ),
        recorded_by=LEADER,
        now=NOW,
    )


def a_home(session: Session, *, lines: int = 1) -> Household:
    """Enrol a household that pays, in Tổ 12 of a ward of its own."""
    return a_paying_household(
        session, in_group=a_group(session, a_ward(session), number=12), lines=lines
    )


def ward_of(session: Session, household: Household) -> Ward:
    """Return the ward that a household belongs to."""
    return session.get_one(Ward, household.ward_id)


def charge(session: Session, ward: Ward, month: dt.date) -> Charged:
    """Charge a month on its tenth day."""
    return charge_month(session, ward.id, month, now=in_month(month))


def pay(
    session: Session,
    household: Household,
    amount_vnd: int,
    *,
    now: dt.datetime = NOW,
    method: PaymentMethod = PaymentMethod.CASH,
    key: str | None = None,
) -> Payment:
    """Take money from a household, by the group's leader."""
    new = NewPayment(
        amount_vnd=amount_vnd,
        method=method,
        received_by=LEADER,
        idempotency_key=key or str(uuid.uuid4()),
    )
    return record_payment(session, household, new, now=now)


def an_exemption(
    session: Session,
    household: Household,
    *,
    first_month: dt.date = AUGUST,
    last_month: dt.date | None = None,
    approved: bool = True,
) -> Exemption:
    """Spare a household the charge, by a decision that two persons know."""
    exemption = record_exemption(
        session,
        household,
        NewExemption(
            reason=ExemptionReason.POOR,
            decision="45/QĐ-UBND 05/01/2026",
            first_month=first_month,
            last_month=last_month,
        ),
        recorded_by=ACCOUNTANT,
        now=NOW,
    )
    if approved:
        approve_exemption(
            session, household.ward_id, exemption.id, approved_by=APPROVER, now=NOW
        )
    return exemption


def a_tariff(
    session: Session,
    vnd_per_segment: int,
    *,
    carrier: str = "Viettel",
    since: dt.date = AUGUST,
) -> None:
    """Let a carrier take so much for a segment from a day on."""
    session.add(
        Tariff(
            carrier=carrier,
            kind="care",
            valid_from=since,
            vnd_per_segment=vnd_per_segment,
        )
    )
    session.flush()


def a_text(
    session: Session,
    ward: Ward,
    *,
    day: dt.date,
    segments: int = 1,
    carrier: str = "Viettel",
    state: MessageState = MessageState.ACCEPTED,
) -> Message:
    """Add a text of a day; accepted ones are booked in that day's month."""
    at = dt.datetime.combine(day, dt.time(9), tzinfo=WARD_ZONE)
    is_accepted = state is MessageState.ACCEPTED
    message = Message(
        ward_id=ward.id,
        kind=MessageKind.TEST,
        to="+84912000000",
        sender="PHOASUA",
        text="Thu",
        encoding="GSM7",
        segments=segments,
        carrier=carrier,
        gateway="memory",
        lane=2,
        state=state,
        due_at=at,
        window_id=1 if state is MessageState.SUBMITTING else None,
        accepted_at=at if is_accepted else None,
        usage_day=day if is_accepted else None,
        usage_month=month_of(at) if is_accepted else None,
        created_at=at,
    )
    session.add(message)
    session.flush()
    return message


def after(month: dt.date) -> dt.datetime:
    """Return a moment on the second day after a month: it may be closed."""
    return in_month(next_month(month), day=2)

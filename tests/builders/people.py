"""Wards, groups, households and phones for tests, in the trade's words.

Everything comes in by the register's own door, so that a test never holds rows that
the product could not have made. Flushes, never commits.
"""

import datetime as dt
from collections.abc import Collection
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscriptions.enrolments import Agreement, Enrolment, NewLine, NewResident
from subscriptions.phones import PhoneNumber, read_phone
from subscriptions.places import Scope
from subscriptions.registry import add_line, enrol_household
from subscriptions.tables.consents import ConsentMethod, Purpose
from subscriptions.tables.households import (
    Household,
    Line,
    Resident,
    Subscription,
    Tag,
)
from subscriptions.tables.places import (
    GroupKind,
    ResidentialGroup,
    Ward,
    WardKind,
)

NOW = dt.datetime(2026, 10, 5, 2, 0, tzinfo=dt.UTC)
"""Nine in the morning of Monday 5 October 2026, in the ward."""

WORDING = "2026-01"
EVERYTHING = frozenset(Purpose)
NOTHING: frozenset[Purpose] = frozenset()

_numbers = count(1)


def a_ward(
    session: Session, *, name: str = "Phường Hoa Sữa", approval_over: int = 500
) -> Ward:
    """Add a ward that asks 3,000 đ a month."""
    ward = Ward(
        name=name,
        kind=WardKind.WARD,
        province="Hà Nội",
        sender_brand="PHOASUA",
        hotline="02436577024",
        inbound_number="+84868000111",
        approval_over=approval_over,
    )
    session.add(ward)
    session.flush()
    return ward


def a_group(
    session: Session,
    ward: Ward,
    *,
    number: int = 5,
    name: str | None = None,
    kind: GroupKind = GroupKind.RESIDENTIAL_GROUP,
) -> ResidentialGroup:
    """Add "Tổ 5", or whatever its number and name are."""
    group = ResidentialGroup(
        ward_id=ward.id,
        number=number,
        name=name or f"Tổ {number}",
        code=f"T{number}",
        kind=kind,
    )
    session.add(group)
    session.flush()
    return group


def a_household(
    session: Session,
    *,
    in_group: ResidentialGroup,
    head: str = "Nguyễn Văn An",
    with_phone: str | None = None,
    consenting_to: Collection[Purpose] = EVERYTHING,
    tags: Collection[Tag] = (),
) -> Household:
    """Enrol a household at a door of its own; its phone may be shared with others.

    Without `with_phone` it has no line. `tags` are the head's.
    """
    lines = (a_new_line(with_phone, consenting_to),) if with_phone else ()
    return enrol_household(
        session,
        Scope(ward_id=in_group.ward_id),
        Enrolment(
            group_id=in_group.id,
            head=NewResident(full_name=head, tags=frozenset(tags), lines=lines),
            address=f"Số {next(_numbers)} ngõ Bằng Lăng",
        ),
        recorded_by=None,
        now=NOW,
    )


def a_line(
    session: Session,
    *,
    of: Household,
    phone: str | None = None,
    consenting_to: Collection[Purpose] = EVERYTHING,
) -> Line:
    """Serve a household's head through one more phone, by default one of its own."""
    subscription = add_line(
        session,
        Scope(ward_id=of.ward_id),
        head_of(session, of).public_id,
        line=a_new_line(phone or a_number(), consenting_to),
        recorded_by=None,
        now=NOW,
    )
    return session.get_one(Line, subscription.line_id)


def a_new_line(phone: str, consenting_to: Collection[Purpose] = EVERYTHING) -> NewLine:
    """Return a phone as it is written at the door, consent on paper."""
    agreement = Agreement(
        method=ConsentMethod.PAPER,
        wording_version=WORDING,
        purposes=frozenset(consenting_to),
    )
    return NewLine(
        phone=number_of(phone),
        shared=True,
        agreement=agreement if consenting_to else None,
    )


def a_number() -> str:
    """Return a mobile that no other call returned."""
    return f"0912{next(_numbers):06}"


def number_of(phone: str) -> PhoneNumber:
    """Read a phone that a test states; a wrong one is the test's own defect."""
    number = read_phone(phone).number
    assert number is not None, f"the test's own number cannot be read: {phone}"
    return number


def head_of(session: Session, household: Household) -> Resident:
    """Return the head of a household."""
    return session.scalars(
        select(Resident).where(Resident.household_id == household.id, Resident.is_head)
    ).one()


def lines_of(session: Session, household: Household) -> list[Line]:
    """Return the lines through which a household's people are served."""
    return list(
        session.scalars(
            select(Line)
            .join(Subscription, Subscription.line_id == Line.id)
            .join(Resident, Resident.id == Subscription.resident_id)
            .where(Resident.household_id == household.id)
            .order_by(Line.id)
        )
    )


def scope_of(group: ResidentialGroup) -> Scope:
    """Return the scope of the leader of one group."""
    return Scope(ward_id=group.ward_id, group_ids=frozenset({group.id}))

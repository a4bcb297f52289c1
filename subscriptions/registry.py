"""The register: households, their people and the phones they are served through."""

import datetime as dt
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscriptions.enrolments import (
    Enrolment,
    NewLine,
    NewResident,
    check,
    check_line,
    door_key,
    match_key,
    tidy,
)
from subscriptions.errors import (
    AlreadyEnrolledError,
    HouseholdFacts,
    NotInRegisterError,
)
from subscriptions.lines import hold_register
from subscriptions.names import search_key, sort_key
from subscriptions.places import Scope, get_group
from subscriptions.subscribing import Entry, refuse_taken, subscribe
from subscriptions.tables.households import (
    Household,
    Resident,
    ResidentTag,
    Subscription,
)
from subscriptions.tables.places import ResidentialGroup


def enrol_household(
    session: Session,
    scope: Scope,
    enrolment: Enrolment,
    *,
    recorded_by: int | None,
    now: dt.datetime,
) -> Household:
    """Enrol a household with its people and phones, and return it.

    Each phone is charged from the month after unless the enrolment names another,
    and texted only about what was agreed to. Everything is refused before anything
    is added. Raises EnrolmentError, NotInRegisterError when the group is out of
    scope, AlreadyEnrolledError, LineTakenError.
    """
    check(enrolment)
    group = get_group(session, scope, enrolment.group_id)
    hold_register(session, scope)
    entry = Entry(scope=scope, recorded_by=recorded_by, now=now)
    key = match_key(enrolment.head.full_name, enrolment.address)
    _refuse_second(session, group, key)
    for line in enrolment.lines:
        refuse_taken(session, entry, line)
    household = _new_household(group, enrolment, key=key, now=now)
    session.add(household)
    session.flush()
    for place, person in enumerate(enrolment.residents):
        resident = _add_resident(session, household, person, is_head=place == 0)
        for line in person.lines:
            subscribe(session, entry, resident, line=line)
    return household


def add_line(
    session: Session,
    scope: Scope,
    resident_id: uuid.UUID,
    *,
    line: NewLine,
    recorded_by: int | None,
    now: dt.datetime,
) -> Subscription:
    """Serve a resident through one more phone; an ended subscription runs again.

    `resident_id` is the public one. Raises EnrolmentError (`twice` when the phone
    serves them already), NotInRegisterError, LineTakenError.
    """
    check_line(line)
    hold_register(session, scope)
    resident = get_resident(session, scope, resident_id)
    entry = Entry(scope=scope, recorded_by=recorded_by, now=now)
    refuse_taken(session, entry, line, household_id=resident.household_id)
    return subscribe(session, entry, resident, line=line)


def get_household(session: Session, scope: Scope, public_id: uuid.UUID) -> Household:
    """Return a household. Raises NotInRegisterError when it is not in the scope."""
    household = session.scalars(
        select(Household).where(Household.public_id == public_id, scope.households())
    ).one_or_none()
    if household is None:
        raise NotInRegisterError("household")
    return household


def get_resident(session: Session, scope: Scope, public_id: uuid.UUID) -> Resident:
    """Return a resident. Raises NotInRegisterError when not in the scope."""
    resident = session.scalars(
        select(Resident)
        .join(Household, Household.id == Resident.household_id)
        .where(Resident.public_id == public_id, scope.households())
    ).one_or_none()
    if resident is None:
        raise NotInRegisterError("resident")
    return resident


def move_household(
    session: Session, scope: Scope, public_id: uuid.UUID, *, group_id: int
) -> Household:
    """Put a household into another group of the scope; its charges stay as booked.

    Raises NotInRegisterError, AlreadyEnrolledError when that group has it already.
    """
    hold_register(session, scope)
    household = get_household(session, scope, public_id)
    group = get_group(session, scope, group_id)
    if group.id != household.group_id:
        _refuse_second(session, group, household.match_key)
        household.group_id = group.id
        session.flush()
    return household


def _refuse_second(session: Session, group: ResidentialGroup, key: str) -> None:
    if not key:
        return
    household = session.scalars(
        select(Household).where(
            Household.group_id == group.id,
            Household.match_key == key,
            Household.left_on.is_(None),
        )
    ).one_or_none()
    if household is not None:
        raise AlreadyEnrolledError(
            HouseholdFacts(
                group_name=group.name,
                public_id=household.public_id,
                address=household.address,
            )
        )


def _new_household(
    group: ResidentialGroup, enrolment: Enrolment, *, key: str, now: dt.datetime
) -> Household:
    return Household(
        ward_id=group.ward_id,
        group_id=group.id,
        address=tidy(enrolment.address),
        street=_tidy_or_none(enrolment.street),
        block=_tidy_or_none(enrolment.block),
        match_key=key,
        search_key=door_key(enrolment),
        note=_tidy_or_none(enrolment.note),
        created_at=now,
    )


def _add_resident(
    session: Session, household: Household, person: NewResident, *, is_head: bool
) -> Resident:
    name = tidy(person.full_name)
    resident = Resident(
        ward_id=household.ward_id,
        household_id=household.id,
        full_name=name,
        search_key=search_key(name),
        sort_key=sort_key(name),
        birth_year=person.birth_year,
        relation_to_head=_tidy_or_none(person.relation_to_head),
        is_head=is_head,
        note=_tidy_or_none(person.note),
    )
    session.add(resident)
    session.flush()
    session.add_all(
        ResidentTag(resident_id=resident.id, tag=tag) for tag in sorted(person.tags)
    )
    return resident


def _tidy_or_none(text: str | None) -> str | None:
    return tidy(text or "") or None

"""Enrolling at a door: who is served, and who pays from when."""

import datetime as dt
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from subscriptions.enrolments import Enrolment, NewLine, NewResident
from subscriptions.errors import EnrolmentError, NotInRegisterError
from subscriptions.lines import line_holders
from subscriptions.registry import add_line
from subscriptions.tables.households import (
    Line,
    Relation,
    Resident,
    ResidentTag,
    Subscription,
    Tag,
)
from subscriptions.tables.places import ResidentialGroup
from tests.builders.enrolments import (
    NGA,
    a_phone,
    an_enrolment,
    count_of,
    enrol,
    subscription_of,
)
from tests.builders.people import (
    NOW,
    a_household,
    head_of,
    lines_of,
    number_of,
    scope_of,
)

OCTOBER = dt.date(2026, 10, 1)
NOVEMBER = dt.date(2026, 11, 1)


def test_a_household_comes_in_with_its_people_and_their_phones(
    session: Session, group: ResidentialGroup
) -> None:
    daughter = NewLine(phone=number_of("0987654321"), relation=Relation.RELATIVE)
    mother = NewResident(
        full_name="Trần Thị  Mơ",
        birth_year=1948,
        tags=frozenset({Tag.PENSIONER, Tag.ELDERLY}),
        lines=(daughter,),
    )
    enrolment = Enrolment(
        group_id=group.id,
        head=NewResident(full_name="Nguyễn Thị Nga", lines=(a_phone(),)),
        members=(mother,),
        address="A1 · 1204",
    )

    household = enrol(session, enrolment, scope=scope_of(group))

    assert head_of(session, household).full_name == "Nguyễn Thị Nga"
    assert [line.e164 for line in lines_of(session, household)] == [
        "+84912345678",
        "+84987654321",
    ]
    member = session.scalars(select(Resident).where(~Resident.is_head)).one()
    tags = session.scalars(
        select(ResidentTag.tag).where(ResidentTag.resident_id == member.id)
    )
    assert member.full_name == "Trần Thị Mơ"
    assert set(tags) == {Tag.PENSIONER, Tag.ELDERLY}
    relation = session.scalars(
        select(Subscription.relation).where(Subscription.resident_id == member.id)
    ).one()
    assert relation is Relation.RELATIVE


@pytest.mark.parametrize(
    ("enrolled_at", "first_month"),
    [
        pytest.param(dt.datetime(2026, 10, 5, 2, tzinfo=dt.UTC), NOVEMBER, id="early"),
        pytest.param(
            dt.datetime(2026, 10, 31, 16, 59, tzinfo=dt.UTC), NOVEMBER, id="last-minute"
        ),
        pytest.param(
            dt.datetime(2026, 10, 31, 17, 0, tzinfo=dt.UTC),
            dt.date(2026, 12, 1),
            id="midnight-in-the-ward",
        ),
        pytest.param(
            dt.datetime(2026, 12, 31, 5, tzinfo=dt.UTC),
            dt.date(2027, 1, 1),
            id="new-year",
        ),
    ],
)
def test_a_line_is_charged_from_the_month_after(
    session: Session,
    group: ResidentialGroup,
    enrolled_at: dt.datetime,
    first_month: dt.date,
) -> None:
    enrolment = an_enrolment(group, a_phone())
    household = enrol(session, enrolment, scope=scope_of(group), now=enrolled_at)
    assert subscription_of(session, household).first_month == first_month


def test_a_line_paid_for_at_the_door_is_charged_at_once(
    session: Session, group: ResidentialGroup
) -> None:
    line = NewLine(phone=number_of(NGA), first_month=OCTOBER)
    household = enrol(session, an_enrolment(group, line), scope=scope_of(group))
    assert subscription_of(session, household).first_month == OCTOBER


def test_a_shared_phone_is_one_line_and_its_first_home_pays(
    session: Session, group: ResidentialGroup
) -> None:
    first = a_household(session, in_group=group, with_phone=NGA)
    enrolment = an_enrolment(group, a_phone(shared=True))

    second = enrol(session, enrolment, scope=scope_of(group))

    assert count_of(session, Line) == 1
    assert subscription_of(session, first).pays
    assert not subscription_of(session, second).pays
    holders = line_holders(session, lines_of(session, first)[0].id)
    assert [holder.household.id for holder in holders] == [first.id, second.id]


def test_people_of_one_home_share_a_phone_unasked(
    session: Session, group: ResidentialGroup
) -> None:
    husband = NewResident(full_name="Lê Văn Hai", lines=(a_phone(),))
    enrolment = Enrolment(
        group_id=group.id,
        head=NewResident(full_name="Nguyễn Thị Nga", lines=(a_phone(),)),
        members=(husband,),
    )

    enrol(session, enrolment, scope=scope_of(group))

    assert count_of(session, Line) == 1
    assert sorted(session.scalars(select(Subscription.pays))) == [False, True]


def test_one_more_line_is_added_and_its_own_home_is_no_obstacle(
    session: Session, group: ResidentialGroup
) -> None:
    household = a_household(session, in_group=group, with_phone=NGA)
    member = Resident(
        ward_id=group.ward_id,
        household_id=household.id,
        full_name="Lê Văn Hai",
        search_key="le van hai",
        sort_key="0",
    )
    session.add(member)
    session.flush()

    added = add_line(
        session,
        scope_of(group),
        member.public_id,
        line=a_phone(),
        recorded_by=7,
        now=NOW,
    )

    assert added.resident_id == member.id
    assert not added.pays


def test_a_phone_that_serves_a_person_already_is_not_added_again(
    session: Session, group: ResidentialGroup
) -> None:
    household = a_household(session, in_group=group, with_phone=NGA)
    head = head_of(session, household).public_id
    with pytest.raises(EnrolmentError, match="twice"):
        add_line(session, scope_of(group), head, line=a_phone(), recorded_by=7, now=NOW)


def test_a_resident_nobody_knows_gets_no_line(
    session: Session, group: ResidentialGroup
) -> None:
    with pytest.raises(NotInRegisterError):
        add_line(
            session,
            scope_of(group),
            uuid.uuid4(),
            line=a_phone(),
            recorded_by=7,
            now=NOW,
        )

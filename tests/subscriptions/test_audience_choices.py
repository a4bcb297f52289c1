"""What an officer picks and excludes decides who is named at all."""

import dataclasses

import pytest
from sqlalchemy.orm import Session

from subscriptions.audience import Audience
from subscriptions.exclusion_reasons import ExclusionReason
from subscriptions.tables.households import Household, Resident, ResidentTag, Tag
from subscriptions.tables.places import ResidentialGroup, Ward
from tests.builders.audiences import EVERYONE, left_out, texted
from tests.builders.people import (
    a_group,
    a_household,
    a_number,
    a_ward,
    lines_of,
)


@pytest.fixture
def home(session: Session, group: ResidentialGroup) -> Household:
    return a_household(session, in_group=group, with_phone=a_number())


def line_of(session: Session, household: Household) -> int:
    return lines_of(session, household)[0].id


def of_groups(*groups: ResidentialGroup) -> Audience:
    return Audience(group_ids=frozenset(group.id for group in groups))


def test_only_the_groups_named_are_texted(
    session: Session, ward: Ward, group: ResidentialGroup, home: Household
) -> None:
    other = a_group(session, ward, number=6)
    theirs = a_household(session, in_group=other, with_phone=a_number())
    assert texted(session, ward, of_groups(group)) == [line_of(session, home)]
    assert texted(session, ward, of_groups(other)) == [line_of(session, theirs)]


def test_an_excluded_group_and_household_are_not_texted(
    session: Session, ward: Ward, group: ResidentialGroup, home: Household
) -> None:
    neighbour = a_household(session, in_group=group, head="Bình", with_phone=a_number())
    other = a_group(session, ward, number=6)
    a_household(session, in_group=other, with_phone=a_number())
    audience = dataclasses.replace(
        EVERYONE,
        excluded_group_ids=frozenset({other.id}),
        excluded_household_ids=frozenset({home.id}),
    )
    assert texted(session, ward, audience) == [line_of(session, neighbour)]
    assert left_out(session, ward, audience) == []


def test_households_named_singly_join_the_groups(
    session: Session, ward: Ward, group: ResidentialGroup, home: Household
) -> None:
    other = a_group(session, ward, number=6)
    guest = a_household(session, in_group=other, head="An", with_phone=a_number())
    a_household(session, in_group=other, head="Bình", with_phone=a_number())
    audience = dataclasses.replace(
        of_groups(group), household_ids=frozenset({guest.id})
    )
    assert texted(session, ward, audience) == [
        line_of(session, home),
        line_of(session, guest),
    ]


def test_an_empty_form_is_nobody(session: Session, ward: Ward, home: Household) -> None:
    assert texted(session, ward, Audience()) == []
    assert left_out(session, ward, Audience()) == []


def test_tags_reach_tagged_people_on_lines_of_their_own(
    session: Session, ward: Ward, group: ResidentialGroup, home: Household
) -> None:
    pensioner = a_household(
        session,
        in_group=group,
        head="Bà Ba",
        with_phone=a_number(),
        tags={Tag.PENSIONER, Tag.ELDERLY},
    )
    audience = Audience(group_ids=None, tags=frozenset({Tag.PENSIONER, Tag.ELDERLY}))
    assert texted(session, ward, audience) == [line_of(session, pensioner)]


def test_a_tagged_person_without_a_line_is_left_out_though_the_home_has_one(
    session: Session, ward: Ward, home: Household
) -> None:
    mother = Resident(
        ward_id=ward.id,
        household_id=home.id,
        full_name="Trần Thị Mơ",
        search_key="tran thi mo",
        sort_key="0",
    )
    session.add(mother)
    session.flush()
    session.add(ResidentTag(resident_id=mother.id, tag=Tag.PENSIONER))
    session.flush()
    audience = Audience(group_ids=None, tags=frozenset({Tag.PENSIONER}))
    assert texted(session, ward, audience) == []
    assert left_out(session, ward, audience) == [(mother.id, ExclusionReason.NO_LINE)]


def test_a_notice_never_reaches_another_ward(
    session: Session, ward: Ward, home: Household
) -> None:
    other = a_ward(session, name="Phường Khác")
    theirs = a_household(
        session, in_group=a_group(session, other), with_phone=a_number()
    )
    strange = Audience(
        group_ids=frozenset({theirs.group_id}), household_ids=frozenset({theirs.id})
    )
    assert texted(session, ward, EVERYONE) == [line_of(session, home)]
    assert texted(session, ward, strange) == []
    assert left_out(session, ward, strange) == []

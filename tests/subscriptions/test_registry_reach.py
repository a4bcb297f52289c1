"""Each reaches the households of their own groups, wherever these move."""

import pytest
from sqlalchemy.orm import Session

from subscriptions.errors import AlreadyEnrolledError, NotInRegisterError
from subscriptions.places import Scope, get_group, list_groups
from subscriptions.registry import get_household, get_resident, move_household
from subscriptions.tables.households import Line
from subscriptions.tables.places import ResidentialGroup
from tests.builders.enrolments import NGA, a_phone, an_enrolment, count_of, enrol
from tests.builders.people import a_group, a_household, a_ward, head_of, scope_of


def test_a_leader_reaches_nothing_of_another_group(
    session: Session, group: ResidentialGroup, next_group: ResidentialGroup
) -> None:
    theirs = a_household(session, in_group=next_group)
    mine = scope_of(group)

    assert [found.id for found in list_groups(session, mine)] == [group.id]
    with pytest.raises(NotInRegisterError):
        get_group(session, mine, next_group.id)
    with pytest.raises(NotInRegisterError):
        get_household(session, mine, theirs.public_id)
    with pytest.raises(NotInRegisterError):
        get_resident(session, mine, head_of(session, theirs).public_id)
    with pytest.raises(NotInRegisterError):
        enrol(session, an_enrolment(next_group), scope=mine)
    with pytest.raises(NotInRegisterError):
        move_household(session, mine, theirs.public_id, group_id=group.id)


def test_a_ward_reaches_nothing_of_another_ward(
    session: Session, group: ResidentialGroup
) -> None:
    theirs = a_household(session, in_group=group)
    mine = Scope(ward_id=a_ward(session, name="Phường Khác").id)
    assert list_groups(session, mine) == []
    with pytest.raises(NotInRegisterError):
        get_household(session, mine, theirs.public_id)
    with pytest.raises(NotInRegisterError):
        get_group(session, mine, group.id)


def test_a_phone_is_a_line_of_its_own_in_each_ward(
    session: Session, group: ResidentialGroup
) -> None:
    elsewhere = a_group(session, a_ward(session, name="Phường Khác"))
    a_household(session, in_group=elsewhere, with_phone=NGA)
    enrol(session, an_enrolment(group, a_phone()), scope=scope_of(group))
    assert count_of(session, Line) == 2


def test_a_merged_group_is_history(
    session: Session, group: ResidentialGroup, next_group: ResidentialGroup
) -> None:
    next_group.merged_into_id = group.id
    session.flush()
    groups = list_groups(session, Scope(ward_id=group.ward_id))
    assert [found.id for found in groups] == [group.id]


def test_a_household_moves_to_another_group(
    session: Session, group: ResidentialGroup, next_group: ResidentialGroup
) -> None:
    scope = Scope(ward_id=group.ward_id)
    household = enrol(session, an_enrolment(group), scope=scope)
    move_household(session, scope, household.public_id, group_id=next_group.id)
    moved = get_household(session, scope_of(next_group), household.public_id)
    assert moved.id == household.id


def test_a_household_does_not_move_to_where_it_is_enrolled_already(
    session: Session, group: ResidentialGroup, next_group: ResidentialGroup
) -> None:
    scope = Scope(ward_id=group.ward_id)
    household = enrol(session, an_enrolment(group), scope=scope)
    enrol(session, an_enrolment(next_group), scope=scope)
    with pytest.raises(AlreadyEnrolledError):
        move_household(session, scope, household.public_id, group_id=next_group.id)

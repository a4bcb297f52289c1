"""One form enrols one household, however many send it at once."""

import threading
import uuid

import pytest
from sqlalchemy import func, select

from broadcaster.errors import InputError, NotAllowedError
from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import Actor
from broadcaster.services.enrolment import Enrolled, Visit, enrol, undo
from broadcaster.services.ledger import hand_in
from broadcaster.store.session import Database
from broadcaster.store.tables.staff import JournalEntry
from subscriptions.enrolments import Enrolment, NewLine, NewResident
from subscriptions.errors import SubscriptionStateError
from subscriptions.tables.base import new_public_id
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import Payment
from tests.builders.accounts import an_account
from tests.builders.people import NOW, a_group, a_household, a_ward, number_of

TAPS = 4


@pytest.fixture
def leader(database: Database) -> Actor:
    """Give the leader of the only group of a ward, whose id is 1."""
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        return an_account(
            session, Role.LEADER, ward_id=ward.id, group_ids=frozenset({group.id})
        )


def visit(key: uuid.UUID) -> Visit:
    return Visit(key=key, collected=True, gateway="memory")


def at_the_door(leader: Actor) -> Enrolment:
    assert leader.group_ids
    line = NewLine(phone=number_of("0912345678"))
    head = NewResident(full_name="Lê Văn Bảy", lines=(line,))
    return Enrolment(group_id=min(leader.group_ids), head=head, address="A1 · 1204")


def save(database: Database, leader: Actor, key: uuid.UUID) -> Enrolled:
    return enrol(database, at_the_door(leader), visit=visit(key), actor=leader, now=NOW)


def test_taps_in_the_same_moment_enrol_and_collect_once(
    database: Database, leader: Actor
) -> None:
    key = new_public_id()
    start = threading.Barrier(TAPS)
    saved: list[Enrolled] = []

    def tap() -> None:
        start.wait()
        saved.append(save(database, leader, key))

    threads = [threading.Thread(target=tap) for _ in range(TAPS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.household.public_id for answer in saved} == {key}
    assert len(saved) == TAPS
    with database.reading() as session:
        for table in (Household, Payment, JournalEntry):
            assert session.scalar(select(func.count()).select_from(table)) == 1


def test_a_key_of_another_groups_household_is_refused(
    database: Database, leader: Actor
) -> None:
    with database.writing() as session:
        theirs = a_household(session, in_group=a_group(session, a_ward(session)))
    with pytest.raises(InputError):
        save(database, leader, theirs.public_id)


def test_a_form_whose_household_was_undone_does_not_say_it_is_saved(
    database: Database, leader: Actor
) -> None:
    key = new_public_id()
    save(database, leader, key)
    undo(database, key, actor=leader, now=NOW)
    with pytest.raises(InputError):
        save(database, leader, key)


def test_money_that_left_the_leaders_hand_keeps_the_household(
    database: Database, leader: Actor
) -> None:
    saved = save(database, leader, new_public_id())
    hand_in(database, saved.household.group_id, actor=leader, now=NOW)
    with pytest.raises(SubscriptionStateError, match="handed_in"):
        undo(database, saved.household.public_id, actor=leader, now=NOW)
    with database.reading() as session:
        assert session.scalars(select(Household)).one().left_on is None


def test_who_may_not_edit_the_register_enrols_nobody(
    database: Database, leader: Actor
) -> None:
    with database.writing() as session:
        officer = an_account(session, Role.OFFICER, ward_id=leader.ward_id)
    with pytest.raises(NotAllowedError):
        enrol(
            database,
            at_the_door(leader),
            visit=visit(new_public_id()),
            actor=officer,
            now=NOW,
        )

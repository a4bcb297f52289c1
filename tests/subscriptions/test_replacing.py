"""A wrong number is mended: its stranger hears nothing, its sharer keeps all."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.store.session import Database
from subscriptions.consents import standing
from subscriptions.errors import EnrolmentError, LineTakenError
from subscriptions.lines import find_line
from subscriptions.replacing import replace_number
from subscriptions.tables.consents import ConsentAction, Purpose
from subscriptions.tables.households import Household, Resident, Subscription
from subscriptions.tables.places import ResidentialGroup
from tests.builders.people import (
    NOW,
    a_group,
    a_household,
    a_new_line,
    a_ward,
    scope_of,
)

WRONG, RIGHT = "0912345678", "0987654321"


@pytest.fixture
def group(database: Database) -> ResidentialGroup:
    with database.writing() as session:
        return a_group(session, a_ward(session))


def replace(
    session: Session, group: ResidentialGroup, home: Household, phone: str
) -> Subscription:
    served = session.scalars(
        select(Subscription)
        .join(Resident, Resident.id == Subscription.resident_id)
        .where(Resident.household_id == home.id)
    ).one()
    line = a_new_line(phone)
    return replace_number(
        session, scope_of(group), served.public_id, line=line, recorded_by=None, now=NOW
    )


def words(session: Session, group: ResidentialGroup, phone: str) -> set[ConsentAction]:
    line = find_line(session, group.ward_id, phone.replace("0", "+84", 1))
    assert line is not None
    return {word.action for word in standing(session, line.id).values()}


def test_the_wrong_numbers_owner_is_told_nothing_more(
    database: Database, group: ResidentialGroup
) -> None:
    with database.writing() as session:
        home = a_household(session, in_group=group, with_phone=WRONG)
        replace(session, group, home, RIGHT)
        assert words(session, group, WRONG) == {ConsentAction.WITHDRAWN}
        assert words(session, group, RIGHT) == {ConsentAction.GRANTED}


def test_a_number_that_another_home_shares_keeps_what_it_agreed_to(
    database: Database, group: ResidentialGroup
) -> None:
    with database.writing() as session:
        a_household(session, in_group=group, with_phone=WRONG, head="Lê Văn Bảy")
        home = a_household(session, in_group=group, with_phone=WRONG)
        replace(session, group, home, RIGHT)
        assert words(session, group, WRONG) == {ConsentAction.GRANTED}


def test_the_right_number_pays_from_the_month_the_wrong_one_stops(
    database: Database, group: ResidentialGroup
) -> None:
    with database.writing() as session:
        home = a_household(session, in_group=group, with_phone=WRONG)
        old = session.scalars(select(Subscription)).one()
        old.first_month = dt.date(2026, 8, 1)
        new = replace(session, group, home, RIGHT)
    assert old.last_month == dt.date(2026, 10, 1)
    assert (new.first_month, new.pays) == (dt.date(2026, 11, 1), True)


def test_a_number_is_not_replaced_by_itself(
    database: Database, group: ResidentialGroup
) -> None:
    with database.writing() as session:
        home = a_household(session, in_group=group, with_phone=WRONG)
        with pytest.raises(EnrolmentError, match="same"):
            replace(session, group, home, WRONG)


def test_another_homes_number_is_not_taken_without_a_word_on_sharing(
    database: Database, group: ResidentialGroup
) -> None:
    with database.writing() as session:
        a_household(session, in_group=group, with_phone=RIGHT, head="Lê Văn Bảy")
        home = a_household(
            session, in_group=group, with_phone=WRONG, consenting_to=[Purpose.NOTICES]
        )
        served = session.scalars(
            select(Subscription)
            .join(Resident, Resident.id == Subscription.resident_id)
            .where(Resident.household_id == home.id)
        ).one()
        unshared = a_new_line(RIGHT)
        with pytest.raises(LineTakenError):
            replace_number(
                session,
                scope_of(group),
                served.public_id,
                line=type(unshared)(phone=unshared.phone),
                recorded_by=None,
                now=NOW,
            )

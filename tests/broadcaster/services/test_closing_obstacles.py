"""What keeps a month open, what only warns, and who may close it."""

import datetime as dt

import pytest

from broadcaster.errors import MonthBlockedError, NotAllowedError, NotFoundError
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.permissions import Role
from broadcaster.services.closing import Obstacle, close_month, what_blocks_closing
from broadcaster.store.session import Database
from subscriptions.booking import find_month
from subscriptions.remittances import hand_in
from subscriptions.tables.ledger import MonthState
from subscriptions.tables.places import Ward
from tests.builders.accounts import an_account
from tests.builders.ledger import (
    LEADER,
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    a_paying_household,
    a_text,
    after,
    an_exemption,
    charge,
    in_month,
    pay,
)
from tests.builders.months import a_charged_october, close
from tests.builders.people import a_ward


def reasons(database: Database, ward: Ward, month: dt.date) -> dict[Obstacle, int]:
    with database.reading() as session:
        found = what_blocks_closing(session, ward.id, month, now=after(month))
    return {blocker.reason: blocker.amount for blocker in found}


def test_a_month_that_is_not_over_stays_open(database: Database) -> None:
    place = a_charged_october(database)
    last_minute = dt.datetime(2026, 10, 31, 16, 59, tzinfo=dt.UTC)

    with pytest.raises(MonthBlockedError) as caught:
        close_month(database, place.ward.id, OCTOBER, actor=None, now=last_minute)

    assert caught.value.reasons == ["not_over"]
    with database.reading() as session:
        row = find_month(session, place.ward.id, OCTOBER)
        assert row is not None
        assert row.state is MonthState.COLLECTING


def test_months_are_closed_in_order(database: Database) -> None:
    place = a_charged_october(database)
    with database.writing() as session:
        charge(session, place.ward, NOVEMBER)

    with pytest.raises(MonthBlockedError) as caught:
        close(database, place.ward, NOVEMBER)
    assert caught.value.reasons == ["out_of_order"]

    close(database, place.ward, OCTOBER)
    assert close(database, place.ward, NOVEMBER).state is MonthState.CLOSED
    assert Obstacle.OUT_OF_ORDER in reasons(database, place.ward, SEPTEMBER)


def test_every_line_is_charged_before_a_month_is_closed(database: Database) -> None:
    place = a_charged_october(database)
    with database.writing() as session:
        a_paying_household(session, in_group=place.group, lines=3)

    assert reasons(database, place.ward, OCTOBER)[Obstacle.CHARGES_MISSING] == 3
    with pytest.raises(MonthBlockedError, match="charges_missing"):
        close(database, place.ward, OCTOBER)


@pytest.mark.parametrize("state", [MessageState.QUEUED, MessageState.SUBMITTING])
def test_a_text_under_way_keeps_its_month_open(
    database: Database, state: MessageState
) -> None:
    place = a_charged_october(database)
    with database.writing() as session:
        a_text(session, place.ward, day=NOVEMBER, state=state)
    assert Obstacle.TEXTS_UNDECIDED not in reasons(database, place.ward, OCTOBER)
    with database.writing() as session:
        a_text(session, place.ward, day=dt.date(2026, 10, 31), state=state)

    with pytest.raises(MonthBlockedError, match="texts_undecided"):
        close(database, place.ward, OCTOBER)


def test_a_text_without_a_price_keeps_its_month_open(database: Database) -> None:
    place = a_charged_october(database)
    with database.writing() as session:
        a_text(session, place.ward, day=OCTOBER, carrier="MobiFone", segments=2)

    assert reasons(database, place.ward, OCTOBER)[Obstacle.TARIFF_MISSING] == 2
    with pytest.raises(MonthBlockedError, match="tariff_missing"):
        close(database, place.ward, OCTOBER)


def test_what_may_come_late_only_warns(database: Database) -> None:
    place = a_charged_october(database)
    with database.writing() as session:
        a_text(session, place.ward, day=OCTOBER, state=MessageState.IN_DOUBT)
        an_exemption(session, place.home, approved=False)
        hand_in(session, place.group, handed_by=LEADER, now=in_month(OCTOBER))
        pay(session, place.home, 500, now=in_month(OCTOBER))

    assert reasons(database, place.ward, OCTOBER) == {
        Obstacle.TEXTS_IN_DOUBT: 1,
        Obstacle.EXEMPTIONS_WAITING: 1,
        Obstacle.CASH_IN_HAND: 500,
        Obstacle.HAND_INS_UNMATCHED: 3000,
    }
    assert close(database, place.ward, OCTOBER).state is MonthState.CLOSED


def test_only_who_keeps_the_ledger_closes_a_month(database: Database) -> None:
    place = a_charged_october(database)
    with database.writing() as session:
        leader = an_account(
            session,
            Role.LEADER,
            ward_id=place.ward.id,
            group_ids=frozenset({place.group.id}),
        )
        elsewhere = an_account(
            session, Role.ACCOUNTANT, ward_id=a_ward(session, name="Phường Bên").id
        )
        accountant = an_account(
            session, Role.ACCOUNTANT, ward_id=place.ward.id, username="ke-toan"
        )
    now = after(OCTOBER)

    with pytest.raises(NotAllowedError):
        close_month(database, place.ward.id, OCTOBER, actor=leader, now=now)
    with pytest.raises(NotFoundError):
        close_month(database, place.ward.id, OCTOBER, actor=elsewhere, now=now)
    closed = close_month(database, place.ward.id, OCTOBER, actor=accountant, now=now)
    assert closed.closed_by == accountant.account_id

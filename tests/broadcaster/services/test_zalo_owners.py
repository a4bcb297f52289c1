"""Whose a number is on Zalo, when people, numbers and households come and go."""

import datetime as dt

import pytest

from broadcaster.ports import Blame, Channel
from broadcaster.services.zalo_contacts import link_contacts
from broadcaster.store.blame import Fault, act_on_blame
from broadcaster.store.session import Database
from broadcaster.store.zalo_contacts import ZaloStanding
from subscriptions.tables.consents import ConsentAction
from subscriptions.tables.households import Line
from subscriptions.tables.places import ResidentialGroup
from tests.broadcaster.services.zalo_people import (
    AN,
    BINH,
    contact,
    end,
    enrol,
    follow,
    journal,
    linked,
    share,
    standing_of,
    word_on_zalo,
)
from tests.builders.people import (
    NOW,
    a_group,
    a_household,
    a_ward,
    lines_of,
    number_of,
)
from tests.builders.zalo import uses_zalo

PHONE = "0912345678"
E164 = number_of(PHONE).e164
OTHER = "0987654321"
OTHER_E164 = number_of(OTHER).e164
DAY = dt.timedelta(days=1)


@pytest.fixture
def homes(database: Database) -> ResidentialGroup:
    """Give a group of a ward that uses Zalo."""
    with database.writing() as session:
        ward = a_ward(session)
        uses_zalo(session, ward.id)
        return a_group(session, ward)


@pytest.fixture
def line(database: Database, homes: ResidentialGroup) -> Line:
    """Give the line of PHONE, which agreed to everything."""
    return enrol(database, homes, PHONE)


def test_who_stops_following_keeps_the_link_and_is_told_by_phone(
    database: Database, line: Line
) -> None:
    follow(database)
    share(database, E164)
    assert follow(database, is_following=False) == []
    assert linked(database) == {AN: line.id}
    assert standing_of(database, line) is ZaloStanding.LEFT
    assert word_on_zalo(database, line) is ConsentAction.GRANTED


def test_a_line_that_serves_nobody_any_more_is_nobodys(
    database: Database, line: Line, homes: ResidentialGroup
) -> None:
    share(database, E164)
    end(database, line)
    assert link_contacts(database, now=NOW) == 1
    assert linked(database) == {}
    assert journal(database)[-1] == ("zalo.unlinked", line.id)
    assert contact(database).phone == E164
    assert enrol(database, homes, PHONE).id == line.id
    assert link_contacts(database, now=NOW) == 1
    assert linked(database) == {AN: line.id}


def test_a_number_belongs_to_the_last_who_shared_it(
    database: Database, line: Line
) -> None:
    share(database, E164)
    assert share(database, E164, user_id=BINH) == ["zalo_linked"]
    assert linked(database) == {BINH: line.id}
    assert contact(database, AN).phone is None
    assert link_contacts(database, now=NOW) == 0


def test_a_number_without_a_line_is_taken_over_as_well(
    database: Database, homes: ResidentialGroup
) -> None:
    share(database, E164)
    share(database, E164, user_id=BINH)
    line = enrol(database, homes, PHONE)
    assert link_contacts(database, now=NOW) == 1
    assert linked(database) == {BINH: line.id}


def test_a_person_who_shares_another_number_leaves_the_first(
    database: Database, line: Line, homes: ResidentialGroup
) -> None:
    other = enrol(database, homes, OTHER)
    share(database, E164)
    assert share(database, OTHER_E164) == ["zalo_linked"]
    assert linked(database) == {AN: other.id}
    assert share(database, "+84333333333") == ["zalo_no_line"]
    assert linked(database) == {}


def test_of_two_wards_the_phone_is_linked_where_it_was_enrolled_first(
    database: Database, line: Line
) -> None:
    with database.writing() as session:
        other = a_ward(session, name="Phường Láng")
        uses_zalo(session, other.id)
        home = a_household(session, in_group=a_group(session, other), with_phone=PHONE)
        [second] = lines_of(session, home)
    assert share(database, E164) == ["zalo_linked"]
    assert linked(database) == {AN: line.id}
    assert word_on_zalo(database, second) is ConsentAction.GRANTED
    end(database, line)
    link_contacts(database, now=NOW)
    assert linked(database) == {AN: second.id}


def test_who_refused_zalo_does_not_agree_again_by_being_enrolled(
    database: Database, line: Line, homes: ResidentialGroup
) -> None:
    share(database, E164)
    refusal = Fault(
        line_id=line.id, blame=Blame.OPTED_OUT, code="-141", channel=Channel.ZALO
    )
    with database.writing() as session:
        act_on_blame(session, [refusal], now=NOW)
    assert standing_of(database, line) is ZaloStanding.REFUSED
    end(database, line)
    link_contacts(database, now=NOW)
    enrol(database, homes, PHONE)
    link_contacts(database, now=NOW)
    assert linked(database) == {AN: line.id}
    assert word_on_zalo(database, line) is ConsentAction.WITHDRAWN

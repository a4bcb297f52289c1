"""Following the ward's account and linking it to one's line, in whatever order."""

import datetime as dt

import pytest
from sqlalchemy import select

from broadcaster.ports import Channel
from broadcaster.services.zalo_contacts import ASKED_AGAIN_AFTER, link_contacts
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.zalo import ZaloContact, ZaloLine
from broadcaster.store.zalo_contacts import ZaloStanding
from subscriptions.consents import ZALO, consented_lines, standings
from subscriptions.tables.consents import ConsentAction, ConsentMethod, Purpose
from subscriptions.tables.households import Line
from subscriptions.tables.places import ResidentialGroup
from templates import message_text, read_words
from tests.broadcaster.services.zalo_people import (
    AN,
    contact,
    enrol,
    follow,
    journal,
    linked,
    said,
    share,
    standing_of,
    word_on_zalo,
)
from tests.builders.messages import a_window
from tests.builders.people import (
    NOTHING,
    NOW,
    a_group,
    a_household,
    a_ward,
    lines_of,
    number_of,
)
from tests.builders.zalo import ACCOUNT, lacks, uses_zalo

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


def test_who_follows_is_welcomed_and_asked_for_their_number(
    database: Database, homes: ResidentialGroup
) -> None:
    assert follow(database) == ["zalo_welcome"]
    [welcome] = said(database)
    assert (welcome.channel, welcome.gateway) == (Channel.ZALO, ACCOUNT)
    assert (welcome.user_id, welcome.to) == (AN, "")
    assert welcome.template == {"template_id": None, "data": {"ask": "phone"}}
    assert welcome.tariff_kind == "zalo_reply"
    assert welcome.ward_id == homes.ward_id
    assert contact(database).is_following


def test_the_welcome_leaves_as_zalos_own_form(
    database: Database, homes: ResidentialGroup
) -> None:
    follow(database)
    with database.writing() as session:
        [form] = a_window(session, limit=1, gateway=ACCOUNT)
    assert (form.user_id, form.to, form.template_id) == (AN, "", None)
    assert form.template_data == {"ask": "phone"}
    assert form.text == message_text("zalo_welcome", "zalo")


def test_what_a_person_agrees_to_is_what_the_welcome_says() -> None:
    words = read_words("consents")["zalo-1"]
    assert words == message_text("zalo_welcome", "zalo")


def test_a_follower_is_asked_once_a_week_at_most(
    database: Database, homes: ResidentialGroup
) -> None:
    follow(database)
    assert follow(database) == []
    assert follow(database, is_following=False) == []
    assert follow(database, now=NOW + DAY) == []
    assert follow(database, now=NOW + ASKED_AGAIN_AFTER) == ["zalo_welcome"]


def test_nobody_is_asked_in_the_name_of_no_ward(database: Database) -> None:
    assert follow(database) == []
    assert contact(database).is_following


def test_a_shared_number_links_its_line(database: Database, line: Line) -> None:
    with database.writing() as session:
        lacks(session, line.id)
    follow(database)
    assert share(database, E164) == ["zalo_linked"]
    assert linked(database) == {AN: line.id}
    found = contact(database)
    assert (found.phone, found.linked_at) == (E164, NOW)
    assert found.ward_id == line.ward_id
    assert standing_of(database, line) is ZaloStanding.LINKED
    with database.reading() as session:
        assert session.scalars(select(ZaloLine)).all() == []
    assert journal(database) == [("zalo.linked", line.id)]


def test_linking_is_kept_as_a_consent_to_zalo_alone(
    database: Database, homes: ResidentialGroup
) -> None:
    with database.writing() as session:
        silent = a_household(
            session, in_group=homes, with_phone=PHONE, consenting_to=NOTHING
        )
        [line] = lines_of(session, silent)
    share(database, E164)
    with database.reading() as session:
        [words] = standings(session, [line.id], channel=ZALO).values()
        assert set(session.scalars(consented_lines(Purpose.NOTICES))) == set()
    assert {word.action for word in words.values()} == {ConsentAction.GRANTED}
    assert {word.method for word in words.values()} == {ConsentMethod.ZALO}
    assert {word.wording_version for word in words.values()} == {"zalo-1"}


def test_the_same_event_twice_changes_and_says_nothing_more(
    database: Database, line: Line
) -> None:
    share(database, E164)
    assert share(database, E164, now=NOW + DAY) == []
    assert contact(database).linked_at == NOW
    assert len(journal(database)) == 1


def test_a_number_that_comes_before_the_following_ends_the_same(
    database: Database, line: Line
) -> None:
    assert share(database, E164) == ["zalo_linked"]
    assert not contact(database).is_following
    assert follow(database) == []
    assert contact(database).is_following
    assert linked(database) == {AN: line.id}


def test_a_number_that_no_household_holds_waits_for_its_enrolment(
    database: Database, homes: ResidentialGroup
) -> None:
    follow(database)
    assert share(database, E164) == ["zalo_no_line"]
    assert share(database, E164) == []
    assert link_contacts(database, now=NOW) == 0
    line = enrol(database, homes, PHONE)
    assert link_contacts(database, now=NOW + DAY) == 1
    assert linked(database) == {AN: line.id}
    assert word_on_zalo(database, line) is ConsentAction.GRANTED
    assert link_contacts(database, now=NOW + DAY) == 0


def test_a_line_of_a_ward_that_does_not_use_the_account_is_not_linked(
    database: Database, line: Line
) -> None:
    with database.writing() as session:
        other = a_ward(session, name="Phường Láng")
        a_household(session, in_group=a_group(session, other), with_phone=OTHER)
    assert share(database, OTHER_E164) == ["zalo_no_line"]
    assert link_contacts(database, now=NOW) == 0


@pytest.mark.parametrize("number", ["", "123", "+842436577024", "84912345678"])
def test_what_is_no_number_links_nobody(
    number: str, database: Database, line: Line
) -> None:
    assert share(database, number) == []
    assert linked(database) == {}


@pytest.mark.parametrize("user_id", ["", "9" * 33, "1\x002"])
def test_what_is_no_persons_id_is_left(
    user_id: str, database: Database, line: Line
) -> None:
    assert follow(database, user_id) == share(database, E164, user_id=user_id) == []
    with database.reading() as session:
        assert session.scalars(select(ZaloContact)).all() == []


def test_a_welcome_that_is_late_by_two_days_does_not_leave(
    database: Database, homes: ResidentialGroup
) -> None:
    follow(database)
    with database.reading() as session:
        welcome = session.scalars(select(Message)).one()
    assert welcome.valid_until == NOW + 2 * DAY

"""Following the ward's account and linking it to one's line, in whatever order."""

import datetime as dt

import pytest
from sqlalchemy import select

from broadcaster.ports import Blame, Channel
from broadcaster.services.zalo_contacts import ASKED_AGAIN_AFTER, link_contacts
from broadcaster.store.blame import Fault, act_on_blame
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.staff import JournalEntry
from broadcaster.store.tables.zalo import ZaloContact, ZaloLine
from broadcaster.store.zalo_contacts import ZaloStanding, zalo_standings
from subscriptions.consents import ZALO, consented_lines, standings
from subscriptions.months import month_of
from subscriptions.places import Scope
from subscriptions.subscription_changes import Decision, end_subscription
from subscriptions.tables.consents import ConsentAction, ConsentMethod, Purpose
from subscriptions.tables.households import Line, Subscription
from subscriptions.tables.places import ResidentialGroup
from templates import message_text, read_words
from tests.broadcaster.services.zalo_people import (
    AN,
    BINH,
    contact,
    follow,
    linked,
    said,
    share,
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
    return enrol(database, homes)


def enrol(database: Database, homes: ResidentialGroup, phone: str = PHONE) -> Line:
    with database.writing() as session:
        return lines_of(
            session, a_household(session, in_group=homes, with_phone=phone)
        )[0]


def end(database: Database, line: Line, *, now: dt.datetime = NOW) -> None:
    """End everything that a line is for."""
    with database.writing() as session:
        for subscription in session.scalars(
            select(Subscription).where(Subscription.line_id == line.id)
        ):
            end_subscription(
                session,
                Scope(ward_id=line.ward_id),
                subscription.public_id,
                decision=Decision(
                    reason="đã chuyển đi", from_month=month_of(now), recorded_by=None
                ),
                now=now,
            )


def journal(database: Database) -> list[tuple[str, object]]:
    with database.reading() as session:
        return [
            (entry.act, entry.facts.get("line_id"))
            for entry in session.scalars(select(JournalEntry))
        ]


def standing_of(database: Database, line: Line) -> ZaloStanding | None:
    with database.reading() as session:
        return zalo_standings(session, [line.id], now=NOW).get(line.id)


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
    line = enrol(database, homes)
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
    assert enrol(database, homes).id == line.id
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
    line = enrol(database, homes)
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
    enrol(database, homes)
    link_contacts(database, now=NOW)
    assert linked(database) == {AN: line.id}
    assert word_on_zalo(database, line) is ConsentAction.WITHDRAWN


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

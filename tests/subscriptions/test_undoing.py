"""A slip is taken back whole: no charge, no text, no consent that was not there."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.store.session import Database
from subscriptions.audience import Audience, count
from subscriptions.charges import charge_month
from subscriptions.consents import ZALO, Evidence, grant, standing, withdraw
from subscriptions.enrolments import Enrolment, NewResident
from subscriptions.errors import NotInRegisterError, SubscriptionStateError
from subscriptions.registry import enrol_household
from subscriptions.tables.consents import ConsentAction, ConsentMethod, Purpose
from subscriptions.tables.households import Household, Subscription
from subscriptions.tables.ledger import Charge
from subscriptions.tables.places import ResidentialGroup, Ward
from subscriptions.undoing import undo_enrolment
from tests.builders.people import (
    NOW,
    a_group,
    a_household,
    a_new_line,
    a_ward,
    lines_of,
    scope_of,
)

LATER = NOW + dt.timedelta(minutes=1)
PHONE = "0912345678"


@pytest.fixture
def group(database: Database) -> ResidentialGroup:
    with database.writing() as session:
        return a_group(session, a_ward(session))


def enrol(session: Session, group: ResidentialGroup, now: dt.datetime) -> Household:
    """Enrol a home that shares PHONE and agrees to everything."""
    head = NewResident(full_name="Lê Văn Bảy", lines=(a_new_line(PHONE),))
    enrolment = Enrolment(group_id=group.id, head=head, address="A1 · 1204")
    return enrol_household(
        session, scope_of(group), enrolment, recorded_by=None, now=now
    )


def undo(
    session: Session, group: ResidentialGroup, home: Household, now: dt.datetime
) -> None:
    undo_enrolment(session, scope_of(group), home.public_id, recorded_by=None, now=now)


def test_nobody_is_texted_or_charged_any_more(
    database: Database, group: ResidentialGroup
) -> None:
    with database.writing() as session:
        home = enrol(session, group, NOW)
        undo(session, group, home, LATER)
        reach = count(
            session, Audience(), ward_id=group.ward_id, purpose=Purpose.NOTICES
        )
        after = dt.datetime(2026, 11, 5, tzinfo=dt.UTC)
        charge_month(session, group.ward_id, dt.date(2026, 11, 1), now=after)
        charges = session.scalars(select(Charge)).all()
    assert (reach.lines, sum(reach.excluded.values())) == (0, 0)
    assert charges == []


def test_a_shared_phone_goes_back_to_what_it_had_agreed_to(
    database: Database, group: ResidentialGroup
) -> None:
    with database.writing() as session:
        first = a_household(
            session,
            in_group=group,
            with_phone=PHONE,
            consenting_to={Purpose.NOTICES},
        )
        undo(session, group, enrol(session, group, LATER), LATER)
        (line,) = lines_of(session, first)
        words = standing(session, line.id)
    assert words[Purpose.NOTICES].action is ConsentAction.GRANTED
    assert words[Purpose.PENSION].action is ConsentAction.WITHDRAWN


def test_a_refusal_of_zalo_does_not_hide_what_was_agreed_to_before(
    database: Database, group: ResidentialGroup
) -> None:
    refused = Evidence(
        method=ConsentMethod.ZALO,
        wording_version="zalo-1",
        recorded_by=None,
        channel=ZALO,
    )
    with database.writing() as session:
        first = a_household(session, in_group=group, with_phone=PHONE)
        (line,) = lines_of(session, first)
        withdraw(session, line.id, Purpose, evidence=refused, now=NOW)
        home = enrol(session, group, LATER)
        anew = Evidence(
            method=ConsentMethod.PAPER, wording_version="2026-02", recorded_by=None
        )
        grant(session, line.id, Purpose, evidence=anew, now=LATER)
        undo(session, group, home, LATER)
        words = standing(session, line.id)
    assert {word.action for word in words.values()} == {ConsentAction.GRANTED}


def test_an_evenings_enrolment_undone_in_the_next_month_is_not_charged(
    database: Database, group: ResidentialGroup
) -> None:
    evening = dt.datetime(2026, 10, 31, 15, tzinfo=dt.UTC)
    morning = dt.datetime(2026, 11, 1, 1, tzinfo=dt.UTC)
    with database.writing() as session:
        home = enrol(session, group, evening)
        subscription = session.scalars(select(Subscription)).one()
        subscription.first_month = dt.date(2026, 10, 1)
        undo(session, group, home, morning)
        charge_month(session, group.ward_id, dt.date(2026, 10, 1), now=morning)
        assert session.scalars(select(Charge)).all() == []


def test_a_second_undo_changes_nothing(
    database: Database, group: ResidentialGroup
) -> None:
    with database.writing() as session:
        home = enrol(session, group, NOW)
        undo(session, group, home, LATER)
        undo(session, group, home, LATER + dt.timedelta(days=40))
    assert home.left_on == dt.date(2026, 10, 5)


def test_after_a_day_it_is_too_late(
    database: Database, group: ResidentialGroup
) -> None:
    with database.writing() as session:
        home = enrol(session, group, NOW)
        with pytest.raises(SubscriptionStateError, match="too_late"):
            undo(session, group, home, NOW + dt.timedelta(days=1, seconds=1))


def test_what_was_charged_is_not_undone(
    database: Database, group: ResidentialGroup
) -> None:
    with database.writing() as session:
        home = enrol(session, group, NOW)
        session.scalars(select(Subscription)).one().first_month = dt.date(2026, 10, 1)
        session.flush()
        charge_month(session, group.ward_id, dt.date(2026, 10, 1), now=NOW)
        with pytest.raises(SubscriptionStateError, match="charged"):
            undo(session, group, home, LATER)


def test_another_groups_household_is_not_there(
    database: Database, group: ResidentialGroup
) -> None:
    with database.writing() as session:
        ward = session.get_one(Ward, group.ward_id)
        other = a_group(session, ward, number=6)
        home = enrol(session, group, NOW)
        with pytest.raises(NotInRegisterError):
            undo(session, other, home, LATER)

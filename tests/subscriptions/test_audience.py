"""Whom a notice goes to, and whom it leaves out and why."""

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from subscriptions.audience import count, recipients
from subscriptions.consents import Evidence, grant, withdraw
from subscriptions.exclusion_reasons import ExclusionReason
from subscriptions.lines import mark_unusable
from subscriptions.register_search import describe_household
from subscriptions.subscription_changes import (
    Decision,
    end_subscription,
    suspend_subscription,
)
from subscriptions.tables.consents import ConsentMethod, Purpose
from subscriptions.tables.households import Household
from subscriptions.tables.places import ResidentialGroup, Ward
from tests.builders.audiences import EVERYONE, left_out, texted
from tests.builders.people import (
    NOTHING,
    NOW,
    a_household,
    a_line,
    a_number,
    head_of,
    lines_of,
    scope_of,
)

Reason = ExclusionReason
NOTICES = frozenset({Purpose.NOTICES})
BY_TEXT = Evidence(
    method=ConsentMethod.SMS_KEYWORD, wording_version="2026-01", recorded_by=None
)
DECISION = Decision(reason="Đi vắng", from_month=dt.date(2026, 11, 1), recorded_by=7)


@pytest.fixture
def home(session: Session, group: ResidentialGroup) -> Household:
    return a_household(session, in_group=group, with_phone=a_number())


def line_of(session: Session, household: Household) -> int:
    return lines_of(session, household)[0].id


def change(session: Session, household: Household, how: Callable[..., object]) -> None:
    group = session.get_one(ResidentialGroup, household.group_id)
    scope = scope_of(group)
    [standing] = describe_household(session, scope, household.public_id).lines
    subscription_id = standing.subscription.public_id
    how(session, scope, subscription_id, decision=DECISION, now=NOW)


def test_a_line_that_agreed_is_texted(
    session: Session, ward: Ward, home: Household
) -> None:
    query = recipients(EVERYONE, ward_id=ward.id, purpose=Purpose.NOTICES)
    [(line_id, e164, carrier)] = session.execute(query).all()
    line = lines_of(session, home)[0]
    assert (line_id, e164, carrier) == (line.id, line.e164, "VinaPhone")
    assert left_out(session, ward, EVERYONE) == []


def test_two_homes_that_share_a_phone_get_one_text(
    session: Session, ward: Ward, group: ResidentialGroup
) -> None:
    phone = a_number()
    first = a_household(session, in_group=group, head="An", with_phone=phone)
    a_household(session, in_group=group, head="Bình", with_phone=phone)

    assert texted(session, ward, EVERYONE) == [line_of(session, first)]
    counted = count(session, EVERYONE, ward_id=ward.id, purpose=Purpose.NOTICES)
    assert (counted.lines, counted.households, counted.residents) == (1, 2, 2)


def test_who_was_never_asked_is_left_out(
    session: Session, ward: Ward, group: ResidentialGroup
) -> None:
    home = a_household(
        session, in_group=group, with_phone=a_number(), consenting_to=NOTHING
    )
    assert texted(session, ward, EVERYONE) == []
    assert left_out(session, ward, EVERYONE) == [
        (head_of(session, home).id, Reason.NO_CONSENT)
    ]


def test_who_withdrew_is_left_out(
    session: Session, ward: Ward, home: Household
) -> None:
    withdraw(session, line_of(session, home), NOTICES, evidence=BY_TEXT, now=NOW)
    assert texted(session, ward, EVERYONE) == []
    assert left_out(session, ward, EVERYONE) == [
        (head_of(session, home).id, Reason.WITHDRAWN)
    ]


def test_who_agreed_again_after_withdrawing_is_texted(
    session: Session, ward: Ward, home: Household
) -> None:
    line_id = line_of(session, home)
    withdraw(session, line_id, NOTICES, evidence=BY_TEXT, now=NOW)
    grant(session, line_id, NOTICES, evidence=BY_TEXT, now=NOW)
    assert texted(session, ward, EVERYONE) == [line_id]
    assert left_out(session, ward, EVERYONE) == []


def test_who_withdrew_from_one_purpose_is_told_the_others(
    session: Session, ward: Ward, home: Household
) -> None:
    line_id = line_of(session, home)
    withdraw(session, line_id, NOTICES, evidence=BY_TEXT, now=NOW)
    assert texted(session, ward, EVERYONE, Purpose.PENSION) == [line_id]


def test_a_number_that_cannot_be_reached_is_left_out(
    session: Session, ward: Ward, home: Household
) -> None:
    mark_unusable(session, line_of(session, home), "unknown_subscriber")
    assert texted(session, ward, EVERYONE) == []
    assert left_out(session, ward, EVERYONE) == [
        (head_of(session, home).id, Reason.UNUSABLE_LINE)
    ]


def test_who_is_suspended_is_left_out(
    session: Session, ward: Ward, home: Household
) -> None:
    change(session, home, suspend_subscription)
    assert texted(session, ward, EVERYONE) == []
    assert left_out(session, ward, EVERYONE) == [
        (head_of(session, home).id, Reason.SUSPENDED)
    ]


def test_a_shared_phone_is_texted_while_one_of_its_homes_is_not_suspended(
    session: Session, ward: Ward, group: ResidentialGroup
) -> None:
    phone = a_number()
    first = a_household(session, in_group=group, head="An", with_phone=phone)
    a_household(session, in_group=group, head="Bình", with_phone=phone)
    change(session, first, suspend_subscription)
    assert texted(session, ward, EVERYONE) == [line_of(session, first)]


@pytest.mark.parametrize("ended", [False, True], ids=["never-had", "ended"])
def test_a_home_without_a_line_is_left_out_by_its_head(
    session: Session, ward: Ward, group: ResidentialGroup, ended: bool
) -> None:
    home = a_household(
        session, in_group=group, with_phone=a_number() if ended else None
    )
    if ended:
        change(session, home, end_subscription)
    assert texted(session, ward, EVERYONE) == []
    assert left_out(session, ward, EVERYONE) == [
        (head_of(session, home).id, Reason.NO_LINE)
    ]


def test_both_lines_of_a_home_are_texted(
    session: Session, ward: Ward, home: Household
) -> None:
    second = a_line(session, of=home)
    assert texted(session, ward, EVERYONE) == [
        line_of(session, home),
        second.id,
    ]
    counted = count(session, EVERYONE, ward_id=ward.id, purpose=Purpose.NOTICES)
    assert (counted.lines, counted.households) == (2, 1)


def test_who_left_is_neither_texted_nor_left_out(
    session: Session, ward: Ward, home: Household
) -> None:
    session.execute(update(Household).values(left_on=dt.date(2026, 9, 1)))
    assert texted(session, ward, EVERYONE) == []
    assert left_out(session, ward, EVERYONE) == []


def test_a_count_says_what_the_lists_hold(
    session: Session, ward: Ward, group: ResidentialGroup, home: Household
) -> None:
    a_household(session, in_group=group, head="Bình", with_phone="0987111222")
    a_household(session, in_group=group, head="Chi")
    for head in ("Dũng", "Đức"):
        a_household(
            session,
            in_group=group,
            head=head,
            with_phone=a_number(),
            consenting_to=NOTHING,
        )

    counted = count(session, EVERYONE, ward_id=ward.id, purpose=Purpose.NOTICES)

    assert (counted.lines, counted.households, counted.residents) == (2, 2, 2)
    assert counted.by_carrier == {"VinaPhone": 1, "Viettel": 1}
    assert counted.excluded == {Reason.NO_LINE: 1, Reason.NO_CONSENT: 2}

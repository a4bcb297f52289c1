"""Consent: given in words, taken back at any time, never assumed."""

from collections.abc import Collection

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from subscriptions.consents import (
    ZALO,
    Evidence,
    consented_lines,
    grant,
    standing,
    standings,
    withdraw,
    zalo_word,
)
from subscriptions.enrolments import NewLine
from subscriptions.errors import NotInRegisterError
from subscriptions.registry import add_line
from subscriptions.tables.consents import (
    ConsentAction,
    ConsentMethod,
    ConsentRecord,
    Purpose,
)
from subscriptions.tables.households import Line
from subscriptions.tables.places import ResidentialGroup, Ward
from tests.builders.people import (
    EVERYTHING,
    NOTHING,
    NOW,
    a_household,
    a_number,
    head_of,
    lines_of,
    number_of,
    scope_of,
)

PAPER = Evidence(method=ConsentMethod.PAPER, wording_version="2026-01", recorded_by=7)
NEW_PAPER = Evidence(
    method=ConsentMethod.PAPER, wording_version="2026-02", recorded_by=7
)
BY_TEXT = Evidence(
    method=ConsentMethod.SMS_KEYWORD, wording_version="2026-01", recorded_by=None
)
BY_ZALO = Evidence(
    method=ConsentMethod.ZALO, wording_version="zalo-1", recorded_by=None, channel=ZALO
)
NOTICES = frozenset({Purpose.NOTICES})


@pytest.fixture
def line(session: Session, group: ResidentialGroup) -> Line:
    """Give a line that nobody was asked about yet."""
    return a_line_consenting_to(session, group, NOTHING)


def a_line_consenting_to(
    session: Session, group: ResidentialGroup, purposes: Collection[Purpose]
) -> Line:
    household = a_household(
        session, in_group=group, with_phone=a_number(), consenting_to=purposes
    )
    return lines_of(session, household)[0]


def may_be_told(session: Session, purpose: Purpose) -> set[int]:
    return set(session.scalars(consented_lines(purpose)))


def word_on_zalo(session: Session, line: Line) -> ConsentAction | None:
    return session.scalar(
        select(zalo_word(Line.id.expression)).where(Line.id == line.id)
    )


def count_records(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(ConsentRecord)) or 0


def test_silence_is_no_consent(session: Session, line: Line) -> None:
    assert standing(session, line.id) == {}
    assert may_be_told(session, Purpose.NOTICES) == set()


def test_a_line_enrolled_without_a_method_agreed_to_nothing(
    session: Session, group: ResidentialGroup
) -> None:
    household = a_household(session, in_group=group)
    head = head_of(session, household).public_id
    new = NewLine(phone=number_of(a_number()))
    add_line(session, scope_of(group), head, line=new, recorded_by=7, now=NOW)
    assert count_records(session) == 0


def test_a_consent_says_who_wrote_down_what_and_how(
    session: Session, line: Line
) -> None:
    grant(session, line.id, NOTICES, evidence=PAPER, now=NOW)

    record = standing(session, line.id)[Purpose.NOTICES]
    assert record.action is ConsentAction.GRANTED
    assert record.method is ConsentMethod.PAPER
    assert record.wording_version == "2026-01"
    assert (record.recorded_by, record.recorded_at) == (7, NOW)
    assert record.ward_id == line.ward_id


def test_each_purpose_is_agreed_to_on_its_own(session: Session, line: Line) -> None:
    grant(session, line.id, {Purpose.PENSION}, evidence=PAPER, now=NOW)
    assert may_be_told(session, Purpose.PENSION) == {line.id}
    assert may_be_told(session, Purpose.NOTICES) == set()


def test_what_was_withdrawn_is_told_no_more(session: Session, line: Line) -> None:
    grant(session, line.id, EVERYTHING, evidence=PAPER, now=NOW)
    withdraw(session, line.id, NOTICES, evidence=BY_TEXT, now=NOW)
    assert may_be_told(session, Purpose.NOTICES) == set()
    assert may_be_told(session, Purpose.PENSION) == {line.id}


def test_what_is_granted_again_after_withdrawal_counts(
    session: Session, line: Line
) -> None:
    grant(session, line.id, NOTICES, evidence=PAPER, now=NOW)
    withdraw(session, line.id, NOTICES, evidence=BY_TEXT, now=NOW)
    grant(session, line.id, NOTICES, evidence=PAPER, now=NOW)
    assert may_be_told(session, Purpose.NOTICES) == {line.id}


def test_withdrawing_twice_is_recorded_and_answered_once(
    session: Session, line: Line
) -> None:
    grant(session, line.id, EVERYTHING, evidence=PAPER, now=NOW)
    first = withdraw(session, line.id, EVERYTHING, evidence=BY_TEXT, now=NOW)
    second = withdraw(session, line.id, EVERYTHING, evidence=BY_TEXT, now=NOW)
    assert {record.purpose for record in first} == EVERYTHING
    assert second == []


def test_a_refusal_before_any_consent_is_kept(session: Session, line: Line) -> None:
    withdraw(session, line.id, NOTICES, evidence=BY_TEXT, now=NOW)
    refused = standing(session, line.id)[Purpose.NOTICES]
    assert refused.action is ConsentAction.WITHDRAWN


def test_a_consent_is_recorded_again_only_for_new_words(
    session: Session, line: Line
) -> None:
    grant(session, line.id, NOTICES, evidence=PAPER, now=NOW)
    assert grant(session, line.id, NOTICES, evidence=PAPER, now=NOW) == []
    [renewed] = grant(session, line.id, NOTICES, evidence=NEW_PAPER, now=NOW)
    assert standing(session, line.id)[Purpose.NOTICES].id == renewed.id


def test_the_standing_of_many_lines_is_read_at_once(
    session: Session, group: ResidentialGroup, line: Line
) -> None:
    other = a_line_consenting_to(session, group, NOTICES)
    found = standings(session, [line.id, other.id])
    assert set(found) == {other.id}
    assert set(found[other.id]) == NOTICES


def test_no_word_is_ever_changed_or_taken_away(session: Session, line: Line) -> None:
    grant(session, line.id, NOTICES, evidence=PAPER, now=NOW)
    for statement in (
        "UPDATE consents SET action = 'withdrawn'",
        "DELETE FROM consents",
    ):
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(text(statement))
    assert may_be_told(session, Purpose.NOTICES) == {line.id}


def test_a_line_nobody_has_cannot_consent(session: Session, ward: Ward) -> None:
    with pytest.raises(NotInRegisterError):
        grant(session, ward.id + 1_000, NOTICES, evidence=PAPER, now=NOW)


def test_who_refuses_zalo_is_told_by_the_other_channel(
    session: Session, line: Line
) -> None:
    grant(session, line.id, EVERYTHING, evidence=PAPER, now=NOW)
    withdraw(session, line.id, EVERYTHING, evidence=BY_ZALO, now=NOW)
    assert word_on_zalo(session, line) is ConsentAction.WITHDRAWN
    assert may_be_told(session, Purpose.NOTICES) == {line.id}
    words = standing(session, line.id)
    assert {word.action for word in words.values()} == {ConsentAction.GRANTED}


def test_agreeing_to_zalo_alone_agrees_to_no_purpose(
    session: Session, line: Line
) -> None:
    grant(session, line.id, EVERYTHING, evidence=BY_ZALO, now=NOW)
    assert word_on_zalo(session, line) is ConsentAction.GRANTED
    assert may_be_told(session, Purpose.NOTICES) == set()
    assert standing(session, line.id) == {}


def test_a_word_on_all_channels_says_nothing_of_zalo_alone(
    session: Session, line: Line
) -> None:
    grant(session, line.id, EVERYTHING, evidence=PAPER, now=NOW)
    assert word_on_zalo(session, line) is None
    assert standings(session, [line.id], channel=ZALO) == {}


def test_the_last_word_on_zalo_counts_and_is_recorded_once(
    session: Session, line: Line
) -> None:
    withdraw(session, line.id, EVERYTHING, evidence=BY_ZALO, now=NOW)
    assert withdraw(session, line.id, EVERYTHING, evidence=BY_ZALO, now=NOW) == []
    grant(session, line.id, EVERYTHING, evidence=BY_ZALO, now=NOW)
    assert word_on_zalo(session, line) is ConsentAction.GRANTED
    of_zalo = standings(session, [line.id], channel=ZALO)[line.id]
    assert set(of_zalo) == EVERYTHING

"""A text leaves once, to those who may be texted, and its outcome is kept."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.ports import Blame, Outcome, Submission, Verdict
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.flights import LEASE
from broadcaster.store.outbox import gateways_due, record
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import AnnouncementState, Lane
from broadcaster.store.tables.messages import Message, SendWindow, WithheldReason
from subscriptions.consents import Evidence, standing, withdraw
from subscriptions.lines import mark_unusable
from subscriptions.tables.consents import ConsentAction, ConsentMethod, Purpose
from subscriptions.tables.households import Line, LineStatus
from tests.builders.messages import (
    GATEWAY,
    NOTICE,
    a_frozen_notice,
    a_text,
    a_window,
    lines_in,
    texts_of,
)
from tests.builders.people import NOW, a_ward

MINUTE = dt.timedelta(minutes=1)
LATER = NOW + MINUTE
ON_PAPER = Evidence(
    method=ConsentMethod.PAPER, wording_version="2026-01", recorded_by=None
)


def take(
    session: Session, *, limit: int = 100, now: dt.datetime = NOW
) -> list[Submission]:
    return a_window(session, limit=limit, now=now)


@contextmanager
def one_claimed(database: Database) -> Iterator[tuple[Session, Message]]:
    """Give a text on the wire, and the session to say what became of it."""
    with database.writing() as session:
        ward = a_ward(session)
        [line] = lines_in(session, ward, 1)
        message_id = a_text(session, ward, line=line).id
        take(session)
    with database.writing() as session:
        message = session.get_one(Message, message_id)
        yield session, message


def told(message: Message, verdict: Verdict, **facts: Any) -> Outcome:
    return Outcome(message_id=message.id, verdict=verdict, **facts)


ROUTE = [GATEWAY, "other"]


def test_a_claimed_text_is_leased_and_counts_an_attempt(database: Database) -> None:
    with one_claimed(database) as (session, message):
        assert message.state is MessageState.SUBMITTING
        window = session.get_one(SendWindow, message.window_id)
        assert window.lease_until == NOW + LEASE
        assert window.message_ids == [message.id]
        assert message.submitted_at == NOW
        assert message.attempts == 1


def test_a_claimed_text_is_not_claimed_again(database: Database) -> None:
    with one_claimed(database) as (session, _):
        assert take(session) == []


def test_a_notice_leaves_in_the_words_kept_once_for_all(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        lines = lines_in(session, ward, 2)
        a_frozen_notice(session, ward, lines)
        window = take(session)
    assert [text.text for text in window] == [NOTICE, NOTICE]
    assert [text.to for text in window] == [line.e164 for line in lines]
    assert {text.sender for text in window} == {"PHOASUA"}


def test_the_urgent_lane_goes_first_then_the_longest_due(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        late = a_text(session, ward, lane=Lane.NOTICE)
        early = a_text(session, ward, lane=Lane.NOTICE, due_at=NOW - MINUTE)
        storm = a_text(session, ward, lane=Lane.EMERGENCY)
        order = [text.message_id for text in take(session)]
        assert order == [storm.id, early.id, late.id]


def test_a_window_holds_no_more_than_asked_for(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        for _ in range(5):
            a_text(session, ward)
        windows = [len(take(session, limit=2)) for _ in range(4)]
    assert windows == [2, 2, 1, 0]


def test_what_is_due_later_or_elsewhere_stays(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_text(session, ward, due_at=NOW + MINUTE)
        a_text(session, ward, gateway="other")
        assert take(session) == []
        assert gateways_due(session, [GATEWAY, "other"], now=NOW) == ["other"]


def test_who_withdraws_between_confirming_and_sending_gets_nothing(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        stays, leaves = lines_in(session, ward, 2)
        notice = a_frozen_notice(session, ward, [leaves, stays])
        withdraw(session, leaves.id, [Purpose.NOTICES], evidence=ON_PAPER, now=NOW)
        window = take(session, limit=1)
        assert [text.to for text in window] == [stays.e164]
        withheld = texts_of(session, notice)[0]
        assert withheld.state is MessageState.WITHHELD
        assert withheld.withheld_reason is WithheldReason.CONSENT
        assert withheld.finished_at == NOW
        assert withheld.attempts == 0


def test_who_never_agreed_to_the_purpose_gets_nothing(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        message = a_text(session, ward, purpose=Purpose.PENSION)
        assert take(session) == []
        session.refresh(message)
        assert message.withheld_reason is WithheldReason.CONSENT


def test_a_dead_line_is_passed_by(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        [line] = lines_in(session, ward, 1)
        message = a_text(session, ward, line=line)
        mark_unusable(session, line.id, "30005")
        assert take(session) == []
        session.refresh(message)
        assert message.withheld_reason is WithheldReason.UNUSABLE_LINE


def test_news_of_this_morning_never_leaves_tomorrow(database: Database) -> None:
    with database.writing() as session:
        message = a_text(session, a_ward(session), valid_until=NOW + MINUTE)
        assert take(session, now=NOW + MINUTE) == []
        session.refresh(message)
        assert message.state is MessageState.EXPIRED


def test_a_notice_called_off_sends_no_more(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        notice = a_frozen_notice(session, ward, lines_in(session, ward, 1))
        notice.state = AnnouncementState.CALLED_OFF
        session.flush()
        assert take(session) == []
        [message] = texts_of(session, notice)
        assert message.withheld_reason is WithheldReason.CALLED_OFF


def test_accepted_has_the_telcos_id_and_its_day_of_usage(database: Database) -> None:
    with one_claimed(database) as (session, message):
        late = dt.datetime(2026, 10, 31, 17, 30, tzinfo=dt.UTC)  # November in the ward
        done = told(message, Verdict.ACCEPTED, provider_id="SM1")
        assert record(session, [done], now=late) == 1
        session.refresh(message)
        assert message.state is MessageState.ACCEPTED
        assert message.provider_id == "SM1"
        assert message.window_id is None
        assert message.accepted_at == late
        assert message.usage_day == dt.date(2026, 11, 1)
        assert message.usage_month == dt.date(2026, 11, 1)


@pytest.mark.parametrize("verdict", [Verdict.NEVER, Verdict.ELSEWHERE])
def test_refused_for_good_ends_with_the_telcos_word(
    database: Database, verdict: Verdict
) -> None:
    with one_claimed(database) as (session, message):
        record(session, [told(message, verdict, code="30007")], now=NOW)
        session.refresh(message)
        assert message.state is MessageState.REFUSED
        assert message.code == "30007"
        assert message.usage_day is None


def test_refused_for_now_is_tried_five_times_more_and_then_ends(
    database: Database,
) -> None:
    pauses = []
    with one_claimed(database) as (session, message):
        now = NOW
        while message.state is not MessageState.REFUSED:
            record(session, [told(message, Verdict.LATER, code="30001")], now=now)
            session.refresh(message)
            if message.state is MessageState.QUEUED:
                pauses.append((message.due_at - now) / MINUTE)
                now = message.due_at
                assert take(session, now=now - dt.timedelta(seconds=1)) == []
                take(session, now=now)
                session.refresh(message)
        assert pauses == [1, 2, 5, 15, 60]
        assert message.attempts == 6


def test_where_all_must_wait_the_attempt_does_not_count(database: Database) -> None:
    with one_claimed(database) as (session, message):
        wait = told(message, Verdict.LATER, code="20429", retry_after=7.0)
        record(session, [wait], now=NOW)
        session.refresh(message)
        assert message.state is MessageState.QUEUED
        assert message.due_at == NOW + dt.timedelta(seconds=7)
        assert message.attempts == 0


def test_an_answer_never_undoes_what_a_receipt_proved(database: Database) -> None:
    with one_claimed(database) as (session, message):
        message.state, message.window_id = MessageState.DELIVERED, None
        session.flush()
        done = told(message, Verdict.ACCEPTED, provider_id="SM1")
        assert record(session, [done], now=NOW) == 0
        session.refresh(message)
        assert message.state is MessageState.DELIVERED
        assert message.provider_id == "SM1"


def test_what_never_left_goes_back_at_once_and_counts_for_nothing(
    database: Database,
) -> None:
    with one_claimed(database) as (session, message):
        assert record(session, [told(message, Verdict.NOT_SENT)], now=LATER) == 1
        session.refresh(message)
        assert message.state is MessageState.QUEUED
        assert (message.attempts, message.due_at) == (0, LATER)
        assert [text.message_id for text in take(session, now=LATER)] == [message.id]


def test_what_is_in_doubt_never_goes_to_another_gateway(database: Database) -> None:
    with one_claimed(database) as (session, message):
        record(
            session,
            [told(message, Verdict.IN_DOUBT)],
            route=ROUTE,
            now=NOW,
        )
        session.refresh(message)
        assert (message.state, message.gateway) == (MessageState.IN_DOUBT, GATEWAY)
        assert gateways_due(session, [GATEWAY, "other"], now=LATER) == []


def test_a_dead_number_makes_its_line_unusable(database: Database) -> None:
    with one_claimed(database) as (session, message):
        dead = told(message, Verdict.NEVER, code="21614", blame=Blame.RECIPIENT)
        record(session, [dead], now=NOW)
        line = session.get_one(Line, message.line_id)
        assert (line.status, line.status_reason) == (LineStatus.UNUSABLE, "21614")


def test_who_opted_out_at_the_telco_has_withdrawn_everything(
    database: Database,
) -> None:
    with one_claimed(database) as (session, message):
        out = told(message, Verdict.NEVER, code="21610", blame=Blame.OPTED_OUT)
        record(session, [out], now=NOW)
        assert message.line_id is not None
        words = standing(session, message.line_id)
        assert set(words) == set(Purpose)
        assert {word.action for word in words.values()} == {ConsentAction.WITHDRAWN}
        assert {word.method for word in words.values()} == {ConsentMethod.CARRIER}


def test_a_telcos_endless_words_are_cut_not_refused(database: Database) -> None:
    with one_claimed(database) as (session, message):
        odd = told(message, Verdict.ACCEPTED, provider_id="S\x00" * 99, code="c" * 99)
        record(session, [odd], now=NOW)
        assert session.scalars(select(Message.provider_id)).one() == "S" * 64

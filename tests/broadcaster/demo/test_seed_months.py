"""The demo's money and texts of three months add up."""

import datetime as dt
from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.timing import end_of_quiet_hours
from broadcaster.services.statements import statement
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Schedule,
    ScheduleState,
)
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.usage import Tariff
from subscriptions.tables.places import Ward
from tests.broadcaster.demo.seeding import NOW, counted

_T = AnnouncementState


@pytest.mark.parametrize("hour", [0, 6, 12, 22])
def test_a_text_of_the_demo_leaves_at_any_hour(ward: Ward, hour: int) -> None:
    moment = NOW.replace(hour=hour)
    awake = end_of_quiet_hours(moment, start=ward.quiet_from, end=ward.quiet_until)
    assert awake == moment


def test_the_current_month_has_cash_at_every_stage(
    session: Session, ward: Ward
) -> None:
    current = statement(session, ward.id, dt.date(2026, 11, 1))
    assert 0 < current.matched_vnd < current.handed_in_vnd < current.cash_vnd
    assert 0 < current.settled_vnd < current.due_vnd


def test_prices_have_changed_within_a_month_that_is_billed(session: Session) -> None:
    days = session.scalars(select(Tariff.valid_from).distinct()).all()
    assert dt.date(2026, 9, 14) in days
    assert len(days) == 2


def test_every_send_adds_up_to_what_was_frozen(session: Session) -> None:
    frozen = session.execute(
        select(Announcement.id, Announcement.recipients).where(
            Announcement.recipients.is_not(None)
        )
    ).all()
    for announcement_id, expected in frozen:
        found = Message.announcement_id == announcement_id
        assert counted(session, Message, found) == expected


def test_nothing_is_left_for_a_worker_to_do_at_once(session: Session) -> None:
    waiting = session.execute(
        select(Message.state, func.min(Message.due_at))
        .where(
            Message.state.in_(
                [MessageState.QUEUED, MessageState.SUBMITTING, MessageState.IN_DOUBT]
            )
        )
        .group_by(Message.state)
    ).all()
    assert [(state, due > NOW) for state, due in waiting] == [
        (MessageState.QUEUED, True)
    ]


def test_texts_have_ended_in_every_way_they_can(session: Session) -> None:
    states = set(session.scalars(select(Message.state).distinct()))
    assert states == set(MessageState) - {
        MessageState.HELD,
        MessageState.SUBMITTING,
        MessageState.IN_DOUBT,
    }
    reasons = set(session.scalars(select(Message.withheld_reason).distinct()))
    assert {str(reason) for reason in reasons if reason} == {"consent", "called_off"}


def test_there_is_one_send_in_every_stage(session: Session) -> None:
    states = Counter(session.scalars(select(Announcement.state)))
    assert states[_T.FINISHED] >= 6
    rest = {_T.CALLED_OFF, _T.SCHEDULED, _T.AWAITING_APPROVAL, _T.DRAFT}
    assert {state: states[state] for state in rest} == dict.fromkeys(rest, 1)
    schedule = session.scalars(select(Schedule)).one()
    assert schedule.state is ScheduleState.ACTIVE
    assert schedule.next_due_at is not None
    assert schedule.next_due_at > NOW

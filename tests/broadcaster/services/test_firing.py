"""Every occurrence of a schedule fires once, at its hour, or says that it did not."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from broadcaster.rules.timing import daily_rule
from broadcaster.services.approvals import approve
from broadcaster.services.firing import TOO_LATE, fire_due
from broadcaster.services.schedules import (
    approve_schedule,
    create_schedule,
    end_schedule,
)
from broadcaster.store.announcements import get_schedule
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Occurrence,
    OccurrenceOutcome,
    Schedule,
    ScheduleState,
)
from broadcaster.store.tables.staff import JournalEntry
from subscriptions.tables.households import Line, LineStatus
from tests.builders.announcements import (
    GATEWAY,
    STRIPPED,
    StaffedWard,
    a_draft,
    a_staffed_ward,
    messages_of,
    the_group,
)
from tests.builders.people import NOW, a_household, a_number

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
DUE = NOW + HOUR


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    """Give a ward of three homes."""
    return a_staffed_ward(database)


@pytest.fixture
def daily(database: Database, staffed: StaffedWard) -> Schedule:
    """Give a schedule of every day at ten, valid for an hour and a half."""
    draft = replace(
        a_draft(the_group(staffed.group)),
        send_at=DUE,
        valid_until=DUE + 8 * HOUR,
        rule=daily_rule(),
    )
    return create_schedule(database, draft, actor=staffed.officer, now=NOW)


def test_nothing_fires_before_its_moment(database: Database, daily: Schedule) -> None:
    assert _fire(database, DUE - dt.timedelta(seconds=1)) == 0
    assert _announcements(database) == []


def test_an_occurrence_is_announced_to_everybody_and_the_next_is_set(
    database: Database, daily: Schedule
) -> None:
    assert _fire(database, DUE) == 1
    (announced,) = _announcements(database)
    assert announced.state is AnnouncementState.SENDING
    assert (announced.text, announced.recipients) == (STRIPPED, 3)
    assert (announced.author_id, announced.schedule_id) == (daily.author_id, daily.id)
    assert announced.valid_until == DUE + 8 * HOUR
    with database.reading() as session:
        assert len(messages_of(session, announced.id)) == 3
    assert _occurrences(database) == [(DUE, OccurrenceOutcome.ANNOUNCED, announced.id)]
    assert _schedule(database, daily).next_due_at == DUE + DAY


def test_an_occurrence_that_fired_does_not_fire_again(
    database: Database, daily: Schedule
) -> None:
    _fire(database, DUE)
    assert _fire(database, DUE + HOUR) == 0
    with database.writing() as session:
        session.execute(update(Schedule).values(next_due_at=DUE))
    _fire(database, DUE + HOUR)
    assert len(_announcements(database)) == 1
    assert _schedule(database, daily).next_due_at == DUE + DAY


def test_a_clock_that_comes_back_within_six_hours_still_sends(
    database: Database, daily: Schedule
) -> None:
    _fire(database, DUE + TOO_LATE)
    (announced,) = _announcements(database)
    assert announced.due_at == DUE + TOO_LATE


def test_a_clock_that_was_down_for_days_sends_only_what_is_still_fresh(
    database: Database, daily: Schedule
) -> None:
    back = DUE + 2 * DAY + HOUR
    assert _fire(database, back) == 3
    assert [(due, outcome) for due, outcome, _ in _occurrences(database)] == [
        (DUE, OccurrenceOutcome.MISSED),
        (DUE + DAY, OccurrenceOutcome.MISSED),
        (DUE + 2 * DAY, OccurrenceOutcome.ANNOUNCED),
    ]
    assert len(_announcements(database)) == 1


def test_a_missed_occurrence_is_in_the_journal(
    database: Database, daily: Schedule
) -> None:
    _fire(database, DUE + TOO_LATE + dt.timedelta(seconds=1))
    with database.reading() as session:
        entry = session.scalars(
            select(JournalEntry).where(JournalEntry.act == "schedule.missed")
        ).one()
    assert entry.facts == {
        "schedule": str(daily.public_id),
        "due_at": DUE.isoformat(),
    }
    assert entry.account_id is None


def test_an_occurrence_whose_validity_is_over_is_missed_however_little_late(
    database: Database, daily: Schedule
) -> None:
    with database.writing() as session:
        session.execute(update(Schedule).values(valid_minutes=30))
    _fire(database, DUE + dt.timedelta(minutes=30))
    assert [outcome for _, outcome, _ in _occurrences(database)] == [
        OccurrenceOutcome.MISSED
    ]
    assert _announcements(database) == []


def test_an_audience_that_has_become_nobody_is_said_and_does_not_stop_the_clock(
    database: Database, daily: Schedule
) -> None:
    with database.writing() as session:
        session.execute(update(Line).values(status=LineStatus.UNUSABLE))
    assert _fire(database, DUE) == 1
    assert [outcome for _, outcome, _ in _occurrences(database)] == [
        OccurrenceOutcome.NOBODY
    ]
    assert _schedule(database, daily).next_due_at == DUE + DAY


def test_a_schedule_that_was_approved_fires_in_its_approvers_name(
    database: Database,
) -> None:
    staffed = a_staffed_ward(database, approval_over=2)
    draft = replace(a_draft(the_group(staffed.group)), send_at=DUE, rule=daily_rule())
    waiting = create_schedule(database, draft, actor=staffed.officer, now=NOW)
    assert _fire(database, DUE) == 0
    approve_schedule(
        database,
        waiting.public_id,
        actor=staffed.approver,
        seen_hash=waiting.approved_hash or "",
        now=NOW,
    )
    _fire(database, DUE)
    (announced,) = _announcements(database)
    assert announced.approver_id == staffed.approver.account_id
    assert announced.recipients == 3


def test_an_audience_that_has_outgrown_the_threshold_waits_for_approval(
    database: Database,
) -> None:
    staffed = a_staffed_ward(database, approval_over=3)
    draft = replace(a_draft(the_group(staffed.group)), send_at=DUE, rule=daily_rule())
    create_schedule(database, draft, actor=staffed.officer, now=NOW)
    with database.writing() as session:
        a_household(session, in_group=staffed.group, with_phone=a_number())
    _fire(database, DUE)
    (waiting,) = _announcements(database)
    assert waiting.state is AnnouncementState.AWAITING_APPROVAL
    sent = approve(
        database,
        waiting.public_id,
        actor=staffed.approver,
        seen_hash=waiting.approved_hash or "",
        gateway=GATEWAY,
        now=DUE,
    )
    assert sent.recipients == 4


def test_an_ended_schedule_does_not_fire(
    database: Database, staffed: StaffedWard, daily: Schedule
) -> None:
    end_schedule(database, daily.public_id, actor=staffed.officer, now=NOW)
    assert _fire(database, DUE) == 0


def test_a_schedule_without_another_moment_ends(
    database: Database, staffed: StaffedWard
) -> None:
    draft = replace(
        a_draft(the_group(staffed.group)), send_at=DUE, rule="FREQ=DAILY;COUNT=1"
    )
    once = create_schedule(database, draft, actor=staffed.officer, now=NOW)
    _fire(database, DUE)
    ended = _schedule(database, once)
    assert (ended.state, ended.next_due_at) == (ScheduleState.ENDED, None)


def _fire(database: Database, now: dt.datetime) -> int:
    return fire_due(database, gateway=GATEWAY, now=now)


def _announcements(database: Database) -> list[Announcement]:
    with database.reading() as session:
        return list(session.scalars(select(Announcement).order_by(Announcement.id)))


def _occurrences(
    database: Database,
) -> list[tuple[dt.datetime, OccurrenceOutcome, int | None]]:
    with database.reading() as session:
        return [
            (found.due_at, found.outcome, found.announcement_id)
            for found in session.scalars(select(Occurrence).order_by(Occurrence.due_at))
        ]


def _schedule(database: Database, schedule: Schedule) -> Schedule:
    with database.reading() as session:
        return get_schedule(session, schedule.public_id, ward_id=schedule.ward_id)

"""A repeating announcement is agreed to once, and any edit asks again."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from broadcaster.errors import InputError, NotAllowedError, StateError
from broadcaster.rules.timing import daily_rule, monthly_rule, weekly_rule
from broadcaster.services.drafts import Draft
from broadcaster.services.schedules import (
    approve_schedule,
    create_schedule,
    edit_schedule,
    end_schedule,
    return_schedule,
)
from broadcaster.store.announcements import list_schedules
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Schedule, ScheduleState
from subscriptions.audience import Audience
from tests.builders.announcements import (
    StaffedWard,
    a_draft,
    a_staffed_ward,
    the_group,
)
from tests.builders.people import NOW

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    """Give a ward of three homes."""
    return a_staffed_ward(database)


@pytest.mark.parametrize(
    ("rule", "first"),
    [
        pytest.param(daily_rule(), NOW + HOUR, id="today"),
        pytest.param(weekly_rule(2), NOW + HOUR + 2 * DAY, id="wednesday"),
        pytest.param(monthly_rule(10), NOW + HOUR + 5 * DAY, id="the-tenth"),
    ],
)
def test_the_first_moment_follows_the_rule_at_the_hour_chosen(
    database: Database, staffed: StaffedWard, rule: str, first: dt.datetime
) -> None:
    schedule = _create(database, staffed, _repeating(staffed, rule=rule))
    assert schedule.state is ScheduleState.ACTIVE
    assert schedule.next_due_at == first


def test_the_same_form_posted_twice_is_one_schedule(
    database: Database, staffed: StaffedWard
) -> None:
    draft = _repeating(staffed)
    first = _create(database, staffed, draft)
    assert _create(database, staffed, draft).id == first.id
    with database.reading() as session:
        assert len(list_schedules(session, staffed.ward.id)) == 1


def test_a_form_that_was_changed_after_it_set_a_schedule_is_refused(
    database: Database, staffed: StaffedWard
) -> None:
    draft = _repeating(staffed)
    first = _create(database, staffed, draft)
    for change in (
        {"body": "Khác"},
        {"send_at": NOW + 2 * HOUR},
        {"rule": weekly_rule(2)},
    ):
        with pytest.raises(InputError) as caught:
            _create(database, staffed, replace(draft, **change))
        assert caught.value.reason == "other_content"
    with database.reading() as session:
        (kept,) = list_schedules(session, staffed.ward.id)
        assert (kept.id, kept.body) == (first.id, first.body)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"rule": None}, ("rule", "empty"), id="no-rule"),
        pytest.param({"rule": "FREQ=MINUTELY"}, ("rule", "unusable"), id="too-often"),
        pytest.param({"rule": "every day"}, ("rule", "unusable"), id="prose"),
        pytest.param(
            {"rule": "FREQ=DAILY;INTERVAL=1;" + "BYMONTH=1;" * 20 + "COUNT=1"},
            ("rule", "unusable"),
            id="longer-than-its-column",
        ),
        pytest.param(
            {"rule": "FREQ=DAILY;UNTIL=20200101T000000"}, ("rule", "never"), id="never"
        ),
        pytest.param({"body": ""}, ("body", "empty"), id="empty"),
        pytest.param({"send_at": NOW - HOUR}, ("send_at", "past"), id="past"),
        pytest.param({"audience": Audience()}, ("audience", "nobody"), id="nobody"),
        pytest.param(
            {"rule": weekly_rule(2), "valid_until": NOW + 2 * HOUR},
            ("valid_until", "before_send"),
            id="over-before-the-first",
        ),
        pytest.param(
            {"send_at": NOW + 13 * HOUR, "valid_until": NOW + 14 * HOUR},
            ("valid_until", "quiet_hours"),
            id="over-before-people-wake",
        ),
    ],
)
def test_what_cannot_repeat_names_its_field_and_leaves_nothing_behind(
    database: Database,
    staffed: StaffedWard,
    change: dict[str, Any],
    expected: tuple[str, str],
) -> None:
    draft = replace(_repeating(staffed), **change)
    with pytest.raises(InputError) as caught:
        _create(database, staffed, draft)
    assert (caught.value.field, caught.value.reason) == expected
    with database.reading() as session:
        assert list_schedules(session, staffed.ward.id) == []


def test_a_schedule_over_the_threshold_is_approved_once(database: Database) -> None:
    staffed = a_staffed_ward(database, approval_over=2)
    waiting = _create(database, staffed, _repeating(staffed))
    assert waiting.state is ScheduleState.AWAITING_APPROVAL
    running = _approve(database, staffed, waiting)
    assert running.state is ScheduleState.ACTIVE
    assert running.approver_id == staffed.approver.account_id


def test_moments_that_passed_while_it_waited_are_passed_over(
    database: Database,
) -> None:
    staffed = a_staffed_ward(database, approval_over=2)
    waiting = _create(database, staffed, _repeating(staffed))
    running = _approve(database, staffed, waiting, now=NOW + 3 * DAY + 2 * HOUR)
    assert running.next_due_at == NOW + 4 * DAY + HOUR


def test_an_edit_voids_the_approval(database: Database) -> None:
    staffed = a_staffed_ward(database, approval_over=2)
    draft = _repeating(staffed)
    waiting = _create(database, staffed, draft)
    _approve(database, staffed, waiting)
    edited = edit_schedule(
        database,
        waiting.public_id,
        replace(draft, body="Họp lúc 20h."),
        actor=staffed.officer,
        now=NOW,
    )
    assert edited.state is ScheduleState.AWAITING_APPROVAL
    assert edited.approver_id is None
    with pytest.raises(StateError, match="edited"):
        _approve(database, staffed, waiting)


def test_an_author_never_approves_their_own_schedule(database: Database) -> None:
    staffed = a_staffed_ward(database, approval_over=2)
    waiting = _create(database, staffed, _repeating(staffed))
    themselves = replace(staffed.approver, account_id=staffed.officer.account_id)
    with pytest.raises(NotAllowedError):
        approve_schedule(
            database,
            waiting.public_id,
            actor=themselves,
            seen_hash=waiting.approved_hash or "",
            now=NOW,
        )


def test_a_schedule_is_returned_with_the_reason(database: Database) -> None:
    staffed = a_staffed_ward(database, approval_over=2)
    waiting = _create(database, staffed, _repeating(staffed))
    returned = return_schedule(
        database,
        waiting.public_id,
        actor=staffed.approver,
        reason="Sai ngày",
        now=NOW,
    )
    assert returned.state is ScheduleState.RETURNED
    assert returned.returned_reason == "Sai ngày"


def test_an_ended_schedule_stays_ended(
    database: Database, staffed: StaffedWard
) -> None:
    schedule = _create(database, staffed, _repeating(staffed))
    ended = end_schedule(database, schedule.public_id, actor=staffed.approver, now=NOW)
    assert (ended.state, ended.next_due_at) == (ScheduleState.ENDED, None)
    with pytest.raises(StateError, match="ended"):
        end_schedule(database, schedule.public_id, actor=staffed.officer, now=NOW)


def _repeating(staffed: StaffedWard, *, rule: str | None = None) -> Draft:
    return replace(
        a_draft(the_group(staffed.group)),
        send_at=NOW + HOUR,
        rule=rule or daily_rule(),
    )


def _create(database: Database, staffed: StaffedWard, draft: Draft) -> Schedule:
    return create_schedule(database, draft, actor=staffed.officer, now=NOW)


def _approve(
    database: Database,
    staffed: StaffedWard,
    waiting: Schedule,
    *,
    now: dt.datetime = NOW,
) -> Schedule:
    return approve_schedule(
        database,
        waiting.public_id,
        actor=staffed.approver,
        seen_hash=waiting.approved_hash or "",
        now=now,
    )

"""A pause is one row, lets nothing new leave, and gives everything back."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from broadcaster.errors import NotAllowedError, NotFoundError, StateError
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.permissions import Role
from broadcaster.services.announcements import call_off, submit_announcement
from broadcaster.services.finishing import finish_announcements
from broadcaster.services.pausing import pause, release_held, resume
from broadcaster.store.announcements import get_announcement
from broadcaster.store.journal_entries import list_entries
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Topic,
)
from broadcaster.store.usage import count_undecided
from tests.builders.announcements import (
    GATEWAY,
    StaffedWard,
    a_draft,
    a_staffed_ward,
    bring_to,
    messages_of,
    the_group,
)
from tests.builders.messages import a_window
from tests.builders.people import NOW

S = MessageState
A = AnnouncementState
MINUTE = dt.timedelta(minutes=1)
EVENING = NOW.replace(hour=12)
NIGHT = NOW.replace(hour=15)
SEVEN = dt.datetime(2026, 10, 6, 0, 0, tzinfo=dt.UTC)


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    return a_staffed_ward(database, homes=8)


@pytest.fixture
def sending(database: Database, staffed: StaffedWard) -> Announcement:
    return send(database, staffed)


def send(database: Database, staffed: StaffedWard, **facts: Any) -> Announcement:
    draft = replace(a_draft(the_group(staffed.group)), **facts)
    return submit_announcement(
        database, draft, actor=staffed.officer, gateway=GATEWAY, now=NOW
    )


def test_a_paused_announcement_lets_nothing_leave_but_what_was_claimed(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    with database.writing() as session:
        claimed = a_window(session, limit=3)
    reached = pause(database, sending.public_id, actor=staffed.officer, now=NOW)
    assert (reached.on_wire, reached.waiting, reached.total) == (3, 5, 8)
    with database.writing() as session:
        assert len(claimed) == 3
        assert a_window(session, limit=100) == []
    assert states(database, sending) == {S.SUBMITTING: 3, S.HELD: 5}


def test_resuming_puts_back_all_that_was_laid_aside(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    lay_aside(database, staffed, sending)
    later = NOW + MINUTE
    reached = resume(database, sending.public_id, actor=staffed.officer, now=later)
    assert reached.waiting == 8
    assert found(database, sending).state is A.SENDING
    with database.writing() as session:
        assert len(a_window(session, limit=100, now=later)) == 8


def test_the_rest_of_many_comes_back_later(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    lay_aside(database, staffed, sending)
    resume(database, sending.public_id, actor=staffed.officer, now=NOW, batch=3)
    assert states(database, sending) == {S.QUEUED: 3, S.HELD: 5}
    assert release_held(database, now=NOW) == 5
    assert release_held(database, now=NOW) == 0
    assert states(database, sending) == {S.QUEUED: 8}


def test_what_is_paused_is_not_released(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    lay_aside(database, staffed, sending)
    assert release_held(database, now=NOW) == 0
    assert states(database, sending) == {S.HELD: 8}


def test_pausing_or_resuming_twice_says_how_it_stands(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    pause(database, sending.public_id, actor=staffed.officer, now=NOW)
    with pytest.raises(StateError, match="paused"):
        pause(database, sending.public_id, actor=staffed.officer, now=NOW)
    resume(database, sending.public_id, actor=staffed.officer, now=NOW)
    with pytest.raises(StateError, match="sending"):
        resume(database, sending.public_id, actor=staffed.officer, now=NOW)
    with database.reading() as session:
        acts = [entry.act for entry in list_entries(session, staffed.ward.id)]
    assert acts[:2] == ["announcement.resumed", "announcement.paused"]
    assert acts.count("announcement.paused") == 1


def test_whoever_may_call_off_may_pause_and_nobody_else(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    for role in (Role.AUDITOR, Role.ACCOUNTANT, Role.LEADER):
        other = replace(staffed.officer, role=role)
        with pytest.raises(NotAllowedError):
            pause(database, sending.public_id, actor=other, now=NOW)
        with pytest.raises(NotAllowedError):
            resume(database, sending.public_id, actor=other, now=NOW)
    pause(database, sending.public_id, actor=staffed.approver, now=NOW)
    resume(database, sending.public_id, actor=staffed.approver, now=NOW)


def test_an_announcement_of_another_ward_cannot_be_paused(
    database: Database, sending: Announcement
) -> None:
    stranger = a_staffed_ward(database, homes=0).officer
    with pytest.raises(NotFoundError):
        pause(database, sending.public_id, actor=stranger, now=NOW)


def test_a_paused_announcement_stays_paused_when_its_moment_comes(
    database: Database, staffed: StaffedWard
) -> None:
    tomorrow = NOW + dt.timedelta(days=1)
    scheduled = send(database, staffed, send_at=tomorrow)
    pause(database, scheduled.public_id, actor=staffed.officer, now=NOW)
    after = tomorrow + MINUTE
    assert finish_announcements(database, now=after) == 0
    with database.writing() as session:
        assert a_window(session, limit=100, now=after) == []
    assert finish_announcements(database, now=after) == 0
    assert found(database, scheduled).state is A.PAUSED


def test_a_scheduled_one_resumed_in_time_is_scheduled_again(
    database: Database, staffed: StaffedWard
) -> None:
    tomorrow = NOW + dt.timedelta(days=1)
    scheduled = send(database, staffed, send_at=tomorrow)
    pause(database, scheduled.public_id, actor=staffed.officer, now=NOW)
    resume(database, scheduled.public_id, actor=staffed.officer, now=NOW + MINUTE)
    again = found(database, scheduled)
    assert (again.state, again.due_at) == (A.SCHEDULED, tomorrow)
    assert due_times(database, scheduled) == {tomorrow}


def test_paused_with_nothing_left_to_send_is_finished(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    with database.writing() as session:
        bring_to(session, sending.id, [S.SUBMITTING] * 8, now=NOW)
    pause(database, sending.public_id, actor=staffed.officer, now=NOW)
    assert finish_announcements(database, now=NOW) == 0
    with database.writing() as session:
        bring_to(session, sending.id, [S.ACCEPTED] * 8, now=NOW)
    assert finish_announcements(database, now=NOW) == 1


def test_what_is_resumed_at_night_leaves_in_the_morning(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    with database.writing() as session:
        bring_to(session, sending.id, [S.ACCEPTED, *[S.HELD] * 4], now=NOW)
        messages_of(session, sending.id)[0].submitted_at = NOW
    pause(database, sending.public_id, actor=staffed.officer, now=EVENING)
    resume(database, sending.public_id, actor=staffed.officer, now=NIGHT)
    with database.writing() as session:
        assert a_window(session, limit=100, now=NIGHT + MINUTE) == []
    again = found(database, sending)
    # it began in the daytime, and that stays its day
    assert (again.state, again.due_at) == (A.SENDING, sending.due_at)
    with database.writing() as session:
        assert len(a_window(session, limit=100, now=SEVEN)) == 7


def test_one_that_never_began_is_scheduled_for_the_morning(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    lay_aside(database, staffed, sending)
    resume(database, sending.public_id, actor=staffed.officer, now=NIGHT)
    again = found(database, sending)
    assert (again.state, again.due_at) == (A.SCHEDULED, SEVEN)
    assert due_times(database, sending) == {SEVEN}


def test_an_emergency_goes_on_at_night(
    database: Database, staffed: StaffedWard
) -> None:
    urgent = send(database, staffed, topic=Topic.EMERGENCY)
    lay_aside(database, staffed, urgent)
    resume(database, urgent.public_id, actor=staffed.officer, now=NIGHT)
    with database.writing() as session:
        assert len(a_window(session, limit=100, now=NIGHT)) == 8


def test_what_is_no_longer_valid_expires_instead_of_leaving(
    database: Database, staffed: StaffedWard
) -> None:
    notice = send(database, staffed, valid_until=EVENING)
    lay_aside(database, staffed, notice)
    later = EVENING + MINUTE
    resume(database, notice.public_id, actor=staffed.officer, now=later)
    with database.writing() as session:
        assert a_window(session, limit=100, now=later) == []
    assert states(database, notice) == {S.EXPIRED: 8}
    assert finish_announcements(database, now=later) == 1


def test_calling_off_a_paused_one_withholds_what_was_laid_aside(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    with database.writing() as session:
        claimed = a_window(session, limit=2)
    lay_aside(database, staffed, sending)
    with database.writing() as session:
        bring_to(session, sending.id, [S.SUBMITTING] * 2 + [S.HELD] * 3, now=NOW)
        messages_of(session, sending.id)[7].state = S.QUEUED
    done = call_off(database, sending.public_id, actor=staffed.officer, now=NOW)
    assert (len(claimed), done.withheld, done.progress.total) == (2, 6, 8)
    assert states(database, sending) == {S.SUBMITTING: 2, S.WITHHELD: 6}


def test_what_is_laid_aside_after_the_call_off_is_withheld_all_the_same(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    call_off(database, sending.public_id, actor=staffed.officer, now=NOW)
    with database.writing() as session:
        late = messages_of(session, sending.id)[0]
        late.state, late.withheld_reason, late.finished_at = S.HELD, None, None
    assert finish_announcements(database, now=NOW) == 0
    assert release_held(database, now=NIGHT) == 1
    with database.writing() as session:
        assert a_window(session, limit=100, now=NIGHT) == []
    assert states(database, sending) == {S.WITHHELD: 8}


def test_a_month_is_not_closed_over_what_is_laid_aside(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    lay_aside(database, staffed, sending)
    with database.reading() as session:
        undecided = count_undecided(session, staffed.ward.id, NOW.date().replace(day=1))
    assert undecided == {S.HELD: 8}


def lay_aside(
    database: Database, staffed: StaffedWard, announcement: Announcement
) -> None:
    """Pause it, and let a worker meet what is left of it."""
    pause(database, announcement.public_id, actor=staffed.officer, now=NOW)
    with database.writing() as session:
        assert a_window(session, limit=100) == []


def found(database: Database, announcement: Announcement) -> Announcement:
    with database.reading() as session:
        return get_announcement(
            session, announcement.public_id, ward_id=announcement.ward_id
        )


def states(database: Database, announcement: Announcement) -> Counter[MessageState]:
    with database.reading() as session:
        return Counter(m.state for m in messages_of(session, announcement.id))


def due_times(database: Database, announcement: Announcement) -> set[dt.datetime]:
    with database.reading() as session:
        return {m.due_at for m in messages_of(session, announcement.id)}

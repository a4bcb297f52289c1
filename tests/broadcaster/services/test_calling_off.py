"""Calling off stops what still waits, lets go on what is out, and counts both."""

from dataclasses import replace

import pytest

from broadcaster.errors import NotAllowedError, StateError
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.permissions import Role
from broadcaster.services.announcements import (
    call_off,
    save_draft,
    submit_announcement,
)
from broadcaster.services.finishing import finish_announcements
from broadcaster.store.announcements import get_announcement
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement, AnnouncementState
from broadcaster.store.tables.messages import WithheldReason
from tests.builders.announcements import (
    GATEWAY,
    StaffedWard,
    a_draft,
    a_staffed_ward,
    bring_to,
    messages_of,
    the_group,
)
from tests.builders.people import NOW

S = MessageState


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    """Give a ward of eight homes."""
    return a_staffed_ward(database, homes=8)


@pytest.fixture
def sending(database: Database, staffed: StaffedWard) -> Announcement:
    """Give an announcement on its way to eight phones."""
    return submit_announcement(
        database,
        a_draft(the_group(staffed.group)),
        actor=staffed.officer,
        gateway=GATEWAY,
        now=NOW,
    )


def test_what_waits_is_withheld_and_what_is_out_goes_on(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    out = [S.DELIVERED, S.ACCEPTED, S.SUBMITTING, S.IN_DOUBT, S.REFUSED]
    with database.writing() as session:
        bring_to(session, sending.id, out, now=NOW)
    done = call_off(database, sending.public_id, actor=staffed.officer, now=NOW)
    assert done.withheld == 3
    with database.reading() as session:
        messages = messages_of(session, sending.id)
    assert [message.state for message in messages[:5]] == out
    for message in messages[5:]:
        assert message.state is S.WITHHELD
        assert message.withheld_reason is WithheldReason.CALLED_OFF
        assert message.finished_at == NOW


def test_sent_and_called_off_add_up_to_all(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    with database.writing() as session:
        bring_to(session, sending.id, [S.WITHHELD, S.DELIVERED], now=NOW)
    done = call_off(database, sending.public_id, actor=staffed.officer, now=NOW)
    assert (done.withheld, done.progress.withheld) == (6, 7)
    assert done.progress.total == sending.recipients == 8


@pytest.mark.parametrize("state", [S.DELIVERED, S.ACCEPTED])
def test_what_has_finished_is_not_called_off(
    database: Database,
    staffed: StaffedWard,
    sending: Announcement,
    state: MessageState,
) -> None:
    with database.writing() as session:
        bring_to(session, sending.id, [state] * 8, now=NOW)
    finish_announcements(database, now=NOW)
    with pytest.raises(StateError, match="finished"):
        call_off(database, sending.public_id, actor=staffed.officer, now=NOW)


def test_calling_off_twice_says_that_it_was(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    call_off(database, sending.public_id, actor=staffed.officer, now=NOW)
    with pytest.raises(StateError, match="called_off"):
        call_off(database, sending.public_id, actor=staffed.officer, now=NOW)


def test_a_draft_is_called_off_before_it_has_messages(
    database: Database, staffed: StaffedWard
) -> None:
    draft = save_draft(
        database, a_draft(the_group(staffed.group)), actor=staffed.officer, now=NOW
    )
    done = call_off(database, draft.public_id, actor=staffed.officer, now=NOW)
    assert (done.withheld, done.progress.total) == (0, 0)


def test_an_approver_may_stop_it_and_an_accountant_may_not(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    accountant = replace(staffed.officer, role=Role.ACCOUNTANT)
    with pytest.raises(NotAllowedError):
        call_off(database, sending.public_id, actor=accountant, now=NOW)
    done = call_off(database, sending.public_id, actor=staffed.approver, now=NOW)
    assert done.withheld == 8


@pytest.mark.parametrize("state", [S.QUEUED, S.SUBMITTING, S.IN_DOUBT])
def test_an_announcement_is_not_finished_while_one_text_is_ours_to_send(
    database: Database, sending: Announcement, state: MessageState
) -> None:
    with database.writing() as session:
        bring_to(session, sending.id, [S.DELIVERED] * 7 + [state], now=NOW)
    assert finish_announcements(database, now=NOW) == 0
    assert _state(database, sending) is AnnouncementState.SENDING


def test_an_announcement_is_finished_once_though_receipts_may_still_come(
    database: Database, sending: Announcement
) -> None:
    with database.writing() as session:
        bring_to(session, sending.id, [S.DELIVERED] * 6 + [S.ACCEPTED] * 2, now=NOW)
    assert finish_announcements(database, now=NOW) == 1
    assert finish_announcements(database, now=NOW) == 0
    assert _state(database, sending) is AnnouncementState.FINISHED


def test_what_was_called_off_stays_so_and_gets_its_end(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    with database.writing() as session:
        bring_to(session, sending.id, [S.SUBMITTING], now=NOW)
    call_off(database, sending.public_id, actor=staffed.officer, now=NOW)
    finish_announcements(database, now=NOW)
    assert _find(database, sending).finished_at is None
    with database.writing() as session:
        bring_to(session, sending.id, [S.DELIVERED], now=NOW)
    assert finish_announcements(database, now=NOW) == 0
    found = _find(database, sending)
    assert (found.state, found.finished_at) == (AnnouncementState.CALLED_OFF, NOW)


def test_a_scheduled_announcement_is_sending_when_its_moment_has_come(
    database: Database, staffed: StaffedWard
) -> None:
    evening = NOW.replace(hour=15)
    scheduled = submit_announcement(
        database,
        a_draft(the_group(staffed.group)),
        actor=staffed.officer,
        gateway=GATEWAY,
        now=evening,
    )
    assert scheduled.due_at is not None
    finish_announcements(database, now=evening)
    assert _state(database, scheduled) is AnnouncementState.SCHEDULED
    finish_announcements(database, now=scheduled.due_at)
    assert _state(database, scheduled) is AnnouncementState.SENDING


def _find(database: Database, announcement: Announcement) -> Announcement:
    with database.reading() as session:
        return get_announcement(
            session, announcement.public_id, ward_id=announcement.ward_id
        )


def _state(database: Database, announcement: Announcement) -> AnnouncementState:
    return _find(database, announcement).state

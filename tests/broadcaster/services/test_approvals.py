"""A second person approves exactly what they read, or says why not."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from broadcaster.errors import InputError, NotAllowedError, StateError
from broadcaster.services.accounts import Actor
from broadcaster.services.announcements import edit_draft, submit_announcement
from broadcaster.services.approvals import approve, return_to_author
from broadcaster.services.drafts import Draft
from broadcaster.store.announcements import get_announcement
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement, AnnouncementState
from subscriptions.consents import Evidence, withdraw
from subscriptions.tables.consents import ConsentMethod, Purpose
from tests.builders.announcements import (
    GATEWAY,
    StaffedWard,
    a_draft,
    a_staffed_ward,
    messages_of,
    the_group,
)
from tests.builders.people import NOW, lines_of

HOUR = dt.timedelta(hours=1)
BY_TEXT = Evidence(
    method=ConsentMethod.SMS_KEYWORD, wording_version="1", recorded_by=None
)


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    """Give a ward in which three recipients are enough to need approval."""
    return a_staffed_ward(database, homes=3, approval_over=2)


@pytest.fixture
def draft(staffed: StaffedWard) -> Draft:
    """Give a form that two hours from now makes no sense any more."""
    return replace(a_draft(the_group(staffed.group)), valid_until=NOW + 2 * HOUR)


@pytest.fixture
def waiting(database: Database, staffed: StaffedWard, draft: Draft) -> Announcement:
    """Give an announcement that awaits approval."""
    return submit_announcement(
        database, draft, actor=staffed.officer, gateway=GATEWAY, now=NOW
    )


def test_approving_sends_to_everybody(
    database: Database, staffed: StaffedWard, waiting: Announcement
) -> None:
    sent = _approve(database, waiting, actor=staffed.approver)
    assert (sent.state, sent.recipients) == (AnnouncementState.SENDING, 3)
    assert sent.approver_id == staffed.approver.account_id
    assert sent.confirmed_at == NOW
    with database.reading() as session:
        assert len(messages_of(session, waiting.id)) == 3


def test_the_audience_is_the_one_of_the_moment_of_approval(
    database: Database, staffed: StaffedWard, waiting: Announcement
) -> None:
    with database.writing() as session:
        (line,) = lines_of(session, staffed.homes[0])
        withdraw(session, line.id, [Purpose.NOTICES], evidence=BY_TEXT, now=NOW)
    assert _approve(database, waiting, actor=staffed.approver).recipients == 2


def test_an_author_never_approves_their_own(
    database: Database, staffed: StaffedWard, waiting: Announcement
) -> None:
    themselves = replace(staffed.approver, account_id=staffed.officer.account_id)
    with pytest.raises(NotAllowedError):
        _approve(database, waiting, actor=themselves)
    _expect_untouched(database, waiting)


def test_the_database_itself_refuses_the_author_as_approver(
    database: Database, waiting: Announcement
) -> None:
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(update(Announcement).values(approver_id=Announcement.author_id))


def test_an_officer_does_not_approve(
    database: Database, staffed: StaffedWard, waiting: Announcement
) -> None:
    colleague = replace(staffed.officer, account_id=staffed.approver.account_id)
    with pytest.raises(NotAllowedError):
        _approve(database, waiting, actor=colleague)
    _expect_untouched(database, waiting)


def test_an_approval_of_something_else_than_was_read_is_refused(
    database: Database, staffed: StaffedWard, waiting: Announcement
) -> None:
    with pytest.raises(StateError, match="edited"):
        approve(
            database,
            waiting.public_id,
            actor=staffed.approver,
            seen_hash="0" * 64,
            gateway=GATEWAY,
            now=NOW,
        )
    _expect_untouched(database, waiting)


def test_a_row_changed_behind_the_services_back_is_not_sent(
    database: Database, staffed: StaffedWard, waiting: Announcement
) -> None:
    with database.writing() as session:
        session.execute(update(Announcement).values(text="Chuyen tien vao so nay"))
    with pytest.raises(StateError, match="edited"):
        _approve(database, waiting, actor=staffed.approver)


def test_an_edit_voids_the_submission(
    database: Database, staffed: StaffedWard, draft: Draft, waiting: Announcement
) -> None:
    edit_draft(
        database,
        waiting.public_id,
        replace(draft, body="Họp lúc 20h."),
        actor=staffed.officer,
        now=NOW,
    )
    with pytest.raises(StateError, match="draft"):
        _approve(database, waiting, actor=staffed.approver)


def test_approving_twice_sends_once(
    database: Database, staffed: StaffedWard, waiting: Announcement
) -> None:
    _approve(database, waiting, actor=staffed.approver)
    with pytest.raises(StateError, match="sending"):
        _approve(database, waiting, actor=staffed.approver)
    with database.reading() as session:
        assert len(messages_of(session, waiting.id)) == 3


def test_a_notice_that_is_over_is_not_approved(
    database: Database, staffed: StaffedWard, waiting: Announcement
) -> None:
    with pytest.raises(StateError, match="too_late"):
        _approve(database, waiting, actor=staffed.approver, now=NOW + 2 * HOUR)
    _expect_untouched(database, waiting)


def test_a_moment_that_passed_while_it_waited_is_now(
    database: Database, staffed: StaffedWard
) -> None:
    draft = replace(a_draft(the_group(staffed.group)), send_at=NOW + HOUR)
    waiting = submit_announcement(
        database, draft, actor=staffed.officer, gateway=GATEWAY, now=NOW
    )
    sent = _approve(database, waiting, actor=staffed.approver, now=NOW + 2 * HOUR)
    assert (sent.state, sent.due_at) == (AnnouncementState.SENDING, NOW + 2 * HOUR)


def test_an_audience_that_has_become_nobody_is_not_sent(
    database: Database, staffed: StaffedWard, waiting: Announcement
) -> None:
    with database.writing() as session:
        for home in staffed.homes:
            (line,) = lines_of(session, home)
            withdraw(session, line.id, [Purpose.NOTICES], evidence=BY_TEXT, now=NOW)
    with pytest.raises(InputError) as caught:
        _approve(database, waiting, actor=staffed.approver)
    assert (caught.value.field, caught.value.reason) == ("audience", "nobody")
    _expect_untouched(database, waiting)


def test_a_notice_is_returned_with_the_reason(
    database: Database, staffed: StaffedWard, waiting: Announcement
) -> None:
    returned = _return(database, waiting, actor=staffed.approver, reason=" Sai giờ ")
    assert returned.state is AnnouncementState.RETURNED
    assert returned.returned_reason == "Sai giờ"
    with pytest.raises(StateError, match="returned"):
        _approve(database, waiting, actor=staffed.approver)


@pytest.mark.parametrize(("reason", "fault"), [(" ", "empty"), ("x" * 301, "too_long")])
def test_a_reason_that_says_nothing_or_too_much_is_refused(
    database: Database,
    staffed: StaffedWard,
    waiting: Announcement,
    reason: str,
    fault: str,
) -> None:
    with pytest.raises(InputError) as caught:
        _return(database, waiting, actor=staffed.approver, reason=reason)
    assert (caught.value.field, caught.value.reason) == ("reason", fault)
    _expect_untouched(database, waiting)


def _approve(
    database: Database,
    waiting: Announcement,
    *,
    actor: Actor,
    now: dt.datetime = NOW,
) -> Announcement:
    return approve(
        database,
        waiting.public_id,
        actor=actor,
        seen_hash=waiting.approved_hash or "",
        gateway=GATEWAY,
        now=now,
    )


def _return(
    database: Database, waiting: Announcement, *, actor: Actor, reason: str
) -> Announcement:
    return return_to_author(
        database, waiting.public_id, actor=actor, reason=reason, now=NOW
    )


def _expect_untouched(database: Database, waiting: Announcement) -> None:
    with database.reading() as session:
        found = get_announcement(session, waiting.public_id, ward_id=waiting.ward_id)
        assert found.state is AnnouncementState.AWAITING_APPROVAL
        assert found.approver_id is None
        assert messages_of(session, waiting.id) == []

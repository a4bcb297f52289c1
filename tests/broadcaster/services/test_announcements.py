"""Announcements go out once, to exactly their audience, or wait for a second person."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from broadcaster.errors import (
    InputError,
    NotAllowedError,
)
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.announcements import (
    submit_announcement,
)
from broadcaster.services.drafts import Draft
from broadcaster.store.outcomes import count_exclusions
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Lane,
    Topic,
)
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.staff import JournalEntry
from subscriptions.audience import Audience
from subscriptions.exclusion_reasons import ExclusionReason
from subscriptions.tables.consents import Purpose
from tests.builders.announcements import (
    BODY,
    GATEWAY,
    STRIPPED,
    StaffedWard,
    a_draft,
    a_staffed_ward,
    messages_of,
    the_group,
)
from tests.builders.people import NOTHING, NOW, a_household, a_number

HOUR = dt.timedelta(hours=1)
EVENING = dt.datetime(2026, 10, 5, 15, 30, tzinfo=dt.UTC)
"""Half past ten at night in the ward."""
SEVEN = dt.datetime(2026, 10, 6, 0, 0, tzinfo=dt.UTC)


def test_a_notice_becomes_one_queued_message_for_each_phone(database: Database) -> None:
    staffed = a_staffed_ward(database, homes=3)
    sent = _submit(database, staffed, a_draft(the_group(staffed.group)))
    assert (sent.state, sent.recipients) == (AnnouncementState.SENDING, 3)
    assert (sent.body, sent.text) == (BODY, STRIPPED)
    with database.reading() as session:
        messages = messages_of(session, sent.id)
    assert len({message.line_id for message in messages}) == 3
    for message in messages:
        assert message.state is MessageState.QUEUED
        assert message.text is None
        assert message.due_at == NOW
        assert message.purpose is Purpose.NOTICES
        assert (message.encoding, message.segments) == ("GSM7", 1)
        assert (message.gateway, message.sender) == (GATEWAY, "PHOASUA")
        assert (message.carrier, message.lane) == ("VinaPhone", Lane.NOTICE)


def test_who_is_left_out_is_kept_with_the_reason(database: Database) -> None:
    staffed = a_staffed_ward(database)
    with database.writing() as session:
        a_household(session, in_group=staffed.group)
        a_household(
            session,
            in_group=staffed.group,
            with_phone=a_number(),
            consenting_to=NOTHING,
        )
    sent = _submit(database, staffed, a_draft(the_group(staffed.group)))
    with database.reading() as session:
        assert count_exclusions(session, sent.id) == {
            ExclusionReason.NO_CONSENT: 1,
            ExclusionReason.NO_LINE: 1,
        }


def test_a_pension_notice_asks_for_the_consent_to_pension_notices(
    database: Database,
) -> None:
    staffed = a_staffed_ward(database, homes=0)
    with database.writing() as session:
        a_household(
            session,
            in_group=staffed.group,
            with_phone=a_number(),
            consenting_to={Purpose.NOTICES},
        )
        a_household(
            session,
            in_group=staffed.group,
            with_phone=a_number(),
            consenting_to={Purpose.PENSION},
        )
    draft = a_draft(the_group(staffed.group), topic=Topic.PENSION)
    assert _submit(database, staffed, draft).recipients == 1


def test_the_same_form_posted_twice_is_one_announcement(database: Database) -> None:
    staffed = a_staffed_ward(database)
    draft = replace(
        a_draft(the_group(staffed.group)), send_at=NOW + dt.timedelta(minutes=1)
    )
    first = _submit(database, staffed, draft)
    # by then its moment has passed, which is no fault of a form that was posted again
    again = _submit(database, staffed, draft, now=NOW + HOUR)
    assert again.id == first.id
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Announcement)) == 1
        assert len(messages_of(session, first.id)) == 3


def test_a_key_used_for_other_content_is_refused(database: Database) -> None:
    staffed = a_staffed_ward(database)
    draft = a_draft(the_group(staffed.group))
    _submit(database, staffed, draft)
    _expect_input_error(
        database,
        staffed,
        replace(draft, body="Họp lúc 20h."),
        expected=("idempotency_key", "other_content"),
    )


def test_a_key_of_another_ward_is_refused(database: Database) -> None:
    first = a_staffed_ward(database)
    draft = a_draft(the_group(first.group), key="shared")
    _submit(database, first, draft)
    thief = replace(first.officer, account_id=first.approver.account_id)
    with pytest.raises(InputError) as caught:
        submit_announcement(database, draft, actor=thief, gateway=GATEWAY, now=NOW)
    assert caught.value.reason == "taken"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"body": " "}, ("body", "empty"), id="empty"),
        pytest.param({"body": "a" * 5000}, ("body", "too_long"), id="too-long"),
        pytest.param(
            {"send_at": NOW - dt.timedelta(seconds=1)}, ("send_at", "past"), id="past"
        ),
        pytest.param(
            {"send_at": NOW + HOUR, "valid_until": NOW + HOUR},
            ("valid_until", "before_send"),
            id="over-before-it-begins",
        ),
        pytest.param(
            {"send_at": EVENING, "valid_until": EVENING + HOUR},
            ("valid_until", "quiet_hours"),
            id="over-before-people-wake",
        ),
        pytest.param({"audience": Audience()}, ("audience", "nobody"), id="nobody"),
        pytest.param(
            {"rule": "FREQ=DAILY"}, ("rule", "needs_a_schedule"), id="repeating"
        ),
    ],
)
def test_what_cannot_be_sent_names_its_field_and_leaves_nothing_behind(
    database: Database, change: dict[str, Any], expected: tuple[str, str]
) -> None:
    staffed = a_staffed_ward(database)
    draft = replace(a_draft(the_group(staffed.group)), **change)
    _expect_input_error(database, staffed, draft, expected=expected)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Announcement)) == 0
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_a_notice_of_the_night_waits_for_the_morning(database: Database) -> None:
    staffed = a_staffed_ward(database)
    draft = a_draft(the_group(staffed.group))
    sent = _submit(database, staffed, draft, now=EVENING)
    assert (sent.state, sent.due_at) == (AnnouncementState.SCHEDULED, SEVEN)
    with database.reading() as session:
        assert {m.due_at for m in messages_of(session, sent.id)} == {SEVEN}


def test_an_emergency_wakes_people_and_goes_first(database: Database) -> None:
    staffed = a_staffed_ward(database)
    draft = a_draft(the_group(staffed.group), topic=Topic.EMERGENCY)
    sent = _submit(database, staffed, draft, now=EVENING)
    assert (sent.state, sent.due_at) == (AnnouncementState.SENDING, EVENING)
    with database.reading() as session:
        lanes = {message.lane for message in messages_of(session, sent.id)}
    assert lanes == {Lane.EMERGENCY}


def test_a_notice_for_later_keeps_its_minute(database: Database) -> None:
    staffed = a_staffed_ward(database)
    draft = replace(
        a_draft(the_group(staffed.group)),
        send_at=NOW + HOUR,
        valid_until=NOW + 2 * HOUR,
    )
    sent = _submit(database, staffed, draft)
    assert sent.state is AnnouncementState.SCHEDULED
    with database.reading() as session:
        for message in messages_of(session, sent.id):
            assert message.due_at == NOW + HOUR
            assert message.valid_until == NOW + 2 * HOUR


@pytest.mark.parametrize(
    ("homes", "state"),
    [
        pytest.param(2, AnnouncementState.SENDING, id="at-the-threshold"),
        pytest.param(3, AnnouncementState.AWAITING_APPROVAL, id="over-it"),
    ],
)
def test_many_recipients_need_a_second_person(
    database: Database, homes: int, state: AnnouncementState
) -> None:
    staffed = a_staffed_ward(database, homes=homes, approval_over=2)
    sent = _submit(database, staffed, a_draft(the_group(staffed.group)))
    assert sent.state is state


def test_the_whole_ward_needs_a_second_person_however_it_is_named(
    database: Database,
) -> None:
    staffed = a_staffed_ward(database)
    every = frozenset({staffed.group.id, staffed.other_group.id})
    for audience in (Audience(group_ids=None), Audience(group_ids=every)):
        waiting = _submit(database, staffed, a_draft(audience))
        assert waiting.state is AnnouncementState.AWAITING_APPROVAL
        assert waiting.recipients is None
        with database.reading() as session:
            assert messages_of(session, waiting.id) == []


def test_only_who_writes_announcements_submits_them(database: Database) -> None:
    staffed = a_staffed_ward(database)
    with pytest.raises(NotAllowedError):
        submit_announcement(
            database,
            a_draft(the_group(staffed.group)),
            actor=staffed.approver,
            gateway=GATEWAY,
            now=NOW,
        )


def test_every_step_is_in_the_journal_without_a_phone_number(
    database: Database,
) -> None:
    staffed = a_staffed_ward(database)
    sent = _submit(database, staffed, a_draft(the_group(staffed.group)))
    with database.reading() as session:
        entries = session.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()
    assert [entry.act for entry in entries] == [
        "announcement.written",
        "announcement.confirmed",
    ]
    assert entries[1].facts == {"announcement": str(sent.public_id), "lines": 3}
    assert entries[1].account_id == staffed.officer.account_id


def _submit(
    database: Database, staffed: StaffedWard, draft: Draft, *, now: dt.datetime = NOW
) -> Announcement:
    return submit_announcement(
        database, draft, actor=staffed.officer, gateway=GATEWAY, now=now
    )


def _expect_input_error(
    database: Database,
    staffed: StaffedWard,
    draft: Draft,
    *,
    expected: tuple[str, str],
) -> None:
    with pytest.raises(InputError) as caught:
        _submit(database, staffed, draft)
    assert (caught.value.field, caught.value.reason) == expected

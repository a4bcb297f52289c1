"""The last look before sending says what submitting would then do."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from broadcaster.errors import InputError
from broadcaster.services.drafts import Draft
from broadcaster.services.reviews import ApprovalReason, Review, review
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Topic
from subscriptions.audience import Audience
from tests.builders.announcements import (
    StaffedWard,
    a_draft,
    a_staffed_ward,
    the_group,
)
from tests.builders.people import NOW

TEN_AT_NIGHT = NOW.replace(hour=15)
SEVEN = dt.datetime(2026, 10, 6, 0, 0, tzinfo=dt.UTC)


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    """Give a ward in which more than three recipients need approval."""
    return a_staffed_ward(database, homes=3, approval_over=3)


def _review(database: Database, staffed: StaffedWard, draft: Draft) -> Review:
    with database.reading() as session:
        return review(session, draft, actor=staffed.officer, now=NOW)


def test_a_few_phones_by_day_go_at_once_and_ask_nobody(
    database: Database, staffed: StaffedWard
) -> None:
    seen = _review(database, staffed, a_draft(the_group(staffed.group)))
    assert (seen.starts_at, seen.is_held, seen.approval) == (NOW, False, None)
    assert seen.preview.audience.lines == 3


def test_the_night_holds_it_until_seven_unless_it_is_an_emergency(
    database: Database, staffed: StaffedWard
) -> None:
    draft = replace(a_draft(the_group(staffed.group)), send_at=TEN_AT_NIGHT)
    seen = _review(database, staffed, draft)
    assert (seen.starts_at, seen.is_held) == (SEVEN, True)
    urgent = _review(database, staffed, replace(draft, topic=Topic.EMERGENCY))
    assert (urgent.starts_at, urgent.is_held) == (TEN_AT_NIGHT, False)


def test_the_whole_ward_and_many_phones_need_a_second_person(
    database: Database,
) -> None:
    staffed = a_staffed_ward(database, homes=4, approval_over=3)
    wide = _review(database, staffed, a_draft(Audience(group_ids=None)))
    many = _review(database, staffed, a_draft(the_group(staffed.group)))
    assert wide.approval is ApprovalReason.WARD_WIDE
    assert many.approval is ApprovalReason.MANY


def test_what_repeats_names_its_next_three_times(
    database: Database, staffed: StaffedWard
) -> None:
    start = NOW + dt.timedelta(hours=1)
    draft = a_draft(the_group(staffed.group))
    seen = _review(database, staffed, replace(draft, send_at=start, rule="FREQ=DAILY"))
    assert seen.moments == tuple(start + dt.timedelta(days=n) for n in range(3))
    assert seen.starts_at == start


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"audience": Audience()}, ("audience", "nobody")),
        ({"send_at": NOW - dt.timedelta(hours=1)}, ("send_at", "past")),
        (
            {"send_at": TEN_AT_NIGHT, "valid_until": SEVEN},
            ("valid_until", "quiet_hours"),
        ),
        ({"rule": "FREQ=DAILY;UNTIL=20200101"}, ("rule", "never")),
    ],
)
def test_what_submitting_would_refuse_is_refused(
    database: Database,
    staffed: StaffedWard,
    change: dict[str, Any],
    fault: tuple[str, str],
) -> None:
    draft = replace(a_draft(the_group(staffed.group)), **change)
    with pytest.raises(InputError) as caught:
        _review(database, staffed, draft)
    assert (caught.value.field, caught.value.reason) == fault

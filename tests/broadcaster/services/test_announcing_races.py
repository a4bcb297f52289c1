"""Several persons and clocks at the same moment: one announcement, one message each."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.errors import BroadcasterError, StateError
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.timing import daily_rule
from broadcaster.services.announcements import (
    CalledOff,
    call_off,
    edit_draft,
    save_draft,
    submit_announcement,
)
from broadcaster.services.approvals import approve
from broadcaster.services.firing import fire_due
from broadcaster.services.schedules import create_schedule
from broadcaster.store.announcements import get_announcement
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Exclusion,
    Occurrence,
)
from broadcaster.store.tables.messages import Message
from subscriptions.consents import Evidence, withdraw
from subscriptions.tables.base import Base
from subscriptions.tables.consents import ConsentMethod, Purpose
from subscriptions.tables.households import Line
from tests.builders.announcements import (
    GATEWAY,
    a_draft,
    a_staffed_ward,
    messages_of,
    the_group,
)
from tests.builders.messages import a_window
from tests.builders.people import NOW

HOUR = dt.timedelta(hours=1)
LEASE = dt.timedelta(minutes=1)
DEADLINE = 60


def test_three_clocks_fire_each_occurrence_once(database: Database) -> None:
    staffed = a_staffed_ward(database)
    for _ in range(4):
        draft = replace(
            a_draft(the_group(staffed.group)), send_at=NOW, rule=daily_rule()
        )
        create_schedule(database, draft, actor=staffed.officer, now=NOW)
    days = [NOW + dt.timedelta(days=day, hours=1) for day in range(3)]
    for now in days:
        clock = partial(fire_due, database, gateway=GATEWAY, now=now)
        results = _at_once([clock] * 3)
        assert [r for r in results if isinstance(r, Exception)] == []
        # a clock that lost a race leaves the rest to the winner, or to its next tick
        fire_due(database, gateway=GATEWAY, now=now)
    with database.reading() as session:
        assert _count(session, Occurrence) == 4 * len(days)
        assert _count(session, Announcement) == 4 * len(days)
        assert _count(session, Message) == 4 * len(days) * 3


def test_a_form_posted_five_times_at_once_is_one_announcement(
    database: Database,
) -> None:
    staffed = a_staffed_ward(database)
    draft = a_draft(the_group(staffed.group))
    results = _at_once(
        [
            lambda: submit_announcement(
                database, draft, actor=staffed.officer, gateway=GATEWAY, now=NOW
            )
        ]
        * 5
    )
    assert [r for r in results if isinstance(r, Exception)] == []
    with database.reading() as session:
        assert _count(session, Announcement) == 1
        assert _count(session, Message) == 3


def test_a_saved_draft_submitted_three_times_at_once_is_sent_once(
    database: Database,
) -> None:
    staffed = a_staffed_ward(database)
    draft = a_draft(the_group(staffed.group))
    save_draft(database, draft, actor=staffed.officer, now=NOW)
    results = _at_once(
        [
            lambda: submit_announcement(
                database, draft, actor=staffed.officer, gateway=GATEWAY, now=NOW
            )
        ]
        * 3
    )
    assert [r for r in results if isinstance(r, Exception)] == []
    with database.reading() as session:
        assert _count(session, Message) == 3


def test_two_approvers_at_once_send_once_and_one_is_told(database: Database) -> None:
    staffed = a_staffed_ward(database, approval_over=2)
    waiting = submit_announcement(
        database,
        a_draft(the_group(staffed.group)),
        actor=staffed.officer,
        gateway=GATEWAY,
        now=NOW,
    )

    def agree() -> Announcement:
        return approve(
            database,
            waiting.public_id,
            actor=staffed.approver,
            seen_hash=waiting.approved_hash or "",
            gateway=GATEWAY,
            now=NOW,
        )

    results = _at_once([agree] * 2)
    losers = [result for result in results if isinstance(result, Exception)]
    assert len(losers) == 1
    assert isinstance(losers[0], StateError)
    with database.reading() as session:
        assert _count(session, Message) == 3


def test_an_approval_and_an_edit_at_once_never_send_what_was_not_read(
    database: Database,
) -> None:
    staffed = a_staffed_ward(database, approval_over=2)
    draft = a_draft(the_group(staffed.group))
    waiting = submit_announcement(
        database, draft, actor=staffed.officer, gateway=GATEWAY, now=NOW
    )
    edited = replace(draft, body="Họp lúc 20h.")
    _at_once(
        [
            lambda: approve(
                database,
                waiting.public_id,
                actor=staffed.approver,
                seen_hash=waiting.approved_hash or "",
                gateway=GATEWAY,
                now=NOW,
            ),
            lambda: edit_draft(
                database, waiting.public_id, edited, actor=staffed.officer, now=NOW
            ),
        ]
    )
    with database.reading() as session:
        found = get_announcement(session, waiting.public_id, ward_id=staffed.ward.id)
        sent = len(messages_of(session, waiting.id))
    assert (found.state, found.text == waiting.text, sent) in [
        (AnnouncementState.SENDING, True, 3),
        (AnnouncementState.DRAFT, False, 0),
    ]


def test_sent_and_called_off_add_up_while_workers_claim(database: Database) -> None:
    staffed = a_staffed_ward(database, homes=40)
    sending = submit_announcement(
        database,
        a_draft(the_group(staffed.group)),
        actor=staffed.officer,
        gateway=GATEWAY,
        now=NOW,
    )

    def work() -> list[int]:
        taken: list[int] = []
        while True:
            with database.writing() as session:
                window = a_window(session, limit=3, now=NOW)
            if not window:
                return taken
            taken += [submission.message_id for submission in window]

    def stop() -> CalledOff:
        return call_off(database, sending.public_id, actor=staffed.officer, now=NOW)

    first, second, done = _at_once([work, work, stop])
    assert isinstance(first, list)
    assert isinstance(second, list)
    assert isinstance(done, CalledOff)
    taken = first + second
    assert len(set(taken)) == len(taken)
    with database.reading() as session:
        states = Counter(m.state for m in messages_of(session, sending.id))
    assert states[MessageState.SUBMITTING] == len(taken)
    assert states[MessageState.WITHHELD] >= done.withheld
    assert sum(states.values()) == 40
    assert states[MessageState.QUEUED] == 0


@pytest.mark.parametrize("attempt", range(3))
def test_nobody_is_both_texted_and_left_out_while_consents_change(
    database: Database, attempt: int
) -> None:
    staffed = a_staffed_ward(database, homes=12)
    with database.reading() as session:
        lines = session.scalars(select(Line.id).order_by(Line.id)).all()

    def leave() -> None:
        for line_id in lines:
            with database.writing() as session:
                withdraw(session, line_id, [Purpose.NOTICES], evidence=WORD, now=NOW)

    def announce() -> Announcement:
        return submit_announcement(
            database,
            a_draft(the_group(staffed.group)),
            actor=staffed.officer,
            gateway=GATEWAY,
            now=NOW,
        )

    results = _at_once([leave, announce])
    unexpected = [
        result
        for result in results
        if isinstance(result, Exception) and not isinstance(result, BroadcasterError)
    ]
    assert unexpected == []
    with database.reading() as session:
        announced = _count(session, Announcement)
        texted, left_out = _count(session, Message), _count(session, Exclusion)
    assert texted + left_out == 12 * announced


WORD = Evidence(method=ConsentMethod.SMS_KEYWORD, wording_version="1", recorded_by=None)


def _at_once(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Run each act in a thread of its own, all let go together; return what they did.

    What an act raised stands in its place.
    """
    together = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        together.wait(DEADLINE)
        try:
            results[place] = act()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[place] = error

    threads = [
        threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(acts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
        assert not thread.is_alive(), "an act did not end"
    return results


def _count(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0

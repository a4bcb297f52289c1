"""Pauses against workers that are claiming: every text is somewhere, and once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest

from broadcaster.errors import StateError
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.announcements import (
    CalledOff,
    call_off,
    submit_announcement,
)
from broadcaster.services.finishing import finish_announcements
from broadcaster.services.pausing import pause, release_held, resume
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement
from tests.builders.announcements import (
    GATEWAY,
    StaffedWard,
    a_draft,
    a_staffed_ward,
    messages_of,
    the_group,
)
from tests.builders.messages import a_window
from tests.builders.people import NOW

S = MessageState
HOMES = 40
DEADLINE_S = 60


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    return a_staffed_ward(database, homes=HOMES)


@pytest.fixture
def sending(database: Database, staffed: StaffedWard) -> Announcement:
    return submit_announcement(
        database,
        a_draft(the_group(staffed.group)),
        actor=staffed.officer,
        gateway=GATEWAY,
        now=NOW,
    )


def test_what_two_workers_took_and_what_is_paused_are_all(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    taken: list[int] = []
    work = partial(claim_all, database, taken)
    stop = partial(pause, database, sending.public_id, actor=staffed.officer, now=NOW)
    assert faults(at_once(work, work, stop)) == []
    claim_all(database, taken)
    assert len(set(taken)) == len(taken)
    counted = states(database, sending)
    assert counted[S.SUBMITTING] == len(taken)
    assert counted[S.SUBMITTING] + counted[S.HELD] == HOMES


def test_all_that_was_laid_aside_while_it_was_resumed_is_sent_once(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    taken: list[int] = []
    work = partial(claim_all, database, taken)
    pause(database, sending.public_id, actor=staffed.officer, now=NOW)
    go = partial(resume, database, sending.public_id, actor=staffed.officer, now=NOW)
    clock = partial(release_held, database, now=NOW)
    assert faults(at_once(work, work, go, clock, clock)) == []
    release_held(database, now=NOW)
    claim_all(database, taken)
    assert len(set(taken)) == len(taken) == HOMES
    assert states(database, sending) == {S.SUBMITTING: HOMES}


def test_what_was_kept_back_is_told_to_the_text_while_workers_claim(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    taken: list[int] = []
    work = partial(claim_all, database, taken)
    end = partial(call_off, database, sending.public_id, actor=staffed.officer, now=NOW)
    done = at_once(work, work, end)[-1]
    assert isinstance(done, CalledOff)
    assert done.withheld + len(taken) == HOMES
    assert states(database, sending)[S.WITHHELD] == done.withheld


def test_calling_off_while_texts_are_laid_aside_leaves_none_behind(
    database: Database, staffed: StaffedWard, sending: Announcement
) -> None:
    taken: list[int] = []
    work = partial(claim_all, database, taken)
    pause(database, sending.public_id, actor=staffed.officer, now=NOW)
    end = partial(call_off, database, sending.public_id, actor=staffed.officer, now=NOW)
    clock = partial(finish_announcements, database, now=NOW)
    assert faults(at_once(work, work, end, clock)) == []
    release_held(database, now=NOW)
    claim_all(database, taken)
    assert taken == []
    assert states(database, sending) == {S.WITHHELD: HOMES}


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_who_press_at_once_one_is_told_that_it_was_done(
    database: Database, staffed: StaffedWard, sending: Announcement, attempt: int
) -> None:
    act = partial(pause, database, sending.public_id, actor=staffed.officer, now=NOW)
    (fault,) = faults(at_once(act, act))
    assert isinstance(fault, StateError)
    assert str(fault) == "paused"


def claim_all(database: Database, taken: list[int]) -> None:
    """Claim, three at a time, until nothing may leave."""
    while True:
        with database.writing() as session:
            window = a_window(session, limit=3)
        if not window:
            return
        taken += [text.message_id for text in window]


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Let all acts go together; return what they gave, or raised."""
    together = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        together.wait(DEADLINE_S)
        try:
            return act()
        except StateError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts, timeout=DEADLINE_S))


def faults(results: list[object]) -> list[object]:
    return [result for result in results if isinstance(result, StateError)]


def states(database: Database, sending: Announcement) -> Counter[MessageState]:
    with database.reading() as session:
        return Counter(m.state for m in messages_of(session, sending.id))

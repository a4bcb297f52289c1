"""Windows hold the most urgent first, every ward in its turn, and each text once."""

import datetime as dt
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from broadcaster.ports import Outcome, Verdict
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.flights import LEASE
from broadcaster.store.doubts import end_lost_windows
from broadcaster.store.leases import renew, start
from broadcaster.store.outbox import end_windows, record
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import AnnouncementState, Lane
from broadcaster.store.tables.messages import Message, SendWindow
from broadcaster.store.windows import Claim, Window, claim
from tests.builders.messages import (
    GATEWAY,
    a_frozen_notice,
    a_text,
    lines_in,
    many_texts,
    texts_of,
)
from tests.builders.people import NOW, a_ward

SECOND = dt.timedelta(seconds=1)
TOMORROW = NOW + dt.timedelta(days=1)


def take(
    session: Session,
    *,
    limit: int = 100,
    after: int = 0,
    starts: bool = True,
    now: dt.datetime = NOW,
) -> Window:
    asked = Claim(
        gateway=GATEWAY,
        worker="test",
        limit=limit,
        lease=LEASE,
        after_ward_id=after,
        starts=starts,
    )
    window = claim(session, asked, now=now)
    assert window is not None
    return window


def wards_of(session: Session, window: Window) -> Counter[int]:
    """Count a window's texts by ward."""
    ids = [text.message_id for text in window.submissions]
    query = select(Message.ward_id).where(Message.id.in_(ids))
    return Counter(session.scalars(query))


def states(session: Session) -> dict[MessageState, int]:
    query = select(Message.state, func.count()).group_by(Message.state)
    return dict(session.execute(query).all())


def test_a_big_ward_does_not_hold_up_a_small_one(database: Database) -> None:
    with database.writing() as session:
        big, small = a_ward(session), a_ward(session)
        many_texts(session, big, 3_000)
        many_texts(session, small, 50)
        first = wards_of(session, take(session, limit=200))
    assert first == {big.id: 100, small.id: 50}


def test_a_ward_alone_has_the_whole_window(database: Database) -> None:
    with database.writing() as session:
        many_texts(session, a_ward(session), 300)
        assert len(take(session, limit=200).submissions) == 200


def test_the_next_window_begins_where_the_last_one_ended(database: Database) -> None:
    with database.writing() as session:
        wards = [a_ward(session) for _ in range(4)]
        for ward in wards:
            many_texts(session, ward, 100)
        turns: list[int] = []
        after = 0
        for _ in range(8):
            window = take(session, limit=1, after=after)
            after = window.last_ward_id
            turns += wards_of(session, window)
    assert turns == [ward.id for ward in wards] * 2


def test_forty_wards_with_a_text_each_fill_one_window(database: Database) -> None:
    with database.writing() as session:
        for _ in range(40):
            a_text(session, a_ward(session))
        assert set(wards_of(session, take(session)).values()) == {1}
        assert states(session) == {MessageState.SUBMITTING: 40}


def test_no_notice_leaves_while_an_emergency_waits(database: Database) -> None:
    with database.writing() as session:
        big, small = a_ward(session), a_ward(session)
        many_texts(session, small, 500)
        many_texts(session, big, 150, lane=Lane.EMERGENCY)
        many_texts(session, small, 10, lane=Lane.EMERGENCY)
        seen: list[int] = []
        while len(seen) < 160:
            ids = [text.message_id for text in take(session).submissions]
            lanes = select(Message.lane).where(Message.id.in_(ids))
            found = list(session.scalars(lanes))
            assert found
            seen += found
    assert Counter(seen[:160]) == {Lane.EMERGENCY: 160}


def test_a_window_that_emergencies_do_not_fill_takes_notices_too(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        many_texts(session, ward, 50)
        many_texts(session, ward, 3, lane=Lane.EMERGENCY)
        assert len(take(session).submissions) == 53


def test_what_waits_for_tomorrow_takes_no_turn(database: Database) -> None:
    with database.writing() as session:
        now, later = a_ward(session), a_ward(session)
        many_texts(session, later, 1_000, lane=Lane.EMERGENCY, due_at=TOMORROW)
        many_texts(session, now, 200)
        assert wards_of(session, take(session, limit=200)) == {now.id: 200}


def test_a_paused_notice_is_laid_aside_and_others_go_on(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        lines = lines_in(session, ward, 4)
        paused = a_frozen_notice(session, ward, lines)
        going = a_frozen_notice(session, ward, lines, text="Hop to dan pho.")
        paused.state = AnnouncementState.PAUSED
        session.flush()
        window = take(session)
        assert {text.text for text in window.submissions} == {going.text}
        held = texts_of(session, paused)
        assert {text.state for text in held} == {MessageState.HELD}
        assert {(text.attempts, text.finished_at) for text in held} == {(0, None)}


def test_a_window_of_nothing_but_paused_texts_says_go_on(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        notice = a_frozen_notice(session, ward, lines_in(session, ward, 2))
        notice.state = AnnouncementState.PAUSED
        session.flush()
        window = take(session)
        assert (window.id, window.submissions) == (None, [])
        asked = Claim(gateway=GATEWAY, worker="test", limit=9, lease=LEASE)
        assert claim(session, asked, now=NOW) is None


def test_a_window_says_when_it_started_only_once_it_did(database: Database) -> None:
    with database.writing() as session:
        many_texts(session, a_ward(session), 2)
        window = take(session, starts=False)
        assert window.id is not None
        row = session.get_one(SendWindow, window.id)
        assert (row.claimed_at, row.started_at) == (NOW, None)
        assert start(session, window.id, now=NOW + SECOND)
        session.refresh(row)
        assert row.started_at == NOW + SECOND


def test_a_renewed_window_is_not_lost(database: Database) -> None:
    with database.writing() as session:
        many_texts(session, a_ward(session), 2)
        window = take(session)
        assert window.id is not None
        kept = renew(session, [window.id], until=NOW + 2 * LEASE)
        assert kept == {window.id}
        assert end_lost_windows(session, NOW + 2 * LEASE - SECOND) == (0, 0)
        assert states(session) == {MessageState.SUBMITTING: 2}


def test_a_window_that_was_lost_can_neither_start_nor_be_renewed(
    database: Database,
) -> None:
    with database.writing() as session:
        many_texts(session, a_ward(session), 2)
        window = take(session, starts=False)
        assert window.id is not None
        assert not start(session, window.id, now=NOW + LEASE)
        end_lost_windows(session, NOW + LEASE)
        assert not start(session, window.id, now=NOW)
        assert renew(session, [window.id], until=NOW + 2 * LEASE) == set()


def test_a_window_that_is_over_leaves_no_row(database: Database) -> None:
    with database.writing() as session:
        many_texts(session, a_ward(session), 2)
        done, other = take(session, limit=1), take(session, limit=1)
        assert done.id is not None
        end_windows(session, [done.id])
        assert list(session.scalars(select(SendWindow.id))) == [other.id]


@pytest.mark.parametrize(
    "verdict", [Verdict.NOT_SENT, Verdict.LATER, Verdict.NEVER, Verdict.IN_DOUBT]
)
def test_an_answer_for_an_earlier_window_moves_nothing_of_a_later_one(
    database: Database, verdict: Verdict
) -> None:
    with database.writing() as session:
        many_texts(session, a_ward(session), 1)
        [lost] = take(session, starts=False).submissions
        end_lost_windows(session, NOW + LEASE)
        [again] = take(session, now=NOW + LEASE).submissions
        late = [Outcome(message_id=lost.message_id, verdict=verdict)]
        claimed = {lost.message_id: lost.submitted_at}
        assert record(session, late, claimed=claimed, now=NOW + LEASE) == 0
        assert states(session) == {MessageState.SUBMITTING: 1}
        claimed = {again.message_id: again.submitted_at}
        assert record(session, late, claimed=claimed, now=NOW + LEASE) == 1


def test_what_the_telco_took_in_an_earlier_window_counts(database: Database) -> None:
    with database.writing() as session:
        many_texts(session, a_ward(session), 1)
        [lost] = take(session).submissions
        end_lost_windows(session, NOW + LEASE)
        session.execute(update(Message).values(state="queued", due_at=NOW))
        take(session, now=NOW + LEASE)
        late = [Outcome(message_id=lost.message_id, verdict=Verdict.ACCEPTED)]
        claimed = {lost.message_id: lost.submitted_at}
        assert record(session, late, claimed=claimed, now=NOW + LEASE) == 1
        assert states(session) == {MessageState.ACCEPTED: 1}


def test_workers_who_claim_at_once_never_claim_the_same(database: Database) -> None:
    with database.writing() as session:
        for _ in range(3):
            many_texts(session, a_ward(session), 200)

    def work() -> list[int]:
        taken: list[int] = []
        while True:
            with database.writing() as session:
                asked = Claim(gateway=GATEWAY, worker="w", limit=30, lease=LEASE)
                window = claim(session, asked, now=NOW)
            if window is None:
                return taken
            taken += [text.message_id for text in window.submissions]

    with ThreadPoolExecutor(4) as pool:
        taken = [future.result() for future in [pool.submit(work) for _ in range(4)]]
    claimed = Counter(message_id for those in taken for message_id in those)
    assert (len(claimed), set(claimed.values())) == (600, {1})

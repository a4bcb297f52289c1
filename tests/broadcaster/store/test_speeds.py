"""How fast the telco takes texts is read off the texts, whatever they belong to."""

import datetime as dt

import pytest

from broadcaster.ports import Outcome, Verdict
from broadcaster.store.outbox import record
from broadcaster.store.queues import list_queues
from broadcaster.store.session import Database
from broadcaster.store.speeds import WHOLE_ROWS, Taken, read_speeds
from tests.builders.messages import (
    GATEWAY,
    a_frozen_notice,
    a_text,
    a_window,
    lines_in,
    texts_of,
)
from tests.builders.people import NOW, a_ward

SECOND = dt.timedelta(seconds=1)


def take(database: Database, limit: int, at: dt.datetime) -> None:
    """Let the telco take the next texts at a moment."""
    with database.writing() as session:
        outcomes = [
            Outcome(message_id=text.message_id, verdict=Verdict.ACCEPTED)
            for text in a_window(session, limit=limit)
        ]
        assert len(outcomes) == limit
        record(session, outcomes, now=at)


def read(database: Database, at: dt.datetime) -> Taken:
    with database.reading() as session:
        queues = list_queues(session, (GATEWAY,), rows=1_000, now=at)
        return read_speeds(session, queues, now=at).of(GATEWAY)


def test_segments_taken_in_the_last_minute_are_added_up(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_frozen_notice(session, ward, lines_in(session, ward, 2), text="x" * 200)
        a_text(session, ward)
    take(database, 3, NOW)
    taken = read(database, NOW + 5 * SECOND)
    assert (taken.in_a_minute, taken.in_a_moment, taken.per_second) == (5, 5, 0.5)
    taken = read(database, NOW + 30 * SECOND)
    assert (taken.in_a_minute, taken.in_a_moment) == (5, 0)
    assert read(database, NOW + 61 * SECOND).in_a_minute == 0


@pytest.mark.parametrize("recipients", [20, WHOLE_ROWS + 1])
def test_of_a_crowd_what_left_just_now_is_found_before_what_leaves_next(
    database: Database, recipients: int
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        notice = a_frozen_notice(session, ward, lines_in(session, ward, 20))
        notice.recipients = recipients
        segments = texts_of(session, notice)[0].segments
    take(database, 4, NOW)
    take(database, 3, NOW + 55 * SECOND)
    taken = read(database, NOW + 56 * SECOND)
    assert taken.in_a_minute == 7 * segments
    assert taken.in_a_moment == 3 * segments
    assert read(database, NOW + 65 * SECOND).in_a_minute == 3 * segments

"""What waits is counted by gateway, lane and ward, and never further than asked."""

import datetime as dt

from sqlalchemy import update

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.counting import Counted
from broadcaster.store.queues import FEWEST, Queue, list_queues, ward_names
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Lane
from broadcaster.store.tables.messages import Message
from tests.builders.messages import GATEWAY, a_text, a_window, many_texts
from tests.builders.people import NOW, a_ward

HOUR = dt.timedelta(hours=1)


def read(database: Database, *gateways: str, rows: int = 1_000) -> list[Queue]:
    with database.reading() as session:
        return list_queues(session, gateways or (GATEWAY,), rows=rows, now=NOW)


def test_a_queue_says_what_is_due_what_comes_later_and_what_is_held(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        many_texts(session, ward, 3, due_at=NOW - HOUR)
        many_texts(session, ward, 2, due_at=NOW + HOUR)
        paused = a_text(session, ward, lane=Lane.NOTICE)
        paused.state = MessageState.HELD
    (queue,) = read(database)
    assert (queue.gateway, queue.lane, queue.ward_id) == (GATEWAY, Lane.NOTICE, ward.id)
    assert [queue.due.number, queue.later.number, queue.held.number] == [3, 2, 1]
    assert queue.first_due_at == NOW - HOUR


def test_the_most_urgent_lane_comes_first_and_every_ward_has_its_own_row(
    database: Database,
) -> None:
    with database.writing() as session:
        one, two = a_ward(session), a_ward(session, name="Phường Láng")
        many_texts(session, one, 2, lane=Lane.BULK)
        many_texts(session, two, 1, lane=Lane.BULK)
        many_texts(session, two, 1, lane=Lane.EMERGENCY)
        names = ward_names(session, {two.id})
    rows = [(queue.lane, queue.ward_id, queue.due.number) for queue in read(database)]
    assert rows == [
        (Lane.EMERGENCY, two.id, 1),
        (Lane.BULK, one.id, 2),
        (Lane.BULK, two.id, 1),
    ]
    assert names == {two.id: "Phường Láng"}


def test_a_ward_whose_texts_are_all_held_is_still_shown(database: Database) -> None:
    with database.writing() as session:
        many_texts(session, a_ward(session), 2)
        session.execute(update(Message).values(state=MessageState.HELD))
    (queue,) = read(database)
    assert queue.held == Counted(number=2)
    assert queue.due == Counted()
    assert queue.first_due_at is None


def test_a_long_queue_is_counted_to_its_share_and_says_so(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        many_texts(session, ward, FEWEST + 3)
    assert read(database, rows=10)[0].due == Counted(number=FEWEST, is_more=True)
    assert read(database, rows=1_000)[0].due == Counted(number=FEWEST + 3)


def test_what_has_left_or_belongs_to_another_gateway_does_not_wait(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        many_texts(session, ward, 2)
        many_texts(session, ward, 1, gateway="other")
        a_window(session, limit=2)
    assert read(database) == []
    assert [queue.due.number for queue in read(database, "other", GATEWAY)] == [1]

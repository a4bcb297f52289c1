"""Draining moves what is due, obeys the telco, and never sends what is in doubt."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

import pytest
from sqlalchemy import func, select

from broadcaster.gateways.memory import CAPABILITIES, MemoryGateway
from broadcaster.ports import Outcome, Submission, Verdict
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services import dispatch, flights
from broadcaster.services.dispatch import drain
from broadcaster.services.flights import LEASE
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Lane
from broadcaster.store.tables.messages import Message, SendWindow
from tests.builders.messages import a_frozen_notice, a_text, lines_in, many_texts
from tests.builders.people import NOW, a_ward
from tests.builders.sending import a_route, answering, states
from tests.fakes import FlakyDatabase, FreePace, HandClock, LostPace
from tests.telco import until

LATER = NOW + dt.timedelta(hours=1)
SMALL = replace(CAPABILITIES, window=20, connections=10)
PACED = replace(CAPABILITIES, segments_per_second=100.0)


def fill_outbox(database: Database, count: int) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_frozen_notice(session, ward, lines_in(session, ward, count))


def fill_quickly(database: Database, count: int) -> None:
    with database.writing() as session:
        many_texts(session, a_ward(session), count)


def send(
    database: Database,
    gateway: MemoryGateway,
    *,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    route = a_route(database, gateway, HandClock(NOW))
    return drain(route, until=LATER, stopping=stopping)


def count(database: Database, table: type[SendWindow]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_everything_due_is_sent_once(database: Database) -> None:
    fill_outbox(database, 450)
    gateway = MemoryGateway()
    assert send(database, gateway) == 450
    assert send(database, gateway) == 0
    assert len({text.to for text in gateway.sent}) == len(gateway.sent) == 450
    assert states(database) == {MessageState.ACCEPTED: 450}
    assert count(database, SendWindow) == 0


def test_no_session_is_open_while_texts_are_on_the_wire(database: Database) -> None:
    fill_outbox(database, 3)
    gateway = MemoryGateway()
    seen = []

    def script(_text: Submission) -> None:
        with database.writing() as session:  # on SQLite this waits for any other
            seen.append(session.scalar(select(func.min(Message.state))))

    gateway.script = script
    send(database, gateway)
    assert seen == [MessageState.SUBMITTING] * 3


def test_a_drain_ends_at_its_time(database: Database) -> None:
    fill_outbox(database, 1)
    assert drain(a_route(database, MemoryGateway(), HandClock(NOW)), until=NOW) == 0
    assert states(database) == {MessageState.QUEUED: 1}


def test_a_drain_that_is_asked_to_stop_puts_back_what_did_not_leave(
    database: Database,
) -> None:
    fill_quickly(database, 450)
    gateway = MemoryGateway()
    send(database, gateway, stopping=lambda: len(gateway.sent) >= 7)
    sent = len(gateway.sent)
    assert 7 <= sent < 450
    assert states(database) == {
        MessageState.ACCEPTED: sent,
        MessageState.QUEUED: 450 - sent,
    }
    assert count(database, SendWindow) == 0
    with database.reading() as session:
        waiting = Message.state == MessageState.QUEUED
        tries = session.scalars(select(Message.attempts).where(waiting).distinct())
        assert list(tries) == [0]


def test_a_window_of_withheld_texts_does_not_end_the_drain(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        for _ in range(2 * SMALL.window):
            a_text(session, ward, lane=Lane.EMERGENCY, valid_until=NOW)
        a_text(session, ward)
    assert send(database, MemoryGateway(capabilities=SMALL)) == 1


def test_a_telco_that_asks_to_wait_is_left_alone_until_then(
    database: Database,
) -> None:
    fill_quickly(database, 250)
    gateway, clock = answering(Verdict.LATER, retry_after=30.0), HandClock(NOW)
    route = a_route(database, gateway, clock)
    asked = drain(route, until=LATER)
    assert 0 < asked < 250
    gateway.script = lambda _text: None
    clock.turn(seconds=29)
    assert drain(route, until=LATER) == 0
    clock.turn(seconds=1)
    assert drain(route, until=LATER) == 250
    assert states(database) == {MessageState.ACCEPTED: 250}


@pytest.mark.parametrize("hours", [1, 24, 24 * 30])
def test_a_text_in_doubt_is_never_sent_again(database: Database, hours: int) -> None:
    fill_outbox(database, 2)
    gateway, clock = answering(Verdict.IN_DOUBT), HandClock(NOW)
    drain(a_route(database, gateway, clock), until=LATER)
    clock.turn(hours=hours)
    end = clock.now() + dt.timedelta(hours=1)
    assert drain(a_route(database, gateway, clock), until=end) == 0
    assert states(database) == {MessageState.IN_DOUBT: 2}


class SlowGateway(MemoryGateway):
    """Holds the very first text on the wire until it is let go."""

    def __init__(self) -> None:
        super().__init__(capabilities=SMALL)
        self.let_go = Event()

        def script(_text: Submission) -> None:
            if not self.sent_first.is_set():
                self.sent_first.set()
                self.let_go.wait(30)

        self.sent_first = Event()
        self.script = script


@contextmanager
def draining(database: Database, clock: HandClock) -> Iterator[SlowGateway]:
    """Drain in a thread of its own while the first text is on the wire."""
    gateway = SlowGateway()
    route = a_route(database, gateway, clock)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(drain, route, until=LATER)
        try:
            assert gateway.sent_first.wait(30)
            yield gateway
        finally:
            gateway.let_go.set()
        done.result(30)


def test_a_slow_answer_holds_up_neither_claims_nor_books(database: Database) -> None:
    fill_quickly(database, 100)
    with draining(database, HandClock(NOW)):
        first = SMALL.window
        others = {MessageState.SUBMITTING: first, MessageState.ACCEPTED: 100 - first}
        until(lambda: states(database) == others)
    assert states(database) == {MessageState.ACCEPTED: 100}


def test_a_window_on_the_wire_is_kept_alive(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "HEARTBEAT_S", 0.0)
    fill_quickly(database, 5)
    clock = HandClock(NOW)

    def lease() -> dt.datetime | None:
        with database.reading() as session:
            return session.scalar(select(SendWindow.lease_until))

    with draining(database, clock):
        clock.turn(seconds=15)
        until(lambda: lease() == clock.now() + LEASE)
    assert states(database) == {MessageState.ACCEPTED: 5}


def test_nothing_leaves_once_the_lease_may_be_over(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flights, "FENCE_S", LEASE.total_seconds() - 0.2)
    fill_quickly(database, 10)

    class Sleepy(MemoryGateway):
        def submit(
            self, batch: Sequence[Submission], *, may_start: Callable[[], bool]
        ) -> list[Outcome]:
            if not self.sent:
                first = super().submit(batch[:1], may_start=may_start)
                until(lambda: not may_start())
                refused.append(super().submit(batch[1:], may_start=may_start))
                return [*first, *refused[0]]
            return super().submit(batch, may_start=may_start)

    refused: list[list[Outcome]] = []
    gateway = Sleepy()
    send(database, gateway)
    assert [outcome.verdict for outcome in refused[0]] == [Verdict.NOT_SENT] * 9
    assert states(database) == {MessageState.ACCEPTED: 10}
    assert len({text.to for text in gateway.sent}) == len(gateway.sent) == 10


def test_a_gateway_that_breaks_leaves_its_texts_in_doubt(database: Database) -> None:
    fill_outbox(database, 3)

    def script(_text: Submission) -> None:
        raise ValueError

    gateway = MemoryGateway()
    gateway.script = script
    assert send(database, gateway) == 3
    assert states(database) == {MessageState.IN_DOUBT: 3}


def test_what_a_gateway_does_not_answer_for_is_in_doubt(database: Database) -> None:
    fill_outbox(database, 3)

    class Forgetful(MemoryGateway):
        def submit(
            self, batch: Sequence[Submission], *, may_start: Callable[[], bool]
        ) -> list[Outcome]:
            return super().submit(batch, may_start=may_start)[:1]

    assert send(database, Forgetful()) == 3
    assert states(database) == {MessageState.ACCEPTED: 1, MessageState.IN_DOUBT: 2}


@pytest.mark.parametrize("commits_first", [False, True])
def test_answers_outlive_a_database_that_is_away(
    database: Database, monkeypatch: pytest.MonkeyPatch, *, commits_first: bool
) -> None:
    monkeypatch.setattr(dispatch, "DATABASE_AGAIN_S", 0.01)
    fill_outbox(database, 3)
    flaky, gateway = FlakyDatabase(database.engine), MemoryGateway()

    def script(_text: Submission) -> None:
        flaky.fails, flaky.commits_first = 3, commits_first

    gateway.script = script
    assert send(flaky, gateway) == 3
    assert states(database) == {MessageState.ACCEPTED: 3}
    assert len(gateway.sent) == 3


def test_a_pace_is_asked_before_anything_leaves(database: Database) -> None:
    fill_quickly(database, 60)
    gateway, pace = MemoryGateway(capabilities=PACED), FreePace()
    unasked = []

    def script(_text: Submission) -> None:
        reserved = sum(segments for _, segments, _ in pace.asked)
        unasked.append(len(gateway.sent) >= reserved)

    gateway.script = script
    drain(a_route(database, gateway, HandClock(NOW), pace=pace), until=LATER)
    assert unasked == [False] * 60
    assert sum(segments for _, segments, _ in pace.asked) == 60
    assert {(account, speed) for account, _, speed in pace.asked} == {("memory", 100)}
    assert max(segments for _, segments, _ in pace.asked) <= 10


def test_nothing_leaves_while_nobody_knows_the_pace(database: Database) -> None:
    fill_quickly(database, 60)
    gateway = MemoryGateway(capabilities=PACED)
    pace = LostPace(after=2)
    drain(a_route(database, gateway, HandClock(NOW), pace=pace), until=LATER)
    sent = len(gateway.sent)
    assert sent <= 20
    left = {MessageState.ACCEPTED: sent, MessageState.QUEUED: 60 - sent}
    assert states(database) == {state: n for state, n in left.items() if n}

"""Draining moves what is due, obeys the telco, and never sends what is in doubt."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from broadcaster.gateways.memory import MemoryGateway
from broadcaster.ports import Outcome, Receipt, Submission, Verdict
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.dispatch import drain
from broadcaster.services.doubting import doubt_lost_windows, resolve_in_doubt
from broadcaster.services.flights import LEASE
from broadcaster.services.receipts import interpret_waiting
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Lane
from broadcaster.store.tables.messages import Message
from tests.builders.messages import a_frozen_notice, a_text, lines_in
from tests.builders.people import NOW, a_ward
from tests.builders.sending import a_route
from tests.fakes import HandClock

LATER = NOW + dt.timedelta(hours=1)


def fill_outbox(database: Database, count: int) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_frozen_notice(session, ward, lines_in(session, ward, count))


def states(database: Database) -> dict[MessageState, int]:
    query = select(Message.state, func.count()).group_by(Message.state)
    with database.reading() as session:
        return dict(session.execute(query).all())


def answering(
    verdict: Verdict,
    *,
    retry_after: float | None = None,
    by: MemoryGateway | None = None,
) -> MemoryGateway:
    gateway = by or MemoryGateway()

    def script(text: Submission) -> Outcome:
        return Outcome(
            message_id=text.message_id, verdict=verdict, retry_after=retry_after
        )

    gateway.script = script
    return gateway


def test_everything_due_is_sent_once(database: Database) -> None:
    fill_outbox(database, 450)
    gateway, clock = MemoryGateway(), HandClock(NOW)
    assert drain(a_route(database, gateway, clock), until=LATER) == 450
    assert drain(a_route(database, gateway, clock), until=LATER) == 0
    assert len({text.to for text in gateway.sent}) == len(gateway.sent) == 450
    assert states(database) == {MessageState.ACCEPTED: 450}


def test_no_session_is_open_while_texts_are_on_the_wire(database: Database) -> None:
    fill_outbox(database, 3)
    gateway = MemoryGateway()
    seen = []

    def script(_text: Submission) -> None:
        with database.writing() as session:  # on SQLite this waits for any other
            seen.append(session.scalar(select(func.min(Message.state))))

    gateway.script = script
    drain(a_route(database, gateway, HandClock(NOW)), until=LATER)
    assert seen == [MessageState.SUBMITTING] * 3


def test_a_drain_ends_at_its_time(database: Database) -> None:
    fill_outbox(database, 1)
    gateway, clock = MemoryGateway(), HandClock(NOW)
    assert drain(a_route(database, gateway, clock), until=NOW) == 0
    assert states(database) == {MessageState.QUEUED: 1}


def test_a_drain_that_is_asked_to_stop_begins_no_window(database: Database) -> None:
    fill_outbox(database, 450)
    gateway = MemoryGateway()
    asked = drain(
        database,
        gateway,
        HandClock(NOW),
        until=LATER,
        stopping=lambda: bool(gateway.sent),
    )
    assert asked == gateway.capabilities.window
    assert states(database)[MessageState.QUEUED] == 450 - asked


def test_a_full_window_of_withheld_texts_does_not_end_the_drain(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        for _ in range(MemoryGateway.capabilities.window):
            a_text(session, ward, lane=Lane.EMERGENCY, valid_until=NOW)
        a_text(session, ward)
    assert drain(database, MemoryGateway(), HandClock(NOW), until=LATER) == 1


def test_a_telco_that_asks_to_wait_is_left_alone_until_then(
    database: Database,
) -> None:
    fill_outbox(database, 250)
    gateway, clock = answering(Verdict.LATER, retry_after=30.0), HandClock(NOW)
    assert drain(a_route(database, gateway, clock), until=LATER) == 200
    gateway.script = lambda _text: None
    clock.turn(seconds=29)
    assert drain(a_route(database, gateway, clock), until=LATER) == 0
    clock.turn(seconds=1)
    assert drain(a_route(database, gateway, clock), until=LATER) == 250
    assert states(database) == {MessageState.ACCEPTED: 250}


@pytest.mark.parametrize("hours", [1, 24, 24 * 30])
def test_a_text_in_doubt_is_never_sent_again(database: Database, hours: int) -> None:
    fill_outbox(database, 2)
    gateway, clock = answering(Verdict.IN_DOUBT), HandClock(NOW)
    drain(a_route(database, gateway, clock), until=LATER)
    clock.turn(hours=hours)
    until = clock.now() + dt.timedelta(hours=1)
    assert drain(a_route(database, gateway, clock), until=until) == 0
    assert states(database) == {MessageState.IN_DOUBT: 2}


def test_a_window_whose_process_died_is_in_doubt_after_its_lease(
    database: Database,
) -> None:
    fill_outbox(database, 3)

    class DyingGateway(MemoryGateway):
        def submit(self, batch: object) -> list[Outcome]:
            raise SystemExit

    with pytest.raises(SystemExit):
        drain(database, DyingGateway(), HandClock(NOW), until=LATER)
    assert doubt_lost_windows(database, now=NOW + LEASE - dt.timedelta(seconds=1)) == 0
    assert doubt_lost_windows(database, now=NOW + LEASE) == 3
    assert states(database) == {MessageState.IN_DOUBT: 3}


def test_the_telcos_own_list_clears_a_doubt(database: Database) -> None:
    fill_outbox(database, 2)
    gateway, clock = answering(Verdict.IN_DOUBT), HandClock(NOW)
    drain(a_route(database, gateway, clock), until=LATER)
    assert resolve_in_doubt(database, gateway, clock.turn(seconds=29)) == 0
    assert resolve_in_doubt(database, gateway, clock.turn(seconds=1)) == 2
    interpret_waiting(database, now=clock.now())
    assert states(database) == {MessageState.ACCEPTED: 2}
    with database.reading() as session:
        booked = session.scalars(select(Message.usage_month)).all()
    assert booked == [dt.date(2026, 10, 1)] * 2


def test_what_the_telco_cannot_tell_stays_in_doubt_and_is_asked_ever_more_seldom(
    database: Database,
) -> None:
    fill_outbox(database, 1)
    clock = HandClock(NOW)
    asked = []

    class Silent(MemoryGateway):
        def lookup(self, submission: Submission) -> None:
            asked.append(clock.now())

    gateway = answering(Verdict.IN_DOUBT, by=Silent())
    drain(a_route(database, gateway, clock), until=LATER)
    for _ in range(24 * 60):
        resolve_in_doubt(database, gateway, clock.turn(minutes=1))
    assert states(database) == {MessageState.IN_DOUBT: 1}
    assert 8 <= len(asked) <= 14


def test_another_text_of_ours_in_the_telcos_list_clears_no_doubt(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        first, second = a_text(session, ward), a_text(session, ward)
        first.state, first.provider_id = MessageState.ACCEPTED, "M1"
        second_id = second.id

    class Confused(MemoryGateway):
        def lookup(self, submission: Submission) -> Receipt | None:
            receipt = super().lookup(submission)
            assert receipt is not None
            return replace(receipt, provider_id="M1")

    gateway = answering(Verdict.IN_DOUBT, by=Confused())
    clock = HandClock(NOW)
    drain(a_route(database, gateway, clock), until=LATER)
    assert resolve_in_doubt(database, gateway, clock.turn(minutes=1)) == 0
    with database.reading() as session:
        found = session.get_one(Message, second_id)
        assert found.state is MessageState.IN_DOUBT

"""A telco that is down is left alone, probed with one text, and stood in for."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from broadcaster.gateways.memory import CAPABILITIES, MemoryGateway
from broadcaster.ports import Capabilities, Outcome, Submission, Verdict
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services import dispatch
from broadcaster.services.dispatch import drain
from broadcaster.services.flights import UNREACHABLE
from broadcaster.services.recording import Route
from broadcaster.store.gateway_states import read_states
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message, SendWindow
from tests.builders.messages import GATEWAY, many_texts
from tests.builders.people import NOW, a_ward
from tests.builders.sending import a_route, answering, states
from tests.fakes import FlakyDatabase, HandClock

LATER = NOW + dt.timedelta(hours=1)
ROUTE = (GATEWAY, "second", "third")
SMALL = replace(CAPABILITIES, window=20, connections=10)


def fill(database: Database, count: int) -> None:
    with database.writing() as session:
        many_texts(session, a_ward(session), count)


def unreachable() -> MemoryGateway:
    return answering(Verdict.NOT_SENT, code=UNREACHABLE)


def send(
    route: Route, *, stopping: Callable[[], bool] = lambda: False
) -> dict[MessageState, int]:
    drain(route, until=LATER, stopping=stopping)
    return states(route.database)


def failures(database: Database, gateway: str = GATEWAY) -> int:
    """Return how often in a row its breaker opened."""
    with database.reading() as session:
        found = read_states(session, [gateway])
    return found[gateway].failures if gateway in found else 0


def test_a_telco_that_cannot_be_reached_is_left_alone(database: Database) -> None:
    fill(database, 300)
    route = a_route(database, unreachable(), HandClock(NOW))
    assert send(route) == {MessageState.QUEUED: 300}
    assert failures(database) == 1
    with database.reading() as session:
        assert set(session.scalars(select(Message.attempts))) == {0}


def test_a_telco_that_loses_its_answers_is_left_alone(database: Database) -> None:
    fill(database, 300)
    gateway = answering(Verdict.IN_DOUBT, by=MemoryGateway(capabilities=SMALL))
    found = send(a_route(database, gateway, HandClock(NOW)))
    assert failures(database) == 1
    assert found[MessageState.IN_DOUBT] == len(gateway.sent) < 300


def test_refusals_open_no_breaker(database: Database) -> None:
    fill(database, 50)
    route = a_route(database, answering(Verdict.NEVER), HandClock(NOW))
    assert send(route) == {MessageState.REFUSED: 50}
    assert failures(database) == 0


def test_a_telco_that_was_down_is_probed_with_one_text(database: Database) -> None:
    fill(database, 300)
    gateway, clock = unreachable(), HandClock(NOW)
    route = a_route(database, gateway, clock)
    send(route)
    answering(Verdict.IN_DOUBT, by=gateway)
    clock.turn(seconds=5)
    assert send(route) == {MessageState.IN_DOUBT: 1, MessageState.QUEUED: 299}
    assert failures(database) == 2
    clock.turn(seconds=5)
    assert send(route) == {MessageState.IN_DOUBT: 1, MessageState.QUEUED: 299}


def test_a_probe_that_comes_through_lets_all_the_others_leave(
    database: Database,
) -> None:
    fill(database, 300)
    gateway, clock = unreachable(), HandClock(NOW)
    route = a_route(database, gateway, clock)
    send(route)
    gateway.script = lambda _text: None
    clock.turn(seconds=5)
    assert send(route) == {MessageState.ACCEPTED: 300}
    assert failures(database) == 0


def test_nobody_else_sends_while_one_worker_probes(database: Database) -> None:
    fill(database, 30)
    gateway, clock = unreachable(), HandClock(NOW)
    send(a_route(database, gateway, clock))
    clock.turn(seconds=5)
    other = MemoryGateway()
    found: list[dict[MessageState, int]] = []

    def script(_text: Submission) -> None:
        if not found:
            found.append(send(a_route(database, other, clock)))

    gateway.script = script
    send(a_route(database, gateway, clock))
    assert other.sent == []
    assert found == [{MessageState.SUBMITTING: 1, MessageState.QUEUED: 29}]


def test_a_probe_that_was_stopped_before_it_left_is_given_back(
    database: Database,
) -> None:
    fill(database, 30)
    gateway, clock = unreachable(), HandClock(NOW)
    route = a_route(database, gateway, clock)
    send(route)
    clock.turn(seconds=5)
    stopped: list[int] = []

    def script(text: Submission) -> Outcome:
        stopped.append(text.message_id)
        return Outcome(message_id=text.message_id, verdict=Verdict.NOT_SENT)

    gateway.script = script
    send(route, stopping=lambda: bool(stopped))
    assert len(stopped) == 1
    gateway.script = lambda _text: None
    assert send(route) == {MessageState.ACCEPTED: 30}


def test_the_next_gateway_sends_while_the_first_is_down(database: Database) -> None:
    fill(database, 300)
    clock, second = HandClock(NOW), MemoryGateway(name="second")
    standing_by = a_route(database, second, clock, names=ROUTE)
    assert send(standing_by) == {MessageState.QUEUED: 300}
    send(a_route(database, unreachable(), clock, names=ROUTE))
    assert send(standing_by) == {MessageState.ACCEPTED: 300}
    assert len(second.sent) == 300
    with database.reading() as session:
        assert set(session.scalars(select(Message.gateway))) == {"second"}


def test_a_gateway_stands_in_no_longer_than_the_breaker_is_open(
    database: Database,
) -> None:
    fill(database, 300)
    clock, second = HandClock(NOW), MemoryGateway(name="second")
    send(a_route(database, unreachable(), clock, names=ROUTE))
    clock.turn(seconds=5)
    assert send(a_route(database, second, clock, names=ROUTE)) == {
        MessageState.QUEUED: 300
    }


def test_a_doubt_stays_with_the_gateway_that_may_have_sent_it(
    database: Database,
) -> None:
    fill(database, 20)
    clock, second = HandClock(NOW), MemoryGateway(name="second")
    first = answering(Verdict.IN_DOUBT, by=MemoryGateway(capabilities=SMALL))
    send(a_route(database, first, clock, names=ROUTE))
    assert failures(database) == 1
    assert send(a_route(database, second, clock, names=ROUTE)) == {
        MessageState.IN_DOUBT: 20
    }
    assert second.sent == []


def test_what_every_gateway_refuses_ends_at_the_last(database: Database) -> None:
    fill(database, 3)
    clock, tried = HandClock(NOW), []
    for name in ROUTE:
        gateway = answering(Verdict.ELSEWHERE, by=MemoryGateway(name=name))
        tried.append(send(a_route(database, gateway, clock, names=ROUTE)))
    back = {MessageState.QUEUED: 3}
    assert tried == [back, back, {MessageState.REFUSED: 3}]


def test_a_text_refused_here_leaves_by_the_next_gateway(database: Database) -> None:
    fill(database, 3)
    clock, second = HandClock(NOW), MemoryGateway(name="second")

    def script(text: Submission) -> Outcome | None:
        is_first = not first.sent
        return (
            None
            if is_first
            else Outcome(message_id=text.message_id, verdict=Verdict.ELSEWHERE)
        )

    first = MemoryGateway()
    first.script = script
    send(a_route(database, first, clock, names=ROUTE))
    assert send(a_route(database, second, clock, names=ROUTE)) == {
        MessageState.ACCEPTED: 3
    }
    assert (len(first.sent), len(second.sent)) == (1, 2)


@pytest.mark.parametrize("capabilities", [CAPABILITIES, SMALL])
def test_texts_claimed_as_the_database_went_away_leave_once(
    database: Database, monkeypatch: pytest.MonkeyPatch, capabilities: Capabilities
) -> None:
    monkeypatch.setattr(dispatch, "DATABASE_AGAIN_S", 0.01)
    fill(database, 50)
    flaky = FlakyDatabase(database.engine)
    flaky.fails, flaky.commits_first = 1, True
    gateway = MemoryGateway(capabilities=capabilities)
    found = send(a_route(flaky, gateway, HandClock(NOW)))
    assert found == {MessageState.ACCEPTED: 50}
    assert len(gateway.sent) == 50
    with database.reading() as session:
        assert session.scalars(select(SendWindow)).all() == []
        assert set(session.scalars(select(Message.attempts))) == {1}


def test_a_worker_leaves_no_claim_that_it_does_not_know_of(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "DATABASE_AGAIN_S", 0.01)
    fill(database, 50)
    flaky = FlakyDatabase(database.engine)
    flaky.fails, flaky.commits_first = 1, True
    gateway = MemoryGateway()
    route = a_route(flaky, gateway, HandClock(NOW))
    assert send(route, stopping=lambda: flaky.fails <= 0) == {MessageState.QUEUED: 50}
    assert gateway.sent == []


def test_a_probe_whose_answer_was_written_late_closes_the_breaker(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "DATABASE_AGAIN_S", 0.01)
    fill(database, 50)
    flaky, gateway, clock = (
        FlakyDatabase(database.engine),
        unreachable(),
        HandClock(NOW),
    )
    route = a_route(flaky, gateway, clock)
    send(route)
    clock.turn(seconds=5)

    def script(_text: Submission) -> None:
        flaky.fails = 2 if not gateway.sent else flaky.fails

    gateway.script = script
    assert send(route) == {MessageState.ACCEPTED: 50}
    assert failures(database) == 0

"""A gateway runs, waits, is cut off or probes: which, and who stands in for it."""

import datetime as dt

import pytest

from broadcaster.ports import Outcome, Verdict
from broadcaster.rules.breaking import PROBE_LEASE
from broadcaster.rules.retrying import LOOK_AFTER
from broadcaster.services.flights import LEASE
from broadcaster.store.gateway_states import open_breaker, pause_gateway, take_probe
from broadcaster.store.health import Condition, Health, read_health
from broadcaster.store.outbox import record
from broadcaster.store.session import Database
from tests.builders.messages import GATEWAY, a_text, a_window, many_texts
from tests.builders.people import NOW, a_ward

SECOND = dt.timedelta(seconds=1)
ROUTE = (GATEWAY, "memory2")


def read(database: Database, at: dt.datetime = NOW) -> Health:
    with database.reading() as session:
        return read_health(session, ROUTE, rows=1_000, now=at)


def conditions(database: Database, at: dt.datetime) -> list[Condition]:
    return [gateway.condition for gateway in read(database, at).gateways]


def test_a_gateway_that_nothing_holds_back_runs(database: Database) -> None:
    first, second = read(database).gateways
    assert [first.name, second.name] == list(ROUTE)
    assert first.condition is Condition.RUNNING
    assert first.windows == ()
    assert first.oldest_due_at is None


def test_a_gateway_that_was_told_to_wait_waits_and_runs_again(
    database: Database,
) -> None:
    until = NOW + 30 * SECOND
    with database.writing() as session:
        pause_gateway(session, GATEWAY, until=until, facts={})
    gateway = read(database).gateways[0]
    assert gateway.condition is Condition.TOLD_TO_WAIT
    assert gateway.until == until
    assert conditions(database, until) == [Condition.RUNNING] * 2


def test_an_open_breaker_counts_its_openings_and_the_next_gateway_stands_in(
    database: Database,
) -> None:
    with database.writing() as session:
        open_breaker(session, GATEWAY, probing=False, now=NOW, facts={})
        open_breaker(session, GATEWAY, probing=True, now=NOW, facts={})
    first, second = read(database).gateways
    assert first.condition is Condition.OPEN
    assert first.failures == 2
    assert first.until is not None
    assert second.stands_in_for == (GATEWAY,)
    assert conditions(database, first.until)[0] is Condition.PROBING


def test_a_breaker_whose_probe_is_on_the_wire_is_half_open(database: Database) -> None:
    later = NOW + 20 * SECOND
    with database.writing() as session:
        a_text(session, a_ward(session))
        open_breaker(session, GATEWAY, probing=False, now=NOW, facts={})
    with database.writing() as session:
        assert take_probe(session, GATEWAY, now=later)
        assert a_window(session, limit=1, now=later)
    first = read(database, later).gateways[0]
    assert first.condition is Condition.PROBING
    assert first.on_wire == 1
    assert PROBE_LEASE > 10 * SECOND


@pytest.mark.parametrize("texts", [1, 3])
def test_what_a_worker_claimed_is_on_the_wire_until_its_lease_ends(
    database: Database, texts: int
) -> None:
    with database.writing() as session:
        many_texts(session, a_ward(session), 4, due_at=NOW - SECOND)
        a_window(session, limit=texts)
    gateway = read(database).gateways[0]
    (window,) = gateway.windows
    assert window.worker == "test"
    assert window.texts == gateway.on_wire == texts
    assert window.lease_until == NOW + LEASE
    assert gateway.due.number == 4 - texts
    assert gateway.oldest_due_at == NOW - SECOND


def test_doubts_say_how_many_how_old_and_when_the_telco_is_asked(
    database: Database,
) -> None:
    with database.writing() as session:
        many_texts(session, a_ward(session), 2)
        outcomes = [
            Outcome(message_id=text.message_id, verdict=Verdict.IN_DOUBT)
            for text in a_window(session, limit=2)
        ]
        record(session, outcomes, now=NOW + SECOND)
    first, second = read(database, NOW + 5 * SECOND).gateways
    assert first.doubts.texts.number == 2
    assert first.doubts.oldest_at == NOW
    assert first.doubts.next_question_at == NOW + SECOND + LOOK_AFTER
    assert second.doubts.texts.number == 0

"""Gateways that must wait are obeyed by all, and one worker at a time may probe."""

import datetime as dt

from sqlalchemy.orm import Session

from broadcaster.store.gateway_states import (
    close_breaker,
    give_probe_back,
    open_breaker,
    pause_gateway,
    read_states,
    take_probe,
)
from broadcaster.store.outbox import gateways_due, is_waiting
from broadcaster.store.routing import down_gateways, read_routes
from broadcaster.store.session import Database
from tests.builders.messages import GATEWAY, a_text
from tests.builders.people import NOW, a_ward

SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
ROUTE = ("first", "second", "third")


def break_down(
    session: Session,
    gateway: str,
    *,
    probing: bool = False,
    now: dt.datetime = NOW,
) -> None:
    open_breaker(session, gateway, probing=probing, now=now, facts={})


def waits_for(session: Session, gateway: str, *, now: dt.datetime = NOW) -> float:
    """Return for how many seconds nothing may leave."""
    state = read_states(session, [gateway])[gateway]
    return (state.until - now) / SECOND


def stand_ins(session: Session, *, now: dt.datetime = NOW) -> list[tuple[str, ...]]:
    """Return for whom each gateway of the route stands in."""
    routes = read_routes(session, ROUTE)
    down = down_gateways(read_states(session, ROUTE), (), now=now)
    return [
        tuple(other.gateway for other in routes.stand_ins(name, down=down))
        for name in ROUTE
    ]


def test_a_paused_gateway_is_not_due_until_its_pause_is_over(
    database: Database,
) -> None:
    with database.writing() as session:
        a_text(session, a_ward(session))
        pause_gateway(session, GATEWAY, until=NOW + 5 * MINUTE, facts={})
        assert gateways_due(session, [GATEWAY], now=NOW + 4 * MINUTE) == []
        assert gateways_due(session, [GATEWAY], now=NOW + 5 * MINUTE) == [GATEWAY]


def test_a_shorter_pause_does_not_end_a_longer_one(database: Database) -> None:
    with database.writing() as session:
        pause_gateway(session, GATEWAY, until=NOW + 5 * MINUTE, facts={})
        pause_gateway(session, GATEWAY, until=NOW + MINUTE, facts={})
        assert waits_for(session, GATEWAY) == 300
        pause_gateway(session, GATEWAY, until=NOW + 9 * MINUTE, facts={})
        assert waits_for(session, GATEWAY) == 540


def test_a_breaker_that_opens_does_not_shorten_what_the_telco_asked_for(
    database: Database,
) -> None:
    with database.writing() as session:
        pause_gateway(session, GATEWAY, until=NOW + 5 * MINUTE, facts={})
        break_down(session, GATEWAY)
        assert waits_for(session, GATEWAY) == 300
        assert read_states(session, [GATEWAY])[GATEWAY].failures == 1


def test_a_gateway_that_is_free_has_no_state(database: Database) -> None:
    with database.writing() as session:
        break_down(session, "other")
        assert list(read_states(session, [GATEWAY, "other"])) == ["other"]


def test_what_fails_while_a_breaker_is_open_says_nothing_new(
    database: Database,
) -> None:
    with database.writing() as session:
        break_down(session, GATEWAY)
        break_down(session, GATEWAY, now=NOW + SECOND)
        assert waits_for(session, GATEWAY) == 5


def test_each_probe_that_fails_doubles_the_pause_up_to_a_minute(
    database: Database,
) -> None:
    with database.writing() as session:
        break_down(session, GATEWAY)
        pauses, now = [waits_for(session, GATEWAY)], NOW
        for _ in range(5):
            now += dt.timedelta(seconds=pauses[-1])
            assert take_probe(session, GATEWAY, now=now)
            break_down(session, GATEWAY, probing=True, now=now)
            pauses.append(waits_for(session, GATEWAY, now=now))
        assert pauses == [5, 10, 20, 40, 60, 60]


def test_one_worker_probes_once_the_pause_is_over(database: Database) -> None:
    with database.writing() as session:
        break_down(session, GATEWAY)
        assert not take_probe(session, GATEWAY, now=NOW + 4 * SECOND)
        assert take_probe(session, GATEWAY, now=NOW + 5 * SECOND)
        assert not take_probe(session, GATEWAY, now=NOW + 5 * SECOND)
        assert is_waiting(
            read_states(session, [GATEWAY]), GATEWAY, now=NOW + 6 * SECOND
        )


def test_a_probe_whose_worker_died_is_taken_by_another(database: Database) -> None:
    with database.writing() as session:
        break_down(session, GATEWAY)
        assert take_probe(session, GATEWAY, now=NOW + 5 * SECOND)
        assert not take_probe(session, GATEWAY, now=NOW + 34 * SECOND)
        assert take_probe(session, GATEWAY, now=NOW + 35 * SECOND)


def test_a_probe_with_nothing_to_send_is_given_back(database: Database) -> None:
    with database.writing() as session:
        break_down(session, GATEWAY)
        later = NOW + 5 * SECOND
        take_probe(session, GATEWAY, now=later)
        give_probe_back(session, GATEWAY, now=later)
        assert take_probe(session, GATEWAY, now=later)


def test_a_closed_breaker_forgets_its_failures(database: Database) -> None:
    with database.writing() as session:
        break_down(session, GATEWAY)
        break_down(session, GATEWAY, probing=True)
        close_breaker(session, GATEWAY)
        assert read_states(session, [GATEWAY]) == {}
        break_down(session, GATEWAY)
        assert waits_for(session, GATEWAY) == 5


def test_a_pause_that_the_telco_asked_for_is_no_breaker(database: Database) -> None:
    with database.writing() as session:
        pause_gateway(session, GATEWAY, until=NOW + MINUTE, facts={})
        close_breaker(session, GATEWAY)
        assert waits_for(session, GATEWAY) == 60
        assert not take_probe(session, GATEWAY, now=NOW + MINUTE)


def test_the_next_on_the_route_stands_in_for_whom_is_down(database: Database) -> None:
    with database.writing() as session:
        assert stand_ins(session) == [(), (), ()]
        break_down(session, "first")
        assert stand_ins(session) == [(), ("first",), ()]
        break_down(session, "second")
        assert stand_ins(session) == [(), (), ("first", "second")]
        assert stand_ins(session, now=NOW + MINUTE) == [(), (), ()]


def test_nobody_stands_in_for_a_gateway_that_was_asked_to_wait(
    database: Database,
) -> None:
    with database.writing() as session:
        pause_gateway(session, "first", until=NOW + MINUTE, facts={})
        assert stand_ins(session) == [(), (), ()]


def test_a_gateway_that_stands_in_is_due_for_the_others_texts(
    database: Database,
) -> None:
    with database.writing() as session:
        a_text(session, a_ward(session), gateway="first")
        assert gateways_due(session, ROUTE, now=NOW) == ["first"]
        break_down(session, "first")
        assert gateways_due(session, ROUTE, now=NOW) == ["second"]
        assert gateways_due(session, ROUTE, now=NOW + 5 * SECOND) == ["first"]

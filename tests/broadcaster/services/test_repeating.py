"""A doubt is repeated to the telco that would know it again, and to no other."""

import pytest

from broadcaster.gateways.memory import MemoryGateway
from broadcaster.ports import Outcome, Submission, Verdict
from broadcaster.rules.breaking import FEWEST
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.dispatch import drain
from broadcaster.services.doubting import doubt_lost_windows, resolve_in_doubt
from broadcaster.services.flights import LEASE
from broadcaster.store.session import Database
from broadcaster.store.windows import Claim, claim
from tests.broadcaster.services.forgetful_telcos import (
    DAY,
    Knowing,
    in_doubt,
    resolve_for,
    send,
)
from tests.builders.messages import many_texts
from tests.builders.people import NOW, a_ward
from tests.builders.sending import a_route, answering, states
from tests.fakes import HandClock


def test_a_doubt_is_handed_in_again_where_the_telco_knows_our_reference(
    database: Database,
) -> None:
    gateway = Knowing()
    clock = in_doubt(database, gateway)
    clock.turn(minutes=1)
    assert resolve_in_doubt(database, gateway, clock.now()) == 1
    gateway.script = lambda _text: None
    send(database, gateway, clock)
    first, second = gateway.sent
    assert (first.reference, first.attempt) == (second.reference, second.attempt)
    assert states(database) == {MessageState.ACCEPTED: 1}


def repeated(database: Database, gateway: Knowing) -> HandClock:
    """Lose the answers of enough texts to count as down, and repeat them all."""
    with database.writing() as session:
        many_texts(session, a_ward(session), FEWEST)
    clock = HandClock(NOW)
    send(database, gateway, clock)
    assert resolve_in_doubt(database, gateway, clock.turn(seconds=10)) == FEWEST
    return clock


def test_a_doubt_that_is_handed_in_again_leaves_by_no_other_gateway(
    database: Database,
) -> None:
    gateway, other = Knowing(), MemoryGateway(name="second")
    clock = repeated(database, gateway)
    send(database, gateway, clock)  # the probe is lost, too: the breaker opens again
    names = (gateway.name, other.name)
    drain(a_route(database, other, clock, names=names), until=clock.now() + DAY)
    assert other.sent == []
    gateway.script = lambda _text: None
    resolve_for(database, gateway, clock, minutes=2)
    assert states(database) == {MessageState.ACCEPTED: FEWEST}
    assert {text.attempt for text in gateway.sent} == {1}


@pytest.mark.parametrize("verdict", [Verdict.LATER, Verdict.ELSEWHERE])
def test_a_refusal_of_what_was_handed_in_again_leaves_it_in_doubt(
    database: Database, verdict: Verdict
) -> None:
    gateway, other = Knowing(), MemoryGateway(name="second")
    clock = in_doubt(database, gateway)
    route = a_route(database, gateway, clock, names=(gateway.name, other.name))
    assert resolve_in_doubt(database, gateway, clock.turn(seconds=10)) == 1
    answering(verdict, by=gateway)
    drain(route, until=clock.now() + DAY)
    assert states(database) == {MessageState.IN_DOUBT: 1}
    gateway.script = lambda _text: None
    resolve_for(database, gateway, clock, minutes=2)
    assert {text.attempt for text in gateway.sent} == {1}
    assert states(database) == {MessageState.ACCEPTED: 1}


def test_what_was_handed_in_again_keeps_its_number_when_its_worker_dies_first(
    database: Database,
) -> None:
    gateway = Knowing()
    clock = in_doubt(database, gateway)
    resolve_in_doubt(database, gateway, clock.turn(seconds=10))
    asked = Claim(gateway=gateway.name, worker="w", limit=10, lease=LEASE, starts=False)
    with database.writing() as session:
        window = claim(session, asked, now=clock.now())
    assert window is not None
    clock.turn(minutes=5)
    doubt_lost_windows(database, now=clock.now())
    gateway.script = lambda _text: None
    resolve_for(database, gateway, clock, minutes=2)
    assert [text.attempt for text in gateway.sent] == [1, 1]
    assert states(database) == {MessageState.ACCEPTED: 1}


@pytest.mark.parametrize("hours", [16, 22])
def test_the_next_day_or_near_its_windows_end_a_telco_is_not_believed(
    database: Database, hours: int
) -> None:
    gateway = Knowing()
    clock = in_doubt(database, gateway)
    clock.turn(hours=hours)
    assert resolve_in_doubt(database, gateway, clock.now()) == 0
    assert states(database) == {MessageState.IN_DOUBT: 1}
    assert len(gateway.sent) == 1


@pytest.mark.parametrize("wait", [None, 60.0])
def test_what_was_refused_for_now_is_a_new_attempt(
    database: Database, wait: float | None
) -> None:
    gateway = Knowing()
    answering(Verdict.LATER, by=gateway, retry_after=wait)
    clock, attempts = in_doubt(database, gateway), []

    def script(text: Submission) -> Outcome | None:
        attempts.append(text.attempt)
        return None

    gateway.script = script
    clock.turn(minutes=2)
    send(database, gateway, clock)
    assert attempts == [2]


def test_what_was_to_be_repeated_and_met_no_gateway_is_a_doubt_again(
    database: Database,
) -> None:
    gateway = Knowing()
    clock = in_doubt(database, gateway)
    assert resolve_in_doubt(database, gateway, clock.turn(seconds=10)) == 1
    assert states(database) == {MessageState.QUEUED: 1}
    assert doubt_lost_windows(database, now=clock.turn(minutes=9)) == 0
    assert doubt_lost_windows(database, now=clock.turn(minutes=1)) == 1
    assert states(database) == {MessageState.IN_DOUBT: 1}


def test_a_gateway_that_is_back_after_a_day_gets_no_repeat(database: Database) -> None:
    gateway = Knowing()
    clock = in_doubt(database, gateway)
    assert resolve_in_doubt(database, gateway, clock.turn(seconds=10)) == 1
    gateway.script = lambda _text: None
    clock.turn(hours=30)
    send(database, gateway, clock)
    assert len(gateway.sent) == 1
    assert states(database) == {MessageState.IN_DOUBT: 1}
    assert resolve_in_doubt(database, gateway, clock.turn(minutes=1)) == 0

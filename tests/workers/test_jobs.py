"""Jobs are safe to run twice, and tell of a failure without telling of people."""

import pytest
import structlog

from broadcaster.bootstrap import House
from broadcaster.gateways.memory import MemoryGateway
from broadcaster.store.gateway_states import open_breaker
from tests.builders.houses import with_gateways
from tests.builders.messages import GATEWAY
from tests.builders.people import NOW
from tests.workers.conftest import make_due
from workers import jobs
from workers.process import the_route, work_with


@pytest.fixture
def at_work(house: House) -> House:
    work_with(house)
    return house


def test_every_job_may_run_twice(at_work: House) -> None:
    make_due(at_work.database)
    assert [jobs.drain_gateway(GATEWAY) for _ in range(2)] == [1, 0]
    assert [jobs.interpret_receipts() for _ in range(2)] == [0, 0]
    assert [jobs.answer_inbound() for _ in range(2)] == [0, 0]
    gateway = at_work.gateways[GATEWAY]
    assert isinstance(gateway, MemoryGateway)
    assert len(gateway.sent) == 1


def test_a_job_that_fails_ends_well_and_is_logged(at_work: House) -> None:
    with structlog.testing.capture_logs() as events:
        assert jobs.drain_gateway("no such gateway") == 0
    assert [event["event"] for event in events] == ["job_failed"]


def test_a_drain_knows_its_gateway_and_the_whole_route(house: House) -> None:
    route = {name: MemoryGateway(name=name) for name in (GATEWAY, "second")}
    work_with(with_gateways(house, *route.values()))
    found = the_route("second")
    assert (found.name, found.names) == ("second", (GATEWAY, "second"))
    assert found.gateway is route["second"]
    assert found.pace.reserve("second", segments=1, per_second=1.0) == 0.0


def test_a_drain_sends_what_another_gateway_would_have(house: House) -> None:
    first, second = MemoryGateway(), MemoryGateway(name="second")
    work_with(with_gateways(house, first, second))
    make_due(house.database)
    with house.database.writing() as session:
        open_breaker(session, GATEWAY, probing=False, now=NOW, facts={})
    assert [jobs.drain_gateway(name) for name in (GATEWAY, "second")] == [0, 1]
    assert (len(first.sent), len(second.sent)) == (0, 1)

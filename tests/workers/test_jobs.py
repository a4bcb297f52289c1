"""Jobs are safe to run twice, and tell of a failure without telling of people."""

import pytest
import structlog

from broadcaster.bootstrap import House
from broadcaster.gateways.memory import MemoryGateway
from tests.builders.messages import GATEWAY
from tests.workers.conftest import make_due
from workers import jobs
from workers.process import work_with


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

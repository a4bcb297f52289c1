"""The network of a worker's host fails in mid-send, and comes back."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.faults.hosts import Host
from tests.faults.networks import WiredHost, wired
from tests.faults.sites import Site
from tests.telco import until

TEXTS = 300
CONNECTIONS = 32
A_LEASE_S = 30


@pytest.fixture
def far(site: Site) -> Iterator[WiredHost]:
    """Give a host behind cables; the clock is to run elsewhere."""
    site.set_gateway(connections=CONNECTIONS, absent_after_s=2)
    site.telco.weather(answer_ms=300, lose_receipts=1.0)
    with wired(site, "far") as far:
        yield far


@pytest.fixture
def near(site: Site, far: WiredHost) -> Host:
    """Give a host beside the servers, with the clock."""
    near = site.a_host("near")
    near.start_clock()
    return near


def test_the_way_to_postgres_is_cut_and_nothing_is_in_doubt(
    site: Site, far: WiredHost, near: Host
) -> None:
    """What the telco answered meanwhile is kept until it can be written."""
    told = _begin(site, far)
    far.postgres.cut()
    far.host.wait_for("worker", "database_away", times=2)
    far.postgres.mend()
    assert site.settle() == {"accepted": TEXTS}
    assert site.heard() == Counter(told)
    assert near.says("clock", "windows_lost") == 0
    assert far.host.is_alive("worker")


def test_the_way_to_redis_is_cut_and_nothing_is_in_doubt(
    site: Site, far: WiredHost, near: Host
) -> None:
    """The bell is not heard until it can be heard again; that is all."""
    told = _begin(site, far)
    far.redis.cut()
    far.host.wait_for("worker", "redis_lost")
    far.redis.mend()
    assert site.settle() == {"accepted": TEXTS}
    assert site.heard() == Counter(told)
    assert near.says("clock", "windows_lost") == 0
    assert far.host.is_alive("worker")


def test_the_way_to_redis_loses_everything_while_texts_keep_a_pace(
    site: Site, far: WiredHost, near: Host
) -> None:
    """A question about the pace that nobody answers does not outlast a lease."""
    far.host.environ["LOA_GATEWAY_SEGMENTS_PER_SECOND"] = "60"
    told = _begin(site, far)
    far.redis.lose()
    far.host.wait_for("worker", "pace_unknown")
    until(lambda: site.count("submitting") == 0)
    assert site.count("queued") > 0
    far.redis.mend()
    assert site.settle() == {"accepted": TEXTS}
    assert site.heard() == Counter(told)
    assert near.says("clock", "windows_lost") == 0


def test_the_way_to_the_telco_is_cut_and_what_was_out_is_looked_up(
    site: Site, far: WiredHost, near: Host
) -> None:
    """What had left is in doubt with its number; what had not goes when it can."""
    told = _begin(site, far)
    far.telco.cut()
    far.host.wait_for("worker", "breaker_opened")
    until(lambda: site.count("submitting") == 0)
    doubted = site.count("in_doubt")
    assert 0 < doubted <= CONNECTIONS
    assert site.count("in_doubt", "queued", "accepted", "delivered") == TEXTS
    far.telco.mend()
    _settled_once(site, told)


def test_the_way_to_the_telco_loses_everything_and_no_text_goes_twice(
    site: Site, far: WiredHost, near: Host
) -> None:
    """Requests vanish, or their answers do: the telco's list tells which."""
    told = _begin(site, far)
    far.telco.lose()
    far.host.wait_for("worker", "breaker_opened")
    until(lambda: site.count("submitting") == 0, within_s=30)
    assert site.count("in_doubt") > 0
    far.telco.mend()
    _settled_once(site, told)


def _begin(site: Site, far: WiredHost) -> list[str]:
    """Let the host begin to send; return whom it tells."""
    told = site.tell(TEXTS)
    far.host.start_worker()
    site.wait_until_taken(TEXTS // 6)
    return told


def _settled_once(site: Site, told: list[str]) -> None:
    site.let_pass(A_LEASE_S)
    states = site.settle()
    assert set(states) <= {"accepted", "delivered"}
    assert sum(states.values()) == len(told)
    assert site.heard() == Counter(told)

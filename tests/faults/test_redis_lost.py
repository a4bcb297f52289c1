"""Redis forgets everything, then dies and comes back empty, in mid-send."""

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis

from tests.faults.sites import Site, a_site
from tests.servers import RedisServer, redis_server

TEXTS = 300
SEGMENTS_PER_SECOND = 50


@pytest.fixture
def lost_redis() -> Iterator[RedisServer]:
    """Give a Redis of this test's own, to be killed."""
    with redis_server() as server:
        yield server


@pytest.fixture
def site_of_it(
    tmp_path: Path, postgres_url: str, lost_redis: RedisServer
) -> Iterator[Site]:
    """Give an installation whose queue is the Redis to be killed."""
    with a_site(
        tmp_path, database_url=postgres_url, redis_url=lost_redis.url(0), lines=TEXTS
    ) as site:
        yield site


def test_redis_is_flushed_then_killed_in_mid_send_and_nobody_notices_on_the_phone(
    site_of_it: Site, lost_redis: RedisServer
) -> None:
    """Fault 5: every text once, none in doubt, by the processes that were there."""
    site = site_of_it
    site.set_gateway(segments_per_second=SEGMENTS_PER_SECOND)
    site.telco.weather(lose_receipts=1.0)
    host, told = site.a_host(), site.tell(TEXTS)
    host.start_worker()
    host.start_clock()
    site.wait_until_taken(TEXTS // 6)
    with closing(Redis.from_url(lost_redis.url(0))) as redis:
        redis.flushall()
    site.wait_until_taken(TEXTS // 3)
    lost_redis.daemon.stop(signal.SIGKILL)
    host.wait_for("worker", "redis_lost")
    host.wait_for("clock", '"beat": "ring"')
    assert site.count("queued") > 0
    lost_redis.daemon.start()
    assert site.settle() == {"accepted": TEXTS}
    assert site.heard() == Counter(told)
    assert site.taken() == TEXTS
    assert host.says("clock", "windows_lost") == 0
    assert host.is_alive("worker")
    assert host.is_alive("clock")

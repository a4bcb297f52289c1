"""All workers of all machines share one line of turns, and no two turns overlap."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from broadcaster.errors import PaceUnknownError
from workers.pace import RedisPace

ACCOUNT = "memory"
SECOND = 1_000_000


@pytest.fixture
def machines(redis_url: str) -> Iterator[list[Redis]]:
    """Give four clients of one Redis, as four machines have."""
    clients = [Redis.from_url(redis_url) for _ in range(4)]
    yield clients
    for client in clients:
        client.close()


def end_of_line(redis: Redis) -> int:
    """Return when the next turn begins, in µs by Redis's own clock."""
    [key] = redis.keys("loa:pace:*")
    return int(redis.get(key) or 0)


def test_the_first_turn_is_now(redis: Redis) -> None:
    assert RedisPace(redis).reserve(ACCOUNT, segments=3, per_second=10.0) == 0.0


@pytest.mark.parametrize(
    ("segments", "per_second", "lasts_us"),
    [(3, 10.0, 300_000), (1, 0.1, 10 * SECOND), (7, 300.0, 23_333)],
)
def test_a_turn_lasts_as_long_as_its_segments_take(
    redis: Redis, segments: int, per_second: float, lasts_us: int
) -> None:
    pace = RedisPace(redis)
    pace.reserve(ACCOUNT, segments=1_000, per_second=1.0)
    begins = end_of_line(redis)
    wait = pace.reserve(ACCOUNT, segments=segments, per_second=per_second)
    assert 0 < wait <= 1_000
    assert end_of_line(redis) - begins == lasts_us


def test_turns_that_many_take_at_once_never_overlap(machines: list[Redis]) -> None:
    RedisPace(machines[0]).reserve(ACCOUNT, segments=1_000, per_second=1.0)
    begins = end_of_line(machines[0])

    def take(redis: Redis) -> None:
        pace = RedisPace(redis)
        for _ in range(25):
            pace.reserve(ACCOUNT, segments=2, per_second=10.0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take, machines * 2))
    assert end_of_line(machines[0]) - begins == 8 * 25 * SECOND // 5


def test_a_line_that_fell_behind_begins_anew_at_now(redis: Redis) -> None:
    pace = RedisPace(redis)
    pace.reserve(ACCOUNT, segments=1, per_second=1e6)
    past = end_of_line(redis)
    seconds, micros = redis.time()
    assert pace.reserve(ACCOUNT, segments=1, per_second=1.0) == 0.0
    assert past < seconds * SECOND + micros + SECOND <= end_of_line(redis)


def test_accounts_do_not_wait_for_one_another(redis: Redis) -> None:
    pace = RedisPace(redis)
    pace.reserve(ACCOUNT, segments=1_000, per_second=1.0)
    assert pace.reserve("other", segments=1, per_second=1.0) == 0.0


def test_a_redis_that_forgot_the_line_begins_it_at_now(redis: Redis) -> None:
    pace = RedisPace(redis)
    pace.reserve(ACCOUNT, segments=1_000, per_second=1.0)
    redis.flushdb()
    assert pace.reserve(ACCOUNT, segments=1, per_second=1.0) == 0.0


def test_a_line_that_nobody_uses_is_forgotten(redis: Redis) -> None:
    RedisPace(redis).reserve(ACCOUNT, segments=1, per_second=1.0)
    [key] = redis.keys("loa:pace:*")
    assert 0 < redis.ttl(key) <= 3_600


def test_nobody_can_tell_while_redis_is_away() -> None:
    away = Redis(unix_socket_path="/nonexistent/redis.sock")
    with pytest.raises(PaceUnknownError):
        RedisPace(away).reserve(ACCOUNT, segments=1, per_second=1.0)

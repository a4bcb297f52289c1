"""A cable carries, refuses, loses and carries again: or the faults prove nothing."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.faults.cables import Cable, cables
from tests.servers import RedisServer


@pytest.fixture
def cable(redis_instance: RedisServer) -> Iterator[Cable]:
    """Lay a cable to a real server."""
    with cables(("127.0.0.1", redis_instance.port)) as (cable,):
        yield cable


def a_client(cable: Cable) -> redis.Redis:
    return redis.Redis(port=cable.port, retry=Retry(NoBackoff(), 0), socket_timeout=0.3)


def test_a_cable_carries_both_ways(cable: Cable) -> None:
    with closing(a_client(cable)) as client:
        assert client.echo("word" * 50_000) == b"word" * 50_000


def test_a_cut_cable_resets_and_refuses_until_it_is_mended(cable: Cable) -> None:
    with closing(a_client(cable)) as client:
        assert client.ping()
        cable.cut()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        with socket.socket() as line:
            assert line.connect_ex(("127.0.0.1", cable.port)) != 0
        cable.mend()
        assert client.ping()


def test_a_lossy_cable_says_nothing_and_forgets_what_it_was_given(
    cable: Cable,
) -> None:
    with closing(a_client(cable)) as client, closing(a_client(cable)) as late:
        assert client.ping()
        cable.lose()
        with pytest.raises(redis.TimeoutError):
            client.set("lost", "word")
        with pytest.raises(redis.TimeoutError):
            late.ping()
        cable.mend()
        assert client.get("lost") is None

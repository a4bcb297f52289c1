"""PostgreSQL goes away and comes back while texts are on the wire."""

import signal
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from broadcaster.store.migrate import upgrade
from tests.faults.hosts import Host
from tests.faults.sites import Site, a_site
from tests.servers import PostgresServer, postgres_server
from tests.telco import until

TEXTS = 300
ENDS = (signal.SIGINT, signal.SIGQUIT, signal.SIGQUIT)
"""A fast shutdown, then two crashes."""


@pytest.fixture
def lost_postgres() -> Iterator[PostgresServer]:
    """Give a cluster of this test's own, which keeps what it has committed."""
    with postgres_server("synchronous_commit=on") as server:
        yield server


@pytest.fixture
def site_of_it(
    tmp_path: Path, lost_postgres: PostgresServer, redis_url: str
) -> Iterator[Site]:
    """Give an installation on the cluster that is going to be lost."""
    url = lost_postgres.create_database("loa")
    upgrade(url)
    with a_site(tmp_path, database_url=url, redis_url=redis_url, lines=TEXTS) as site:
        yield site


def test_postgres_is_restarted_and_crashes_in_mid_send_and_no_text_is_doubled(
    site_of_it: Site, lost_postgres: PostgresServer
) -> None:
    """Fault 6: what the telco answered meanwhile is kept in memory, then recorded."""
    site = site_of_it
    site.set_gateway(connections=16)
    site.telco.weather(answer_ms=250, lose_receipts=1.0)
    host, told = site.a_host(), site.tell(TEXTS)
    host.start_worker()
    host.start_clock()
    for turn, how in enumerate(ENDS, start=1):
        site.wait_until_taken(turn * TEXTS // (len(ENDS) + 1))
        missed = host.says("worker", "database_away")
        lost_postgres.daemon.stop(how)
        until(partial(_is_missed_again, host, missed))
        lost_postgres.daemon.start()
    assert site.settle() == {"accepted": TEXTS}
    assert site.heard() == Counter(told)
    assert site.taken() == TEXTS
    assert host.says("clock", "windows_lost") == 0
    assert host.is_alive("worker")
    assert host.is_alive("clock")


def _is_missed_again(host: Host, before: int) -> bool:
    return host.says("worker", "database_away") > before

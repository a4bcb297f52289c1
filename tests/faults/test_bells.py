"""The web dies around its commit: what was confirmed leaves, though nobody rang."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests
from redis import Redis
from sqlalchemy import select, text

from broadcaster.store.tables.messages import Message
from tests.faults.hosts import Host
from tests.faults.sites import Site, a_site
from tests.product import Visitor
from tests.telco import until

LINES = 3_000
FORM = {
    "do": "confirm",
    "key": "pressed-once",
    "topic": "general",
    "body": "Mời bà con họp tổ dân phố lúc 19h30 tại nhà văn hóa.",
    "accented": "no",
    "whom": "groups",
    "groups": ["1", "2", "3", "4"],  # not all: the whole ward takes an approval
    "when": "now",
}
NOBODY_WRITES = "LOCK TABLE messages IN SHARE MODE"
SOMEBODY_WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.fixture
def site(tmp_path: Path, postgres_url: str, redis_url: str) -> Iterator[Site]:
    """Give an installation on PostgreSQL with a ward of some thousand lines."""
    with a_site(
        tmp_path, database_url=postgres_url, redis_url=redis_url, lines=LINES
    ) as site:
        site.telco.weather(lose_receipts=1.0)
        yield site


def test_texts_confirmed_by_a_web_that_died_before_it_rang_leave_all_the_same(
    site: Site, redis_url: str
) -> None:
    """Fault 7: it dies when the rows are there; the clock rings from the rows."""
    host = site.a_host()
    site.start_web(host)
    host.start_worker()
    with _pressed(site.an_officer()):
        until(lambda: site.count("queued") > 0, within_s=60)
        host.kill("web")
    with closing(Redis.from_url(redis_url)) as redis:
        assert not redis.exists("rq:queue:drain"), "nobody was to ring"
    assert site.taken() == 0
    told = _told(site)
    assert len(told) > LINES // 2
    host.start_clock()
    assert site.settle() == {"accepted": len(told)}
    assert site.heard() == Counter(told)


def test_a_web_that_dies_while_it_inserts_has_confirmed_nothing(site: Site) -> None:
    """Fault 7, a moment sooner: the officer presses again, and all is sent once."""
    host = site.a_host()
    site.start_web(host)
    officer = site.an_officer()
    with site.database.engine.connect() as lock:
        lock.execute(text(NOBODY_WRITES))
        with _pressed(officer):
            until(lambda: _waits(site), within_s=60)
            host.kill("web")
    until(lambda: not _waits(site))
    assert _told(site) == []
    site.start_web(host)
    officer.post("/staff/compose", FORM)
    told = _told(site)
    assert len(told) > LINES // 2
    _send_all(site, host)
    assert site.heard() == Counter(told)


def _send_all(site: Site, host: Host) -> None:
    host.start_worker()
    host.start_clock()
    site.settle()


@contextmanager
def _pressed(officer: Visitor) -> Iterator[None]:
    """Let the officer press the button, and never learn what came of it."""

    def press() -> None:
        try:
            officer.post("/staff/compose", FORM)
        except requests.RequestException:
            return

    finger = threading.Thread(target=press)
    finger.start()
    try:
        yield
    finally:
        finger.join()


def _waits(site: Site) -> bool:
    with site.database.reading() as session:
        return bool(session.scalar(text(SOMEBODY_WAITS)))


def _told(site: Site) -> list[str]:
    with site.database.reading() as session:
        return list(session.scalars(select(Message.to)))

"""How many texts a second leave, from the confirmed notice to every outcome written."""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import redis
from sqlalchemy import func, select

from broadcaster.demo import embedded_redis
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.migrate import upgrade
from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.tables.messages import Message
from subscriptions.consents import consented_lines
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import Line, LineStatus
from tests.benchmarks import _naive
from tests.builders.crowds import a_crowd
from tests.builders.messages import a_frozen_notice
from tests.builders.people import a_ward
from tests.servers import postgres_server, redis_server
from tests.telco import Telco, until
from tests.workers.processes import Office, environ_of, open_office

TITLE = "Texts a second, from the confirmed notice to every outcome written"
TEXTS = 2_000
NAIVE_TEXTS = 400
WITHIN_S = 300.0
USABLE = LineStatus.USABLE
Servers = Callable[[Path], AbstractContextManager[tuple[str, str]]]
NO_WEB = "http://127.0.0.1:9"
"""The network loses every report here: receipts have a measure of their own."""


def run(report: Callable[[str], None]) -> None:
    """Measure both installations, then the usual design on each."""
    report(f"{TEXTS:,} texts of one notice; workers, clock, databases, queues and the")
    report("simulated network (no latency, no receipts) share the machine.")
    report("")
    report("| installation | 1 worker | 2 workers | one job, call, commit a text |")
    report("|---|--:|--:|--:|")
    for name, servers in (
        ("SQLite, WAL; carried Redis", _small),
        ("PostgreSQL (fsync off); Redis", _big),
    ):
        figures = [_in_new_place(servers, workers=workers) for workers in (1, 2, 0)]
        report(f"| {name} | " + " | ".join(f"{f:,.0f}" for f in figures) + " |")


def _in_new_place(servers: Servers, *, workers: int) -> float:
    with tempfile.TemporaryDirectory(prefix="loa-") as name:
        folder = Path(name)
        with servers(folder) as (database_url, redis_url):
            return _measure(folder, database_url, redis_url, workers=workers)


@contextmanager
def _small(folder: Path) -> Iterator[tuple[str, str]]:
    socket = folder / "redis.sock"
    command = embedded_redis.command(socket, folder / "redis")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        client = redis.Redis.from_url(embedded_redis.url(socket))
        until(lambda: _answers(client))
        yield f"sqlite:///{folder / 'loa.db'}", embedded_redis.url(socket)
        server.terminate()


@contextmanager
def _big(_folder: Path) -> Iterator[tuple[str, str]]:
    with postgres_server() as database, redis_server() as queue:
        yield database.create_database("loa"), queue.url(0)


def _measure(folder: Path, database_url: str, redis_url: str, *, workers: int) -> float:
    """Return texts a second; without workers, those of the usual design."""
    upgrade(database_url)
    database = Database(create_engine_for(database_url))
    telco = Telco.start(folder, weather={"delay_ms": 0, "lose_receipts": 1.0})
    environ = environ_of(
        database_url=database_url,
        redis_url=redis_url,
        telco=telco,
        public_url=NO_WEB,
    )
    try:
        with open_office(environ, logs=folder / "office.log") as office:
            if workers:
                return _ours(office, database, workers)
            return _theirs(office, database, redis_url)
    finally:
        telco.stop()
        database.engine.dispose()


def _ours(office: Office, database: Database, workers: int) -> float:
    for _ in range(workers):
        office.start("workers.worker")
    office.start("workers.clock")
    started = ['"worker_started"'] * workers + ['"clock_started"']
    until(lambda: all(office.log().count(w) >= started.count(w) for w in started))
    _confirm(database, TEXTS)
    began = time.perf_counter()
    until(lambda: _accepted(database) == TEXTS, within_s=WITHIN_S)
    return TEXTS / (time.perf_counter() - began)


def _theirs(office: Office, database: Database, redis_url: str) -> float:
    _confirm(database, NAIVE_TEXTS)
    _naive.enqueue_all(database, redis_url)
    office.start(_naive.__name__)
    until(lambda: _accepted(database) > 0, within_s=WITHIN_S)
    began, first = time.perf_counter(), _accepted(database)
    until(lambda: _accepted(database) == NAIVE_TEXTS, within_s=WITHIN_S)
    return (NAIVE_TEXTS - first) / (time.perf_counter() - began)


def _confirm(database: Database, texts: int) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_crowd(session, ward, homes=texts + texts // 4, groups=10)
        usable = Line.id.in_(consented_lines(Purpose.NOTICES)), Line.status == USABLE
        lines = session.scalars(select(Line).where(*usable).limit(texts)).all()
        a_frozen_notice(session, ward, lines, gateway="twilio")


def _accepted(database: Database) -> int:
    query = select(func.count()).where(Message.state == MessageState.ACCEPTED)
    with database.reading() as session:
        return session.scalar(query) or 0


def _answers(client: "redis.Redis") -> bool:
    with suppress(redis.ConnectionError):
        return bool(client.ping())
    return False

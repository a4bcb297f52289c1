"""A place to measure in: its own PostgreSQL, Redis, telco and people."""

import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
import redis
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from broadcaster.store.migrate import upgrade
from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.tables.messages import Message
from subscriptions.tables.places import Ward
from tests.benchmarks._multitude import multiply
from tests.benchmarks._processes import Processes, processes
from tests.benchmarks._quick_telco import QuickTelco, quick_telco
from tests.builders.crowds import a_crowd
from tests.builders.people import a_ward
from tests.servers import PostgresServer, RedisServer, postgres_server, redis_server
from tests.telco import ACCOUNT, TOKEN

HOMES_A_LINE = 1.16
"""So many homes it takes to have one line that may be told (see builders/crowds.py)."""
GROUPS = 20
MANY, TIMES = 10_000, 10
"""From so many lines on, a crowd is made by copying one of a tenth."""
DATABASE = "loa"
FORGET: LiteralString = "TRUNCATE messages, announcements, raw_callbacks CASCADE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Everything that runs around the product's processes."""

    folder: Path
    postgres: PostgresServer
    redis: RedisServer
    telco: QuickTelco
    database: Database
    url: str
    """Where the web is, once it is started."""
    processes: Processes

    def pids(self, **ours: Sequence[str]) -> dict[str, list[int]]:
        """Return process ids by kind: the servers', and of `ours` by their names."""
        postmaster = (self.postgres.folder / "data" / "postmaster.pid").read_text()
        queue = redis.Redis(port=self.redis.port)
        running = self.processes.running
        found = {kind: [running[n].pid for n in names] for kind, names in ours.items()}
        return found | {
            "telco": [self.telco.pid],
            "PostgreSQL": [int(postmaster.split()[0])],
            "Redis": [int(queue.info("server")["process_id"])],
        }

    def forget_texts(self) -> None:
        """Empty the outbox and the telco's list: nothing may be on its way."""
        self.execute(FORGET)
        self.telco.reset()

    def choose(self, options: Mapping[str, str]) -> None:
        """Let processes started from now on have these options of the gateway's."""
        ours = self.processes
        ours.environ = {**ours.environ, **_as_variables(options)}

    def analyze(self) -> None:
        """Let the planner know the tables, as autovacuum has long done in a ward."""
        self.execute("VACUUM ANALYZE")

    def execute(self, statement: LiteralString) -> None:
        """Run a statement of its own transaction."""
        with self.connect() as connection:
            connection.execute(statement)

    def connect(self) -> psycopg.Connection:
        """Open a session of a superuser."""
        return self.postgres.connect(DATABASE)

    def states(self) -> dict[str, int]:
        """Count the messages by state."""
        query = select(Message.state, func.count()).group_by(Message.state)
        with self.database.reading() as session:
            return {state.value: n for state, n in session.execute(query)}

    def has_any(self, *states: str) -> bool:
        """Tell whether a message is in one of these states."""
        query = text(
            "SELECT EXISTS (SELECT FROM messages WHERE state = ANY(:states) LIMIT 1)"
        )
        with self.database.reading() as session:
            return bool(session.scalar(query, {"states": list(states)}))


@contextmanager
def a_place(*, lines: int, options: Mapping[str, str] | None = None) -> Iterator[Place]:
    """Give servers, and a ward in which at least so many lines may be told.

    `options` are the gateway's, such as `connections`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="loa-bench-") as name,
        postgres_server() as postgres,
        redis_server() as queue,
        quick_telco(Path(name)) as telco,
    ):
        url = f"http://127.0.0.1:{free_port()}"
        database_url = postgres.create_database(DATABASE)
        upgrade(database_url)
        database = Database(create_engine_for(database_url))
        environ = settings(
            database_url=database_url,
            redis_url=queue.url(0),
            telco_url=telco.base_url,
            public_url=url,
            options=options or {},
        )
        with processes(Path(name), environ) as ours:
            place = Place(
                folder=Path(name),
                postgres=postgres,
                redis=queue,
                telco=telco,
                database=database,
                url=url,
                processes=ours,
            )
            if lines:
                with database.writing() as session:
                    settle_people(session, a_ward(session), lines=lines)
                place.analyze()
            yield place
        database.engine.dispose()


def settle_people(session: Session, ward: Ward, *, lines: int) -> None:
    """Fill a ward until at least so many lines may be told."""
    times = TIMES if lines >= MANY else 1
    homes = int(lines * HOMES_A_LINE / times) + 50
    a_crowd(session, ward, homes=homes, groups=GROUPS)
    if times > 1:
        multiply(session, times)


def settings(
    *,
    database_url: str,
    redis_url: str,
    telco_url: str,
    public_url: str,
    options: Mapping[str, str],
) -> dict[str, str]:
    """Return the environment of an installation."""
    gateway = {
        "base_url": telco_url,
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "receipt_kind": "handset",
        **options,
    }
    return {
        "LOA_DATABASE_URL": database_url,
        "LOA_REDIS_URL": redis_url,
        "LOA_SECRET_KEY": "not a secret, but long enough for a benchmark",
        "LOA_PUBLIC_URL": public_url,
        "LOA_GATEWAY": "twilio",
        **_as_variables(gateway),
    }


def _as_variables(options: Mapping[str, str]) -> dict[str, str]:
    return {f"LOA_GATEWAY_{name.upper()}": word for name, word in options.items()}


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""Engines and transactions: SQLite and PostgreSQL by one path."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

BUSY_TIMEOUT_MS = 30_000
CONNECTIONS = 32
"""Kept open at most: one for each thread of a web process (Procfile), and some more."""
SILENCE: Mapping[str, int] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""When a database that says nothing counts as gone: after 25 s, and not after hours.

A machine that lost its power closes no connection, and who waits for its word keeps
in memory what the telco has answered. In libpq's words; no effect on a local socket.
"""


def create_engine_for(url: str) -> Engine:
    """Return an engine; on SQLite in WAL mode, with foreign keys held to.

    A file's folder must exist. Writers begin IMMEDIATE: a transaction that reads
    before it writes would otherwise fail, not wait, when another wrote in between.
    """
    if make_url(url).get_backend_name() != "sqlite":
        # compiling a plan takes longer than running it: our statements are short
        settings = {"options": "-c jit=off", **SILENCE}
        engine = create_engine(
            url,
            pool_pre_ping=True,
            pool_size=CONNECTIONS,
            max_overflow=0,
            hide_parameters=True,
            connect_args=settings,
        )
        event.listen(engine, "connect", _prepare_postgresql)
        return engine
    engine = create_engine(
        url, pool_size=CONNECTIONS, max_overflow=0, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


class Database:
    """Transactions over one engine, either reading or writing."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._read = sessionmaker(engine, expire_on_commit=False)
        self._write = sessionmaker(
            engine.execution_options(loa_writes=True), expire_on_commit=False
        )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session for queries; nothing it did is kept."""
        with self._read() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session and commit at the end; any error undoes all of it."""
        with self._write.begin() as session:
            yield session


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    """Have commits survive a crash, even where the server's default gives that up.

    A claim that was committed and then lost would let its texts leave twice.
    """
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') = 'off'"
    )
    connection.commit()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # not NORMAL: a power cut could take back a claim whose texts have left
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("loa_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

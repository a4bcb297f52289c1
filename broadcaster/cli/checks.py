"""What `loa doctor` looks at: each check gives a word, and the facts to say it with."""

import datetime as dt
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Worker
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from broadcaster.bootstrap import (
    SystemClock,
    database_url,
    list_faults,
    open_database,
)
from broadcaster.store.migrate import is_current
from broadcaster.store.session import Database
from broadcaster.store.waiting import count_overdue

OVERDUE = dt.timedelta(minutes=5)
LEAST_FREE_GB = 1.0
ANSWER_SECONDS = 5.0
OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at: `found` is `ok` or the word for what is wrong."""

    name: str
    found: str
    facts: Mapping[str, str | int] = field(default_factory=dict)
    details: tuple[str, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Whether there is nothing to do."""
        return self.found == OK


def examine(environ: Mapping[str, str]) -> Iterator[Check]:
    """Look at everything a house needs; stores nothing, sends nothing."""
    yield _settings(environ)
    database = _database(environ)
    yield database
    yield from _queue(environ.get("LOA_REDIS_URL"))
    yield (
        _waiting(environ) if database.is_ok else Check(name="waiting", found="unknown")
    )
    yield _disk(environ)


def _settings(environ: Mapping[str, str]) -> Check:
    faults = list_faults(environ)
    return Check(
        name="settings",
        found="bad" if faults else OK,
        facts={"number": len(faults)},
        details=tuple(faults),
    )


def _database(environ: Mapping[str, str]) -> Check:
    try:
        file = sqlite_file(database_url(environ))
        if file is not None and not file.exists():
            return Check(name="database", found="missing", facts={"where": str(file)})
        engine = open_database(environ).engine
        found = OK if is_current(engine) else "old"
        engine.dispose()
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        return Check(name="database", found="unreachable", facts={"why": kind(error)})
    return Check(name="database", found=found)


def _queue(url: str | None) -> Iterator[Check]:
    workers = Check(name="worker", found="unknown")
    if not url:
        yield from (Check(name="redis", found="unset"), workers)
        return
    try:
        redis = Redis.from_url(
            url,
            socket_connect_timeout=ANSWER_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        number = len(Worker.all(connection=redis))
    except (RedisError, ValueError) as error:
        facts = {"why": kind(error)}
        yield from (Check(name="redis", found="unreachable", facts=facts), workers)
        return
    yield Check(name="redis", found=OK)
    facts_of_workers = {"number": number}
    yield Check(name="worker", found=OK if number else "none", facts=facts_of_workers)


def _waiting(environ: Mapping[str, str]) -> Check:
    database: Database = open_database(environ)
    with database.reading() as session:
        number = count_overdue(session, before=SystemClock().now() - OVERDUE)
    database.engine.dispose()
    minutes = OVERDUE // dt.timedelta(minutes=1)
    return Check(
        name="waiting",
        found="bad" if number else OK,
        facts={"number": number, "minutes": minutes},
    )


def _disk(environ: Mapping[str, str]) -> Check:
    try:
        file = sqlite_file(database_url(environ))
    except ArgumentError:
        file = None
    folder = file.parent if file is not None and file.parent.exists() else Path.cwd()
    free = shutil.disk_usage(folder).free / 1e9
    return Check(
        name="disk",
        found=OK if free >= LEAST_FREE_GB else "bad",
        facts={"free": f"{free:.1f}", "least": f"{LEAST_FREE_GB:g}"},
    )


def sqlite_file(url: str) -> Path | None:
    """Return the file of an embedded database, None for a server's.

    Raises ArgumentError when the URL is none.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def kind(error: Exception) -> str:
    """Name an error by its type: its message may hold a password."""
    return type(error).__name__

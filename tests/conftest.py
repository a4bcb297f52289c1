"""Fixtures that give every test real servers, fresh databases and a browser."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, Page, sync_playwright

from broadcaster.store.migrate import upgrade
from broadcaster.store.session import Database, create_engine_for
from tests.databases import DatabaseInTurn
from tests.servers import (
    PostgresServer,
    RedisServer,
    ServerMissingError,
    postgres_server,
    redis_server,
)

TEMPLATE = "migrated"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]

_numbers = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Give the cluster that this test process started.

    It never gathers statistics: those of one test would mislead the plans of the next.
    """
    with postgres_server("autovacuum=off") as server:
        yield server


@pytest.fixture(scope="session")
def postgres_in_turn(postgres: PostgresServer) -> DatabaseInTurn:
    """Give the database that the tests on PostgreSQL use one after the other."""
    upgrade(postgres.create_database(TEMPLATE))
    return DatabaseInTurn(postgres, template=TEMPLATE)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a SQLite file that has every migration and no rows."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    upgrade(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def empty_postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """Give a database without a single table, dropped after the test."""
    name = f"empty_{next(_numbers)}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture
def postgres_url(postgres_in_turn: DatabaseInTurn) -> Iterator[str]:
    """Give a migrated database without rows, wiped after the test."""
    yield postgres_in_turn.url
    postgres_in_turn.wipe()


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_file: Path) -> str:
    """Give a migrated SQLite file of this test's own."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'test.db')}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """Give the URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Run the test twice: on a migrated SQLite file and on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Run the test twice: with transactions on SQLite, and on PostgreSQL."""
    database = Database(create_engine_for(database_url))
    yield database
    database.engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """Run the test twice: on SQLite and PostgreSQL, before any migration."""
    url: str = request.getfixturevalue(f"empty_{request.param}_url")
    return url


@pytest.fixture(scope="session")
def redis_instance() -> Iterator[RedisServer]:
    """Give the Redis that this test process started."""
    with redis_server() as server:
        yield server


@pytest.fixture
def redis_url(redis_instance: RedisServer) -> str:
    """Give an empty Redis database that no test running now shares."""
    url = redis_instance.url(next(_numbers))
    with closing(redis.Redis.from_url(url)) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a headless Chromium.

    One per module: while Playwright runs, asyncio.run fails in the same thread.
    """
    program = shutil.which("chromium")
    if program is None:
        raise ServerMissingError("chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program, args=CHROMIUM_FLAGS
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page_360(browser: Browser) -> Iterator[Page]:
    """Give a page as wide as a cheap phone."""
    yield from _page(browser, width=360, height=740)


@pytest.fixture
def page_1280(browser: Browser) -> Iterator[Page]:
    """Give a page as wide as an office screen."""
    yield from _page(browser, width=1280, height=800)


def _page(browser: Browser, *, width: int, height: int) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
    )
    yield context.new_page()
    context.close()

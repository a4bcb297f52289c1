"""The servers under the other tests are real, empty and apart."""

from pathlib import Path

import pytest
import redis
from playwright.sync_api import Page
from sqlalchemy import inspect, make_url, text

from broadcaster.store.session import create_engine_for
from tests.servers import postgres_server, redis_server


def tables_of(url: str) -> set[str]:
    engine = create_engine_for(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_a_database_comes_with_every_migration(database_url: str) -> None:
    assert "alembic_version" in tables_of(database_url)
    assert len(tables_of(database_url)) > 1


def test_an_empty_database_has_no_table(empty_database_url: str) -> None:
    assert tables_of(empty_database_url) == set()


@pytest.mark.parametrize("turn", [1, 2])
def test_no_test_sees_the_rows_of_another(database_url: str, turn: int) -> None:
    engine = create_engine_for(database_url)
    with engine.execution_options(loa_writes=True).begin() as connection:
        connection.execute(text("CREATE TABLE left_behind (turn INTEGER)"))
        connection.execute(text("INSERT INTO left_behind VALUES (:t)"), {"t": turn})
        rows = connection.execute(text("SELECT turn FROM left_behind")).scalars()
        assert list(rows) == [turn]
    engine.dispose()


@pytest.mark.parametrize("turn", [1, 2])
def test_no_test_sees_the_keys_of_another(redis_url: str, turn: int) -> None:
    client = redis.Redis.from_url(redis_url)
    assert client.keys() == []
    client.set(f"key-{turn}", "value")
    client.close()


def test_postgres_is_gone_when_its_block_fails() -> None:
    with pytest.raises(ZeroDivisionError), postgres_server() as server:
        raise ZeroDivisionError
    assert not server.is_ready()
    assert not server.folder.exists()


def test_redis_is_gone_when_its_block_fails() -> None:
    with pytest.raises(ZeroDivisionError), redis_server() as server:
        raise ZeroDivisionError
    assert not server.is_ready()


def test_a_database_url_names_no_port(postgres_url: str) -> None:
    url = make_url(postgres_url)
    assert url.drivername == "postgresql+psycopg"
    assert url.port is None
    assert Path(str(url.query["host"])).is_dir()


def test_a_page_is_as_wide_as_it_says(page_360: Page, page_1280: Page) -> None:
    assert page_360.evaluate("window.innerWidth") == 360
    assert page_1280.evaluate("window.innerWidth") == 1280

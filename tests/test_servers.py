"""The servers under the other tests are real, empty and apart."""

import signal
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Page
from sqlalchemy import delete, func, inspect, make_url, select, text
from sqlalchemy.exc import DatabaseError, OperationalError

from broadcaster.store.session import Database, create_engine_for
from subscriptions.tables import Base
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import Payment
from subscriptions.tables.places import Ward
from tests.builders.ledger import a_home, pay
from tests.builders.people import a_group, a_household, a_ward
from tests.databases import DatabaseInTurn
from tests.servers import postgres_server, redis_server


def tables_of(url: str) -> set[str]:
    engine = create_engine_for(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def rows_of(table: type[Base], url: str) -> int:
    database = Database(create_engine_for(url))
    with database.reading() as session:
        rows = session.scalars(select(func.count()).select_from(table)).one()
    database.engine.dispose()
    return rows


def test_a_database_comes_with_every_migration(database_url: str) -> None:
    assert "alembic_version" in tables_of(database_url)
    assert len(tables_of(database_url)) > 1


def test_an_empty_database_has_no_table(empty_database_url: str) -> None:
    assert tables_of(empty_database_url) == set()


@pytest.mark.parametrize("turn", [1, 2])
def test_no_test_sees_the_rows_of_another(database: Database, turn: int) -> None:
    with database.writing() as session:
        ward = a_ward(session, name=f"Phường {turn}")
        household = a_household(session, in_group=a_group(session, ward))
    with database.reading() as session:
        assert [each.id for each in session.scalars(select(Ward))] == [ward.id] == [1]
        assert session.scalars(select(Household.id)).all() == [household.id] == [1]


@pytest.mark.parametrize("turn", [1, 2])
def test_no_test_sees_the_books_of_another(database: Database, turn: int) -> None:
    with database.writing() as session:
        pay(session, a_home(session), 3000)
        assert session.scalar(select(func.count()).select_from(Payment)) == 1
    with pytest.raises(DatabaseError, match="append-only"), database.writing() as again:
        again.execute(delete(Payment))


@pytest.mark.parametrize("turn", [1, 2])
def test_no_test_sees_the_tables_of_another(database_url: str, turn: int) -> None:
    engine = create_engine_for(database_url)
    with engine.execution_options(loa_writes=True).begin() as connection:
        connection.execute(text("CREATE TABLE left_behind (turn INTEGER)"))
        connection.execute(text("INSERT INTO left_behind VALUES (:t)"), {"t": turn})
        rows = connection.execute(text("SELECT turn FROM left_behind")).scalars()
        assert list(rows) == [turn]
    engine.dispose()


def test_what_a_test_left_running_writes_nothing_into_the_next(
    postgres_in_turn: DatabaseInTurn,
) -> None:
    left = Database(create_engine_for(postgres_in_turn.url))
    with left.reading() as session:
        a_ward(session)
        postgres_in_turn.wipe()
        with pytest.raises(OperationalError):
            session.commit()
    with pytest.raises(OperationalError), left.writing() as session:
        a_ward(session)
    left.engine.dispose()
    assert rows_of(Ward, postgres_in_turn.url) == 0


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


def test_postgres_keeps_through_a_crash_what_it_was_asked_to_keep() -> None:
    with postgres_server("synchronous_commit=on") as server:
        with server.connect() as connection:
            connection.execute("CREATE TABLE kept (word TEXT)")
            connection.execute("INSERT INTO kept VALUES ('word')")
        server.restart(signal.SIGQUIT)
        with server.connect() as connection:
            assert connection.execute("SELECT word FROM kept").fetchall() == [("word",)]


def test_redis_comes_back_empty_on_its_port() -> None:
    with redis_server() as server:
        with redis.Redis(port=server.port) as client:
            client.set("key", "value")
        server.daemon.stop(signal.SIGKILL)
        assert not server.is_ready()
        server.daemon.start()
        with redis.Redis(port=server.port) as client:
            assert client.keys() == []


def test_a_database_url_names_no_port(postgres_url: str) -> None:
    url = make_url(postgres_url)
    assert url.drivername == "postgresql+psycopg"
    assert url.port is None
    assert Path(str(url.query["host"])).is_dir()


def test_a_page_is_as_wide_as_it_says(page_360: Page, page_1280: Page) -> None:
    assert page_360.evaluate("window.innerWidth") == 360
    assert page_1280.evaluate("window.innerWidth") == 1280

"""PostgreSQL says that texts are due the moment they are, and only when they are."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue

import pytest
from sqlalchemy import text

from broadcaster.store.bells import ring_bell
from broadcaster.store.session import Database, create_engine_for
from tests.builders.messages import a_text
from tests.builders.people import a_ward
from tests.telco import until
from workers.listener import listen

WITHIN_S = 20.0


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    database = Database(create_engine_for(postgres_url))
    yield database
    database.engine.dispose()


@contextmanager
def listening(database: Database) -> Iterator[Callable[[], bool]]:
    """Listen in a thread; give a way to wait for the next bell."""
    rung: SimpleQueue[bool] = SimpleQueue()
    stop = threading.Event()
    thread = threading.Thread(
        target=listen, args=(database.engine, lambda: rung.put(True), stop)
    )

    def hear() -> bool:
        return rung.get(timeout=WITHIN_S)

    thread.start()
    try:
        assert hear()  # once for what came before anybody listened
        yield hear
    finally:
        stop.set()
        thread.join(WITHIN_S)
    assert not thread.is_alive()
    assert rung.empty()


def test_a_text_that_was_committed_rings(database: Database) -> None:
    with listening(database) as hear:
        with database.writing() as session:
            a_text(session, a_ward(session))
        assert hear()


def test_what_was_undone_does_not_ring(database: Database) -> None:
    def fail() -> None:
        with database.writing() as session:
            a_text(session, a_ward(session))
            raise LookupError

    with listening(database) as hear:
        with pytest.raises(LookupError):
            fail()
        with database.writing() as session:
            ring_bell(session)
        assert hear()


def test_a_lost_connection_is_opened_again(database: Database) -> None:
    others = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with listening(database) as hear:
        with database.reading() as session:
            until(lambda: session.scalar(others), within_s=WITHIN_S)
        assert hear()  # for what was said while nobody listened
        with database.writing() as session:
            ring_bell(session)
        assert hear()


def test_sqlite_has_nothing_to_listen_to(sqlite_url: str) -> None:
    rung: list[bool] = []
    engine = create_engine_for(sqlite_url)
    listen(engine, lambda: rung.append(True), threading.Event())
    with Database(engine).writing() as session:
        ring_bell(session)
    assert rung == []
    engine.dispose()

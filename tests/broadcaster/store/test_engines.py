"""What the engine is set to, seen from outside."""

import socket
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.tables import Base
from tests.faults.cables import cables


def test_an_error_never_quotes_what_was_to_be_stored(database: Database) -> None:
    statement = text("INSERT INTO no_such_table VALUES (:phone)")
    with pytest.raises(SQLAlchemyError) as refused, database.writing() as session:
        session.execute(statement, {"phone": "+84912345678"})
    assert "912345678" not in str(refused.value)


def test_the_migrations_make_the_tables_that_the_code_expects(
    database: Database,
) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_a_commit_outlives_a_crash_whatever_the_server_s_default(
    database: Database,
) -> None:
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            full = 2
            assert connection.scalar(text("PRAGMA synchronous")) == full
        else:
            assert connection.scalar(text("SHOW synchronous_commit")) == "on"


def test_a_database_that_lost_its_power_is_not_waited_for_for_hours(
    postgres_url: str,
) -> None:
    url = make_url(postgres_url)
    listens_at = Path(str(url.query["host"])) / ".s.PGSQL.5432"
    with cables(listens_at) as (cable,):
        far = url.set(host="127.0.0.1", port=cable.port, query={})
        engine = create_engine_for(far.render_as_string())
        with engine.connect() as connection:
            session = connection.connection.driver_connection
            assert isinstance(session, psycopg.Connection)
            with socket.socket(fileno=session.fileno()) as wire:
                idle, every, times, unheard_ms = (
                    wire.getsockopt(socket.IPPROTO_TCP, option)
                    for option in (
                        socket.TCP_KEEPIDLE,
                        socket.TCP_KEEPINTVL,
                        socket.TCP_KEEPCNT,
                        socket.TCP_USER_TIMEOUT,
                    )
                )
                wire.detach()
        engine.dispose()
    assert idle + every * times <= 30
    assert 0 < unheard_ms <= 30_000

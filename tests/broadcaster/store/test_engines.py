"""What the engine is set to, seen from outside."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from broadcaster.store.session import Database
from broadcaster.store.tables import Base


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

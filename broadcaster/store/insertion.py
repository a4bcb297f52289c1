"""Insert what may be there already: the one statement both databases spell alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CTE, Select, literal, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from broadcaster.store.told import told_document, told_table
from subscriptions.tables.base import Base


def insert_unless_there(
    session: Session, table: type[Base], values: dict[str, Any]
) -> bool:
    """Insert one row; return False, changing nothing, when a unique key is taken."""
    if session.get_bind().dialect.name == "sqlite":
        statement = sqlite.insert(table).values(values).on_conflict_do_nothing()
        return bool(session.execute(statement.returning(1)).first())
    insert = postgresql.insert(table).values(values).on_conflict_do_nothing()
    return bool(session.execute(insert.returning(1)).first())


class Insertion:
    """Inserts many rows of one kind at once: built once, run for every request.

    To build the statement anew took longer than to run it (measured, 2026-11).
    """

    def __init__(
        self, table: type[Base], columns: Mapping[str, TypeEngine[Any]]
    ) -> None:
        self._on_sqlite = (
            sqlite.insert(table)
            .from_select(list(columns), _all_of(told_table(columns, on_sqlite=True)))
            .on_conflict_do_nothing()
            .returning(literal(1))
        )
        self._on_postgresql = (
            postgresql.insert(table)
            .from_select(list(columns), _all_of(told_table(columns, on_sqlite=False)))
            .on_conflict_do_nothing()
            .returning(literal(1))
        )

    def run(self, session: Session, rows: Sequence[Sequence[object]]) -> int:
        """Insert those whose keys are not taken, in this order; return how many."""
        connection = session.connection()
        on_sqlite = connection.dialect.name == "sqlite"
        document = told_document(rows, on_sqlite=on_sqlite)
        statement = self._on_sqlite if on_sqlite else self._on_postgresql
        # counted here: SQLite's driver does not count what begins with WITH
        return len(connection.execute(statement, {"rows": document}).all())


def _all_of(told: CTE) -> Select[*tuple[Any, ...]]:
    # a bare SELECT before ON CONFLICT would be read by SQLite as a join
    return select(told).where(true())


def fit(word: str | None, limit: int) -> str | None:
    """Cut a telco's word to what its column holds; PostgreSQL refuses more, and NUL."""
    return word.replace("\x00", "")[:limit] if word else None

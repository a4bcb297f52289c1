"""Insert what may be there already: the one statement both databases spell alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Insert, literal, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from broadcaster.store.told import told_rows
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


def insert_all_unless_there(
    session: Session,
    table: type[Base],
    columns: Mapping[str, TypeEngine[Any]],
    rows: Sequence[tuple[Any, ...]],
) -> int:
    """Insert rows in this order; return how many were new.

    In one order everywhere, or two who insert the same keys wait for each other.
    """
    told = told_rows(session, columns, rows)
    # a bare SELECT before ON CONFLICT would be read by SQLite as a join
    source = select(*(told.c[name] for name in columns)).where(true())
    if session.get_bind().dialect.name == "sqlite":
        statement = sqlite.insert(table).from_select(list(columns), source)
        return _count(session, statement.on_conflict_do_nothing())
    insert = postgresql.insert(table).from_select(list(columns), source)
    return _count(session, insert.on_conflict_do_nothing())


def _count(session: Session, statement: Insert) -> int:
    return len(session.execute(statement.returning(literal(1))).all())


def fit(word: str | None, limit: int) -> str | None:
    """Cut a telco's word to what its column holds; PostgreSQL refuses more, and NUL."""
    return word.replace("\x00", "")[:limit] if word else None

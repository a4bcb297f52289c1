"""Insert what may be there already: the one statement both databases spell alike."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

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


def fit(word: str | None, limit: int) -> str | None:
    """Cut a telco's word to what its column holds; PostgreSQL refuses more, and NUL."""
    return word.replace("\x00", "")[:limit] if word else None

"""Make a crowd many times as large, inside PostgreSQL: a million homes in a minute."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    Table,
    cast,
    func,
    insert,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.orm import Session

from subscriptions.tables.base import Base

TABLES = ("households", "residents", "lines", "subscriptions", "consents")
FOREIGN = {
    "household_id": "households",
    "resident_id": "residents",
    "line_id": "lines",
}
PREFIX, DIGITS = 5, 7
"""How builders/crowds.py writes a number: +8491, and then the line's own id."""


def multiply(session: Session, times: int) -> None:
    """Copy all homes, people, lines and consents until there are `times` as many."""
    tables = {name: Base.metadata.tables[name] for name in TABLES}
    last = {name: _last_id(session, table) for name, table in tables.items()}
    # neither foreign keys nor triggers: the rows are copies of good ones
    session.execute(text("SET LOCAL session_replication_role = replica"))
    for name, table in tables.items():
        _copy(session, table, times=times, last=last, own=last[name])
        sequence = func.pg_get_serial_sequence(name, "id")
        session.execute(select(func.setval(sequence, _last_id(session, table))))


def _copy(
    session: Session, table: Table, *, times: int, last: dict[str, int], own: int
) -> None:
    copies = func.generate_series(1, times - 1).table_valued("copy").render_derived()
    copy: ColumnElement[int] = copies.c.copy
    values: dict[str, ColumnElement[Any]] = {}
    for column in table.columns:
        of = FOREIGN.get(column.name)
        if column.name == "id":
            values["id"] = column + copy * own
        elif of is not None:
            values[column.name] = column + copy * last[of]
        elif column.name == "public_id":
            values["public_id"] = func.gen_random_uuid()
        elif column.name == "match_key":
            values["match_key"] = column + literal("/") + cast(copy, String)
        elif column.name == "e164":
            number = cast(table.c.id + copy * own, String)
            digits = func.lpad(number, DIGITS, "0", type_=String)
            values["e164"] = func.left(column, PREFIX, type_=String) + digits
        else:
            values[column.name] = column
    rows = select(*values.values()).select_from(table.join(copies, true()))
    filled = insert(table).from_select(list(values), rows, include_defaults=False)
    session.execute(filled)


def _last_id(session: Session, table: Table) -> int:
    return session.scalar(select(func.max(table.c.id))) or 0

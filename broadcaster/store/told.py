"""Hand many rows to one statement, in one parameter.

VALUES with a parameter for each fact is compiled anew for every batch: with 200 rows
that cost, measured, three quarters of the time of a window (2026-11, SQLAlchemy 2.1).
One JSON array is one parameter, so the statement is compiled once.
"""

import datetime as dt
import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    String,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine


def told_rows(
    session: Session,
    columns: Mapping[str, TypeEngine[Any]],
    rows: Sequence[Sequence[object]],
) -> CTE:
    """Return these rows as a table named "told", its columns in this order."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    document = bindparam("rows", told_document(rows, on_sqlite=on_sqlite), String)
    return _read(document, columns, on_sqlite=on_sqlite)


def told_table(columns: Mapping[str, TypeEngine[Any]], *, on_sqlite: bool) -> CTE:
    """Return the same table without rows: they come as the parameter "rows".

    For a statement that is built once and run for every request.
    """
    return _read(bindparam("rows", type_=String), columns, on_sqlite=on_sqlite)


def _read(
    document: BindParameter[str],
    columns: Mapping[str, TypeEngine[Any]],
    *,
    on_sqlite: bool,
) -> CTE:
    read = _read_on_sqlite if on_sqlite else _read_on_postgresql
    told = select(*read(document, columns)).cte("told")
    # else every mention of a column reads the document again
    return told.prefix_with("MATERIALIZED", dialect="postgresql")


def _read_on_sqlite(
    document: ColumnElement[str], columns: Mapping[str, TypeEngine[Any]]
) -> list[ColumnElement[Any]]:
    row = func.json_each(document).table_valued("value", name="row").c.value
    return [
        func.json_extract(row, f"$[{place}]", type_=kind).label(name)
        for place, (name, kind) in enumerate(columns.items())
    ]


def _read_on_postgresql(
    document: ColumnElement[str], columns: Mapping[str, TypeEngine[Any]]
) -> list[ColumnElement[Any]]:
    elements = func.jsonb_array_elements(cast(document, JSONB))
    row = elements.table_valued("value", name="row").c.value
    return [
        cast(row.op("->>")(place), kind).label(name)
        for place, (name, kind) in enumerate(columns.items())
    ]


def told_document(rows: Sequence[Sequence[object]], *, on_sqlite: bool) -> str:
    """Return rows as the value of that parameter."""

    @functools.cache  # the moments of a batch are few: most rows share one
    def moment(at: dt.datetime) -> str:
        at = at.astimezone(dt.UTC)
        # the very words in which SQLAlchemy stores a moment on SQLite
        return f"{at:%Y-%m-%d %H:%M:%S.%f}" if on_sqlite else at.isoformat()

    def known(fact: object) -> str:
        if not isinstance(fact, dt.datetime):
            raise TypeError(type(fact))
        return moment(fact)

    return json.dumps(rows, default=known)

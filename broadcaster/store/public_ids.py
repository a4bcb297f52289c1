"""UUIDv7 made by the database itself, for rows that an INSERT … SELECT makes.

RFC 9562, 5.7: 48 bits of milliseconds, then version, variant and chance. New ids lie
side by side at the end of their index, where UUIDv4 would touch a page for each row.
"""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, Uuid, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _MadeByTheDatabase(FunctionElement[uuid.UUID]):
    inherit_cache = True
    name = "new_public_id"
    type = Uuid()


def new_public_ids(now: dt.datetime) -> FunctionElement[uuid.UUID]:
    """Return a column that holds a new UUIDv7 of this moment in every row."""
    return _MadeByTheDatabase(literal(int(now.timestamp() * 1000), BigInteger))


@compiles(_MadeByTheDatabase, "postgresql")
def _on_postgresql(
    element: _MadeByTheDatabase, compiler: SQLCompiler, **words: Any
) -> str:
    # a random UUIDv4 with its first six bytes replaced, and version 4 turned to 7
    milliseconds = compiler.process(element.clauses, **words)
    return (
        "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING "
        f"substring(int8send({milliseconds}) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), "
        "'hex')::uuid"
    )


@compiles(_MadeByTheDatabase, "sqlite")
def _on_sqlite(element: _MadeByTheDatabase, compiler: SQLCompiler, **words: Any) -> str:
    milliseconds = compiler.process(element.clauses, **words)
    return (
        f"lower(printf('%012x', {milliseconds}) || '7' || "
        "substr(hex(randomblob(2)), 2) || substr('89AB', 1 + (random() & 3), 1) || "
        "substr(hex(randomblob(8)), 2))"
    )

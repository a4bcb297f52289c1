"""Lines of which Zalo said that it cannot reach them: known for a month, then not."""

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import ColumnElement, delete, exists, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from broadcaster.store.insertion import fit
from broadcaster.store.tables.zalo import ZaloLine
from subscriptions.tables.base import UtcDateTime

KNOWN_FOR = dt.timedelta(days=30)
"""A person may have installed Zalo since: then the line counts as unknown again."""
CODE_LENGTH = 24


def note_without_zalo(
    session: Session, codes: Mapping[int, str | None], *, now: dt.datetime
) -> None:
    """Note Zalo's word for each line id that it cannot reach; the latest counts."""
    if not codes:
        return
    # in one order everywhere: two who write the same rows would wait for each other
    rows = [
        {
            "line_id": line_id,
            "code": fit(codes[line_id], CODE_LENGTH) or "unknown",
            "learned_at": now,
        }
        for line_id in sorted(codes)
    ]
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = (sqlite if on_sqlite else postgresql).insert(ZaloLine).values(rows)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[ZaloLine.line_id],
            set_={
                "code": insert.excluded.code,
                "learned_at": insert.excluded.learned_at,
            },
        )
    )


def forget_without_zalo(session: Session, line_id: int) -> None:
    """Try a line by Zalo again: its holder just showed that they use it."""
    session.execute(delete(ZaloLine).where(ZaloLine.line_id == line_id))


def lacks_zalo(
    line_id: ColumnElement[int] | ColumnElement[int | None], *, now: dt.datetime
) -> ColumnElement[bool]:
    """Return the expression that tells whether a line is known to lack Zalo."""
    since = literal(now - KNOWN_FOR, UtcDateTime)
    return exists().where(ZaloLine.line_id == line_id, ZaloLine.learned_at > since)

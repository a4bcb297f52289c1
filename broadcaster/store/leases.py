"""Windows of texts, each with a lease: how it begins, goes on and proves itself."""

import datetime as dt
import functools
from collections.abc import Collection

from sqlalchemy import BigInteger, String, Update, bindparam, func, update
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.tables.messages import Message, SendWindow
from broadcaster.store.told import told_document, told_table
from subscriptions.tables.base import UtcDateTime

IN_BULK = {"synchronize_session": False}
NOW = bindparam("now", type_=UtcDateTime())


def lease(session: Session, window: SendWindow, *, sender: str | None) -> int:
    """Keep a window and put its texts into it; return the window's id.

    `sender` is whom its gateway sends as, None where that is the ward's own brandname.
    """
    session.add(window)
    session.flush()
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    session.execute(
        _leasing(on_sqlite=on_sqlite),
        {
            "rows": told_document(
                [(row_id,) for row_id in window.message_ids], on_sqlite=on_sqlite
            ),
            "its_window": window.id,
            "by": window.gateway,
            "as": sender,
            "now": window.claimed_at,
        },
        execution_options=IN_BULK,
    )
    return window.id


@functools.cache
def _leasing(*, on_sqlite: bool) -> Update:
    told = told_table({"id": BigInteger()}, on_sqlite=on_sqlite)
    return (
        update(Message)
        .where(Message.id == told.c.id)
        .values(
            state=MessageState.SUBMITTING,
            window_id=bindparam("its_window"),
            gateway=bindparam("by"),
            sender=func.coalesce(bindparam("as", type_=String), Message.sender),
            submitted_at=NOW,
            attempts=Message.attempts + 1,
            submissions=Message.submissions + 1,
        )
    )


def start(session: Session, window_id: int, *, now: dt.datetime) -> bool:
    """Note that the wire is about to be touched; False when the window was lost."""
    started = session.execute(
        update(SendWindow)
        .where(SendWindow.id == window_id, SendWindow.lease_until > now)
        .values(started_at=now)
        .returning(SendWindow.id),
        execution_options=IN_BULK,
    )
    return started.first() is not None


def renew(
    session: Session, window_ids: Collection[int], *, until: dt.datetime
) -> set[int]:
    """Put off the end of these leases; return the windows that are still ours."""
    kept = session.scalars(
        update(SendWindow)
        .where(SendWindow.id.in_(sorted(window_ids)))
        .values(lease_until=until)
        .returning(SendWindow.id),
        execution_options=IN_BULK,
    )
    return set(kept)

"""Texts that wait although their moment has come: laid aside, let go, or kept back."""

import datetime as dt

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.tables.announcements import Announcement, AnnouncementState
from broadcaster.store.tables.messages import Message, WithheldReason
from subscriptions.tables.base import UtcDateTime

NOT_SENT = (MessageState.QUEUED, MessageState.HELD)
"""What has not left, or came back: for a person it waits, paused or not."""

# written out: SQLite uses a partial index only for the very words of its condition
_IS_HELD = Message.state == literal_column("'held'")


def list_released(session: Session) -> list[int]:
    """Return the announcements that have texts laid aside and are not paused.

    One probe of an index for each announcement with such texts, however many.
    """
    held: list[int] = []
    lowest = select(func.min(Message.announcement_id)).where(_IS_HELD)
    while found := session.scalar(
        lowest.where(Message.announcement_id > (held[-1] if held else 0))
    ):
        held.append(found)
    query = select(Announcement.id).where(
        Announcement.id.in_(held), Announcement.state != AnnouncementState.PAUSED
    )
    return list(session.scalars(query.order_by(Announcement.id)))


def release(
    session: Session, announcement_id: int, *, due_at: dt.datetime, limit: int
) -> int:
    """Put up to `limit` texts laid aside back into the queue; return how many.

    None of them leaves before `due_at`. What another transaction holds is left to it.
    """
    batch = (
        select(Message.id)
        .where(_IS_HELD, Message.announcement_id == announcement_id)
        .order_by(Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    earliest = literal(due_at, UtcDateTime)
    later = case((Message.due_at < earliest, earliest), else_=Message.due_at)
    return _count_changed(
        session,
        Message.id.in_(batch),
        {"state": MessageState.QUEUED, "due_at": later},
    )


def put_off(session: Session, announcement_id: int, *, until: dt.datetime) -> int:
    """Let what is queued of an announcement wait until a moment; return how many."""
    queued = and_(
        Message.announcement_id == announcement_id,
        Message.state == MessageState.QUEUED,
        Message.due_at < until,
    )
    return _change(session, queued, {"due_at": until})


def keep_back(session: Session, announcement_id: int, *, now: dt.datetime) -> int:
    """Withhold as called off whatever has not left.

    Returns how many are, with those that a worker met first.
    """
    theirs = Message.announcement_id == announcement_id
    _change(
        session,
        and_(theirs, Message.state.in_(NOT_SENT)),
        {
            "state": MessageState.WITHHELD,
            "withheld_reason": WithheldReason.CALLED_OFF,
            "finished_at": now,
        },
    )
    kept = select(func.count()).where(
        theirs, Message.withheld_reason == WithheldReason.CALLED_OFF
    )
    return session.scalars(kept).one()


def has_left(session: Session, announcement_id: int) -> bool:
    """Tell whether any text of an announcement was ever claimed to be sent."""
    query = exists().where(
        Message.announcement_id == announcement_id, Message.submitted_at.is_not(None)
    )
    return bool(session.scalar(select(query)))


def _change(
    session: Session, which: ColumnElement[bool], values: dict[str, object]
) -> int:
    # locked in the order of the ids, as receipts do: else each could wait for the other
    locked = select(Message.id).where(which).order_by(Message.id).with_for_update()
    return _count_changed(session, and_(which, Message.id.in_(locked)), values)


def _count_changed(
    session: Session, which: ColumnElement[bool], values: dict[str, object]
) -> int:
    # the connection's own answer: 100,000 ids would be fetched only to be counted
    statement = update(Message).where(which).values(values)
    return session.connection().execute(statement).rowcount

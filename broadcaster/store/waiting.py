"""Texts that should have left long ago: a sign that a process is missing."""

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.tables.messages import Message


def count_overdue(session: Session, *, before: dt.datetime) -> int:
    """Count the texts that were due before a moment and still wait to be sent."""
    overdue = (
        select(func.count())
        .select_from(Message)
        .where(Message.state == MessageState.QUEUED, Message.due_at < before)
    )
    return session.scalars(overdue).one()

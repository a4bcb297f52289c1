"""Texts of which nobody knows whether the telco took them."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import case, exists, select, update
from sqlalchemy.orm import Session

from broadcaster.ports import Submission
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.retrying import next_look
from broadcaster.store.outbox import IN_BULK, submissions
from broadcaster.store.tables.messages import Message
from broadcaster.store.windows import SHOWN


def list_doubts(
    session: Session, gateway: str, *, limit: int, now: dt.datetime
) -> list[Submission]:
    """Return the texts in doubt that the telco is to be asked about now."""
    rows = session.execute(
        select(*SHOWN)
        .where(
            Message.state == MessageState.IN_DOUBT,
            Message.gateway == gateway,
            Message.due_at <= now,
        )
        .order_by(Message.due_at, Message.id)
        .limit(limit)
    ).all()
    return submissions(session, rows)


def ask_later(
    session: Session, asked: Sequence[Submission], *, now: dt.datetime
) -> None:
    """Put off the next question about these, the older the longer."""
    if not asked:
        return
    later = {s.message_id: now + next_look(now - s.submitted_at) for s in asked}
    session.execute(
        update(Message)
        .where(Message.id.in_(later), Message.state == MessageState.IN_DOUBT)
        .values(due_at=case(later, value=Message.id)),
        execution_options=IN_BULK,
    )


def is_taken(session: Session, gateway: str, *, provider_id: str) -> bool:
    """Tell whether a message of ours already has this id of the telco's."""
    query = exists().where(
        Message.gateway == gateway, Message.provider_id == provider_id
    )
    return bool(session.scalar(select(query)))

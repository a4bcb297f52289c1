"""Which texts leave next, and which of them must not: one statement decides."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    Row,
    String,
    and_,
    case,
    func,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.tables.announcements import Announcement, AnnouncementState
from broadcaster.store.tables.messages import Message, WithheldReason
from subscriptions.consents import latest_action
from subscriptions.tables.base import UtcDateTime
from subscriptions.tables.consents import ConsentAction
from subscriptions.tables.households import Line, LineStatus

GO = "go"
EXPIRED = "expired"


def take_window(
    session: Session, gateway: str, *, limit: int, lease: dt.timedelta, now: dt.datetime
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Move the next due texts on, and return them with the state they got.

    SUBMITTING, under a lease; or EXPIRED; or WITHHELD with its reason, for consent
    and line are read again at this moment.
    """
    due = _due(gateway, limit=limit, now=now)
    goes = due.c.fate == GO
    reasons = [reason.value for reason in WithheldReason]
    never = literal(None, UtcDateTime)
    statement = (
        update(Message)
        .where(Message.id == due.c.id, Message.state == MessageState.QUEUED)
        .values(
            state=case(
                (goes, MessageState.SUBMITTING.value),
                (due.c.fate == EXPIRED, MessageState.EXPIRED.value),
                else_=MessageState.WITHHELD.value,
            ),
            withheld_reason=case((due.c.fate.in_(reasons), due.c.fate), else_=null()),
            lease_until=case((goes, literal(now + lease, UtcDateTime)), else_=never),
            submitted_at=case(
                (goes, literal(now, UtcDateTime)), else_=Message.submitted_at
            ),
            finished_at=case((goes, never), else_=literal(now, UtcDateTime)),
            attempts=Message.attempts + case((goes, 1), else_=0),
        )
        .returning(*SHOWN)
    )
    return session.execute(
        statement, execution_options={"synchronize_session": False}
    ).all()


SHOWN = (
    Message.id,
    Message.public_id,
    Message.announcement_id,
    Message.to,
    Message.sender,
    Message.text,
    Message.state,
    Message.lane,
    Message.due_at,
    Message.submitted_at,
    Message.valid_until,
)


def _due(gateway: str, *, limit: int, now: dt.datetime) -> CTE:
    """Select the next window and what becomes of each text in it.

    A CTE, not IN (…): with rows locked in it, PostgreSQL runs it exactly once.
    """
    agreed = latest_action(Message.line_id.expression, Message.purpose.expression)
    fate = case(
        (Message.valid_until <= now, EXPIRED),
        (
            Announcement.state == AnnouncementState.CALLED_OFF,
            WithheldReason.CALLED_OFF.value,
        ),
        (Line.status == LineStatus.UNUSABLE, WithheldReason.UNUSABLE_LINE.value),
        (
            and_(
                Message.purpose.is_not(None),
                func.coalesce(agreed, literal("", String))
                != ConsentAction.GRANTED.value,
            ),
            WithheldReason.CONSENT.value,
        ),
        else_=GO,
    )
    return (
        select(Message.id, fate.label("fate"))
        .outerjoin(Line, Line.id == Message.line_id)
        .outerjoin(Announcement, Announcement.id == Message.announcement_id)
        .where(
            Message.state == MessageState.QUEUED,
            Message.gateway == gateway,
            Message.due_at <= now,
        )
        .order_by(Message.lane, Message.due_at, Message.id)
        .limit(limit)
        .with_for_update(of=Message, skip_locked=True)
        .cte("due")
    )

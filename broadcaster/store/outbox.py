"""The outbox: texts wait here, leave in windows, and learn what became of them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, exists, null, select, update
from sqlalchemy.orm import Session

from broadcaster.ports import Outcome, Submission, Verdict
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.retrying import LOOK_AFTER, next_try
from broadcaster.rules.segments import measure
from broadcaster.store.moves import Move, move
from broadcaster.store.pauses import is_paused
from broadcaster.store.tables.announcements import Announcement, Lane
from broadcaster.store.tables.messages import Message, MessageKind
from broadcaster.store.windows import take_window
from subscriptions.phones import carrier_of
from subscriptions.tables.consents import Purpose

IN_BULK = {"synchronize_session": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewText:
    """One text for one phone that belongs to no announcement.

    `purpose` None needs no consent: an answer, a code or a test that was asked for.
    """

    ward_id: int
    to: str
    sender: str
    text: str
    kind: MessageKind
    gateway: str
    line_id: int | None = None
    purpose: Purpose | None = None
    lane: Lane = Lane.TRANSACTIONAL
    due_at: dt.datetime | None = None
    valid_until: dt.datetime | None = None


def enqueue(session: Session, new: NewText, *, now: dt.datetime) -> Message:
    """Put one text into the outbox; it leaves when the relay next rings."""
    measured = measure(new.text)
    message = Message(
        ward_id=new.ward_id,
        line_id=new.line_id,
        kind=new.kind,
        purpose=new.purpose,
        to=new.to,
        sender=new.sender,
        text=new.text,
        encoding=measured.encoding,
        segments=measured.segments,
        carrier=carrier_of(new.to) or "",
        gateway=new.gateway,
        lane=new.lane,
        due_at=new.due_at or now,
        valid_until=new.valid_until,
        created_at=now,
    )
    session.add(message)
    session.flush()
    return message


def gateways_due(
    session: Session, gateways: Iterable[str], *, now: dt.datetime
) -> list[str]:
    """Return which of these gateways have texts due and do not ask us to wait."""
    return [
        name
        for name in gateways
        if _has_due(session, name, now=now) and not is_paused(session, name, now=now)
    ]


def claim(
    session: Session, gateway: str, *, limit: int, lease: dt.timedelta, now: dt.datetime
) -> list[Submission]:
    """Take the next texts for this gateway, the most urgent lane first.

    Each is leased: commit before anything leaves. Whoever withdrew consent, has a
    dead line, or is told of something over or called off, is passed by for good.
    Returns nothing when nothing is due or the gateway asked us to wait.
    """
    if is_paused(session, gateway, now=now):
        return []
    while rows := take_window(session, gateway, limit=limit, lease=lease, now=now):
        going = [row for row in rows if row.state is MessageState.SUBMITTING]
        if going:
            return submissions(session, going)
    return []


def record(session: Session, outcomes: Sequence[Outcome], *, now: dt.datetime) -> int:
    """Write what became of a window in one conditional UPDATE; return how many moved.

    A refusal for now goes back to the queue to be tried later, five times; where the
    telco asked everybody to wait (`retry_after`), the attempt does not count.
    """
    attempts = _attempts_of_later(session, outcomes)
    return move(
        session,
        [
            _move_of(outcome, attempts.get(outcome.message_id, 0), now=now)
            for outcome in outcomes
        ],
        now=now,
    )


def expire_leases(session: Session, now: dt.datetime) -> int:
    """Put texts whose sender never reported back in doubt; return how many."""
    lost = (
        select(Message.id)
        .where(Message.state == MessageState.SUBMITTING, Message.lease_until <= now)
        .with_for_update(skip_locked=True)
        .cte("lost")
    )
    rows = session.execute(
        update(Message)
        .where(Message.id == lost.c.id, Message.state == MessageState.SUBMITTING)
        .values(
            state=MessageState.IN_DOUBT, lease_until=null(), due_at=now + LOOK_AFTER
        )
        .returning(Message.id),
        execution_options=IN_BULK,
    )
    return len(rows.all())


def _has_due(session: Session, gateway: str, *, now: dt.datetime) -> bool:
    # one probe a lane: what waits for tomorrow in a lane is then never walked through
    due = (
        exists().where(
            Message.state == MessageState.QUEUED,
            Message.gateway == gateway,
            Message.lane == lane,
            Message.due_at <= now,
        )
        for lane in Lane
    )
    return any(session.scalar(select(probe)) for probe in due)


def submissions(
    session: Session, rows: Sequence[Row[*tuple[Any, ...]]]
) -> list[Submission]:
    """Make submissions of rows of SHOWN, the most urgent first."""
    common = {row.announcement_id for row in rows if row.text is None}
    query = select(Announcement.id, Announcement.text).where(
        Announcement.id.in_(common)
    )
    texts = {row.id: row.text for row in session.execute(query)} if common else {}
    return [
        Submission(
            message_id=row.id,
            reference=row.public_id,
            to=row.to,
            text=texts[row.announcement_id] if row.text is None else row.text,
            sender=row.sender,
            submitted_at=row.submitted_at,
            valid_until=row.valid_until,
        )
        for row in sorted(rows, key=lambda row: (row.lane, row.due_at, row.id))
    ]


def _attempts_of_later(session: Session, outcomes: Sequence[Outcome]) -> dict[int, int]:
    later = [o.message_id for o in outcomes if o.verdict is Verdict.LATER]
    if not later:
        return {}
    query = select(Message.id, Message.attempts).where(Message.id.in_(later))
    return {row.id: row.attempts for row in session.execute(query)}


def _move_of(outcome: Outcome, attempts: int, *, now: dt.datetime) -> Move:
    to, due_at = _STATES[outcome.verdict], None
    if outcome.verdict is Verdict.IN_DOUBT:
        due_at = now + LOOK_AFTER
    elif outcome.verdict is Verdict.LATER:
        pause = (
            next_try(attempts)
            if outcome.retry_after is None
            else dt.timedelta(seconds=outcome.retry_after)
        )
        to = MessageState.REFUSED if pause is None else to
        due_at = None if pause is None else now + pause
    return Move(
        message_id=outcome.message_id,
        to=to,
        at=now,
        provider_id=outcome.provider_id,
        code=outcome.code,
        blame=outcome.blame,
        accepted_at=now,
        due_at=due_at,
        tries_back=0 if outcome.retry_after is None else 1,
    )


_STATES = {
    Verdict.ACCEPTED: MessageState.ACCEPTED,
    Verdict.NEVER: MessageState.REFUSED,
    # until a second gateway is installed there is nowhere else to go
    Verdict.ELSEWHERE: MessageState.REFUSED,
    Verdict.LATER: MessageState.QUEUED,
    Verdict.IN_DOUBT: MessageState.IN_DOUBT,
}

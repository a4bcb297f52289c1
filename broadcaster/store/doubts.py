"""Texts of which nobody knows whether the telco took them, or what it did then."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    exists,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from broadcaster.ports import Submission
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.retrying import (
    EMERGENCY_AGAIN_AFTER,
    EMERGENCY_ATTEMPTS,
    LOOK_AFTER,
    REPEATED_WITHIN,
    SILENT_AFTER,
    next_look,
)
from broadcaster.store.leases import IN_BULK
from broadcaster.store.outbox import end_windows
from broadcaster.store.repeats import is_repeated
from broadcaster.store.tables.announcements import Announcement, Lane
from broadcaster.store.tables.messages import Message, SendWindow

MEMORY = dt.timedelta(days=8)
"""How long ago an announcement may have left for its texts to be asked about."""
NEVER_LEFT: Mapping[str, object] = {
    "state": case(
        (is_repeated(), MessageState.IN_DOUBT.value),
        else_=MessageState.QUEUED.value,
    ),
    "attempts": Message.attempts - 1,
}


def end_lost_windows(session: Session, now: dt.datetime) -> tuple[int, int]:
    """End windows whose worker is gone; return how many texts are put back, doubted.

    Of a window that had not started no text left: they go back, uncounted, a repeated
    doubt as the doubt it was. Of one that had, nobody knows.
    """
    lost = session.scalars(
        select(SendWindow)
        .where(SendWindow.lease_until <= now)
        .with_for_update(skip_locked=True)
    ).all()
    back = doubted = 0
    for window in lost:
        if window.started_at is None:
            back += _end(session, window, NEVER_LEFT)
        else:
            doubted += _end(
                session,
                window,
                {"state": MessageState.IN_DOUBT, "due_at": now + LOOK_AFTER},
            )
    end_windows(session, [window.id for window in lost])
    return back, doubted


def doubt_stale_repeats(session: Session, now: dt.datetime) -> int:
    """Doubt again what was to be repeated and found no gateway; return how many.

    By the time one is back, the telco may have forgotten that it has the text.
    """
    rows = session.execute(
        update(Message)
        .where(
            Message.state == MessageState.QUEUED,
            is_repeated(),
            Message.due_at <= now - REPEATED_WITHIN,
        )
        .values(state=MessageState.IN_DOUBT, due_at=now)
        .returning(Message.id),
        execution_options=IN_BULK,
    )
    return len(rows.all())


def give_back_unknown(session: Session, worker: str, known: Collection[int]) -> int:
    """Put back what this worker claimed without learning of it; return how many.

    The database went away between a commit and its answer: nothing of that left.
    """
    unknown = session.scalars(
        select(SendWindow).where(
            SendWindow.worker == worker, SendWindow.id.not_in(sorted(known))
        )
    ).all()
    back = sum(_end(session, window, NEVER_LEFT) for window in unknown)
    end_windows(session, [window.id for window in unknown])
    return back


def list_doubts(
    session: Session, gateway: str, *, limit: int, now: dt.datetime
) -> list[Submission]:
    """Return the texts in doubt that the telco is to be asked about now."""
    return read_texts(
        session,
        [
            Message.state == MessageState.IN_DOUBT,
            Message.gateway == gateway,
            Message.due_at <= now,
        ],
        limit=limit,
    )


def list_silent(
    session: Session, gateway: str, *, limit: int, now: dt.datetime
) -> list[Submission]:
    """Return texts the telco took a day ago without a word since, not asked today."""
    recent = select(Announcement.id).where(
        Announcement.due_at > now - MEMORY, Announcement.due_at <= now - SILENT_AFTER
    )
    return read_texts(
        session,
        [
            or_(
                Message.announcement_id.in_(recent),
                and_(
                    Message.announcement_id.is_(None),
                    Message.accepted_at > now - MEMORY,
                ),
            ),
            Message.state == MessageState.ACCEPTED,
            Message.gateway == gateway,
            Message.accepted_at <= now - SILENT_AFTER,
            or_(Message.asked_at.is_(None), Message.asked_at <= now - SILENT_AFTER),
        ],
        limit=limit,
    )


def note_asked(
    session: Session, message_ids: Sequence[int], *, now: dt.datetime
) -> None:
    """Note that the telco was asked about these texts that it had taken."""
    session.execute(
        update(Message).where(Message.id.in_(message_ids)).values(asked_at=now),
        execution_options=IN_BULK,
    )


def ask_later(
    session: Session,
    asked: Sequence[Submission],
    *,
    absent_after: dt.timedelta | None,
    now: dt.datetime,
) -> None:
    """Put off the next question about these, the older the longer.

    The moment from which the telco's silence proves something is not slept through,
    nor that from which an emergency is sent again.
    """
    if not asked:
        return
    later = {}
    for text in asked:
        age = now - text.submitted_at
        moments = (absent_after or EMERGENCY_AGAIN_AFTER, EMERGENCY_AGAIN_AFTER)
        ahead = [moment - age for moment in moments if age < moment]
        later[text.message_id] = now + min([next_look(age), *ahead])
    session.execute(
        update(Message)
        .where(Message.id.in_(later), Message.state == MessageState.IN_DOUBT)
        .values(due_at=case(later, value=Message.id)),
        execution_options=IN_BULK,
    )


def send_again(
    session: Session,
    message_ids: Sequence[int],
    *,
    same_attempt: Collection[int] = (),
    now: dt.datetime,
) -> int:
    """Put texts in doubt back into the queue; return how many still were in doubt.

    Those of `same_attempt` are handed in under the number that they have: their telco
    takes it once, and no other gets them.
    """
    if not message_ids:
        return 0
    is_same = Message.id.in_(sorted(same_attempt))
    rows = session.execute(
        update(Message)
        .where(Message.id.in_(message_ids), Message.state == MessageState.IN_DOUBT)
        .values(
            state=MessageState.QUEUED,
            due_at=now,
            submissions=Message.submissions - case((is_same, 1), else_=0),
            first_tried_at=case(
                (is_same, func.coalesce(Message.first_tried_at, Message.submitted_at)),
                else_=null(),
            ),
        )
        .returning(Message.id),
        execution_options=IN_BULK,
    )
    return len(rows.all())


def list_emergencies(
    session: Session, message_ids: Sequence[int], *, now: dt.datetime
) -> list[int]:
    """Return which of these doubts the emergencies' policy sends again now."""
    query = select(Message.id).where(
        Message.id.in_(message_ids),
        Message.lane == Lane.EMERGENCY,
        Message.submitted_at <= now - EMERGENCY_AGAIN_AFTER,
        Message.attempts < EMERGENCY_ATTEMPTS,
    )
    return list(session.scalars(query))


def is_anothers(
    session: Session, gateway: str, *, provider_id: str, message_id: int
) -> bool:
    """Tell whether another message of ours has this id of the telco's."""
    query = exists().where(
        Message.gateway == gateway,
        Message.provider_id == provider_id,
        Message.id != message_id,
    )
    return bool(session.scalar(select(query)))


def _end(session: Session, window: SendWindow, values: Mapping[str, object]) -> int:
    rows = session.execute(
        update(Message)
        .where(
            Message.id.in_(window.message_ids),
            Message.state == MessageState.SUBMITTING,
            Message.window_id == window.id,
        )
        .values({"window_id": null(), **values})
        .returning(Message.id),
        execution_options=IN_BULK,
    )
    return len(rows.all())


def read_texts(
    session: Session, conditions: list[ColumnElement[bool]], *, limit: int
) -> list[Submission]:
    """Return texts as they were submitted, for asking the telco about them."""
    rows = session.execute(
        select(
            Message.id,
            Message.public_id,
            Message.to,
            Message.sender,
            func.coalesce(Message.first_tried_at, Message.submitted_at).label(
                "submitted_at"
            ),
            Message.accepted_at,
            Message.valid_until,
            Message.segments,
            Message.submissions,
            Message.user_id,
            Message.provider_id,
            Message.text,
            Announcement.text.label("common"),
        )
        .outerjoin(Announcement, Announcement.id == Message.announcement_id)
        .where(*conditions)
        .order_by(Message.due_at, Message.id)
        .limit(limit)
    )
    return [
        Submission(
            message_id=row.id,
            reference=row.public_id,
            to=row.to,
            text=row.common if row.text is None else row.text,
            sender=row.sender,
            submitted_at=row.submitted_at or row.accepted_at,
            valid_until=row.valid_until,
            segments=row.segments,
            attempt=row.submissions,
            user_id=row.user_id,
            provider_id=row.provider_id,
        )
        for row in rows
    ]

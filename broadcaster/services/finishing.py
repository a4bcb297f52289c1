"""Announcements move along with their messages."""

import datetime as dt

from sqlalchemy import ColumnElement, exists, update

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement, AnnouncementState
from broadcaster.store.tables.messages import Message

OPEN = (
    MessageState.QUEUED,
    MessageState.HELD,
    MessageState.SUBMITTING,
    MessageState.IN_DOUBT,
)
"""Where there is still something for us to do."""
UNDER_WAY = (AnnouncementState.SENDING, AnnouncementState.PAUSED)


def finish_announcements(database: Database, *, now: dt.datetime) -> int:
    """Move announcements along with their messages; return how many are finished.

    Scheduled ones whose moment has come are sending. One is finished when nothing of
    it is queued, laid aside, on the wire or in doubt: all that is ours to do is done,
    and no message can come back from there. Receipts may still arrive for days, and
    some never do, so "Xong" on the live page is another question:
    `Progress.is_settled`. One that was called off keeps its state, and gets the time
    when nothing is open; one that is paused stays so while there is a text to send.
    """
    with database.writing() as session:
        session.execute(
            update(Announcement)
            .where(
                Announcement.state == AnnouncementState.SCHEDULED,
                Announcement.due_at <= now,
            )
            .values(state=AnnouncementState.SENDING)
        )
        finished = session.scalars(
            update(Announcement)
            .where(
                Announcement.state.in_(UNDER_WAY),
                ~_has_open_messages(),
            )
            .values(state=AnnouncementState.FINISHED, finished_at=now)
            .returning(Announcement.id)
        ).all()
        session.execute(
            update(Announcement)
            .where(
                Announcement.state == AnnouncementState.CALLED_OFF,
                Announcement.finished_at.is_(None),
                ~_has_open_messages(),
            )
            .values(finished_at=now)
        )
    return len(finished)


def _has_open_messages() -> ColumnElement[bool]:
    return exists().where(
        Message.announcement_id == Announcement.id, Message.state.in_(OPEN)
    )

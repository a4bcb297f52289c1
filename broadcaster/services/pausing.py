"""Stopping an announcement for a while, and letting it go on."""

import datetime as dt
import uuid

from broadcaster.errors import StateError
from broadcaster.rules.permissions import Act
from broadcaster.services.accounts import Actor
from broadcaster.services.confirming import note, waking_moment
from broadcaster.store.announcements import lock_announcement
from broadcaster.store.bells import ring_bell
from broadcaster.store.holds import has_left, list_released, put_off, release
from broadcaster.store.reports import Progress, progress
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement, AnnouncementState

PAUSABLE = frozenset({AnnouncementState.SCHEDULED, AnnouncementState.SENDING})
BATCH = 5_000
"""Texts put back into the queue in one transaction: none is held for long."""


def pause(
    database: Database, public_id: uuid.UUID, *, actor: Actor, now: dt.datetime
) -> Progress:
    """Stop an announcement for a while, by one row however many texts it has.

    Windows that are claimed already still leave; any other text is laid aside when it
    would be claimed. Returns how it stands. Raises NotAllowedError, NotFoundError, and
    StateError with its state when there is nothing to pause.
    """
    actor.require(Act.STOP_ANNOUNCEMENTS)
    with database.writing() as session:
        announcement = lock_announcement(session, public_id, ward_id=actor.ward_id)
        if announcement.state not in PAUSABLE:
            raise StateError(announcement.state)
        announcement.state = AnnouncementState.PAUSED
        note(session, announcement, "paused", actor=actor, now=now)
    return _progress(database, announcement)


def resume(
    database: Database,
    public_id: uuid.UUID,
    *,
    actor: Actor,
    now: dt.datetime,
    batch: int = BATCH,
) -> Progress:
    """Let a paused announcement go on, in quiet hours in the morning.

    The first `batch` of the texts laid aside are due again at once, `release_held`
    brings the rest; what is no longer valid expires. Raises as `pause` does.
    """
    actor.require(Act.STOP_ANNOUNCEMENTS)
    with database.writing() as session:
        announcement = lock_announcement(session, public_id, ward_id=actor.ward_id)
        if announcement.state is not AnnouncementState.PAUSED:
            raise StateError(announcement.state)
        moment = waking_moment(session, announcement, now=now)
        if moment > now:
            put_off(session, announcement.id, until=moment)
            if not has_left(session, announcement.id):
                announcement.due_at = moment
        announcement.state = _going(announcement, now=now)
        release(session, announcement.id, due_at=moment, limit=batch)
        ring_bell(session)
        note(session, announcement, "resumed", actor=actor, now=now)
    return _progress(database, announcement)


def release_held(database: Database, *, now: dt.datetime) -> int:
    """Put back what was laid aside of announcements that go on; return how many.

    A worker that had read "paused" may lay texts aside after the pause is over. Those
    of an announcement that was called off come back as well, to be withheld when they
    are claimed.
    """
    with database.reading() as session:
        waiting = list_released(session)
    released = 0
    for announcement_id in waiting:
        while number := _release_some(database, announcement_id, now=now):
            released += number
    return released


def _release_some(database: Database, announcement_id: int, *, now: dt.datetime) -> int:
    with database.writing() as session:
        announcement = session.get_one(Announcement, announcement_id)
        if announcement.state is AnnouncementState.PAUSED:
            return 0
        goes_on = announcement.state in PAUSABLE
        moment = waking_moment(session, announcement, now=now) if goes_on else now
        number = release(session, announcement_id, due_at=moment, limit=BATCH)
        ring_bell(session)
        return number


def _progress(database: Database, announcement: Announcement) -> Progress:
    # only now: to count a million texts takes seconds, in which others would leave
    with database.reading() as session:
        return progress(session, announcement.id)


def _going(announcement: Announcement, *, now: dt.datetime) -> AnnouncementState:
    due_at = announcement.due_at
    is_later = due_at is not None and due_at > now
    return AnnouncementState.SCHEDULED if is_later else AnnouncementState.SENDING

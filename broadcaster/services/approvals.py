"""The second person: approves what somebody else wrote, exactly as it was read."""

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from broadcaster.errors import InputError, NotAllowedError, StateError
from broadcaster.rules.permissions import Act
from broadcaster.services.accounts import Actor
from broadcaster.services.confirming import confirm, count_lines, note
from broadcaster.services.drafts import hash_of_announcement
from broadcaster.store.announcements import lock_announcement
from broadcaster.store.freezing import snapshot, try_again
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement, AnnouncementState

MAX_REASON = 300


def approve(
    database: Database,
    public_id: uuid.UUID,
    *,
    actor: Actor,
    seen_hash: str,
    gateway: str,
    now: dt.datetime,
) -> Announcement:
    """Approve and send what waits for it. `seen_hash` is of what the approver read.

    Raises NotAllowedError for the author and for who may not approve; StateError:
    `edited` since it was read, `too_late` for its validity, or it does not wait (any
    more); InputError when the audience has become nobody, or the ward's month has no
    room for it.
    """

    def agree() -> Announcement:
        with snapshot(database) as session:
            announcement = _lock_waiting(session, public_id, actor=actor)
            _check_unchanged(announcement, seen_hash, now=now)
            announcement.approver_id = actor.account_id
            lines = count_lines(session, announcement)
            confirm(session, announcement, lines=lines, gateway=gateway, now=now)
            note(session, announcement, "approved", actor=actor, now=now, lines=lines)
            return announcement

    return try_again(agree)


def return_to_author(
    database: Database,
    public_id: uuid.UUID,
    *,
    actor: Actor,
    reason: str,
    now: dt.datetime,
) -> Announcement:
    """Give it back to be changed, and say why. Raises as `approve`, and InputError."""
    why = read_reason(reason)
    with database.writing() as session:
        announcement = _lock_waiting(session, public_id, actor=actor)
        announcement.state = AnnouncementState.RETURNED
        announcement.approved_hash = None
        announcement.returned_reason = why
        note(session, announcement, "returned", actor=actor, now=now)
        return announcement


def read_reason(reason: str) -> str:
    """Return a reason that can be stored. Raises InputError."""
    why = reason.replace("\x00", "").strip()
    if not why:
        raise InputError("reason", "empty")
    if len(why) > MAX_REASON:
        raise InputError("reason", "too_long")
    return why


def _check_unchanged(
    announcement: Announcement, seen_hash: str, *, now: dt.datetime
) -> None:
    if {seen_hash, hash_of_announcement(announcement)} != {announcement.approved_hash}:
        raise StateError("edited")
    if announcement.valid_until is not None and announcement.valid_until <= now:
        raise StateError("too_late")


def _lock_waiting(
    session: Session, public_id: uuid.UUID, *, actor: Actor
) -> Announcement:
    actor.require(Act.APPROVE_ANNOUNCEMENTS)
    announcement = lock_announcement(session, public_id, ward_id=actor.ward_id)
    if announcement.author_id == actor.account_id:
        raise NotAllowedError("nobody approves their own announcement")
    if announcement.state is not AnnouncementState.AWAITING_APPROVAL:
        raise StateError(announcement.state)
    return announcement

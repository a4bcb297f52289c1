"""Announcements: written, submitted once, sent, and stopped when they must be."""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from broadcaster.errors import InputError, NotAllowedError, StateError
from broadcaster.rules.permissions import Act
from broadcaster.services.accounts import Actor
from broadcaster.services.budgets import require_room
from broadcaster.services.confirming import (
    confirm,
    count_lines,
    first_moment,
    needs_approval,
    note,
)
from broadcaster.services.drafts import (
    Draft,
    check_times,
    copy_content,
    hash_of_announcement,
    read_key,
    write_announcement,
)
from broadcaster.services.zalo_renderings import check_rendering
from broadcaster.store.announcements import find_announcement_by_key, lock_announcement
from broadcaster.store.freezing import ChangedMeanwhileError, snapshot, try_again
from broadcaster.store.holds import keep_back
from broadcaster.store.reports import Progress, progress
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement, AnnouncementState

_A = AnnouncementState
EDITABLE = frozenset({_A.DRAFT, _A.RETURNED, _A.AWAITING_APPROVAL})
SUBMITTABLE = frozenset({_A.DRAFT, _A.RETURNED})
STOPPABLE = EDITABLE | {_A.SCHEDULED, _A.SENDING, _A.PAUSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledOff:
    """What calling off came to: `withheld` now, the rest as it stood."""

    withheld: int
    progress: Progress


def save_draft(
    database: Database, draft: Draft, *, actor: Actor, now: dt.datetime
) -> Announcement:
    """Keep what was written, to go on later. The same form saved again changes it.

    Raises InputError, NotAllowedError. A `rule` is for `schedules.create_schedule`.
    """
    return _once(database, draft, actor=actor, gateway=None, now=now)


def submit_announcement(
    database: Database, draft: Draft, *, actor: Actor, gateway: str, now: dt.datetime
) -> Announcement:
    """Send a draft on its way: into the outbox, or to whoever must approve it.

    The same form posted twice is one announcement, and the second post returns it;
    posted with other content than was submitted, it is refused. Raises InputError
    naming the field, and nothing is stored; NotAllowedError.
    """
    return _once(database, draft, actor=actor, gateway=gateway, now=now)


def edit_draft(
    database: Database,
    public_id: uuid.UUID,
    draft: Draft,
    *,
    actor: Actor,
    now: dt.datetime,
) -> Announcement:
    """Write one's own draft anew. One that awaits approval is a draft again.

    Raises InputError, NotAllowedError, StateError once it is confirmed.
    """
    written = _written(draft, actor=actor, now=now)
    with database.writing() as session:
        announcement = _lock_own(session, public_id, actor=actor, among=EDITABLE)
        copy_content(announcement, written)
        check_rendering(session, announcement.zalo, ward_id=announcement.ward_id)
        note(session, announcement, "edited", actor=actor, now=now)
        return announcement


def submit_draft(
    database: Database,
    public_id: uuid.UUID,
    *,
    actor: Actor,
    gateway: str,
    now: dt.datetime,
) -> Announcement:
    """Submit one's own saved or returned draft, as `submit_announcement` does."""
    actor.require(Act.WRITE_ANNOUNCEMENTS)

    def submit() -> Announcement:
        with snapshot(database) as session:
            announcement = _lock_own(session, public_id, actor=actor, among=SUBMITTABLE)
            _submit(session, announcement, actor=actor, gateway=gateway, now=now)
            return announcement

    return try_again(submit)


def call_off(
    database: Database,
    public_id: uuid.UUID,
    *,
    networks: Collection[str] = (),
    actor: Actor,
    now: dt.datetime,
) -> CalledOff:
    """Stop an announcement, paused or not: what waits is withheld, what is out goes on.

    It is stopped before its texts are withheld: meanwhile thousands would leave. Those
    on the wire that come back, and all should we die in between, are withheld when
    they are next claimed. Raises StateError when it is over or was called off before.
    """
    actor.require(Act.STOP_ANNOUNCEMENTS)
    with database.writing() as session:
        announcement = lock_announcement(session, public_id, ward_id=actor.ward_id)
        if announcement.state not in STOPPABLE:
            raise StateError(announcement.state)
        announcement.state = AnnouncementState.CALLED_OFF
        note(session, announcement, "called_off", actor=actor, now=now)
    with database.writing() as session:
        withheld = keep_back(session, announcement.id, now=now)
        if announcement.recipients is not None:
            note(
                session,
                announcement,
                "kept_back",
                actor=actor,
                now=now,
                withheld=withheld,
            )
    with database.reading() as session:
        reached = progress(session, announcement.id, networks=networks)
    return CalledOff(withheld=withheld, progress=reached)


def _once(
    database: Database,
    draft: Draft,
    *,
    actor: Actor,
    gateway: str | None,
    now: dt.datetime,
) -> Announcement:
    def keep() -> Announcement:
        written = _written(draft, actor=actor, now=now)
        return _keep(database, written, actor=actor, gateway=gateway, now=now)

    # the same form may be posted at the same moment: then that one is there now
    return try_again(keep, after=(IntegrityError, ChangedMeanwhileError))


def _written(draft: Draft, *, actor: Actor, now: dt.datetime) -> Announcement:
    actor.require(Act.WRITE_ANNOUNCEMENTS)
    if draft.rule is not None:
        raise InputError("rule", "needs_a_schedule")
    read_key(draft.idempotency_key)
    return write_announcement(
        draft, ward_id=actor.ward_id, author_id=actor.account_id, now=now
    )


def _lock_own(
    session: Session,
    public_id: uuid.UUID,
    *,
    actor: Actor,
    among: frozenset[AnnouncementState],
) -> Announcement:
    announcement = lock_announcement(session, public_id, ward_id=actor.ward_id)
    if announcement.author_id != actor.account_id:
        raise NotAllowedError("only its author changes an announcement")
    if announcement.state not in among:
        raise StateError(announcement.state)
    return announcement


def _keep(
    database: Database,
    written: Announcement,
    *,
    actor: Actor,
    gateway: str | None,
    now: dt.datetime,
) -> Announcement:
    with snapshot(database) as session:
        announcement = find_announcement_by_key(session, written.idempotency_key)
        if announcement is None:
            announcement = written
            session.add(announcement)
            session.flush()
            note(session, announcement, "written", actor=actor, now=now)
        elif not _may_go_on(announcement, written, actor=actor):
            return announcement
        if gateway is None:
            check_rendering(session, announcement.zalo, ward_id=announcement.ward_id)
        else:
            _submit(session, announcement, actor=actor, gateway=gateway, now=now)
        return announcement


def _may_go_on(first: Announcement, written: Announcement, *, actor: Actor) -> bool:
    """Tell whether what the form made before is still a draft, and bring it up to date.

    Raises InputError for somebody else's key, or one that was used for other content.
    """
    if first.author_id != actor.account_id:
        raise InputError("idempotency_key", "taken")
    if first.state is AnnouncementState.DRAFT:
        copy_content(first, written)
        return True
    if hash_of_announcement(first) != hash_of_announcement(written):
        raise InputError("idempotency_key", "other_content")
    return False


def _submit(
    session: Session,
    announcement: Announcement,
    *,
    actor: Actor,
    gateway: str,
    now: dt.datetime,
) -> None:
    check_times(announcement.send_at, announcement.valid_until, now=now)
    check_rendering(session, announcement.zalo, ward_id=announcement.ward_id)
    lines = count_lines(session, announcement)
    announcement.returned_reason = None
    if needs_approval(session, announcement, lines=lines):
        due_at = first_moment(session, announcement, now=now)
        require_room(session, announcement, due_at=due_at, now=now)
        announcement.state = AnnouncementState.AWAITING_APPROVAL
        announcement.approved_hash = hash_of_announcement(announcement)
        note(session, announcement, "submitted", actor=actor, now=now, lines=lines)
        return
    confirm(session, announcement, lines=lines, gateway=gateway, now=now)
    note(session, announcement, "confirmed", actor=actor, now=now, lines=lines)

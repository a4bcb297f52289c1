"""The last step before the outbox: who must agree, when it leaves, and the freeze."""

import datetime as dt

from sqlalchemy.orm import Session

from broadcaster.errors import InputError
from broadcaster.rules.segments import measure
from broadcaster.rules.timing import end_of_quiet_hours
from broadcaster.services import journal
from broadcaster.services.accounts import Actor
from broadcaster.services.budgets import reserve
from broadcaster.store.bells import ring_bell
from broadcaster.store.freezing import Terms, count_recipients, freeze
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Lane,
    Topic,
)
from broadcaster.store.zalo_terms import zalo_terms
from subscriptions.audience import Audience, exclusions, recipients
from subscriptions.places import Scope, get_ward, list_groups

BULK_OVER = 5_000
"""Recipients above which an announcement lets smaller ones go first."""


def count_lines(session: Session, announcement: Announcement) -> int:
    """Count the phones its audience has now. Raises InputError when it has none."""
    lines = count_recipients(
        session,
        recipients(
            Audience.from_json(announcement.audience),
            ward_id=announcement.ward_id,
            purpose=announcement.purpose,
        ),
    )
    if lines == 0:
        raise InputError("audience", "nobody")
    return lines


def needs_approval(session: Session, announcement: Announcement, *, lines: int) -> bool:
    """Tell whether a second person must agree: many phones, or the whole ward."""
    ward = get_ward(session, announcement.ward_id)
    audience = Audience.from_json(announcement.audience)
    return lines > ward.approval_over or _is_ward_wide(session, audience, ward.id)


def first_moment(
    session: Session, announcement: Announcement, *, now: dt.datetime
) -> dt.datetime:
    """Return when the first text may leave, as `waking_moment` does.

    Raises InputError when its validity ends before the quiet hours do.
    """
    awake = waking_moment(session, announcement, now=now)
    is_urgent = announcement.topic is Topic.EMERGENCY
    valid_until = announcement.valid_until
    if not is_urgent and valid_until is not None and valid_until <= awake:
        raise InputError("valid_until", "quiet_hours")
    return awake


def waking_moment(
    session: Session, announcement: Announcement, *, now: dt.datetime
) -> dt.datetime:
    """Return the first moment at which a text may leave: only emergencies wake people.

    A moment that passed while it waited for approval is now.
    """
    wanted = max(announcement.send_at or now, now)
    if announcement.topic is Topic.EMERGENCY:
        return wanted
    ward = get_ward(session, announcement.ward_id)
    return end_of_quiet_hours(wanted, start=ward.quiet_from, end=ward.quiet_until)


def confirm(
    session: Session,
    announcement: Announcement,
    *,
    lines: int,
    gateway: str,
    now: dt.datetime,
) -> None:
    """Freeze the audience of an announcement into its messages.

    For a session of `snapshot`, in which `count_lines` gave `lines`. Raises
    InputError as `first_moment` does, and when the ward's month has no room for it.
    """
    ward = get_ward(session, announcement.ward_id)
    audience = Audience.from_json(announcement.audience)
    whom = recipients(audience, ward_id=ward.id, purpose=announcement.purpose)
    left_out = exclusions(audience, ward_id=ward.id, purpose=announcement.purpose)
    measured = measure(announcement.text)
    due_at = first_moment(session, announcement, now=now)
    reserve(session, announcement, due_at=due_at, now=now)
    terms = Terms(
        lines=lines,
        sender=ward.sender_brand,
        route=(gateway,),
        lane=_lane(announcement.topic, lines),
        encoding=measured.encoding,
        segments=measured.segments,
        due_at=due_at,
        zalo=zalo_terms(session, announcement),
    )
    frozen = freeze(
        session, announcement, recipients=whom, left_out=left_out, terms=terms, now=now
    )
    announcement.recipients = frozen
    announcement.confirmed_at = now
    announcement.due_at = due_at
    announcement.state = (
        AnnouncementState.SENDING if due_at <= now else AnnouncementState.SCHEDULED
    )
    ring_bell(session)


def note(
    session: Session,
    announcement: Announcement,
    act: str,
    *,
    actor: Actor | None,
    now: dt.datetime,
    **facts: int | str,
) -> None:
    """Write into the journal what was done with an announcement."""
    journal.write(
        session,
        f"announcement.{act}",
        actor=actor,
        ward_id=announcement.ward_id,
        facts={"announcement": str(announcement.public_id), **facts},
        now=now,
    )


def _lane(topic: Topic, lines: int) -> Lane:
    if topic is Topic.EMERGENCY:
        return Lane.EMERGENCY
    return Lane.BULK if lines > BULK_OVER else Lane.NOTICE


def _is_ward_wide(session: Session, audience: Audience, ward_id: int) -> bool:
    if audience.tags or audience.excluded_group_ids:
        return False
    if audience.group_ids is None:
        return True
    groups = list_groups(session, Scope(ward_id=ward_id))
    return audience.group_ids >= {group.id for group in groups}

"""What an approver reads before deciding: the whole of it, as it would go now."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from broadcaster.errors import InputError
from broadcaster.rules.timing import next_occurrence
from broadcaster.services.accounts import Actor
from broadcaster.services.budgets import Room, find_room
from broadcaster.services.confirming import first_moment
from broadcaster.services.drafts import (
    Draft,
    hash_of_announcement,
    hash_of_schedule,
    rendering_of,
)
from broadcaster.services.previews import Rendering, preview
from broadcaster.services.schedules import occurrence_of
from broadcaster.services.zalo_previews import ZaloLook
from broadcaster.store.announcements import get_announcement, get_schedule
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Schedule,
    ScheduleState,
)
from broadcaster.store.tables.staff import Account
from subscriptions.audience import Audience, AudienceCount, sentence
from subscriptions.places import get_ward


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An announcement or a schedule as its approver reads it."""

    about: Announcement | Schedule
    author: str
    is_own: bool
    is_open: bool
    """Tell whether it still waits."""
    seen_hash: str
    text: str
    rendering: Rendering
    """The SMS to those who get it from the beginning."""
    zalo: ZaloLook | None
    total_vnd: int
    audience: AudienceCount
    sentence: str
    starts_at: dt.datetime | None
    """None when its validity is over before it could leave."""
    is_later: bool
    """Tell whether it would wait once approved: for its hour, or for the morning."""
    valid_until: dt.datetime | None
    rule: str | None
    sender: str
    room: Room | None
    """What the month leaves for it; None while nobody has set a limit."""


def get_waiting_announcement(
    session: Session, public_id: uuid.UUID, *, actor: Actor, now: dt.datetime
) -> Waiting:
    """Return what an approver of this announcement has to know. Or NotFoundError."""
    found = get_announcement(session, public_id, ward_id=actor.ward_id)
    return _read(
        session,
        found,
        found,
        actor=actor,
        now=now,
        seen_hash=hash_of_announcement(found),
    )


def get_waiting_schedule(
    session: Session, public_id: uuid.UUID, *, actor: Actor, now: dt.datetime
) -> Waiting:
    """Return what an approver of this schedule has to know. Or NotFoundError."""
    found = get_schedule(session, public_id, ward_id=actor.ward_id)
    due = next_occurrence(found.rule, start=found.starts_at, after=now) or now
    return _read(
        session,
        found,
        occurrence_of(found, due, now=now),
        actor=actor,
        now=now,
        seen_hash=hash_of_schedule(found),
    )


def _read(
    session: Session,
    about: Announcement | Schedule,
    sent: Announcement,
    *,
    actor: Actor,
    now: dt.datetime,
    seen_hash: str,
) -> Waiting:
    ward = get_ward(session, about.ward_id)
    starts_at = _start(session, sent, now=now)
    audience = Audience.from_json(about.audience)
    seen = preview(
        session,
        Draft(
            topic=about.topic,
            body=about.body,
            accented=about.accented,
            audience=audience,
            zalo=rendering_of(about),
            idempotency_key=about.idempotency_key,
        ),
        ward=ward,
        now=now,
    )
    return Waiting(
        about=about,
        author=session.get_one(Account, about.author_id).display_name,
        is_own=about.author_id == actor.account_id,
        is_open=about.state
        in (AnnouncementState.AWAITING_APPROVAL, ScheduleState.AWAITING_APPROVAL),
        seen_hash=seen_hash,
        text=sent.text,
        rendering=seen.sms,
        zalo=seen.zalo,
        total_vnd=seen.total_vnd,
        audience=seen.audience,
        sentence=sentence(session, audience, ward_id=ward.id),
        starts_at=starts_at,
        is_later=starts_at is not None and starts_at > now,
        valid_until=sent.valid_until,
        rule=about.rule if isinstance(about, Schedule) else None,
        sender=ward.sender_brand,
        room=find_room(session, sent, due_at=starts_at or now, now=now),
    )


def _start(
    session: Session, sent: Announcement, *, now: dt.datetime
) -> dt.datetime | None:
    try:
        return first_moment(session, sent, now=now)
    except InputError:
        return None

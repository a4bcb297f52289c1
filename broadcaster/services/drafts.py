"""What an officer wrote, checked once: the text, the times and the hash of it all."""

import datetime as dt
import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broadcaster.errors import InputError
from broadcaster.rules.accents import strip_accents
from broadcaster.rules.renderings import TemplateRendering, clean
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Schedule,
    Topic,
)
from subscriptions.audience import Audience
from subscriptions.tables.consents import Purpose

MAX_CHARACTERS = 1600
MAX_KEY_LENGTH = 64
_LINE_END = re.compile("\r\n|\r|\x85|\u2028|\u2029")
# {ten} and ((ten)): a notice is the same for all, so nothing would fill them in
_VARIABLE = re.compile(r"\{[^{}]*\}|\(\([^()]*\)\)")
_CONTENT = (
    "topic",
    "purpose",
    "body",
    "accented",
    "text",
    "zalo",
    "audience",
    "send_at",
    "valid_until",
)
_PURPOSES = {Topic.PENSION: Purpose.PENSION, Topic.BILLING: Purpose.BILLING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An announcement as its author wants it, not yet looked at.

    `send_at` None means at once. With a `rule` (RRULE, ward-local time) it repeats
    from `send_at` on, and `valid_until` is that of the first occurrence.
    """

    topic: Topic
    body: str
    accented: bool
    audience: Audience
    send_at: dt.datetime | None = None
    valid_until: dt.datetime | None = None
    rule: str | None = None
    zalo: TemplateRendering | None = None
    """What those get who are reached by Zalo; the others get the body."""
    idempotency_key: str


def read_body(raw: str) -> str:
    """Return the body as it is kept: NFC, one kind of line end, no blanks around it.

    Raises InputError on "body": empty, too_long, control_character, unknown_variable.
    """
    body = unicodedata.normalize("NFC", _LINE_END.sub("\n", raw)).strip()
    if not body:
        raise InputError("body", "empty")
    if len(body) > MAX_CHARACTERS:
        raise InputError("body", "too_long")
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in body):
        raise InputError("body", "control_character")
    if _VARIABLE.search(body):
        raise InputError("body", "unknown_variable")
    return body


def wire_text(body: str, *, accented: bool) -> str:
    """Return what phones receive, letter for letter. Raises InputError if nothing."""
    text = body if accented else strip_accents(body).strip()
    if not text:
        raise InputError("body", "empty")
    return text


def read_key(key: str) -> str:
    """Return a usable idempotency key. Raises InputError."""
    if not key or len(key) > MAX_KEY_LENGTH or not key.isprintable():
        raise InputError("idempotency_key", "unusable")
    return key


def check_times(
    send_at: dt.datetime | None, valid_until: dt.datetime | None, *, now: dt.datetime
) -> None:
    """Raise InputError for a time that has passed, or a validity that ends first."""
    if send_at is not None and send_at < now:
        raise InputError("send_at", "past")
    if valid_until is not None and valid_until <= (send_at or now):
        raise InputError("valid_until", "before_send")


def purpose_of(topic: Topic) -> Purpose:
    """Return which consent an announcement on this topic needs."""
    return _PURPOSES.get(topic, Purpose.NOTICES)


def kept_rendering(rendering: TemplateRendering | None) -> dict[str, Any] | None:
    """Return a rendering as it is stored: each value NFC, the empty ones left out."""
    if rendering is None:
        return None
    data = {name: clean(value) for name, value in rendering.data.items()}
    filled = {name: value for name, value in data.items() if value}
    return TemplateRendering(template_id=rendering.template_id, data=filled).to_json()


def rendering_of(written: Announcement | Schedule) -> TemplateRendering | None:
    """Return the Zalo rendering that was kept, if there is one."""
    return TemplateRendering.from_json(written.zalo) if written.zalo else None


def write_announcement(
    draft: Draft, *, ward_id: int, author_id: int, now: dt.datetime
) -> Announcement:
    """Make an announcement of a draft, in no session yet. Raises InputError."""
    body = read_body(draft.body)
    return Announcement(
        ward_id=ward_id,
        topic=draft.topic,
        purpose=purpose_of(draft.topic),
        body=body,
        accented=draft.accented,
        text=wire_text(body, accented=draft.accented),
        zalo=kept_rendering(draft.zalo),
        audience=draft.audience.to_json(),
        state=AnnouncementState.DRAFT,
        author_id=author_id,
        send_at=draft.send_at,
        valid_until=draft.valid_until,
        created_at=now,
        idempotency_key=draft.idempotency_key,
    )


def copy_content(announcement: Announcement, written: Announcement) -> None:
    """Give an announcement what was written anew; any approval is void."""
    for name in _CONTENT:
        setattr(announcement, name, getattr(written, name))
    announcement.state = AnnouncementState.DRAFT
    announcement.approved_hash = None
    announcement.returned_reason = None


def hash_of_announcement(announcement: Announcement) -> str:
    """Return what an approval is bound to: topic, both texts, audience and times."""
    return _hash(
        announcement.topic,
        announcement.text,
        announcement.audience,
        _moment(announcement.send_at),
        _moment(announcement.valid_until),
        *_second(announcement.zalo),
    )


def hash_of_schedule(schedule: Schedule) -> str:
    """Return what the approval of a repeating announcement is bound to."""
    return _hash(
        schedule.topic,
        wire_text(schedule.body, accented=schedule.accented),
        schedule.audience,
        _moment(schedule.starts_at),
        schedule.rule,
        schedule.valid_minutes,
        *_second(schedule.zalo),
    )


def _second(zalo: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    # nothing at all without Zalo: approvals given before there was any still hold
    return [] if zalo is None else [zalo]


def _hash(*parts: str | int | Mapping[str, Any] | None) -> str:
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _moment(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(dt.UTC).isoformat()

"""Announcements that repeat: agreed to once, fired once at each of their moments."""

import datetime as dt
import uuid

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from broadcaster.errors import InputError, NotAllowedError, StateError
from broadcaster.rules.permissions import Act, may
from broadcaster.rules.timing import RecurrenceError, check_rule, next_occurrence
from broadcaster.services import journal
from broadcaster.services.accounts import Actor
from broadcaster.services.approvals import read_reason
from broadcaster.services.confirming import count_lines, first_moment, needs_approval
from broadcaster.services.drafts import (
    Draft,
    check_times,
    hash_of_schedule,
    kept_rendering,
    purpose_of,
    read_body,
    read_key,
    wire_text,
)
from broadcaster.services.zalo_renderings import check_rendering
from broadcaster.store.announcements import find_schedule_by_key, lock_schedule
from broadcaster.store.freezing import ChangedMeanwhileError, snapshot
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Schedule,
    ScheduleState,
)
from subscriptions.tables.base import new_public_id

MAX_RULE = 200
_MOMENT = dt.timedelta(seconds=1)
_MINUTE = dt.timedelta(minutes=1)
_S = ScheduleState
EDITABLE = frozenset({_S.AWAITING_APPROVAL, _S.RETURNED, _S.ACTIVE})


def create_schedule(
    database: Database, draft: Draft, *, actor: Actor, now: dt.datetime
) -> Schedule:
    """Repeat a draft by its `rule` from `send_at` on; the same form makes one.

    It waits for approval, once and for all its occurrences, where one of them sent
    now would need it. Raises InputError naming the field, also for a form that has
    set another schedule before; NotAllowedError.
    """
    actor.require(Act.WRITE_ANNOUNCEMENTS)
    read_key(draft.idempotency_key)
    try:
        return _keep(database, draft, actor=actor, now=now)
    except (IntegrityError, ChangedMeanwhileError):
        # the same form was posted at the same moment: that one is there now
        return _keep(database, draft, actor=actor, now=now)


def edit_schedule(
    database: Database,
    public_id: uuid.UUID,
    draft: Draft,
    *,
    actor: Actor,
    now: dt.datetime,
) -> Schedule:
    """Write one's own schedule anew: any approval it had is void."""
    actor.require(Act.WRITE_ANNOUNCEMENTS)
    with snapshot(database) as session:
        schedule = lock_schedule(session, public_id, ward_id=actor.ward_id)
        if schedule.author_id != actor.account_id:
            raise NotAllowedError("only its author changes a schedule")
        if schedule.state not in EDITABLE:
            raise StateError(schedule.state)
        _write_into(schedule, draft, now=now)
        check_times(draft.send_at, draft.valid_until, now=now)
        _let_run_or_wait(session, schedule, now=now)
        note(session, schedule, "edited", actor=actor, now=now)
        return schedule


def approve_schedule(
    database: Database,
    public_id: uuid.UUID,
    *,
    actor: Actor,
    seen_hash: str,
    now: dt.datetime,
) -> Schedule:
    """Let it run. Moments that passed while it waited are passed over.

    Raises NotAllowedError for its author, StateError `edited` since it was read.
    """
    with database.writing() as session:
        schedule = _lock_waiting(session, public_id, actor=actor)
        if {seen_hash, hash_of_schedule(schedule)} != {schedule.approved_hash}:
            raise StateError("edited")
        schedule.approver_id = actor.account_id
        schedule.state = ScheduleState.ACTIVE
        schedule.next_due_at = due_after(schedule, now)
        note(session, schedule, "approved", actor=actor, now=now)
        return schedule


def return_schedule(
    database: Database,
    public_id: uuid.UUID,
    *,
    actor: Actor,
    reason: str,
    now: dt.datetime,
) -> Schedule:
    """Give it back to its author to be changed, and say why."""
    why = read_reason(reason)
    with database.writing() as session:
        schedule = _lock_waiting(session, public_id, actor=actor)
        schedule.state = ScheduleState.RETURNED
        schedule.approved_hash = None
        schedule.returned_reason = why
        note(session, schedule, "returned", actor=actor, now=now)
        return schedule


def end_schedule(
    database: Database, public_id: uuid.UUID, *, actor: Actor, now: dt.datetime
) -> Schedule:
    """Fire it no more; what it has announced goes on. Raises StateError when ended."""
    if not may(actor.role, Act.APPROVE_ANNOUNCEMENTS):
        actor.require(Act.WRITE_ANNOUNCEMENTS)
    with database.writing() as session:
        schedule = lock_schedule(session, public_id, ward_id=actor.ward_id)
        if schedule.state is ScheduleState.ENDED:
            raise StateError(schedule.state)
        schedule.state = ScheduleState.ENDED
        schedule.next_due_at = None
        note(session, schedule, "ended", actor=actor, now=now)
        return schedule


def occurrence_of(
    schedule: Schedule, due_at: dt.datetime, *, now: dt.datetime
) -> Announcement:
    """Make the announcement of one of its moments, in no session yet."""
    valid_until = None
    if schedule.valid_minutes is not None:
        valid_until = due_at + dt.timedelta(minutes=schedule.valid_minutes)
    return Announcement(
        ward_id=schedule.ward_id,
        topic=schedule.topic,
        purpose=purpose_of(schedule.topic),
        body=schedule.body,
        accented=schedule.accented,
        text=wire_text(schedule.body, accented=schedule.accented),
        zalo=schedule.zalo,
        audience=schedule.audience,
        state=AnnouncementState.DRAFT,
        author_id=schedule.author_id,
        send_at=due_at,
        valid_until=valid_until,
        created_at=now,
        schedule_id=schedule.id,
        idempotency_key=str(new_public_id()),
    )


def due_after(schedule: Schedule, moment: dt.datetime) -> dt.datetime | None:
    """Return its first due time later than a moment, None when there are no more."""
    return next_occurrence(schedule.rule, start=schedule.starts_at, after=moment)


def note(
    session: Session,
    schedule: Schedule,
    act: str,
    *,
    actor: Actor | None,
    now: dt.datetime,
    **facts: int | str,
) -> None:
    """Write into the journal what was done with a schedule."""
    journal.write(
        session,
        f"schedule.{act}",
        actor=actor,
        ward_id=schedule.ward_id,
        facts={"schedule": str(schedule.public_id), **facts},
        now=now,
    )


def _keep(
    database: Database, draft: Draft, *, actor: Actor, now: dt.datetime
) -> Schedule:
    with snapshot(database) as session:
        first = find_schedule_by_key(session, draft.idempotency_key)
        if first is not None and first.author_id != actor.account_id:
            raise InputError("idempotency_key", "taken")
        schedule = Schedule(
            ward_id=actor.ward_id,
            author_id=actor.account_id,
            created_at=now,
            idempotency_key=draft.idempotency_key,
        )
        _write_into(schedule, draft, now=now)
        if first is not None:
            if hash_of_schedule(first) != hash_of_schedule(schedule):
                raise InputError("idempotency_key", "other_content")
            return first
        check_times(draft.send_at, draft.valid_until, now=now)
        _let_run_or_wait(session, schedule, now=now)
        session.add(schedule)
        session.flush()
        note(session, schedule, "created", actor=actor, now=now)
        return schedule


def _write_into(schedule: Schedule, draft: Draft, *, now: dt.datetime) -> None:
    schedule.topic = draft.topic
    schedule.body = read_body(draft.body)
    wire_text(schedule.body, accented=draft.accented)
    schedule.accented = draft.accented
    schedule.zalo = kept_rendering(draft.zalo)
    schedule.audience = draft.audience.to_json()
    schedule.rule = _read_rule(draft.rule)
    schedule.starts_at = (draft.send_at or now).replace(microsecond=0)
    schedule.valid_minutes = None
    schedule.next_due_at = due_after(schedule, schedule.starts_at - _MOMENT)
    if schedule.next_due_at is None:
        raise InputError("rule", "never")
    if draft.valid_until is not None:
        schedule.valid_minutes = (draft.valid_until - schedule.next_due_at) // _MINUTE
        if schedule.valid_minutes < 1:
            raise InputError("valid_until", "before_send")


def _read_rule(rule: str | None) -> str:
    if not rule:
        raise InputError("rule", "empty")
    if len(rule) > MAX_RULE:
        raise InputError("rule", "unusable")
    try:
        check_rule(rule)
    except RecurrenceError as err:
        raise InputError("rule", "unusable") from err
    return rule


def _let_run_or_wait(session: Session, schedule: Schedule, *, now: dt.datetime) -> None:
    check_rendering(session, schedule.zalo, ward_id=schedule.ward_id)
    first = occurrence_of(schedule, schedule.next_due_at or now, now=now)
    lines = count_lines(session, first)
    first_moment(session, first, now=now)
    schedule.approver_id = None
    schedule.approved_hash = None
    schedule.returned_reason = None
    schedule.state = ScheduleState.ACTIVE
    if needs_approval(session, first, lines=lines):
        schedule.state = ScheduleState.AWAITING_APPROVAL
        schedule.approved_hash = hash_of_schedule(schedule)


def _lock_waiting(session: Session, public_id: uuid.UUID, *, actor: Actor) -> Schedule:
    actor.require(Act.APPROVE_ANNOUNCEMENTS)
    schedule = lock_schedule(session, public_id, ward_id=actor.ward_id)
    if schedule.author_id == actor.account_id:
        raise NotAllowedError("nobody approves their own schedule")
    if schedule.state is not ScheduleState.AWAITING_APPROVAL:
        raise StateError(schedule.state)
    return schedule

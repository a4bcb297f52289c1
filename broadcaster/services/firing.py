"""What is due fires: every occurrence of a schedule exactly once, or it is missed."""

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcaster.errors import InputError
from broadcaster.services import schedules
from broadcaster.services.budgets import require_room
from broadcaster.services.confirming import (
    confirm,
    count_lines,
    first_moment,
    needs_approval,
    note,
)
from broadcaster.services.drafts import hash_of_announcement
from broadcaster.store.freezing import ChangedMeanwhileError, snapshot
from broadcaster.store.insertion import insert_unless_there
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Occurrence,
    OccurrenceOutcome,
    Schedule,
    ScheduleState,
)

TOO_LATE = dt.timedelta(hours=6)
"""After this a notice is missed, not sent: what it says may have passed."""
_WHY_NOT = {
    "audience": OccurrenceOutcome.NOBODY,
    "budget": OccurrenceOutcome.OVER_BUDGET,
}


def fire_due(database: Database, *, gateway: str, now: dt.datetime) -> int:
    """Fire every occurrence whose moment has come; return how many were settled.

    Each is one transaction: its unique row, its announcement and all its messages,
    so that any number of clocks fire it once. One that is more than six hours late,
    or no longer valid, is kept as missed. An announcement that has grown over the
    ward's threshold since the schedule was made waits for approval instead.
    """
    settled = 0
    for schedule_id in _list_due(database, now=now):
        while _fire_next(database, schedule_id, gateway=gateway, now=now):
            settled += 1
    return settled


def _list_due(database: Database, *, now: dt.datetime) -> list[int]:
    with database.reading() as session:
        return list(
            session.scalars(
                select(Schedule.id)
                .where(
                    Schedule.state == ScheduleState.ACTIVE, Schedule.next_due_at <= now
                )
                .order_by(Schedule.next_due_at, Schedule.id)
            )
        )


def _fire_next(
    database: Database, schedule_id: int, *, gateway: str, now: dt.datetime
) -> bool:
    try:
        with snapshot(database) as session:
            schedule = session.scalar(
                select(Schedule)
                .where(
                    Schedule.id == schedule_id,
                    Schedule.state == ScheduleState.ACTIVE,
                    Schedule.next_due_at <= now,
                )
                .with_for_update()
            )
            if schedule is None or schedule.next_due_at is None:
                return False
            due_at = schedule.next_due_at
            if _is_first(session, schedule, due_at, now=now):
                _settle(session, schedule, due_at, gateway=gateway, now=now)
            schedule.next_due_at = schedules.due_after(schedule, due_at)
            if schedule.next_due_at is None:
                schedule.state = ScheduleState.ENDED
            return True
    except ChangedMeanwhileError:
        return False  # another clock is at it, or the next tick will be


def _is_first(
    session: Session, schedule: Schedule, due_at: dt.datetime, *, now: dt.datetime
) -> bool:
    return insert_unless_there(
        session,
        Occurrence,
        {
            "schedule_id": schedule.id,
            "due_at": due_at,
            "fired_at": now,
            "outcome": OccurrenceOutcome.MISSED,
        },
    )


def _settle(
    session: Session,
    schedule: Schedule,
    due_at: dt.datetime,
    *,
    gateway: str,
    now: dt.datetime,
) -> None:
    outcome = OccurrenceOutcome.MISSED
    announcement = schedules.occurrence_of(schedule, due_at, now=now)
    valid_until = announcement.valid_until
    if now - due_at <= TOO_LATE and (valid_until is None or valid_until > now):
        outcome = _announce(session, schedule, announcement, gateway=gateway, now=now)
    session.execute(
        update(Occurrence)
        .where(Occurrence.schedule_id == schedule.id, Occurrence.due_at == due_at)
        .values(outcome=outcome, announcement_id=announcement.id)
    )
    schedules.note(
        session, schedule, outcome, actor=None, now=now, due_at=due_at.isoformat()
    )


def _announce(
    session: Session,
    schedule: Schedule,
    announcement: Announcement,
    *,
    gateway: str,
    now: dt.datetime,
) -> OccurrenceOutcome:
    try:
        lines = count_lines(session, announcement)
        due_at = first_moment(session, announcement, now=now)
        require_room(session, announcement, due_at=due_at, now=now)
    except InputError as fault:
        return _WHY_NOT.get(fault.field, OccurrenceOutcome.MISSED)
    session.add(announcement)
    session.flush()
    if schedule.approver_id is None and needs_approval(
        session, announcement, lines=lines
    ):
        announcement.state = AnnouncementState.AWAITING_APPROVAL
        announcement.approved_hash = hash_of_announcement(announcement)
        note(session, announcement, "submitted", actor=None, now=now, lines=lines)
        return OccurrenceOutcome.ANNOUNCED
    if schedule.approver_id is not None:
        announcement.approver_id = schedule.approver_id
        announcement.approved_hash = hash_of_announcement(announcement)
    confirm(session, announcement, lines=lines, gateway=gateway, now=now)
    note(session, announcement, "confirmed", actor=None, now=now, lines=lines)
    return OccurrenceOutcome.ANNOUNCED

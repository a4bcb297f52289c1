"""Find one announcement or schedule, to read it or to hold it."""

import uuid
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from broadcaster.errors import NotFoundError
from broadcaster.store.tables.announcements import Announcement, Schedule

_Row = TypeVar("_Row", Announcement, Schedule)


def get_announcement(
    session: Session, public_id: uuid.UUID, *, ward_id: int
) -> Announcement:
    """Return a ward's announcement. Raises NotFoundError."""
    return _one(session, _announcement(public_id, ward_id))


def lock_announcement(
    session: Session, public_id: uuid.UUID, *, ward_id: int
) -> Announcement:
    """Return it and let nobody else change it until the transaction ends."""
    return _one(session, _announcement(public_id, ward_id).with_for_update())


def find_announcement_by_key(session: Session, key: str) -> Announcement | None:
    """Return what a form with this idempotency key already made."""
    return session.scalar(
        select(Announcement).where(Announcement.idempotency_key == key)
    )


def get_schedule(session: Session, public_id: uuid.UUID, *, ward_id: int) -> Schedule:
    """Return a ward's schedule. Raises NotFoundError."""
    return _one(session, _schedule(public_id, ward_id))


def lock_schedule(session: Session, public_id: uuid.UUID, *, ward_id: int) -> Schedule:
    """Return it and let nobody else change it until the transaction ends."""
    return _one(session, _schedule(public_id, ward_id).with_for_update())


def find_schedule_by_key(session: Session, key: str) -> Schedule | None:
    """Return the schedule that a form with this idempotency key already made."""
    return session.scalar(select(Schedule).where(Schedule.idempotency_key == key))


def list_schedules(session: Session, ward_id: int) -> list[Schedule]:
    """Return a ward's schedules, the one that fires next first."""
    return list(
        session.scalars(
            select(Schedule)
            .where(Schedule.ward_id == ward_id)
            .order_by(Schedule.next_due_at.is_(None), Schedule.next_due_at, Schedule.id)
        )
    )


def _announcement(public_id: uuid.UUID, ward_id: int) -> Select[Announcement]:
    return select(Announcement).where(
        Announcement.public_id == public_id, Announcement.ward_id == ward_id
    )


def _schedule(public_id: uuid.UUID, ward_id: int) -> Select[Schedule]:
    return select(Schedule).where(
        Schedule.public_id == public_id, Schedule.ward_id == ward_id
    )


def _one(session: Session, statement: Select[_Row]) -> _Row:
    found = session.scalar(statement)
    if found is None:
        raise NotFoundError
    return found

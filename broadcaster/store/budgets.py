"""A ward's limit on a month of texts, and the lock under which sends take from it."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from broadcaster.store.insertion import insert_unless_there
from broadcaster.store.tables.budgets import WardBudget


def find_limit(session: Session, ward_id: int) -> int | None:
    """Return what a ward's texts of a month may cost in VND; None is any amount."""
    return session.scalar(
        select(WardBudget.limit_vnd).where(WardBudget.ward_id == ward_id)
    )


def list_limits(session: Session) -> dict[int, int]:
    """Return the limit in VND of each ward that has one, by the ward's id."""
    rows = session.execute(select(WardBudget.ward_id, WardBudget.limit_vnd))
    return dict(rows.all())


def set_limit(session: Session, ward_id: int, limit_vnd: int | None) -> None:
    """Set or lift a ward's limit."""
    if limit_vnd is None:
        session.execute(delete(WardBudget).where(WardBudget.ward_id == ward_id))
        return
    values = {"ward_id": ward_id, "limit_vnd": limit_vnd, "reservations": 0}
    if not insert_unless_there(session, WardBudget, values):
        session.execute(
            update(WardBudget)
            .where(WardBudget.ward_id == ward_id)
            .values(limit_vnd=limit_vnd)
        )


def hold_limit(session: Session, ward_id: int) -> int | None:
    """Return a ward's limit, and let no other send take from it meanwhile.

    For a session of `snapshot`: whoever held it since the snapshot was taken makes
    this one fail with a serialization error, so what is then read is the latest.
    """
    return session.scalar(
        update(WardBudget)
        .where(WardBudget.ward_id == ward_id)
        .values(reservations=WardBudget.reservations + 1)
        .returning(WardBudget.limit_vnd)
    )

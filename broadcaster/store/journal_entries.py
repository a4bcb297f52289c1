"""The journal as it is read: the newest first, with the names of who acted."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.store.tables.staff import Account, JournalEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was done; `who` is None for residents and clocks."""

    id: int
    at: dt.datetime
    who: str | None
    act: str
    facts: dict[str, Any]


def list_entries(
    session: Session, ward_id: int, *, before: int | None = None, limit: int = 50
) -> list[Entry]:
    """Return a page of a ward's journal. `before` is the last id of the page before."""
    page = (
        select(JournalEntry, Account.display_name)
        .outerjoin(Account, Account.id == JournalEntry.account_id)
        .where(JournalEntry.ward_id == ward_id)
        .order_by(JournalEntry.id.desc())
        .limit(limit)
    )
    if before is not None:
        page = page.where(JournalEntry.id < before)
    return [
        Entry(id=entry.id, at=entry.at, who=who, act=entry.act, facts=entry.facts)
        for entry, who in session.execute(page)
    ]

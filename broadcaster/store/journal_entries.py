"""The journal as it is read: the newest first, with the names of who acted."""

import datetime as dt
import uuid
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
    return [_entry(entry, who) for entry, who in session.execute(page)]


def find_latest(
    session: Session, ward_id: int, act: str, *, announcement: uuid.UUID
) -> Entry | None:
    """Return the last time that this was done with an announcement.

    Read backwards from the newest: meant for what was done not long ago.
    """
    query = (
        select(JournalEntry, Account.display_name)
        .outerjoin(Account, Account.id == JournalEntry.account_id)
        .where(
            JournalEntry.ward_id == ward_id,
            JournalEntry.act == act,
            JournalEntry.facts["announcement"].as_string() == str(announcement),
        )
        .order_by(JournalEntry.id.desc())
        .limit(1)
    )
    found = session.execute(query).first()
    return _entry(*found) if found else None


def _entry(entry: JournalEntry, who: str | None) -> Entry:
    return Entry(id=entry.id, at=entry.at, who=who, act=entry.act, facts=entry.facts)

"""The journal: one entry for everything a person changed."""

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from broadcaster.services.accounts import Actor
from broadcaster.store.tables.staff import JournalEntry


def write(
    session: Session,
    act: str,
    *,
    actor: Actor | None,
    ward_id: int | None,
    facts: dict[str, Any],
    now: dt.datetime,
) -> None:
    """Add an entry in the caller's own transaction: no change without its entry.

    `act` is a stable word such as `announcement.approved`; `facts` hold ids,
    counts and amounts, never phone numbers. `actor` is None for residents and clocks.
    """
    session.add(
        JournalEntry(
            ward_id=ward_id,
            account_id=actor.account_id if actor else None,
            at=now,
            act=act,
            facts=facts,
        )
    )

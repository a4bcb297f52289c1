"""How the receipts stand: those that wait, those of no text of ours, those missing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.retrying import SILENT_AFTER
from broadcaster.store.counting import Counted
from broadcaster.store.doubts import MEMORY
from broadcaster.store.tables.announcements import Announcement
from broadcaster.store.tables.messages import Message, RawCallback

WAITING = 50_000
"""So far receipts that wait are counted, all gateways together."""
SILENT_ROWS = 50_000
"""Texts of announcements that are looked at for silence, the newest first."""
NEWEST = 1_000
"""Among so many receipts the last of each gateway is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptHealth:
    """One gateway's receipts as they stand now."""

    waiting: Counted
    oldest_due_at: dt.datetime | None
    """Since when the oldest of them could have been read."""
    unknown: Counted
    """They name no text of ours, and are kept."""
    last_at: dt.datetime | None
    silent: Counted
    """Texts taken more than a day ago, and at most eight, without a word since."""


def receipt_health(
    session: Session, gateways: Sequence[str], *, now: dt.datetime
) -> dict[str, ReceiptHealth]:
    """Return how each gateway's receipts stand."""
    waiting, silent = _waiting(session, now=now), _silent(session, now=now)
    newest = _newest(session)
    nothing = (Counted(), Counted(), None)
    return {
        name: ReceiptHealth(
            waiting=waiting.get(name, nothing)[0],
            unknown=waiting.get(name, nothing)[1],
            oldest_due_at=waiting.get(name, nothing)[2],
            last_at=newest.get(name),
            silent=silent.get(name, Counted()),
        )
        for name in gateways
    }


def _waiting(
    session: Session, *, now: dt.datetime
) -> dict[str, tuple[Counted, Counted, dt.datetime | None]]:
    """Return those due to be read and those put off: they were looked for in vain."""
    found = (
        select(RawCallback.gateway, RawCallback.due_at)
        .where(RawCallback.interpreted_at.is_(None))
        .order_by(RawCallback.due_at, RawCallback.id)
        .limit(WAITING + 1)
        .subquery()
    )
    is_due = found.c.due_at <= now
    rows = session.execute(
        select(
            found.c.gateway,
            func.sum(case((is_due, 1), else_=0)).label("due"),
            func.sum(case((is_due, 0), else_=1)).label("put_off"),
            func.min(case((is_due, found.c.due_at))).label("oldest"),
        ).group_by(found.c.gateway)
    ).all()
    is_more = sum(row.due + row.put_off for row in rows) > WAITING
    return {
        row.gateway: (
            Counted(number=row.due, is_more=is_more),
            Counted(number=row.put_off, is_more=is_more),
            row.oldest,
        )
        for row in rows
    }


def _newest(session: Session) -> dict[str, dt.datetime]:
    newest = (
        select(RawCallback.gateway, RawCallback.received_at)
        .order_by(RawCallback.id.desc())
        .limit(NEWEST)
        .subquery()
    )
    rows = session.execute(
        select(newest.c.gateway, func.max(newest.c.received_at).label("at")).group_by(
            newest.c.gateway
        )
    )
    return {row.gateway: row.at for row in rows}


def _silent(session: Session, *, now: dt.datetime) -> dict[str, Counted]:
    looked_at, is_more = _announcements_of(session, now=now)
    counts: dict[str, Counted] = {}
    for of_these in (
        Message.announcement_id.in_(looked_at),
        Message.announcement_id.is_(None),
    ):
        for gateway, number in session.execute(
            select(Message.gateway, func.count())
            .where(of_these, *_is_silent(now))
            .group_by(Message.gateway)
        ):
            known = counts.get(gateway, Counted())
            counts[gateway] = known + Counted(number=number, is_more=is_more)
    return counts


def _announcements_of(session: Session, *, now: dt.datetime) -> tuple[list[int], bool]:
    rows = session.execute(
        select(Announcement.id, func.coalesce(Announcement.recipients, 0))
        .where(
            Announcement.due_at > now - MEMORY,
            Announcement.due_at <= now - SILENT_AFTER,
        )
        .order_by(Announcement.due_at.desc(), Announcement.id.desc())
    )
    looked_at, texts, is_more = list[int](), 0, False
    for announcement_id, recipients in rows:
        is_more |= texts + recipients > SILENT_ROWS
        if texts + recipients <= SILENT_ROWS:
            texts += recipients
            looked_at.append(announcement_id)
    return looked_at, is_more


def _is_silent(now: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Message.state == MessageState.ACCEPTED,
        Message.accepted_at > now - MEMORY,
        Message.accepted_at <= now - SILENT_AFTER,
    )

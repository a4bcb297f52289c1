"""How the receipts stand: those that wait, those of no text of ours, those missing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.retrying import SILENT_AFTER
from broadcaster.store.counting import Counted
from broadcaster.store.doubts import MEMORY
from broadcaster.store.tables.announcements import Announcement
from broadcaster.store.tables.messages import Message, RawCallback

WAITING = 20_000
"""So far receipts that are not read are counted, all gateways together."""
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
    due = _unread(session, RawCallback.due_at <= now)
    put_off = _unread(session, RawCallback.due_at > now)
    silent, newest = _silent(session, now=now), _newest(session)
    nothing = Counted(), None
    return {
        name: ReceiptHealth(
            waiting=due.get(name, nothing)[0],
            oldest_due_at=due.get(name, nothing)[1],
            unknown=put_off.get(name, nothing)[0],
            last_at=newest.get(name),
            silent=silent.get(name, Counted()),
        )
        for name in gateways
    }


def _unread(
    session: Session, of_these: ColumnElement[bool]
) -> dict[str, tuple[Counted, dt.datetime | None]]:
    """Return how many are not read, and since when the first could be.

    A report is put off when its text was looked for in vain.
    """
    found = (
        select(RawCallback.gateway, RawCallback.due_at)
        .where(RawCallback.interpreted_at.is_(None), of_these)
        .order_by(RawCallback.due_at, RawCallback.id)
        .limit(WAITING)
        .subquery()
    )
    rows = session.execute(
        select(
            found.c.gateway,
            func.count().label("reports"),
            func.min(found.c.due_at).label("first"),
        ).group_by(found.c.gateway)
    ).all()
    is_more = sum(row.reports for row in rows) == WAITING
    return {
        row.gateway: (Counted(number=row.reports, is_more=is_more), row.first)
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

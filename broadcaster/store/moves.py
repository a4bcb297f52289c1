"""The one way a message changes state: a bulk UPDATE held to the table of moves."""

import datetime as dt
import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.types import TypeEngine

from broadcaster.rules.lifecycle import LIFECYCLE, MessageState, sources_of, states
from broadcaster.store.blame import Fault, act_on_blame
from broadcaster.store.insertion import fit
from broadcaster.store.tables.messages import Message
from broadcaster.store.told import told_document, told_rows, told_table
from broadcaster.store.usage_booking import AcceptedText, OpenMonths, book_usage
from subscriptions.tables.base import UtcDateTime

BILLABLE = frozenset(state for state, facts in LIFECYCLE.items() if facts.billable)
PROVIDER_ID_LENGTH = 64
CODE_LENGTH = 24
IN_BULK = {"synchronize_session": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What became of one message. `at` is when we were told.

    `accepted_at` is None when a receipt proves that the telco took it: then the
    moment it was submitted counts. `due_at` says when to look at it again,
    `tries_back` how many attempts do not count, `gateway` where it goes next.
    `claimed_at` says which attempt it answers: unless the telco took the text, an
    answer to an attempt that was given up says nothing of a later one.
    """

    message_id: int
    to: MessageState
    at: dt.datetime
    provider_id: str | None = None
    code: str | None = None
    blame: str | None = None
    accepted_at: dt.datetime | None = None
    due_at: dt.datetime | None = None
    tries_back: int = 0
    gateway: str | None = None
    claimed_at: dt.datetime | None = None


def move(
    session: Session,
    moves: Sequence[Move],
    *,
    now: dt.datetime,
    months: OpenMonths | None = None,
) -> int:
    """Move the messages that may, in one statement; return how many did.

    A message that a receipt has carried further stays there, and only learns the
    telco's id. Who is newly accepted is booked as usage (in passing, where `months`
    has the ward), and a line that is named dead or unwilling is dealt with, all in
    the caller's transaction. `months` is for a worker's own texts: others lock theirs
    first, in the order of the ids; a worker that loses a race writes again.
    """
    if not moves:
        return 0
    ordered = sorted(moves, key=lambda move: move.message_id)
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    rows = told_document([_row(move) for move in ordered], on_sqlite=on_sqlite)
    if months is None:
        session.execute(_lock(on_sqlite=on_sqlite), {"rows": rows})
    months = months or OpenMonths(day=dt.date.min, ward_ids=frozenset())
    moved = session.execute(
        _update(frozenset(move.to for move in moves), on_sqlite=on_sqlite),
        {
            "rows": rows,
            "usage_day": months.day,
            "usage_month": months.day.replace(day=1),
            "open_wards": sorted(months.ward_ids),
        },
        execution_options=IN_BULK,
    ).all()
    unbooked_ids = [
        row.id for row in moved if row.state in BILLABLE and row.usage_day is None
    ]
    if len(moved) < len(moves):
        unbooked_ids += _learn_late(session, moves, {row.id for row in moved})
    _book(session, unbooked_ids, now=now)
    _act(session, [row.id for row in moved if row.blame is not None], now=now)
    return len(moved)


@functools.cache
def _lock(*, on_sqlite: bool) -> Select[int]:
    told = told_table(_COLUMNS, on_sqlite=on_sqlite)
    return (
        select(Message.id)
        .join(told, told.c.id == Message.id)
        .order_by(Message.id)
        .with_for_update(of=Message)
    )


@functools.cache
def _update(
    targets: frozenset[MessageState], *, on_sqlite: bool
) -> ReturningUpdate[*tuple[Any, ...]]:
    """Return the one UPDATE, built once: to build it took longer than to run it."""
    told = told_table(_COLUMNS, on_sqlite=on_sqlite)
    return (
        update(Message)
        .where(Message.id == told.c.id, _is_allowed(told, targets))
        .values(_changes(told))
        # bare columns: SQLite (3.40) gives the wrong answer to IS NULL here
        .returning(Message.id, Message.state, Message.usage_day, Message.blame)
    )


def _book(session: Session, ids: Sequence[int], *, now: dt.datetime) -> None:
    if not ids:
        return
    rows = session.execute(
        select(
            Message.id,
            Message.ward_id,
            Message.gateway,
            Message.carrier,
            Message.tariff_kind,
            Message.segments,
            Message.accepted_at,
        ).where(Message.id.in_(ids))
    )
    texts = [
        AcceptedText(
            message_id=row.id,
            ward_id=row.ward_id,
            gateway=row.gateway,
            carrier=row.carrier,
            tariff_kind=row.tariff_kind,
            segments=row.segments,
            accepted_at=row.accepted_at or now,
        )
        for row in rows
    ]
    book_usage(session, texts, now=now)


def _act(session: Session, ids: Sequence[int], *, now: dt.datetime) -> None:
    if not ids:
        return
    rows = session.execute(
        select(Message.line_id, Message.blame, Message.code, Message.channel).where(
            Message.id.in_(ids)
        )
    )
    faults = [Fault(**row) for row in rows.mappings()]
    act_on_blame(session, faults, now=now)


_COLUMNS: dict[str, TypeEngine[Any]] = {
    "id": BigInteger(),
    "state": String(),
    "at": UtcDateTime(),
    "provider_id": String(),
    "code": String(),
    "blame": String(),
    "accepted_at": UtcDateTime(),
    "due_at": UtcDateTime(),
    "tries_back": Integer(),
    "gateway": String(),
    "claimed_at": UtcDateTime(),
}


def _row(move: Move) -> tuple[object, ...]:
    return (
        move.message_id,
        move.to.value,
        move.at,
        fit(move.provider_id, PROVIDER_ID_LENGTH),
        fit(move.code, CODE_LENGTH),
        move.blame,
        move.accepted_at,
        move.due_at,
        move.tries_back,
        move.gateway,
        move.claimed_at,
    )


def _is_allowed(told: CTE, targets: Collection[MessageState]) -> ColumnElement[bool]:
    is_possible = or_(
        *(
            and_(told.c.state == to.value, Message.state.in_(sources_of(to)))
            for to in sorted(targets)
        )
    )
    return is_possible & or_(
        told.c.claimed_at.is_(None),
        told.c.claimed_at == Message.submitted_at,
        told.c.state.in_([state.value for state in BILLABLE]),
    )


def _changes(told: CTE) -> dict[str, ColumnElement[Any]]:
    nothing = literal(None, UtcDateTime)
    accepted_at = func.coalesce(
        Message.accepted_at, told.c.accepted_at, Message.submitted_at, told.c.at
    )
    becomes_billable = told.c.state.in_([state.value for state in BILLABLE])
    booked_now = and_(
        becomes_billable,
        Message.usage_day.is_(None),
        told.c.accepted_at.is_not(None),
        Message.ward_id.in_(bindparam("open_wards", expanding=True)),
    )
    ends = told.c.state.in_([state.value for state in states(final=True)])
    day, month = (
        bindparam("usage_day", type_=Date),
        bindparam("usage_month", type_=Date),
    )
    return {
        "state": told.c.state,
        "window_id": null(),
        "provider_id": func.coalesce(told.c.provider_id, Message.provider_id),
        "code": told.c.code,
        "blame": told.c.blame,
        "due_at": func.coalesce(told.c.due_at, Message.due_at),
        "attempts": Message.attempts - told.c.tries_back,
        "gateway": func.coalesce(told.c.gateway, Message.gateway),
        "accepted_at": case((becomes_billable, accepted_at), else_=Message.accepted_at),
        "finished_at": case((ends, told.c.at), else_=nothing),
        "usage_day": case((booked_now, day), else_=Message.usage_day),
        "usage_month": case((booked_now, month), else_=Message.usage_month),
    }


def _learn_late(
    session: Session, moves: Sequence[Move], moved_ids: set[int]
) -> list[int]:
    """Keep what a report that came too late to move its text still proves.

    The telco's id, and that it took the text: that is paid for, however it ended.
    Returns the texts whose usage is not booked yet.
    """
    late = [move for move in moves if move.message_id not in moved_ids]
    told = told_rows(session, _COLUMNS, [_row(move) for move in late])
    accepted_at = func.coalesce(
        told.c.accepted_at, Message.submitted_at, told.c.at, type_=UtcDateTime()
    )
    was_taken = told.c.state.in_([state.value for state in BILLABLE])
    learned = session.execute(
        update(Message)
        .where(
            Message.id == told.c.id,
            or_(
                and_(Message.provider_id.is_(None), told.c.provider_id.is_not(None)),
                and_(Message.accepted_at.is_(None), was_taken),
            ),
        )
        .values(
            provider_id=func.coalesce(Message.provider_id, told.c.provider_id),
            accepted_at=func.coalesce(
                Message.accepted_at, case((was_taken, accepted_at))
            ),
        )
        .returning(Message.id, Message.accepted_at, Message.usage_day),
        execution_options=IN_BULK,
    )
    return [
        row.id for row in learned if row.accepted_at is not None and not row.usage_day
    ]

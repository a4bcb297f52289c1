"""The one way a message changes state: a bulk UPDATE held to the table of moves."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
    String,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from broadcaster.rules.lifecycle import LIFECYCLE, MessageState, sources_of, states
from broadcaster.store.blame import Fault, act_on_blame
from broadcaster.store.insertion import fit
from broadcaster.store.tables.messages import Message
from broadcaster.store.told import told_rows
from broadcaster.store.usage_booking import AcceptedText, book_usage
from subscriptions.tables.base import UtcDateTime

BILLABLE = frozenset(state for state, facts in LIFECYCLE.items() if facts.billable)
PROVIDER_ID_LENGTH = 64
CODE_LENGTH = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What became of one message. `at` is when we were told.

    `accepted_at` is None when a receipt proves that the telco took it: then the
    moment it was submitted counts. `due_at` says when to look at it again, and
    `tries_back` how many attempts do not count.
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


def move(session: Session, moves: Sequence[Move], *, now: dt.datetime) -> int:
    """Move the messages that may, in one statement; return how many did.

    A message that a receipt has carried further stays there, and only learns the
    telco's id. Who is newly accepted is booked as usage, and a line that is named
    dead or unwilling is dealt with, all in the caller's transaction.
    """
    if not moves:
        return 0
    told = told_rows(session, _COLUMNS, [_row(move) for move in moves])
    _lock(session, told)
    moved = session.execute(
        update(Message)
        .where(Message.id == told.c.id, _is_allowed(told, moves))
        .values(_changes(told))
        .returning(
            Message.id,
            Message.ward_id,
            Message.line_id,
            Message.carrier,
            Message.segments,
            Message.state,
            Message.accepted_at,
            Message.usage_day,
            Message.code,
            Message.blame,
        ),
        execution_options={"synchronize_session": False},
    ).all()
    book_usage(
        session,
        [
            AcceptedText(
                message_id=row.id,
                ward_id=row.ward_id,
                carrier=row.carrier,
                segments=row.segments,
                accepted_at=row.accepted_at or now,
            )
            for row in moved
            if row.state in BILLABLE and row.usage_day is None
        ],
        now=now,
    )
    act_on_blame(
        session,
        [
            Fault(line_id=row.line_id, blame=row.blame, code=row.code)
            for row in moved
            if row.blame is not None
        ],
        now=now,
    )
    _keep_provider_ids(session, moves, moved_ids={row.id for row in moved})
    return len(moved)


def _lock(session: Session, told: CTE) -> None:
    """Lock rows by id: outcomes and receipts of one text never wait for each other."""
    session.execute(
        select(Message.id)
        .join(told, told.c.id == Message.id)
        .order_by(Message.id)
        .with_for_update(of=Message)
    )


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
    )


def _is_allowed(told: CTE, moves: Sequence[Move]) -> ColumnElement[bool]:
    return or_(
        *(
            and_(told.c.state == to.value, Message.state.in_(sources_of(to)))
            for to in sorted({move.to for move in moves})
        )
    )


def _changes(told: CTE) -> dict[str, ColumnElement[Any]]:
    nothing = literal(None, UtcDateTime)
    accepted_at = func.coalesce(
        Message.accepted_at, told.c.accepted_at, Message.submitted_at, told.c.at
    )
    ends = states(final=True)
    return {
        "state": told.c.state,
        "lease_until": nothing,
        "provider_id": func.coalesce(told.c.provider_id, Message.provider_id),
        "code": told.c.code,
        "blame": told.c.blame,
        "due_at": func.coalesce(told.c.due_at, Message.due_at),
        "attempts": Message.attempts - told.c.tries_back,
        "accepted_at": case(
            (told.c.state.in_([state.value for state in BILLABLE]), accepted_at),
            else_=Message.accepted_at,
        ),
        "finished_at": case(
            (told.c.state.in_([state.value for state in ends]), told.c.at),
            else_=nothing,
        ),
    }


def _keep_provider_ids(
    session: Session, moves: Sequence[Move], *, moved_ids: set[int]
) -> None:
    late = [m for m in moves if m.provider_id and m.message_id not in moved_ids]
    if not late:
        return
    told = told_rows(session, _COLUMNS, [_row(move) for move in late])
    session.execute(
        update(Message)
        .where(Message.id == told.c.id, Message.provider_id.is_(None))
        .values(provider_id=told.c.provider_id),
        execution_options={"synchronize_session": False},
    )

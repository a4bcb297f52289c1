"""Delivery reports as they came: kept once, read later, never dropped."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Row,
    String,
    and_,
    case,
    exists,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from broadcaster.ports import Receipt
from broadcaster.rules.retrying import next_look
from broadcaster.store.insertion import Insertion, fit
from broadcaster.store.legs import find_legs
from broadcaster.store.moves import CODE_LENGTH, PROVIDER_ID_LENGTH
from broadcaster.store.tables.messages import Message, RawCallback
from broadcaster.store.told import told_rows
from subscriptions.tables.base import UtcDateTime

BY_PROVIDER_ID = "id:"
REFERENCE_LENGTH = 64
RAW_STATUS_LENGTH = 40
UNKNOWN_WORD = "unknown"
"""Kept as the status of a report whose word its gateway does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A kept report. Without message and leg no text of ours answers to it yet."""

    id: int
    message_id: int | None
    leg_id: int | None
    """The earlier leg of a message that it speaks of; then `message_id` is None."""
    status: str
    provider_id: str | None
    code: str | None
    blame: str | None
    received_at: dt.datetime


def keep_receipt(
    session: Session, gateway: str, receipt: Receipt, *, now: dt.datetime
) -> bool:
    """Keep a report; return False when the very same was kept before."""
    return keep_receipts(session, [(gateway, receipt, now)]) > 0


def keep_receipts(
    session: Session, receipts: Sequence[tuple[str, Receipt, dt.datetime]]
) -> int:
    """Keep reports, each with its gateway and moment; return how many are new.

    One statement for all. What was kept before, word for word, changes nothing.
    """
    rows = [_row(*receipt) for receipt in receipts]
    # in one order everywhere: two who insert the same keys would wait for each other
    rows.sort(key=lambda row: row[:3])
    return _INSERTION.run(session, rows)


def has_waiting(session: Session, *, now: dt.datetime) -> bool:
    """Tell whether a report is due to be read."""
    query = exists().where(
        RawCallback.interpreted_at.is_(None), RawCallback.due_at <= now
    )
    return bool(session.scalar(select(query)))


def take_waiting(session: Session, *, now: dt.datetime, limit: int) -> list[Report]:
    """Return reports due to be read, the longest waiting first, each to one reader."""
    rows = session.execute(
        select(
            RawCallback.id,
            RawCallback.gateway,
            RawCallback.reference,
            RawCallback.status,
            RawCallback.provider_id,
            RawCallback.code,
            RawCallback.blame,
            RawCallback.received_at,
        )
        .where(RawCallback.interpreted_at.is_(None), RawCallback.due_at <= now)
        .order_by(RawCallback.due_at, RawCallback.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    texts, legs = _find_texts(session, rows)
    return [
        Report(
            id=row.id,
            message_id=texts.get(row.id),
            leg_id=legs.get(row.id),
            status=row.status,
            provider_id=row.provider_id,
            code=row.code,
            blame=row.blame,
            received_at=row.received_at,
        )
        for row in rows
    ]


def mark_read(
    session: Session, reports: Sequence[Report], *, clear: set[int], now: dt.datetime
) -> None:
    """Put away the reports whose ids are clear, and keep the others waiting."""
    told = told_rows(
        session,
        {"id": BigInteger(), "look_at": UtcDateTime()},
        [
            (r.id, None if r.id in clear else now + next_look(now - r.received_at))
            for r in reports
        ],
    )
    session.execute(
        update(RawCallback)
        .where(RawCallback.id == told.c.id)
        .values(
            interpreted_at=case((told.c.look_at.is_(None), literal(now, UtcDateTime))),
            due_at=func.coalesce(told.c.look_at, RawCallback.due_at),
        ),
        execution_options={"synchronize_session": False},
    )


def _find_texts(
    session: Session, rows: Sequence[Row[*tuple[Any, ...]]]
) -> tuple[dict[int, int], dict[int, int]]:
    """Return the messages and the earlier legs that reports speak of, by their ids.

    A report only speaks of texts that left by the same gateway.
    """
    ours: list[tuple[object, ...]] = []
    theirs: list[tuple[object, ...]] = []
    for row in rows:
        reference = _read_uuid(row.reference)
        if reference is not None:
            ours.append((row.id, row.gateway, reference.hex))
        elif row.reference.startswith(BY_PROVIDER_ID):
            named = row.reference.removeprefix(BY_PROVIDER_ID)
            theirs.append((row.id, row.gateway, named))
    texts = _join(session, Message.provider_id, theirs) | _join(
        session, Message.public_id, ours
    )
    unknown = [
        [row for row in named if row[0] not in texts] for named in (ours, theirs)
    ]
    return texts, find_legs(session, *unknown)


def _join(
    session: Session,
    column: InstrumentedAttribute[Any],
    rows: Sequence[tuple[object, ...]],
) -> dict[int, int]:
    if not rows:
        return {}
    kind = column.type
    told = told_rows(
        session, {"id": BigInteger(), "gateway": String(), "name": kind}, rows
    )
    found = session.execute(
        select(told.c.id.label("report_id"), Message.id).join(
            told, and_(column == told.c.name, Message.gateway == told.c.gateway)
        )
    )
    return {row.report_id: row.id for row in found}


def _row(gateway: str, receipt: Receipt, at: dt.datetime) -> tuple[Any, ...]:
    reference = receipt.reference or f"{BY_PROVIDER_ID}{receipt.provider_id}"
    return (
        gateway,
        fit(reference, REFERENCE_LENGTH),
        fit(receipt.raw_status, RAW_STATUS_LENGTH) or "",
        receipt.status.value if receipt.status else UNKNOWN_WORD,
        fit(receipt.provider_id, PROVIDER_ID_LENGTH),
        fit(receipt.code, CODE_LENGTH),
        receipt.blame.value if receipt.blame else None,
        at,
        at,
    )


def _read_uuid(reference: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(reference)
    except ValueError:
        return None


_INSERTION = Insertion(
    RawCallback,
    {
        "gateway": String(),
        "reference": String(),
        "raw_status": String(),
        "status": String(),
        "provider_id": String(),
        "code": String(),
        "blame": String(),
        "received_at": UtcDateTime(),
        "due_at": UtcDateTime(),
    },
)

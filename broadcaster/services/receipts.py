"""Delivery reports: kept as they come, then read in batches, in whatever order."""

import datetime as dt
from collections.abc import Sequence

import structlog
from sqlalchemy.orm import Session

from broadcaster.ports import Receipt, ReceiptStatus
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.moves import Move, move
from broadcaster.store.raw_receipts import (
    find_messages,
    keep_receipt,
    mark_read,
    take_waiting,
)
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import RawCallback

BATCH = 500

STATES = {
    ReceiptStatus.ACCEPTED: MessageState.ACCEPTED,
    ReceiptStatus.ACKNOWLEDGED: MessageState.ACKNOWLEDGED,
    ReceiptStatus.REFUSED: MessageState.REFUSED,
    ReceiptStatus.EXPIRED: MessageState.EXPIRED,
    ReceiptStatus.UNDELIVERED: MessageState.UNDELIVERED,
    ReceiptStatus.DELIVERED: MessageState.DELIVERED,
}
"""In the order in which a batch is read: a handset's own word comes last."""

log = structlog.get_logger()


def take_receipt(
    database: Database, gateway_name: str, receipt: Receipt, *, now: dt.datetime
) -> bool:
    """Keep a verified report, and no more; False when it was kept before."""
    with database.writing() as session:
        return keep_receipt(session, gateway_name, receipt, now=now)


def interpret_waiting(database: Database, *, now: dt.datetime) -> int:
    """Read the reports that are due, a batch a transaction; return how many.

    A report of a text that we do not know waits, and is looked at ever more seldom.
    """
    read = 0
    while taken := _interpret_batch(database, now=now):
        read += taken
    return read


def _interpret_batch(database: Database, *, now: dt.datetime) -> int:
    with database.writing() as session:
        reports = take_waiting(session, now=now, limit=BATCH)
        if not reports:
            return 0
        messages = find_messages(session, reports)
        moved = _apply(session, reports, messages, now=now)
        mark_read(session, reports, known=set(messages), now=now)
    log.info(
        "receipts_read",
        reports=len(reports),
        unknown=len(reports) - len(messages),
        moved=moved,
    )
    return len(reports)


def _apply(
    session: Session,
    reports: Sequence[RawCallback],
    messages: dict[int, int],
    *,
    now: dt.datetime,
) -> int:
    moved = 0
    for status, state in STATES.items():
        moves = {
            messages[report.id]: Move(
                message_id=messages[report.id],
                to=state,
                at=report.received_at,
                provider_id=report.provider_id,
                code=report.code,
                blame=report.blame,
            )
            for report in reports
            if report.status == status and report.id in messages
        }
        moved += move(session, list(moves.values()), now=now)
    return moved

"""Delivery reports as they came: kept once, read later, never dropped."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import case, exists, select, update
from sqlalchemy.orm import Session

from broadcaster.ports import Receipt
from broadcaster.rules.retrying import next_look
from broadcaster.store.insertion import fit, insert_unless_there
from broadcaster.store.moves import CODE_LENGTH, PROVIDER_ID_LENGTH
from broadcaster.store.tables.messages import Message, RawCallback

BY_PROVIDER_ID = "id:"
REFERENCE_LENGTH = 64
RAW_STATUS_LENGTH = 40


def keep_receipt(
    session: Session, gateway: str, receipt: Receipt, *, now: dt.datetime
) -> bool:
    """Keep a report; return False when the very same was kept before."""
    reference = receipt.reference or f"{BY_PROVIDER_ID}{receipt.provider_id}"
    return insert_unless_there(
        session,
        RawCallback,
        {
            "gateway": gateway,
            "reference": fit(reference, REFERENCE_LENGTH),
            "raw_status": fit(receipt.raw_status, RAW_STATUS_LENGTH) or "",
            "status": receipt.status.value,
            "provider_id": fit(receipt.provider_id, PROVIDER_ID_LENGTH),
            "code": fit(receipt.code, CODE_LENGTH),
            "blame": receipt.blame.value if receipt.blame else None,
            "received_at": now,
            "due_at": now,
        },
    )


def has_waiting(session: Session, *, now: dt.datetime) -> bool:
    """Tell whether a report is due to be read."""
    query = exists().where(
        RawCallback.interpreted_at.is_(None), RawCallback.due_at <= now
    )
    return bool(session.scalar(select(query)))


def take_waiting(
    session: Session, *, now: dt.datetime, limit: int
) -> Sequence[RawCallback]:
    """Return reports due to be read, the longest waiting first, each to one reader."""
    return session.scalars(
        select(RawCallback)
        .where(RawCallback.interpreted_at.is_(None), RawCallback.due_at <= now)
        .order_by(RawCallback.due_at, RawCallback.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def find_messages(session: Session, reports: Sequence[RawCallback]) -> dict[int, int]:
    """Return the message each report speaks of, by the report's id.

    A report only speaks of texts that left by the same gateway.
    """
    references = {report.id: _read_uuid(report.reference) for report in reports}
    by_reference: dict[tuple[str, uuid.UUID | None], int] = {
        (gateway, public_id): message_id
        for message_id, gateway, public_id in session.execute(
            select(Message.id, Message.gateway, Message.public_id).where(
                Message.public_id.in_({r for r in references.values() if r})
            )
        )
    }
    named = {
        report.provider_id
        for report in reports
        if report.provider_id and report.reference.startswith(BY_PROVIDER_ID)
    }
    by_provider_id = {
        (gateway, f"{BY_PROVIDER_ID}{provider_id}"): message_id
        for message_id, gateway, provider_id in session.execute(
            select(Message.id, Message.gateway, Message.provider_id).where(
                Message.provider_id.in_(named)
            )
        )
    }
    found = {
        report.id: by_reference.get((report.gateway, references[report.id]))
        or by_provider_id.get((report.gateway, report.reference))
        for report in reports
    }
    return {report_id: message for report_id, message in found.items() if message}


def mark_read(
    session: Session,
    reports: Sequence[RawCallback],
    *,
    known: set[int],
    now: dt.datetime,
) -> None:
    """Put away the reports whose ids are known, and keep the others waiting."""
    session.execute(
        update(RawCallback).where(RawCallback.id.in_(known)).values(interpreted_at=now),
        execution_options={"synchronize_session": False},
    )
    waits = {r.id: now + next_look(now - r.received_at) for r in reports}
    unknown = {
        report_id: at for report_id, at in waits.items() if report_id not in known
    }
    if unknown:
        session.execute(
            update(RawCallback)
            .where(RawCallback.id.in_(unknown))
            .values(due_at=case(unknown, value=RawCallback.id)),
            execution_options={"synchronize_session": False},
        )


def _read_uuid(reference: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(reference)
    except ValueError:
        return None

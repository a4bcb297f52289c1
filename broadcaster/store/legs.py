"""Reports that come after a message went on by another channel: of its earlier leg."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, String, and_, delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from broadcaster.ports import Channel
from broadcaster.rules.lifecycle import LIFECYCLE, PROOFS, MessageState
from broadcaster.store.tables.messages import Message, MessageLeg
from broadcaster.store.told import told_rows
from broadcaster.store.usage_booking import book_leg_usage
from broadcaster.store.zalo_terms import ENCODING

IN_BULK = {"synchronize_session": False}
NOT_BEGUN = frozenset({MessageState.QUEUED, MessageState.HELD})


@dataclass(frozen=True, slots=True, kw_only=True)
class LegReport:
    """How far an earlier leg came after all."""

    leg_id: int
    state: MessageState
    at: dt.datetime
    provider_id: str | None = None
    code: str | None = None


def find_legs(
    session: Session,
    ours: Sequence[tuple[object, ...]],
    theirs: Sequence[tuple[object, ...]],
) -> dict[int, int]:
    """Return the leg each report speaks of, by the report's id.

    Rows are (report id, gateway, name): our reference, or the telco's id.
    """
    return _join(session, MessageLeg.provider_id, theirs) | _join(
        session, Message.public_id, ours
    )


def tell_legs(
    session: Session, reports: Sequence[LegReport], *, now: dt.datetime
) -> int:
    """Write down what became of legs; return how many learned something.

    What was taken is paid for, though the SMS went out as well. One that arrived
    before its SMS has begun makes it needless: the message goes back and is over.
    """
    best: dict[int, LegReport] = {}
    for report in sorted(reports, key=lambda report: _strength(report.state)):
        best[report.leg_id] = report
    taken = {r.leg_id for r in reports if LIFECYCLE[r.state].billable}
    legs = session.scalars(
        select(MessageLeg)
        .where(MessageLeg.id.in_(sorted(best)))
        .order_by(MessageLeg.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    learned = sum(_learn(leg, best[leg.id], is_taken=leg.id in taken) for leg in legs)
    session.flush()
    book_leg_usage(session, taken, now=now)
    for leg in legs:
        if leg.state is MessageState.DELIVERED:
            _make_needless(session, leg, at=best[leg.id].at)
    return learned


def _strength(state: MessageState) -> int:
    return PROOFS.index(state)


def _learn(leg: MessageLeg, report: LegReport, *, is_taken: bool) -> bool:
    if is_taken and leg.accepted_at is None:
        leg.accepted_at = report.at
    leg.provider_id = leg.provider_id or report.provider_id
    if _strength(leg.state) >= _strength(report.state):
        return False
    leg.state, leg.code = report.state, report.code
    return True


def _make_needless(session: Session, leg: MessageLeg, *, at: dt.datetime) -> None:
    session.refresh(leg)
    gone_back = session.execute(
        update(Message)
        .where(
            Message.id == leg.message_id,
            Message.channel == Channel.SMS,
            Message.state.in_(NOT_BEGUN),
        )
        .values(
            state=MessageState.DELIVERED,
            channel=leg.channel,
            gateway=leg.gateway,
            tariff_kind=leg.tariff_kind,
            encoding=ENCODING,
            segments=leg.segments,
            provider_id=leg.provider_id,
            code=leg.code,
            accepted_at=leg.accepted_at,
            usage_day=leg.usage_day,
            usage_month=leg.usage_month,
            finished_at=at,
        )
        .returning(Message.id),
        execution_options=IN_BULK,
    )
    if gone_back.first() is not None:
        session.execute(delete(MessageLeg).where(MessageLeg.id == leg.id))


def _join(
    session: Session,
    column: InstrumentedAttribute[Any],
    rows: Sequence[tuple[object, ...]],
) -> dict[int, int]:
    if not rows:
        return {}
    told = told_rows(
        session, {"id": BigInteger(), "gateway": String(), "name": column.type}, rows
    )
    found = session.execute(
        select(told.c.id.label("report_id"), MessageLeg.id)
        .join(Message, Message.id == MessageLeg.message_id)
        .join(told, and_(column == told.c.name, MessageLeg.gateway == told.c.gateway))
    )
    return {row.report_id: row.id for row in found}

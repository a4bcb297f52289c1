"""Delivery reports: kept as they come, then read in batches, in whatever order."""

import datetime as dt
from collections.abc import Sequence

import structlog
from sqlalchemy.orm import Session

from broadcaster.ports import Receipt
from broadcaster.rules.lifecycle import LIFECYCLE, PROOFS, MessageState
from broadcaster.store.legs import LegReport, tell_legs
from broadcaster.store.moves import Move, move
from broadcaster.store.raw_receipts import (
    Report,
    keep_receipt,
    mark_read,
    take_waiting,
)
from broadcaster.store.session import Database

BATCH = 2_000

STRENGTH = {state.value: place for place, state in enumerate(PROOFS)}
"""How much a report proves, by the word it was kept with: both tables share words."""

log = structlog.get_logger()


def take_receipt(
    database: Database, gateway_name: str, receipt: Receipt, *, now: dt.datetime
) -> bool:
    """Keep a verified report, and no more; False when it was kept before."""
    with database.writing() as session:
        return keep_receipt(session, gateway_name, receipt, now=now)


def interpret_waiting(database: Database, *, now: dt.datetime) -> int:
    """Read the reports that are due, a batch a transaction; return how many.

    A report of a text that we do not know, or in a word that its gateway does not
    know, waits and is looked at ever more seldom.
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
        moved = _apply(session, reports, now=now)
        moved += tell_legs(session, _of_legs(reports), now=now)
        clear = {report.id for report in reports if _is_clear(report)}
        mark_read(session, reports, clear=clear, now=now)
    log.info(
        "receipts_read",
        reports=len(reports),
        unknown=len(reports) - len(clear),
        moved=moved,
    )
    return len(reports)


def _is_clear(report: Report) -> bool:
    is_ours = report.message_id is not None or report.leg_id is not None
    return is_ours and report.status in STRENGTH


def _of_legs(reports: Sequence[Report]) -> list[LegReport]:
    return [
        LegReport(
            leg_id=report.leg_id,
            state=MessageState(report.status),
            at=report.received_at,
            provider_id=report.provider_id,
            code=report.code,
        )
        for report in filter(_is_clear, reports)
        if report.leg_id is not None
    ]


def _apply(session: Session, reports: Sequence[Report], *, now: dt.datetime) -> int:
    """Apply of each text's reports the one that proves most; return how many moved.

    A text that was taken and failed all the same is moved twice, for it is paid for.
    """
    best: dict[int, Report] = {}
    taken: dict[int, Report] = {}
    for report in filter(_is_clear, reports):
        if report.message_id is None:
            continue
        _keep_strongest(best, report)
        if LIFECYCLE[MessageState(report.status)].billable:
            _keep_strongest(taken, report)
    # all of them in the first call: it locks their rows in one order
    first = {**best, **taken}
    second = [report for text, report in best.items() if report is not first[text]]
    moved = move(session, [_move_of(report) for report in first.values()], now=now)
    return moved + move(session, [_move_of(report) for report in second], now=now)


def _keep_strongest(found: dict[int, Report], report: Report) -> None:
    text = report.message_id or 0
    known = found.get(text)
    if known is None or STRENGTH[known.status] < STRENGTH[report.status]:
        found[text] = report


def _move_of(report: Report) -> Move:
    return Move(
        message_id=report.message_id or 0,
        to=MessageState(report.status),
        at=report.received_at,
        provider_id=report.provider_id,
        code=report.code,
        blame=report.blame,
    )

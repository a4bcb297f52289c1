"""Move due texts to a telco: claim, submit, record, each apart from the others."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.orm import Session

from broadcaster.ports import Clock, Gateway, Outcome, Receipt
from broadcaster.store.doubts import ask_later, is_taken, list_doubts
from broadcaster.store.outbox import claim, expire_leases, record
from broadcaster.store.pauses import pause_gateway
from broadcaster.store.raw_receipts import keep_receipt
from broadcaster.store.session import Database

LEASE = dt.timedelta(seconds=120)
"""Longer than the slowest window: 200 texts, 16 at a time, 5 s for each answer."""
LOOKUPS = 100

log = structlog.get_logger()


def drain(
    database: Database,
    gateway: Gateway,
    clock: Clock,
    *,
    until: dt.datetime,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Send what is due by this gateway; return how many texts were submitted.

    Ends when nothing is due, the gateway asks us to wait, `until` has passed or
    `stopping` says so; never in the middle of a window. A window whose process dies
    on the wire stays leased, and is in doubt when its lease runs out.
    """
    submitted = 0
    while (now := clock.now()) < until and not stopping():
        with database.writing() as session:
            window = claim(
                session,
                gateway.name,
                limit=gateway.capabilities.window,
                lease=LEASE,
                now=now,
            )
        if not window:
            break
        outcomes = gateway.submit(window)
        with database.writing() as session:
            record(session, outcomes, now=clock.now())
            _obey_pause(session, gateway.name, outcomes, now=clock.now())
        submitted += len(window)
        verdicts = Counter(outcome.verdict.value for outcome in outcomes)
        log.info("window_recorded", gateway=gateway.name, **verdicts)
    return submitted


def doubt_lost_windows(database: Database, *, now: dt.datetime) -> int:
    """Put in doubt what a process took and never reported on; return how many."""
    with database.writing() as session:
        lost = expire_leases(session, now)
    if lost:
        log.warning("leases_expired", texts=lost)
    return lost


def resolve_in_doubt(database: Database, gateway: Gateway, now: dt.datetime) -> int:
    """Ask the telco about texts in doubt; return of how many it could tell.

    Its word is kept like a receipt and read with the others. A text that stays in
    doubt is never sent again from here: that is a policy's to decide, not a guess's.
    """
    with database.reading() as session:
        doubts = list_doubts(session, gateway.name, limit=LOOKUPS, now=now)
    answers = [(doubt, gateway.lookup(doubt)) for doubt in doubts]
    with database.writing() as session:
        told = [
            doubt
            for doubt, receipt in answers
            if receipt and _keep(session, gateway.name, receipt, now=now)
        ]
        ask_later(session, doubts, now=now)
    if doubts:
        log.info(
            "doubts_asked", gateway=gateway.name, asked=len(doubts), told=len(told)
        )
    return len(told)


def _keep(
    session: Session, gateway: str, receipt: Receipt, *, now: dt.datetime
) -> bool:
    provider_id = receipt.provider_id
    if provider_id and is_taken(session, gateway, provider_id=provider_id):
        return False  # the telco's list showed another text of ours, worded the same
    return keep_receipt(session, gateway, receipt, now=now)


def _obey_pause(
    session: Session, gateway: str, outcomes: Sequence[Outcome], *, now: dt.datetime
) -> None:
    asked = [o for o in outcomes if o.retry_after is not None]
    if not asked:
        return
    seconds = max(outcome.retry_after or 0 for outcome in asked)
    pause_gateway(
        session,
        gateway,
        until=now + dt.timedelta(seconds=seconds),
        facts={"texts": len(asked), "code": asked[0].code},
    )
    log.warning("gateway_paused", gateway=gateway, seconds=seconds)

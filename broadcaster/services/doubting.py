"""Texts in doubt: found, asked about, and settled by what is known, not guessed."""

import datetime as dt
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog
from sqlalchemy.orm import Session

from broadcaster.ports import Gateway, Receipt, Submission, Unfound
from broadcaster.rules.retrying import REPEATED_WITHIN
from broadcaster.rules.timing import ward_today
from broadcaster.store.bells import ring_bell
from broadcaster.store.doubts import (
    ask_later,
    doubt_stale_repeats,
    end_lost_windows,
    is_anothers,
    list_doubts,
    list_emergencies,
    list_silent,
    note_asked,
    send_again,
)
from broadcaster.store.raw_receipts import keep_receipt
from broadcaster.store.session import Database

LOOKUPS = 400
"""Questions at a time."""
ASKS_FOR_S = 8.0
"""How long one beat goes on asking: what is left is asked in the next."""
ASKED_AT_ONCE = 8

SURE_OF_WINDOW = 0.9
"""How much of its duplicate window a telco is believed: clocks differ."""

log = structlog.get_logger()

Answers = list[tuple[Submission, Receipt | Unfound]]


def doubt_lost_windows(database: Database, *, now: dt.datetime) -> int:
    """Settle what nobody comes back for; return the texts in doubt.

    That is windows whose worker never reported back, of which what certainly never
    left goes back to be sent; and doubts that were to be repeated and met no gateway.
    """
    with database.writing() as session:
        back, doubted = end_lost_windows(session, now)
        stale = doubt_stale_repeats(session, now)
        if back:
            ring_bell(session)
    if back or doubted:
        log.warning("windows_lost", put_back=back, in_doubt=doubted)
    if stale:
        log.warning("repeats_stale", in_doubt=stale)
    return doubted + stale


def resolve_in_doubt(database: Database, gateway: Gateway, now: dt.datetime) -> int:
    """Ask the telco about texts in doubt; return of how many it could tell.

    Its word is kept like a receipt and read with the others. Where it takes a
    reference once, the text is handed in again under the same. A text that it does not
    list is sent again once that proves that it never came there; an emergency also
    when a minute brought no word. Any other stays in doubt, for everybody to see.
    """
    settled = 0
    ends = time.monotonic() + ASKS_FOR_S
    while doubts := _due(database, gateway.name, now=now):
        settled += _settle(database, gateway, doubts, now=now)
        if len(doubts) < LOOKUPS or time.monotonic() > ends:
            break
    return settled


def _due(database: Database, gateway: str, *, now: dt.datetime) -> list[Submission]:
    with database.reading() as session:
        return list_doubts(session, gateway, limit=LOOKUPS, now=now)


def _settle(
    database: Database,
    gateway: Gateway,
    doubts: list[Submission],
    *,
    now: dt.datetime,
) -> int:
    answers = _ask(gateway, doubts)
    with database.writing() as session:
        told = _keep_all(session, gateway.name, answers, now=now)
        repeated = _may_be_repeated(gateway, answers, now=now)
        others = _may_go_again(session, gateway, answers, now=now)
        again = send_again(session, repeated + others, same_attempt=repeated, now=now)
        absent_after = gateway.capabilities.absent_after
        ask_later(session, doubts, absent_after=absent_after, now=now)
        if again:
            ring_bell(session)
    log.info(
        "doubts_asked",
        gateway=gateway.name,
        asked=len(doubts),
        told=told,
        sent_again=again,
    )
    return told + again


def look_up_silent(database: Database, gateway: Gateway, now: dt.datetime) -> int:
    """Ask about what was taken a day ago without a receipt; return how many told."""
    with database.reading() as session:
        silent = list_silent(session, gateway.name, limit=LOOKUPS, now=now)
    answers = _ask(gateway, silent)
    with database.writing() as session:
        told = _keep_all(session, gateway.name, answers, now=now)
        note_asked(session, [text.message_id for text in silent], now=now)
    if silent:
        log.info("silent_asked", gateway=gateway.name, asked=len(silent), told=told)
    return told


def _ask(gateway: Gateway, texts: Sequence[Submission]) -> Answers:
    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        return list(zip(texts, pool.map(gateway.lookup, texts), strict=True))


def _keep_all(
    session: Session, gateway: str, answers: Answers, *, now: dt.datetime
) -> int:
    told = 0
    for text, answer in answers:
        if isinstance(answer, Receipt):
            told += _keep(session, gateway, text, answer, now=now)
    return told


def _may_be_repeated(
    gateway: Gateway, answers: Answers, *, now: dt.datetime
) -> list[int]:
    """Return the texts that the telco would know again: none is sent twice by that.

    Of the same day only: one vendor's pages disagree whether it remembers longer.
    """
    window = gateway.capabilities.duplicate_window
    if window is None:
        return []
    return [
        text.message_id
        for text, answer in answers
        if not isinstance(answer, Receipt)
        and now - text.submitted_at < window * SURE_OF_WINDOW
        and ward_today(text.submitted_at) == ward_today(now + REPEATED_WITHIN)
    ]


def _may_go_again(
    session: Session, gateway: Gateway, answers: Answers, *, now: dt.datetime
) -> list[int]:
    proves = gateway.capabilities.absent_after
    absent = [
        text.message_id
        for text, answer in answers
        if answer is Unfound.ABSENT
        and proves is not None
        and now - text.submitted_at >= proves
    ]
    unknown = [
        text.message_id for text, answer in answers if not isinstance(answer, Receipt)
    ]
    return absent + list_emergencies(session, unknown, now=now)


def _keep(
    session: Session,
    gateway: str,
    text: Submission,
    receipt: Receipt,
    *,
    now: dt.datetime,
) -> bool:
    provider_id = receipt.provider_id
    if provider_id and is_anothers(
        session, gateway, provider_id=provider_id, message_id=text.message_id
    ):
        return False  # the telco's list showed another text of ours, worded the same
    return keep_receipt(session, gateway, receipt, now=now)

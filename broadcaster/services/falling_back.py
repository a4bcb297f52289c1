"""Zalo messages that will not come to anything: the SMS follows, once.

At a set time without receipt, where the ward wants that for the topic; and when the
account itself is away too long, lost or switched off.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog

from broadcaster.ports import Gateway, Receipt, ReceiptStatus, Submission
from broadcaster.store.fallbacks import (
    NOT_BEGUN,
    WITHOUT_RECEIPT,
    Cause,
    FallBack,
    fall_back,
)
from broadcaster.store.falling import (
    list_stranded,
    list_unusable,
    list_zalo_gateways,
    take_overdue,
)
from broadcaster.store.raw_receipts import keep_receipt
from broadcaster.store.routing import read_routes
from broadcaster.store.session import Database

ASKED_AT_ONCE = 8
BATCH = 500
ARRIVED = frozenset({ReceiptStatus.DELIVERED})

log = structlog.get_logger()


def fall_back_silent(
    database: Database,
    gateways: Mapping[str, Gateway],
    *,
    route: Sequence[str],
    now: dt.datetime,
) -> int:
    """Let the SMS follow where no receipt came in time; return how many do.

    Zalo is asked first. What has arrived stays; where it gives no answer, it is asked
    again a minute later, for nobody is to be told twice by guess.
    """
    with database.writing() as session:
        overdue = take_overdue(session, limit=BATCH, now=now)
    fallen = 0
    for name, texts in overdue.items():
        gateway = gateways.get(name)
        if gateway is not None:
            fallen += _settle(database, gateway, texts, route=route, now=now)
    return fallen


def fall_back_stranded(
    database: Database,
    *,
    sending: Collection[str],
    route: Sequence[str],
    now: dt.datetime,
) -> int:
    """Let SMS say what waits for a Zalo account that cannot send; return how many.

    `sending` are the accounts that are here and switched on; one that has been away
    for minutes, or whose tokens are lost, does not count.
    """
    with database.writing() as session:
        usable = set(sending) - list_unusable(session)
        stranded = list_zalo_gateways(session) - usable
        fallen = fall_back(
            session,
            list_stranded(session, stranded, limit=BATCH, now=now),
            cause=Cause(why=FallBack.GATEWAY_DOWN),
            routes=read_routes(session, route),
            states=NOT_BEGUN,
            now=now,
        )
    if fallen:
        log.warning("zalo_stranded", texts=len(fallen))
    return len(fallen)


def _settle(
    database: Database,
    gateway: Gateway,
    texts: Sequence[Submission],
    *,
    route: Sequence[str],
    now: dt.datetime,
) -> int:
    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        answers = list(zip(texts, pool.map(gateway.lookup, texts), strict=True))
    with database.writing() as session:
        waiting = []
        for text, answer in answers:
            if not isinstance(answer, Receipt):
                continue
            if answer.status in ARRIVED:
                keep_receipt(session, gateway.name, answer, now=now)
            else:
                waiting.append(text.message_id)
        fallen = fall_back(
            session,
            waiting,
            cause=Cause(why=FallBack.NO_RECEIPT),
            routes=read_routes(session, route),
            states=WITHOUT_RECEIPT,
            now=now,
        )
    log.info("zalo_silent", gateway=gateway.name, asked=len(texts), by_sms=len(fallen))
    return len(fallen)

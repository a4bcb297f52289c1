"""A whole ward at once, for measuring: rows written in bulk, not at the door."""

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from subscriptions.enrolments import match_key
from subscriptions.names import search_key, sort_key
from subscriptions.phones import carrier_of
from subscriptions.tables.base import Base
from subscriptions.tables.consents import (
    ConsentAction,
    ConsentMethod,
    ConsentRecord,
    Purpose,
)
from subscriptions.tables.households import (
    Household,
    Line,
    LineStatus,
    Resident,
    Subscription,
)
from subscriptions.tables.places import Ward
from tests.builders.people import NOW, WORDING, a_group

SHARED_EVERY = 20
"""Of so many homes one is served through the phone of the home before."""

UNUSABLE_EVERY = 49
WITHDRAWN_EVERY = 27
NEVER_ASKED_EVERY = 33

_PREFIXES = ("32", "70", "76", "83", "91", "94", "97", "98")
_NAMES = ("Nguyễn Văn An", "Trần Thị Bình", "Lê Văn Đức", "Phạm Thị Ánh", "Vũ Thị Ân")
_BATCH = 5_000

Rows = Iterable[dict[str, Any]]


def a_crowd(session: Session, ward: Ward, *, homes: int, groups: int) -> None:
    """Fill a ward with homes, a line for each and some of them shared.

    Alike on every run: rows refer to one another by counting from 1, so the database
    must hold no people yet.
    """
    group_ids = [a_group(session, ward, number=n + 1).id for n in range(groups)]
    _fill(session, Household, ward, _households(homes, group_ids))
    _fill(session, Resident, ward, _heads(homes))
    _fill(session, Line, ward, _lines(homes))
    _fill(session, Subscription, ward, _subscriptions(homes))
    _fill(session, ConsentRecord, ward, _consents(homes))


def _fill(session: Session, table: type[Base], ward: Ward, rows: Rows) -> None:
    waiting = iter(rows)
    while batch := [{"ward_id": ward.id, **row} for row in islice(waiting, _BATCH)]:
        session.execute(insert(table), batch)


def _households(homes: int, group_ids: list[int]) -> Rows:
    for n in range(1, homes + 1):
        address = f"Số {n} ngõ Bằng Lăng"
        yield {
            "group_id": group_ids[n % len(group_ids)],
            "address": address,
            "match_key": match_key(_name(n), address),
            "search_key": search_key(address),
            "created_at": NOW,
        }


def _heads(homes: int) -> Rows:
    for n in range(1, homes + 1):
        yield {
            "household_id": n,
            "full_name": _name(n),
            "search_key": search_key(_name(n)),
            "sort_key": sort_key(_name(n)),
            "is_head": True,
        }


def _lines(homes: int) -> Rows:
    for n in range(1, homes + 1):
        e164 = f"+84{_PREFIXES[n % len(_PREFIXES)]}{n:07}"
        is_usable = n % UNUSABLE_EVERY
        yield {
            "e164": e164,
            "carrier": carrier_of(e164),
            "status": LineStatus.USABLE if is_usable else LineStatus.UNUSABLE,
        }


def _subscriptions(homes: int) -> Rows:
    for n in range(1, homes + 1):
        is_shared = n % SHARED_EVERY == 0
        yield {
            "line_id": n - 1 if is_shared else n,
            "resident_id": n,
            "pays": not is_shared,
            "first_month": dt.date(2026, 1, 1),
            "created_at": NOW,
        }


def _consents(homes: int) -> Iterator[dict[str, Any]]:
    for n in range(1, homes + 1):
        if n % NEVER_ASKED_EVERY == 0:
            continue
        for purpose in Purpose:
            yield _word(n, purpose, ConsentAction.GRANTED)
        if n % WITHDRAWN_EVERY == 0:
            yield _word(n, Purpose.NOTICES, ConsentAction.WITHDRAWN)


def _word(line_id: int, purpose: Purpose, action: ConsentAction) -> dict[str, Any]:
    return {
        "line_id": line_id,
        "purpose": purpose,
        "action": action,
        "method": ConsentMethod.PAPER,
        "wording_version": WORDING,
        "recorded_at": NOW,
    }


def _name(n: int) -> str:
    return _NAMES[n % len(_NAMES)]

"""What a refusal tells us of a line: dead, without Zalo, or its holder wants none.

A carrier knows its numbers and speaks for all we send. Zalo only knows who uses Zalo:
whatever it says of a line, SMS goes on, and no line is dead for it.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from broadcaster.ports import Blame, Channel
from broadcaster.store.tables.staff import JournalEntry
from broadcaster.store.zalo_lines import note_without_zalo
from subscriptions.consents import ZALO, Evidence, withdraw
from subscriptions.lines import mark_unusable
from subscriptions.tables.consents import ConsentMethod, Purpose

BY_CARRIER = Evidence(
    method=ConsentMethod.CARRIER, wording_version="carrier", recorded_by=None
)
BY_ZALO = Evidence(
    method=ConsentMethod.ZALO, wording_version=ZALO, recorded_by=None, channel=ZALO
)
UNREACHED = {Blame.NO_ACCOUNT, Blame.RECIPIENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Whose fault a refused or failed text was, and the telco's word for it."""

    line_id: int | None
    blame: str | None
    code: str | None
    channel: Channel = Channel.SMS


def act_on_blame(
    session: Session, faults: Iterable[Fault], *, now: dt.datetime
) -> None:
    """Draw from each fault what it says of its line.

    By SMS: dead lines are marked unusable, and who opted out gets nothing more. By
    Zalo: the line is noted as without it, and who opted out is told by SMS alone.
    """
    without_zalo: dict[int, str | None] = {}
    for fault in sorted(faults, key=lambda fault: fault.line_id or 0):
        if fault.line_id is None:
            continue
        if fault.channel is Channel.ZALO:
            if fault.blame in UNREACHED:
                without_zalo[fault.line_id] = fault.code
            elif fault.blame == Blame.OPTED_OUT:
                _refuse_zalo(session, fault.line_id, code=fault.code, now=now)
        elif fault.blame == Blame.RECIPIENT:
            mark_unusable(session, fault.line_id, fault.code or "unreachable")
        elif fault.blame == Blame.OPTED_OUT:
            withdraw(session, fault.line_id, Purpose, evidence=BY_CARRIER, now=now)
    note_without_zalo(session, without_zalo, now=now)


def _refuse_zalo(
    session: Session, line_id: int, *, code: str | None, now: dt.datetime
) -> None:
    added = withdraw(session, line_id, Purpose, evidence=BY_ZALO, now=now)
    if not added:
        return
    session.add(
        JournalEntry(
            ward_id=added[0].ward_id,
            account_id=None,
            at=now,
            act="zalo.refused",
            facts={"line_id": line_id, "code": code or ""},
        )
    )

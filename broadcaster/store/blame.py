"""What a refusal tells us of a line: it is dead, or its holder wants no texts."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from broadcaster.ports import Blame
from subscriptions.consents import Evidence, withdraw
from subscriptions.lines import mark_unusable
from subscriptions.tables.consents import ConsentMethod, Purpose

BY_CARRIER = Evidence(
    method=ConsentMethod.CARRIER, wording_version="carrier", recorded_by=None
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Whose fault a refused or failed text was, and the telco's word for it."""

    line_id: int | None
    blame: str | None
    code: str | None


def act_on_blame(
    session: Session, faults: Iterable[Fault], *, now: dt.datetime
) -> None:
    """Mark dead lines unusable; withdraw every consent of those who opted out."""
    for fault in sorted(faults, key=lambda fault: fault.line_id or 0):
        if fault.line_id is None:
            continue
        if fault.blame == Blame.RECIPIENT:
            mark_unusable(session, fault.line_id, fault.code or "unreachable")
        elif fault.blame == Blame.OPTED_OUT:
            withdraw(session, fault.line_id, Purpose, evidence=BY_CARRIER, now=now)

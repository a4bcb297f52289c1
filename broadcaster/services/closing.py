"""Closing a month: what stands in the way, and the sums it is frozen on."""

import datetime as dt
import enum
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from broadcaster.errors import MonthBlockedError, NotFoundError
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.permissions import Act
from broadcaster.services import journal
from broadcaster.services.accounts import Actor
from broadcaster.services.statements import Statement, statement
from broadcaster.store.session import Database
from broadcaster.store.usage import count_undecided, freeze_usage
from subscriptions.booking import find_month, lock_month, next_to_close
from subscriptions.charges import count_uncharged
from subscriptions.exemptions import count_waiting
from subscriptions.months import month_of
from subscriptions.tables.ledger import BillingMonth, MonthState


class Obstacle(enum.StrEnum):
    """Why a month cannot be closed, or what to look at before it is."""

    NOT_OVER = "not_over"
    OUT_OF_ORDER = "out_of_order"
    CHARGES_MISSING = "charges_missing"
    TEXTS_UNDECIDED = "texts_undecided"
    TARIFF_MISSING = "tariff_missing"
    TEXTS_IN_DOUBT = "texts_in_doubt"
    EXEMPTIONS_WAITING = "exemptions_waiting"
    CASH_IN_HAND = "cash_in_hand"
    HAND_INS_UNMATCHED = "hand_ins_unmatched"


WARNINGS = frozenset(
    {
        # whatever becomes of these later is booked as an adjustment
        Obstacle.TEXTS_IN_DOUBT,
        Obstacle.EXEMPTIONS_WAITING,
        Obstacle.CASH_IN_HAND,
        Obstacle.HAND_INS_UNMATCHED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """One reason, and how much of it: lines, texts, segments, decisions or VND."""

    reason: Obstacle
    amount: int = 0

    @property
    def is_warning(self) -> bool:
        """Whether the month may be closed all the same."""
        return self.reason in WARNINGS


def what_blocks_closing(
    session: Session, ward_id: int, month: dt.date, *, now: dt.datetime
) -> list[Blocker]:
    """Return all that speaks against closing a month, what forbids it first.

    A text in doubt only warns: if the telco took it after all, it becomes an
    adjustment. One still queued or under way forbids it: its outcome is near.
    """
    found = statement(session, ward_id, month)
    return sorted(
        _obstacles(session, found, now=now), key=lambda blocker: blocker.is_warning
    )


def close_month(
    database: Database,
    ward_id: int,
    month: dt.date,
    *,
    actor: Actor | None,
    now: dt.datetime,
) -> BillingMonth:
    """Freeze a month on its sums and its usage, and return it.

    A month that is closed already comes back as it is. `actor` is None for the
    command line, whose user holds the database anyway. Raises MonthBlockedError
    with every reason, NotAllowedError, NotFoundError for another ward.
    """
    if actor is not None:
        actor.require(Act.KEEP_LEDGER)
        if actor.ward_id != ward_id:
            raise NotFoundError("ward")
    with database.writing() as session:
        known = find_month(session, ward_id, month)
        if known is not None and known.state is MonthState.CLOSED:
            return known
        row = lock_month(session, ward_id, month, now=now)
        if row.state is MonthState.CLOSED:
            return row
        _refuse_blocked(session, ward_id, month, now=now)
        found = statement(session, ward_id, month)
        _freeze(session, row, found, actor=actor, now=now)
        return row


def _obstacles(
    session: Session, found: Statement, *, now: dt.datetime
) -> Iterator[Blocker]:
    ward_id, month = found.ward_id, found.month
    if month >= month_of(now):
        yield Blocker(reason=Obstacle.NOT_OVER)
    if next_to_close(session, ward_id) not in {None, month}:
        yield Blocker(reason=Obstacle.OUT_OF_ORDER)
    undecided = count_undecided(session, ward_id, month)
    in_doubt = undecided.pop(MessageState.IN_DOUBT, 0)
    amounts = {
        Obstacle.CHARGES_MISSING: count_uncharged(session, ward_id, month),
        Obstacle.TEXTS_UNDECIDED: sum(undecided.values()),
        Obstacle.TARIFF_MISSING: sum(row.unpriced_segments for row in found.usage),
        Obstacle.TEXTS_IN_DOUBT: in_doubt,
        Obstacle.EXEMPTIONS_WAITING: count_waiting(session, ward_id, month),
        Obstacle.CASH_IN_HAND: found.cash_vnd - found.handed_in_vnd,
        Obstacle.HAND_INS_UNMATCHED: found.handed_in_vnd - found.matched_vnd,
    }
    for reason, amount in amounts.items():
        if amount:
            yield Blocker(reason=reason, amount=amount)


def _refuse_blocked(
    session: Session, ward_id: int, month: dt.date, *, now: dt.datetime
) -> None:
    blockers = what_blocks_closing(session, ward_id, month, now=now)
    reasons = [str(each.reason) for each in blockers if not each.is_warning]
    if reasons:
        raise MonthBlockedError(reasons)


def _freeze(
    session: Session,
    row: BillingMonth,
    found: Statement,
    *,
    actor: Actor | None,
    now: dt.datetime,
) -> None:
    sums = asdict(found.sums)
    for column, amount in sums.items():
        setattr(row, column, amount)
    row.state = MonthState.CLOSED
    row.closed_at = now
    row.closed_by = actor.account_id if actor else None
    freeze_usage(session, row.ward_id, row.month, rows=found.usage)
    facts = {"month": row.month.isoformat(), **sums}
    journal.write(
        session,
        "month.closed",
        actor=actor,
        ward_id=row.ward_id,
        facts=facts,
        now=now,
    )

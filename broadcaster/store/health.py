"""How the gateways stand: what waits, what is in doubt, what keeps them waiting."""

import datetime as dt
import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.rules.breaking import PROBE_LEASE
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.counting import Counted, up_to
from broadcaster.store.gateway_states import read_states
from broadcaster.store.outbox import is_waiting
from broadcaster.store.queues import Queue, list_queues
from broadcaster.store.receipt_health import ReceiptHealth, receipt_health
from broadcaster.store.routing import StandIn, down_gateways, read_routes
from broadcaster.store.speeds import Taken, read_speeds
from broadcaster.store.tables.messages import (
    GatewayState,
    InboundText,
    Message,
    SendWindow,
)

DOUBTS = 10_000
"""So far texts in doubt are counted."""


class Condition(enum.StrEnum):
    """What a gateway does at the moment."""

    RUNNING = "running"
    TOLD_TO_WAIT = "told_to_wait"
    OPEN = "open"
    """Its breaker is: nothing leaves before its time is over."""
    PROBING = "probing"
    """Its breaker's time is over: a single text finds out whether it is up again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnWire:
    """A window that a worker claimed and has not finished."""

    gateway: str
    worker: str
    texts: int
    claimed_at: dt.datetime
    started_at: dt.datetime | None
    lease_until: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """Texts of which nobody knows whether the telco took them."""

    texts: Counted
    oldest_at: dt.datetime | None
    """When the oldest of those counted was handed over."""
    next_question_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayHealth:
    """One gateway as it stands now."""

    name: str
    condition: Condition
    until: dt.datetime | None
    """When it stops waiting, or its breaker lets a probe through."""
    failures: int
    """How often in a row its breaker opened."""
    stands_in_for: tuple[str, ...]
    due: Counted
    oldest_due_at: dt.datetime | None
    windows: tuple[OnWire, ...]
    doubts: Doubts
    taken: Taken
    receipts: ReceiptHealth

    @property
    def on_wire(self) -> int:
        """Return how many texts workers have claimed."""
        return sum(window.texts for window in self.windows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """All of it, read at one moment."""

    gateways: tuple[GatewayHealth, ...]
    queues: tuple[Queue, ...]


def read_health(
    session: Session,
    names: Sequence[str],
    *,
    rows: int,
    route: Sequence[str] | None = None,
    off: Collection[str] = (),
    now: dt.datetime,
) -> Health:
    """Read how gateways stand, in their order.

    `rows` bounds what is counted of the queues: that many waiting texts, about.
    `route` is the order of the SMS gateways where nobody set one, `off` who was
    switched off.
    """
    queues = list_queues(session, names, rows=rows, now=now)
    speeds = read_speeds(session, queues, now=now)
    states = read_states(session, names)
    routes = read_routes(session, names if route is None else route)
    down = down_gateways(states, off, now=now)
    windows, receipts = _windows(session), receipt_health(session, names, now=now)
    gateways = []
    for name in names:
        ours = tuple(window for window in windows if window.gateway == name)
        condition, until = _condition(states.get(name), ours, now=now)
        waiting = [queue for queue in queues if queue.gateway == name]
        first = [queue.first_due_at for queue in waiting if queue.first_due_at]
        oldest = min(first, default=now)
        gateways.append(
            GatewayHealth(
                name=name,
                condition=condition,
                until=until,
                failures=states[name].failures if name in states else 0,
                stands_in_for=()
                if is_waiting(states, name, now=now)
                else _names_of(routes.stand_ins(name, down=down)),
                due=sum((queue.due for queue in waiting), start=Counted()),
                oldest_due_at=oldest if oldest < now else None,
                windows=ours,
                doubts=_doubts(session, name),
                taken=speeds.of(name),
                receipts=receipts[name],
            )
        )
    return Health(gateways=tuple(gateways), queues=tuple(queues))


def count_unplaced_texts(session: Session) -> int:
    """Return how many residents' texts came to a number that no ward has."""
    return (
        session.scalar(
            select(func.count())
            .select_from(InboundText)
            .where(InboundText.ward_id.is_(None), InboundText.channel == Channel.SMS)
        )
        or 0
    )


def _condition(
    state: GatewayState | None, windows: Sequence[OnWire], *, now: dt.datetime
) -> tuple[Condition, dt.datetime | None]:
    if state is None:
        return Condition.RUNNING, None
    if not state.failures and state.until > now:
        return Condition.TOLD_TO_WAIT, state.until
    if not state.failures:
        return Condition.RUNNING, None
    # who takes the right to probe writes both moments in one transaction
    is_probed = any(w.claimed_at == state.until - PROBE_LEASE for w in windows)
    if state.until <= now or is_probed:
        return Condition.PROBING, None
    return Condition.OPEN, state.until


def _names_of(stand_ins: Sequence[StandIn]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(other.gateway for other in stand_ins))


def _windows(session: Session) -> list[OnWire]:
    rows = session.execute(
        select(
            SendWindow.gateway,
            SendWindow.worker,
            func.json_array_length(SendWindow.message_ids).label("texts"),
            SendWindow.claimed_at,
            SendWindow.started_at,
            SendWindow.lease_until,
        ).order_by(SendWindow.worker, SendWindow.id)
    )
    return [
        OnWire(
            gateway=row.gateway,
            worker=row.worker,
            texts=row.texts,
            claimed_at=row.claimed_at,
            started_at=row.started_at,
            lease_until=row.lease_until,
        )
        for row in rows
    ]


def _doubts(session: Session, gateway: str) -> Doubts:
    found = (
        select(Message.submitted_at, Message.due_at)
        .where(Message.state == MessageState.IN_DOUBT, Message.gateway == gateway)
        .order_by(Message.due_at)
        .limit(DOUBTS + 1)
        .subquery()
    )
    number, oldest_at, next_at = session.execute(
        select(func.count(), func.min(found.c.submitted_at), func.min(found.c.due_at))
    ).one()
    return Doubts(
        texts=up_to(DOUBTS, number), oldest_at=oldest_at, next_question_at=next_at
    )

"""The outbox: texts wait here, leave in windows, and learn what became of them."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from broadcaster.ports import Channel, Outcome, Verdict
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.retrying import LOOK_AFTER, next_try
from broadcaster.rules.segments import measure
from broadcaster.rules.tariffs import TariffKind
from broadcaster.store.bells import ring_bell
from broadcaster.store.detours import DETOURS, take_detours
from broadcaster.store.gateway_states import read_states
from broadcaster.store.moves import Move, move
from broadcaster.store.repeats import keep_doubts
from broadcaster.store.routing import StandIn, down_gateways, read_routes
from broadcaster.store.tables.announcements import Lane
from broadcaster.store.tables.messages import (
    GatewayState,
    Message,
    MessageKind,
    SendWindow,
)
from broadcaster.store.turns import list_turns
from broadcaster.store.usage_booking import open_months
from broadcaster.store.zalo_terms import ENCODING
from subscriptions.phones import carrier_of
from subscriptions.tables.consents import Purpose

CARE = TariffKind.CARE.value
IN_BULK = {"synchronize_session": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewText:
    """One text for one phone that belongs to no announcement.

    `purpose` None needs no consent: an answer, a code or a test that was asked for.
    """

    ward_id: int
    to: str
    sender: str
    text: str
    kind: MessageKind
    gateway: str
    line_id: int | None = None
    purpose: Purpose | None = None
    lane: Lane = Lane.TRANSACTIONAL
    due_at: dt.datetime | None = None
    valid_until: dt.datetime | None = None
    pinned: bool = False
    """True: it leaves by that gateway, whatever the carrier's route says."""
    channel: Channel = Channel.SMS
    user_id: str | None = None
    tariff_kind: str = CARE
    template: dict[str, Any] | None = None
    """For a template message: `template_id` and `data`, as an announcement's."""


def enqueue(session: Session, new: NewText, *, now: dt.datetime) -> Message:
    """Put one text into the outbox; it leaves when the relay next rings.

    By `new.gateway`, unless its carrier has a route and it is not pinned.
    """
    measured = measure(new.text)
    carrier, by_zalo = carrier_of(new.to) or "", new.channel is Channel.ZALO
    gateway = new.gateway
    if not new.pinned and not by_zalo:
        routes = read_routes(session, [new.gateway])
        gateway = routes.choose(carrier, seed=new.line_id or 0) or new.gateway
    message = Message(
        ward_id=new.ward_id,
        line_id=new.line_id,
        kind=new.kind,
        purpose=new.purpose,
        to=new.to,
        sender=new.sender,
        text=new.text,
        encoding=ENCODING if by_zalo else measured.encoding,
        segments=1 if by_zalo else measured.segments,
        carrier=carrier,
        channel=new.channel,
        user_id=new.user_id,
        tariff_kind=new.tariff_kind,
        template=new.template,
        gateway=gateway,
        lane=new.lane,
        due_at=new.due_at or now,
        valid_until=new.valid_until,
        created_at=now,
    )
    session.add(message)
    session.flush()
    ring_bell(session)
    return message


def gateways_due(
    session: Session,
    gateways: Sequence[str],
    *,
    route: Sequence[str] | None = None,
    off: Collection[str] = (),
    now: dt.datetime,
) -> list[str]:
    """Return which of these gateways have texts to send and need not wait.

    `route` is the order of the SMS gateways where nobody set one, `off` who was
    switched off: others send what waits there.
    """
    states = read_states(session, gateways)
    down = down_gateways(states, off, now=now)
    routes = read_routes(session, gateways if route is None else route)
    return [
        name
        for name in gateways
        if not is_waiting(states, name, now=now)
        and _has_turns(session, name, routes.stand_ins(name, down=down), now=now)
    ]


def _has_turns(
    session: Session, name: str, stand_ins: Sequence[StandIn], *, now: dt.datetime
) -> bool:
    names = sorted({name, *(other.gateway for other in stand_ins)})
    return bool(list_turns(session, names, now=now))


def is_waiting(
    states: Mapping[str, GatewayState], gateway: str, *, now: dt.datetime
) -> bool:
    """Tell whether nothing may leave by this gateway now."""
    state = states.get(gateway)
    return state is not None and state.until > now


def record(
    session: Session,
    outcomes: Sequence[Outcome],
    *,
    ward_ids: Collection[int] = (),
    route: Sequence[str] = (),
    claimed: Mapping[int, dt.datetime] | None = None,
    now: dt.datetime,
) -> int:
    """Write what became of texts in one conditional UPDATE; return how many moved.

    A refusal for now goes back to the queue to be tried later, five times; what never
    left, or met a telco that asked everybody to wait, goes back without counting. What
    this gateway would not take goes on by another, see `take_detours`; `route` is the
    order of the SMS gateways where nobody set one.
    `ward_ids` are the wards the texts are of: their usage is booked in passing.
    `claimed` says when each was claimed: what another worker claimed since is its own.
    """
    months = open_months(session, ward_ids, now=now)
    outcomes = keep_doubts(session, outcomes, now=now)
    attempts, claims = _attempts_of_later(session, outcomes), claimed or {}
    moves = [
        _move_of(
            outcome,
            attempts.get(outcome.message_id, 0),
            claimed_at=claims.get(outcome.message_id),
            now=now,
        )
        for outcome in outcomes
        if outcome.verdict not in DETOURS
    ]
    refused_here = [outcome for outcome in outcomes if outcome.verdict in DETOURS]
    if refused_here:
        routes = read_routes(session, route)
        moves += take_detours(
            session, refused_here, routes=routes, claimed=claims, now=now
        )
    return move(session, moves, months=months, now=now)


def end_windows(session: Session, window_ids: Collection[int]) -> None:
    """Forget windows of which every text has its outcome written."""
    if window_ids:
        session.execute(
            delete(SendWindow).where(SendWindow.id.in_(sorted(window_ids))),
            execution_options=IN_BULK,
        )


def _attempts_of_later(session: Session, outcomes: Sequence[Outcome]) -> dict[int, int]:
    later = [o.message_id for o in outcomes if o.verdict is Verdict.LATER]
    if not later:
        return {}
    query = select(Message.id, Message.attempts).where(Message.id.in_(later))
    return {row.id: row.attempts for row in session.execute(query)}


def _move_of(
    outcome: Outcome,
    attempts: int,
    *,
    claimed_at: dt.datetime | None,
    now: dt.datetime,
) -> Move:
    to, due_at = _STATES[outcome.verdict], None
    if outcome.verdict is Verdict.IN_DOUBT:
        due_at = now + max(LOOK_AFTER, dt.timedelta(seconds=outcome.retry_after or 0))
    elif outcome.verdict is Verdict.NOT_SENT:
        due_at = now
    elif outcome.verdict is Verdict.LATER:
        pause = (
            next_try(attempts)
            if outcome.retry_after is None
            else dt.timedelta(seconds=outcome.retry_after)
        )
        to = MessageState.REFUSED if pause is None else to
        due_at = None if pause is None else now + pause
    return Move(
        message_id=outcome.message_id,
        to=to,
        at=now,
        provider_id=outcome.provider_id,
        code=outcome.code,
        blame=outcome.blame if to is not MessageState.QUEUED else None,
        accepted_at=now,
        due_at=due_at,
        tries_back=int(_counts_for_nothing(outcome)),
        claimed_at=claimed_at,
    )


def _counts_for_nothing(outcome: Outcome) -> bool:
    asked_to_wait = outcome.retry_after is not None
    return outcome.verdict is Verdict.NOT_SENT or asked_to_wait


_STATES = {
    Verdict.ACCEPTED: MessageState.ACCEPTED,
    Verdict.NEVER: MessageState.REFUSED,
    Verdict.LATER: MessageState.QUEUED,
    Verdict.NOT_SENT: MessageState.QUEUED,
    Verdict.IN_DOUBT: MessageState.IN_DOUBT,
}

"""Which texts leave next, and which of them must not: windows with a lease."""

import datetime as dt
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal,
    not_,
    select,
    update,
)
from sqlalchemy.orm import Session

from broadcaster.ports import Submission
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.retrying import REPEATED_WITHIN
from broadcaster.store.fallbacks import Cause, FallBack, fall_back
from broadcaster.store.leases import lease
from broadcaster.store.renderings import render
from broadcaster.store.repeats import is_repeated
from broadcaster.store.routing import Carriers, StandIn, read_routes
from broadcaster.store.tables.announcements import Announcement, AnnouncementState
from broadcaster.store.tables.messages import (
    Message,
    MessageKind,
    SendWindow,
    WithheldReason,
)
from broadcaster.store.turns import Turn, list_turns
from subscriptions.consents import latest_action
from subscriptions.tables.base import UtcDateTime
from subscriptions.tables.consents import ConsentAction
from subscriptions.tables.households import Line, LineStatus

IN_BULK = {"synchronize_session": False}
GO = "go"
EXPIRED = "expired"
NOW = bindparam("now", type_=UtcDateTime())
PAUSED = "paused"
UNFIT = "unfit"
STALE = "stale"
WARDS_A_WINDOW = 16
"""A window shared by more wards than this costs more statements than it is worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Texts claimed together. Empty when all that was met may not leave: go on."""

    id: int | None
    submissions: list[Submission]
    ward_ids: frozenset[int]
    last_ward_id: int
    """Whose turn it was last: the next window begins after this ward."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who claims how much: `stands_in_for` are gateways whose breaker is open."""

    gateway: str
    worker: str
    limit: int
    lease: dt.timedelta
    stands_in_for: tuple[StandIn, ...] = ()
    after_ward_id: int = 0
    sender: str | None = None
    """Whom the gateway sends as; None: each ward as itself."""
    route: tuple[str, ...] = ()
    """The order of the SMS gateways, where nobody set one."""
    starts: bool = True
    """False when something is on the wire still: `start` comes before the first."""


def claim(session: Session, asked: Claim, *, now: dt.datetime) -> Window | None:
    """Take the next window: lane by lane, the wards of a lane in turn.

    Each text is leased with its window: commit before anything leaves. Whoever
    withdrew consent, has a dead line, or is told of something over or called off is
    passed by for good; what is paused is laid aside. None when nothing is due, or
    another worker is taking all of it.
    """
    gateways = {asked.gateway, *(other.gateway for other in asked.stands_in_for)}
    turns = list_turns(session, sorted(gateways), now=now)
    if not turns:
        return None
    going: list[Row[*tuple[Any, ...]]] = []
    last, met, leaves_some = turns[0], 0, False
    for turn, share in _shares(turns, asked):
        if turn.lane > last.lane and leaves_some:
            break  # what is more urgent still waits: the next window is for that
        last, limit = turn, min(share, asked.limit - len(going))
        rows = _take_for(session, asked, turn, limit=limit, now=now)
        met += len(rows)
        leaves_some |= len(rows) == limit
        going += [row for row in rows if row.fate == GO]
        if len(going) >= asked.limit:
            break
    if not met:
        return None
    texts, unfit = render(session, going, sender=asked.sender, now=now)
    if unfit:
        routes = read_routes(session, asked.route)
        cause = Cause(why=FallBack.UNFIT)
        gone = fall_back(session, unfit, cause=cause, routes=routes, now=now)
        _pass_by(session, sorted(set(unfit) - set(gone)), UNFIT, now=now)
    return Window(
        id=_lease(session, asked, [text.message_id for text in texts], now=now),
        submissions=texts,
        ward_ids=frozenset(row.ward_id for row in going),
        last_ward_id=last.ward_id,
    )


def _shares(turns: Sequence[Turn], asked: Claim) -> Iterator[tuple[Turn, int]]:
    """Yield each turn with how much it may take of the window."""
    for lane in sorted({turn.lane for turn in turns}):
        those = [turn for turn in turns if turn.lane == lane]
        those.sort(key=lambda turn: (turn.ward_id <= asked.after_ward_id, turn.ward_id))
        share = -(-asked.limit // min(len(those), WARDS_A_WINDOW))
        yield from ((turn, share) for turn in those)


def _take_for(
    session: Session, asked: Claim, turn: Turn, *, limit: int, now: dt.datetime
) -> list[Row[*tuple[Any, ...]]]:
    """Take of a turn what this gateway sends: all of its own, else some carriers'."""
    if turn.gateway == asked.gateway:
        return _take(session, turn, _taking(), limit=limit, now=now)
    rows: list[Row[*tuple[Any, ...]]] = []
    for other in asked.stands_in_for:
        if other.gateway == turn.gateway and len(rows) < limit:
            some = _taking().where(_is_anybodys(), _is_among(other.carriers))
            rows += _take(session, turn, some, limit=limit - len(rows), now=now)
    return rows


def _take(
    session: Session,
    turn: Turn,
    taking: Select[*tuple[Any, ...]],
    *,
    limit: int,
    now: dt.datetime,
) -> list[Row[*tuple[Any, ...]]]:
    """Lock what is due of a turn, and pass by what may not leave; return it all."""
    rows = session.execute(
        taking,
        {
            "gateway": turn.gateway,
            "lane": turn.lane,
            "ward_id": turn.ward_id,
            "now": now,
            "stale": now - REPEATED_WITHIN,
            "limit": limit,
        },
    ).all()
    for fate in {row.fate for row in rows} - {GO}:
        _pass_by(session, [row.id for row in rows if row.fate == fate], fate, now=now)
    return list(rows)


@functools.cache
def _taking() -> Select[*tuple[Any, ...]]:
    """Return the one SELECT of due texts, built once."""
    return (
        select(*_SHOWN, _fate().label("fate"))
        .outerjoin(Line, Line.id == Message.line_id)
        .outerjoin(Announcement, Announcement.id == Message.announcement_id)
        .where(
            Message.state == MessageState.QUEUED,
            Message.gateway == bindparam("gateway"),
            Message.lane == bindparam("lane"),
            Message.ward_id == bindparam("ward_id"),
            Message.due_at <= NOW,
        )
        .order_by(Message.due_at, Message.id)
        .limit(bindparam("limit", type_=Integer))
        .with_for_update(of=Message, skip_locked=True)
    )


def _is_anybodys() -> ColumnElement[bool]:
    """Leave out what tests its own gateway, and what that one may have already."""
    return and_(Message.kind != MessageKind.TEST, not_(is_repeated()))


def _is_among(carriers: Carriers) -> ColumnElement[bool]:
    named = Message.carrier.in_(sorted(carriers.names))
    return not_(named) if carriers.are_left_out else named


_SHOWN = (
    Message.id,
    Message.public_id,
    Message.ward_id,
    Message.announcement_id,
    Message.to,
    Message.sender,
    Message.text,
    Message.segments,
    Message.valid_until,
    Message.submissions,
    Message.channel,
)


def _fate() -> ColumnElement[str]:
    agreed = latest_action(Message.line_id.expression, Message.purpose.expression)
    stale = bindparam("stale", type_=UtcDateTime())
    return case(
        (and_(is_repeated(), Message.due_at <= stale), STALE),
        (Message.valid_until <= NOW, EXPIRED),
        (
            Announcement.state == AnnouncementState.CALLED_OFF,
            WithheldReason.CALLED_OFF.value,
        ),
        (Announcement.state == AnnouncementState.PAUSED, PAUSED),
        (Line.status == LineStatus.UNUSABLE, WithheldReason.UNUSABLE_LINE.value),
        (
            and_(
                Message.purpose.is_not(None),
                func.coalesce(agreed, literal("", String))
                != ConsentAction.GRANTED.value,
            ),
            WithheldReason.CONSENT.value,
        ),
        else_=GO,
    )


def _pass_by(
    session: Session, ids: Sequence[int], fate: str, *, now: dt.datetime
) -> None:
    values: dict[str, Any] = {"state": MessageState.HELD}
    if fate == EXPIRED:
        values = {"state": MessageState.EXPIRED, "finished_at": now}
    elif fate == STALE:
        values = {"state": MessageState.IN_DOUBT, "due_at": now}
    elif fate == UNFIT:
        values = {"state": MessageState.REFUSED, "code": UNFIT, "finished_at": now}
    elif fate != PAUSED:
        values = {
            "state": MessageState.WITHHELD,
            "withheld_reason": WithheldReason(fate),
            "finished_at": now,
        }
    session.execute(
        update(Message).where(Message.id.in_(ids)).values(values),
        execution_options=IN_BULK,
    )


def _lease(
    session: Session, asked: Claim, ids: list[int], *, now: dt.datetime
) -> int | None:
    if not ids:
        return None
    return lease(
        session,
        SendWindow(
            gateway=asked.gateway,
            worker=asked.worker,
            message_ids=ids,
            claimed_at=now,
            started_at=now if asked.starts else None,
            lease_until=now + asked.lease,
        ),
        sender=asked.sender,
    )

"""Whose turn it is: the wards with texts due, found without walking what waits."""

import datetime as dt
import functools
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, bindparam, literal, select, union_all
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.tables.announcements import Lane
from broadcaster.store.tables.messages import Message
from subscriptions.tables.base import UtcDateTime
from subscriptions.tables.places import Ward


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A ward with texts due in a lane of a gateway."""

    gateway: str
    lane: int
    ward_id: int


def list_turns(
    session: Session, gateways: Collection[str], *, now: dt.datetime
) -> list[Turn]:
    """Return the wards with texts due, the most urgent lane first.

    One probe of the index for each ward and lane: what waits for tomorrow, and how
    much waits, makes no difference.
    """
    found = []
    for gateway in gateways:
        rows = session.execute(_waiting(), {"gateway": gateway, "now": now})
        found += [Turn(gateway=gateway, lane=row[0], ward_id=row[1]) for row in rows]
    return sorted(found, key=lambda turn: (turn.lane, turn.ward_id))


@functools.cache
def _waiting() -> Select[int, int]:
    """Return the one SELECT of lanes and wards, built once."""
    lanes = union_all(*(select(literal(lane.value).label("lane")) for lane in Lane))
    lane = lanes.subquery("lanes").c.lane
    first = (
        select(Message.id)
        .where(
            Message.state == MessageState.QUEUED,
            Message.gateway == bindparam("gateway"),
            Message.lane == lane,
            Message.ward_id == Ward.id,
            Message.due_at <= bindparam("now", type_=UtcDateTime()),
        )
        # in the index's order, or a planner that thinks most rows due walks them
        .order_by(Message.due_at, Message.id)
        .limit(1)
        .scalar_subquery()
    )
    pairs = select(lane, Ward.id).join_from(Ward, lane.table, literal(value=True))
    return pairs.where(first.is_not(None))

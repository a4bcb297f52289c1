"""What waits to leave, by gateway, lane and ward."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, String, func, literal, select, union_all
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.counting import Counted, count_up_to, up_to
from broadcaster.store.tables.announcements import Lane
from broadcaster.store.tables.messages import Message
from broadcaster.store.told import told_rows
from subscriptions.tables.places import Ward

FEWEST = 500
"""So far every queue is counted, however many queues there are."""

Key = tuple[str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The texts of one ward in one lane of a gateway."""

    gateway: str
    lane: Lane
    ward_id: int
    due: Counted
    later: Counted
    held: Counted
    """Their announcement is paused."""
    first_id: int | None
    """The message that leaves next; None when all are held."""
    first_due_at: dt.datetime | None
    first_announcement_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    key: Key
    id: int
    due_at: dt.datetime
    announcement_id: int | None


def list_queues(
    session: Session, gateways: Collection[str], *, rows: int, now: dt.datetime
) -> list[Queue]:
    """Return every queue that is not empty, the most urgent lane first.

    About `rows` rows are counted at most, shared evenly: a queue that holds more than
    its share is counted up to there.
    """
    heads = {head.key: head for name in gateways for head in _heads(session, name)}
    counted = _count(session, list(heads), rows=rows, now=now)
    held = _held(session, rows=rows)
    queues = []
    for key in heads.keys() | {key for key in held if key[0] in gateways}:
        head = heads.get(key)
        due, later = counted.get(key, (Counted(), Counted()))
        queues.append(
            Queue(
                gateway=key[0],
                lane=Lane(key[1]),
                ward_id=key[2],
                due=due,
                later=later,
                held=held.get(key, Counted()),
                first_id=head.id if head else None,
                first_due_at=head.due_at if head else None,
                first_announcement_id=head.announcement_id if head else None,
            )
        )
    return sorted(queues, key=lambda queue: (queue.lane, queue.ward_id, queue.gateway))


def _heads(session: Session, gateway: str) -> list[_Head]:
    """Return the first text of each queue: one probe of the index for each."""
    lanes = union_all(*(select(literal(lane.value).label("lane")) for lane in Lane))
    lane = lanes.subquery("lanes").c.lane
    first = (
        select(Message.id)
        .where(
            Message.state == MessageState.QUEUED,
            Message.gateway == gateway,
            Message.lane == lane,
            Message.ward_id == Ward.id,
        )
        .order_by(Message.due_at, Message.id)
        .limit(1)
        .scalar_subquery()
    )
    found = session.scalars(
        select(first)
        .join_from(Ward, lane.table, literal(value=True))
        .where(first.is_not(None))
    ).all()
    rows = session.execute(
        select(
            Message.id,
            Message.lane,
            Message.ward_id,
            Message.due_at,
            Message.announcement_id,
        ).where(Message.id.in_(found))
    )
    return [
        _Head(
            key=(gateway, row.lane, row.ward_id),
            id=row.id,
            due_at=row.due_at,
            announcement_id=row.announcement_id,
        )
        for row in rows
    ]


def _count(
    session: Session, keys: Sequence[Key], *, rows: int, now: dt.datetime
) -> dict[Key, tuple[Counted, Counted]]:
    if not keys:
        return {}
    cap = max(FEWEST, rows // len(keys))
    told = told_rows(
        session, {"gateway": String(), "lane": Integer(), "ward_id": Integer()}, keys
    )

    def those() -> Select[*tuple[Any, ...]]:
        return (
            select(literal(1).label("one"))
            .where(
                Message.state == MessageState.QUEUED,
                Message.gateway == told.c.gateway,
                Message.lane == told.c.lane,
                Message.ward_id == told.c.ward_id,
            )
            # in the index's order, or a planner that thinks few rows due walks all
            .order_by(Message.due_at, Message.id)
            .correlate(told)
        )

    due = count_up_to(cap, those().where(Message.due_at <= now))
    later = count_up_to(cap, those().where(Message.due_at > now))
    found = session.execute(
        select(told.c.gateway, told.c.lane, told.c.ward_id, due, later)
    )
    return {
        (gateway, lane, ward_id): (up_to(cap, due), up_to(cap, later))
        for gateway, lane, ward_id, due, later in found
    }


def _held(session: Session, *, rows: int) -> dict[Key, Counted]:
    held = (
        select(Message.gateway, Message.lane, Message.ward_id)
        .where(Message.state == MessageState.HELD)
        .limit(rows + 1)
        .subquery()
    )
    query = select(func.count().label("texts"), *held.c).group_by(*held.c)
    found = session.execute(query).all()
    is_more = sum(row.texts for row in found) > rows
    return {
        (row.gateway, row.lane, row.ward_id): Counted(number=row.texts, is_more=is_more)
        for row in found
    }


def ward_names(session: Session, ward_ids: Collection[int]) -> dict[int, str]:
    """Return the names of these wards by their ids."""
    rows = session.execute(select(Ward.id, Ward.name).where(Ward.id.in_(ward_ids)))
    return {row.id: row.name for row in rows}

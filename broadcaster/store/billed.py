"""Every attempt that a telco may have charged for, whichever table it stands in.

A notice that was taken by Zalo and then followed by SMS is paid for twice: once as the
message's earlier leg, once as the message itself. Nothing else may add up usage.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Subquery,
    cast,
    func,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from broadcaster.store.tables.messages import Message, MessageLeg


def billed(ward_id: int, *within: ColumnElement[bool]) -> Subquery:
    """Return a ward's attempts, one row for each: its messages and their earlier legs.

    `within` are conditions for their messages: without any, all of them are read.

    Columns: leg_id (NULL: the message as it is now), message_id, ward_id,
    announcement_id, channel, gateway, carrier, tariff_kind, segments, usage_day,
    usage_month, state, accepted_at, begun_at. Only those with a `usage_day` were
    taken and cost something: of a leg refused at once it is NULL.
    """
    now = select(
        cast(null(), BigInteger).label("leg_id"),
        Message.id.label("message_id"),
        Message.announcement_id,
        *_shared(Message),
        func.coalesce(Message.submitted_at, Message.due_at).label("begun_at"),
    ).where(Message.ward_id == ward_id, *within)
    before = (
        select(
            MessageLeg.id.label("leg_id"),
            MessageLeg.message_id,
            Message.announcement_id,
            *_shared(MessageLeg),
            MessageLeg.ended_at.label("begun_at"),
        )
        .join(Message, Message.id == MessageLeg.message_id)
        .where(MessageLeg.ward_id == ward_id, *within)
    )
    return union_all(now, before).subquery("billed")


def segment_sum(attempts: Subquery) -> ColumnElement[int]:
    """Return the sum of segments, as whole numbers on every database."""
    return cast(func.sum(attempts.c.segments), BigInteger)


def _shared(
    table: type[Message] | type[MessageLeg],
) -> list[InstrumentedAttribute[Any]]:
    return [
        table.ward_id,
        table.channel,
        table.gateway,
        table.carrier,
        table.tariff_kind,
        table.segments,
        table.usage_day,
        table.usage_month,
        table.state,
        table.accepted_at,
    ]

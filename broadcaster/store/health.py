"""How the gateways stand: what waits, what is in doubt, what came last."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.tables.messages import (
    GatewayState,
    InboundText,
    Message,
    RawCallback,
    Tariff,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayHealth:
    """One gateway as it stands now."""

    name: str
    due: int
    on_wire: int
    in_doubt: int
    accepted_last_hour: int
    last_accepted_at: dt.datetime | None
    last_receipt_at: dt.datetime | None
    receipts_waiting: int
    """Delivery reports not yet interpreted; those that name no text of ours stay."""
    paused_until: dt.datetime | None


def gateway_health(
    session: Session, names: Iterable[str], *, now: dt.datetime
) -> list[GatewayHealth]:
    """Return each gateway's health, in the order of the names."""
    return [_health(session, name, now) for name in names]


def list_tariffs(session: Session) -> list[Tariff]:
    """Return every tariff, by carrier, the newest first."""
    return list(
        session.scalars(
            select(Tariff).order_by(
                Tariff.carrier, Tariff.kind, Tariff.valid_from.desc()
            )
        )
    )


def count_unplaced_texts(session: Session) -> int:
    """Return how many residents' texts came to a number that no ward has."""
    return (
        session.scalar(
            select(func.count())
            .select_from(InboundText)
            .where(InboundText.ward_id.is_(None))
        )
        or 0
    )


def _health(session: Session, name: str, now: dt.datetime) -> GatewayHealth:
    def count(*conditions: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(Message)
        found = session.scalar(query.where(Message.gateway == name, *conditions))
        return found or 0

    hour_ago = now - dt.timedelta(hours=1)
    return GatewayHealth(
        name=name,
        due=count(Message.state == MessageState.QUEUED, Message.due_at <= now),
        on_wire=count(Message.state == MessageState.SUBMITTING),
        in_doubt=count(Message.state == MessageState.IN_DOUBT),
        accepted_last_hour=count(Message.accepted_at > hour_ago),
        last_accepted_at=session.scalar(
            select(func.max(Message.accepted_at)).where(Message.gateway == name)
        ),
        last_receipt_at=session.scalar(
            select(func.max(RawCallback.received_at)).where(RawCallback.gateway == name)
        ),
        receipts_waiting=session.scalar(
            select(func.count())
            .select_from(RawCallback)
            .where(RawCallback.gateway == name, RawCallback.interpreted_at.is_(None))
        )
        or 0,
        paused_until=session.scalar(
            select(GatewayState.until).where(
                GatewayState.gateway == name, GatewayState.until > now
            )
        ),
    )

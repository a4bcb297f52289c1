"""The operator's routes as they are written down and listed."""

from collections.abc import Sequence

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.store.routing import Hop
from broadcaster.store.tables.gateways import CarrierRoute

LOCK = text("LOCK TABLE carrier_routes IN SHARE ROW EXCLUSIVE MODE")
"""Readers go on; writers take turns, as SQLite lets them anyway."""


def list_routes(session: Session, channel: Channel) -> dict[str, tuple[Hop, ...]]:
    """Return a channel's routes by carrier, each in its order.

    Carrier '' is every carrier that has no route of its own.
    """
    found: dict[str, tuple[Hop, ...]] = {}
    rows = (
        select(CarrierRoute)
        .where(CarrierRoute.channel == channel)
        .order_by(CarrierRoute.carrier, CarrierRoute.place)
    )
    for row in session.scalars(rows):
        hop = Hop(gateway=row.gateway, share=row.share)
        found[row.carrier] = (*found.get(row.carrier, ()), hop)
    return found


def replace_route(
    session: Session, channel: Channel, carrier: str, *, hops: Sequence[Hop]
) -> None:
    """Put these hops in the place of whatever the route was; none removes it.

    Who saves at the same moment waits: two routes must never become one of both.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(LOCK)
    session.execute(
        delete(CarrierRoute).where(
            CarrierRoute.channel == channel, CarrierRoute.carrier == carrier
        )
    )
    session.add_all(
        CarrierRoute(
            channel=channel,
            carrier=carrier,
            gateway=hop.gateway,
            share=hop.share,
            place=place,
        )
        for place, hop in enumerate(hops, start=1)
    )

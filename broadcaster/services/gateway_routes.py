"""The operator says by which gateways a carrier's texts leave, and in what shares."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from broadcaster.errors import InputError
from broadcaster.ports import Channel
from broadcaster.rules.permissions import Act
from broadcaster.services import journal
from broadcaster.services.accounts import Actor
from broadcaster.store.carrier_routes import list_routes, replace_route
from broadcaster.store.routing import Hop
from broadcaster.store.session import Database

WHOLE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRoute:
    """A channel's route for a carrier, '' for all that have none; in its order."""

    channel: Channel
    carrier: str
    hops: tuple[Hop, ...]


def save_route(
    database: Database,
    route: NewRoute,
    *,
    offered: Collection[str],
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Write a route down in place of the one before. Raises InputError.

    `offered` are the gateways of its channel.
    """
    actor.require(Act.OPERATE)
    _check(route.hops, offered=offered)
    with database.writing() as session:
        known = list_routes(session, route.channel)
        if known.get(route.carrier) == route.hops:
            return
        replace_route(session, route.channel, route.carrier, hops=route.hops)
        shares = ", ".join(f"{hop.gateway} {hop.share} %" for hop in route.hops)
        facts = {"channel": route.channel, "carrier": route.carrier, "shares": shares}
        journal.write(
            session, "route.saved", actor=actor, ward_id=None, facts=facts, now=now
        )


def remove_route(
    database: Database,
    channel: Channel,
    carrier: str,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Forget a route: its texts go by the one of all carriers, or in order."""
    actor.require(Act.OPERATE)
    with database.writing() as session:
        if carrier not in list_routes(session, channel):
            return
        replace_route(session, channel, carrier, hops=())
        facts = {"channel": channel, "carrier": carrier}
        journal.write(
            session, "route.removed", actor=actor, ward_id=None, facts=facts, now=now
        )


def _check(hops: tuple[Hop, ...], *, offered: Collection[str]) -> None:
    names = [hop.gateway for hop in hops]
    if not hops:
        raise InputError("route", "empty")
    if len(set(names)) != len(names) or not set(names) <= set(offered):
        raise InputError("route", "unknown")
    if not all(0 <= hop.share <= WHOLE for hop in hops):
        raise InputError("route", "not_a_percentage")
    if sum(hop.share for hop in hops) != WHOLE:
        raise InputError("route", "not_a_hundred")

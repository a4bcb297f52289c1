"""By which gateway a text leaves: the routes of the carriers, and who stands in."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, case, literal, select
from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.store.tables.gateways import CarrierRoute, GatewaySetup
from broadcaster.store.tables.messages import GatewayState

EVERY_CARRIER = ""
HUNDRED = 100
STRIDE = 37
"""Coprime to a hundred, so that lines enrolled one after the other spread evenly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One gateway of a route; without a share it only stands in for the others."""

    gateway: str
    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriers:
    """Some carriers by name, or all but some."""

    names: frozenset[str]
    are_left_out: bool = False

    def __contains__(self, carrier: str) -> bool:
        return (carrier in self.names) != self.are_left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """A gateway that is down, and the carriers for which another sends its texts."""

    gateway: str
    carriers: Carriers


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """The hops of each carrier, in order. Carriers without a route have the common."""

    by_carrier: Mapping[str, tuple[Hop, ...]]
    common: tuple[Hop, ...]

    def hops(self, carrier: str) -> tuple[Hop, ...]:
        """Return a carrier's hops, the first first."""
        return self.by_carrier.get(carrier) or self.common

    def choose(self, carrier: str, *, seed: int) -> str | None:
        """Return the gateway of a text; None when there is none. Same seed, same."""
        return next(iter(self._order(carrier, seed)), None)

    def after(self, carrier: str, gateway: str, *, seed: int) -> str | None:
        """Return the gateway to try after this one has refused, if there is one.

        Each is tried once, beginning with the one that `choose` gave.
        """
        names = self._order(carrier, seed)
        rest = names[names.index(gateway) + 1 :] if gateway in names else names
        return rest[0] if rest else None

    def choosing(
        self, carrier: ColumnElement[str], seed: ColumnElement[int]
    ) -> ColumnElement[str]:
        """Return `choose` as an expression. There must be a gateway for everybody."""
        place = seed * STRIDE % HUNDRED
        named = {
            name: _pick(hops, place) for name, hops in sorted(self.by_carrier.items())
        }
        common = _pick(self.common, place)
        if not named:
            return common
        return case(
            *((carrier == name, picked) for name, picked in named.items()),
            else_=common,
        )

    def stand_ins(self, gateway: str, *, down: Collection[str]) -> list[StandIn]:
        """Return for whom this gateway sends while they are down.

        The first of a route's hops that is not down stands in for those that are.
        """
        if gateway in down:
            return []
        found: list[StandIn] = []
        others = Carriers(names=frozenset(self.by_carrier), are_left_out=True)
        ways = [(Carriers(names=frozenset({name})), h) for name, h in self._named()]
        for carriers, hops in [*ways, (others, self.common)]:
            names = [hop.gateway for hop in hops]
            first_up = next((name for name in names if name not in down), None)
            if first_up == gateway:
                found += [
                    StandIn(gateway=name, carriers=carriers)
                    for name in names
                    if name in down
                ]
        return found

    def _order(self, carrier: str, seed: int) -> list[str]:
        hops = self.hops(carrier)
        names = [hop.gateway for hop in hops]
        place, first = seed * STRIDE % HUNDRED, 0
        for at, hop in enumerate(hops):
            if place < hop.share:
                first = at
                break
            place -= hop.share
        return names[first:] + names[:first]

    def _named(self) -> list[tuple[str, tuple[Hop, ...]]]:
        return sorted(self.by_carrier.items())


def down_gateways(
    states: Mapping[str, GatewayState], off: Collection[str], *, now: dt.datetime
) -> frozenset[str]:
    """Return who sends nothing for now: switched off, or its breaker is open."""
    return frozenset(off) | {
        name for name, state in states.items() if state.failures and state.until > now
    }


def read_routes(session: Session, default: Sequence[str]) -> Routes:
    """Return the routes of SMS; `default` is the order where nobody set one.

    A gateway that was switched off gets no new texts; where no other is left, it
    keeps them.
    """
    off = set(
        session.scalars(
            select(GatewaySetup.name).where(GatewaySetup.is_enabled.is_(False))
        )
    )
    rows = session.scalars(
        select(CarrierRoute)
        .where(CarrierRoute.channel == Channel.SMS)
        .order_by(CarrierRoute.carrier, CarrierRoute.place, CarrierRoute.id)
    )
    hops: dict[str, list[Hop]] = {}
    for row in rows:
        hop = Hop(gateway=row.gateway, share=row.share)
        hops.setdefault(row.carrier, []).append(hop)
    common = hops.pop(EVERY_CARRIER, None) or [
        Hop(gateway=name, share=0) for name in default if name
    ]
    return Routes(
        by_carrier={name: _open(those, off) for name, those in hops.items()},
        common=_open(common, off),
    )


def _open(hops: list[Hop], off: set[str]) -> tuple[Hop, ...]:
    """Share a hundred among the hops that are not switched off."""
    on = [hop for hop in hops if hop.gateway not in off] or hops
    total = sum(hop.share for hop in on)
    if not total:
        first = [Hop(gateway=hop.gateway, share=HUNDRED) for hop in on[:1]]
        return (*first, *on[1:])
    shares = [hop.share * HUNDRED // total for hop in on]
    largest = shares.index(max(shares))
    shares[largest] += HUNDRED - sum(shares)
    return tuple(
        Hop(gateway=hop.gateway, share=share)
        for hop, share in zip(on, shares, strict=True)
    )


def _pick(hops: Sequence[Hop], place: ColumnElement[int]) -> ColumnElement[str]:
    sharing = [hop for hop in hops if hop.share]
    *some, last = sharing or hops
    bound, whens = 0, []
    for hop in some:
        bound += hop.share
        whens.append((place < bound, literal(hop.gateway, String)))
    end = literal(last.gateway, String)
    return case(*whens, else_=end) if whens else end

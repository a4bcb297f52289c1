"""What a page shows of a gateway: its settings, how it stands, what it has left."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from broadcaster.bootstrap import House
from broadcaster.errors import NotFoundError
from broadcaster.ports import Channel, Gateway, HasStanding
from broadcaster.store.gateway_setups import list_setups, lost_accounts
from broadcaster.store.gateway_standings import list_standings
from broadcaster.store.health import GatewayHealth, read_health
from broadcaster.store.tables.gateways import GatewaySetup, GatewayStanding

ROWS = 200_000
"""As on the health page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One gateway, the environment's own or the operator's."""

    name: str
    kind: str
    channel: Channel
    setup: GatewaySetup | None
    """None: it stands in the environment, and only there can it be changed."""
    gateway: Gateway | None
    """None: it cannot be made of its settings."""
    health: GatewayHealth
    standing: GatewayStanding | None
    is_lost: bool
    place: int = 0
    """Counted from 1 among the operator's own of its channel."""
    of: int = 0

    @property
    def is_on(self) -> bool:
        """Tell whether texts may leave by it."""
        return self.setup is None or self.setup.is_enabled

    @property
    def tells_standing(self) -> bool:
        """Tell whether its account can be asked what it has left."""
        return isinstance(self.gateway, HasStanding)

    @property
    def per_second(self) -> float | None:
        """Return what its account may send in a second; None is no bound."""
        return self.gateway.capabilities.segments_per_second if self.gateway else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    name: str
    kind: str
    channel: Channel
    setup: GatewaySetup | None = None
    place: int = 0
    of: int = 0


def list_cards(session: Session, house: House) -> list[Card]:
    """Return every gateway, the environment's first, then channel by channel."""
    known = [*_fixed(house), *_set_up(session, house)]
    now = house.clock.now()
    health = read_health(
        session,
        [each.name for each in known],
        rows=ROWS,
        route=house.gateways.sending(Channel.SMS),
        off=house.gateways.switched_off,
        now=now,
    )
    standings, lost = list_standings(session), lost_accounts(session)
    return [
        Card(
            name=each.name,
            kind=each.kind,
            channel=each.channel,
            setup=each.setup,
            gateway=house.gateways.get(each.name),
            health=stands,
            standing=standings.get(each.name),
            is_lost=each.name in lost,
            place=each.place,
            of=each.of,
        )
        for each, stands in zip(known, health.gateways, strict=True)
    ]


def get_card(session: Session, house: House, *, name: str) -> Card:
    """Return one gateway. Raises NotFoundError."""
    found = next((c for c in list_cards(session, house) if c.name == name), None)
    if found is None:
        raise NotFoundError("gateway")
    return found


def _fixed(house: House) -> Iterator[_Known]:
    kinds = {config.name: config.kind for config in house.settings.gateways}
    for name in house.gateways:
        if name in house.gateways.fixed_names:
            channel = house.gateways[name].capabilities.channel
            yield _Known(name=name, kind=kinds.get(name, name), channel=channel)


def _set_up(session: Session, house: House) -> Iterator[_Known]:
    setups = [
        setup
        for setup in list_setups(session)
        if setup.name not in house.gateways.fixed_names
    ]
    for setup in setups:
        order = [each.name for each in setups if each.channel is setup.channel]
        yield _Known(
            name=setup.name,
            kind=setup.kind,
            channel=setup.channel,
            setup=setup,
            place=order.index(setup.name) + 1,
            of=len(order),
        )

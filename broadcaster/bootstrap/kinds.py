"""The adapters that are installed, found by their entry points."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from broadcaster.errors import ConfigurationError
from broadcaster.gateways.options import Option
from broadcaster.ports import Channel, Gateway, GatewaySettings

GROUP = "broadcaster.gateways"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayKind:
    """An adapter that an operator may set up, and what it asks for."""

    name: str
    channel: Channel
    options: tuple[Option, ...]


@cache
def gateway_kinds() -> Mapping[str, GatewayKind]:
    """Return the adapters that have a table of options, by name, in its order."""
    found = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        module = _load(point)
        options = getattr(module, "OPTIONS", None)
        if options is not None:
            found[point.name] = GatewayKind(
                name=point.name, channel=module.CHANNEL, options=tuple(options)
            )
    return found


def make_gateway(kind: str, settings: GatewaySettings) -> Gateway:
    """Make a gateway of a kind. Raises ConfigurationError with every fault."""
    found = entry_points(group=GROUP, name=kind)
    if not found:
        raise ConfigurationError([f"no gateway is installed as {kind!r}"])
    gateway: Gateway = _load(next(iter(found))).build(settings)
    return gateway


def _load(point: EntryPoint) -> ModuleType:
    module: ModuleType = point.load()
    return module

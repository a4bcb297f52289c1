"""What one process of ours has: its house, and whether it was asked to stop."""

import os
import threading

from redis import Redis

from broadcaster.bootstrap import House, build_house
from broadcaster.ports import Channel
from broadcaster.services.recording import Route
from workers.pace import RedisPace

STOPPING = threading.Event()
"""Set by SIGTERM: the window that is on the wire is finished, no other is begun."""


REDIS_SILENT_S = 5.0
"""After that a pace that nobody tells counts as unknown: nothing leaves by guess."""

_HELD: list[House] = []


def the_house() -> House:
    """Return the house of this process; built once, unless one was handed over.

    Raises ConfigurationError.
    """
    if not _HELD:
        work_with(build_house(os.environ))
    return _HELD[0]


def work_with(house: House) -> None:
    """Let the jobs of this process work with a house that is built already."""
    _HELD[:] = [house]


def the_route(name: str) -> Route:
    """Return what sending by one of the gateways takes."""
    house = the_house()
    redis_url = house.settings.redis_url
    return Route(
        database=house.database,
        gateway=house.gateways[name],
        clock=house.clock,
        pace=RedisPace(Redis.from_url(redis_url, socket_timeout=REDIS_SILENT_S)),
        names=house.gateways.sending(Channel.SMS),
        off=house.gateways.switched_off,
        sender=house.gateways.sender(name),
    )

"""What a worker sends by, put together for a test."""

from broadcaster.ports import Clock, Gateway, Pace
from broadcaster.services.recording import Route
from broadcaster.store.session import Database
from tests.fakes import FreePace


def a_route(
    database: Database,
    gateway: Gateway,
    clock: Clock,
    *,
    pace: Pace | None = None,
    names: tuple[str, ...] = (),
) -> Route:
    """Give a route of one gateway, unless more are named; nobody else is on it."""
    return Route(
        database=database,
        gateway=gateway,
        clock=clock,
        pace=pace or FreePace(),
        names=names or (gateway.name,),
    )

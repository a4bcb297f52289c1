"""What RQ runs. Jobs carry names, never people, and are safe to run twice."""

import datetime as dt
import functools
from collections.abc import Callable
from typing import ParamSpec

import structlog

from broadcaster.services.dispatch import drain
from broadcaster.services.receipts import interpret_waiting
from broadcaster.services.replies import answer_waiting
from workers.process import STOPPING, the_house, the_route

P = ParamSpec("P")
SLICE = dt.timedelta(seconds=5)
"""How long a drain keeps a worker from receipts and replies that wait behind it."""

log = structlog.get_logger()


def _alone(job: Callable[P, int]) -> Callable[P, int]:
    """Log what goes wrong and end well: the relay rings again while rows wait.

    RQ would keep the traceback in Redis, and a traceback may hold a row.
    """

    @functools.wraps(job)
    def run(*args: P.args, **kwargs: P.kwargs) -> int:
        try:
            return job(*args, **kwargs)
        except Exception:
            log.exception("job_failed", job=job.__name__)
            return 0

    return run


@_alone
def drain_gateway(name: str) -> int:
    """Send what is due by one gateway, for a few seconds."""
    route = the_route(name)
    return drain(route, until=route.clock.now() + SLICE, stopping=STOPPING.is_set)


@_alone
def interpret_receipts() -> int:
    """Read the delivery reports that wait."""
    house = the_house()
    return interpret_waiting(house.database, now=house.clock.now())


@_alone
def answer_inbound() -> int:
    """Read and answer what residents wrote."""
    house = the_house()
    gateway, now = house.gateway_name, house.clock.now()
    return answer_waiting(house.database, gateway=gateway, now=now)

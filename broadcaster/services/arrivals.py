"""What telcos bring beside delivery reports, each kind to where it is dealt with."""

import datetime as dt

import structlog

from broadcaster.ports import AccountChanged, Followed, Inbound, SharedPhone
from broadcaster.services.replies import take_inbound
from broadcaster.store.session import Database

Arrival = Inbound | Followed | SharedPhone | AccountChanged

log = structlog.get_logger()


def take_arrival(
    database: Database, gateway_name: str, arrival: Arrival, *, now: dt.datetime
) -> None:
    """Keep what a verified callback brought; the same twice changes nothing more."""
    if isinstance(arrival, Inbound):
        take_inbound(database, gateway_name, arrival, now=now)
    else:
        log.info("event_left", gateway=gateway_name, kind=type(arrival).__name__)

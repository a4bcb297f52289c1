"""What telcos bring beside delivery reports, each kind to where it is dealt with."""

import datetime as dt

import structlog

from broadcaster.ports import AccountChanged, Followed, Inbound, SharedPhone
from broadcaster.services.replies import take_inbound
from broadcaster.services.zalo_contacts import take_followed, take_shared_phone
from broadcaster.services.zalo_templates import note_change
from broadcaster.store.session import Database

Arrival = Inbound | Followed | SharedPhone | AccountChanged

log = structlog.get_logger()


def take_arrival(
    database: Database, gateway_name: str, arrival: Arrival, *, now: dt.datetime
) -> None:
    """Keep what a verified callback brought; the same twice changes nothing more."""
    match arrival:
        case Inbound():
            take_inbound(database, gateway_name, arrival, now=now)
        case Followed():
            take_followed(database, gateway_name, arrival, now=now)
        case SharedPhone():
            take_shared_phone(database, gateway_name, arrival, now=now)
        case AccountChanged():
            with database.writing() as session:
                note_change(session, gateway_name)
            log.info("account_changed", gateway=gateway_name, what=arrival.what)

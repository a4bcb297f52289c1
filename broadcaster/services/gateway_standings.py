"""Asks the gateways' accounts what they have left."""

import datetime as dt
from collections.abc import Mapping

import structlog

from broadcaster.errors import GatewayAwayError
from broadcaster.ports import Gateway, HasStanding, Standing
from broadcaster.store.gateway_standings import keep_standing
from broadcaster.store.session import Database

log = structlog.get_logger()


def ask_standings(
    database: Database, gateways: Mapping[str, Gateway], *, now: dt.datetime
) -> int:
    """Ask every account that can tell, one after the other; return how many answered.

    Whoever gives no answer keeps the figures that it had. Nothing is open in the
    database while a telco is asked.
    """
    answered = 0
    for name, gateway in gateways.items():
        if not isinstance(gateway, HasStanding):
            continue
        standing = _ask(gateway, name)
        answered += standing is not None
        with database.writing() as session:
            keep_standing(session, name, standing, now=now)
    return answered


def _ask(gateway: HasStanding, name: str) -> Standing | None:
    try:
        return gateway.standing()
    except GatewayAwayError:
        log.warning("standing_unanswered", gateway=name)
        return None

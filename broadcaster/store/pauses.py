"""Gateways that asked us to wait: kept in the database, so every worker obeys."""

import datetime as dt
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcaster.store.insertion import insert_unless_there
from broadcaster.store.tables.messages import GatewayPause


def pause_gateway(
    session: Session, gateway: str, *, until: dt.datetime, facts: dict[str, Any]
) -> None:
    """Let nothing leave by this gateway before then; a longer pause stands."""
    values = {"gateway": gateway, "until": until, "facts": facts}
    if insert_unless_there(session, GatewayPause, values):
        return
    session.execute(
        update(GatewayPause)
        .where(GatewayPause.gateway == gateway, GatewayPause.until < until)
        .values(until=until, facts=facts),
        execution_options={"synchronize_session": False},
    )


def is_paused(session: Session, gateway: str, *, now: dt.datetime) -> bool:
    """Tell whether this gateway still asks us to wait."""
    query = select(GatewayPause.until).where(
        GatewayPause.gateway == gateway, GatewayPause.until > now
    )
    return session.scalar(query) is not None

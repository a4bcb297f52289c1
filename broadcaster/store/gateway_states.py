"""Gateways that must wait: kept in the database, so every worker obeys.

A gateway waits because it asked to (`Retry-After`), or because its breaker is open.
Once a breaker's time is over, one worker at a time may probe with a single text.
"""

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from broadcaster.rules.breaking import PROBE_LEASE, stays_open
from broadcaster.store.insertion import insert_unless_there
from broadcaster.store.tables.messages import GatewayState

IN_BULK = {"synchronize_session": False}


def read_states(session: Session, gateways: Collection[str]) -> dict[str, GatewayState]:
    """Return what holds these gateways back, by name; who is free is left out."""
    states = session.scalars(
        select(GatewayState)
        .where(GatewayState.gateway.in_(gateways))
        .execution_options(populate_existing=True)
    )
    return {state.gateway: state for state in states}


def pause_gateway(
    session: Session, gateway: str, *, until: dt.datetime, facts: dict[str, Any]
) -> None:
    """Let nothing leave by this gateway before then; a longer pause stands."""
    if _is_new(session, gateway, until=until, failures=0, facts=facts):
        return
    session.execute(
        update(GatewayState)
        .where(GatewayState.gateway == gateway, GatewayState.until < until)
        .values(until=until, facts=facts),
        execution_options=IN_BULK,
    )


def open_breaker(
    session: Session,
    gateway: str,
    *,
    probing: bool,
    now: dt.datetime,
    facts: dict[str, Any],
) -> None:
    """Let nothing leave for a while, longer each time in a row.

    What fails while it is open already was on the wire before, and says nothing new.
    """
    until = now + stays_open(1)
    if _is_new(session, gateway, until=until, failures=1, facts=facts):
        return
    state = session.scalars(
        select(GatewayState).where(GatewayState.gateway == gateway).with_for_update()
    ).one_or_none()
    if state is None or (state.failures and state.until > now and not probing):
        return
    state.failures += 1
    until = now + stays_open(state.failures)
    # a probe's own lease is over; what the telco asked for stands
    state.until = until if probing else max(state.until, until)
    state.facts = facts
    session.flush()


def take_probe(session: Session, gateway: str, *, now: dt.datetime) -> bool:
    """Take the right to probe a gateway whose breaker's time is over; one has it."""
    taken = session.execute(
        update(GatewayState)
        .where(
            GatewayState.gateway == gateway,
            GatewayState.failures > 0,
            GatewayState.until <= now,
        )
        .values(until=now + PROBE_LEASE)
        .returning(GatewayState.gateway),
        execution_options=IN_BULK,
    )
    return taken.first() is not None


def give_probe_back(session: Session, gateway: str, *, now: dt.datetime) -> None:
    """Let somebody else probe: there was nothing to probe with."""
    session.execute(
        update(GatewayState)
        .where(GatewayState.gateway == gateway, GatewayState.failures > 0)
        .values(until=now),
        execution_options=IN_BULK,
    )


def close_breaker(session: Session, gateway: str) -> None:
    """Let everything leave again: a probe came through."""
    session.execute(
        delete(GatewayState).where(
            GatewayState.gateway == gateway, GatewayState.failures > 0
        ),
        execution_options=IN_BULK,
    )


def _is_new(session: Session, gateway: str, **values: object) -> bool:
    return insert_unless_there(session, GatewayState, {"gateway": gateway, **values})

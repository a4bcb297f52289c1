"""What gateways' accounts had left when they were last asked."""

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcaster.ports import Standing
from broadcaster.store.insertion import insert_unless_there
from broadcaster.store.tables.gateways import GatewayStanding


def list_standings(session: Session) -> dict[str, GatewayStanding]:
    """Return what is known of every account that was ever asked, by its gateway."""
    return {row.gateway: row for row in session.scalars(select(GatewayStanding))}


def keep_standing(
    session: Session, gateway: str, standing: Standing | None, *, now: dt.datetime
) -> None:
    """Write down an account's answer; None: it gave none, the old figures stay."""
    values: dict[str, object] = {"asked_at": now, "is_answered": standing is not None}
    if standing is not None:
        values |= {
            "balance_vnd": standing.balance_vnd,
            "daily_quota": standing.daily_quota,
            "remaining_quota": standing.remaining_quota,
        }
    row = {"gateway": gateway, **values}
    if not insert_unless_there(session, GatewayStanding, row):
        session.execute(
            update(GatewayStanding)
            .where(GatewayStanding.gateway == gateway)
            .values(values)
        )

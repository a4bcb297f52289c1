"""By which channels a ward speaks, and whom it can reach by Zalo."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.store.insertion import insert_unless_there
from broadcaster.store.tables.zalo import (
    OverQuota,
    WardChannels,
)


def find_channels(session: Session, ward_id: int) -> WardChannels | None:
    """Return a ward's rules; None while it uses SMS alone."""
    return session.get(WardChannels, ward_id)


def zalo_gateway_of(session: Session, ward_id: int) -> str | None:
    """Return the Zalo account that a ward sends by; None: it sends SMS alone."""
    return session.scalar(
        select(WardChannels.zalo_gateway).where(WardChannels.ward_id == ward_id)
    )


def lock_channels(session: Session, ward_id: int) -> WardChannels:
    """Return a ward's rules to be changed; those of SMS alone where it had none."""
    insert_unless_there(
        session,
        WardChannels,
        {
            "ward_id": ward_id,
            "zalo_gateway": None,
            "over_quota": OverQuota.FALL_BACK,
            "fall_back_minutes": {},
        },
    )
    return session.scalars(
        select(WardChannels).where(WardChannels.ward_id == ward_id).with_for_update()
    ).one()

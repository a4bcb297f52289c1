"""The gateways that the operator set up, as pages read them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.errors import NotFoundError
from broadcaster.ports import Channel
from broadcaster.store.tables.gateways import GatewaySetup, GatewayTokens


def list_setups(session: Session) -> list[GatewaySetup]:
    """Return every gateway that was set up, channel by channel, in its order."""
    return list(
        session.scalars(
            select(GatewaySetup).order_by(
                GatewaySetup.channel, GatewaySetup.place, GatewaySetup.id
            )
        )
    )


def list_of_channel(session: Session, channel: Channel) -> list[GatewaySetup]:
    """Return the gateways of one channel in their order."""
    return [setup for setup in list_setups(session) if setup.channel is channel]


def find_setup(session: Session, name: str) -> GatewaySetup | None:
    """Return the gateway of this name, or None."""
    if not name.isprintable():  # PostgreSQL cannot be asked about a NUL
        return None
    return session.scalar(select(GatewaySetup).where(GatewaySetup.name == name))


def get_setup(session: Session, name: str) -> GatewaySetup:
    """Return the gateway of this name. Raises NotFoundError."""
    found = find_setup(session, name)
    if found is None:
        raise NotFoundError("gateway")
    return found


def lost_accounts(session: Session) -> frozenset[str]:
    """Return the gateways whose account only a person can connect again."""
    lost = select(GatewayTokens.gateway).where(GatewayTokens.lost_reason.is_not(None))
    return frozenset(session.scalars(lost))

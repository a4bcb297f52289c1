"""The loudspeaker's tables; importing this package registers both rooms' tables."""

from broadcaster.store.tables import (
    announcements,
    budgets,
    gateways,
    messages,
    staff,
    zalo,
)
from subscriptions.tables import Base

__all__ = [
    "Base",
    "announcements",
    "budgets",
    "gateways",
    "messages",
    "staff",
    "usage",
    "zalo",
]

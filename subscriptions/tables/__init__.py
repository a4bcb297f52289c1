"""The people's tables; importing this package registers them all on `Base`."""

from subscriptions.tables import consents, households, ledger, places
from subscriptions.tables.base import Base

__all__ = ["Base", "consents", "households", "ledger", "places"]

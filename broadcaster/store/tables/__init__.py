"""The loudspeaker's tables; importing this package registers both rooms' tables."""

from broadcaster.store.tables import announcements, budgets, messages, staff
from subscriptions.tables import Base

__all__ = ["Base", "announcements", "budgets", "messages", "staff"]

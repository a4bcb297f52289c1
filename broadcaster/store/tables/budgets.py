"""What the texts of a ward may cost in a month, where somebody has set it."""

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from subscriptions.tables.base import Base, BigId


class WardBudget(Base):
    """A ward's limit for each month; a ward without a row has none.

    What is spent and promised is not kept here: the messages say it, and a text that
    is withheld or refused gives its share back by that alone.
    """

    __tablename__ = "ward_budgets"
    __table_args__ = (CheckConstraint("limit_vnd > 0", name="limit_above_nothing"),)

    ward_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("wards.id"), primary_key=True, autoincrement=False
    )
    limit_vnd: Mapped[int]
    reservations: Mapped[int] = mapped_column(default=0)
    """Counts the sends confirmed against it: each writes here, so that two at the same
    moment cannot both take the last of a month."""

"""What carriers take for a segment, as the operator wrote it down."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.store.tables.usage import Tariff


def list_tariffs(session: Session) -> list[Tariff]:
    """Return every tariff, by carrier, the newest first."""
    return list(
        session.scalars(
            select(Tariff).order_by(
                Tariff.carrier, Tariff.kind, Tariff.valid_from.desc()
            )
        )
    )

"""Tell who listens that texts are due; who does not hear it looks each second."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

CHANNEL = "loa_due"


def ring_bell(session: Session) -> None:
    """Let listeners know when this transaction commits; SQLite has none."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_notify(CHANNEL, "")))

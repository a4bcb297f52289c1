"""Seed a demo at a moment, and count its rows."""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.demo.seed import seed
from broadcaster.store.session import Database, create_engine_for
from subscriptions.tables import Base

NOW = dt.datetime(2026, 11, 22, 6, 0, tzinfo=dt.UTC)
OURS = "Phường Thanh Xuân"


def seeded(folder: Path, migrated_file: Path, *, now: dt.datetime) -> Database:
    """Return a demo in a folder, as it looks when it is seeded at a moment."""
    folder.mkdir(exist_ok=True)
    path = shutil.copy(migrated_file, folder / "loa.db")
    database = Database(create_engine_for(f"sqlite:///{path}"))
    seed(database, handsets=folder / "handsets.json", now=now)
    return database


def counted(session: Session, table: type[Base], *conditions: Any) -> int:
    """Count the rows of a table that meet conditions."""
    query = select(func.count()).select_from(table).where(*conditions)
    return session.scalars(query).one()

"""One demo, seeded once and only read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.store.session import Database
from subscriptions.tables.places import Ward
from tests.broadcaster.demo.seeding import NOW, OURS, seeded


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an empty folder for the demo."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def demo(place: Path, migrated_file: Path) -> Iterator[Database]:
    """Give the demo, for reading only: every test sees the same one."""
    database = seeded(place, migrated_file, now=NOW)
    yield database
    database.engine.dispose()


@pytest.fixture(scope="session")
def folder(demo: Database, place: Path) -> Path:
    """Give the folder of the demo, seeded whichever test asks first."""
    return place


@pytest.fixture
def session(demo: Database) -> Iterator[Session]:
    """Give a transaction that is rolled back."""
    with demo.reading() as session:
        yield session


@pytest.fixture
def ward(session: Session) -> Ward:
    """Give the larger of the demo's wards."""
    return session.scalars(select(Ward).where(Ward.name == OURS)).one()

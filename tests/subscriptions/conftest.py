"""What most tests of the register start from: a transaction and a ward."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from broadcaster.store.session import Database
from subscriptions.tables.places import ResidentialGroup, Ward
from tests.builders.people import a_group, a_ward


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Give a transaction that is kept when the test ends well."""
    with database.writing() as session:
        yield session


@pytest.fixture
def ward(session: Session) -> Ward:
    """Give a ward without groups."""
    return a_ward(session)


@pytest.fixture
def group(session: Session, ward: Ward) -> ResidentialGroup:
    """Give Tổ 5, empty."""
    return a_group(session, ward, number=5)


@pytest.fixture
def next_group(session: Session, ward: Ward) -> ResidentialGroup:
    """Give Tổ 6, empty."""
    return a_group(session, ward, number=6)

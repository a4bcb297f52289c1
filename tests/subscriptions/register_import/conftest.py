"""What an import starts from: the group the list is of."""

import pytest
from sqlalchemy.orm import Session

from subscriptions.tables.places import ResidentialGroup
from tests.builders.people import a_group, a_ward


@pytest.fixture
def group(session: Session) -> ResidentialGroup:
    """Give Tổ 12 of a ward."""
    return a_group(session, a_ward(session), number=12)

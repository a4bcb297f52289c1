"""A ward with officers at their desks."""

import pytest
from flask.testing import FlaskClient

from broadcaster.store.session import Database
from broadcaster.store.tables.usage import Tariff
from tests.broadcaster.web.conftest import SignIn
from tests.builders.announcements import StaffedWard, a_staffed_ward
from tests.builders.people import NOW, a_household


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    """Give a ward of three homes with phones and one without, at 650 đ a segment."""
    ward = a_staffed_ward(database, homes=3)
    with database.writing() as session:
        a_household(session, in_group=ward.group, head="Trần Thị Bình")
        session.add(
            Tariff(
                carrier="VinaPhone",
                kind="care",
                valid_from=NOW.date().replace(day=1),
                vnd_per_segment=650,
            )
        )
    return ward


@pytest.fixture
def officer(staffed: StaffedWard, signed_in: SignIn) -> FlaskClient:
    """Give the browser of the one who writes."""
    return signed_in(staffed.officer)


@pytest.fixture
def approver(staffed: StaffedWard, signed_in: SignIn) -> FlaskClient:
    """Give the browser of the one who approves."""
    return signed_in(staffed.approver)

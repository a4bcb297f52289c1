"""An operator who is signed in, and a ward to send for."""

import pytest
from flask.testing import FlaskClient

from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import Actor
from broadcaster.store.session import Database
from subscriptions.tables.places import Ward
from tests.broadcaster.web.conftest import SignIn
from tests.builders.accounts import an_account
from tests.builders.people import a_ward


@pytest.fixture
def actor(database: Database) -> Actor:
    """Give the operator."""
    with database.writing() as session:
        return an_account(session, Role.OPERATOR, ward_id=None)


@pytest.fixture
def operator(actor: Actor, signed_in: SignIn) -> FlaskClient:
    """Give a browser in which the operator is signed in."""
    return signed_in(actor)


@pytest.fixture
def ward(database: Database) -> Ward:
    """Give a ward whose brandname is PHOASUA."""
    with database.writing() as session:
        return a_ward(session)

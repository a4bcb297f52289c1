"""The application on a real database, and people signed in to it."""

import html
import re
import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from broadcaster.bootstrap import House, assemble
from broadcaster.config import Settings
from broadcaster.gateways.memory import MemoryGateway
from broadcaster.services.accounts import Actor
from broadcaster.store.session import Database
from broadcaster.store.tables.staff import Account
from broadcaster.web.app import create_app
from tests.builders.people import NOW
from tests.fakes import HandClock

SignIn = Callable[[Actor], FlaskClient]


@pytest.fixture
def clock() -> HandClock:
    """Give the clock the application reads."""
    return HandClock(NOW)


@pytest.fixture
def gateway() -> MemoryGateway:
    """Give the gateway that texts would leave by."""
    return MemoryGateway()


@pytest.fixture
def house(database: Database, clock: HandClock, gateway: MemoryGateway) -> House:
    """Give the parts of a production web process, over the test's database."""
    return assemble(
        Settings(
            demo=False,
            database_url=str(database.engine.url),
            redis_url="redis://127.0.0.1:1/0",
            secret_key="not a secret, but long enough for a test",
            public_url="http://ward.example",
            gateways=(),
            wall_url=None,
        ),
        database,
        fixed=[gateway],
        clock=clock,
    )


@pytest.fixture
def app(house: House) -> Flask:
    """Give the application as production builds it."""
    return create_app(house)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a browser without JavaScript that is not signed in."""
    return app.test_client()


@pytest.fixture
def signed_in(app: Flask, database: Database) -> SignIn:
    """Give a way to get a browser in which someone is signed in."""

    def sign_in(actor: Actor) -> FlaskClient:
        client = app.test_client()
        with database.reading() as session:
            epoch = session.get_one(Account, actor.account_id).session_epoch
        with client.session_transaction() as cookie:
            cookie["account_id"] = actor.account_id
            cookie["epoch"] = epoch
        return client

    return sign_in


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """Serve the application on a free port for a real browser; give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def csrf_of(client: FlaskClient, path: str) -> str:
    """Return the token of the form on a page."""
    page = client.get(path).get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, f"no form on {path}"
    return found[1]


def search(client: FlaskClient, path: str, text: str) -> str:
    """Search on a page by its form, and return the list as it is read."""
    page = client.get(path).get_data(as_text=True)
    action = re.search(r'action="([^"]+)" role="search"', page)
    assert action, f"no search on {path}"
    data = {"csrf_token": csrf_of(client, path), "search": text}
    answer = client.post(html.unescape(action[1]), data=data, follow_redirects=True)
    assert "search" not in answer.request.url
    return html.unescape(answer.get_data(as_text=True))

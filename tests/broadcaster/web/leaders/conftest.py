"""A ward with two groups, and the leader of one of them signed in."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import Actor
from broadcaster.store.session import Database
from subscriptions.tables.places import ResidentialGroup, Ward
from tests.broadcaster.web.conftest import SignIn
from tests.builders.accounts import an_account
from tests.builders.people import a_group, a_ward

PHONE = "0912 345 678"
DOOR = {
    "phone_1": PHONE,
    "full_name": "Đỗ Thị Ựa",
    "address": "A1 · 1204",
    "consent": "leader_screen",
}
"""What a leader types for one household."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A leader of Tổ 12; the ward has a Tổ 5 as well."""

    ward: Ward
    group: ResidentialGroup
    other: ResidentialGroup
    leader: Actor


@pytest.fixture
def rounds(database: Database) -> Round:
    """Give the ward, its groups and the leader of Tổ 12."""
    with database.writing() as session:
        ward = a_ward(session)
        group, other = a_group(session, ward, number=12), a_group(session, ward)
        leader = an_account(
            session, Role.LEADER, ward_id=ward.id, group_ids=frozenset({group.id})
        )
    return Round(ward=ward, group=group, other=other, leader=leader)


class Browser:
    """A leader's browser without JavaScript: reads pages, fills in forms."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def read(self, path: str) -> str:
        """Return what a page shows, its words unescaped."""
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return shown(answer)

    def hidden(self, path: str) -> dict[str, str]:
        """Return the hidden fields of the last form on a page."""
        form = self.read(path).rsplit("<form", 1)[1]
        return dict(
            re.findall(r'type="hidden" name="(\w+)"[^>]*? value="([^"]*)"', form)
        )

    def send(
        self, path: str, page: str | None = None, **fields: object
    ) -> TestResponse:
        """Send the form of a page (by default of the same path), and follow."""
        data = self.hidden(page or path) | fields
        return self.client.post(path, data=data, follow_redirects=True)


@pytest.fixture
def browser_of_leader(rounds: Round, signed_in: SignIn) -> Browser:
    """Give the leader's own browser."""
    return Browser(signed_in(rounds.leader))


Enrol = Callable[..., TestResponse]


@pytest.fixture
def enrol(rounds: Round, browser_of_leader: Browser) -> Enrol:
    """Give a way to fill in the form "Thêm hộ" and save it."""

    def fill_in(**typed: object) -> TestResponse:
        path = f"/leader/{rounds.group.id}/enrol"
        return browser_of_leader.send(path, "", **({"collected": "no"} | typed))

    return fill_in


def shown(answer: TestResponse) -> str:
    """Return what a person reads in an answer, with the markup around it."""
    return unescape(answer.get_data(as_text=True))


def words_of(answer: TestResponse | str) -> str:
    """Return the words of a page alone, single-spaced."""
    page = answer if isinstance(answer, str) else shown(answer)
    body = page.split("<main", 1)[-1]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())

"""A resident sees on the own page how to transfer what their household owes."""

import html
import time
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from broadcaster.rules.permissions import Role
from broadcaster.rules.renderings import household_code
from broadcaster.services.bank_transfers import set_bank_account
from broadcaster.store.session import Database
from subscriptions.bank_accounts import read_account
from subscriptions.tables.households import Household, Line
from tests.builders.accounts import an_account
from tests.builders.ledger import (
    SEPTEMBER,
    a_home,
    a_paying_household,
    charge,
    pay,
    ward_of,
)
from tests.builders.people import NOW, a_group

MOST_BYTES = 15_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Two households that owe; the browser is that of the first one's phone."""

    ours: Household
    theirs: Household
    browser: FlaskClient


@pytest.fixture
def neighbours(database: Database, client: FlaskClient) -> Neighbours:
    with database.writing() as session:
        ours = a_home(session)
        our_line = session.scalars(select(Line.id)).one()
        ward = ward_of(session, ours)
        theirs = a_paying_household(session, in_group=a_group(session, ward, number=9))
        charge(session, ward, SEPTEMBER)
    with client.session_transaction() as cookie:
        cookie["own_lines"] = [our_line]
        cookie["own_until"] = int(time.time()) + 600
    return Neighbours(ours=ours, theirs=theirs, browser=client)


def name_an_account(database: Database, ward_id: int) -> None:
    account = read_account("970436", number="1017595600", name="UBND PHUONG HOA SUA")
    with database.writing() as session:
        actor = an_account(session, Role.ACCOUNTANT, ward_id=ward_id)
    set_bank_account(database, account, vouched=False, actor=actor, now=NOW)


def read(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    assert len(answer.data) <= MOST_BYTES
    return html.unescape(answer.get_data(as_text=True))


def text_of(household: Household) -> str:
    return f"LP{household_code(household.public_id).replace('-', '')} T{NOW.month}"


def test_the_own_page_leads_to_the_own_households_qr_alone(
    neighbours: Neighbours, database: Database
) -> None:
    name_an_account(database, neighbours.ours.ward_id)
    assert 'href="/me/transfer"' in read(neighbours.browser, "/me/page")
    page = read(neighbours.browser, "/me/transfer")
    assert 'aria-label="Mã VietQR để chuyển khoản"' in page
    assert "3.000đ" in page
    assert text_of(neighbours.ours) in page
    assert text_of(neighbours.theirs) not in page


def test_without_an_account_the_leader_is_the_way(neighbours: Neighbours) -> None:
    page = read(neighbours.browser, "/me/page")
    assert "Xin nộp cho tổ trưởng." in page
    assert "/me/transfer" not in page
    assert "Không có khoản nào cần chuyển" in read(neighbours.browser, "/me/transfer")


def test_who_has_paid_is_asked_for_nothing(
    neighbours: Neighbours, database: Database
) -> None:
    name_an_account(database, neighbours.ours.ward_id)
    with database.writing() as session:
        pay(session, neighbours.ours, 3_000)
    assert "/me/transfer" not in read(neighbours.browser, "/me/page")
    assert "<table" not in read(neighbours.browser, "/me/transfer")


def test_nobody_sees_a_transfer_without_a_code(client: FlaskClient) -> None:
    assert client.get("/me/transfer").location.endswith("/me")

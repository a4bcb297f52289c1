"""A leader holds out a household's VietQR, and books nothing by that."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select, update

from broadcaster.rules.permissions import Role
from broadcaster.rules.renderings import household_code
from broadcaster.services.bank_transfers import set_bank_account
from broadcaster.store.session import Database, create_engine_for
from subscriptions.bank_accounts import read_account
from subscriptions.tables.households import Household, Subscription
from subscriptions.tables.ledger import Payment
from tests.broadcaster.web.leaders.conftest import Browser, Round, words_of
from tests.builders.accounts import PASSWORD, an_account
from tests.builders.ledger import OCTOBER, charge
from tests.builders.people import NOW, a_household


@pytest.fixture
def home(database: Database, rounds: Round) -> Household:
    """Give a household of the leader's group that owes for October."""
    with database.writing() as session:
        found = a_household(
            session, in_group=rounds.group, head="Đỗ Thị Ựa", with_phone="0912345678"
        )
        session.execute(update(Subscription).values(first_month=OCTOBER))
        charge(session, rounds.ward, OCTOBER)
    return found


def name_an_account(database: Database, rounds: Round) -> None:
    account = read_account("970436", number="1017595600", name=rounds.ward.name)
    with database.writing() as session:
        actor = an_account(session, Role.ACCOUNTANT, ward_id=rounds.ward.id)
    set_bank_account(database, account, vouched=False, actor=actor, now=NOW)


def path_of(rounds: Round, home: Household) -> str:
    return f"/leader/{rounds.group.id}/collect/{home.public_id}/transfer"


def test_the_card_of_a_debtor_leads_to_its_qr(
    browser_of_leader: Browser, database: Database, rounds: Round, home: Household
) -> None:
    name_an_account(database, rounds)
    path = path_of(rounds, home)
    due = browser_of_leader.read(f"/leader/{rounds.group.id}/collect")
    assert f'href="{path}"' in due
    words = words_of(browser_of_leader.read(path))
    code = household_code(home.public_id).replace("-", "")
    assert f"Nội dung LP{code} T{NOW.month}" in words
    assert "Số tiền 3.000đ" in words
    assert "Đã chuyển khoản thì phường ghi nhận, không cần thu tiền mặt." in words
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Payment)) == 0


def test_without_an_account_the_page_says_to_take_cash(
    browser_of_leader: Browser, rounds: Round, home: Household
) -> None:
    page = browser_of_leader.read(path_of(rounds, home))
    assert "Phường chưa có tài khoản nhận tiền" in page
    assert 'class="qr"' not in page


def test_another_groups_household_has_no_qr_here(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    with database.writing() as session:
        theirs = a_household(session, in_group=rounds.other)
    for group in (rounds.group, rounds.other):
        path = f"/leader/{group.id}/collect/{theirs.public_id}/transfer"
        assert browser_of_leader.client.get(path).status_code == 404


class TestOnAPhone:
    """The same on a screen of 360 px."""

    @pytest.fixture
    def database(self, sqlite_url: str) -> Iterator[Database]:
        database = Database(create_engine_for(sqlite_url))
        yield database
        database.engine.dispose()

    def test_the_code_fills_the_screen_and_nothing_runs_over_it(
        self,
        page_360: Page,
        served: str,
        database: Database,
        rounds: Round,
        home: Household,
    ) -> None:
        name_an_account(database, rounds)
        page_360.goto(f"{served}/sign-in")
        page_360.fill("#username", "leader")
        page_360.fill("#password", PASSWORD)
        page_360.locator("main button").click()
        page_360.goto(f"{served}/leader/{rounds.group.id}/collect")
        page_360.get_by_role("link", name="VietQR").click()
        code = page_360.get_by_role("img", name="Mã VietQR")
        expect(code).to_be_visible()
        box = code.bounding_box()
        assert box is not None
        assert box["width"] >= 300
        assert abs(box["width"] - box["height"]) <= 1
        assert page_360.evaluate(
            "document.documentElement.scrollWidth <= window.innerWidth"
        )

"""Two phones of one leader at one household: the second is told, and asked."""

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from broadcaster.store.session import Database
from subscriptions.collecting import household_balance
from subscriptions.tables.households import Household, Subscription
from subscriptions.tables.ledger import Payment
from tests.broadcaster.web.conftest import SignIn
from tests.broadcaster.web.leaders.conftest import Browser, Round, shown, words_of
from tests.builders.accounts import PASSWORD
from tests.builders.ledger import charge
from tests.builders.people import a_household

OCTOBER = dt.date(2026, 10, 1)
TOLD = "Vừa thu 3.000đ lúc 09:00 T2 05/10/2026, biên nhận T12-2026-0001. Thu nữa?"


@pytest.fixture
def home(database: Database, rounds: Round) -> Household:
    """Give a household of the leader's group that owes for one month."""
    with database.writing() as session:
        home = a_household(session, in_group=rounds.group, with_phone="0912345678")
        session.execute(update(Subscription).values(first_month=OCTOBER))
        charge(session, rounds.ward, OCTOBER)
    return home


class Phone(Browser):
    """A phone of the leader with the collecting list drawn on it."""

    def __init__(self, rounds: Round, signed_in: SignIn, home: Household) -> None:
        super().__init__(signed_in(rounds.leader))
        self.list = f"/leader/{rounds.group.id}/collect"
        self.path = f"{self.list}/{home.public_id}"
        self.form = self.fields_of(self.read(self.list))

    def tap(self) -> TestResponse:
        return self.client.post(self.path, data=self.form, follow_redirects=True)

    def fields_of(self, page: str) -> dict[str, str]:
        form = page.split(f'action="{self.path}"')[1].split("</form>", 1)[0]
        return dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', form))


@pytest.fixture
def phones(rounds: Round, signed_in: SignIn, home: Household) -> list[Phone]:
    """Give two phones on which the same sum is asked for."""
    return [Phone(rounds, signed_in, home) for _ in range(2)]


def count_payments(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Payment)) or 0


def test_the_second_phone_is_told_what_was_paid_and_takes_nothing(
    phones: list[Phone], database: Database
) -> None:
    first, second = phones
    assert "Đã thu 3.000đ" in shown(first.tap())
    answer = second.tap()
    assert answer.status_code == 409
    assert TOLD in words_of(answer)
    assert count_payments(database) == 1


def test_the_second_phone_takes_it_all_the_same_once(
    phones: list[Phone], database: Database, home: Household
) -> None:
    first, second = phones
    first.tap()
    second.form = second.fields_of(shown(second.tap()))
    for _ in range(2):
        answer = second.tap()
        assert "Đã thu 3.000đ. Biên nhận T12-2026-0002." in shown(answer)
    assert count_payments(database) == 2
    with database.reading() as session:
        assert household_balance(session, home.id).credit_vnd == 3000


def test_a_part_paid_meanwhile_leaves_the_rest_to_take(
    phones: list[Phone], database: Database
) -> None:
    first, second = phones
    first.form["amount_vnd"] = "1000"
    first.tap()
    page = words_of(second.tap())
    assert "Vừa thu 1.000đ" in page
    assert "Hộ còn phải nộp 2.000đ" in page
    assert count_payments(database) == 1


def test_a_form_that_does_not_say_what_was_open_takes_nothing_more(
    phones: list[Phone], database: Database
) -> None:
    first, second = phones
    first.tap()
    del second.form["open_vnd"]
    assert "Hộ này đã nộp đủ, không thu thêm." in shown(second.tap())
    assert count_payments(database) == 1


def test_who_gave_the_money_back_is_not_in_the_way(
    phones: list[Phone], database: Database
) -> None:
    first, second = phones
    page = shown(first.tap())
    undo = re.findall(r'action="([^"]*/undo)"', page)[0]
    first.send(undo, first.list)
    assert "Biên nhận T12-2026-0002" in shown(second.tap())


def test_of_two_taps_in_one_moment_one_is_booked_and_one_is_asked(
    phones: list[Phone], database: Database
) -> None:
    barrier = Barrier(2)

    def tap(phone: Phone) -> str:
        barrier.wait(timeout=30)
        return words_of(phone.tap())

    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(tap, phones))
    assert sum("Đã thu 3.000đ. Biên nhận T12-2026-0001." in page for page in pages) == 1
    assert sum(TOLD in page for page in pages) == 1
    assert count_payments(database) == 1


def sign_in(page: Page, served: str, rounds: Round) -> None:
    page.goto(f"{served}/sign-in")
    page.fill("#username", "leader")
    page.fill("#password", PASSWORD)
    page.locator("main button").click()
    page.goto(f"{served}/leader/{rounds.group.id}/collect")


def test_on_real_phones_the_second_sees_it_and_decides(
    browser: Chromium, served: str, rounds: Round, home: Household, database: Database
) -> None:
    contexts = [
        browser.new_context(viewport={"width": 360, "height": 740}) for _ in range(2)
    ]
    first, second = (context.new_page() for context in contexts)
    for page in (first, second):
        sign_in(page, served, rounds)
    first.get_by_role("button", name="Thu 3.000đ").click()
    expect(first.get_by_role("status")).to_contain_text("Đã thu 3.000đ")
    second.get_by_role("button", name="Thu 3.000đ").click()
    expect(second.locator("main")).to_contain_text(TOLD)
    assert second.evaluate("document.documentElement.scrollWidth") <= 360
    assert count_payments(database) == 1
    second.get_by_role("button", name="Thu nữa 3.000đ").click()
    expect(second.get_by_role("status")).to_contain_text("Biên nhận T12-2026-0002")
    assert count_payments(database) == 2
    for context in contexts:
        context.close()

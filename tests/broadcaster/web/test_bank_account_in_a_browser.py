"""The accountant names the account in a real browser, on a phone and on a desk."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from broadcaster.rules.permissions import Role
from broadcaster.store.session import Database, create_engine_for
from tests.builders.accounts import PASSWORD, an_account
from tests.builders.people import a_ward

OVERFLOW = "document.documentElement.scrollWidth - window.innerWidth"


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """Give one kind of database: what differs here is the browser."""
    database = Database(create_engine_for(sqlite_url))
    yield database
    database.engine.dispose()


@pytest.fixture(params=["page_360", "page_1280"])
def desk(request: pytest.FixtureRequest, served: str, database: Database) -> Page:
    """Give the accountant's browser, signed in, on the account's page."""
    with database.writing() as session:
        ward = a_ward(session)
        an_account(session, Role.ACCOUNTANT, ward_id=ward.id)
    page: Page = request.getfixturevalue(request.param)
    page.goto(f"{served}/sign-in")
    page.fill("#username", "accountant")
    page.fill("#password", PASSWORD)
    page.locator("main button").click()
    page.get_by_role("link", name="Tài khoản nhận tiền").click()
    return page


def test_a_doubtful_account_is_tried_vouched_for_and_used(desk: Page) -> None:
    desk.get_by_label("Ngân hàng").select_option(label="Vietcombank")
    desk.get_by_label("Số tài khoản").fill("1017 595 600")
    desk.get_by_label("Tên tài khoản").fill("Nguyễn Thị Phương")
    assert desk.evaluate(OVERFLOW) <= 0
    desk.get_by_role("button", name="Xem lại trước khi dùng").click()
    expect(desk.get_by_role("img", name="Mã VietQR")).to_be_visible()
    expect(desk.get_by_text("có thể là tài khoản của một người")).to_be_visible()
    assert desk.evaluate(OVERFLOW) <= 0
    desk.get_by_role("button", name="Dùng tài khoản này").click()
    expect(desk.get_by_role("alert")).to_contain_text("rồi đánh dấu")
    desk.get_by_label("Đây là tài khoản của phường").check()
    desk.get_by_role("button", name="Dùng tài khoản này").click()
    expect(desk.get_by_role("status")).to_contain_text("Đã ghi tài khoản")
    expect(desk.get_by_role("cell", name="1017595600")).to_be_visible()

"""The operator sets eSMS up while everything runs, and tries it on a phone."""

import pytest
from playwright.sync_api import Page, expect

from broadcaster.rules.permissions import Role
from tests.builders.accounts import an_account
from tests.stories.conftest import Town, nothing_overflows, sign_in
from tests.telco import ESMS_API_KEY, ESMS_SECRET_KEY

PHONE = "0862345005"
TEXT = "Tin thu nghiem cua he thong nhan tin phuong. Ong/ba khong can tra loi."
ARRIVES_WITHIN_MS = 40_000

PLACES = {"phone": ("sqlite_url", "page_360"), "desk": ("postgres_url", "page_1280")}


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest) -> str:
    """Run the story on a phone with SQLite behind it, and at a desk with PostgreSQL."""
    return str(request.param)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, place: str) -> str:
    url: str = request.getfixturevalue(PLACES[place][0])
    return url


@pytest.fixture
def page(request: pytest.FixtureRequest, place: str) -> Page:
    found: Page = request.getfixturevalue(PLACES[place][1])
    return found


def test_a_gateway_set_up_while_everything_runs_brings_a_text_to_a_phone(
    town: Town, page: Page
) -> None:
    telco = town.product.telco
    with town.product.database.writing() as session:
        an_account(session, Role.OPERATOR, ward_id=None)
    sign_in(page, town, "operator")
    page.get_by_role("link", name="Cổng gửi tin").click()
    page.get_by_role("link", name="Thêm cổng").click()
    page.get_by_role("link", name="eSMS.vn").click()
    page.fill("#name", "esms-phuong")
    page.get_by_label("API Key").fill(ESMS_API_KEY)
    page.get_by_label("Secret Key").fill(ESMS_SECRET_KEY)
    page.get_by_text("Tùy chọn khác").click()
    page.get_by_label("Địa chỉ máy chủ").fill(telco.esms_url)
    page.get_by_label("Máy người nhận đã có tin").check()
    page.get_by_role("button", name="Thêm cổng").click()
    page.get_by_role("link", name="Gửi thử một tin").click()
    page.get_by_label("Số điện thoại nhận").fill(PHONE)
    page.get_by_role("button", name="Gửi thử 1 tin").click()

    trial = page.locator("#trial")
    expect(trial).to_contain_text("Máy đã nhận", timeout=ARRIVES_WITHIN_MS)
    assert trial.get_attribute("hx-get") is None
    assert nothing_overflows(page)
    received = telco.received("+84" + PHONE.removeprefix("0"))
    assert [(text["body"], text["wire"]) for text in received] == [(TEXT, "esms")]
    for process in ("web", "worker", "clock"):
        assert ESMS_SECRET_KEY not in town.product.log(process)

"""In a real browser, narrow and wide: a gateway is set up, tried and routed."""

import pytest
from playwright.sync_api import Page, expect

from broadcaster.ports import Outcome, Verdict
from broadcaster.services.accounts import Actor
from broadcaster.store.outbox import record
from broadcaster.store.session import Database
from tests.broadcaster.web.conftest import SignIn
from tests.builders.messages import a_window
from tests.builders.people import NOW

PAGES = ("gateways", "gateways/new", "gateways/new/smpp", "routes", "tariffs")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough to see what a browser does."""
    return sqlite_url


@pytest.fixture(params=["page_360", "page_1280"])
def page(
    request: pytest.FixtureRequest, actor: Actor, signed_in: SignIn, served: str
) -> Page:
    """Give a page on which the operator is signed in, narrow and wide."""
    found: Page = request.getfixturevalue(request.param)
    cookie = signed_in(actor).get_cookie("loa")
    assert cookie is not None
    found.context.add_cookies(
        [{"name": cookie.key, "value": cookie.value, "url": served}]
    )
    return found


def fits(page: Page) -> bool:
    """Tell whether nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def small_targets(page: Page) -> list[str]:
    """Return what is to be tapped, stands by itself and is lower than 48 pixels."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main a, main button, main summary,"
            + "main select, main input:not([type=hidden]):not([type=radio])")]
          .filter(e => e.offsetParent && getComputedStyle(e).display !== "inline")
          .filter(e => e.getBoundingClientRect().height < 48)
          .map(e => e.outerHTML.slice(0, 90))"""
    )
    return found


@pytest.mark.usefixtures("ward")
def test_a_gateway_is_set_up_tried_and_given_a_share(
    page: Page, served: str, database: Database
) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.goto(f"{served}/operator/gateways")
    page.get_by_role("link", name="Thêm cổng").click()
    page.get_by_role("link", name="Twilio").click()
    page.fill("#name", "twilio-hanoi")
    page.get_by_label("Account SID").fill("AC-of-nobody")
    page.get_by_label("Auth Token").fill("a token nobody has")
    page.get_by_role("button", name="Thêm cổng").click()
    expect(page.locator("main")).to_contain_text("Đã thêm cổng twilio-hanoi")
    assert fits(page)
    page.get_by_role("link", name="Gửi thử một tin").click()
    page.fill("#to", "0912 345 678")
    page.get_by_role("button", name="Gửi thử 1 tin").click()
    expect(page.locator("#trial")).to_contain_text("Chờ gửi")
    assert fits(page)
    with database.writing() as session:
        (text,) = a_window(session, limit=1, gateway="twilio-hanoi")
        taken = Outcome(message_id=text.message_id, verdict=Verdict.ACCEPTED)
        record(session, [taken], now=NOW)
    expect(page.locator("#trial")).to_contain_text("Đã chuyển nhà mạng", timeout=15_000)
    page.goto(f"{served}/operator/routes/Viettel")
    for field, word in (
        ("place-memory", "2"),
        ("share-memory", "0"),
        ("place-twilio-hanoi", "1"),
        ("share-twilio-hanoi", "100"),
    ):
        page.fill(f"#{field}", word)
    page.get_by_role("button", name="Lưu tuyến").click()
    expect(page.locator("main")).to_contain_text(
        "Viettel: 100 % twilio-hanoi; khi hỏng: memory."
    )
    assert complaints == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_its_screen_and_its_targets_the_finger(
    page: Page, served: str, path: str
) -> None:
    page.goto(f"{served}/operator/{path}")
    assert fits(page)
    assert small_targets(page) == []


def test_a_fault_is_led_to_from_the_summary(page: Page, served: str) -> None:
    page.goto(f"{served}/operator/gateways/new/smpp")
    page.get_by_text("Tùy chọn khác").click()
    page.fill("#option-window", "0")
    page.get_by_role("button", name="Thêm cổng").click()
    page.get_by_role("link", name="nhập số nguyên từ 1 đến 200").click()
    expect(page.locator("#option-window")).to_be_focused()
    expect(page.locator("#option-window")).to_be_visible()

"""The wall in a real browser, on a phone and on an office screen."""

import pytest
from playwright.sync_api import Page, expect
from twilio.rest import Client

from tests.broadcaster.simulator.conftest import Web
from tests.telco import Telco

RESIDENT = "+84365550101"
BRAND = "UBND PHUONG"
SMALL_TARGETS = """() => [...document.querySelectorAll(
    'a, button, input:not([type=hidden]):not([type=checkbox]), summary, label.check')]
  .filter(e => !e.classList.contains('skip') && e.getClientRects().length
    && e.getBoundingClientRect().height < 48).map(e => e.outerHTML)"""
SMALL_LETTERS = """() => [...document.querySelectorAll('body *')].filter(
  e => e.innerText && parseFloat(getComputedStyle(e).fontSize) < 18)
  .map(e => e.outerHTML)"""
OPEN_ALL = "() => document.querySelectorAll('details').forEach(d => { d.open = true })"
WIDTH = "() => document.documentElement.scrollWidth"
HIDE = """() => Object.defineProperty(document, 'hidden',
    {configurable: true, get: () => true})"""
TICK_AND_ASK_FOR_ANOTHER_THING = """async () => {
  for (let n = 0; n < 3; n++) htmx.trigger('#pulse', 'every');
  await fetch('/healthz');
}"""
SHOW = "() => { delete document.hidden }"


@pytest.fixture(params=[360, 1280])
def page(request: pytest.FixtureRequest) -> Page:
    """Give a page as wide as a phone, then as an office screen."""
    page: Page = request.getfixturevalue(f"page_{request.param}")
    return page


def test_texts_land_live_while_a_resident_is_typing(
    page: Page, telco: Telco, client: Client, web: Web
) -> None:
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{telco.base_url}/wall")
    phone = page.locator("#p84365550101")
    phone.locator("summary").click()
    field = phone.get_by_label("Nhắn như bà Phượng")
    field.fill("LI")
    client.messages.create(to=RESIDENT, from_=BRAND, body="DOI LICH sang 8h 11/12")
    expect(phone).to_contain_text("DOI LICH sang 8h 11/12")
    expect(phone).to_contain_text("Máy đã nhận")
    expect(field).to_have_value("LI")
    expect(field).to_be_focused()
    field.fill("LICH")
    phone.get_by_role("button", name="Gửi").click()
    expect(phone).to_contain_text("Đã gửi")
    expect(phone.get_by_label("Nhắn như bà Phượng")).to_have_value("")
    assert [call.form["Body"] for call in web.calls] == ["LICH"]
    assert complaints == []


def test_a_phone_is_switched_off_and_on_in_place(page: Page, telco: Telco) -> None:
    page.goto(f"{telco.base_url}/wall")
    phone = page.locator("#p84365550101")
    phone.locator("summary").click()
    phone.get_by_role("button", name="Tắt máy").click()
    expect(phone).to_contain_text("Máy đang tắt")
    phone.get_by_role("button", name="Bật máy").click()
    expect(phone).not_to_contain_text("Máy đang tắt")


def test_a_hidden_wall_asks_for_nothing(page_1280: Page, telco: Telco) -> None:
    page_1280.goto(f"{telco.base_url}/wall")
    page_1280.wait_for_event("request", lambda request: "/wall/live" in request.url)
    page_1280.evaluate(HIDE)
    asked: list[str] = []
    page_1280.on("request", lambda request: asked.append(request.url))
    page_1280.evaluate(TICK_AND_ASK_FOR_ANOTHER_THING)
    assert asked == [f"{telco.base_url}/healthz"]
    page_1280.evaluate(SHOW)
    page_1280.wait_for_event("request", lambda request: "/wall/live" in request.url)


@pytest.mark.parametrize("path", ["/wall", f"/wall/phone/{RESIDENT}", "/wall/phones"])
def test_pages_fit_their_screen_and_old_eyes_and_fingers(
    page: Page, telco: Telco, client: Client, path: str
) -> None:
    client.messages.create(to=RESIDENT, from_=BRAND, body="DOI LICH " + "x" * 200)
    page.goto(f"{telco.base_url}{path}")
    page.evaluate(OPEN_ALL)
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate(WIDTH) <= width
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate(SMALL_LETTERS) == []

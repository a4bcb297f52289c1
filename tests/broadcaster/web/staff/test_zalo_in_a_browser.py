"""In a real browser, narrow and wide: a template is chosen, filled and sent."""

import pytest
from playwright.sync_api import Page, expect

from broadcaster.bootstrap import House, assemble
from broadcaster.gateways.memory import MemoryGateway
from broadcaster.services.accounts import Actor
from tests.broadcaster.web.conftest import SignIn
from tests.broadcaster.web.staff.desk import the_announcements
from tests.builders.announcements import StaffedWard
from tests.builders.people import lines_of
from tests.builders.zalo import (
    MEETING,
    VALUES,
    TemplateGateway,
    a_template,
    lacks,
    uses_zalo,
)
from tests.fakes import HandClock

SMALLEST_TARGET = 48


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough to see what a browser does."""
    return sqlite_url


@pytest.fixture
def house(house: House, gateway: MemoryGateway, clock: HandClock) -> House:
    """Give a house with both channels."""
    fixed = [gateway, TemplateGateway(a_template(), a_template("215", name="Cắt điện"))]
    return assemble(house.settings, house.database, fixed=fixed, clock=clock)


@pytest.fixture
def zalo_ward(staffed: StaffedWard, house: House) -> StaffedWard:
    """Let the ward use Zalo, which one of its three homes lacks."""
    with house.database.writing() as session:
        uses_zalo(session, staffed.ward.id)
        lacks(session, lines_of(session, staffed.homes[0])[0].id)
    return staffed


@pytest.fixture(params=["page_360", "page_1280"])
def page(request: pytest.FixtureRequest) -> Page:
    """Give a page on which nobody is signed in, narrow and wide."""
    found: Page = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def officer(page: Page, zalo_ward: StaffedWard, signed_in: SignIn, served: str) -> Page:
    """Sign the officer in."""
    return _sign_in(page, zalo_ward.officer, signed_in, served)


@pytest.fixture
def head(page: Page, zalo_ward: StaffedWard, signed_in: SignIn, served: str) -> Page:
    """Sign the ward's head in."""
    return _sign_in(page, zalo_ward.approver, signed_in, served)


def test_a_template_is_chosen_filled_watched_and_sent(
    officer: Page, served: str, zalo_ward: StaffedWard, house: House
) -> None:
    page, complaints = officer, _complaints(officer)
    page.goto(f"{served}/staff/compose")
    page.fill("#body", "Họp tổ dân phố 19h30.")
    page.check(f"#groups-{zalo_ward.group.id}")
    page.select_option("#zalo_template", MEETING)
    expect(page.locator("#fill-0")).to_have_value("ten")
    # each has their own name there: nothing is typed
    expect(page.locator("[name='blank.ten']")).to_be_hidden()
    expect(page.locator("[name='blank.noi_dung']")).to_be_visible()
    page.locator("[name='blank.noi_dung']").fill("a" * 81)
    expect(page.locator("#blank-look-1")).to_contain_text("81/80 ký tự")
    page.locator("[name='blank.noi_dung']").fill(VALUES["noi_dung"])
    page.locator("[name='blank.thoi_gian']").fill(VALUES["thoi_gian"])
    card = page.locator("#side-look .zalo .bubble")
    expect(card).to_have_text(
        "Kính gửi Nguyễn Văn An, phường mời họp tổ dân phố lúc 19:30 06/10/2026."
    )
    expect(page.locator("#side-look")).to_contain_text("Zalo: khoảng 2 máy")
    expect(page.locator("#side-look")).to_contain_text("SMS: khoảng 1 máy")
    # what is typed was never replaced under the fingers
    expect(page.locator("[name='blank.noi_dung']")).to_have_value(VALUES["noi_dung"])
    assert _small_targets(page) == []
    assert _fits(page)
    page.get_by_role("button", name="Xem lại").click()
    expect(page.locator("main")).to_contain_text("Zalo mẫu “Mời họp tổ dân phố”")
    assert _fits(page)
    page.get_by_role("button", name="Gửi 3 tin").click()
    page.wait_for_url("**/staff/announcements/*")
    expect(page.locator("#live-more")).to_contain_text("Theo kênh")
    (sent,) = the_announcements(house.database)
    assert sent.zalo == {"template_id": MEETING, "data": VALUES}
    assert _fits(page)
    assert complaints == []


def test_the_channels_and_the_templates_fit_every_screen(
    head: Page, served: str
) -> None:
    page, complaints = head, _complaints(head)
    page.goto(f"{served}/staff/channels")
    page.locator("[name='minutes.meeting']").fill("2")
    page.get_by_role("button", name="Lưu cách gửi").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("Số phút từ 5")
    assert _fits(page)
    assert _small_targets(page) == []
    page.locator("[name='minutes.meeting']").fill("30")
    page.get_by_role("button", name="Lưu cách gửi").click()
    expect(page.locator("main")).to_contain_text("Đã lưu cách gửi")
    page.get_by_role("link", name="Xem mẫu Zalo").click()
    expect(page.locator("main")).to_contain_text("Mời họp tổ dân phố")
    assert _fits(page)
    assert _small_targets(page) == []
    # a page with a fault answers 422, which the browser's console tells of
    assert [said for said in complaints if "422" not in said] == []


def _sign_in(page: Page, actor: Actor, signed_in: SignIn, served: str) -> Page:
    cookie = signed_in(actor).get_cookie("loa")
    assert cookie is not None
    page.context.add_cookies(
        [{"name": cookie.key, "value": cookie.value, "url": served}]
    )
    return page


def _complaints(page: Page) -> list[str]:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    return said


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def _small_targets(page: Page) -> list[str]:
    """Return the fields and buttons that a thumb misses."""
    found: list[str] = page.evaluate(
        """least => [...document.querySelectorAll(
             "main select, main input[type=text], main button:not(.visually-hidden)")]
           .filter(one => one.offsetParent && one.offsetHeight < least)
           .map(one => one.name || one.textContent)""",
        SMALLEST_TARGET,
    )
    return found

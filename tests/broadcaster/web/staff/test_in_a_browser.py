"""In a real browser, narrow and wide: what follows the typing and the sending."""

import pytest
from playwright.sync_api import Page, expect

from broadcaster.bootstrap import House
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.announcements import submit_announcement
from tests.broadcaster.web.conftest import SignIn
from tests.broadcaster.web.staff.desk import the_announcements
from tests.builders.announcements import StaffedWard, a_draft, bring_to, the_group
from tests.builders.people import NOW

BODY = "HOÃN họp tổ dân phố ngày 06/10."


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough to see what a browser does."""
    return sqlite_url


@pytest.fixture(params=["page_360", "page_1280"])
def page(
    request: pytest.FixtureRequest,
    staffed: StaffedWard,
    signed_in: SignIn,
    served: str,
) -> Page:
    """Give a page on which the officer is signed in, narrow and wide."""
    found: Page = request.getfixturevalue(request.param)
    cookie = signed_in(staffed.officer).get_cookie("loa")
    assert cookie is not None
    found.context.add_cookies(
        [{"name": cookie.key, "value": cookie.value, "url": served}]
    )
    return found


def test_the_preview_follows_the_typing_and_one_tap_mends_a_word(
    page: Page, served: str, staffed: StaffedWard
) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.goto(f"{served}/staff/compose")
    page.fill("#body", BODY)
    bubbles = page.locator("#side-look .bubble")
    expect(bubbles.nth(0)).to_have_text("HOAN hop to dan pho ngay 06/10.")
    expect(bubbles.nth(1)).to_have_text(BODY)
    page.check(f"#groups-{staffed.group.id}")
    expect(page.locator("#audience-look")).to_contain_text("3 máy · 3 hộ · Tổ 5")
    expect(page.locator("#accented-cost")).to_have_text("1 tin mỗi máy · 1.950đ")
    page.get_by_role("button", name="Đổi thành “DỜI LỊCH”").click()
    expect(page.locator("#body")).to_have_value("DỜI LỊCH họp tổ dân phố ngày 06/10.")
    assert page.is_checked(f"#groups-{staffed.group.id}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints == []


def test_what_is_reviewed_is_sent_and_watched(
    page: Page, served: str, staffed: StaffedWard, house: House
) -> None:
    page.goto(f"{served}/staff/compose")
    page.fill("#body", "Họp tổ dân phố 19h30.")
    page.check(f"#groups-{staffed.group.id}")
    page.get_by_role("button", name="Xem lại").click()
    page.get_by_role("button", name="Gửi 3 tin · 1.950đ").click()
    page.wait_for_url("**/staff/announcements/*")
    expect(page.locator("#live")).to_contain_text("0 + 3 + 0 + 0 = 3 tin")
    (sent,) = the_announcements(house.database)
    assert sent.recipients == 3
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_live_page_follows_by_itself_until_everything_is_final(
    page: Page, served: str, staffed: StaffedWard, house: House
) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    sent = submit_announcement(
        house.database,
        a_draft(the_group(staffed.group)),
        actor=staffed.officer,
        gateway=house.gateway_name,
        now=NOW,
    )
    page.goto(f"{served}/staff/announcements/{sent.public_id}")
    page.get_by_text("Xem số liệu theo thời gian").click()
    expect(page.locator("#curve-table")).to_contain_text("Chưa có tin nào")
    with house.database.writing() as session:
        bring_to(session, sent.id, [MessageState.DELIVERED] * 3, now=NOW)
    # the last answer has the page read anew: its lists are final, too
    expect(page.locator("#tab-arrived")).to_have_text("3", timeout=15_000)
    expect(page.locator("#live")).to_contain_text("Xong")
    page.get_by_text("Xem số liệu theo thời gian").click()
    expect(page.locator("#curve-table td").last).to_have_text("3")
    assert page.locator("#live").get_attribute("hx-get") is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints == []

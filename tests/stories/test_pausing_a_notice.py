"""A notice is paused in mid-send and let go on: each phone hears it once."""

import re
from collections import Counter

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from broadcaster.store.tables.announcements import Announcement
from subscriptions.audience import Audience
from subscriptions.tables.households import Line
from subscriptions.tables.places import ResidentialGroup, Ward
from tests.builders.messages import a_frozen_notice
from tests.builders.people import a_household, a_number
from tests.stories.conftest import Town, nothing_overflows, sign_in
from tests.telco import until

TEXTS = 240
CHANGES_WITHIN_MS = 30_000
ENDS_WITHIN_MS = 90_000
SUM = re.compile(r"([\d.]+) \+ ([\d.]+) \+ ([\d.]+) \+ ([\d.]+) = ([\d.]+) tin")
STOPPED = re.compile(r"Đã gửi ([\d.]+) · tạm dừng ([\d.]+) = ([\d.]+) tin")

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


@pytest.fixture
def slow_town(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Run the product on a network that takes about sixteen texts a second."""
    monkeypatch.setenv("LOA_GATEWAY_CONNECTIONS", "4")
    monkeypatch.setenv("LOA_GATEWAY_WINDOW", "20")
    town: Town = request.getfixturevalue("town")
    town.product.telco.weather(answer_ms=250)
    return town


def test_a_notice_is_paused_and_resumed_in_mid_send(
    slow_town: Town, page: Page
) -> None:
    town, watcher = slow_town, page.context.new_page()
    sign_in(page, town, "officer")
    told, path = tell(town)
    for each in (page, watcher):
        each.goto(town.product.url + path)
    button = watcher.get_by_role("button", name="Tạm dừng")
    button.focus()
    first = live(watcher).text_content() or ""
    expect(live(watcher)).not_to_have_text(first, timeout=CHANGES_WITHIN_MS)
    expect(button).to_be_focused()
    expect(watcher.locator("#told")).to_be_empty()

    page.get_by_role("button", name="Tạm dừng").click()
    expect(live(page)).to_contain_text("Đang tạm dừng")
    expect(live(page)).to_contain_text("officer thử bấm tạm dừng lúc")
    assert nothing_overflows(page)
    follow(page, "đây là số cuối cho đến khi gửi tiếp")
    stopped = STOPPED.search(live(page).inner_text())
    assert stopped
    sent, held, total = (number(word) for word in stopped.groups())
    assert sent + held == total == TEXTS
    assert sent == int(town.product.telco.stats()["taken"]) < TEXTS
    # who only looks on hears it too, and has the other buttons now
    expect(watcher.locator("#told")).to_contain_text(
        f"Đang tạm dừng: {held} tin chưa gửi", timeout=CHANGES_WITHIN_MS
    )
    expect(button).to_have_count(0)

    watcher.get_by_role("button", name="Gửi tiếp").click()
    expect(watcher.locator("main")).to_contain_text("Đã cho gửi tiếp")
    follow(watcher, "Xong: mọi tin đã có kết quả cuối")
    assert nothing_overflows(watcher)
    assert Counter(text["to"] for text in town.product.telco.received()) == Counter(
        told
    )


def follow(page: Page, end: str) -> None:
    """Read the page until it says so; its numbers make the whole at every reading."""

    def has_ended() -> bool:
        said = live(page).inner_text()
        sums = SUM.search(said)
        assert sums, said
        *parts, total = (number(word) for word in sums.groups())
        assert sum(parts) == total == TEXTS
        return end in said

    until(has_ended, within_s=ENDS_WITHIN_MS / 1000)


def live(page: Page) -> Locator:
    return page.locator("#live")


def number(word: str) -> int:
    return int(word.replace(".", ""))


def tell(town: Town) -> tuple[list[str], str]:
    """Confirm a notice to new households; return their numbers, and its page."""
    with town.product.database.writing() as session:
        ward = session.get_one(Ward, town.ward_id)
        group = session.get_one(ResidentialGroup, town.group_id)
        phones = [a_number() for _ in range(TEXTS)]
        for phone in phones:
            a_household(session, in_group=group, with_phone=phone)
        known = {"+84" + phone.removeprefix("0") for phone in phones}
        lines = session.scalars(select(Line).where(Line.e164.in_(known))).all()
        notice = a_frozen_notice(session, ward, lines, gateway="twilio")
        notice.audience = Audience(group_ids=frozenset({group.id})).to_json()
        public_id = session.scalars(select(Announcement.public_id)).one()
    return sorted(known), f"/staff/announcements/{public_id}"

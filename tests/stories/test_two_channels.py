"""A thousand lines, a quota of three hundred, and an aggregator that goes away.

Every line is told once and by one channel; what it costs is what the telcos took.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from broadcaster.rules.timing import ward_today
from broadcaster.store.tables.messages import Message
from broadcaster.web.formats import vnd
from tests.stories.channels import (
    ESMS,
    TWILIO,
    ZALO,
    ChannelProduct,
    Phone,
    e164,
    now,
    phone_number,
    settle,
)
from tests.stories.channels_pages import (
    NOTE,
    ON_THE_WIRE,
    approve,
    hand_in,
    progress,
    write,
)
from tests.stories.conftest import nothing_overflows, sign_in_at
from tests.telco import until

LINES, QUOTA = 1_000, 300
SHARE_WITH_ZALO = 0.6
DOWN_FOR_S = int(os.environ.get("LOA_STORY_DOWN_FOR_S", "20"))
"""How long eSMS is away; a minute takes a minute more."""
TAKEN_BEFORE = 60
"""Texts that eSMS has taken when it goes."""
ENDS_WITHIN_S = 100.0 + DOWN_FOR_S
WALL = (
    Phone(national=phone_number(0), label="Bà Phượng, 71", has_zalo=False),
    Phone(national=phone_number(1), label="Chị Ngân, 38", has_zalo=True),
    Phone(national=phone_number(2), label="Ông Quý, 65", has_zalo=True),
    Phone(national=phone_number(3), label="Bác Bình, 68", has_zalo=False),
)
Received = Sequence[dict[str, Any]]


class WaterWard(ChannelProduct):
    """A ward of a thousand lines; four of its phones hang on the wall."""

    wall = WALL
    ward_id: int


@pytest.fixture
def ward(tmp_path: Path, postgres_url: str, redis_url: str) -> Iterator[WaterWard]:
    product = WaterWard.start(tmp_path, database_url=postgres_url, redis_url=redis_url)
    try:
        product.ward_id, _ = settle(product.database, LINES)
        product.use_zalo(product.ward_id)
        product.start_process("worker-2")
        product.wait_for_templates()
        yield product
    finally:
        product.stop()


def test_each_line_is_told_once_by_one_channel_though_the_aggregator_goes_away(
    ward: WaterWard, page_1280: Page, browser: Browser
) -> None:
    ward.telco.weather(answer_ms=60)
    ward.telco.zalo(daily_quota=QUOTA, share_with_zalo=SHARE_WITH_ZALO)
    sign_in_at(page_1280, ward.url, "officer")
    write(page_1280, ward)
    expect(page_1280.locator("h1")).to_have_text("Gửi 1.000 tin cho 1.000 hộ")
    notice = hand_in(page_1280)
    approver = browser.new_context(locale="vi-VN").new_page()
    sign_in_at(approver, ward.url, "approver")
    approve(approver, ward)

    until(lambda: by(ward.telco.received(), "wire")[ESMS] >= TAKEN_BEFORE)
    ward.telco.esms(down_for_s=DOWN_FOR_S)
    page_1280.goto(notice)
    done = (LINES, 0, 0, 0)
    until(lambda: progress(page_1280) == done, within_s=ENDS_WITHIN_S)

    received = ward.telco.received()
    assert set(Counter(text["to"] for text in received).values()) == {1}
    assert by(received, "channel") == {"zalo": QUOTA, "sms": LINES - QUOTA}
    wires = by(received, "wire")
    assert min(wires[ESMS] - TAKEN_BEFORE, wires[TWILIO]) > 0
    assert all(text["body"] == ON_THE_WIRE for text in received if not is_zalo(text))
    assert all(NOTE in text["body"] for text in received if is_zalo(text))
    assert channels(ward) == by(received, "channel")
    shows_both_channels(page_1280)
    costs_are_what_the_telcos_took(ward, received)
    shows_the_wall(browser, ward)


def by(received: Received, fact: str) -> Counter[str]:
    return Counter(text[fact] for text in received)


def is_zalo(text: dict[str, Any]) -> bool:
    return bool(text["channel"] == "zalo")


def channels(ward: WaterWard) -> dict[str, int]:
    counted = select(Message.channel, func.count()).group_by(Message.channel)
    with ward.database.reading() as session:
        return {channel.value: texts for channel, texts in session.execute(counted)}


def shows_both_channels(page: Page) -> None:
    """Look at the notice's page once all is over: whole, and by channel."""
    page.reload()
    expect(page.locator("#live")).to_contain_text("Xong")
    table = page.locator("h2", has_text="Theo kênh").locator("xpath=./following::table")
    rows = [row.inner_text().split() for row in table.first.locator("tbody tr").all()]
    assert sorted(row[:2] + row[-1:] for row in rows) == [
        ["SMS", "700", "700"],
        ["Zalo", "300", "300"],
    ]
    assert nothing_overflows(page)


def costs_are_what_the_telcos_took(ward: WaterWard, received: Received) -> None:
    """Compare the month's page with the telcos' own records, to the đồng."""
    month = f"{ward_today(now()):%Y-%m}"
    page = ward.browser_of("accountant").get(f"/ledger/{month}")
    for wire in (ESMS, TWILIO, ZALO):
        taken = sum(text["price"] for text in received if text["wire"] == wire)
        assert taken > 0
    total = sum(text["price"] for text in received)
    assert f"<b>{vnd(total)}</b>" in page


def shows_the_wall(browser: Browser, ward: WaterWard) -> None:
    """Look at the phones: each has the notice, in the channel that reached it."""
    by_zalo = sum(
        is_zalo(text)
        for phone in WALL
        for text in ward.telco.received(e164(phone.national))
    )
    for width in (1280, 360):
        page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
        page.goto(f"{ward.telco.base_url}/wall")
        expect(page.locator(".bubble")).to_have_count(len(WALL))
        expect(page.locator(".bubble.zalo")).to_have_count(by_zalo)
        assert nothing_overflows(page)
        page.context.close()

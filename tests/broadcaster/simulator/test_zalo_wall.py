"""Zalo on the wall: what a phone shows of it, and what its owner can do."""

import json
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from broadcaster.ports import Verdict
from tests.broadcaster.gateways.peers import submit_one
from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.broadcaster.gateways.zalo_ends import a_gateway, a_notice, connected
from tests.telco import Telco, until

RESIDENT = "+84915550102"


@pytest.fixture(scope="module")
def ward() -> Iterator[Stub]:
    with stub_server() as stub:
        yield stub


@pytest.fixture(scope="module")
def telco(tmp_path_factory: pytest.TempPathFactory, ward: Stub) -> Iterator[Telco]:
    network = Telco.start(
        tmp_path_factory.mktemp("telco"), zalo_webhook_url=f"{ward.url}/events"
    )
    yield network
    network.stop()


def names(ward: Stub) -> list[str]:
    return [json.loads(request.body)["event_name"] for request in ward.requests]


def test_an_owner_follows_shares_writes_and_removes_zalo(
    page_360: Page, telco: Telco, ward: Stub
) -> None:
    ward.answer(200)
    telco.reset()
    page_360.goto(f"{telco.base_url}/wall/phone/{RESIDENT}")
    page_360.get_by_role("button", name="Theo dõi Zalo phường", exact=True).click()
    expect(page_360.locator("main")).to_contain_text("Có Zalo, theo dõi phường")
    page_360.get_by_role("button", name="Chia sẻ số").click()
    page_360.get_by_label("Nhắn như ông Quý").fill("LICH")
    page_360.get_by_role("button", name="Nhắn bằng Zalo").click()
    expect(page_360.locator("main")).to_contain_text("Nhắn tới Zalo của phường")
    did = ["follow", "user_send_text", "user_submit_info"]
    until(lambda: sorted(names(ward)) == did)
    page_360.get_by_role("button", name="Gỡ Zalo").click()
    expect(page_360.get_by_role("button", name="Cài Zalo")).to_be_visible()
    assert not telco.ask("GET", f"/sim/zalo/people/{RESIDENT}")["has_zalo"]


def test_a_message_shows_its_channel_and_its_price(telco: Telco, ward: Stub) -> None:
    ward.answer(200)
    telco.reset()
    gateway = a_gateway(telco.zalo_url, tokens=connected(telco))
    text = a_notice(to=RESIDENT)
    assert submit_one(gateway, text).verdict is Verdict.ACCEPTED
    until(lambda: telco.received(RESIDENT))
    page = unescape(telco.call("GET", f"/wall/phone/{RESIDENT}")[1])
    assert '<span class="via">Zalo</span> của phường' in page
    assert "Kính gửi ông/bà Bà Phượng" in page
    assert "Zalo · 200đ" in page
    assert "Máy đã nhận" in page


def test_a_phone_without_zalo_can_do_nothing_there(telco: Telco) -> None:
    telco.reset()
    path = "/wall/handsets/+84365550101/zalo"
    status, _ = telco.call("POST", f"{path}?{urlencode({'does': 'follow'})}")
    assert status == 400
    page = unescape(telco.call("GET", "/wall/phone/+84365550101")[1])
    assert "Theo dõi Zalo" not in page
    assert "Nhắn bằng Zalo" not in page

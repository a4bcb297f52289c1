"""The wall without JavaScript: plain pages, plain forms, and the live fragment."""

import http.client
import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.rest import Client

from tests.broadcaster.simulator.conftest import Web
from tests.telco import Telco, until

RESIDENT = "+84365550101"
STRANGER = "+84912345678"
BRAND = "UBND PHUONG"


def _post(
    telco: Telco, path: str, form: Any, *, live: bool = False, site: str = ""
) -> tuple[int, str, str]:
    """Post a form; return status, place it leads to, and page."""
    line = http.client.HTTPConnection("127.0.0.1", telco.port, timeout=30)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    headers |= {"HX-Request": "true"} if live else {}
    headers |= {"Sec-Fetch-Site": site} if site else {}
    line.request("POST", path, urlencode(form, doseq=True), headers)
    answer = line.getresponse()
    page = answer.read().decode()
    line.close()
    return answer.status, answer.headers.get("Location", ""), unescape(page)


def _get(telco: Telco, path: str) -> tuple[int, str]:
    status, page = telco.call("GET", path)
    return status, unescape(page)


def _version(page: str) -> str:
    found = re.search(r"since=(\d+)", page)
    assert found is not None
    return found[1]


def test_the_wall_names_24_phones_and_says_that_no_money_is_spent(telco: Telco) -> None:
    _, page = _get(telco, "/wall")
    assert page.count('<article class="phone') == 24
    assert "mạng giả lập (không tốn tiền)" in page
    assert "Bà Phượng, 71" in page


def test_a_text_shows_on_its_phone_with_weight_price_and_receipt(
    telco: Telco, client: Client
) -> None:
    client.messages.create(to=RESIDENT, from_=BRAND, body="Họp tổ <b>5</b> lúc 8h")
    until(lambda: telco.received(RESIDENT))
    _, page = telco.call("GET", f"/wall/phone/{RESIDENT}")
    assert "Họp tổ &lt;b&gt;5&lt;/b&gt; lúc 8h" in page
    assert "Máy đã nhận" in page
    assert "44 byte · 1 phần · 800đ" in page


def test_the_fragment_brings_only_what_changed(telco: Telco, client: Client) -> None:
    version = _version(_get(telco, "/wall")[1])
    assert telco.call("GET", f"/wall/live?since={version}") == (204, "")
    client.messages.create(to=RESIDENT, from_=BRAND, body="DOI LICH 8h")
    until(lambda: telco.received(RESIDENT))
    status, fragment = _get(telco, f"/wall/live?since={version}")
    assert status == 200
    assert "DOI LICH 8h" in fragment
    assert fragment.count('id="texts-') == 1
    later = _version(fragment)
    until(lambda: telco.call("GET", f"/wall/live?since={later}")[0] == 204)


def test_a_fragment_asked_from_before_a_restart_brings_everything(telco: Telco) -> None:
    for since in ("0", "99999999999999999", "x"):
        _, fragment = _get(telco, f"/wall/live?since={since}")
        assert fragment.count('id="texts-') == 24


def test_a_text_for_a_phone_that_is_off_is_not_shown_as_read(
    telco: Telco, client: Client
) -> None:
    telco.set_handset(RESIDENT, "off")
    client.messages.create(to=RESIDENT, from_=BRAND, body="DOI LICH 8h")
    until(lambda: "Chờ: máy tắt" in _get(telco, f"/wall/phone/{RESIDENT}")[1])
    assert "DOI LICH 8h" not in _get(telco, f"/wall/phone/{RESIDENT}")[1]


def test_a_resident_writes_by_a_plain_form(telco: Telco, web: Web) -> None:
    form = {"body": "TC", "page": "wall"}
    status, place, _ = _post(telco, f"/wall/handsets/{RESIDENT}/text", form)
    assert (status, place) == (303, "/wall#p84365550101")
    until(lambda: web.calls)
    until(lambda: "Đã gửi" in _get(telco, f"/wall/phone/{RESIDENT}")[1])


def test_a_text_that_the_ward_does_not_take_is_shown_on_its_way(
    telco: Telco, web: Web
) -> None:
    web.status = 500
    _post(telco, f"/wall/handsets/{RESIDENT}/text", {"body": "TC"})
    until(lambda: web.calls)
    assert "Đang gửi" in _get(telco, f"/wall/phone/{RESIDENT}")[1]


@pytest.mark.parametrize(
    ("body", "state", "words"),
    [
        ("  ", "ok", "Chưa có chữ nào"),
        ("a" * 1601, "ok", "dài quá 1.600 ký tự"),
        ("LICH", "off", "Bật máy rồi bấm Gửi"),
    ],
)
@pytest.mark.parametrize("live", [True, False], ids=["htmx", "plain"])
def test_a_text_that_cannot_go_says_why_and_is_kept(
    telco: Telco, web: Web, body: str, state: str, words: str, live: bool
) -> None:
    telco.set_handset(RESIDENT, state)
    path = f"/wall/handsets/{RESIDENT}/text"
    status, _, page = _post(telco, path, {"body": body}, live=live)
    assert status == (200 if live else 400)
    assert words in page
    assert f'value="{body.strip()}"' in page
    assert web.calls == []


def test_a_phone_is_switched_off_by_a_plain_form(telco: Telco) -> None:
    path = f"/wall/handsets/{RESIDENT}/state"
    status, place, _ = _post(telco, path, {"state": "off", "page": "phone"})
    assert (status, place) == (303, "/wall/phone/%2B84365550101")
    assert "Máy đang tắt" in _get(telco, f"/wall/phone/{RESIDENT}")[1]
    assert _post(telco, path, {"state": "wet"})[0] == 400


def test_any_number_can_be_looked_up(telco: Telco, client: Client) -> None:
    client.messages.create(to=STRANGER, from_=BRAND, body="Tin cho người khác")
    until(lambda: telco.received(STRANGER))
    _, page = _get(telco, "/wall/phones")
    assert "0912 345 678" in page.replace("\N{NO-BREAK SPACE}", " ")
    _, page = _get(telco, f"/wall/phone/{STRANGER}")
    assert "Tin cho người khác" in page


def test_a_number_typed_wrong_is_explained(telco: Telco) -> None:
    status, page = _get(telco, "/wall/phones?number=12%3Cb")
    assert status == 400
    assert "không phải số điện thoại Việt Nam" in page
    assert telco.call("GET", "/wall/phone/abc")[0] == 303


def test_weather_turns_by_a_form_and_back_by_one_button(telco: Telco) -> None:
    status, place, _ = _post(telco, "/wall/weather", {"preset": "storm"})
    assert (status, place) == (303, "/wall#weather")
    assert "mạng xấu" in _get(telco, "/wall")[1]
    _post(telco, "/wall/weather", {"preset": "fine"})
    assert "mạng đẹp" in _get(telco, "/wall")[1]


def test_a_faulty_weather_form_keeps_what_was_typed(telco: Telco) -> None:
    before = telco.ask("GET", "/sim/weather")
    form = {"delay_ms": "1", "lose_receipts": "nhiều", "outage": ["iTel"]}
    status, _, page = _post(telco, "/wall/weather", form)
    assert status == 400
    assert "Gõ số từ 0 đến 100." in page
    assert 'value="nhiều"' in page
    assert 'value="iTel" checked' in page
    assert telco.ask("GET", "/sim/weather") == before


def test_forms_of_other_sites_are_refused(telco: Telco) -> None:
    path = f"/wall/handsets/{RESIDENT}/state"
    assert _post(telco, path, {"state": "off"}, site="cross-site")[0] == 403


def test_pages_run_no_foreign_and_no_inline_code(telco: Telco) -> None:
    line = http.client.HTTPConnection("127.0.0.1", telco.port, timeout=30)
    line.request("GET", "/wall")
    answer = line.getresponse()
    policy = answer.headers["Content-Security-Policy"]
    page = answer.read().decode()
    line.close()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script>", page)
    assert len(page.encode()) < 150_000

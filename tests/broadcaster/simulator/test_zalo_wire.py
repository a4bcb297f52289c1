"""Zalo's wire as its documents say it, without our own adapter in between."""

import hashlib
import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.telco import (
    ZALO_APP_ID,
    ZALO_OA_ID,
    ZALO_OA_SECRET,
    ZALO_SECRET,
    Telco,
    until,
)

RESIDENT = "+84915550102"
NEIGHBOUR = "+84975550103"
GRANNY = "+84365550101"
DATA = {"customer_name": "Ông Quý", "code": "TDP5-001", "title": "Họp", "note": "19h"}


@pytest.fixture(scope="module")
def ward() -> Iterator[Stub]:
    with stub_server() as stub:
        yield stub


@pytest.fixture(scope="module")
def telco_process(
    tmp_path_factory: pytest.TempPathFactory, ward: Stub
) -> Iterator[Telco]:
    network = Telco.start(
        tmp_path_factory.mktemp("telco"), zalo_webhook_url=f"{ward.url}/events"
    )
    yield network
    network.stop()


@pytest.fixture
def telco(telco_process: Telco, ward: Stub) -> Telco:
    telco_process.clear_weather()
    telco_process.clear_zalo()
    telco_process.reset()
    ward.answer(200)
    return telco_process


def call(
    telco: Telco, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    line = http.client.HTTPConnection("127.0.0.1", telco.port, timeout=30)
    raw = urlencode(body) if path.startswith("/v4") and body else json.dumps(body)
    kind = "application/x-www-form-urlencoded" if path.startswith("/v4") else "json"
    headers = {"Content-Type": kind, **headers}
    line.request(method, f"/zalo{path}", raw, headers)
    answer = line.getresponse()
    told = answer.read()
    line.close()
    return answer.status, json.loads(told)


def rotate(telco: Telco, refresh: str, **changes: str) -> dict[str, Any]:
    form = {"app_id": ZALO_APP_ID, "grant_type": "refresh_token"}
    form |= {"refresh_token": refresh}
    secret = changes.pop("secret_key", ZALO_SECRET)
    path = "/v4/oa/access_token"
    return call(telco, "POST", path, form | changes, secret_key=secret)[1]


@pytest.fixture
def access(telco: Telco) -> str:
    return str(rotate(telco, telco.connect_zalo())["access_token"])


def send(telco: Telco, access: str, **changes: Any) -> dict[str, Any]:
    asked = {"phone": RESIDENT.removeprefix("+"), "template_id": "214002"}
    whole = {**asked, "template_data": DATA, "tracking_id": "ours", **changes}
    status, told = call(telco, "POST", "/message/template", whole, access_token=access)
    assert status == 200  # refusals too
    return told


def events(ward: Stub, name: str) -> list[dict[str, Any]]:
    found = [json.loads(request.body) for request in ward.requests]
    return [event for event in found if event["event_name"] == name]


def test_a_refresh_token_opens_once(telco: Telco) -> None:
    refresh = telco.connect_zalo()
    pair = rotate(telco, refresh)
    assert pair["expires_in"] == "90000"
    assert rotate(telco, refresh)["error"] == -14014
    assert rotate(telco, pair["refresh_token"])["access_token"] != pair["access_token"]


@pytest.mark.parametrize(
    "wrong", [{"secret_key": "another"}, {"app_id": "1"}], ids=["secret", "app"]
)
def test_a_stranger_rotates_nothing(telco: Telco, wrong: dict[str, str]) -> None:
    refresh = telco.connect_zalo()
    assert rotate(telco, refresh, **wrong)["error"]
    assert "access_token" in rotate(telco, refresh)


def test_tokens_survive_a_kill(telco: Telco) -> None:
    refresh = telco.connect_zalo()
    access = rotate(telco, refresh)["access_token"]
    telco.kill()
    telco.restart()
    assert rotate(telco, refresh)["error"] == -14014
    assert send(telco, access)["error"] == 0


def test_a_message_is_taken_counted_and_told_of_once_received(
    telco: Telco, ward: Stub, access: str
) -> None:
    told = send(telco, access)
    assert told["data"]["quota"] == {"dailyQuota": "5000", "remainingQuota": "4999"}
    [text] = until(lambda: telco.received(RESIDENT))
    assert (text["channel"], text["wire"]) == ("zalo", "zalo")
    assert "Kính gửi ông/bà Ông Quý" in text["body"]
    [event] = until(lambda: events(ward, "user_received_message"))
    assert event["message"]["msg_id"] == told["data"]["msg_id"]
    assert event["message"]["tracking_id"] == "ours"
    assert event["message"]["delivery_time"]
    assert event["recipient"] == {"id": RESIDENT.removeprefix("+")}
    path = f"/message/status?message_id={told['data']['msg_id']}"
    assert call(telco, "GET", path, access_token=access)[1]["data"]["status"] == 1


def test_events_are_signed_over_their_raw_bytes(
    telco: Telco, ward: Stub, access: str
) -> None:
    send(telco, access)
    [request] = until(lambda: ward.requests)
    timestamp = json.loads(request.body)["timestamp"]
    signed = ZALO_APP_ID.encode() + request.body
    signed += f"{timestamp}{ZALO_OA_SECRET}".encode()
    mac = hashlib.sha256(signed).hexdigest()
    assert request.headers["X-ZEvent-Signature"] == f"mac={mac}"
    assert request.headers["X-ZEvent-Server"] == "ZNS"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"phone": "0915550102"}, -108),
        ({"phone": "842436577024"}, -108),
        ({"template_id": "1"}, -109),
        ({"template_id": "214007"}, -131),
        ({"template_id": "214008"}, -146),
        ({"template_data": {**DATA, "code": "x" * 31}}, -1121),
        ({"template_data": {**DATA, "code": 5}}, -112),
        ({"template_data": {}}, -1122),
        ({"template_data": "x"}, -132),
        ({"tracking_id": "x" * 49}, -153),
        ({"sending_mode": "2"}, -161),
        ({"phone": GRANNY.removeprefix("+")}, -118),
    ],
)
def test_what_is_wrong_has_its_own_code(
    telco: Telco, access: str, changes: dict[str, Any], code: int
) -> None:
    assert send(telco, access, **changes)["error"] == code
    assert telco.stats()["taken"] == 0


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"is_night": True}, -133),
        ({"daily_quota": 0}, -144),
        ({"is_wallet_empty": True}, -115),
    ],
)
def test_settings_close_the_account(
    telco: Telco, access: str, settings: dict[str, Any], code: int
) -> None:
    telco.zalo(**settings)
    assert send(telco, access)["error"] == code


def test_a_wrong_token_has_the_code_of_its_interface(telco: Telco) -> None:
    assert send(telco, "wrong")["error"] == -124
    path = "/v3.0/oa/message/cs"
    assert call(telco, "POST", path, {}, access_token="wrong")[1]["error"] == -216


def test_a_share_of_the_town_uses_zalo(telco: Telco, access: str) -> None:
    telco.zalo(share_with_zalo=0.6)
    phones = [f"8491{number:07}" for number in range(200)]
    codes = [send(telco, access, phone=phone)["error"] for phone in phones]
    assert set(codes) == {0, -118}
    assert 90 <= codes.count(0) <= 150
    assert codes[:20] == [send(telco, access, phone=p)["error"] for p in phones[:20]]


def test_free_answers_end_after_a_week(telco: Telco, access: str) -> None:
    user_id = telco.zalo_does(NEIGHBOUR, "follow")["user_id"]
    answer = {"recipient": {"user_id": user_id}, "message": {"text": "Đã nhận."}}
    path = "/v3.0/oa/message/cs"

    def error() -> int:
        told = call(telco, "POST", path, answer, access_token=access)[1]
        return int(told["error"])

    assert error() == 0
    telco.zalo(answer_free_s=0)
    assert error() == 0  # and it costs
    telco.zalo(answer_until_s=0)
    assert error() == -230
    telco.zalo_does(NEIGHBOUR, "unfollow")
    assert error() == -213


def form(kind: str) -> dict[str, Any]:
    elements = [{"title": "Nối Zalo", "subtitle": "Bấm để chia sẻ số"}]
    payload = {"template_type": kind, "elements": elements}
    return {"attachment": {"type": "template", "payload": payload}}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (form("request_user_info"), 0),
        (form("list"), -233),
        ({"attachment": {}}, -201),
        ({"text": ""}, -210),
        ({"text": "x" * 2001}, -210),
        ("text", -201),
    ],
)
def test_only_words_and_the_form_for_a_number_are_free_answers(
    telco: Telco, access: str, message: object, code: int
) -> None:
    user_id = telco.zalo_does(RESIDENT, "follow")["user_id"]
    answer = {"recipient": {"user_id": user_id}, "message": message}
    path = "/v3.0/oa/message/cs"
    told = call(telco, "POST", path, answer, access_token=access)[1]
    assert told["error"] == code


def test_what_people_do_is_told(telco: Telco, ward: Stub) -> None:
    user_id = telco.zalo_does(RESIDENT, "follow")["user_id"]
    telco.zalo_does(RESIDENT, "share", name="Ông Quý")
    sid = telco.zalo_does(RESIDENT, "text", body="TC")["sid"]
    telco.zalo_does(RESIDENT, "unfollow")
    said = {"follow", "user_submit_info", "user_send_text", "unfollow"}
    until(lambda: {json.loads(r.body)["event_name"] for r in ward.requests} >= said)
    [follow] = [e for e in events(ward, "follow") if e["follower"]["id"] == user_id]
    assert follow["oa_id"] == ZALO_OA_ID
    [shared] = events(ward, "user_submit_info")
    assert shared["info"]["phone"] == 84915550102
    assert shared["info"]["name"] == "Ông Quý"
    [text] = events(ward, "user_send_text")
    assert text["message"] == {"msg_id": sid, "text": "TC"}
    assert text["sender"] == {"id": user_id}
    assert user_id in {e["follower"]["id"] for e in events(ward, "unfollow")}
    until(lambda: telco.inbound(RESIDENT)[0]["state"] == "sent")


def test_changes_of_the_account_are_told(telco: Telco, ward: Stub) -> None:
    telco.zalo(daily_quota=300)
    wish = {"status": "DISABLE"}
    telco.ask("PUT", "/sim/zalo/templates/214001", wish)
    [quota] = until(lambda: events(ward, "change_oa_daily_quota"))
    assert quota["quota"] == {"prev_quota": 5000, "new_quota": 300}
    [template] = until(lambda: events(ward, "change_template_status"))
    assert template["status"] == {"prev_status": "ENABLE", "new_status": "DISABLE"}


def test_an_event_is_posted_again_until_it_is_taken_through_a_kill(
    telco: Telco, ward: Stub
) -> None:
    ward.answer(503)
    telco.zalo_does(RESIDENT, "text", body="LICH")
    until(lambda: ward.requests)
    telco.kill()
    ward.answer(200)
    telco.restart()
    [event] = until(lambda: events(ward, "user_send_text"))
    assert event["message"]["text"] == "LICH"
    until(lambda: telco.inbound(RESIDENT)[0]["state"] == "sent")


def test_what_no_setting_can_be_is_refused(telco: Telco) -> None:
    for wish in ({"is_night": 1}, {"sign_key": "x"}, {"daily_quota": -1}, {"a": 1}):
        status, told = telco.call("PUT", "/sim/zalo", wish)
        assert status == 400
        assert next(iter(wish)) in told

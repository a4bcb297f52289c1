"""The simulated eSMS: what it takes, refuses, charges, remembers and tells."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from broadcaster.simulator.esms_desk import without_accents
from broadcaster.simulator.esms_settings import BadEsmsSettingsError, EsmsSettings
from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.telco import ESMS_API_KEY, ESMS_SECRET_KEY, Telco, until

BASE = "/esms/MainService.svc/json"
KEYS = {"ApiKey": ESMS_API_KEY, "SecretKey": ESMS_SECRET_KEY}
RESIDENT = "+84365550101"
WORDS = "Moi ba Phuong nhan luong huu luc 8 gio."


def _send(telco: Telco, *, slash: str = "/", **changes: object) -> dict[str, Any]:
    asked = KEYS | {
        "Phone": "84365550101",
        "Content": WORDS,
        "Brandname": "UBND PHUONG",
        "SmsType": "2",
        "IsUnicode": "0",
    }
    path = f"{BASE}/SendMultipleMessage_V4_post_json{slash}"
    status, body = telco.call("POST", path, asked | changes)
    assert status == 200
    return dict(json.loads(body))


def _balance(telco: Telco) -> int:
    status, body = telco.call("POST", f"{BASE}/GetBalance_json", KEYS)
    assert status == 200
    return int(json.loads(body)["Balance"])


def _status(telco: Telco, sms_id: str) -> dict[str, Any]:
    keys = f"ApiKey={ESMS_API_KEY}&SecretKey={ESMS_SECRET_KEY}"
    status, body = telco.call("GET", f"{BASE}/GetSendStatus?RefId={sms_id}&{keys}")
    assert status == 200
    return dict(json.loads(body))


@pytest.fixture
def telco(telco: Telco) -> Telco:
    telco.clear_esms()
    return telco


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Telco]:
    """A network that this test may kill."""
    network = Telco.start(tmp_path)
    yield network
    network.stop()


@pytest.fixture
def side() -> Iterator[Stub]:
    """Our own side, where reports come to."""
    with stub_server() as stub:
        stub.answer(200)
        yield stub


def test_a_text_is_taken_and_arrives(telco: Telco) -> None:
    for slash in ("/", ""):
        answer = _send(telco, slash=slash)
        assert answer["CodeResult"] == "100"
        assert len(answer["SMSID"]) == 35
    until(lambda: len(telco.received(RESIDENT)) == 2)
    text = telco.received(RESIDENT)[0]
    assert (text["body"], text["wire"], text["channel"]) == (WORDS, "esms", "sms")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ApiKey": "another"}, "101"),
        ({"SecretKey": ""}, "101"),
        ({"Phone": "12345"}, "108"),
        ({"Phone": "842436577024"}, "108"),
        ({"Phone": "16502530000"}, "108"),
        ({"SmsType": ""}, "300"),
        ({"SmsType": "3"}, "118"),
        ({"Brandname": ""}, "104"),
        ({"Content": ""}, "146"),
    ],
)
def test_what_is_wrong_is_refused_with_http_200(
    telco: Telco, changes: dict[str, Any], code: str
) -> None:
    answer = _send(telco, **changes)
    assert (answer["CodeResult"], "SMSID" in answer) == (code, False)
    assert telco.stats()["taken"] == 0


@pytest.mark.parametrize("body", [None, [], "text"])
def test_what_cannot_be_read_has_no_code(telco: Telco, body: object) -> None:
    path = f"{BASE}/SendMultipleMessage_V4_post_json/"
    assert telco.call("POST", path, body) == (200, '{"error": "Invalid request"}')


def test_a_blocked_phone_is_refused(telco: Telco) -> None:
    telco.set_handset(RESIDENT, "blocked")
    assert _send(telco)["CodeResult"] == "99"


def test_words_must_fit_a_template_where_there_are_any(telco: Telco) -> None:
    telco.esms(templates=["Moi {P1,20} nhan {P2,10} luc {P3,2} gio."])
    assert _send(telco, Phone="0912345678")["CodeResult"] == "100"
    assert _send(telco, Content=WORDS.replace("8", "8888"))["CodeResult"] == "146"
    assert _send(telco, Content=WORDS.replace("Moi", "Kinh moi"))["CodeResult"] == "146"


def test_the_same_request_is_taken_once_whatever_its_words(telco: Telco) -> None:
    first = _send(telco, RequestId="r1")
    again = _send(telco, RequestId="r1", Content="Other words")
    assert (first["CodeResult"], again["CodeResult"]) == ("100", "124")
    assert "SMSID" not in again
    until(lambda: telco.stats()["delivered"] == 1)
    assert telco.bodies(RESIDENT) == [WORDS]


def test_a_refused_request_is_spent_too(telco: Telco) -> None:
    telco.esms(unregistered=["Viettel"])
    assert _send(telco, RequestId="r1")["CodeResult"] == "177"
    telco.esms(unregistered=[])
    assert _send(telco, RequestId="r1")["CodeResult"] == "124"
    assert _send(telco, RequestId="r2")["CodeResult"] == "100"


def test_requests_without_an_id_are_never_the_same(telco: Telco) -> None:
    assert [_send(telco)["CodeResult"] for _ in range(2)] == ["100", "100"]


def test_money_goes_by_part_and_carrier_and_then_is_gone(telco: Telco) -> None:
    telco.esms(balance=2_400)
    assert _send(telco, Content="A" * 161)["CodeResult"] == "100"
    assert _balance(telco) == 800
    assert _send(telco, Content="A" * 161)["CodeResult"] == "103"
    assert _send(telco)["CodeResult"] == "100"
    assert _balance(telco) == 0


def test_it_takes_its_own_price_where_it_has_one(tmp_path: Path) -> None:
    facts: dict[str, object] = {"service_number": "+84899000111", "handsets": []}
    facts |= {"rates": {"Viettel": 800}, "esms_rates": {"Viettel": 760}}
    file = tmp_path / "handsets.json"
    file.write_text(json.dumps(facts), "utf-8")
    network = Telco.start(tmp_path, handsets=file)
    try:
        network.esms(balance=1_000)
        _send(network)
        until(lambda: network.received(RESIDENT))
        assert (network.received(RESIDENT)[0]["price"], _balance(network)) == (760, 240)
    finally:
        network.stop()


def test_a_wrong_key_learns_no_balance(telco: Telco) -> None:
    wrong = KEYS | {"SecretKey": "guessed"}
    status, body = telco.call("POST", f"{BASE}/GetBalance_json", wrong)
    told = json.loads(body)
    assert (status, told["CodeResponse"], told["Balance"]) == (200, "101", 0)


def test_accents_are_lost_where_they_are_not_asked_for(telco: Telco) -> None:
    _send(telco, Content="Mời bà Phượng", IsUnicode="1")
    _send(telco, Content="Mời bà Phượng")
    until(lambda: telco.stats()["delivered"] == 2)
    assert sorted(telco.bodies(RESIDENT)) == ["M?i bà Ph??ng", "Mời bà Phượng"]
    assert without_accents("{}€ é") == "{}€ é"


def test_the_records_tell_how_far_a_text_has_come(telco: Telco) -> None:
    telco.weather(delay_ms=600_000, jitter_ms=0)
    waiting = _status(telco, _send(telco)["SMSID"])
    assert (waiting["SendStatus"], waiting["SendSuccess"]) == (2, 0)
    telco.weather(delay_ms=0)
    sms_id = _send(telco)["SMSID"]
    done = until(lambda: (told := _status(telco, sms_id))["SendStatus"] == 5 and told)
    assert done == {
        "CodeResponse": "100",
        "SMSID": sms_id,
        "SendFailed": 0,
        "SendStatus": 5,
        "SendSuccess": 1,
        "TotalPrice": 800.0,
        "TotalReceiver": 1,
        "TotalSent": 1,
    }
    assert _status(telco, "unknown")["CodeResponse"] == "105"


def test_a_report_is_an_unsigned_get_of_the_given_address(
    telco: Telco, side: Stub
) -> None:
    url = f"{side.url}/callbacks/esms/status/r?k=code"
    sms_id = _send(telco, CallbackUrl=url, RequestId="r1")["SMSID"]
    until(lambda: len(side.requests) == 2)
    last = side.requests[-1]
    assert last.method == "GET"
    assert parse_qs(urlsplit(last.path).query) == {
        "k": ["code"],
        "SMSID": [sms_id],
        "SendFailed": ["0"],
        "SendStatus": ["5"],
        "SendSuccess": ["1"],
        "TotalPrice": ["800.0000"],
        "TotalReceiver": ["1"],
        "TotalSent": ["1"],
        "RequestId": ["r1"],
        "TypeId": ["2"],
        "telcoid": ["1"],
        "phonenumber": ["0365550101"],
    }


def test_a_report_that_is_not_taken_comes_again(telco: Telco, side: Stub) -> None:
    side.status = 503
    _send(telco, CallbackUrl=f"{side.url}/callbacks/esms/status/r")
    until(lambda: len(side.requests) >= 2)
    assert telco.stats()["receipts_owed"] >= 1
    side.status = 200
    until(lambda: telco.stats()["receipts_owed"] == 0)


def test_while_it_is_away_nothing_is_taken_and_others_go_on(telco: Telco) -> None:
    telco.esms(down_for_s=60)
    path = f"{BASE}/SendMultipleMessage_V4_post_json/"
    status, page = telco.call("POST", path, KEYS | {"Content": WORDS})
    assert (status, page.startswith("<html>")) == (502, True)
    assert telco.call("POST", f"{BASE}/GetBalance_json", KEYS)[0] == 502
    assert telco.call("GET", f"{BASE}/GetSendStatus?RefId=1")[0] == 502
    assert telco.call("GET", "/healthz")[0] == 200
    telco.esms(down_until=0)
    assert _send(telco)["CodeResult"] == "100"


def test_requests_money_and_settings_survive_a_kill(own: Telco) -> None:
    own.esms(balance=5_000)
    _send(own, RequestId="r1")
    own.kill()
    own.restart()
    assert _balance(own) == 4_200
    assert _send(own, RequestId="r1")["CodeResult"] == "124"
    own.reset()
    assert _balance(own) == 5_000
    assert _send(own, RequestId="r1")["CodeResult"] == "100"


def test_the_wall_names_the_gateway_and_its_price(telco: Telco) -> None:
    _send(telco)
    until(lambda: telco.stats()["delivered"] == 1)
    _, page = telco.call("GET", "/wall/phone/%2B84365550101")
    assert "800đ · qua eSMS" in page


@pytest.mark.parametrize(
    "wishes",
    [
        {"tps": -1},
        {"tps": True},
        {"balance": "much"},
        {"templates": "words"},
        {"templates": [1]},
        {"weather": 1},
    ],
)
def test_a_setting_that_does_not_read_changes_nothing(
    telco: Telco, wishes: dict[str, object]
) -> None:
    before = telco.esms()
    status, body = telco.call("PUT", "/sim/esms", wishes | {"ids_kept_s": 1})
    assert status == 400
    assert next(iter(wishes)) in body
    assert telco.esms() == before


def test_every_fault_of_the_settings_is_told_at_once() -> None:
    with pytest.raises(BadEsmsSettingsError, match=r"colour: .*; tps: "):
        EsmsSettings().changed({"tps": -1, "colour": 1})

"""Twilio's own SDK against the simulated network."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.broadcaster.simulator.conftest import Redirected, Web
from tests.telco import Telco, until

RESIDENT = "+84365550101"
NEIGHBOUR = "+84915550102"
BRAND = "UBND PHUONG"


def test_a_text_reaches_its_handset_once(telco: Telco, client: Client) -> None:
    message = client.messages.create(to=RESIDENT, from_=BRAND, body="Lĩnh lương 8h")
    (text,) = until(lambda: telco.received(RESIDENT))
    assert (text["sid"], text["body"], text["from"]) == (
        message.sid,
        "Lĩnh lương 8h",
        BRAND,
    )
    assert telco.received(NEIGHBOUR) == []


def test_a_fresh_message_reads_as_twilios_does(client: Client) -> None:
    message = client.messages.create(to=RESIDENT, from_=BRAND, body="a" * 161)
    assert message.sid is not None
    assert message.sid.startswith("SM")
    assert len(message.sid) == 34
    assert (message.status, message.num_segments) == ("queued", "2")
    assert (message.price, message.error_code, message.date_sent) == (None, None, None)
    assert message.direction == "outbound-api"
    assert message.date_created is not None
    assert abs(datetime.now(UTC) - message.date_created) < timedelta(minutes=1)


def test_a_messaging_service_accepts_first(client: Client) -> None:
    message = client.messages.create(
        to=RESIDENT, messaging_service_sid="MG" + "a" * 32, body="x"
    )
    assert message.status == "accepted"
    assert message.messaging_service_sid == "MG" + "a" * 32


def test_a_message_is_fetched_as_delivered(telco: Telco, client: Client) -> None:
    sid = client.messages.create(to=RESIDENT, from_=BRAND, body="x").sid
    until(lambda: telco.received(RESIDENT))
    message = until(lambda: _delivered(client, str(sid)))
    assert message.date_sent is not None
    assert message.price is not None


def _delivered(client: Client, sid: str) -> Any:
    message = client.messages(sid).fetch()
    return message if message.status == "delivered" else None


def test_a_list_finds_the_texts_of_one_number_since_a_moment(client: Client) -> None:
    start = datetime.now(UTC) - timedelta(seconds=5)
    sids = [
        client.messages.create(to=RESIDENT, from_=BRAND, body=f"tin {n}").sid
        for n in range(5)
    ]
    client.messages.create(to=NEIGHBOUR, from_=BRAND, body="khac")
    found = client.messages.list(to=RESIDENT, date_sent_after=start, page_size=2)
    assert [message.sid for message in found] == sids[::-1]
    later = start + timedelta(hours=1)
    assert client.messages.list(to=RESIDENT, date_sent_after=later) == []
    assert len(client.messages.list(to=RESIDENT, limit=3)) == 3


def test_a_lagging_list_hides_the_youngest(telco: Telco, client: Client) -> None:
    client.messages.create(to=RESIDENT, from_=BRAND, body="x")
    telco.weather(list_lag_ms=600_000)
    assert client.messages.list(to=RESIDENT) == []
    telco.weather(list_lag_ms=0)
    assert len(client.messages.list(to=RESIDENT)) == 1


def test_the_balance_falls_by_what_was_sent(client: Client) -> None:
    before = client.api.v2010.account.balance.fetch()
    client.messages.create(to=RESIDENT, from_=BRAND, body="x")
    after = client.api.v2010.account.balance.fetch()
    assert after.currency == "USD"
    assert float(str(after.balance)) < float(str(before.balance))


@pytest.mark.parametrize(
    ("form", "code"),
    [
        pytest.param({"to": "0912345678"}, 21211, id="national writing"),
        pytest.param({"to": "+8491234567"}, 21211, id="too short"),
        pytest.param({"to": ""}, 21604, id="no number"),
        pytest.param({"to": "+14155550100"}, 21408, id="abroad"),
        pytest.param({"to": "+842436577024"}, 21614, id="landline"),
        pytest.param({"from_": ""}, 21603, id="no sender"),
        pytest.param({"from_": "PHUONG THANH XUAN"}, 21606, id="long brandname"),
        pytest.param({"body": ""}, 21619, id="no body"),
        pytest.param({"body": "a" * 1601}, 21617, id="long body"),
        pytest.param({"validity_period": 36_001}, 21624, id="long validity"),
        pytest.param({"status_callback": "http://a_b/c"}, 21609, id="underscore"),
        pytest.param({"status_callback": "ftp://a/c"}, 21609, id="not http"),
    ],
)
def test_a_bad_form_is_refused_in_twilios_words(
    telco: Telco, client: Client, form: dict[str, object], code: int
) -> None:
    order: dict[str, object] = {"to": RESIDENT, "from_": BRAND, "body": "x"} | form
    with pytest.raises(TwilioRestException) as refusal:
        client.messages.create(**order)
    assert (refusal.value.status, refusal.value.code) == (400, code)
    assert telco.stats()["taken"] == 0


def test_a_body_of_1600_letters_is_taken(client: Client) -> None:
    assert client.messages.create(to=RESIDENT, from_=BRAND, body="a" * 1600).sid


def test_a_form_that_is_not_utf8_is_refused(telco: Telco, client: Client) -> None:
    url = f"{telco.base_url}/2010-04-01/Accounts/{telco.account_sid}/Messages.json"
    answer = client.http_client.request(
        "POST",
        url,
        data=b"To=%2B84365550101&Body=\xff&From=A",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        auth=(telco.account_sid, telco.auth_token),
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("account", "token"),
    [("", "wrong"), ("AC" + "9" * 32, "")],
    ids=["wrong token", "another account"],
)
def test_wrong_keys_are_refused(telco: Telco, account: str, token: str) -> None:
    stranger = Client(
        account or telco.account_sid,
        token or telco.auth_token,
        http_client=Redirected(telco),
    )
    with pytest.raises(TwilioRestException) as refusal:
        stranger.messages.create(to=RESIDENT, from_=BRAND, body="x")
    assert (refusal.value.status, refusal.value.code) == (401, 20003)
    assert telco.stats()["taken"] == 0


def test_an_unknown_message_is_not_found(client: Client) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        client.messages("SM" + "0" * 32).fetch()
    assert (refusal.value.status, refusal.value.code) == (404, 20404)


def test_callbacks_are_signed_and_come_in_order(
    telco: Telco, client: Client, web: Web
) -> None:
    message = client.messages.create(
        to=RESIDENT, from_=BRAND, body="x", status_callback=web.url
    )
    until(lambda: len(web.calls) >= 2)
    assert web.statuses(str(message.sid)) == ["sent", "delivered"]
    judge = RequestValidator(telco.auth_token)
    for call in web.calls:
        assert call.url == web.url
        assert judge.validate(call.url, call.form, call.signature)
        assert not judge.validate(call.url + "x", call.form, call.signature)
        assert call.form["To"] == RESIDENT
        assert "ErrorCode" not in call.form

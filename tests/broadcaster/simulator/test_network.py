"""What becomes of a text, by handset and by weather, and what its client is told."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.broadcaster.simulator.conftest import Redirected, Web
from tests.telco import Telco, until

RESIDENT = "+84365550101"
SWITCHED_OFF = "+84905550104"
GONE = "+84775550107"
BRAND = "UBND PHUONG"

Send = Callable[..., str]


@pytest.fixture
def send(client: Client, web: Web) -> Send:
    """Send one text with a callback and return its sid."""

    def send(
        to: str = RESIDENT, body: str = "Moi hop to dan pho", **more: object
    ) -> str:
        message = client.messages.create(
            to=to, from_=BRAND, body=body, status_callback=web.url, **more
        )
        return str(message.sid)

    return send


def _last_form(web: Web, sid: str) -> dict[str, str]:
    return [c.form for c in web.calls if c.form["MessageSid"] == sid][-1]


def test_a_dead_number_is_taken_and_then_reported(
    telco: Telco, web: Web, send: Send
) -> None:
    sid = send(to=GONE)
    until(lambda: web.statuses(sid) == ["sent", "undelivered"])
    assert _last_form(web, sid)["ErrorCode"] == "30005"
    assert telco.received(GONE) == []
    assert telco.stats()["failed"] == 1


def test_a_phone_that_comes_back_gets_what_waited(
    telco: Telco, web: Web, send: Send
) -> None:
    sids = [send(to=SWITCHED_OFF, body=f"tin {n}") for n in range(3)]
    until(lambda: all(web.statuses(sid) == ["sent"] for sid in sids))
    assert telco.received(SWITCHED_OFF) == []
    telco.set_handset(SWITCHED_OFF, "ok")
    until(lambda: all(web.statuses(sid) == ["sent", "delivered"] for sid in sids))
    assert telco.bodies(SWITCHED_OFF) == ["tin 0", "tin 1", "tin 2"]


def test_a_phone_that_stays_off_lets_its_texts_expire(
    telco: Telco, web: Web, send: Send
) -> None:
    sid = send(to=SWITCHED_OFF, validity_period=1)
    until(lambda: web.statuses(sid) == ["sent", "undelivered"])
    assert _last_form(web, sid)["ErrorCode"] == "30003"
    telco.set_handset(SWITCHED_OFF, "ok")
    assert telco.received(SWITCHED_OFF) == []


@pytest.mark.parametrize(("state", "code"), [("blocked", 21610), ("landline", 21614)])
def test_some_handsets_are_refused_at_once(
    telco: Telco, send: Send, state: str, code: int
) -> None:
    telco.set_handset(RESIDENT, state)
    with pytest.raises(TwilioRestException) as refusal:
        send()
    assert refusal.value.code == code
    assert telco.stats()["taken"] == 0


def test_a_carrier_that_is_down_holds_its_own_texts_only(
    telco: Telco, web: Web, send: Send
) -> None:
    telco.weather(outage=["Viettel"])
    held, through = send(to=RESIDENT), send(to="+84915550102")
    until(lambda: web.statuses(through) == ["sent", "delivered"])
    until(lambda: web.statuses(held) == ["sent"])
    telco.weather(outage=[])
    until(lambda: web.statuses(held) == ["sent", "delivered"])


def test_receipts_can_come_twice(telco: Telco, web: Web, send: Send) -> None:
    telco.weather(repeat_receipts=1)
    sid = send()
    until(lambda: len(web.statuses(sid)) == 4)
    assert sorted(web.statuses(sid)) == ["delivered"] * 2 + ["sent"] * 2
    assert len(telco.received(RESIDENT)) == 1


def test_receipts_can_come_in_the_wrong_order(
    telco: Telco, web: Web, send: Send
) -> None:
    telco.weather(reorder_receipts=1)
    sid = send()
    until(lambda: len(web.statuses(sid)) == 2)
    assert web.statuses(sid) == ["delivered", "sent"]


def test_receipts_can_be_lost_and_the_text_still_arrives(
    telco: Telco, web: Web, send: Send
) -> None:
    telco.weather(lose_receipts=1)
    send()
    until(lambda: telco.received(RESIDENT))
    assert telco.stats()["receipts_owed"] == 0
    assert web.calls == []


def test_receipts_can_overtake_the_answer(telco: Telco, web: Web, send: Send) -> None:
    telco.weather(early_receipts=1)
    sid = send()
    assert web.statuses(sid) == ["sent", "delivered"]


def test_a_receipt_is_posted_again_until_it_is_taken(
    telco: Telco, web: Web, send: Send
) -> None:
    web.status = 500
    sid = send()
    until(lambda: "delivered" in web.statuses(sid))
    assert telco.stats()["receipts_owed"] == 2
    web.status = 204
    until(lambda: telco.stats()["receipts_owed"] == 0)
    assert telco.stats()["receipts_posted"] == 2


def test_an_answer_can_be_lost_after_the_text_was_taken(
    telco: Telco, send: Send
) -> None:
    telco.weather(lost_answer=1)
    # The SDK lets the transport's own errors through.
    with pytest.raises(OSError, match="Connection aborted"):
        send()
    until(lambda: len(telco.received(RESIDENT)) == 1)


@pytest.mark.parametrize(
    ("field", "status", "taken"),
    [("fail_before", 500, 0), ("fail_after", 500, 1), ("html_502", 502, 0)],
)
def test_a_failing_create_call_may_have_been_taken(
    telco: Telco, send: Send, field: str, status: int, taken: int
) -> None:
    telco.weather(**{field: 1})
    with pytest.raises(TwilioRestException) as failure:
        send()
    assert failure.value.status == status
    assert telco.stats()["taken"] == taken


@pytest.mark.parametrize(("seconds", "header"), [(0, None), (7, "7")])
def test_a_busy_network_says_when_to_come_back_or_not(
    telco: Telco, client: Client, seconds: int, header: str | None
) -> None:
    telco.weather(too_many=1, retry_after_s=seconds)
    answer = client.http_client.request(
        "POST",
        f"{telco.base_url}/2010-04-01/Accounts/{telco.account_sid}/Messages.json",
        data={"To": RESIDENT, "From": BRAND, "Body": "x"},
        auth=(telco.account_sid, telco.auth_token),
    )
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, header)
    assert '"code": 20429' in answer.text
    assert telco.stats()["taken"] == 0


def test_texts_over_the_rate_are_refused_and_not_taken(
    telco: Telco, send: Send
) -> None:
    telco.weather(rate_limit=1)
    outcomes = [_code_of(send) for _ in range(6)]
    assert outcomes[0] == 201
    assert 429 in outcomes
    assert telco.stats()["taken"] == outcomes.count(201)


def _code_of(send: Send) -> int:
    try:
        send()
    except TwilioRestException as refusal:
        return int(refusal.status)
    return 201


def test_a_slow_answer_is_slow(telco: Telco, send: Send) -> None:
    telco.weather(answer_ms=300)
    start = time.monotonic()
    send()
    assert time.monotonic() - start >= 0.3


def test_the_same_seed_brings_the_same_sids_and_fates(tmp_path: Path) -> None:
    first, second, other = (
        _fates(tmp_path / str(run), seed=seed) for run, seed in enumerate((42, 42, 43))
    )
    assert first == second
    assert first != other


def _fates(folder: Path, *, seed: int) -> list[str]:
    telco = Telco.start(folder, weather={"fail_before": 0.5, "seed": seed})
    client = Client(telco.account_sid, telco.auth_token, http_client=Redirected(telco))
    try:
        return [_fate(client) for _ in range(12)]
    finally:
        telco.stop()


def _fate(client: Client) -> str:
    try:
        return str(client.messages.create(to=RESIDENT, from_=BRAND, body="x").sid)
    except TwilioRestException as failure:
        return str(failure.status)


def test_a_reset_forgets_texts_switches_and_receipts(
    telco: Telco, web: Web, send: Send
) -> None:
    web.status = 500
    telco.set_handset(RESIDENT, "off")
    send()
    until(lambda: web.calls)
    telco.reset()
    assert telco.received() == []
    assert telco.stats()["receipts_owed"] == 0
    web.status = 204
    sid = send()
    until(lambda: web.statuses(sid) == ["sent", "delivered"])
    assert [text["sid"] for text in telco.received(RESIDENT)] == [sid]

"""A killed network comes back with all it took, and tells what it still owes."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from twilio.rest import Client

from tests.broadcaster.simulator.conftest import Redirected, Web
from tests.telco import Telco, until

RESIDENT = "+84365550101"
BRAND = "UBND PHUONG"
SLOW = {"delay_ms": 600_000, "jitter_ms": 0}


@pytest.fixture
def own(tmp_path: Path, web: Web) -> Iterator[Telco]:
    """A network that this test may kill."""
    telco = Telco.start(tmp_path, inbound_url=f"http://127.0.0.1:{web.port}/inbound")
    yield telco
    telco.stop()


def _send(telco: Telco, web: Web, count: int) -> list[str]:
    client = Client(telco.account_sid, telco.auth_token, http_client=Redirected(telco))
    return [
        str(
            client.messages.create(
                to=RESIDENT, from_=BRAND, body=f"tin {n}", status_callback=web.url
            ).sid
        )
        for n in range(count)
    ]


def test_what_was_taken_survives_a_kill_and_arrives_once(own: Telco, web: Web) -> None:
    own.weather(**SLOW)
    sids = _send(own, web, 20)
    own.kill()
    own.restart()
    assert own.stats()["taken"] == 20
    assert own.received() == []
    # Weather drawn anew for texts on their way would need another restart.
    own.weather(delay_ms=0)
    own.kill()
    own.restart()
    until(lambda: all("delivered" in web.statuses(sid) for sid in sids))
    assert [text["sid"] for text in own.received(RESIDENT)] == sids


def test_every_answered_text_survives_a_kill_in_mid_flow(own: Telco, web: Web) -> None:
    own.weather(**SLOW)
    answered: list[str] = []

    def send_until_cut() -> None:
        with contextlib.suppress(OSError):
            while True:
                answered.extend(_send(own, web, 1))

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(send_until_cut)
        until(lambda: len(answered) > 100)
        own.kill()
    own.restart()
    client = Client(own.account_sid, own.auth_token, http_client=Redirected(own))
    kept = {message.sid for message in client.messages.list(to=RESIDENT)}
    assert len(answered) > 100
    assert set(answered) <= kept


def test_a_receipt_owed_at_the_kill_is_posted_after_it(own: Telco, web: Web) -> None:
    web.status = 500
    (sid,) = _send(own, web, 1)
    until(lambda: "delivered" in web.statuses(sid))
    own.kill()
    web.calls.clear()
    web.status = 204
    own.restart()
    until(lambda: set(web.statuses(sid)) == {"sent", "delivered"})
    until(lambda: own.stats()["receipts_owed"] == 0)


def test_a_text_for_a_phone_that_is_off_waits_through_a_kill(
    own: Telco, web: Web
) -> None:
    own.set_handset(RESIDENT, "off")
    (sid,) = _send(own, web, 1)
    until(lambda: web.statuses(sid) == ["sent"])
    own.kill()
    own.restart()
    assert own.received() == []
    own.set_handset(RESIDENT, "ok")
    until(lambda: "delivered" in web.statuses(sid))
    assert len(own.received(RESIDENT)) == 1


def test_a_residents_text_survives_a_kill(own: Telco, web: Web) -> None:
    web.status = 500
    sid = own.text_as(RESIDENT, "TC")
    own.kill()
    web.calls.clear()
    web.status = 204
    own.restart()
    until(lambda: own.inbound(RESIDENT)[0]["state"] == "sent")
    assert web.calls[-1].form["MessageSid"] == sid


def test_weather_survives_a_kill(own: Telco) -> None:
    wished = own.weather(lose_receipts=0.25, outage=["iTel"])
    own.kill()
    own.restart()
    assert own.ask("GET", "/sim/weather") == wished


def test_new_sids_never_repeat_old_ones(own: Telco, web: Web) -> None:
    before = _send(own, web, 3)
    own.reset()
    own.kill()
    own.restart()
    assert not set(before) & set(_send(own, web, 3))


def test_an_asked_stop_keeps_everything_too(own: Telco, web: Web) -> None:
    own.weather(**SLOW)
    _send(own, web, 3)
    own.stop()
    own.restart()
    assert own.stats()["taken"] == 3

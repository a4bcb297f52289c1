"""Questions to eSMS: the balance, and what became of a text."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest

from broadcaster.errors import GatewayAwayError
from broadcaster.ports import (
    HasStanding,
    Receipt,
    ReceiptStatus,
    Standing,
    Unfound,
)
from tests.broadcaster.gateways.esms_ends import a_gateway
from tests.broadcaster.gateways.esms_peer import NOBODY
from tests.broadcaster.gateways.peers import a_submission, submit_one
from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.telco import ESMS_API_KEY, ESMS_SECRET_KEY, Telco


@pytest.fixture(scope="module")
def telco(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telco]:
    network = Telco.start(tmp_path_factory.mktemp("telco"))
    yield network
    network.stop()


@pytest.fixture(autouse=True)
def _good_days(telco: Telco) -> None:
    telco.clear_weather()
    telco.clear_esms()
    telco.reset()


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as stub:
        yield stub


def test_the_balance_goes_down_by_the_price_of_every_part(telco: Telco) -> None:
    gateway = a_gateway(telco.esms_url)
    assert isinstance(gateway, HasStanding)
    before = gateway.standing().balance_vnd or 0
    submit_one(gateway, a_submission())
    submit_one(gateway, a_submission(body="A" * 161))
    assert before - (gateway.standing().balance_vnd or 0) == 3 * 750  # VinaPhone's


@pytest.mark.parametrize(
    ("body", "balance"),
    [
        ('{"CodeResponse": "100", "Balance": 36693.75}', 36_693),
        ('{"CodeResponse": "100", "Balance": "36693"}', 36_693),
        ('{"CodeResponse": 100, "Balance": -5}', -5),
    ],
)
def test_a_balance_is_read_however_it_is_written(
    stub: Stub, body: str, balance: int
) -> None:
    stub.answer(200, body)
    assert a_gateway(stub.url).standing() == Standing(balance_vnd=balance)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (0, ""),
        (200, "<html>"),
        (200, '{"CodeResponse": "101", "Balance": 0}'),
        (200, '{"CodeResponse": "100"}'),
        (200, '{"CodeResponse": "100", "Balance": "NaN"}'),
        (302, ""),
        (503, '{"CodeResponse": "100", "Balance": 1}'),
    ],
)
def test_a_balance_that_cannot_be_read_is_not_told(
    stub: Stub, status: int, body: str
) -> None:
    stub.answer(status, body)
    with pytest.raises(GatewayAwayError) as away:
        a_gateway(stub.url).standing()
    assert ESMS_SECRET_KEY not in repr(away.value)


def test_what_their_records_do_not_list_yet_is_unclear(telco: Telco) -> None:
    gateway, text = a_gateway(telco.esms_url), a_submission()
    taken = replace(text, provider_id=submit_one(gateway, text).provider_id)
    telco.weather(list_lag_ms=60_000)
    assert gateway.lookup(taken) is Unfound.UNCLEAR
    assert a_gateway(NOBODY).lookup(taken) is Unfound.UNCLEAR


@pytest.mark.parametrize(
    ("told", "status", "raw"),
    [
        ({"SendStatus": 2}, ReceiptStatus.ACCEPTED, "2//"),
        (
            {"SendStatus": 5, "SendSuccess": 1, "SendFailed": 0},
            ReceiptStatus.ACKNOWLEDGED,
            "5/1/0",
        ),
        (
            {"SendStatus": 5, "SendSuccess": 0, "SendFailed": 1},
            ReceiptStatus.UNDELIVERED,
            "5/0/1",
        ),
        ({"SendStatus": 4}, ReceiptStatus.REFUSED, "4//"),
        ({"SendStatus": 9}, None, "9//"),
    ],
)
def test_a_text_is_looked_up_by_their_id(
    stub: Stub, told: dict[str, int], status: ReceiptStatus | None, raw: str
) -> None:
    stub.answer(200, json.dumps({"CodeResponse": "100", **told}))
    text = replace(a_submission(), provider_id="s1")
    assert a_gateway(stub.url).lookup(text) == Receipt(
        reference=str(text.reference), provider_id="s1", status=status, raw_status=raw
    )
    [request] = stub.requests
    assert request.path == (
        "/MainService.svc/json/GetSendStatus"
        f"?RefId=s1&ApiKey={ESMS_API_KEY}&SecretKey={ESMS_SECRET_KEY}"
    )


def test_keys_never_reach_a_log(stub: Stub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    stub.answer(200, '{"CodeResponse": "105"}')
    gateway = a_gateway(stub.url)
    gateway.lookup(replace(a_submission(), provider_id="s1"))
    with pytest.raises(GatewayAwayError):
        gateway.standing()
    assert len(stub.requests) == 2
    for key in (ESMS_API_KEY, ESMS_SECRET_KEY):
        assert key not in caplog.text
        assert key not in repr(gateway.__dict__["_account"])

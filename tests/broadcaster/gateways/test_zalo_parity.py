"""The adapter reads what the simulated Zalo posts, however it is told to sign."""

from collections.abc import Iterator
from itertools import product

import pytest

from broadcaster.gateways.zalo import ZaloGateway
from broadcaster.ports import (
    AccountChanged,
    Callback,
    Event,
    Followed,
    Inbound,
    Receipt,
    ReceiptStatus,
    SharedPhone,
)
from tests.broadcaster.gateways.peers import submit_one
from tests.broadcaster.gateways.stub import Request, Stub, stub_server
from tests.broadcaster.gateways.zalo_ends import (
    RESIDENT,
    a_gateway,
    a_notice,
    connected,
)
from tests.telco import ZALO_OA_ID, Telco, until

WAYS = list(product(("oa", "app"), ("app_id", "oa_id"), (True, False)))


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


def callback_of(request: Request, ward: Stub) -> Callback:
    return Callback(
        url=ward.url + request.path,
        headers=request.headers,
        form=request.form,
        body=request.body,
    )


def read_all(gateway: ZaloGateway, ward: Stub) -> list[Event | None]:
    callbacks = [callback_of(request, ward) for request in list(ward.requests)]
    assert all(gateway.verify(callback) for callback in callbacks)
    return [gateway.read_event(callback) for callback in callbacks]


@pytest.mark.parametrize(("key", "word", "prefix"), WAYS)
def test_a_delivery_is_believed_however_it_is_signed(
    telco: Telco, ward: Stub, key: str, word: str, prefix: bool
) -> None:
    telco.zalo(sign_key=key, sign_id=word, sign_prefix=prefix)
    gateway = a_gateway(telco.zalo_url, tokens=connected(telco))
    text = a_notice()
    sent = submit_one(gateway, text)
    until(lambda: ward.requests)
    assert read_all(gateway, ward) == [
        Receipt(
            reference=str(text.reference),
            provider_id=sent.provider_id,
            status=ReceiptStatus.DELIVERED,
            raw_status="delivery_time",
        )
    ]
    assert gateway.signatures.matched == {f"{key}_secret/{word}": 1}


def test_deliveries_come_twice_early_and_not_at_all_as_the_weather_is(
    telco: Telco, ward: Stub
) -> None:
    telco.weather(repeat_receipts=1.0, early_receipts=1.0)
    gateway = a_gateway(telco.zalo_url, tokens=connected(telco))
    submit_one(gateway, a_notice())
    assert ward.requests  # before the message was answered for
    until(lambda: len(ward.requests) == 2)
    assert len(set(map(repr, read_all(gateway, ward)))) == 1
    ward.answer(200)
    telco.weather(repeat_receipts=0.0, early_receipts=0.0, lose_receipts=1.0)
    submit_one(gateway, a_notice())
    until(lambda: telco.stats()["waiting"] == 0)
    assert ward.requests == []


def test_what_people_do_reaches_us_as_events(telco: Telco, ward: Stub) -> None:
    user_id = telco.zalo_does(RESIDENT, "follow")["user_id"]
    telco.zalo_does(RESIDENT, "share", name="Ông Quý")
    sid = telco.zalo_does(RESIDENT, "text", body="TC")["sid"]
    telco.zalo(daily_quota=300)
    gateway = a_gateway(telco.zalo_url, tokens=connected(telco))
    until(lambda: len(ward.requests) >= 4)
    told = read_all(gateway, ward)
    assert Followed(user_id=user_id, account=ZALO_OA_ID, is_following=True) in told
    assert (
        SharedPhone(
            user_id=user_id, account=ZALO_OA_ID, e164=RESIDENT, full_name="Ông Quý"
        )
        in told
    )
    assert AccountChanged(account=ZALO_OA_ID, what="change_oa_daily_quota") in told
    [text] = [event for event in told if isinstance(event, Inbound)]
    assert (text.provider_id, text.sender, text.text) == (sid, user_id, "TC")
